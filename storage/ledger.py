"""The ledger: the `ops` tables, written a few rows at a time by delta-rs on the driver.

A Spark job for one row would cost a second; delta-rs takes milliseconds, and so do the commands
that only look.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from pyarrow.fs import SubTreeFileSystem

from jobs.stores import open_location
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED, QUALITY, STAGES
from jobs.tables.ops import TABLES as LEDGER
from storage import lease
from storage.delta_log import PATIENT, open_delta
from storage.delta_schema import delta_schema
from storage.errors import PapertideError
from storage.warehouse import Warehouse

LAYOUT = "maintain"
"""Stage of a publication that puts the same rows into other files."""
UPGRADE = "upgrade"
"""Stage of a publication that gives the same rows more columns, empty, or other comments."""
_FEW = "10"
"""In object storage each commit and each file of the ledger is a few requests to whoever reads it:
so many commits become a checkpoint, and more files than that one file."""


@dataclass(frozen=True)
class Publication:
    """What readers see of a table.

    Attributes:
        version: its Delta version.
        rows: its rows.
        sequence: its number in the ledger.
        content: the Delta version in which its rows came to be what they are.
    """

    version: int
    rows: int
    sequence: int
    content: int


@contextmanager
def naming(warehouse: Warehouse, table: Table) -> Iterator[None]:
    """Have errors of writing to a table name it: delta-rs says of a full disk no place."""
    try:
        yield
    except (DeltaError, OSError) as error:
        error.add_note(f"{warehouse.path(table)}/_delta_log")
        raise


def create(warehouse: Warehouse, table: Table) -> None:
    """Make the empty Delta table with its comments, unless it stands.

    In object storage a log is read by requests a commit: there checkpoints keep it short.
    """
    with naming(warehouse, table):
        DeltaTable.create(
            warehouse.path(table),
            storage_options=PATIENT,
            schema=delta_schema(table),
            mode="ignore",
            name=table.name,
            description=table.grain,
            configuration=None if warehouse.is_local else {"delta.checkpointInterval": _FEW},
        )


def append(warehouse: Warehouse, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append rows to a table of the ledger; what a row does not name is null.

    Raises:
        LostLeaseError: they are publications, and another run has taken the warehouse over.
    """
    delta = _opened(warehouse, table)
    schema = pa.schema(delta.schema().to_arrow())
    full = [{name: row.get(name) for name in table.column_names} for row in rows]
    if not full:
        return
    epoch = lease.transactions(warehouse.root, delta) if table is PUBLISHED else []
    try:
        with naming(warehouse, table):
            write_deltalake(
                delta,
                pa.Table.from_pylist(full, schema=schema),
                mode="append",
                commit_properties=CommitProperties(app_transactions=epoch),
            )
            if not warehouse.is_local and len(delta.file_uris()) > int(_FEW):
                delta.optimize.compact(commit_properties=CommitProperties(app_transactions=epoch))
    except CommitFailedError:
        lease.check(warehouse.root)  # which says who was first
        raise


def _opened(warehouse: Warehouse, table: Table) -> DeltaTable:
    """A table of the ledger, made where there is none."""
    with naming(warehouse, table):
        try:
            return open_delta(warehouse.path(table))
        except TableNotFoundError:
            create(warehouse, table)
            return open_delta(warehouse.path(table))


def publish_again(warehouse: Warehouse, table: Table, run_id: str, version: int) -> None:
    """Publish the rows that are published under another version, which holds the same."""
    before = published(warehouse)[table.name]
    row = {
        "table": table.name,
        "sequence": before.sequence + 1,
        "version": version,
        "rows": before.rows,
        "run_id": run_id,
        "stage": LAYOUT,
        "published_at": datetime.now(UTC),
    }
    append(warehouse, PUBLISHED, [row])


