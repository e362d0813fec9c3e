"""Gate of silver.records: no feed loses more than is allowed."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, loss_by_feed, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import RECORDS

# Rows that break a critical rule of the table; the runner stages one column of 1 or 0 a rule.
LOST = "sum(1 - " + " * ".join(rule.flag for rule in RECORDS.critical) + ")"


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole increment can break."""
    return [
        unique_key(RECORDS),
        loss_by_feed(facts, "count(*)", LOST),
        expect(
            gxe.ExpectColumnProportionOfNonNullValuesToBeBetween,
            "abstracts_present",
            Severity.WARNING,
            "Topics, terms and neighbours rest on abstracts; most records should have one.",
            column="abstract",
            min_value=0.5,
        ),
    ]
