"""Gate of silver.embeddings: each text has its one vector."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import EMBEDDINGS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(EMBEDDINGS),
        expect(
            gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
            "texts_differ",
            Severity.WARNING,
            "Many papers with the same text are duplicates that identity has not seen.",
            column="text_digest",
            min_value=0.9,
        ),
    ]
