"""Repair: a damaged table gets back what is sound of it, and the next run fills it again.

What is damaged is moved aside, to `_damaged` in the warehouse. Then the table, with those that its
stage writes with it, goes back to its last publication that is whole; where none is, it keeps the
rows of its sound files. Every stage runs again after that, as what it read may have changed.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from pyarrow import fs

from conf import Config
from jobs.stores import open_location
from jobs.tables.bronze import FILES
from jobs.tables.catalog import BY_NAME
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED, STAGES
from jobs.tables.ops import TABLES as LEDGER
from jobs.tables.silver import DECISIONS, ERASURES
from pipelines.commands.restore import together
from pipelines.stages import PIPELINE
from storage import lease, ledger
from storage.delta_log import open_delta
from storage.errors import UsageError
from storage.home import home
from storage.ledger import Publication
from storage.soundness import (
    broken_files,
    damage,
    data_files,
    garbled_log,
    log_from,
    published_damage,
)
from storage.warehouse import Warehouse, one_writer

STAGE = "repair"
Row = dict[str, Any]


def repair(config: Config, name: str, rebuild: bool = False) -> list[Row]:
    """Repair a table and those that its stage writes with it.

    Args:
        rebuild: begin with an empty table, whatever is there; its stage fills it at the next run.

    Returns:
        A row a table that changed: table, rows_before, rows, kept_from, remark.

    Raises:
        UsageError: there is no such table, or `rebuild` would lose what no stage can make again.
        PapertideError: a run is writing.
    """
    if name not in BY_NAME:
        raise UsageError(f"no table {name}: the tables are {', '.join(BY_NAME)}")
    if rebuild and (name in _IRREPLACEABLE or not name.startswith(("silver.", "gold."))):
        raise UsageError(
            f"{name} holds what no stage can make again: ids once given, what feeds delivered, or "
            "what was found on earlier days\n"
            f"  papertide repair {name}, without --rebuild, keeps what is sound"
        )
    warehouse = Warehouse.at(config.warehouse)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    with one_writer(warehouse, home(), run_id, config.run.wait_seconds):
        table = BY_NAME[name]
        if table in LEDGER:
            return _repair_ledger(warehouse, table, run_id)
        return _repair(warehouse, table, run_id, rebuild)


# Ids once given, and where former ones lead; what was found and scored on earlier days.
_IRREPLACEABLE = (
    "silver.identity",
    "silver.decisions",
    "silver.paper_forwards",
    "silver.author_links",
    "gold.topics",
    "gold.topic_lineage",
    "gold.topic_fits",
    "gold.landmarks",
    "gold.scores",
)


def _repair(warehouse: Warehouse, table: Table, run_id: str, rebuild: bool) -> list[Row]:
    published = ledger.published(warehouse)
    runs_write = {output.table for stage in PIPELINE for output in stage.writes}
    own = together(table.name) if table in runs_write else (table,)  # what people decide is alone
    group = [each for each in own if each.name in published]
    if rebuild:
        group = [each for each in group if each == table]
    elif not any(published_damage(warehouse, each, published[each.name], True) for each in group):
        return []
    # What a run that died had staged follows from what is put back now.
    lease.clear(warehouse.root)
    system, staging = open_location(warehouse.staging(""))
    if system.get_file_info(staging).type == fs.FileType.Directory:
        system.delete_dir_contents(staging)
    for each in group:
        _open_log(warehouse, each, run_id, everything=rebuild)
    moment = _last_whole(warehouse, group)
    rows = [_put_back(warehouse, each, published[each.name], moment, run_id) for each in group]
    ledger.append(warehouse, PUBLISHED, [row.pop("publication") for row in rows])
    _forget(warehouse, run_id)
    return rows


def _open_log(warehouse: Warehouse, table: Table, run_id: str, everything: bool = False) -> None:
    """Move aside what of a table's log cannot be read, with what comes after it."""
    system, folder = open_location(warehouse.path(table))
    aside = f"{open_location(warehouse.root)[1]}/_damaged/{run_id}/{table.name}"
    if not everything:
        while garbled := garbled_log(warehouse, table):
            system.create_dir(aside, recursive=True)
            for file in log_from(system, folder, garbled[0]):
                system.move(file, f"{aside}/{file.rpartition('/')[2]}")
        try:
            open_delta(warehouse.path(table))
            return
        except (DeltaError, OSError):
            pass
    if system.get_file_info(folder).type != fs.FileType.NotFound:
        system.create_dir(aside, recursive=True)
        _move_folder(system, folder, f"{aside}/table")
    ledger.create(warehouse, table)


def _move_folder(system: fs.FileSystem, folder: str, target: str) -> None:
    """Move a folder with all that is in it; object storage has none, but files alone."""
    if isinstance(system, fs.LocalFileSystem):
        system.move(folder, target)
        return
    for info in system.get_file_info(fs.FileSelector(folder, recursive=True)):
        if info.is_file:
            system.move(info.path, f"{target}{info.path[len(folder) :]}")


def _last_whole(warehouse: Warehouse, group: Sequence[Table]) -> datetime | None:
    """The last moment at which every table of a group was published as it still is on the disk."""
    history = {table: ledger.publications(warehouse, table) for table in group}
    moments = sorted({row["published_at"] for rows in history.values() for row in rows})
    for moment in reversed(moments):
        then = {table: _at(rows, moment) for table, rows in history.items()}
        if all(row is None or _is_whole(warehouse, table, row) for table, row in then.items()):
            return moment  # type: ignore[no-any-return]
    return None


