"""Authors of a feed, run by run: with their places, counted as of a day, and asked for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import papertide
from conf import load
from jobs.tables.gold import COLLABORATIONS
from jobs.tables.silver import AFFILIATIONS, AUTHORSHIPS, INSTITUTIONS, RECORDS
from pipelines.commands.repair import repair
from storage import ledger
from storage.warehouse import Warehouse
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import published
from tests.jobs.people.ror_rows import list_of, organization, ror_id

pytestmark = pytest.mark.slow

TABLES = (AUTHORSHIPS, INSTITUTIONS, COLLABORATIONS)
WITH_LIST = (AFFILIATIONS, *TABLES)
PLACES = {"NO": ("I1", "Silt Lab"), "SE": ("I2", "Reed Lab"), "DK": ("I3", "Moss Lab")}


def work(number: int, title: str, day: str, *countries: str) -> dict[str, Any]:
    """A work with an author a country."""
    return {
        "id": f"https://openalex.org/W{number}",
        "title": title,
        "publication_date": day,
        "authorships": [
            {
                "author": {"id": f"https://openalex.org/A{place}", "display_name": f"A. {code}ern"},
                "institutions": [
                    {"id": PLACES[code][0], "display_name": PLACES[code][1], "country_code": code}
                ],
            }
            for place, code in enumerate(countries, start=1)
        ],
    }


def deliver(folder: Path, day: str, *works: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{day}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in works))


def pairs(warehouse: Path) -> list[tuple[str, str, int]]:
    found = papertide.open(str(warehouse)).collaborations()
    return [(row["a"], row["b"], row["papers"]) for row in found]


def lost_authors(warehouse: Path) -> list[dict[str, Any]]:
    """Papers whose authorships are not as many as their authors."""
    return papertide.open(str(warehouse)).sql(
        "select p.paper_id, coalesce(len(p.authors), 0) as authors, count(a.paper_id) as rows "
        "from silver.papers p left join silver.authorships a using (paper_id) "
        "group by all having coalesce(len(p.authors), 0) <> count(a.paper_id)"
    ).rows()  # fmt: skip


def test_places_are_counted_as_of_a_day(flow: Flow, tmp_path: Path) -> None:
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    first = work(1, "Silt transport in tidal waters", "2024-03-01", "NO", "SE")
    deliver(feed, "2024-05-01", first)
    flow(warehouse, {"openalex": feed}, until="collaborations")
    assert pairs(warehouse) == [("NO", "SE", 1)]

    second = work(2, "Reed beds under rising seas", "2024-05-20", "SE", "NO", "DK")
    deliver(feed, "2024-06-01", second)
    flow(warehouse, {"openalex": feed}, until="collaborations")
    assert pairs(warehouse) == [("NO", "SE", 2), ("DK", "NO", 1), ("DK", "SE", 1)]
    wh = papertide.open(str(warehouse))
    assert [(row["name"], row["papers"]) for row in wh.institutions()] == [
        ("Silt Lab", 2), ("Reed Lab", 2), ("Moss Lab", 1),
    ]  # fmt: skip
    assert lost_authors(warehouse) == []

    before = [published(warehouse, table) for table in TABLES]
    report = flow(warehouse, {"openalex": feed}, until="collaborations")
    assert {row["verdict"] for row in report.stages} == {"unchanged"}
    flow(warehouse, {"openalex": feed}, until="collaborations", as_of=date(2024, 5, 31))
    assert pairs(warehouse) == [("NO", "SE", 1)]
    flow(warehouse, {"openalex": feed}, until="collaborations")
    # Records that are read anew say the same of their authors.
    repair(load([], [f"warehouse={warehouse}"], {}), RECORDS.name, rebuild=True)
    flow(warehouse, {"openalex": feed}, until="collaborations")
    assert [published(warehouse, table) for table in TABLES] == before


def test_with_a_list_affiliations_tell_institutions_until_it_or_a_decision_says_otherwise(
    flow: Flow, tmp_path: Path
) -> None:
    feed, warehouse, decided = tmp_path / "feed", tmp_path / "warehouse", tmp_path / "decided.csv"
    ror = list_of(
        tmp_path,
        organization(1, "Silt Laboratory", "Tarn, NO", other=["Silt Station"], parent=3),
        organization(2, "Reed Institute", "Reedmark, SE"),
        organization(3, "Fern University", "Tarn, NO"),
    )
    texts = ("Silt Station, Tarn, Norway", "Reed Institute", "Peat Works, Oslo, Norway")
    authors = [
        {"author": {"display_name": f"A. Fern{place}"}, "raw_affiliation_strings": [text]}
        for place, text in enumerate(texts)
    ]
    feeds = {"openalex": feed}
    deliver(feed, "2024-05-01", {**work(1, "Silt in tides", "2024-03-01"), "authorships": authors})
    flow(warehouse, feeds, until="collaborations")
    assert (
        not {AFFILIATIONS.name, INSTITUTIONS.name}
        & ledger.published(Warehouse.at(str(warehouse))).keys()
    )

    given = f"institutions.ror={ror.file}"
    flow(warehouse, feeds, given, until="collaborations")
    wh = papertide.open(str(warehouse))
    columns = ("id", "name", "country", "city", "parents", "papers", "matched_papers")
    assert [tuple(row[name] for name in columns) for row in wh.institutions()] == [
        (ror_id(1), "Silt Laboratory", "NO", "Tarn", [ror_id(3)], 1, 1),
        (ror_id(2), "Reed Institute", "SE", "Reedmark", [], 1, 1),
    ]
    assert pairs(warehouse) == [("NO", "SE", 1)]
    rows = wh.sql("select affiliation, basis, evidence from silver.affiliations order by 1").rows()
    assert [row["basis"] for row in rows] == [None, "name", "other name"]
    assert lost_authors(warehouse) == []
    before = [published(warehouse, table) for table in WITH_LIST]
    report = flow(warehouse, feeds, given, until="collaborations")
    assert {row["verdict"] for row in report.stages} == {"unchanged"}

    decided.write_text(f'affiliation,institution_id,note\n"{texts[1]}",,a firm\n')
    flow(warehouse, feeds, given, f"institutions.decisions={decided}", until="collaborations")
    wh = papertide.open(str(warehouse))
    assert [row["id"] for row in wh.institutions()] == [ror_id(1)]
    flow(warehouse, feeds, given, until="collaborations")
    assert [published(warehouse, table) for table in WITH_LIST] == before


def test_names_alone_give_authors_and_no_places(flow: Flow, tmp_path: Path) -> None:
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    feed.mkdir()
    row = {"id": "1", "title": "Silt transport", "authors": ["Ada Fern", "Ben Reed"]}
    (feed / "2024-05-01.jsonl").write_text(json.dumps(row) + "\n")
    flow(warehouse, {"papers": feed}, until="collaborations")
    seen = ledger.published(Warehouse.at(str(warehouse)))
    assert AUTHORSHIPS.name in seen
    assert not {INSTITUTIONS.name, COLLABORATIONS.name} & seen.keys()
    assert lost_authors(warehouse) == []


def test_no_author_of_the_real_feeds_is_lost(
    flow: Flow, shared_feeds: Path, tmp_path: Path
) -> None:
    feeds = {"openalex": "openalex", "pubmed": "pubmed", "crossref": "crossref"}
    warehouse = tmp_path / "warehouse"
    given = {name: shared_feeds / folder for name, folder in feeds.items()}
    flow(warehouse, given, until="collaborations")
    assert lost_authors(warehouse) == []
    wh = papertide.open(str(warehouse))
    (counts,) = wh.sql(
        "select count(*) as authors, count(*) filter (where len(countries) > 0) as placed, "
        "count(*) filter (where len(institution_ids) > 0) as at_institutions, "
        "count(*) filter (where family is not null) as named from silver.authorships"
    ).rows()  # fmt: skip
    assert counts["placed"] > 2_000 and counts["at_institutions"] > 300
    assert len(wh.collaborations()) and len(wh.collaborations("institution"))
