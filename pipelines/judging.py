"""Holding staged tables against their suites.

Great Expectations takes seconds to import: the runner imports this module when there is something
to judge, so that a run that finds nothing new does without.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from great_expectations.data_context import AbstractDataContext

from expectations import SUITES
from expectations.common import Facts
from expectations.gate import Verdict, open_context, row_rules, validate
from jobs.tables.core import Severity, Table
from jobs.tables.ops import QUALITY
from pipelines import ledger
from pipelines.setup.home import home
from pipelines.stage import Run
from pipelines.staging import Staged


def judged(stage: str, staged: Sequence[Staged], run: Run) -> list[Verdict]:
    """The verdict of the gate of each table that a stage has staged."""
    run.gate = run.gate or open_context(run.warehouse.docs(run.run_id, home()))
    return [_judged(stage, item, run, run.gate) for item in staged]


def _judged(stage: str, item: Staged, run: Run, gate: AbstractDataContext) -> Verdict:
    table = item.output.table
    before = run.published.get(table.name)
    facts = Facts(
        rows=item.rows,
        published=before.rows if before else None,
        due_feeds=run.listing.due if run.listing else (),
        allowed_loss=run.config.gate.allowed_loss,
        allowed_shrink=run.config.gate.allowed_shrink,
        seen=f"delta.`{run.warehouse.path(table)}` VERSION AS OF {before.version}"
        if before
        else None,
        observed=_observed(run, table),
    )
    suite = [*row_rules(table, item.rows), *SUITES[table.name](facts)]
    return validate(gate, stage, table, item.frame(run.spark), suite)


def _observed(run: Run, table: Table) -> dict[str, tuple[float, ...]]:
    """Of each expectation on a table the numbers that earlier gates saw and let pass, in order."""
    rows = [row for row in ledger.rows(run.warehouse, QUALITY) if row["table"] == table.name]
    found: dict[str, list[float]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: str(row["run_id"])):  # begins with the time
        with suppress(ValueError):  # some are told in words
            if row["met"] or row["severity"] == Severity.WARNING:
                found[row["expectation"]].append(float(row["observed"]))
    return {name: tuple(values) for name, values in found.items()}
