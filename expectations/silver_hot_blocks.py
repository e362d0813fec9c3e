"""Gate of silver.hot_blocks: what is too large to be compared is told."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import HOT_BLOCKS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(HOT_BLOCKS),
        expect(
            gxe.ExpectTableRowCountToBeBetween,
            "blocks_compared",
            Severity.WARNING,
            "Records that share nothing but a heading or a stock phrase are not compared through "
            "it; a title that many papers bear is named in silver.hot_blocks.",
            max_value=0,
        ),
    ]
