"""Gate of gold.term_papers: each term of a paper once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import TERM_PAPERS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(TERM_PAPERS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Papers keep their terms from run to run.",
        ),
    ]
