"""Holding staged tables against their suites.

Great Expectations takes seconds to import: the runner imports this module when there is something
to judge, so that a run that finds nothing new does without.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pyarrow as pa
from great_expectations.expectations.expectation import Expectation

from expectations.gate import Verdict, open_context, validate
from expectations.small import BATCH, SEEN, asking
from expectations.suite import row_rules, whole_table
from jobs.tables.checks import UNIQUE_KEY
from jobs.tables.core import Facts, Severity, Table
from jobs.tables.ops import QUALITY
from pipelines.engine.stage import Run
from pipelines.engine.staging import Staged
from storage import ledger
from storage.home import home
from storage.ledger import Publication


def judge_stage(
    stage: str, staged: Sequence[Staged], small: Mapping[Table, pa.Table], run: Run
) -> list[Verdict]:
    """The verdict of the gate of each staged table that can break something.

    Args:
        small: the rows of those that are small.
    """
    run.gate = run.gate or open_context(run.warehouse.docs(run.run_id, home()))
    return [verdict for item in staged if (verdict := _judge(stage, item, small, run))]


def _judge(stage: str, item: Staged, small: Mapping[Table, pa.Table], run: Run) -> Verdict | None:
    assert run.gate is not None  # opened above
    table = item.output.table
    suite = _suite(item, run, table in small)
    if not suite:
        return None
    if table not in small:
        return validate(run.gate, stage, table, item.frame(run.spark), suite)
    before = run.published.get(table.name)
    rows = {BATCH: small[table]}
    if before:
        rows[SEEN] = ledger.dataset(run.warehouse, table, before.version)
    with asking(rows):
        return validate(run.gate, stage, table, small[table], suite)


def _suite(item: Staged, run: Run, is_small: bool) -> list[Expectation]:
    """What is expected of a staged table; of none of its rows when there are none."""
    table = item.output.table
    before = run.published.get(table.name)
    facts = Facts(
        rows=item.rows,
        published=before.rows if before else None,
        due_feeds=run.listing.due if run.listing else (),
        allowed_loss=run.config.gate.allowed_loss,
        allowed_shrink=run.config.gate.allowed_shrink,
        seen=_published_name(run, table, before, is_small) if before else None,
        observed=_earlier_values(run, table),
    )
    of_table = whole_table(table, facts)
    if not item.rows:
        return [one for one in of_table if (one.meta or {})["name"] != UNIQUE_KEY.name]
    return [*row_rules(table, item.rows), *of_table]


def _published_name(run: Run, table: Table, before: Publication, is_small: bool) -> str:
    """The published table as the gate's SQL names it."""
    if is_small:
        return SEEN
    return f"delta.`{run.warehouse.path(table)}` VERSION AS OF {before.version}"


def _earlier_values(run: Run, table: Table) -> dict[str, tuple[float, ...]]:
    """Of each expectation on a table the numbers that earlier gates saw and let pass, in order."""
    rows = [row for row in ledger.rows(run.warehouse, QUALITY) if row["table"] == table.name]
    by_expectation: dict[str, list[float]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: str(row["run_id"])):  # begins with the time
        with suppress(ValueError):  # some are told in words
            if row["met"] or row["severity"] == Severity.WARNING:
                by_expectation[row["expectation"]].append(float(row["observed"]))
    return {name: tuple(values) for name, values in by_expectation.items()}
