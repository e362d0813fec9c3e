"""A table's Delta schema is that which Spark makes of its declaration."""

from __future__ import annotations

import pytest
from deltalake import Schema
from pyspark.sql import SparkSession

from jobs.tables.catalog import TABLES
from jobs.tables.core import Column, Table
from storage.delta_schema import delta_schema

NESTED = Table(
    "silver.nested",
    grain="one row a shell",
    key=("id",),
    columns=(
        Column("id", "int", "its id"),
        Column("sizes", "map<string,array<struct<size:decimal(18,12),at:date>>>", "its sizes"),
    ),
)


@pytest.mark.parametrize("table", [*TABLES, NESTED], ids=lambda table: table.name)
def test_it_is_what_spark_makes_of_it(spark: SparkSession, table: Table) -> None:
    assert delta_schema(table) == Schema.from_json(table.schema().json())
