"""Authors as people, run by run: who is one person, who keeps the id, and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import papertide
from storage.errors import UsageError
from tests.end_to_end.conftest import Flow

pytestmark = pytest.mark.slow


def work(number: int, title: str, *authors: tuple[str, str | None]) -> dict[str, Any]:
    """A work of authors by name and ORCID iD, in OpenAlex's words without its own ids of authors."""
    return {
        "id": f"https://openalex.org/W{number}",
        "title": title,
        "publication_date": "2024-03-01",
        "authorships": [
            {"author": {"display_name": name, "orcid": orcid and f"https://orcid.org/{orcid}"}}
            for name, orcid in authors
        ],
    }


def deliver(folder: Path, day: str, *works: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{day}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in works))


ORCID = "0000-0002-1825-0097"
OTHERS = (("Bea Elmwood", None), ("Cid Oakley", None))
TIDES, SILT = (
    "Transport of fine silt in tidal estuaries",
    "Fine silt in tidal estuaries of the north",
)


def test_people_are_found_and_stay_from_run_to_run(flow: Flow, tmp_path: Path) -> None:
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    deliver(feed, "2024-05-01", work(1, TIDES, ("Ada Fern", ORCID), *OTHERS),
            work(2, "Dyes of early looms", ("Alma Fern", None)))  # fmt: skip
    flow(warehouse, {"openalex": feed}, until="authors")
    first = papertide.open(str(warehouse))
    ada = first.author(ORCID)
    assert (ada["name"], ada["number_of_papers"]) == ("Ada Fern", 1)
    assert ada["papers"][0]["basis"] == "single"
    deliver(feed, "2024-05-02", work(3, SILT, ("A. Fern", None), *OTHERS),
            work(4, "On wool", ("Ada Fern", ORCID)))  # fmt: skip
    flow(warehouse, {"openalex": feed}, until="authors")
    later = papertide.open(str(warehouse))
    again = later.author(ORCID)
    assert again["author_id"] == ada["author_id"]
    assert {row["title"]: row["basis"] for row in again["papers"]} == {
        TIDES: "orcid", SILT: "name and evidence", "On wool": "orcid",
    }  # fmt: skip
    assert {row["name"] for row in again["coauthors"]} == {"Bea Elmwood", "Cid Oakley"}
    assert len(later.authors("Fern")) == 2


def test_a_person_decides_that_two_are_one(flow: Flow, tmp_path: Path) -> None:
    feed, warehouse, file = tmp_path / "feed", tmp_path / "warehouse", tmp_path / "decisions.csv"
    other = "0000-0001-5109-3700"
    deliver(feed, "2024-05-01", work(1, TIDES, ("Ada Fern", ORCID), *OTHERS),
            work(2, "Dyes of early looms", ("Ada Birch", other)))  # fmt: skip
    file.write_text(f"action,author,other,note\njoin,{ORCID},{other},married\n")
    decided = f"authors.decisions={file}"
    for _ in range(2):  # a rerun keeps it
        flow(warehouse, {"openalex": feed}, decided, until="authors")
        reader = papertide.open(str(warehouse))
        ada = reader.author(other)
        assert ada == reader.author(ORCID)
        assert ada["number_of_papers"] == 2
        assert {row["title"]: row["decided"] for row in ada["papers"]} == {
            TIDES: None, "Dyes of early looms": f"orcid:{ORCID} and orcid:{other}: married",
        }  # fmt: skip
    file.write_text(f"action,author,other,note\njoin,{ORCID},Ada Birch,\n")
    with pytest.raises(UsageError, match="line 2: Ada Birch is no author for join"):
        flow(warehouse, {"openalex": feed}, decided, until="authors")
