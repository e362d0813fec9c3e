"""Gate of gold.scores: each paper once a day."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.gold import SCORES


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(SCORES),
        expect(
            gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
            "scores_tell_apart",
            Severity.WARNING,
            "A score that most papers share ranks nothing.",
            column="score",
            min_value=0.2,
        ),
    ]
