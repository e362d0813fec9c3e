"""What a person watches: one line a stage on standard error, and the accounting at the end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.tables.silver import PAPERS
from pipelines.engine.stage import Outcome, Run
from storage import ledger

_SHOWN = 10
"""Files left out that the end of a run names; bronze.files holds all."""
LOG = logging.getLogger("papertide")


def say(text: str) -> None:
    """A line of progress."""
    LOG.info(text)


def progress(outcome: Outcome) -> None:
    """The line of a stage: rows, seconds, verdict; then its warnings."""
    LOG.info(progress_line(outcome.row), extra=accounting_row(outcome))
    for warning in outcome.warnings:
        say(f"  warning  {warning}")


def progress_line(row: Mapping[str, Any]) -> str:
    """A row of ops.stages as one line."""
    cells = [f"{row['stage']:<14}", f"{row['seconds']:5.1f} s  ", f"{row['verdict']:<10}"]
    if row["verdict"] == "unchanged" and not row.get("rows_staged"):
        return "".join([*cells, "nothing to do"])
    counts = [f"{row.get('rows_staged') or 0:,} rows"]
    for name, word in (("rows_new", "new"), ("rows_changed", "changed"), ("rows_gone", "gone"),
                       ("quarantined", "quarantined"), ("repeated", "repeated")):  # fmt: skip
        if row.get(name):
            counts.append(f"{row[name]:,} {word}")
    return "".join([*cells, ", ".join(counts)])


def accounting_row(outcome: Outcome) -> dict[str, Any]:
    """A stage's row of the accounting, as Prefect's table artifact shows it."""
    row = outcome.row
    names = ("stage", "verdict", "rows_in", "rows_staged", "rows_new", "rows_changed", "rows_gone",
             "quarantined", "repeated", "gate_seconds", "seconds", "jobs")  # fmt: skip
    return {
        name: round(value, 2) if isinstance(value := row.get(name), float) else value
        for name in names
    }


@dataclass(frozen=True)
class Report:
    """What a run did, and what readers have after it.

    Attributes:
        stages: the run's rows of ops.stages.
        papers: papers, their records, and papers that several feeds deliver; None where the run
            published none anew.
        left_out: names of the files in the feeds' folders that no feed reads, and why.
    """

    run_id: str
    warehouse: str
    stages: tuple[Mapping[str, Any], ...]
    papers: Mapping[str, int] | None
    left_out: tuple[tuple[str, str], ...] = ()


def of(run: Run) -> Report:
    """The report of a run that is done."""
    stages = tuple(outcome.row for outcome in run.outcomes)
    changed = any(row["stage"] == "papers" and row["verdict"] != "unchanged" for row in stages)
    published = run.published.get(PAPERS.name) if changed else None
    counts = None
    if published is not None:
        counts = ledger.aggregates(
            run.warehouse,
            PAPERS,
            published.version,
            papers="count(*)",
            records="coalesce(sum(records), 0)::bigint",
            in_several_feeds="count_if(len(feeds) > 1)::bigint",
        )
    files = run.listing.files if run.listing else ()
    left_out = tuple((f"{f.feed}/{f.file}", f.left_out) for f in files if f.left_out)
    return Report(run.run_id, run.config.warehouse, stages, counts, left_out)


def summary(report: Report) -> str:
    """The run in a few lines: what was delivered and what became of it, what is published."""
    ingest = next((row for row in report.stages if row["stage"] == "ingest"), {})
    lines = []
    if ingest.get("delivered"):
        new = ingest["delivered"] - ingest["quarantined"] - ingest["repeated"]
        lines.append(
            f"delivered {ingest['delivered']:,} = new {new:,} + repeated {ingest['repeated']:,} "
            f"+ quarantined {ingest['quarantined']:,}"
        )
    if report.left_out:
        listing = "".join(f"\n  {name}: {why}" for name, why in report.left_out[:_SHOWN])
        more = len(report.left_out) - _SHOWN
        rest = f"\n  and {more:,} more: select * from bronze.files where status = 'left out'"
        files = "1 file" if len(report.left_out) == 1 else f"{len(report.left_out):,} files"
        lines.append(f"left out  {files}{listing}{rest if more > 0 else ''}")
    if report.papers:
        lines.append(
            f"papers    {report.papers['papers']:,} of {report.papers['records']:,} records; "
            f"{report.papers['in_several_feeds']:,} stand in several feeds"
        )
    if all(row["verdict"] == "unchanged" for row in report.stages):
        lines.append("nothing changed: no published row, no table version")
    lines.append(f"run       {report.run_id}, warehouse {report.warehouse}")
    return "\n".join(lines)
