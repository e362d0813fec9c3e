"""Gate of bronze.records: each payload once."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.bronze import RAW_RECORDS
from jobs.tables.core import Severity


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole increment can break."""
    return [
        unique_key(RAW_RECORDS),
        expect(
            gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
            "payloads_differ",
            Severity.WARNING,
            "The same text from several feeds, again and again, is one delivery under many names.",
            column="payload",
            min_value=0.5,
        ),
    ]
