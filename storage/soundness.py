"""Whether the tables of a warehouse are what the ledger says: their logs, files and rows.

Nothing is read but logs and the list of files, so that a run can look before it builds on them.
A byte changed within a file, its size the same, is seen where the rows are read, too: by whoever
looks for what another reader has stumbled over (`thorough`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from pyarrow import fs

from jobs.stores import open_location
from jobs.tables.catalog import TABLES
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED
from jobs.tables.ops import TABLES as LEDGER
from storage import ledger
from storage.delta_log import open_delta
from storage.errors import PapertideError
from storage.ledger import Publication
from storage.warehouse import Warehouse

_LOG = "_delta_log"
_VERSION_DIGITS = 20
_SHOWN = 3
REPAIR = "papertide repair"


@dataclass(frozen=True)
class Finding:
    """What is wrong with a table, and what puts it right."""

    table: str
    problem: str
    todo: str

    def __str__(self) -> str:
        return f"{self.table}: {self.problem}\n    {self.todo}"


def check_sound(warehouse: Warehouse, thorough: bool = False) -> None:
    """Hold back what would build on tables that are not what was published.

    Args:
        thorough: read the rows of every file, too.

    Raises:
        PapertideError: some are not; the message names them and what to do.
    """
    _stop_at(warehouse, findings(warehouse, thorough))


def _stop_at(warehouse: Warehouse, problems: Sequence[Finding]) -> None:
    if problems:
        text = "\n  ".join(map(str, problems))
        raise PapertideError(
            f"tables in {warehouse.root} are not as they were published; nothing was done\n  {text}"
        )


def check_ledger(warehouse: Warehouse) -> None:
    """As `check_sound`, for the ledger's tables alone, by which all others are known."""
    _stop_at(warehouse, [problem for table in LEDGER if (problem := damage(warehouse, table))])


def findings(warehouse: Warehouse, thorough: bool = False) -> list[Finding]:
    """What is wrong with the warehouse's tables; the ledger's come first.

    Args:
        thorough: read the rows of every file, too.
    """
    wrong = [problem for table in LEDGER if (problem := damage(warehouse, table, thorough))]
    if any(problem.table == PUBLISHED.name for problem in wrong):
        return wrong  # without it nothing is known of the others
    published = ledger.published(warehouse)
    data = [table for table in TABLES if table not in LEDGER and table.name in published]
    with ThreadPoolExecutor() as pool:
        looked = pool.map(
            lambda table: published_damage(warehouse, table, published[table.name], thorough), data
        )
        return [*wrong, *(problem for problem in looked if problem)]


def damage(warehouse: Warehouse, table: Table, thorough: bool = False) -> Finding | None:
    """What is wrong with the newest version of a table: its log, or its files."""
    try:
        garbled = garbled_log(warehouse, table)
        if garbled:
            return Finding(table.name, f"its log is garbled: {garbled[1]}", _repair(table))
        return _files(warehouse, table, open_delta(warehouse.path(table)), None, thorough)
    except TableNotFoundError:
        return None
    except (DeltaError, OSError) as error:
        return _unreadable(warehouse, table, error)


def published_damage(
    warehouse: Warehouse, table: Table, publication: Publication, thorough: bool = False
) -> Finding | None:
    """What is wrong with a published table: its log, its files, its rows, or who wrote to it."""
    try:
        garbled = garbled_log(warehouse, table)
        if garbled:
            return Finding(table.name, f"its log is garbled: {garbled[1]}", _repair(table))
        delta = open_delta(warehouse.path(table))
        newest = delta.version()
        if newest < publication.version:
            problem = f"version {publication.version} was published, its log ends at {newest}"
            return Finding(table.name, problem, _repair(table))
        strange = changed_since(warehouse, table, publication.version)
        if strange:
            return Finding(
                table.name,
                f"changed by others since version {publication.version} was published: {strange}",
                f"papertide restore {table.name} --version {publication.version} puts it back",
            )
        if newest != publication.version:
            delta = open_delta(warehouse.path(table), version=publication.version)
        return _files(warehouse, table, delta, publication.rows, thorough)
    except (DeltaError, OSError) as error:
        return _unreadable(warehouse, table, error)


def _unreadable(warehouse: Warehouse, table: Table, error: Exception) -> Finding:
    """A log that cannot be read; elsewhere it may be the way there that is broken."""
    if isinstance(error, OSError) and not warehouse.is_local:
        raise error
    if isinstance(error, PermissionError):
        place = warehouse.path(table)
        return Finding(
            table.name, f"{place} may not be read", "give this user the right to read it"
        )
    return Finding(table.name, f"its log cannot be read: {_first(error)}", _repair(table))


def _files(
    warehouse: Warehouse, table: Table, delta: DeltaTable, rows: int | None, thorough: bool
) -> Finding | None:
    """Files that are gone, cut or changed; rows other than the ledger's."""
    wrong = broken_files(warehouse, table, delta, thorough)
    if wrong:
        what_is_wrong = "; ".join(f"{name} {what}" for name, what in list(wrong.items())[:_SHOWN])
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        return Finding(table.name, f"files are damaged: {what_is_wrong}{more}", _repair(table))
    counts = [count for _, _, count in data_files(delta)]
    if rows is not None and None not in counts and sum(counts) != rows:  # type: ignore[arg-type]
        what_is_wrong = f"holds {sum(counts):,} rows, the ledger says {rows:,}"  # type: ignore[arg-type]
        return Finding(table.name, what_is_wrong, _repair(table))
    return None


