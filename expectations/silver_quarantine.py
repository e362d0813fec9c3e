"""Gate of silver.quarantine: what is kept out can be explained."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import QUARANTINE


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole increment can break."""
    return [
        unique_key(QUARANTINE),
        expect(
            gxe.ExpectColumnValuesToNotBeNull,
            "reasons_given",
            Severity.CRITICAL,
            "A record kept out without a reason cannot be mended.",
            column="reason",
        ),
        expect(
            gxe.ExpectColumnProportionOfNonNullValuesToBeBetween,
            "payloads_kept",
            Severity.WARNING,
            "What is kept out should be there to look at; only what cannot be opened is not.",
            column="payload",
            min_value=0.5,
        ),
    ]