def _at(rows: Sequence[Row], moment: datetime) -> Row | None:
    return next((row for row in reversed(rows) if row["published_at"] <= moment), None)


def _is_whole(warehouse: Warehouse, table: Table, row: Row) -> bool:
    try:
        delta = open_delta(warehouse.path(table), version=row["version"])
    except (DeltaError, OSError):
        return False
    if broken_files(warehouse, table, delta, thorough=True):
        return False
    counts = [count for _, _, count in data_files(delta)]
    return None in counts or sum(counts) == row["rows"]  # type: ignore[arg-type]


def _put_back(
    warehouse: Warehouse,
    table: Table,
    publication: Publication,
    moment: datetime | None,
    run_id: str,
) -> Row:
    note = CommitProperties({"userMetadata": json.dumps({"run": run_id, "stage": STAGE})})
    delta = open_delta(warehouse.path(table))
    then = _at(ledger.publications(warehouse, table), moment) if moment else None
    source = "rows of sound files"
    if moment and then:
        source = f"version {then['version']}, of {then['published_at']:%Y-%m-%d %H:%M}"
        if then["version"] < delta.version():
            delta.restore(then["version"], commit_properties=note)
    elif moment or table == FILES:  # without their records, files are to be read again
        source = "nothing: it is filled again"
        delta.delete(commit_properties=note)
    else:
        _drop_broken(warehouse, table, delta, run_id)
    delta = open_delta(warehouse.path(table))
    rows = delta.to_pyarrow_dataset().count_rows()
    return {
        "table": table.name,
        "rows_before": publication.rows,
        "rows": rows,
        "kept_from": source,
        "remark": _remark(table, publication.rows - rows),
        "publication": {
            "table": table.name,
            "sequence": publication.sequence + 1,
            "version": delta.version(),
            "rows": rows,
            "run_id": run_id,
            "stage": STAGE,
            "published_at": datetime.now(UTC),
        },
    }


def _drop_broken(warehouse: Warehouse, table: Table, delta: DeltaTable, run_id: str) -> None:
    """Take damaged files out of a table, and those that are missing out of its log."""
    system, folder = open_location(warehouse.path(table))
    aside = f"{open_location(warehouse.root)[1]}/_damaged/{run_id}/{table.name}"
    system.create_dir(aside, recursive=True)
    for name, what in broken_files(warehouse, table, delta, thorough=True).items():
        if what != "is missing":
            system.move(f"{folder}/{name}", f"{aside}/{name.rpartition('/')[2]}")
    delta.repair(dry_run=False)


def _remark(table: Table, lost: int) -> str:
    if table.name.startswith("bronze."):
        return (
            "the next run reads again the files of feeds that are still there; records of files "
            "that are gone cannot be had back"
        )
    if table.name in _IRREPLACEABLE and lost > 0:
        return (
            "the next run fills it; ids that were given since then may be given otherwise, and "
            "what was found on earlier days stays lost"
        )
    if table in (DECISIONS, ERASURES):
        return "what people decide again fills it"
    return "the next run fills it"


def _forget(warehouse: Warehouse, run_id: str) -> None:
    """Let every stage run again: no fingerprint is the empty one."""
    now = ledger.behind(warehouse) + datetime.now(UTC)
    ledger.append(warehouse, STAGES, [
        {"run_id": run_id, "stage": stage.name, "started_at": now, "verdict": STAGE,
         "fingerprint": ""}
        for stage in PIPELINE
    ])  # fmt: skip


def _repair_ledger(warehouse: Warehouse, table: Table, run_id: str) -> list[Row]:
    """A table of the ledger keeps what its sound files say; publications are found again."""
    if not damage(warehouse, table, thorough=True):
        return []
    _open_log(warehouse, table, run_id)
    delta = open_delta(warehouse.path(table))
    if broken_files(warehouse, table, delta, thorough=True):
        _drop_broken(warehouse, table, delta, run_id)
    lost = _lost_publications(warehouse, run_id) if table == PUBLISHED else []
    ledger.append(warehouse, table, lost)
    rows = len(ledger.rows(warehouse, table))
    remark = f"{len(lost)} publications found again in the logs of their tables" if lost else ""
    return [
        {"table": table.name, "rows": rows, "kept_from": "rows of sound files", "remark": remark}
    ]


def _lost_publications(warehouse: Warehouse, run_id: str) -> list[Row]:
    """Publications that tables tell of and the ledger lost: their commits carry their number."""
    published = ledger.published(warehouse)
    rows = []
    for table in BY_NAME.values():
        try:
            delta = open_delta(warehouse.path(table))
        except (TableNotFoundError, DeltaError, OSError):
            continue
        before = published.get(table.name)
        sequence = delta.transaction_version(f"papertide/{table.name}")
        if table in LEDGER or sequence is None or (before and before.sequence >= sequence):
            continue
        rows.append({
            "table": table.name, "sequence": sequence, "version": delta.version(),
            "rows": delta.to_pyarrow_dataset().count_rows(), "run_id": run_id, "stage": STAGE,
            "published_at": datetime.now(UTC),
        })  # fmt: skip
    return rows
