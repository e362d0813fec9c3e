"""A database whose views are the tables of a snapshot."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from threading import Lock

import duckdb

from jobs.tables.catalog import BY_NAME
from jobs.tables.core import Table
from papertide.snapshot import Snapshot
from storage import ledger
from storage.delta_log import open_delta
from storage.home import scratch
from storage.warehouse import Warehouse

_MEMORY = "1GB"
"""What a database keeps in memory; what is more goes to the disk for the time of a query."""


@lru_cache(maxsize=6)
def connect(snapshot: Snapshot) -> tuple[duckdb.DuckDBPyConnection, Lock]:
    """A database with the views; one query at a time."""
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": _MEMORY,
            "temp_directory": str(scratch("search") / "spill"),
        }
    )
    warehouse = Warehouse.at(snapshot.root)
    for schema in {name.partition(".")[0] for name, _ in snapshot.versions}:
        connection.execute(f"create schema {schema}")
    for name, version in snapshot.versions:
        _view(connection, warehouse, BY_NAME[name], version)
    return connection, Lock()


def _view(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, table: Table, version: int
) -> None:
    """A view of a table at a version. DuckDB reads files of this machine itself.

    Its own reader looks into the columns of a filter before it reads the others, ten times as fast
    for one paper of many; Arrow's reads all of them, but knows object storage too, where DuckDB
    would have to fetch an extension first.
    """
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    if warehouse.is_local:
        files = open_delta(warehouse.path(table), version=version).file_uris()
        # A table without rows has no files; a column that is null in all rows may be in none.
        with suppress(duckdb.BinderException, duckdb.IOException):
            connection.execute(
                f"create view {table.name} as select {columns} from {parquet(files)}"
            )
            return
    registered = table.name.replace(".", "_")
    connection.register(registered, ledger.dataset(warehouse, table, version))
    connection.execute(f"create view {table.name} as select {columns} from {registered}")


def parquet(files: list[str]) -> str:
    """SQL of the rows of Parquet files."""
    return f"read_parquet([{', '.join(map(quote, files))}], union_by_name = true)"


def quote(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"
