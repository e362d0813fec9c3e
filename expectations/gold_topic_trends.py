"""Gate of gold.topic_trends: each share once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, some_rows, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import TOPIC_TRENDS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        some_rows(facts, "Topics with papers have shares."),
        unique_key(TOPIC_TRENDS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Periods, topics and terms come and go a few at a time, not by the hundred.",
        ),
    ]
