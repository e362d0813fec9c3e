"""Gate of gold.topic_lineage: each step of a topic once."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.gold import TOPIC_LINEAGE


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(TOPIC_LINEAGE),
        expect(
            gxe.ExpectColumnDistinctValuesToBeInSet,
            "relations_known",
            Severity.WARNING,
            "Readers of the lineage know these words.",
            column="relation",
            value_set=["same", "born", "died", "split", "merged"],
        ),
    ]
