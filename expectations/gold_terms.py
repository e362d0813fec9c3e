"""Gate of gold.terms: each term once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import TERMS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(TERMS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Terms come and go a few at a time, not by the hundred.",
        ),
    ]
