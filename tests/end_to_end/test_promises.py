"""What the pipeline promises, on feeds made here."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any, cast

import pytest
from prefect.artifacts import Artifact

from conf import load
from jobs.tables.bronze import FILES
from jobs.tables.core import Table
from jobs.tables.gold import PERIOD_TOTALS
from jobs.tables.silver import EMBEDDINGS, IDENTITY, PAPERS, QUARANTINE, RECORDS
from pipelines.commands.replay import replay
from pipelines.engine.profile import Profile
from pipelines.flows.report import Report, summary
from pipelines.stages import PIPELINE
from storage.errors import GateStoppedError
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import published, state, versions

pytestmark = pytest.mark.slow


def rows(warehouse: Path, table: Table) -> list[dict[str, Any]]:
    return [json.loads(row) for row in published(warehouse, table)]


def stage(report: Report, name: str) -> dict[str, Any]:
    (row,) = [dict(row) for row in report.stages if row["stage"] == name]
    return row


def test_planted_duplicates_are_found_and_nothing_else_is_merged(days: Path, whole: Path) -> None:
    truth = json.loads((days / "truth.json").read_text())
    paper = {row["record_id"]: row["paper_id"] for row in rows(whole, IDENTITY)}
    papers_of = defaultdict(set)
    for row in rows(whole, RECORDS):
        papers_of[row["native_id"]].add(paper[row["record_id"]])
    works = [set(work) for work in truth["works"]]
    found = sum(len(set.union(*(papers_of[row] for row in work))) == 1 for work in works)
    assert found >= 0.8 * len(works)
    work_of = {row: number for number, work in enumerate(works) for row in work}
    works_in = defaultdict(set)
    for row, papers in papers_of.items():
        for one in papers:
            works_in[one].add(work_of.get(row, row))
    assert [one for one, told in works_in.items() if len(told) > 1] == []
    assert truth["apart"]
    for pair in truth["apart"]:
        assert not papers_of[pair["ids"][0]] & papers_of[pair["ids"][1]]


def test_every_row_of_every_file_is_accounted_for(days: Path, whole: Path) -> None:
    truth = json.loads((days / "truth.json").read_text())
    files = {row["file"]: row for row in rows(whole, FILES)}
    assert {name for name, row in files.items() if row["status"] == "left out"} == {"truth.json"}
    delivered = {name: row["delivered"] for name, row in files.items() if name != "truth.json"}
    assert delivered == truth["files"]
    for row in files.values():
        assert row["delivered"] == row["records"] + row["repeated"] + row["quarantined"]


def test_a_second_run_on_the_same_input_changes_nothing_and_says_so(
    days: Path, whole: Path, flow: Flow
) -> None:
    before, seen = versions(whole), state(whole)
    report = flow(whole, {"papers": days})
    assert {row["verdict"] for row in report.stages} == {"unchanged"}
    assert "nothing changed" in summary(report)
    assert versions(whole) == before
    assert state(whole) == seen


def test_the_runs_page_shows_the_accounting_and_links_to_the_data_docs(
    flow: Flow, days: Path, whole: Path, tmp_path: Path
) -> None:
    warehouse = shutil.copytree(whole, tmp_path / "warehouse")
    report = flow(warehouse, {"papers": days}, "papers.feed_priority=[papers]")
    keys = ("papertide-accounting", "papertide-data-docs")
    accounting, docs = (cast(Artifact | None, Artifact.get(key)) for key in keys)
    assert accounting and accounting.description == report.run_id
    told = {row["stage"]: row for row in json.loads(str(accounting.data))}
    assert list(told) == [row["stage"] for row in report.stages]
    assert told["papers"]["rows_staged"] == len(rows(warehouse, PAPERS))
    assert docs and all(row["docs"] in str(docs.data) for row in report.stages if row.get("docs"))


def test_one_day_more_reads_and_embeds_that_day_alone(
    days: Path, whole: Path, flow: Flow, tmp_path: Path
) -> None:
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    shutil.copytree(days, feed)
    last = max(feed.glob("*.jsonl"))
    last.rename(tmp_path / last.name)
    flow(warehouse, {"papers": feed}, until="totals")
    papers, totals = rows(warehouse, PAPERS), rows(warehouse, PERIOD_TOTALS)

    shutil.move(tmp_path / last.name, last)
    report = flow(warehouse, {"papers": feed}, until="totals")

    delivered = len(last.read_text().splitlines())
    assert stage(report, "ingest")["delivered"] == delivered
    assert stage(report, "parse")["rows_staged"] == delivered - stage(report, "ingest")["repeated"]
    texts = {(p["paper_id"], p["title"], p["abstract"]) for p in papers}
    new = [p for p in rows(warehouse, PAPERS)
           if (p["paper_id"], p["title"], p["abstract"]) not in texts]  # fmt: skip
    assert stage(report, "embed")["rows_staged"] == len(new)
    first_touched = min(str(p["dated_on"]) for p in new)
    # Of all papers: which slices have the most papers may change.
    before, after = ([t for t in told if t["slice"] == "all"]
                     for told in (totals, rows(warehouse, PERIOD_TOTALS)))  # fmt: skip
    untouched = [t for t in before if t["period_end"] < first_touched and t["is_complete"]]
    assert untouched
    assert all(total in after for total in untouched)
    assert after != before
    # Ids follow the order of arrival, which is that of the days here: the same papers come out.
    assert sorted(p["title"] for p in rows(warehouse, PAPERS)) == sorted(
        p["title"] for p in rows(whole, PAPERS)
    )


def daily(number: int, **changes: Any) -> dict[str, Any]:
    """A row of a daily file, of our own making."""
    words = " ".join(f"w{number}x{place}" for place in range(60))
    paper = {
        "id": f"2401.{number:05d}",
        "title": f"Tides of kind {number} and what they move",
        "summary": f"Tides are measured. {words}.",
        "publishedAt": "2024-01-05T00:00:00.000Z",
        "upvotes": number,
        "authors": [{"name": f"Ada Ebb{number}"}],
    }
    return {"paper": {**paper, **changes}}


def write_daily(folder: Path, day: str, listed: list[dict[str, Any]]) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{day}.json"
    file.write_text(json.dumps(listed))
    return file


def test_what_is_broken_goes_to_quarantine_with_reason_and_payload(
    flow: Flow, tmp_path: Path
) -> None:
    feed = tmp_path / "daily"
    write_daily(feed, "2024-01-08", [daily(n) for n in range(40)])
    write_daily(feed, "2024-01-09", [daily(50, title=None), daily(51, summary=["no", "text"]),
                                     daily(52)])  # fmt: skip
    cut = write_daily(feed, "2024-01-10", [daily(60), daily(61), daily(62)])
    cut.write_text(cut.read_text()[:-40])
    (feed / "2024-01-11.json").write_text("Service unavailable")

    report = flow(tmp_path / "warehouse", {"hf-daily": feed}, until="papers")

    kept_out = {(r["file"], r["rule"]): r for r in rows(tmp_path / "warehouse", QUARANTINE)}
    assert set(kept_out) == {
        ("2024-01-09.json", "title_present"),
        ("2024-01-09.json", "parsed"),
        ("2024-01-10.json", "record_whole"),
        ("2024-01-11.json", "file_readable"),
    }
    assert all(row["reason"] and row["payload"] for row in kept_out.values())
    assert kept_out["2024-01-11.json", "file_readable"]["payload"] == "Service unavailable"
    assert "abstract" in kept_out["2024-01-09.json", "parsed"]["reason"]
    assert len(rows(tmp_path / "warehouse", PAPERS)) == 43
    ingest, parse = stage(report, "ingest"), stage(report, "parse")
    assert (ingest["delivered"], ingest["quarantined"]) == (47, 2)
    assert (parse["rows_staged"], parse["rows_new"], parse["quarantined"]) == (45, 43, 2)


def test_a_feed_that_loses_more_than_is_allowed_stops_the_run(flow: Flow, tmp_path: Path) -> None:
    feed, warehouse = tmp_path / "daily", tmp_path / "warehouse"
    write_daily(feed, "2024-01-08", [daily(n) for n in range(40)])
    flow(warehouse, {"hf-daily": feed}, until="papers")
    before, seen = versions(warehouse), state(warehouse)

    write_daily(feed, "2024-01-09", [daily(n, title="" if n % 2 else "Ebb") for n in range(60, 99)])
    with pytest.raises(GateStoppedError) as stopped:
        flow(warehouse, {"hf-daily": feed}, until="papers")

    assert stopped.value.exit_status == 3
    for told in ("silver.records", "loss_by_feed", "hf-daily", "observed", "Data Docs: file://"):
        assert told in str(stopped.value)
    after = state(warehouse)
    assert after["silver.records"] == seen["silver.records"]
    assert after["silver.papers"] == seen["silver.papers"]
    assert {name: v for name, v in versions(warehouse).items() if name.startswith("silver")} == {
        name: v for name, v in before.items() if name.startswith("silver")
    }


@pytest.mark.parametrize("content", [None, "[]"])
def test_a_feed_that_comes_out_empty_stops_the_run(
    content: str | None, flow: Flow, tmp_path: Path
) -> None:
    feed, warehouse = tmp_path / "daily", tmp_path / "warehouse"
    feed.mkdir()
    if content:
        (feed / "2024-01-08.json").write_text(content)
    with pytest.raises(GateStoppedError) as stopped:
        flow(warehouse, {"hf-daily": feed})
    assert "bronze.files" in str(stopped.value)
    assert state(warehouse) == {}


def test_vectors_are_of_unit_length_and_384_numbers(whole: Path) -> None:
    vectors = rows(whole, EMBEDDINGS)
    assert len(vectors) == len(rows(whole, PAPERS))
    for row in vectors:
        assert len(row["vector"]) == 384
        assert abs(sum(x * x for x in row["vector"]) - 1) < 1e-5


def test_what_is_replayed_is_read_again_after_a_fix(flow: Flow, tmp_path: Path) -> None:
    """A column that holds the wrong thing, and a file over the limit; both are put right later."""
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    feed.mkdir()
    good = [{"id": str(n), "title": f"Tides of pebble number {n}", "votes": n} for n in range(30)]
    odd = {"id": "odd", "title": "On odd pebbles", "votes": "many", "ballots": 3}
    (feed / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*good, odd]))
    large = "".join(f"c{n},A title of a row that is long enough {n}\n" for n in range(60))
    (feed / "large.csv").write_text("id,title\n" + large)
    fixed = ["feeds.papers.columns.votes=ballots"]

    def kept_out() -> set[tuple[str, str]]:
        return {(row["stage"], row["file"]) for row in rows(warehouse, QUARANTINE)}

    flow(warehouse, {"papers": feed}, "ingest.max_file_bytes=2000", until="parse")
    assert kept_out() == {("ingest", "large.csv"), ("parse", "a.jsonl")}
    flow(warehouse, {"papers": feed}, *fixed, until="parse")
    assert kept_out() == {("ingest", "large.csv"), ("parse", "a.jsonl")}

    config = load((), [f"warehouse={warehouse}"], {})
    assert replay(config, "papers", None, "no such rule") == {}
    assert replay(config, "papers", None, None) == {"ingest": 1, "parse": 1}
    assert kept_out() == set()
    flow(warehouse, {"papers": feed}, *fixed, until="parse")

    assert kept_out() == set()
    assert len(rows(warehouse, RECORDS)) == len(good) + 1 + 60
    for row in rows(warehouse, FILES):
        assert row["delivered"] == row["records"] + row["repeated"] + row["quarantined"]
        assert row["status"] == "read"


# What Spark is asked by a stage on few papers; any other stage writes its one table.
EXECUTIONS = {
    "ingest": 6,
    "authors": 6,
    "authorships": 3,  # one is whether affiliations were matched
    "identity": 36,
    "keyphrases": 3,
    "topics": 18,
    "terms": 12,
    "entities": 5,
    "trend-tests": 4,
    "neighbors": 12,
    "map": 9,
}


def test_no_stage_asks_spark_for_more_than_it_did(whole: Path, costs: Profile) -> None:
    assert [row["stage"] for row in costs.rows] == [stage.name for stage in PIPELINE]
    assert {
        row["stage"]: row["executions"]
        for row in costs.rows
        if row["executions"] > EXECUTIONS.get(row["stage"], 2)
    } == {}
    assert sum(row["jobs"] for row in costs.rows) <= 450  # 358 when this was written
