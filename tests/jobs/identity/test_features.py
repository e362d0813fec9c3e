"""Requirements of sketches: which records that meet by their titles deserve a look."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.identity.features import may_be_one, sketch_records
from jobs.params import IdentitySettings
from tests.jobs.records import Fields, record, records

SETTINGS = IdentitySettings()
LONG = "Sorting smooth pebbles with patient machines in tidal estuaries"
CHANGED = "Counting smooth pebbles with anxious observers in estuaries"
FERN, ELM = {"authors": ["Ada Fern"]}, {"authors": ["Bea Elm"]}
PAIRS: list[tuple[str, Fields, Fields, bool]] = [
    ("one title", record("a", LONG, **FERN), record("b", LONG.upper(), **ELM), True),
    (
        "two fifths of a title, one author",
        record("a", LONG, **FERN),
        record("b", CHANGED, **FERN),
        True,
    ),
    (
        "two fifths of a title, other authors",
        record("a", LONG, **FERN),
        record("b", CHANGED, **ELM),
        False,
    ),
    ("two fifths of a title, no authors", record("a", LONG), record("b", CHANGED, **ELM), True),
    (
        "two fifths of a title, a letter lost in a name",
        record("a", LONG, authors=["Ada F?rn"]),
        record("b", CHANGED, **ELM),
        True,
    ),
    ("another title", record("a", LONG, **FERN), record("b", "Silt", **FERN), False),
    ("no title", record("a", None, **FERN), record("b", LONG, **FERN), True),
]


@pytest.mark.parametrize(
    ("a", "b", "worth_it"), [pair[1:] for pair in PAIRS], ids=[p[0] for p in PAIRS]
)
def test_titles_and_surnames_tell_who_deserves_a_look(
    spark: SparkSession, a: Fields, b: Fields, worth_it: bool
) -> None:
    known = sketch_records(records(spark, a, b), SETTINGS).select("record_id", "likeness")
    one, other = (known.where(F.col("record_id") == name) for name in "ab")
    pair = one.select(F.col("likeness").alias("x")).crossJoin(
        other.select(F.col("likeness").alias("y"))
    )
    [row] = pair.select(may_be_one(F.col("x"), F.col("y"), SETTINGS).alias("is_worth_it")).collect()
    assert row["is_worth_it"] is worth_it