def note_stages(
    warehouse: Warehouse,
    stages: Iterable[Mapping[str, Any]],
    quality: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Note what became of stages (`started_at` as an ISO text), and what their gates saw."""
    if quality:
        append(warehouse, QUALITY, quality)
    noted = [{**row, "started_at": datetime.fromisoformat(row["started_at"])} for row in stages]
    append(warehouse, STAGES, noted)


def rows(warehouse: Warehouse, table: Table) -> list[dict[str, Any]]:
    """All rows of a table of the ledger; none when it does not exist yet."""
    try:
        data = dataset(warehouse, table)
    except TableNotFoundError:
        return []
    return data.to_table().to_pylist()  # type: ignore[no-any-return]


def dataset(warehouse: Warehouse, table: Table, version: int | None = None) -> Any:
    """A version of a table, the newest without one, as an Arrow data set.

    The files are read by Arrow itself. By delta-rs' file system, which is Python, it takes ten
    times as long, and Arrow's threads may still be in Python when that ends, and abort a command
    that was done.

    Raises:
        TableNotFoundError: there is no such table.
        PapertideError: its log cannot be read.
    """
    path = warehouse.path(table)
    system, folder = open_location(path)
    files = SubTreeFileSystem(folder, system)
    try:
        return open_delta(path, version=version).to_pyarrow_dataset(filesystem=files)
    except TableNotFoundError:
        raise
    except DeltaError as error:
        at = "" if version is None else f", or does not hold version {version}"
        raise _garbled_error(table, at) from error


def _garbled_error(table: Table, more: str = "") -> PapertideError:
    text = f"{table.name} is damaged: its log is garbled{more}\n  papertide repair {table.name}"
    return PapertideError(text)


def files(warehouse: Warehouse, table: Table, version: int) -> list[str]:
    """The Parquet files that a version of a table is made of, in the order of their names."""
    folder = warehouse.path(table)
    actions = pa.table(open_delta(folder, version=version).get_add_actions(flatten=True))
    return sorted(f"{folder}/{unquote(path)}" for path in actions["path"].to_pylist())


def size(warehouse: Warehouse, table: Table, version: int) -> int:
    """Bytes of the files that a version of a table is made of."""
    actions = pa.table(open_delta(warehouse.path(table), version=version).get_add_actions())
    return sum(actions["size_bytes"].to_pylist())


def published(warehouse: Warehouse) -> dict[str, Publication]:
    """The publication that readers see of each table, by table name."""
    latest: dict[str, Publication] = {}
    for row in sorted(rows(warehouse, PUBLISHED), key=lambda row: int(row["sequence"])):
        version = row["version"]
        before = latest.get(row["table"])
        content = before.content if before and row["stage"] in (LAYOUT, UPGRADE) else version
        latest[row["table"]] = Publication(version, row["rows"], row["sequence"], content)
    return latest


def publications(warehouse: Warehouse, table: Table) -> list[dict[str, Any]]:
    """The publications of a table, in their order; of a table of the ledger, of its own versions.

    A row of the ledger is seen as soon as it is there, so that each version is a publication.
    """
    if table in LEDGER:
        if version(warehouse, table) is None:
            return []
        history = open_delta(warehouse.path(table)).history()
        return [
            {
                "table": table.name,
                "version": entry["version"],
                "published_at": datetime.fromtimestamp(entry["timestamp"] / 1000, UTC),
            }
            for entry in reversed(history)
        ]
    own = [row for row in rows(warehouse, PUBLISHED) if row["table"] == table.name]
    return sorted(own, key=lambda row: int(row["sequence"]))


def values(
    warehouse: Warehouse, table: Table, column: str, at: Mapping[str, Publication]
) -> set[Any]:
    """The different values of a column of a published table, at the version that is seen."""
    if table.name not in at:
        return set()
    data = dataset(warehouse, table, at[table.name].version).to_table(columns=[column])
    return set(data[column].unique().to_pylist())


def select(
    warehouse: Warehouse,
    table: Table,
    at: Mapping[str, Publication],
    condition: pc.Expression | None = None,
) -> list[dict[str, Any]]:
    """The rows of a published table for which a condition holds, at the version that is seen."""
    if table.name not in at:
        return []
    data = dataset(warehouse, table, at[table.name].version).to_table(filter=condition)
    return data.to_pylist()  # type: ignore[no-any-return]


def aggregates(
    warehouse: Warehouse, table: Table, version: int, **expressions: str
) -> dict[str, Any]:
    """SQL's aggregates over all rows of a version, by name; no more than a few batches are held."""
    import duckdb  # most commands do without

    with duckdb.connect() as duck:
        duck.register("rows", dataset(warehouse, table, version))
        (values,) = duck.execute(f"SELECT {', '.join(expressions.values())} FROM rows").fetchall()
    return dict(zip(expressions, values, strict=True))


def among(column: str, values: Iterable[str]) -> pc.Expression:
    """The condition that a column holds one of some values, of which there may be none."""
    return pc.field(column).isin(pa.array(sorted(values), pa.string()))


def fingerprints(warehouse: Warehouse) -> dict[str, str]:
    """Of each stage the digest of what it last read and completed with."""
    completed = [row for row in rows(warehouse, STAGES) if row["verdict"] != "stopped"]
    return {
        row["stage"]: row["fingerprint"]
        for row in sorted(completed, key=lambda row: row["started_at"])
    }


def behind(warehouse: Warehouse) -> timedelta:
    """How far the clock is behind the last note of a stage; nothing, as a rule.

    The last note decides on what a run does. Notes are told apart by their times alone: where a
    clock was put back, these have to go on from the last one.
    """
    try:
        data = dataset(warehouse, STAGES).to_table(columns=["started_at"])
    except TableNotFoundError:
        return timedelta()
    last = pc.max(data["started_at"]).as_py()
    return max(timedelta(), last - datetime.now(UTC)) if last else timedelta()


def version(warehouse: Warehouse, table: Table) -> int | None:
    """The newest Delta version of a table, published or not; None where there is no table.

    Raises:
        PermissionError: this user may not look whether there is one.
        PapertideError: its log cannot be read.
    """
    path = warehouse.path(table)
    try:
        return int(open_delta(path).version())
    except TableNotFoundError:
        if warehouse.is_local:  # where delta-rs may not look it says the same
            with suppress(FileNotFoundError):
                os.listdir(path)
        return None
    except DeltaError as error:
        raise _garbled_error(table) from error
