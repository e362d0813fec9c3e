"""Requirements of erasing in the tables: whom a place names, and what else tells of a person."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.ingest.payloads import ERASED_FORMAT, NOTHING_LEFT
from jobs.people import erasing
from jobs.people.erased import Erased, erased_people, mark
from jobs.people.erasing import Held, erase, telling_rows
from jobs.tables.bronze import RAW_RECORDS
from jobs.tables.silver import (
    AUTHOR_LINKS,
    AUTHORS,
    AUTHORSHIPS,
    ERASURES,
    IDENTITY,
    IDENTITY_EDGES,
    QUARANTINE,
    RECORDS,
    SIGNATURES,
)
from tests.jobs.records import Fields, frame, record

PAPER = "p0123456789abcdef0123"
ORCID = "0000-0002-1694-233X"


def held(spark: SparkSession, **rows: Iterable[Fields]) -> Held:
    """The tables, those that are not named without rows."""
    tables = {
        "raw": RAW_RECORDS, "records": RECORDS, "quarantine": QUARANTINE, "identity": IDENTITY,
        "edges": IDENTITY_EDGES, "signatures": SIGNATURES, "authorships": AUTHORSHIPS,
        "links": AUTHOR_LINKS, "authors": AUTHORS, "erasures": ERASURES,
    }  # fmt: skip
    return Held(**{name: frame(spark, of, rows.get(name, ())) for name, of in tables.items()})


def listed(*names: str | None) -> list[Fields]:
    return [
        {"paper_id": PAPER, "position": at, "name": name, "author_ids": []}
        for at, name in enumerate(names, 1)
    ]


def delivered(record_id: str, payload: str, form: str = "papers") -> Fields:
    return {"record_id": record_id, "feed": "alpha", "format": form, "payload": payload}


def names_told(tables: Held, people: Erased) -> list[str]:
    return [row["name"] for row in telling_rows(tables, people, {})[AUTHORSHIPS].collect()]


def payloads(tables: Held, people: Erased) -> dict[str, str]:
    rows = erase(tables, people, {})[RAW_RECORDS].collect()
    assert all(row["format"] == ERASED_FORMAT for row in rows)
    return {row["record_id"]: row["payload"] for row in rows}


def test_a_line_with_a_place_stands_for_whom_it_named_when_it_was_followed(
    spark: SparkSession,
) -> None:
    people = erased_people(f"{PAPER} 2\n")
    first = held(spark, authorships=listed("Bo Oak", "Ada Fern"))
    assert names_told(first, people) == ["Ada Fern"]
    marks = erase(first, people, {})[ERASURES].collect()
    noted = [{"mark": row["mark"], "run": "r"} for row in marks]
    # Her entry is empty; then a later list has the authors in another order.
    later = held(spark, authorships=listed(None, "Bo Oak"), erasures=noted)
    assert names_told(later, people) == []
    # Authorships that do not yet follow still tell of her.
    dead = held(spark, authorships=listed("Bo Oak", "Ada Fern"), erasures=noted)
    assert names_told(dead, people) == ["Ada Fern"]
    # A place that nobody had yet still waits.
    early = erase(held(spark, authorships=listed("Bo Oak")), people, {})[ERASURES].collect()
    assert early == []


def test_an_orcid_id_is_sought_in_payloads_by_its_mark_and_however_spelled(
    spark: SparkSession,
) -> None:
    digits = ORCID.replace("-", "")
    spelled = {
        "small": f"https://orcid.org/{ORCID.lower()}", "bare": digits, "after": f"7{digits}",
        "no": "0000-0001-5109-3700",
    }  # fmt: skip
    tables = held(
        spark,
        records=[record(name, "Silt", authors=["Di Ash"], language_basis="given") for name in spelled],
        raw=[delivered(name, f'{{"note": "{text}"}}') for name, text in spelled.items()],
    )  # fmt: skip
    assert set(payloads(tables, erased_people(ORCID))) == {"small", "bare", "after"}
    noted = frame(spark, ERASURES, [{"mark": mark("", f"orcid:{ORCID}"), "run": "r"}])
    by_mark = payloads(replace(tables, erasures=noted), Erased())
    assert set(by_mark) == {"small", "bare", "after"}


def test_of_what_is_no_record_the_rest_is_left_where_the_person_is_found(
    spark: SparkSession,
) -> None:
    ada = {"name": "Ada Fern", "orcid": ORCID}
    rows: dict[str, dict[str, Any]] = {
        "listed": {"id": "1", "title": "", "authors": [ada, "Bo Oak"]},
        "said": {"id": "2", "title": f"On {ORCID}", "authors": ["Bo Oak"]},
        "others": {"id": "3", "title": "", "authors": ["Bo Oak"]},
    }
    tables = held(spark, raw=[delivered(name, json.dumps(row)) for name, row in rows.items()])
    left = payloads(tables, erased_people(ORCID))
    assert set(left) == {"listed", "said"}
    assert [one["name"] for one in json.loads(left["listed"])["fields"]["authors"]] == [
        None, "Bo Oak",
    ]  # fmt: skip
    assert left["said"] == NOTHING_LEFT
    # Of what is left another person is erased as well, and nobody twice.
    again = held(spark, raw=[delivered(name, text, ERASED_FORMAT) for name, text in left.items()])
    assert payloads(again, erased_people(ORCID)) == {}
    known = replace(again, erasures=frame(spark, ERASURES, [
        {"mark": mark("alpha\n1", "oak b*"), "run": "r"}]))  # fmt: skip
    assert set(payloads(known, Erased())) == {"listed"}


def test_what_tells_of_people_is_found_in_one_pass(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    found = erasing._authorships_of

    def count(*given: Any) -> Any:
        calls.append(given)
        return found(*given)

    monkeypatch.setattr(erasing, "_authorships_of", count)
    telling_rows(held(spark), erased_people(ORCID), {})
    assert len(calls) == 1
