"""Restore: readers see a table again as it was at an earlier publication.

The tables that a stage writes together go back together, to the same publication. Delta writes the
old state as a new version, and the ledger publishes that; what the stage makes of new input later
builds on it. What is planned stands in an intent first, so that a restore that dies is finished.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from deltalake import CommitProperties
from deltalake.exceptions import DeltaError
from pyarrow import fs

from conf import Config
from jobs.stores import open_location
from jobs.tables.catalog import BY_NAME
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED
from jobs.tables.silver import QUARANTINE
from pipelines.commands.inspect import no_table
from pipelines.engine.orphans import INTENT, check_finished
from pipelines.stages import PIPELINE
from storage import lease, ledger
from storage.delta_log import open_delta
from storage.errors import PapertideError, UsageError
from storage.home import home
from storage.soundness import changed_since
from storage.warehouse import Warehouse, one_writer

STAGE = "restore"
Row = dict[str, Any]


def restore(config: Config, name: str, version: int) -> list[Row]:
    """Put a table, and those its stage writes with it, back to an earlier publication.

    Returns:
        A row a table that changed: table, from, to (its versions), rows.

    Raises:
        UsageError: there is no such table, or that version was never published.
        PapertideError: a run is writing or has left work, or files of the version are gone.
    """
    warehouse = Warehouse.at(config.warehouse)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    with one_writer(warehouse, home(), run_id, config.run.wait_seconds):
        check_finished(warehouse)
        planned = _plan(warehouse, together(name), name, version)
        for entry in planned:
            _check_files(warehouse, entry)
        if planned:
            epoch = lease.epoch(warehouse.root)
            _write_intent(warehouse, {"run_id": run_id, "tables": planned, "epoch": epoch})
            finish(warehouse)
    return planned


def finish(warehouse: Warehouse) -> bool:
    """Do what the intent of a restore says, if one stands; doing it twice changes nothing.

    One that came when a later run had cleared up is of a process that slept, and is dropped.
    """
    system, folder = _folder(warehouse)
    file = f"{folder}/{INTENT}"
    if not system.get_file_info(file).is_file:
        return False
    with system.open_input_stream(file) as stream:
        intent = json.loads(stream.read())
    published, new = ledger.published(warehouse), []
    if lease.is_late(warehouse.root, intent.get("epoch", 0)):
        system.delete_dir(folder)
        return False
    for entry in intent["tables"]:
        table = BY_NAME[entry["table"]]
        if published[table.name].sequence < entry["sequence"]:
            note = json.dumps({"run": intent["run_id"], "stage": STAGE})
            lease.check(warehouse.root)
            delta = open_delta(warehouse.path(table))
            delta.restore(entry["to"], commit_properties=CommitProperties({"userMetadata": note}))
            new.append(
                {
                    **{key: entry[key] for key in ("table", "sequence", "rows")},
                    "version": ledger.version(warehouse, table),
                    "run_id": intent["run_id"],
                    "stage": STAGE,
                    "published_at": datetime.now(UTC),
                }
            )
    ledger.append(warehouse, PUBLISHED, new)
    system.delete_dir(folder)
    return True


def together(name: str) -> tuple[Table, ...]:
    """The tables of the stage that writes this one."""
    for stage in PIPELINE:
        tables = tuple(output.table for output in stage.writes)
        if name in (table.name for table in tables):
            return tables
    if name in BY_NAME and BY_NAME[name] is not QUARANTINE:
        raise UsageError(f"{name} tells what happened: it is never put back")
    known = (output.table.name for stage in PIPELINE for output in stage.writes)
    raise UsageError(no_table(name, known))


def _plan(warehouse: Warehouse, tables: Sequence[Table], name: str, version: int) -> list[Row]:
    """For each table that has to change: where it stands, where it goes, its next publication."""
    published = {table.name: ledger.publications(warehouse, table) for table in tables}
    chosen = [row for row in published[name] if row["version"] == version]
    if not chosen:
        known = ", ".join(str(row["version"]) for row in published[name]) or "none"
        raise UsageError(
            f"{name} was never published at version {version}; it was at {known}\n"
            f"  when, and by which run: papertide history {name}"
        )
    steps = []
    for table in tables:
        rows = published[table.name]
        then = [row for row in rows if _is_by(row, chosen[-1])]
        # Before its first publication a table is empty: that is Delta's version 0.
        target = then[-1] if then else {"version": 0, "rows": 0}
        is_there = rows and rows[-1]["version"] == target["version"]
        if rows and (not is_there or changed_since(warehouse, table, target["version"])):
            steps.append(
                {
                    "table": table.name,
                    "from": rows[-1]["version"],
                    "to": target["version"],
                    "rows": target["rows"],
                    "sequence": rows[-1]["sequence"] + 1,
                }
            )
    return steps


def _is_by(row: Mapping[str, Any], chosen: Mapping[str, Any]) -> bool:
    """Whether a publication was there with the chosen one: tables of a stage come in one commit."""
    same = (row["run_id"], row["stage"]) == (chosen["run_id"], chosen["stage"])
    return same or bool(row["published_at"] <= chosen["published_at"])


def _check_files(warehouse: Warehouse, entry: Mapping[str, Any]) -> None:
    path = warehouse.path(BY_NAME[entry["table"]])
    problem = f"{entry['table']}: version {entry['to']} is no longer whole: maintenance removed it"
    try:
        files = open_delta(path, version=entry["to"]).file_uris()
    except DeltaError as error:
        raise PapertideError(f"{problem}\n  {error}") from error
    system, folder = open_location(path)
    there = {
        info.path.rpartition("/")[2]
        for info in system.get_file_info(fs.FileSelector(folder, recursive=True))
    }
    if any(file.rpartition("/")[2] not in there for file in files):
        raise PapertideError(f"{problem}\n  how long versions are kept: maintenance.keep_days")


def _folder(warehouse: Warehouse) -> tuple[fs.FileSystem, str]:
    return open_location(warehouse.staging(STAGE))


def _write_intent(warehouse: Warehouse, intent: Mapping[str, Any]) -> None:
    """Whole or not at all: it is renamed when it is written."""
    system, folder = _folder(warehouse)
    system.create_dir(folder, recursive=True)
    with system.open_output_stream(f"{folder}/intent.tmp") as stream:
        stream.write(json.dumps(intent).encode())
    system.move(f"{folder}/intent.tmp", f"{folder}/intent.json")
