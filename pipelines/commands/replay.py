"""Replay: what is in quarantine is taken out, so that the next run reads it again.

Records that the reader could not parse stand in bronze.records still; taken out of quarantine they
are parsed as if they were new. Files and fragments are read from their folder again: with their row
of bronze.files gone, the file is unknown; what of it was known already counts as repeated.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from conf import Config
from jobs.tables.bronze import FILES
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED, STAGES
from jobs.tables.silver import QUARANTINE
from pipelines.commands import inspect as look
from pipelines.engine.orphans import check_finished
from storage import ledger
from storage.delta_log import open_delta
from storage.home import home
from storage.warehouse import Warehouse, one_writer

STAGE = "replay"
_AT_ONCE = 500


def replay(config: Config, feed: str | None, file: str | None, rule: str | None) -> Counter[str]:
    """Take the rows that the filters leave out of quarantine; returns how many of each stage.

    Rows of later stages stay: their stage makes them anew whenever it runs.

    Raises:
        PapertideError: a run is writing, or one that died has not been finished yet.
    """
    warehouse = Warehouse.at(config.warehouse)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    with one_writer(warehouse, home(), run_id, config.run.wait_seconds):
        check_finished(warehouse)
        chosen = [
            row
            for row in look.quarantine(warehouse, feed, file, rule)
            if row["stage"] in ("ingest", "parse")
        ]
        unread = {(row["feed"], row["file"]) for row in chosen if row["stage"] == "ingest"}
        if unread:  # a file is read as a whole, so all of it comes out
            chosen += [
                row
                for row in look.quarantine(warehouse, feed, None, None)
                if row["stage"] == "ingest" and (row["feed"], row["file"]) in unread
            ]
        if not chosen:  # there may be no quarantine yet
            return Counter()
        subjects = {row["subject_id"]: row["stage"] for row in chosen}
        deleted = [
            _without(warehouse, QUARANTINE, "subject_id IN ({})", _texts(subjects)),
            *(_without(warehouse, FILES, f"feed = {_text(f)} AND file IN ({{}})", [_text(name)])
              for f, name in sorted(unread)),
        ]  # fmt: skip
        counts = Counter(subjects.values())
        _publish(warehouse, run_id, deleted)
        # A stage whose input is as it was is skipped: not the ones that have to read again.
        now = ledger.behind(warehouse) + datetime.now(UTC)
        note = {"run_id": run_id, "started_at": now, "verdict": "replayed", "seconds": 0.0}
        ledger.append(warehouse, STAGES, [{**note, "stage": stage} for stage in sorted(counts)])
    return counts


def _without(
    warehouse: Warehouse, table: Table, condition: str, values: Sequence[str]
) -> tuple[Table, int]:
    """Delete the rows for which the condition holds with any of the values; how many there were."""
    delta = open_delta(warehouse.path(table))
    deleted = 0
    for start in range(0, len(values), _AT_ONCE):
        metrics = delta.delete(condition.format(", ".join(values[start : start + _AT_ONCE])))
        deleted += int(metrics["num_deleted_rows"])
    return table, deleted


def _publish(warehouse: Warehouse, run_id: str, parts: Iterable[tuple[Table, int]]) -> None:
    deleted: Counter[Table] = Counter()
    for table, rows in parts:
        deleted[table] += rows
    published = ledger.published(warehouse)
    new: list[dict[str, Any]] = [
        {
            "table": table.name,
            "sequence": published[table.name].sequence + 1,
            "version": ledger.version(warehouse, table),
            "rows": published[table.name].rows - rows,
            "run_id": run_id,
            "stage": STAGE,
            "published_at": datetime.now(UTC),
        }
        for table, rows in deleted.items()
        if rows
    ]
    ledger.append(warehouse, PUBLISHED, new)


def _texts(values: Iterable[str]) -> list[str]:
    return [_text(value) for value in sorted(values)]


def _text(value: str) -> str:
    """A text of SQL."""
    return "'" + value.replace("'", "''") + "'"
