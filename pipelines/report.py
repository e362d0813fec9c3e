"""What a person watches: one line a stage on standard error, and the accounting at the end."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.stage import Outcome

LOG = logging.getLogger("papertide")


def say(text: str) -> None:
    """A line of progress."""
    LOG.info(text)


def progress(outcome: Outcome) -> None:
    """The line of a stage: rows, seconds, verdict; then its warnings."""
    say(progress_line(outcome.row))
    for warning in outcome.warnings:
        say(f"  warning  {warning}")


def progress_line(row: Mapping[str, Any]) -> str:
    """A row of ops.stages as one line."""
    told = [f"{row['stage']:<12}", f"{row['seconds']:7.1f} s  ", f"{row['verdict']:<10}"]
    if row["verdict"] == "unchanged" and not row.get("rows_staged"):
        return "".join([*told, "nothing to do"])
    counts = [f"{row.get('rows_staged') or 0:,} rows"]
    for name, word in (("rows_new", "new"), ("rows_changed", "changed"), ("rows_gone", "gone"),
                       ("quarantined", "quarantined"), ("repeated", "repeated")):  # fmt: skip
        if row.get(name):
            counts.append(f"{row[name]:,} {word}")
    return "".join([*told, ", ".join(counts)])


def accounting_row(outcome: Outcome) -> dict[str, Any]:
    """A stage's row of the accounting, as Prefect's table artifact shows it."""
    row = outcome.row
    names = ("stage", "verdict", "rows_in", "rows_staged", "rows_new", "rows_changed", "rows_gone",
             "quarantined", "repeated", "gate_seconds", "seconds", "jobs")  # fmt: skip
    return {
        name: round(value, 2) if isinstance(value := row.get(name), float) else value
        for name in names
    }


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """The run in a few words: what was delivered and what became of it, what was published."""
    by_stage = {row["stage"]: row for row in rows}
    lines = []
    if (ingest := by_stage.get("ingest")) and ingest.get("delivered"):
        kept = ingest["delivered"] - ingest["quarantined"] - ingest["repeated"]
        lines.append(
            f"delivered {ingest['delivered']:,} = new {kept:,} + repeated {ingest['repeated']:,} "
            f"+ quarantined {ingest['quarantined']:,}"
        )
    if all(row["verdict"] == "unchanged" for row in rows):
        lines.append("nothing changed: no published row, no table version")
    return "\n".join(lines)
