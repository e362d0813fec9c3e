"""Ad hoc Spark SQL over what is published: one query, or a shell with history."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jobs.tables.catalog import TABLES
from jobs.tables.core import Table
from jobs.tables.ops import TABLES as LEDGER
from pipelines import ledger, output
from pipelines.errors import PapertideError
from pipelines.warehouse import Warehouse


def register(spark: SparkSession, warehouse: Warehouse) -> list[str]:
    """Make every published table a view under its name, at its published version.

    A query sees one state of the warehouse, however long a run writes beside it. Returns the names.
    """
    versions = {name: seen.version for name, seen in ledger.published(warehouse).items()}
    for table in LEDGER:
        if (version := ledger.version(warehouse, table)) is not None:
            versions[table.name] = version
    visible = [table for table in TABLES if table.name in versions]
    for table in visible:
        _register(spark, warehouse, table, versions[table.name])
    return [table.name for table in visible]


def _register(spark: SparkSession, warehouse: Warehouse, table: Table, version: int) -> None:
    columns = ", ".join(f"`{c.name}` COMMENT {_quoted(c.comment)}" for c in table.columns)
    spark.sql(f"CREATE DATABASE IF NOT EXISTS `{table.name.split('.')[0]}`")
    spark.sql(
        f"CREATE OR REPLACE VIEW {table.name} ({columns}) COMMENT {_quoted(table.grain)} AS "
        f"SELECT {', '.join(f'`{name}`' for name in table.column_names)} "
        f"FROM delta.`{warehouse.path(table)}` VERSION AS OF {version}"
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def run_query(spark: SparkSession, query: str, form: str, out: TextIO) -> None:
    """Run one query and write its rows to `out` as a table, one JSON document, or CSV.

    Raises:
        PapertideError: Spark refuses the query; the message is Spark's own first lines.
    """
    try:
        frame = spark.sql(query.strip().rstrip(";"))
        if frame.columns:
            rows = (row.asDict(recursive=True) for row in frame.toLocalIterator())
            output.write(frame.columns, rows, form, out)
    except PySparkException as error:
        told = str(error).split("\nJVM stacktrace")[0].strip()
        raise PapertideError(
            f"sql: {told}\n  tables and their columns: papertide tables"
        ) from error


def shell(spark: SparkSession, warehouse: Warehouse, form: str, history: Path) -> None:
    """Read queries, each ended by a semicolon, until the end of input; errors do not end it."""
    seen: object = None
    for query in _queries(history):
        if (now := ledger.published(warehouse)) != seen:
            register(spark, warehouse)
            seen = now
        try:
            run_query(spark, query, form, sys.stdout)
        except PapertideError as error:
            print(f"papertide: {error}", file=sys.stderr)


def _queries(history: Path) -> Iterator[str]:
    for statement in _statements(_lines(history)):
        if statement.strip().lower() in ("exit", "quit"):
            return
        if statement.strip():
            yield statement


def _statements(lines: Iterable[str]) -> Iterator[str]:
    """Lines joined up to each semicolon at a line's end; `exit` needs none."""
    pending: list[str] = []
    for line in lines:
        pending.append(line)
        if line.rstrip().endswith(";") or (len(pending) == 1 and line.strip() in ("exit", "quit")):
            yield "\n".join(pending).rstrip().rstrip(";")
            pending = []
    yield "\n".join(pending)


def _lines(history: Path) -> Iterator[str]:
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    session: PromptSession[str] = PromptSession(history=FileHistory(str(history)))
    while True:
        try:
            yield session.prompt("papertide> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
