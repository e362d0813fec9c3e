"""Gate of gold.cells: each cell once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from jobs.tables.gold import CELLS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [unique_key(CELLS)]
