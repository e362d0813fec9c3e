"""Holding staged tables against their suites.

Great Expectations takes seconds to import: the runner imports this module when there is something
to judge, so that a run that finds nothing new does without.
"""

from __future__ import annotations

from collections.abc import Sequence

from great_expectations.data_context import AbstractDataContext

from expectations import SUITES
from expectations.common import Facts
from expectations.gate import Verdict, open_context, row_rules, validate
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
    )
    suite = [*row_rules(table, item.rows), *SUITES[table.name](facts)]
    return validate(gate, stage, table, item.frame(run.spark), suite)
