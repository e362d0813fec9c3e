"""Gate of gold.paper_topics: each paper once, few of them in no topic."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, some_rows, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.gold import PAPER_TOPICS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        some_rows(facts, "Papers with vectors are held against the topics."),
        unique_key(PAPER_TOPICS),
        expect(
            gxe.ExpectColumnProportionOfNonNullValuesToBeBetween,
            "most_fit",
            Severity.WARNING,
            "When a third fits no topic, the topics no longer describe the papers.",
            column="topic_id",
            min_value=0.67,
        ),
    ]
