"""Looking at a warehouse without Spark: tables, their history, runs, quality, quarantine."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
from pyarrow import fs
from pyarrow.dataset import dataset

from conf.near import near
from jobs.stores import open_location
from jobs.tables.catalog import BY_NAME, TABLES
from jobs.tables.core import Table
from jobs.tables.ops import QUALITY, RUNS, STAGES
from jobs.tables.ops import TABLES as LEDGER
from jobs.tables.silver import QUARANTINE
from storage import ledger
from storage.delta_log import open_delta
from storage.errors import PapertideError, UsageError
from storage.home import home
from storage.soundness import findings
from storage.warehouse import Warehouse

Row = dict[str, Any]


def tables(warehouse: Warehouse) -> list[Row]:
    """Every table: what it holds, the version and rows that readers see, whether it is sound."""
    problems = findings(warehouse)
    for each in problems:
        if BY_NAME[each.table] in LEDGER:  # by it the others are known
            raise PapertideError(str(each))
    wrong = {each.table: each.problem for each in problems}
    published = ledger.published(warehouse)
    return [
        {
            "table": table.name,
            "version": published[table.name].version if table.name in published else None,
            "rows": published[table.name].rows if table.name in published else None,
            "state": wrong.get(table.name, "sound") if table.name in published else None,
            "grain": table.grain,
        }
        for table in TABLES
        if table not in LEDGER
    ]


def columns(name: str) -> list[Row]:
    """The columns of one table, with what they mean."""
    table = _table(name)
    return [
        {
            "column": column.name,
            "type": column.type,
            "key": "key" if column.name in table.key else "",
            "meaning": column.comment,
        }
        for column in table.columns
    ]


def history(warehouse: Warehouse, name: str) -> list[Row]:
    """The versions of one table, newest first, and the run and stage that wrote each."""
    table = _table(name)
    if ledger.version(warehouse, table) is None:
        raise UsageError(f"{name} is not in {warehouse.root} yet: papertide run")
    return [_commit(entry) for entry in open_delta(warehouse.path(table)).history()]


def _commit(entry: Mapping[str, Any]) -> Row:
    try:
        note = dict(json.loads(entry.get("userMetadata") or "{}"))
    except (TypeError, ValueError):  # others may write what they want
        note = {}
    return {
        "version": entry["version"],
        "at": datetime.fromtimestamp(entry["timestamp"] / 1000, UTC),
        "operation": entry["operation"],
        "run": note.get("run"),
        "stage": note.get("stage"),
    }


def runs(warehouse: Warehouse) -> list[Row]:
    """The runs, newest first: when, how long, how they ended."""
    states: dict[str, list[Row]] = {}
    for row in ledger.rows(warehouse, RUNS):
        states.setdefault(row["run_id"], []).append(row)
    writing = warehouse.writer(home())
    rows = [
        _run(sorted(entries, key=lambda row: row["at"]), writing) for entries in states.values()
    ]
    return sorted(rows, key=lambda row: str(row["started"]), reverse=True)


def _run(entries: list[Row], writing: str | None) -> Row:
    first, last = entries[0], entries[-1]
    is_ended = last["state"] not in ("started", "recovered")
    return {
        "run": first["run_id"],
        "started": first["at"],
        "seconds": round((last["at"] - first["at"]).total_seconds(), 1) if is_ended else None,
        "state": _state(last, is_ended, writing),
        "feeds": dict(first["feeds"] or []),
        "message": (last["message"] or "").partition("\n")[0],
    }


def _state(last: Row, is_ended: bool, writing: str | None) -> str:
    """How a run ended; one that did not, and is not what writes now, was killed."""
    if is_ended:
        return str(last["state"])
    return "running" if writing == last["run_id"] else "killed"


def stages(warehouse: Warehouse, run_id: str) -> list[Row]:
    """The stages of one run, in their order."""
    rows = [row for row in ledger.rows(warehouse, STAGES) if row["run_id"] == run_id]
    if not rows:
        raise UsageError(f"no run {run_id} in {warehouse.root}: papertide runs")
    return sorted(rows, key=lambda row: row["started_at"])


def quality(warehouse: Warehouse, run_id: str | None, failed: bool) -> list[Row]:
    """What the gates saw: of one run or of the last one that had a gate, all or only the unmet."""
    rows = ledger.rows(warehouse, QUALITY)
    run_id = run_id or max((row["run_id"] for row in rows), default=None)
    return [row for row in rows if row["run_id"] == run_id and not (failed and row["met"])]


def quarantine(
    warehouse: Warehouse,
    feed: str | None,
    file: str | None,
    rule: str | None,
    stopped: bool = False,
) -> list[Row]:
    """The rows in quarantine, by feed, file and position, filtered where asked.

    `stopped`: those that a run which the gate stopped would keep out; no run has published them.
    """
    data = _staged_quarantine(warehouse) if stopped else _quarantine(warehouse)
    if data is None:
        return []
    condition = pc.scalar(True)
    for name, value in (("feed", feed), ("file", file), ("rule", rule)):
        if value is not None:
            condition &= pc.field(name) == value
    rows = data.to_table(filter=condition).to_pylist()
    return sorted(
        rows,
        key=lambda row: (row["feed"] or "", row["file"] or "", row["position"] or 0, row["rule"]),
    )


def _quarantine(warehouse: Warehouse) -> Any:
    """What is published of the quarantine; None before the first row."""
    publication = ledger.published(warehouse).get(QUARANTINE.name)
    return publication and ledger.dataset(warehouse, QUARANTINE, publication.version)


def _staged_quarantine(warehouse: Warehouse) -> Any:
    """What waits for quarantine in the staging of a run that stopped; None without any."""
    system, staging = open_location(warehouse.staging(""))
    found = system.get_file_info(fs.FileSelector(staging, allow_not_found=True, recursive=True))
    files = [
        item.path
        for item in found
        if item.extension == "parquet" and Path(item.path).parent.name == QUARANTINE.name
    ]
    return dataset(sorted(files), filesystem=system, format="parquet") if files else None


RUN_COLUMNS = ("run", "seconds", "state", "feeds", "message")
STAGE_COLUMNS = (
    "stage", "verdict", "seconds", "rows_staged", "rows_new", "rows_changed", "rows_gone",
)  # fmt: skip
"""What a person looks for of a run, and of a stage of one; the other formats give all."""


def readable(rows: Sequence[Row], columns: Sequence[str] = ()) -> list[Row]:
    """Rows for a person's eye, with all columns or `columns`.

    Times to the second, of pairs the names.
    """
    return [{name: _readable(row[name]) for name in columns or row} for row in rows]


def at_a_glance(checks: Sequence[Row]) -> list[Row]:
    """What a person looks for of what the gates saw; the other formats give all."""
    return [
        {
            "table": row["table"],
            "expectation": row["expectation"],
            "result": "met" if row["met"] else row["severity"],
            "observed": row["observed"],
            "why": row["why"],
        }
        for row in checks
    ]


def _readable(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Mapping):
        return ", ".join(value)
    return round(value, 1) if isinstance(value, float) else value


def _table(name: str) -> Table:
    if name not in BY_NAME:
        raise UsageError(no_table(name, BY_NAME))
    return BY_NAME[name]


def no_table(name: str, known: Iterable[str]) -> str:
    """What is said of a name that is no table's."""
    names = list(known)
    return f"no table {name}{near(name, names)}; the tables are {', '.join(names)}"
