"""Small tables: what the driver publishes itself is what Spark publishes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from conf import load
from jobs.tables.checks import UNIQUE_KEY, loss_by_feed, not_shrunk, some_rows
from jobs.tables.core import Column, Rule, Severity, Table
from jobs.tables.ops import QUALITY, STAGES
from jobs.tables.silver import QUARANTINE
from pipelines.engine import small
from pipelines.engine.publish import Changes
from pipelines.engine.runner import run_stage
from pipelines.engine.stage import Inputs, Mode, Output, Params, Run, Stage
from storage import ledger
from storage.delta_schema import delta_schema
from storage.errors import GateStoppedError
from storage.warehouse import Warehouse
from tests.frames import frame_of

TIDES = Table(
    "silver.tides",
    grain="one row a tide",
    key=("feed", "number"),
    columns=(
        Column("feed", "string", "feed"),
        Column("number", "bigint", "number"),
        Column("height", "double", "metres"),
        Column("day", "date", "day"),
        Column("at", "timestamp", "moment"),
        Column("marks", "map<string,string>", "where it was read"),
        Column("swell", "array<float>", "waves"),
        Column("told_by", "array<struct<name:string,years:int>>", "who saw it"),
        Column("run", "string", "run"),
    ),
    rules=(
        Rule("high_enough", "height >= 0", Severity.CRITICAL, why="below the bed", allowed=0.3),
        Rule("dated", "day is not null", Severity.WARNING, why="when was it", allowed=0.5),
    ),
    checks=(
        some_rows("tides come"),
        UNIQUE_KEY,
        not_shrunk(Severity.WARNING, "tides stay"),
        loss_by_feed("count(*)", "sum(1 - rule_high_enough)"),
    ),
)
SCHEMA = ", ".join(f"{c.name} {c.type}" for c in TIDES.columns if c.name != "run")
words = st.text(st.sampled_from("aé '\"\\\n{}"), max_size=3)
told = st.tuples(
    st.sampled_from([1.5, 0.0, -0.0, math.nan, math.inf, 2.0, 1e-300, -1.0, None]),
    st.none() | st.dates(date(1600, 1, 1), date(2100, 1, 1)),
    st.none() | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.none() | st.dictionaries(words, st.none() | words, max_size=2),
    st.none() | st.lists(st.none() | st.floats(width=32), max_size=3),
    st.none()
    | st.lists(st.none() | st.tuples(st.none() | words, st.none() | st.integers(0, 2)), max_size=2),
)
keys = st.tuples(st.sampled_from(["a", "b", ""]), st.integers(0, 3))
tides = st.dictionaries(keys, told, max_size=6)


def ran(spark: SparkSession, root: Path, number: int, mode: Mode, rows: Any, most: int) -> Any:
    """What comes of a stage with these rows on a warehouse: its row, or why it was stopped."""
    warehouse = Warehouse.at(str(root))

    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        return {TIDES: frame_of(spark, [(*key, *row) for key, row in rows.items()], SCHEMA)}

    run = Run(
        run_id=f"r{number}",
        warehouse=warehouse,
        config=load(overrides=[f"run.small_bytes={most}"]),
        published=ledger.published(warehouse),
        fingerprints={},
        model=("", ""),
    )
    stage = Stage("tides", (), (Output(TIDES, mode),), transform, lambda params: number)
    try:
        row = run_stage(stage, run).row
    except GateStoppedError as stopped:
        return sorted(line for line in str(stopped).splitlines() if str(root) not in line)
    return {name: value for name, value in row.items() if name.startswith("rows_")}


def seen(root: Path, table: Table) -> list[str]:
    warehouse = Warehouse.at(str(root))
    if table.name not in ledger.published(warehouse):
        return []
    version = ledger.published(warehouse)[table.name].version
    rows = DeltaTable(warehouse.path(table), version=version).to_pyarrow_table().to_pylist()
    return sorted(
        repr({n: sorted(v) if n == "marks" and v else v for n, v in row.items()}) for row in rows
    )


def judged(root: Path, table: Table) -> list[str]:
    told = ledger.rows(Warehouse.at(str(root)), table)
    left_out = ("docs", "started_at", "seconds", "gate_seconds", "jobs", "bytes")
    return sorted(repr({k: v for k, v in row.items() if k not in left_out}) for row in told)


def arrow(rows: Any) -> pa.Table:
    schema = pa.schema(delta_schema(TIDES).to_arrow())
    names = [name for name in TIDES.column_names if name != "run"]
    told = [dict(zip(names, (*key, *row), strict=True)) for key, row in rows.items()]
    for row in told:
        row["told_by"] = row["told_by"] and [
            pair and {"name": pair[0], "years": pair[1]} for pair in row["told_by"]
        ]
    return pa.Table.from_pylist(told, schema=schema)


def test_a_row_keeps_what_it_has_in_a_column_that_is_no_longer_declared(tmp_path: Path) -> None:
    warehouse, day = Warehouse.at(str(tmp_path)), date(2024, 6, 1)
    before = arrow({("a", n): (1.5, None, None, None, None, None) for n in range(2)})
    small.publish(warehouse, Output(TIDES, Mode.UPSERT), before, 1, {})
    columns = tuple(column for column in TIDES.columns if column.name != "height")
    now = replace(TIDES, columns=columns)
    after = arrow({("a", n): (None, day, None, None, None, None) for n in range(1, 3)})
    small.publish(warehouse, Output(now, Mode.UPSERT), after.drop_columns("height"), 2, {})
    rows = DeltaTable(warehouse.path(TIDES)).to_pyarrow_table().sort_by("number")
    assert rows["height"].to_pylist() == [1.5, 1.5, None]
    assert rows["day"].to_pylist() == [None, day, day]


def alike(one: Any, other: Any) -> bool:
    """As tables compare: nothing and NaN are themselves, and zero has no sign."""
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


@pytest.mark.parametrize("mode", list(Mode))
@settings(max_examples=10, deadline=None)
@given(first=tides, second=tides)
def test_what_is_published_and_counted_is_what_a_dictionary_holds(
    mode: Mode, first: Any, second: Any
) -> None:
    if mode is Mode.APPEND:
        second = {key: row for key, row in second.items() if key not in first}
    output, note = Output(TIDES, mode), {"run": "r"}
    with TemporaryDirectory() as folder:
        warehouse = Warehouse.at(folder)
        small.publish(warehouse, output, arrow(first), 1, note)
        version = ledger.version(warehouse, TIDES)
        assert small.publish(warehouse, output, arrow(first), 1, note) == version
        there = ledger.dataset(warehouse, TIDES)
        found = small.changes(output, arrow(second), there)
        small.publish(warehouse, output, arrow(second), 2, note)
        rows = ledger.dataset(warehouse, TIDES).to_table().to_pylist()
    new = {key for key in second if key not in first}
    changed = {key for key in second if key in first and not alike(first[key], second[key])}
    gone = {key for key in first if key not in second} if mode is Mode.REPLACE else set()
    assert found == Changes(len(new), len(changed), len(gone))
    expected = {key: row for key, row in first.items() if key not in gone}
    expected |= {key: second[key] for key in new | changed}
    by_key = {(row["feed"], row["number"]): row for row in rows}
    assert len(rows) == len(by_key) and by_key.keys() == expected.keys()
    for row in arrow(expected).to_pylist():
        assert alike(
            [sorted(v) if n == "marks" and v else v for n, v in row.items() if n != "told_by"],
            [
                sorted(v) if n == "marks" and v else v
                for n, v in by_key[row["feed"], row["number"]].items()
                if n != "told_by"
            ],
        )
        assert row["told_by"] == by_key[row["feed"], row["number"]]["told_by"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(Mode))
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=tides, second=tides)
def test_both_ways_publish_judge_and_count_the_same(
    spark: SparkSession, mode: Mode, first: Any, second: Any
) -> None:
    if mode is Mode.APPEND:  # what is there is not delivered again
        second = {key: row for key, row in second.items() if key not in first}
    with TemporaryDirectory() as folder:
        by_driver, by_spark = Path(folder, "driver"), Path(folder, "spark")
        for number, rows in enumerate((first, second)):
            told = [
                ran(spark, root, number, mode, rows, most)
                for root, most in ((by_driver, 10**9), (by_spark, 0))
            ]
            assert told[0] == told[1]
        for table in (TIDES, QUARANTINE):
            assert seen(by_driver, table) == seen(by_spark, table)
        for table in (QUALITY, STAGES):
            assert judged(by_driver, table) == judged(by_spark, table)
