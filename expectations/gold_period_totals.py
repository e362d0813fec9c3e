"""Gate of gold.period_totals: the denominators are there, each once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, some_rows, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import PERIOD_TOTALS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        some_rows(facts, "Papers with dates fall into periods."),
        unique_key(PERIOD_TOTALS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Periods, topics and terms come and go a few at a time, not by the hundred.",
        ),
    ]
