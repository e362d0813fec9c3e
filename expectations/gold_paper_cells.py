"""Gate of gold.paper_cells: each paper once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import PAPER_CELLS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(PAPER_CELLS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "A paper that has been searched stays so, but for merges and withdrawals.",
        ),
    ]
