"""Checks of whole tables that several tables share."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median

from jobs.tables.core import STAGED_KEY, Check, Facts, Measure, Severity

# Two-sided 95 %: of few rows a share counts as too large only when chance is an unlikely reason.
_Z = 1.96

UNIQUE_KEY = Check(
    "unique_key",
    Severity.CRITICAL,
    "The grain is {grain}: a second row for a key counts it twice.",
    Measure.UNIQUE,
    STAGED_KEY,
    least=1.0,
)
"""Each key stands once. The runner stages the key as one column."""


def tolerated(rows: int, allowed: float) -> float:
    """The largest share of `rows` that may break a rule, when in the long run `allowed` may.

    A small sample may by chance hold more: the share is accepted while the lower bound of its 95 %
    interval (Wilson 1927) is not above `allowed`. Nothing is tolerated where nothing is allowed.
    """
    if allowed <= 0 or rows == 0:
        return 0.0
    # Wilson's lower bound equals `allowed` where the score test of `allowed` is just significant.
    return min(1.0, allowed + _Z * math.sqrt(allowed * (1 - allowed) / rows))


def some_rows(why: str) -> Callable[[Facts], Check]:
    """At least one row is staged; none where there were some stops the run.

    The first run may stage none: of three papers, say, or of none in a language that is read.
    """

    def check(facts: Facts) -> Check:
        severity = Severity.CRITICAL if facts.published else Severity.WARNING
        return Check("some_rows", severity, why, Measure.ROWS, least=1)

    return check


def not_shrunk(severity: Severity, why: str) -> Callable[[Facts], Check]:
    """No more than the allowed share of the published rows is gone."""

    def check(facts: Facts) -> Check:
        least = int((facts.published or 0) * (1 - facts.allowed_shrink))
        return Check("not_shrunk", severity, why, Measure.ROWS, least=least)

    return check


def few_new(name: str, most: int, why: str) -> Callable[[Facts], Check]:
    """No more than `most` rows more than are published; more are a warning."""

    def check(facts: Facts) -> Check:
        return Check(name, Severity.WARNING, why, Measure.ROWS, most=(facts.published or 0) + most)

    return check


def loss_by_feed(delivered: str, lost: str) -> Callable[[Facts], Check]:
    """No feed loses more than the allowed share; `delivered` and `lost` are SQL sums by feed.

    A feed is named when the 95 % interval of its share (Wilson 1927) lies above what is allowed,
    so that one bad record among three does not stop a run, and thirty among a hundred do.
    """

    def check(facts: Facts) -> Check:
        allowed = facts.allowed_loss
        # Multiplied, not divided: of no row delivered none is lost, whichever engine is asked.
        most = f"delivered * {allowed} + {_Z} * sqrt(delivered * {allowed} * {1 - allowed})"
        return Check(
            "loss_by_feed",
            Severity.CRITICAL,
            "A feed that loses this much is misread or damaged at its source; publishing the rest "
            "would look like a decline.",
            Measure.ROWS_FOUND,
            query=f"SELECT feed, delivered, lost FROM (SELECT feed, {delivered} AS delivered, "
            f"{lost} AS lost FROM {{batch}} GROUP BY feed) "
            f"WHERE lost > {most}",
        )

    return check


def share_kept(name: str, column: str, allowed: float, why: str) -> Callable[[Facts], Check]:
    """No more than the share `allowed` has 0 in a column of 1 and 0, with room for chance."""

    def check(facts: Facts) -> Check:
        least = 1 - tolerated(facts.rows, allowed)
        return Check(name, Severity.CRITICAL, why, Measure.MEAN, column, least=least)

    return check


def near_usual(
    name: str, column: str, runs: int, move: float, why: str
) -> Callable[[Facts], Check]:
    """The mean of a column, at least 1, is no further than `move` from its median over `runs`."""

    def check(facts: Facts) -> Check:
        before = facts.observed.get(name, ())[-runs:]
        usual = median(before) if before else None
        return Check(
            name,
            Severity.WARNING,
            why,
            Measure.MEAN,
            column,
            least=max(1.0, usual / (1 + move)) if usual else 1.0,
            most=usual * (1 + move) if usual else None,
        )

    return check


def fields_kept(
    key: str, fields: Sequence[str], at_least: int, why: str
) -> Callable[[Facts], Check | None]:
    """No field that rows had is gone from more than the allowed share of them, and `at_least`."""
    counts = ", ".join(
        f"count_if(p.{name} IS NOT NULL) AS had_{name}, "
        f"count_if(p.{name} IS NOT NULL AND b.{name} IS NULL) AS lost_{name}"
        for name in fields
    )
    had, lost = (
        "CASE field " + " ".join(f"WHEN '{name}' THEN {what}_{name}" for name in fields) + " END"
        for what in ("had", "lost")
    )
    names = ", ".join(f"('{name}')" for name in fields)

    def check(facts: Facts) -> Check | None:
        if facts.seen is None:
            return None
        return Check(
            "fields_kept",
            Severity.CRITICAL,
            why,
            Measure.ROWS_FOUND,
            query=f"SELECT field, {had} AS had, {lost} AS lost FROM (SELECT {counts} "
            f"FROM {facts.seen} p JOIN {{batch}} b ON p.{key} = b.{key}) AS counted "
            f"CROSS JOIN (VALUES {names}) AS names(field) "
            f"WHERE {lost} > {at_least} AND {lost} > {facts.allowed_shrink} * {had}",
        )

    return check
