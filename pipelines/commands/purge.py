"""Purging: the older versions of a table go at once, with what its log says of their rows.

So does the index that readers of this machine have made of them.

A log tells the least and the greatest value of each column of each file: names, too. So it is cut
off behind a checkpoint of the version that stands, which is published again under its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pyarrow import fs

from jobs.stores import open_location
from jobs.tables.core import Table
from papertide.index.files import remove
from storage import ledger
from storage.delta_log import open_delta
from storage.warehouse import Warehouse

_VERSION_DIGITS = 20


def purge(warehouse: Warehouse, table: Table, run_id: str) -> Mapping[str, int]:
    """Remove all versions of a published table but the last; doing it twice changes nothing.

    Returns:
        What was removed: `files` of rows, `versions` of the log.
    """
    removed = open_delta(warehouse.path(table)).vacuum(
        retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True
    )
    delta = open_delta(warehouse.path(table))
    delta.create_checkpoint()
    ledger.publish_again(warehouse, table, run_id, int(delta.version()))
    system, _ = open_location(warehouse.path(table))
    old = list(_log_before(warehouse, table, int(delta.version())))
    for file in old:
        system.delete_file(file)
    remove(warehouse.root)
    return {"files": len(removed), "versions": sum(file.endswith(".json") for file in old)}


def old_versions(warehouse: Warehouse, table: Table, version: int) -> int:
    """How many versions before one there still are."""
    return sum(file.endswith(".json") for file in _log_before(warehouse, table, version))


def _log_before(warehouse: Warehouse, table: Table, version: int) -> Iterator[str]:
    """The files of a log that tell of versions before one; checksums begin with a dot."""
    system, folder = open_location(warehouse.path(table))
    for info in system.get_file_info(fs.FileSelector(f"{folder}/_delta_log")):
        number = info.base_name.removeprefix(".")[:_VERSION_DIGITS]
        if info.is_file and number.isdigit() and int(number) < version:
            yield info.path
