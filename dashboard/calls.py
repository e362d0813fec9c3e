"""What is called to rise or to fade: how pages show it, and why there is nothing to show."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.parts import House, Row, spark
from dashboard.text import chance, count, escape, isolate
from jobs.tables.gold import TESTED_PERIODS
from papertide.duck import Query, ask
from papertide.questions import TREND_TABLES

GRAINS = ("month", "quarter", "week", "year")
"""Grains that are tested, in the order in which a page tries them."""
COURSE = 24  # periods of a small chart; more are not told apart in its width

PLURALS = {"term": "terms", "topic": "topics", "entity": "entities"}

Key = tuple[str, str, str]
"""Kind, entity and grain."""
Course = list[tuple[float, bool]]
"""Shares of the periods, the first first, each with whether the period is complete."""


def complete(cut: str) -> Query:
    """How many periods of each grain are complete in a slice."""
    return ask(
        """
select grain, count(*) filter (where is_complete and papers > 0) as complete
from gold.period_totals
where slice = $slice
group by grain
""",
        slice=cut,
    )


def class_counts(cut: str) -> Query:
    """How many entities of each kind are of each class, by grain."""
    return ask(
        """
select kind, grain, class, count(*) as n, count(strength) as calls
from gold.trend_tests
where slice = $slice
group by kind, grain, class
order by n desc, class
""",
        slice=cut,
    )


def last_shares(kind: str, keys: Sequence[Key], cut: str) -> Query:
    """The last shares of entities of a kind, each by its grain."""
    table, column = TREND_TABLES[kind]
    of_kind = [(entity, grain) for of, entity, grain in keys if of == kind]
    return ask(
        f"""
select a.entity, a.grain, list(x.share order by x.period)[-{COURSE}:] as shares,
  list(x.is_complete order by x.period)[-{COURSE}:] as complete
from (select unnest($entities) as entity, unnest($grains) as grain) a
join {table} x on x.{column} = a.entity and x.grain = a.grain
where x.slice = $slice and x.share is not null
group by a.entity, a.grain
order by a.entity, a.grain
""",
        entities=[entity for entity, _ in of_kind],
        grains=[grain for _, grain in of_kind],
        slice=cut,
    )


def courses(house: House, keys: Sequence[Key], cut: str) -> dict[Key, Course]:
    """The last shares of what is called, for small charts."""
    by_key: dict[Key, Course] = {}
    for kind in sorted({kind for kind, _, _ in keys}):
        if house.snapshot.has(TREND_TABLES[kind][0]):
            for row in house.rows(last_shares(kind, keys, cut)):
                shares = list(zip(row["shares"], row["complete"], strict=True))
                by_key[kind, row["entity"], row["grain"]] = shares
    return by_key


def show(row: Row, grain: str, course: Course) -> None:
    """Below the name of an entity: how sure it is, by how much, its course, and why."""
    facts = [row["class"], times(row), chance(row["q_value"]), f"by {grain}"]
    text = " · ".join([f"<b>{escape(row['strength'])}</b>", *map(escape, filter(None, facts))])
    st.html(
        f'<div class="pt-call"><div><div class="pt-line">{text}</div>'
        f'<div class="pt-line">{isolate(row["why"])}</div></div>{spark(course, grain)}</div>'
    )


def times(row: Row) -> str:
    """By how much the share changed, with the 95 % interval: 2.0 × (1.5 to 3.0)."""
    ratio, low, high = (
        _digits(math.exp(row[name])) for name in ("change", "change_low", "change_high")
    )
    return f"{ratio} × ({low} to {high})"


def _digits(ratio: float) -> str:
    if ratio < 1:
        return f"{ratio:.2f}"
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"  # noqa: PLR2004 - two digits tell


_AS_PART = {
    "too few papers": "with too few papers",
    "coverage": "whose change lies in what the feeds cover",
}
"""Classes as what some of those tested are, where the class itself does not say it."""


def nothing(house: House, kinds: Sequence[str], way: str, cut: str, grain: str | None) -> str:
    """Why nothing is `way` (rising, fading), by one grain or by any, and what to do."""
    whole = {row["grain"]: row["complete"] for row in house.rows(complete(cut))}
    tests = [row for row in house.rows(class_counts(cut)) if row["kind"] in kinds]
    return reason(kinds, way, [grain] if grain else GRAINS, whole, tests)


def reason(
    kinds: Sequence[str],
    way: str,
    grains: Sequence[str],
    whole: Mapping[str, int],
    tests: Sequence[Row],
) -> str:
    """The words of `nothing`; `whole`: complete periods by grain, `tests`: `class_counts`."""
    name, names = " or ".join(kinds), " and ".join(PLURALS[kind] for kind in kinds)
    short = [grain for grain in grains if whole.get(grain, 0) < TESTED_PERIODS]
    sentences = [f"No {name} is {way}."]
    if short:
        there = ", ".join(count(whole.get(grain, 0), grain) for grain in short)
        sentences.append(f"A trend needs {TESTED_PERIODS} complete periods; there are {there}.")
    scarce = bool(short)
    for grain in grains:
        of_grain = [row for row in tests if row["grain"] == grain]
        classes: dict[str, int] = {}
        for row in of_grain:
            classes[row["class"]] = classes.get(row["class"], 0) + row["n"]
        if classes:
            parts = ", ".join(f"{n:,} {_AS_PART.get(each, each)}" for each, n in classes.items())
            sentences.append(f"Tested by {grain}, {sum(classes.values()):,} {names}: {parts}.")
            scarce |= "too few papers" in classes
        elif grain not in short:
            sentences.append(f"By {grain}, no {name} has papers to test.")
            scarce = True
    others = [
        grain for grain in GRAINS
        if grain not in grains and any(row["calls"] for row in tests if row["grain"] == grain)
    ]  # fmt: skip
    if others:
        sentences.append(f"Choose another grain: there are trends by {' and '.join(others)}.")
    elif scarce:
        sentences.append("Add earlier papers with `papertide run`, or wait until more have come.")
    return " ".join(sentences)