def broken_files(
    warehouse: Warehouse, table: Table, delta: DeltaTable, thorough: bool = False
) -> dict[str, str]:
    """Files of a version that are not there, or not as long as they were written.

    Args:
        thorough: those, too, whose rows cannot be read or are not those that were written.
    """
    system, folder = open_location(warehouse.path(table))
    there = {
        info.path: info.size
        for info in system.get_file_info(fs.FileSelector(folder, recursive=True))
        if info.is_file
    }
    wrong = {}
    for name, size, _ in data_files(delta):
        # What is quoted in a log is so once more than the file's name, or not at all.
        places = (f"{folder}/{name}", f"{folder}/{unquote(name)}")
        place = next((place for place in places if place in there), None)
        if place is None:
            wrong[name] = "is missing"
        elif there[place] != size:
            wrong[name] = f"has {there[place]:,} bytes instead of {size:,}"
        elif thorough and not _is_readable(system, place):
            wrong[name] = "has changed within"
    return wrong


def _is_readable(system: fs.FileSystem, file: str) -> bool:
    try:
        with system.open_input_file(file) as stream:
            for _ in pq.ParquetFile(stream, page_checksum_verification=True).iter_batches():
                pass
    except (pa.ArrowException, OSError):
        return False
    return True


def data_files(delta: DeltaTable) -> list[tuple[str, int, int | None]]:
    """Of each file of a version: path below the table, bytes, rows."""
    actions = pa.table(delta.get_add_actions(flatten=True))
    return [(row["path"], row["size_bytes"], row.get("num_records")) for row in actions.to_pylist()]


def garbled_log(warehouse: Warehouse, table: Table) -> tuple[int, str] | None:
    """The first version whose file in the log cannot be read, and what is wrong with it.

    Only what readers need is looked at: from the last checkpoint on.
    """
    system, folder = open_location(warehouse.path(table))
    names = _log_files(system, folder)
    checkpoints = [name for name in names if name.endswith(".parquet")]
    since = 0
    if checkpoints:
        since = _number(checkpoints[-1])
        try:
            with system.open_input_file(f"{folder}/{_LOG}/{checkpoints[-1]}") as stream:
                pq.ParquetFile(stream)
        except (pa.ArrowException, OSError) as error:
            return since, f"{_LOG}/{checkpoints[-1]}: {_first(error)}"
    for name in names:
        if name.endswith(".json") and _number(name) >= since:
            try:
                actions = _actions(system, f"{folder}/{_LOG}/{name}")
            except ValueError as error:
                return _number(name), f"{_LOG}/{name} is no JSON: {_first(error)}"
            if not actions:
                return _number(name), f"{_LOG}/{name} is empty"
    return None


def _log_files(system: fs.FileSystem, folder: str) -> list[str]:
    """Commits and checkpoints in the order of their versions."""
    selector = fs.FileSelector(f"{folder}/{_LOG}", allow_not_found=True)
    names = (info.base_name for info in system.get_file_info(selector) if info.is_file)
    return sorted(
        name
        for name in names
        if name[:_VERSION_DIGITS].isdigit() and name.endswith((".json", ".parquet"))
    )


def log_from(system: fs.FileSystem, folder: str, version: int) -> list[str]:
    """The files of a log from a version on, and the note of the last checkpoint."""
    names = [name for name in _log_files(system, folder) if _number(name) >= version]
    hint = f"{folder}/{_LOG}/_last_checkpoint"
    there = [hint] if system.get_file_info(hint).is_file else []
    return [*there, *(f"{folder}/{_LOG}/{name}" for name in names)]


def _number(name: str) -> int:
    return int(name[:_VERSION_DIGITS])


def _actions(system: fs.FileSystem, file: str) -> list[Mapping[str, Any]]:
    with system.open_input_stream(file) as stream:
        lines = stream.read().decode("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def changed_since(warehouse: Warehouse, table: Table, version: int) -> str | None:
    """The first commit after a version that changes rows; None where none does.

    What puts the same rows into other files, or says something of columns, changes none.
    """
    system, folder = open_location(warehouse.path(table))
    for name in _log_files(system, folder):
        if not name.endswith(".json") or _number(name) <= version:
            continue
        actions = _actions(system, f"{folder}/{_LOG}/{name}")
        if any(_changes_rows(action) for action in actions):
            return f"version {_number(name)}, {_by_whom(actions)}"
    return None


def _changes_rows(action: Mapping[str, Any]) -> bool:
    change = action.get("add") or action.get("remove")
    return bool(change and change.get("dataChange", True))


def _by_whom(actions: Sequence[Mapping[str, Any]]) -> str:
    """What a commit says of its maker."""
    info: Mapping[str, Any] = next(iter(_infos(actions)), {})
    return f"{info.get('operation', 'unknown')} by {info.get('engineInfo', 'an unknown program')}"


def _infos(actions: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    return (action["commitInfo"] for action in actions if "commitInfo" in action)


def _repair(table: Table) -> str:
    return f"{REPAIR} {table.name} takes what is sound, and says what is not to be had back"


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
