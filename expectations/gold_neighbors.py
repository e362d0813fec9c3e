"""Gate of gold.neighbors: each rank of a paper once."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.gold import NEIGHBORS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(NEIGHBORS),
        expect(
            gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
            "neighbors_vary",
            Severity.WARNING,
            "A few papers that are everyone's neighbours are hubs, not likeness.",
            column="neighbor_id",
            min_value=0.02,
        ),
    ]
