"""Gate of gold.cells: each cell once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, some_rows, unique_key
from jobs.tables.gold import CELLS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(CELLS),
        some_rows(facts, "Papers with vectors lie in cells; none means that none has one."),
    ]
