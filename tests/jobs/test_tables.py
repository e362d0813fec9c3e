"""Requirements of the tables' declarations: each says everything of itself, and says it rightly."""

from __future__ import annotations

import re

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.tables.catalog import BY_NAME, TABLES
from jobs.tables.core import Column, Rule, Severity, Table
from tests.frames import frame_of

# Staged beside the published columns, for rules alone.
STAGED = {"silver.records": ["parse_errors array<string>"]}

SMALL = Table(
    "silver.small",
    grain="one row a shell",
    key=("id",),
    columns=(Column("id", "string", "its id"), Column("size", "int", "its size, millimetres")),
    rules=(
        Rule("size_known", "size > 0", Severity.CRITICAL, why="a shell has a size"),
        Rule("id_short", "length(id) < 3", Severity.WARNING, why="labels are small", allowed=0.5),
    ),
)


def each(*of: Table) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("table", of or TABLES, ids=lambda table: table.name)


def test_every_table_has_a_name_of_its_own() -> None:
    assert len(BY_NAME) == len(TABLES)
    assert all(re.fullmatch(r"(bronze|silver|gold|ops)\.[a-z_]+", name) for name in BY_NAME)


@each()
def test_a_table_says_its_grain_and_what_every_column_means(table: Table) -> None:
    assert table.grain
    assert len(set(table.column_names)) == len(table.columns)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in table.column_names)
    assert all(column.comment.strip() for column in table.columns)
    assert table.key and set(table.key) <= set(table.column_names)


@each()
def test_a_rule_has_a_reason_a_name_of_its_own_and_a_share(table: Table) -> None:
    assert len({rule.name for rule in table.rules}) == len(table.rules)
    for rule in table.rules:
        assert len(rule.why) > 10
        assert 0 <= rule.allowed < 1
    assert set(table.critical) == {r for r in table.rules if r.severity is Severity.CRITICAL}


@each()
def test_schema_and_rules_are_sql_that_spark_reads(spark: SparkSession, table: Table) -> None:
    schema = table.schema()
    assert schema.names == list(table.column_names)
    assert [field.metadata["comment"] for field in schema] == [c.comment for c in table.columns]
    staged = frame_of(spark, [], schema)
    for column in STAGED.get(table.name, ()):
        name, kind = column.split(" ", 1)
        staged = staged.withColumn(name, F.lit(None).cast(kind))
    flagged = staged.select(*table.flags())
    assert flagged.dtypes == [(rule.flag, "int") for rule in table.rules]
    reasons = staged.select(*(F.expr(rule.reason) for rule in table.rules if rule.reason))
    assert all(kind == "string" for _, kind in reasons.dtypes)


def test_a_flag_is_one_where_the_rule_holds_and_null_counts_as_broken(spark: SparkSession) -> None:
    rows = frame_of(spark, [("a", 1), ("long", 0), (None, None)], SMALL.schema())
    flags = rows.select(*SMALL.flags()).collect()
    assert [tuple(row) for row in flags] == [(1, 1), (0, 0), (0, 0)]


def test_a_frame_conforms_by_name_and_type(spark: SparkSession) -> None:
    staged = frame_of(spark, [("7", "extra", "a")], "size string, more string, id string")
    out = SMALL.conform(staged)
    assert out.dtypes == [("id", "string"), ("size", "int")]
    assert [tuple(row) for row in out.collect()] == [("a", 7)]
