"""Requirements of parsing: what a record says, when it is dated, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from jobs.feeds import FEEDS
from jobs.feeds.core import Parsed
from jobs.ingest.parse import _row, parse
from jobs.params import ParseSettings
from jobs.tables.bronze import RAW_RECORDS
from jobs.tables.silver import QUARANTINE, RECORDS
from tests.jobs.records import Fields, frame, records

SHOWN = date(2024, 5, 27)
SETTINGS = ParseSettings(earliest_year=1700, max_days_ahead=10)

# One record a case, read together: record_id → what the feed delivered.
GIVEN: Mapping[str, Any] = {
    "full": {"id": "1", "title": "Ebb", "abstract": "Of it.", "published_on": "2023-04-05",
             "authors": ["Ada Tern"], "year": 2023, "votes": 2**40},
    "month": {"id": "2", "title": "Ebb", "published_on": "2023-04"},
    "year as date": {"id": "3", "title": "Ebb", "published_on": "2023"},
    "year alone": {"id": "4", "title": "Ebb", "year": 2023},
    "no date": {"id": "5", "title": "Ebb"},
    "day and other year": {"id": "6", "title": "Ebb", "published_on": "2023-04-05", "year": 2022},
    "no such day": {"id": "7", "title": "Ebb", "published_on": "2023-02-29"},
    "too early": {"id": "8", "title": "Ebb", "published_on": "1699-12-31", "year": 1699},
    "too late": {"id": "9", "title": "Ebb", "published_on": "2024-06-07"},
    "just in time": {"id": "10", "title": "Ebb", "published_on": "2024-06-06", "year": 2024},
    "late day, good year": {"id": "11", "title": "Ebb", "published_on": "2124-01", "year": 2024},
    "late year": {"id": "12", "title": "Ebb", "year": 2025},
    "wrong types": {"id": "13", "title": 7, "authors": {"name": "Ada"}, "votes": [1]},
    "withdrawn": {"id": "14", "title": "Ebb", "abstract": "This paper has been withdrawn."},
    "no title": {"id": "15", "abstract": "Of it."},
}  # fmt: skip


def raw(record_id: str, payload: Any, **more: Any) -> Fields:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return {"record_id": record_id, "feed": "own", "format": "papers", "file": "a.jsonl",
            "position": 0, "payload": text, "shown_on": SHOWN, "shown_basis": "received",
            **more}  # fmt: skip


def parsed(
    spark: SparkSession,
    rows: Iterable[Fields],
    known: DataFrame | None = None,
    quarantine: Iterable[Fields] = (),
    options: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Row]:
    out = parse(
        frame(spark, RAW_RECORDS, rows),
        records(spark) if known is None else known,
        frame(spark, QUARANTINE, quarantine),
        options or {},
        SETTINGS,
    )
    found = out.collect()
    assert len({row["record_id"] for row in found}) == len(found)
    return {row["record_id"]: row for row in found}


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> dict[str, Row]:
    return parsed(spark, [raw(name, given) for name, given in GIVEN.items()])


def test_every_record_comes_out_with_what_it_came_from(found: dict[str, Row]) -> None:
    assert set(found) == set(GIVEN)
    for name, row in found.items():
        assert row["payload"] == json.dumps(GIVEN[name])
        assert (row["feed"], row["file"], row["position"], row["shown_on"]) == (
            "own", "a.jsonl", 0, SHOWN,
        )  # fmt: skip


def test_fields_become_columns_of_their_types(spark: SparkSession, found: dict[str, Row]) -> None:
    row = found["full"]
    assert (row["title"], row["abstract"], row["votes"]) == ("Ebb", "Of it.", 2**40)
    assert row["authors"] == [Row(name="Ada Tern", orcid=None, affiliation=None)]
    out = parse(frame(spark, RAW_RECORDS, []), records(spark), frame(spark, QUARANTINE, []), {},
                SETTINGS)  # fmt: skip
    assert RECORDS.conform(out).dtypes == [
        (name, kind) for name, kind in out.select(*RECORDS.column_names).dtypes
    ]


@pytest.mark.parametrize(
    ("name", "published", "year", "dated", "basis"),
    [
        ("full", date(2023, 4, 5), 2023, date(2023, 4, 5), "published"),
        ("month", date(2023, 4, 1), 2023, date(2023, 4, 1), "published month"),
        ("year as date", date(2023, 1, 1), 2023, date(2023, 1, 1), "published year"),
        ("year alone", date(2023, 1, 1), 2023, date(2023, 1, 1), "published year"),
        ("no date", None, None, SHOWN, "shown"),
        ("day and other year", date(2023, 4, 5), 2022, date(2023, 4, 5), "published"),
        ("just in time", date(2024, 6, 6), 2024, date(2024, 6, 6), "published"),
        ("late day, good year", date(2024, 1, 1), 2024, date(2024, 1, 1), "published year"),
        ("too late", None, None, SHOWN, "shown"),
    ],
)
def test_a_record_is_dated_by_its_publication_else_by_the_day_shown(
    found: dict[str, Row],
    name: str,
    published: date | None,
    year: int | None,
    dated: date,
    basis: str,
) -> None:
    row = found[name]
    assert (row["published_on"], row["year"], row["dated_on"], row["date_basis"]) == (
        published, year, dated, basis,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "warnings"),
    [
        ("no such day", ["published_on is no date: 2023-02-29"]),
        ("too early", ["published_on cannot be 1699-12-31", "year cannot be 1699"]),
        ("too late", ["published_on cannot be 2024-06-07"]),
        ("late day, good year", ["published_on cannot be 2124-01-01"]),
        ("late year", ["year cannot be 2025"]),
        ("just in time", []),
        ("no date", []),
    ],
)
def test_an_impossible_date_is_null_and_named(
    found: dict[str, Row], name: str, warnings: list[str]
) -> None:
    row = found[name]
    assert (row["warnings"], row["parse_errors"]) == (warnings, [])
    if warnings and name != "late day, good year":
        assert (row["published_on"], row["year"], row["date_basis"]) == (None, None, "shown")


def test_wrong_types_are_errors_that_name_every_field(found: dict[str, Row]) -> None:
    assert found["wrong types"]["parse_errors"] == [
        "title is a number, not text",
        "authors is an object, not a list",
        "votes is a list, not a whole number",
    ]
    assert [name for name, row in found.items() if row["parse_errors"]] == ["wrong types"]


def test_a_notice_of_withdrawal_is_flagged(found: dict[str, Row]) -> None:
    assert [name for name, row in found.items() if row["is_withdrawn"]] == ["withdrawn"]


def test_a_record_without_title_has_none(found: dict[str, Row]) -> None:
    assert found["no title"]["title"] is None


def test_what_is_no_json_is_an_error_of_that_record_alone(spark: SparkSession) -> None:
    found = parsed(spark, [raw("broken", "{"), raw("good", GIVEN["full"])])
    [error] = found["broken"]["parse_errors"]
    assert error.startswith("not JSON: ")
    assert found["broken"]["dated_on"] == SHOWN
    assert found["good"]["parse_errors"] == []


def test_options_map_the_columns_of_their_feed_alone(spark: SparkSession) -> None:
    payload = {"key": "k", "name": "Ebb", "id": "i", "title": "Flow"}
    rows = [raw("own", payload), raw("other", payload, feed="other")]
    found = parsed(spark, rows, options={"own": {"id": "key", "title": "name"}})
    told = {name: (row["native_id"], row["title"]) for name, row in found.items()}
    assert told == {"own": ("k", "Ebb"), "other": ("i", "Flow")}


def test_a_feed_is_read_by_its_own_format_and_dated_by_its_listing(spark: SparkSession) -> None:
    paper = {"id": "2405.01234", "title": "Ebb", "submittedOnDailyAt": "2024-05-20T01:00:00Z"}
    late = {**paper, "submittedOnDailyAt": "2025-01-01T00:00:00Z"}
    found = parsed(spark, [
        raw("daily", {"paper": paper}, format="hf-daily"),
        raw("late", {"paper": late}, format="hf-daily"),
        raw("page", "Ebb\nOf it.", format="hf-page"),
    ])  # fmt: skip
    told = {name: (row["title"], row["dated_on"], row["date_basis"]) for name, row in found.items()}
    assert told == {
        "daily": ("Ebb", date(2024, 5, 20), "listed"),
        "late": ("Ebb", SHOWN, "shown"),
        "page": ("Ebb", SHOWN, "shown"),
    }
    assert found["late"]["warnings"] == ["listed_on cannot be 2025-01-01"]
    assert found["daily"]["arxiv_id"] == "2405.01234"


def test_known_and_quarantined_records_are_not_parsed_again(spark: SparkSession) -> None:
    rows = [raw(name, GIVEN["full"]) for name in ("known", "refused", "elsewhere", "new")]
    quarantine = [
        {"subject_id": "refused", "stage": "parse", "rule": "parsed"},
        {"subject_id": "refused", "stage": "parse", "rule": "title_present"},
        {"subject_id": "elsewhere", "stage": "ingest", "rule": "record_whole"},
    ]
    known = records(spark, {"record_id": "known", "feed": "own"})
    assert set(parsed(spark, rows, known, quarantine)) == {"elsewhere", "new"}


def test_order_and_partitions_change_nothing(spark: SparkSession, found: dict[str, Row]) -> None:
    given = frame(spark, RAW_RECORDS, [raw(name, one) for name, one in sorted(GIVEN.items())])
    out = parse(given.repartition(5), records(spark), frame(spark, QUARANTINE, []), {}, SETTINGS)
    assert {row["record_id"]: row for row in out.collect()} == found


def test_a_field_that_no_table_has_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(payload: str, options: Mapping[str, str]) -> Parsed:
        return Parsed(fields={"titel": payload})

    monkeypatch.setitem(FEEDS, "papers", replace(FEEDS["papers"], parse=read))
    row = _row({**raw("slip", "Ebb"), "modified_at": None}, {})
    assert row["parse_errors"] == ["the reader fills a field that there is not: titel"]
