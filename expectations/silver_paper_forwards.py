"""Gate of silver.paper_forwards: old papers lead to papers."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import PAPER_FORWARDS

# Late bridges are found by ones and twos; a whole feed that is joined anew comes in hundreds.
MANY_AT_ONCE = 100


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(PAPER_FORWARDS),
        expect(
            gxe.ExpectTableRowCountToBeBetween,
            "few_at_once",
            Severity.WARNING,
            "Many papers that are merged or split in one run mean that a feed gives other ids than "
            "before, or that the rules have changed.",
            max_value=(facts.published or 0) + MANY_AT_ONCE,
        ),
    ]
