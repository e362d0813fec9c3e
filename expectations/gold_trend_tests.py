"""Gate of gold.trend_tests: each entity once a grain and slice."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import TREND_TESTS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(TREND_TESTS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Topics and terms come and go a few at a time, not by the hundred.",
        ),
    ]
