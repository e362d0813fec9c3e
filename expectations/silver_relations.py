"""Gate of silver.relations: papers that belong together are there."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from jobs.tables.silver import RELATIONS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [unique_key(RELATIONS)]
