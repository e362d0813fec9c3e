"""The gate: what it tolerates, what it says, and that every guarded table has a suite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from expectations.gate import Verdict, open_context, validate
from expectations.suite import row_rules, whole_table
from jobs.tables.catalog import TABLES
from jobs.tables.checks import UNIQUE_KEY, loss_by_feed, some_rows, tolerated
from jobs.tables.core import Check, Column, Facts, Rule, Severity, Table
from jobs.tables.ops import TABLES as LEDGER
from tests.frames import frame_of

TIDES = Table(
    "silver.tides",
    grain="one row a tide",
    key=("id",),
    columns=(Column("id", "string", "id"), Column("feed", "string", "feed")),
    rules=(
        Rule("named", "id is not null", Severity.CRITICAL, why="no name, no tide", allowed=0.1),
        Rule("from_a", "feed = 'a'", Severity.WARNING, why="a is the one we trust"),
    ),
    checks=(
        UNIQUE_KEY,
        some_rows("tides come"),
        loss_by_feed("count(*)", "sum(1 - rule_named)"),
    ),
)
FACTS = Facts(rows=0, published=None, due_feeds=(), allowed_loss=0.2, allowed_shrink=0.05)


def judged(
    spark: SparkSession, docs: Path, rows: list[tuple[str | None, str]], facts: Facts = FACTS
) -> Verdict:
    frame = frame_of(spark, rows, "id string, feed string")
    staged = frame.select("*", frame["id"].alias("staged_key"), *TIDES.flags())
    suite = [*row_rules(TIDES, len(rows)), *whole_table(TIDES, facts)]
    return validate(open_context(docs), "tides", TIDES, staged, suite)


def unmet(results: tuple[object, ...]) -> set[str]:
    return {result.name for result in results}  # type: ignore[attr-defined]


def test_good_rows_pass_and_have_a_page(spark: SparkSession, tmp_path: Path) -> None:
    verdict = judged(spark, tmp_path, [("1", "a"), ("2", "a")])
    assert verdict.failures == () and verdict.warnings == ()
    assert Path(verdict.docs.removeprefix("file://")).is_file()


def test_a_warning_rule_warns_and_does_not_stop(spark: SparkSession, tmp_path: Path) -> None:
    verdict = judged(spark, tmp_path, [("1", "a"), ("2", "b")])
    assert verdict.failures == ()
    assert unmet(verdict.warnings) == {"from_a"}
    assert verdict.warnings[0].observed == "0.5"


def test_a_key_that_stands_twice_stops(spark: SparkSession, tmp_path: Path) -> None:
    verdict = judged(spark, tmp_path, [("1", "a"), ("1", "a")])
    assert unmet(verdict.failures) == {"unique_key"}


def test_a_feed_that_is_lost_stops_though_the_others_are_large(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows: list[tuple[str | None, str]] = [(str(n), "a") for n in range(200)]
    verdict = judged(spark, tmp_path, [*rows, (None, "b"), (None, "b"), ("x", "b")])
    failures = {result.name: result for result in verdict.failures}
    assert set(failures) == {"loss_by_feed"}
    assert failures["loss_by_feed"].observed == "1"


def test_of_no_row_delivered_none_is_lost_on_either_way(spark: SparkSession) -> None:
    files = [("a", 0, 0), ("b", 100, 50), ("c", 100, 1)]
    query = loss_by_feed("sum(n)", "sum(gone)")(FACTS).query
    assert query is not None
    asked = query.format(batch="staged")
    frame_of(spark, files, "feed string, n int, gone int").createOrReplaceTempView("staged")
    assert [row["feed"] for row in spark.sql(asked).collect()] == ["b"]
    with duckdb.connect() as duck:
        columns = zip(*files, strict=True)
        duck.register("staged", pa.table(dict(zip(("feed", "n", "gone"), columns, strict=True))))
        assert [feed for feed, *_ in duck.execute(asked).fetchall()] == ["b"]


def test_no_rows_stop_where_there_were_some(spark: SparkSession, tmp_path: Path) -> None:
    verdict = judged(spark, tmp_path, [], replace(FACTS, published=3))
    assert "some_rows" in unmet(verdict.failures)


def test_no_rows_from_the_first_are_warned_of(spark: SparkSession, tmp_path: Path) -> None:
    verdict = judged(spark, tmp_path, [])
    assert "some_rows" in unmet(verdict.warnings) - unmet(verdict.failures)


@pytest.mark.parametrize(
    ("rows", "broken", "stops"), [(3, 1, False), (3, 2, True), (100, 15, False), (100, 20, True)]
)
def test_a_tenth_is_allowed_with_room_for_chance(rows: int, broken: int, stops: bool) -> None:
    assert (broken / rows > tolerated(rows, 0.1)) is stops


def test_nothing_is_tolerated_where_nothing_is_allowed() -> None:
    assert tolerated(10, 0.0) == 0.0


def test_every_table_but_the_ledger_is_checked_with_both_severities_and_reasons() -> None:
    guarded = [table for table in TABLES if table not in LEDGER]
    for table in guarded:
        suite = [*whole_table(table, FACTS), *row_rules(table, 1)]
        assert UNIQUE_KEY in table.checks
        assert {item.severity.value for item in suite} == {"critical", "warning"}, table.name
        assert all(item.notes for item in suite)
        names = [item.meta["name"] for item in suite if item.meta]
        assert len(set(names)) == len(suite)


def test_a_check_is_plain_data_that_names_its_table_s_grain() -> None:
    key, *_ = TIDES.checks_given(FACTS)
    assert isinstance(key, Check) and key.why.startswith("The grain is one row a tide:")
