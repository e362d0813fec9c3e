"""Gate of silver.keyphrases: papers have phrases, each once."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, some_rows, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import KEYPHRASES


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        some_rows(facts, "Papers with text have phrases."),
        unique_key(KEYPHRASES),
        expect(
            gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
            "phrases_vary",
            Severity.WARNING,
            "A few phrases on every paper are boilerplate that has slipped through.",
            column="phrase",
            min_value=0.01,
        ),
    ]
