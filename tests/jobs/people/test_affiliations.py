"""Requirements of affiliations: each once, with what it names; matched anew only when that may differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.people.affiliations import affiliations
from jobs.people.ror import NO_LIST, RorList
from jobs.tables.silver import AFFILIATIONS
from tests.jobs.people.ror_rows import list_of, organization, ror_id
from tests.jobs.people.test_authorships import details
from tests.jobs.records import frame, record, records

FERN = organization(1, "Fern University", "Tarn, NO")
MOSS = organization(2, "Moss Institute", "Reedmark, SE")
TEXTS = ("Fern University, Norway", "Moss Institute, Sweden; Fern University, Tarn", "Peat, Oslo")


def given(spark: SparkSession, *texts: str) -> DataFrame:
    authors = [details(affiliations=[text, text]) for text in texts]
    old = record("b", "Silt")
    whole = {**record("c", "Mud"), "authors": [("x", None, "Moss Institute"), ("y", None, None)]}
    return records(spark, record("a", "Tides", authors=texts, authorships=authors), old, whole)


def pick(rows: DataFrame) -> list[tuple[Any, ...]]:
    names = ("affiliation", "place", "institution_id", "country", "score", "basis")
    return sorted(tuple(row) for row in AFFILIATIONS.conform(rows).select(*names).collect())


def matched(spark: SparkSession, known: DataFrame | None, ror: RorList, *texts: str) -> DataFrame:
    known = frame(spark, AFFILIATIONS, []) if known is None else known
    return AFFILIATIONS.conform(
        affiliations(given(spark, *texts), known, ror, {})
    ).localCheckpoint()


def test_each_affiliation_stands_once_with_all_that_it_names(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows = matched(spark, None, list_of(tmp_path, FERN, MOSS), *TEXTS)
    assert pick(rows) == [
        (TEXTS[0], 1, ror_id(1), "NO", 0.95, "name"),
        ("Moss Institute", 1, ror_id(2), "SE", 0.85, "name"),
        (TEXTS[1], 1, ror_id(2), "SE", 0.95, "name"),
        (TEXTS[1], 2, ror_id(1), "NO", 0.95, "name"),
        (TEXTS[2], 1, None, None, None, None),
    ]  # fmt: skip
    assert rows.where("evidence is null").isEmpty()


def test_what_was_matched_by_the_same_list_is_taken_over(
    spark: SparkSession, tmp_path: Path
) -> None:
    ror = list_of(tmp_path, FERN, MOSS)
    first = matched(spark, None, ror, *TEXTS[:2])
    marked = first.withColumn("evidence", first["affiliation"])
    again = matched(spark, marked, ror, *TEXTS[1:])
    assert pick(again) == pick(matched(spark, None, ror, *TEXTS[1:]))
    kept = {row["affiliation"] for row in again.where("evidence = affiliation").collect()}
    assert kept == {TEXTS[1], "Moss Institute"}
    (tmp_path / "other").mkdir()
    other = list_of(tmp_path / "other", FERN)
    anew = matched(spark, marked, other, *TEXTS)
    assert anew.where("evidence = affiliation").isEmpty()
    assert [row[2] for row in pick(anew)] == [ror_id(1), None, ror_id(1), None]


def test_without_a_list_nothing_is_matched(spark: SparkSession) -> None:
    assert matched(spark, None, NO_LIST, *TEXTS).isEmpty()


def test_decisions_hold_without_a_list(spark: SparkSession) -> None:
    decided = {"peat oslo": ror_id(7)}
    nothing = frame(spark, AFFILIATIONS, [])
    rows = affiliations(given(spark, *TEXTS), nothing, NO_LIST, decided)
    assert [row for row in pick(rows) if row[2]] == [
        (TEXTS[2], 1, ror_id(7), None, 1.0, "decision")
    ]
