"""Gate of gold.map: each paper once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import MAP


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(MAP),
        not_shrunk(
            facts,
            Severity.WARNING,
            "A paper that has a place keeps it, but for merges and withdrawals.",
        ),
    ]
