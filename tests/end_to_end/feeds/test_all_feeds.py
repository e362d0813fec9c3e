"""All real feeds in one run: counted to the row, read once, and of what changes only that."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jobs.tables.bronze import FILES
from jobs.tables.silver import RECORDS
from pipelines.flows.report import Report
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import column, published, versions

pytestmark = pytest.mark.slow

# feed → its folder and the rows that an independent count finds there.
FEEDS = {
    "hf-page": ("hf-trending-page", 279),
    "hf-daily": ("hf-daily-papers", 5_841),
    "acl": ("acl-anthology", 72_903),
    "arxiv-snapshot": ("arxiv-snapshot", 100_000),
    "arxiv-kaggle": ("arxiv-kaggle", 200),
    "arxiv-api": ("arxiv-atom", 222),  # one of them an error in the place of an entry
    "arxiv-oai": ("arxiv-oai-pmh", 13),
    "arxiv-rss": ("arxiv-rss", 452),
    "openalex": ("openalex", 160),
    "crossref": ("crossref", 900),
    "semantic-scholar": ("semantic-scholar", 1_944),
    "pubmed": ("pubmed", 210),
    "europepmc": ("europepmc", 1_025),
    "dblp": ("dblp", 131),
}


class House(NamedTuple):
    """A copy of all feeds, the warehouse of a run over them, and what the run told."""

    feeds: Path
    warehouse: Path
    report: Report


def run(flow: Flow, house: Path, feeds: Path) -> Report:
    paths = {name: feeds / folder for name, (folder, _) in FEEDS.items()}
    return flow(house, paths, "feeds.arxiv-kaggle.format=arxiv-snapshot", until="parse")


@pytest.fixture(scope="module")
def house(shared_feeds: Path, flow: Flow, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("all")
    for name, _ in FEEDS.values():
        # What is there is read only; the copy will be written to. Times of change stay.
        shutil.copytree(shared_feeds / name, folder / "feeds" / name, copy_function=_copied)
    report = run(flow, folder / "warehouse", folder / "feeds")
    return House(folder / "feeds", folder / "warehouse", report)


def _copied(source: str, target: str) -> str:
    shutil.copy2(source, target)
    Path(target).chmod(0o644)
    Path(target).parent.chmod(0o755)
    return target


def files(warehouse: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for row in published(warehouse, FILES)]


def test_every_row_of_every_feed_is_accounted_for(house: House) -> None:
    delivered: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for row in files(house.warehouse):
        assert row["delivered"] == row["records"] + row["repeated"] + row["quarantined"], row
        delivered[row["feed"]] += row["delivered"]
        kept[row["feed"]] += row["records"]
    assert delivered == {name: rows for name, (_, rows) in FEEDS.items()}
    parsed = Counter(column(house.warehouse, RECORDS, "feed"))
    (parse,) = (row for row in house.report.stages if row["stage"] == "parse")
    assert sum(kept.values()) == sum(parsed.values()) + parse["quarantined"]
    assert parsed["acl"] == FEEDS["acl"][1]
    assert parsed["arxiv-snapshot"] == FEEDS["arxiv-snapshot"][1]


def test_a_second_run_reads_nothing(house: House, flow: Flow) -> None:
    before = versions(house.warehouse)
    report = run(flow, house.warehouse, house.feeds)
    assert {row["verdict"] for row in report.stages} == {"unchanged"}
    assert versions(house.warehouse) == before


def test_of_a_longer_and_a_changed_file_only_what_is_new_becomes_a_record(
    house: House, flow: Flow
) -> None:
    known = {(row["file"], row["digest"]) for row in files(house.warehouse)}
    longer = house.feeds / "arxiv-kaggle" / "wanng-ide.jsonl"
    first = json.loads(longer.read_text().splitlines()[0])
    with longer.open("a") as file:
        file.write(json.dumps({**first, "id": "0704.9999", "title": "Ebb and flow"}) + "\n")
    changed = house.feeds / "openalex" / "works.jsonl"
    lines = changed.read_text().splitlines()
    work = json.loads(lines[7])
    lines[7] = json.dumps({**work, "title": "A title that was put right"})
    changed.write_text("\n".join(lines) + "\n")

    report = run(flow, house.warehouse, house.feeds)

    new = {row["file"]: row for row in files(house.warehouse)
           if (row["file"], row["digest"]) not in known}  # fmt: skip
    assert {name: (row["delivered"], row["records"]) for name, row in new.items()} == {
        longer.name: (201, 1),
        changed.name: (160, 1),
    }
    (parse,) = (row for row in report.stages if row["stage"] == "parse")
    assert parse["rows_staged"] == 2
    titles = column(house.warehouse, RECORDS, "title")
    assert {"Ebb and flow", "A title that was put right"} <= set(titles)
