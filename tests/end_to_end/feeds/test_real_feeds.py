"""The real feeds: every number as an independent count has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jobs.tables.bronze import FILES, RAW_RECORDS
from jobs.tables.core import Table
from jobs.tables.silver import EMBEDDINGS, PAPERS, RECORDS
from pipelines.flows.report import summary
from tests.end_to_end.conftest import Called, Flow
from tests.end_to_end.processes import call, published, start, state, versions

pytestmark = pytest.mark.slow

PAGE, DAILY, BOTH = 279, 5_841, 18


def rows(warehouse: Path, table: Table) -> list[dict[str, Any]]:
    return [json.loads(row) for row in published(warehouse, table)]


@pytest.fixture(scope="module")
def page(shared_feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of a run, as a process of its own, over the saved page."""
    warehouse = tmp_path_factory.mktemp("page") / "warehouse"
    feed = shared_feeds / "hf-trending-page"
    call("run", "--feed", f"hf-page={feed}", "--set", f"warehouse={warehouse}")
    return warehouse


def test_the_page_gives_a_paper_and_a_vector_for_each_record(page: Path) -> None:
    assert len(rows(page, RECORDS)) == len(rows(page, PAPERS)) == PAGE
    assert "silver.quarantine" not in state(page)
    vectors = rows(page, EMBEDDINGS)
    assert len(vectors) == PAGE
    assert {len(row["vector"]) for row in vectors} == {384}
    assert all(abs(sum(x * x for x in row["vector"]) - 1) < 1e-5 for row in vectors)


def test_the_page_keeps_its_titles(page: Path) -> None:
    title_of = {row["record_id"]: row["title"] for row in rows(page, RECORDS)}
    raw = sorted(rows(page, RAW_RECORDS), key=lambda row: row["position"])
    titles = [title_of[row["record_id"]] for row in raw]
    assert "Subscribe" not in titles[0]
    assert titles[-1] == "Fairness-Aware Structured Pruning in Transformers"
    delivered = [row["payload"].split("\n")[0] for row in raw]
    assert [t for t in delivered if not t.isascii()] == [t for t in titles if not t.isascii()]


def test_a_second_run_of_the_command_says_that_nothing_changed(
    page: Path, shared_feeds: Path
) -> None:
    before = versions(page)
    feed = shared_feeds / "hf-trending-page"
    done = call("run", "--feed", f"hf-page={feed}", "--set", f"warehouse={page}")
    assert "nothing changed" in done.stdout
    assert versions(page) == before


def test_queries_see_what_is_published_while_a_run_writes(page: Path, shared_feeds: Path) -> None:
    feed = shared_feeds / "hf-trending-page"
    house = ("--set", f"warehouse={page}")
    labels = (
        "select t.label from gold.paper_topics p join gold.topics t using (topic_id) "
        "group by t.label order by count(*) desc, t.label limit 1"
    )
    run = start("run", "--feed", f"hf-page={feed}", *house, "--set", "topics.topics=9")
    counts, best = (
        start("sql", *house, "--format", "csv", query)
        for query in ("select count(*) as n, count(distinct paper_id) from silver.papers", labels)
    )
    out, err = counts.communicate(timeout=300)
    assert (counts.returncode, out.splitlines()[1]) == (0, f"{PAGE},{PAGE}"), err
    out, err = best.communicate(timeout=300)
    assert (best.returncode, len(out.splitlines())) == (0, 2), err
    assert out.splitlines()[1]
    assert (run.communicate(timeout=600), run.returncode)[1] == 0


def test_an_empty_feed_ends_with_status_three(called: Called, tmp_path: Path) -> None:
    (tmp_path / "daily").mkdir()
    _, err = called("run", "--feed", f"hf-daily={tmp_path / 'daily'}",
                    "--set", f"warehouse={tmp_path / 'warehouse'}", status=3)  # fmt: skip
    for told in ("bronze.files", "feeds_have_files", "observed", "Data Docs: file://"):
        assert told in err
    assert "Traceback" not in err


def test_page_and_daily_files_together_are_accounted_for_to_the_row(
    shared_feeds: Path, flow: Flow, tmp_path: Path
) -> None:
    feeds = {
        "hf-page": shared_feeds / "hf-trending-page",
        "hf-daily": shared_feeds / "hf-daily-papers",
    }
    report = flow(tmp_path, feeds, until="papers")

    files = rows(tmp_path, FILES)
    daily = [row for row in files if row["feed"] == "hf-daily"]
    assert len(daily) == 393
    assert sum(row["delivered"] for row in daily) == DAILY
    assert sum(row["records"] for row in daily) == DAILY
    records = [row for row in rows(tmp_path, RECORDS) if row["feed"] == "hf-daily"]
    assert len(records) == DAILY
    assert all(row["abstract"] and row["votes"] is not None for row in records)
    assert all(row["published_on"] for row in records)
    assert sum(row["listed_on"] is not None for row in records) == 3_337
    papers = rows(tmp_path, PAPERS)
    arxiv = [paper["arxiv_id"] for paper in papers if "hf-daily" in paper["feeds"]]
    assert len(arxiv) == len(set(arxiv)) == DAILY
    assert len(papers) == PAGE + DAILY - BOTH
    assert sum(len(paper["feeds"]) > 1 for paper in papers) == BOTH
    assert f"{BOTH} stand in several feeds" in summary(report)
