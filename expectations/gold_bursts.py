"""Gate of gold.bursts: each burst once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import BURSTS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(BURSTS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Bursts that are over stay; new ones come a few at a time.",
        ),
    ]
