"""Gate of gold.paper_cells: each paper once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from jobs.tables.gold import PAPER_CELLS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [unique_key(PAPER_CELLS)]
