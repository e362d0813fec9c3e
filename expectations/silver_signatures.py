"""Gate of silver.signatures: each record stands once in a block."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import SIGNATURES

# Bands, ids, title and year give some fifty blocks, and each author of a title one more.
MANY_BLOCKS = 1_000


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(SIGNATURES),
        expect(
            gxe.UnexpectedRowsExpectation,
            "few_blocks_a_record",
            Severity.WARNING,
            "A record in a thousand blocks costs more than it finds: its list of authors is one of "
            "a collaboration, or not one of authors.",
            unexpected_rows_query=(
                "SELECT record_id, count(*) AS blocks FROM {batch} GROUP BY record_id "
                f"HAVING count(*) > {MANY_BLOCKS}"
            ),
        ),
    ]
