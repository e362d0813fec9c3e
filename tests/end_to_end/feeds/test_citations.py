"""References of a feed, run by run: linked to papers, counted as of a day, and asked for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import papertide
from conf import load
from jobs.tables.gold import CITATION_COUNTS
from jobs.tables.silver import RECORDS, REFERENCES
from pipelines.commands.repair import repair
from storage import ledger
from storage.warehouse import Warehouse
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import published

pytestmark = pytest.mark.slow

SUBJECTS = {"a": "Silt transport", "b": "Reed beds", "c": "Dune erosion", "d": "Kelp forests"}


def work(name: str, year: int, *cited: str) -> dict[str, Any]:
    return {
        "DOI": f"10.1000/{name}",
        "title": [f"{SUBJECTS[name]} in tidal waters"],
        "issued": {"date-parts": [[year, 3, 1]]},
        "type": "journal-article",
        "reference": [{"key": other, "DOI": f"10.1000/{other}"} for other in cited],
    }


def deliver(folder: Path, day: str, *works: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{day}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in works))


def counts(warehouse: Path) -> dict[str, tuple[int, int]]:
    """How often each work is cited, and how often of late."""
    wh = papertide.open(str(warehouse))
    found = wh.sql(
        "select p.doi, c.cited_by, c.cited_by_last_year from gold.citation_counts c "
        "join silver.papers p using (paper_id) order by 1"
    )
    return {row["doi"][-1]: (row["cited_by"], row["cited_by_last_year"]) for row in found}


def test_references_are_linked_and_counted_as_of_a_day(flow: Flow, tmp_path: Path) -> None:
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    deliver(feed, "2024-05-01", work("a", 2020), work("b", 2023, "a"), work("d", 2019))
    flow(warehouse, {"crossref": feed}, until="citations")
    assert counts(warehouse) == {"a": (1, 0)}

    deliver(feed, "2024-06-01", work("c", 2024, "gone", "b", "a", "b"))
    flow(warehouse, {"crossref": feed}, until="citations")
    assert counts(warehouse) == {"a": (2, 1), "b": (1, 1)}
    wh = papertide.open(str(warehouse))
    assert [row["doi"][-1] for row in wh.cites("10.1000/c")] == ["b", "a"]
    assert [row["doi"][-1] for row in wh.cited_by("10.1000/a")] == ["c", "b"]

    before = [published(warehouse, table) for table in (REFERENCES, CITATION_COUNTS)]
    report = flow(warehouse, {"crossref": feed}, until="citations")
    assert {row["verdict"] for row in report.stages} == {"unchanged"}
    flow(warehouse, {"crossref": feed}, until="citations", as_of=date(2024, 5, 31))
    assert counts(warehouse) == {"a": (1, 0)}
    flow(warehouse, {"crossref": feed}, until="citations")
    # Records that are read anew have the same references.
    repair(load([], [f"warehouse={warehouse}"], {}), RECORDS.name, rebuild=True)
    flow(warehouse, {"crossref": feed}, until="citations")
    assert [published(warehouse, table) for table in (REFERENCES, CITATION_COUNTS)] == before


def test_without_references_nothing_is_published(flow: Flow, tmp_path: Path) -> None:
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    deliver(feed, "2024-05-01", work("a", 2020), work("b", 2023))
    report = flow(warehouse, {"crossref": feed}, until="citations")
    verdicts = {row["stage"]: row["verdict"] for row in report.stages}
    assert (verdicts["references"], verdicts["citations"]) == ("unchanged", "unchanged")
    seen = ledger.published(Warehouse.at(str(warehouse)))
    assert not {REFERENCES.name, CITATION_COUNTS.name} & seen.keys()
    (paper, _) = papertide.open(str(warehouse)).papers(order="title")
    told = papertide.open(str(warehouse)).cites(paper["paper_id"]).notes
    assert told[0].startswith("No references are known")
