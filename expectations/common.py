"""Expectations that several suites share, and the facts that a suite may lean on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.gate import Z, expect
from jobs.tables.core import STAGED_KEY, Severity, Table

UNIQUE_KEY = "unique_key"


@dataclass(frozen=True)
class Facts:
    """What is known when a gate runs.

    Attributes:
        rows: staged rows, those that will go to quarantine among them.
        published: rows of the published table, null when it is not published yet.
        due_feeds: feeds of the run that must show a file: none is known, or none was listed.
        allowed_loss: share of a feed's rows (0 to 1) that may be lost to quarantine.
        allowed_shrink: share of the published rows (0 to 1) that may vanish in one run.
        seen: the published table as Spark SQL names it, null when it is not published yet.
        observed: expectation → the numbers that it saw in the runs before, oldest first.
    """

    rows: int
    published: int | None
    due_feeds: tuple[str, ...]
    allowed_loss: float
    allowed_shrink: float
    seen: str | None = None
    observed: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def unique_key(table: Table) -> Expectation:
    """Each key stands once. The runner stages the key as one column, `staged_key`."""
    return expect(
        gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
        UNIQUE_KEY,
        Severity.CRITICAL,
        f"The grain is {table.grain}: a second row for a key counts it twice.",
        column=STAGED_KEY,
        min_value=1.0,
    )


def some_rows(facts: Facts, why: str) -> Expectation:
    """At least one row is staged; none where there were some stops the run.

    From the first there may be none, as of three papers, or of none in a language that is read.
    """
    severity = Severity.CRITICAL if facts.published else Severity.WARNING
    return expect(gxe.ExpectTableRowCountToBeBetween, "some_rows", severity, why, min_value=1)


def not_shrunk(facts: Facts, severity: Severity, why: str) -> Expectation:
    """No more than the allowed share of the published rows is gone."""
    least = int((facts.published or 0) * (1 - facts.allowed_shrink))
    return expect(gxe.ExpectTableRowCountToBeBetween, "not_shrunk", severity, why, min_value=least)


def loss_by_feed(facts: Facts, delivered: str, lost: str) -> Expectation:
    """No feed loses more than the allowed share; `delivered` and `lost` are SQL sums by feed.

    A feed is named when the 95 % interval of its share (Wilson 1927) lies above what is allowed,
    so that one bad record among three does not stop a run, and thirty among a hundred do.
    """
    allowed = facts.allowed_loss
    # Multiplied, not divided: of no row delivered none is lost, whichever engine is asked.
    tolerated = f"delivered * {allowed} + {Z} * sqrt(delivered * {allowed} * {1 - allowed})"
    return expect(
        gxe.UnexpectedRowsExpectation,
        "loss_by_feed",
        Severity.CRITICAL,
        "A feed that loses this much is misread or damaged at its source; publishing the rest "
        "would look like a decline.",
        unexpected_rows_query=(
            f"SELECT feed, delivered, lost FROM (SELECT feed, {delivered} AS delivered, "
            f"{lost} AS lost FROM {{batch}} GROUP BY feed) "
            f"WHERE lost > {tolerated}"
        ),
    )
