"""Gate of gold.topics: topics stand once a version."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.gold import TOPICS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(TOPICS),
        expect(
            gxe.UnexpectedRowsExpectation,
            "labels_differ",
            Severity.WARNING,
            "Two topics of one version with one label cannot be told apart.",
            unexpected_rows_query=(
                "SELECT version, label, count(*) AS topics FROM {batch} "
                "GROUP BY version, label HAVING count(*) > 1"
            ),
        ),
    ]
