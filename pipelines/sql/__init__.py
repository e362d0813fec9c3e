"""SQL over what is published: views, functions, the reader's session, the shell, the server."""

from __future__ import annotations

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from jobs.tables.catalog import TABLES
from jobs.tables.core import Table
from jobs.tables.ops import TABLES as LEDGER
from pipelines import ledger
from pipelines.errors import PapertideError
from pipelines.upgrade import lacking
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
    for layer in dict.fromkeys(table.name.split(".")[0] for table in visible):
        spark.sql(f"CREATE DATABASE IF NOT EXISTS `{layer}`")
    for table in visible:
        try:
            _register(spark, warehouse, table, versions[table.name])
        except AnalysisException as error:
            columns = lacking(warehouse, table)
            if not columns:
                raise
            raise PapertideError(
                f"{table.name}: an earlier version wrote it, without {', '.join(columns)}\n"
                "  papertide upgrade adds what is missing, and papertide run fills it"
            ) from error
    return [table.name for table in visible]


def _register(spark: SparkSession, warehouse: Warehouse, table: Table, version: int) -> None:
    columns = ", ".join(f"`{c.name}` COMMENT {quoted(c.comment)}" for c in table.columns)
    spark.sql(
        f"CREATE OR REPLACE VIEW {table.name} ({columns}) COMMENT {quoted(table.grain)} AS "
        f"SELECT {', '.join(f'`{name}`' for name in table.column_names)} "
        f"FROM delta.`{warehouse.path(table)}` VERSION AS OF {version}"
    )


def quoted(text: str) -> str:
    """A text of Spark SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
