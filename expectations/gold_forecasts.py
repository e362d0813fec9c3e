"""Gate of gold.forecasts: each topic once a grain, slice and distance."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import FORECASTS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(FORECASTS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Topics come and go a few at a time, and what was once long enough stays so.",
        ),
    ]
