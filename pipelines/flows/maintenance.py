"""Maintenance: small files put together, old versions removed, ledgers checkpointed.

Nothing that readers see changes. A table whose files were put together has a new Delta version,
which is published; the stages know that its content is the one before, and do not run again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from deltalake import CommitProperties
from prefect import flow
from prefect.artifacts import create_table_artifact

from conf import Config
from jobs.tables.catalog import TABLES
from jobs.tables.core import Table
from jobs.tables.ops import TABLES as LEDGER
from pipelines.engine.orphans import check_finished
from pipelines.flows import report
from pipelines.flows.environment import settled_config
from pipelines.flows.notices import WATCHED
from pipelines.flows.writer_limit import turn
from storage import ledger
from storage.delta_log import open_delta
from storage.home import home
from storage.warehouse import Warehouse, one_writer

Row = dict[str, Any]


@flow(name="maintenance", validate_parameters=False, persist_result=False, **WATCHED)
def maintenance(
    conf: Sequence[str] = (),
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> list[Row]:
    """Maintain the warehouse of a configuration, with its account on the run's page.

    Args:
        conf: configuration files over the built-in ones.
        overrides: `key=value` settings over those.
        environ: environment with further settings; None for this process's own.
    """
    environ = os.environ if environ is None else environ
    config = settled_config(conf, overrides, environ)
    with turn(Warehouse.at(config.warehouse), config.run.wait_seconds):
        rows = maintain(config)
    if rows:
        create_table_artifact(key="papertide-maintenance", table=rows)
    return rows


def maintain(config: Config) -> list[Row]:
    """Maintain every table of a warehouse.

    Returns:
        A row a table: table, files before and after, files removed from the disk.

    Raises:
        PapertideError: a run is writing, or one that died has not been finished yet.
    """
    warehouse = Warehouse.at(config.warehouse)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    keep = timedelta(days=config.maintenance.keep_days)
    with one_writer(warehouse, home(), run_id, config.run.wait_seconds):
        check_finished(warehouse)
        there = [table for table in TABLES if ledger.version(warehouse, table) is not None]
        # The ledger comes last: it tells of the others.
        return [_maintain(warehouse, table, keep, run_id) for table in there]


def _maintain(warehouse: Warehouse, table: Table, keep: timedelta, run_id: str) -> Row:
    delta = open_delta(warehouse.path(table))
    before = len(delta.file_uris())
    note = CommitProperties({"userMetadata": f'{{"run": "{run_id}", "stage": "{ledger.LAYOUT}"}}'})
    delta.optimize.compact(commit_properties=note)
    if table not in LEDGER:
        _publish(warehouse, table, run_id)
    removed = delta.vacuum(
        retention_hours=int(keep.total_seconds() // 3600),
        dry_run=False,
        enforce_retention_duration=False,  # the setting's own bound is a week
    )
    if table in LEDGER:
        delta.create_checkpoint()
    row = {
        "table": table.name,
        "files_before": before,
        "files_after": len(open_delta(warehouse.path(table)).file_uris()),
        "removed": len(removed),
    }
    report.say(
        f"{table.name:<22} {row['files_before']:>5} files, now {row['files_after']:>5}; "
        f"{row['removed']:>5} old ones removed"
    )
    return row


def _publish(warehouse: Warehouse, table: Table, run_id: str) -> None:
    """Let readers see the files put together, unless more than that is in the newest version."""
    publication = ledger.published(warehouse).get(table.name)
    newest = ledger.version(warehouse, table)
    if publication is None or newest is None or newest == publication.version:
        return
    since = open_delta(warehouse.path(table)).history(limit=newest - publication.version)
    if all(entry["operation"] == "OPTIMIZE" for entry in since):
        ledger.publish_again(warehouse, table, run_id, newest)
