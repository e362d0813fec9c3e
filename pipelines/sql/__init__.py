"""SQL over what is published: views, functions, the reader's session, the shell, the server."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from jobs.tables.catalog import TABLES
from jobs.tables.core import Table
from jobs.tables.ops import TABLES as LEDGER
from pipelines.engine.upgrade import lacking
from storage import ledger
from storage.errors import PapertideError
from storage.warehouse import Warehouse

_WORD = re.compile(r"\w+")
_LISTING = re.compile(r"\bshow\s+(?:tables?|views)\b", re.IGNORECASE)


def register(spark: SparkSession, warehouse: Warehouse) -> list[str]:
    """Make every published table a view under its name, at its published version.

    A query sees one state of the warehouse, however long a run writes beside it. Returns the names.
    """
    tables = visible(warehouse)
    make_databases(spark, tables)
    for table, version in tables.items():
        make_view(spark, warehouse, table, version)
    return [table.name for table in tables]


def visible(warehouse: Warehouse) -> dict[Table, int]:
    """The tables that readers see, and the version of each."""
    versions = {
        name: publication.version for name, publication in ledger.published(warehouse).items()
    }
    for table in LEDGER:
        if (version := ledger.version(warehouse, table)) is not None:
            versions[table.name] = version
    return {table: versions[table.name] for table in TABLES if table.name in versions}


def tables_in(statement: str, tables: Iterable[Table]) -> set[Table]:
    """The tables that a statement of SQL may ask for: at least all those that it does.

    Taken are those whose name stands in its text, wherever and with or without the layer; all,
    where it lists tables or puts a name together.
    """
    words = set(_WORD.findall(statement.lower()))
    if _LISTING.search(statement) or "identifier" in words:
        return set(tables)
    return {table for table in tables if table.name.partition(".")[2] in words}


def make_databases(spark: SparkSession, tables: Iterable[Table]) -> None:
    """A database for each layer."""
    for layer in dict.fromkeys(table.name.split(".")[0] for table in tables):
        spark.sql(f"CREATE DATABASE IF NOT EXISTS `{layer}`")


def make_view(spark: SparkSession, warehouse: Warehouse, table: Table, version: int) -> None:
    """Make a version of a table a view under the table's name.

    Raises:
        PapertideError: an earlier version of this program wrote it, without columns of today.
    """
    columns = ", ".join(f"`{c.name}` COMMENT {quote(c.comment)}" for c in table.columns)
    view = (
        f"CREATE OR REPLACE VIEW {table.name} ({columns}) COMMENT {quote(table.grain)} AS "
        f"SELECT {', '.join(f'`{name}`' for name in table.column_names)} "
        f"FROM delta.`{warehouse.path(table)}` VERSION AS OF {version}"
    )
    try:
        spark.sql(view)
    except AnalysisException as error:
        missing = lacking(warehouse, table)
        if not missing:
            raise
        raise PapertideError(
            f"{table.name}: an earlier version wrote it, without {', '.join(missing)}\n"
            "  papertide upgrade adds what is missing, and papertide run fills it"
        ) from error


def quote(text: str) -> str:
    """A text of Spark SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
