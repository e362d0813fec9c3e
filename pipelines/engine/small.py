"""Small tables, which the driver compares and publishes itself, by DuckDB and delta-rs.

A Spark query costs a quarter of a second before it has read a row: on a table that fits the driver
many times over that is nearly all that a run takes. What comes out is the same on both ways.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError
from pyarrow import fs

from expectations.small import asking
from jobs.stores import open_location
from jobs.tables.core import Table
from pipelines.engine.publish import Changes, app_id, comparison, count_sql, own_version, same_key
from pipelines.engine.stage import Mode, Output, Run
from pipelines.engine.staging import Staged
from storage import lease, ledger
from storage.delta_log import open_delta
from storage.warehouse import Warehouse


def staged_rows(item: Staged, run: Run) -> pa.Table | None:
    """All that is staged, if it is small, else None.

    So is what its Parquet files and those of the published table come to, together no more than
    `run.small_bytes`; a table that is only added to does not count what is there.
    """
    system, folder = open_location(item.location)
    there = system.get_file_info(fs.FileSelector(folder))
    files = sorted((i for i in there if i.extension == "parquet"), key=lambda info: info.path)
    size = sum(info.size for info in files)
    before = run.published.get(item.output.table.name)
    if before and item.output.mode is not Mode.APPEND:
        size += ledger.size(run.warehouse, item.output.table, before.version)
    if size > run.config.run.small_bytes:
        return None
    return pq.read_table([info.path for info in files], filesystem=system)


def passing(table: Table, staged: pa.Table) -> pa.Table:
    """The staged rows that meet every critical rule, with the table's own columns."""
    for rule in table.critical:
        staged = staged.filter(pc.equal(staged[rule.flag], 1))
    return staged.select(list(table.column_names))


def changes(output: Output, staged: pa.Table, published: Any | None) -> Changes:
    """How passing staged rows differ from the published ones, an Arrow data set, by key."""
    if published is None or output.mode is Mode.APPEND:
        return Changes(staged.num_rows, 0, 0)
    side = "FULL" if output.mode is Mode.REPLACE else "LEFT"
    sums = ", ".join(f"{sql} AS {name}" for name, sql in count_sql(output.table).items())
    with asking({"staged": staged, "published": published}) as duck:
        row = duck.execute(
            f"SELECT {sums} FROM staged s {side} JOIN published t ON {same_key(output.table)}"
        ).fetchone()
    assert row is not None  # an aggregate without groups has one row
    return Changes(*(int(number or 0) for number in row))  # of no rows DuckDB counts null


def publish(
    warehouse: Warehouse,
    output: Output,
    staged: pa.Table,
    sequence: int,
    note: Mapping[str, str],
) -> int:
    """Write passing staged rows as publication number `sequence`; returns the Delta version.

    A repeat with the same number changes nothing.

    Raises:
        LostLeaseError: another run has taken the warehouse over.
    """
    lease.check(warehouse.root)
    table = output.table
    ledger.create(warehouse, table)
    delta = open_delta(warehouse.path(table))
    last = delta.transaction_version(app_id(table))
    if last is not None and last >= sequence:
        return own_version(delta, table, note)
    mode: Any = "append" if output.mode is Mode.APPEND else "overwrite"
    rows = staged
    if output.mode is Mode.UPSERT and sequence > 1:
        rows, mode = _upsert_rows(table, staged, ledger.dataset(warehouse, table))
    with ledger.naming(warehouse, table), suppress(CommitFailedError):
        write_deltalake(
            delta,
            _as_there(rows, pa.schema(delta.schema().to_arrow())),
            mode=mode,
            commit_properties=CommitProperties(
                custom_metadata={"userMetadata": json.dumps(note, sort_keys=True)},
                app_transactions=[Transaction(app_id(table), sequence)],
            ),
        )
        return int(delta.version())
    # Another was first, or the store took it and its answer was lost.
    return own_version(open_delta(warehouse.path(table)), table, note)


def _as_there(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows with the columns of the table; one that is no longer declared may still be there."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _upsert_rows(table: Table, staged: pa.Table, published: Any) -> tuple[pa.Table, str]:
    """What is to be written, and how: rows that are only added need not move those there.

    A row keeps what it has in columns that are no longer declared.
    """
    old = [name for name in published.schema.names if name not in table.column_names]
    kept = "".join(f', t."{name}"' for name in old)
    missing = " AND ".join(f"t.{key} IS NULL" for key in table.key)
    with asking({"staged": staged, "published": published}) as duck:
        new = duck.sql(
            f"SELECT s.* FROM staged s LEFT JOIN published t ON {same_key(table)} WHERE {missing}"
        ).to_arrow_table()
        differing = (
            f"SELECT s.*{kept} FROM staged s JOIN published t ON {same_key(table)} "
            f"WHERE NOT ({missing}) AND ({comparison(table)})"
        )
        changed = duck.sql(differing).to_arrow_table()
        if not changed.num_rows:
            return new, "append"
        duck.register("changed", changed)
        rest = duck.sql(
            "SELECT t.* FROM published t WHERE NOT EXISTS "
            f"(SELECT 1 FROM changed s WHERE {same_key(table)})"
        ).to_arrow_table()
    parts = [
        *(part.select([*table.column_names, *old]) for part in (rest, changed)),
        new.select(list(table.column_names)),
    ]
    return pa.concat_tables(parts, promote_options="default"), "overwrite"
