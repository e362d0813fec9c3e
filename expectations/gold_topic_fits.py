"""Gate of gold.topic_fits: each look once, and fits that hold what they say."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.gold import TOPIC_FITS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(TOPIC_FITS),
        expect(
            gxe.UnexpectedRowsExpectation,
            "one_fit_a_version",
            Severity.CRITICAL,
            "A version is one fit; without it nobody knows from which day its topics are.",
            unexpected_rows_query=(
                "SELECT version, count_if(kind = 'fit') AS fits FROM {batch} "
                "GROUP BY version HAVING count_if(kind = 'fit') <> 1"
            ),
        ),
        expect(
            gxe.UnexpectedRowsExpectation,
            "topics_agree",
            Severity.WARNING,
            "Halves of the papers that give other topics say that the topics are chance.",
            unexpected_rows_query=(
                "SELECT version, looked_on, stability FROM {batch} WHERE stability < 0.5"
            ),
        ),
    ]
