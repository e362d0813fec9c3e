"""Builders of rows of silver.records and silver.identity for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.tables.core import Table
from jobs.tables.silver import IDENTITY, RECORDS
from tests.frames import frame_of

Fields = Mapping[str, Any]


def record(
    record_id: str, title: str | None = "", *, authors: Iterable[str] = (), **more: Any
) -> Fields:
    """A record; fields that are not named are null."""
    return {
        "record_id": record_id,
        "feed": "alpha",
        "shown_on": date(2024, 5, 1),
        "title": title,
        "authors": [(name, None, None) for name in authors],
        "is_withdrawn": False,
        "warnings": [],
        **more,
    }


def frame(spark: SparkSession, table: Table, rows: Iterable[Fields]) -> DataFrame:
    """Rows of a table."""
    names = table.column_names
    given = list(rows)
    assert all(row.keys() <= set(names) for row in given)
    return frame_of(spark, [tuple(row.get(n) for n in names) for row in given], table.schema())


def records(spark: SparkSession, *rows: Fields) -> DataFrame:
    """Rows of silver.records."""
    return frame(spark, RECORDS, rows)


def identities(spark: SparkSession, *rows: Fields) -> DataFrame:
    """Rows of silver.identity; rule, score and run have defaults."""
    defaults = {"rule": "first", "score": 1.0, "run": "earlier"}
    return frame(spark, IDENTITY, ({**defaults, **row} for row in rows))
