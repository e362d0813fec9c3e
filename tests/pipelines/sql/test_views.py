"""Which tables a statement may ask for; the others are no view yet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from conf import load
from jobs.tables.bronze import FILES
from jobs.tables.catalog import TABLES
from jobs.tables.ops import PUBLISHED, RUNS
from pipelines.sql import tables_in
from pipelines.sql.reader import Reader, open_reader
from storage import ledger
from storage.warehouse import Warehouse


@pytest.mark.parametrize(
    ("statement", "asked"),
    [
        ("select 1", set()),
        ("select count(*) from silver.papers", {"silver.papers"}),
        ("select * from `gold` . `Topics` t join PAPERS using (x)", {"gold.topics", "silver.papers"}),
        ("select x, (select max(n) from gold.terms) from silver.identity /* papers */",
         {"gold.terms", "silver.identity", "silver.papers"}),
        ("select count(*) from records", {"bronze.records", "silver.records"}),
        ("describe gold.scores", {"gold.scores"}),
        ("show functions", set()),
    ],
)  # fmt: skip
def test_tables_are_found_by_name(statement: str, asked: set[str]) -> None:
    assert {table.name for table in tables_in(statement, TABLES)} == asked


@pytest.mark.parametrize(
    "statement",
    [
        "show tables in silver",
        "/* all */ SHOW\n VIEWS",
        "show table extended like '*'",
        "select * from identifier('silver.' || 'papers')",
    ],
)
def test_what_names_none_by_itself_asks_for_all(statement: str) -> None:
    assert tables_in(statement, TABLES) == set(TABLES)


def _opened(folder: Path, max_rows: int | None = None) -> Reader:
    """A reader of a warehouse with two files, and with a ledger."""
    warehouse = Warehouse.at(str(folder))
    ledger.append(warehouse, FILES, [{"feed": "tides", "file": name} for name in "ab"])
    seen = {"table": FILES.name, "sequence": 1, "version": 1, "rows": 2}
    ledger.append(warehouse, PUBLISHED, [{**seen, "published_at": datetime.now(UTC)}])
    return open_reader(load(overrides=[f"warehouse={folder}"]), warehouse, max_rows)


def _one(reader: Reader, query: str) -> int:
    return int(reader.spark.sql(query).collect()[0][0])


def test_a_view_is_made_when_a_statement_asks_for_it(spark: SparkSession, tmp_path: Path) -> None:
    reader = _opened(tmp_path)
    assert set(reader.views) == set()
    assert _one(reader, "select count(*) from bronze.files") == 2
    assert set(reader.views) == {FILES}
    reader.spark.sql("use ops")
    assert (
        _one(reader, "with x as (select (select count(*) from published) n) select n from x") == 1
    )
    assert set(reader.views) == {FILES, PUBLISHED}
    assert "published" in {
        row["tableName"] for row in reader.spark.sql("show tables in ops").collect()
    }
    reader.spark.sql("use default")


def test_a_shell_over_few_records_generates_no_code_and_a_server_does(
    spark: SparkSession, tmp_path: Path
) -> None:
    compiled = "spark.sql.codegen.wholeStage"
    assert _opened(tmp_path / "shell").spark.conf.get(compiled) == "false"
    assert _opened(tmp_path / "server", max_rows=10).spark.conf.get(compiled) == "true"


def test_a_view_of_ones_own_sees_what_is_published_later(
    spark: SparkSession, tmp_path: Path
) -> None:
    reader = _opened(tmp_path)
    reader.spark.sql("create temporary view mine as select * from ops.published")
    assert _one(reader, "select count(*) from mine") == 1
    ledger.append(reader.ground.warehouse, PUBLISHED, [{"table": "x", "sequence": 1, "version": 1}])
    ledger.append(reader.ground.warehouse, RUNS, [{"run_id": "r"}])
    assert _one(reader, "select count(*) from mine") == 2


def test_where_others_are_served_all_are_made(spark: SparkSession, tmp_path: Path) -> None:
    assert set(_opened(tmp_path, max_rows=5).views) == {FILES, PUBLISHED}
