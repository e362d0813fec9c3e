"""Requirements of classes and bursts: planted courses are called, chance and coverage are not."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.tables.core import Table
from jobs.tables.gold import (
    BURSTS,
    ENTITY_TRENDS,
    PERIOD_TOTALS,
    TERM_TRENDS,
    TOPIC_TRENDS,
    TREND_TESTS,
)
from jobs.trends.classes import UP
from jobs.trends.trend_tests import trend_tests
from tests.frames import frame_of

MONTHS = [date(2020 + m // 12, 1 + m % 12, 1) for m in range(48)]
PAPERS = 400
FLAT = [20] * 48
COURSES: dict[str, list[int]] = {
    "steady": FLAT,
    "rising": [20] * 36 + [20 + 3 * m for m in range(1, 13)],
    "falling": [60] * 36 + [60 - 4 * m for m in range(1, 13)],
    "emerging": [0] * 38 + [4 * m for m in range(1, 11)],
    "new": [0] * 46 + [20, 20],
    "dormant": [20] * 40 + [0] * 8,
    "bursting": [20] * 44 + [70] * 4,
    "burst once": [20] * 12 + [80] * 5 + [20] * 31,
    "rare": [0, 1] * 24,
}


def table(spark: SparkSession, kind: Table, rows: list[dict[str, Any]]) -> Any:
    full = [tuple(row.get(name) for name in kind.column_names) for row in rows]
    return frame_of(spark, full, kind.schema())


def total(month: date, slice_: str, papers: int, **fields: Any) -> dict[str, Any]:
    return {
        "grain": "month", "period": month, "slice": slice_, "papers": papers,
        "papers_with_abstract": papers, "is_complete": True, "feeds_differ": False,
        "abstracts_differ": False, "terms_in": "title and abstract", **fields,
    }  # fmt: skip


def counts(entity: str, slice_: str, course: list[int], key: str) -> list[dict[str, Any]]:
    return [
        {key: entity, "grain": "month", "period": month, "slice": slice_, "n": n}
        for month, n in zip(MONTHS, course, strict=True)
    ]


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> tuple[dict[Any, Row], dict[Any, list[Row]]]:
    """Courses in a steady feed; the same entity in a mix of feeds that changes; and chance."""
    totals = [total(month, "all", PAPERS) for month in MONTHS]
    # The last month holds a tenth of its papers, and is not complete.
    totals[-1] |= {"is_complete": False}
    terms = []
    for name, course in COURSES.items():
        terms += counts(name, "all", [*course[1:], 0], "term")
    terms += counts("tenfold", "all", [0] * 30 + [4] * 6 + [40] * 12, "term")
    terms += counts("chance use", "all", [1] + [0] * 35 + [40] * 12, "term")
    # A second feed starts, all of it about one thing: within each feed nothing moves.
    for month in MONTHS:
        late = month >= date(2023, 5, 1)
        totals += [
            total(month, "category=mixed", 800 if late else 400, feeds_differ=late),
            total(month, "feed=a", 400),
            total(month, "feed=b", 400 if late else 0),
        ]
    mixed = [0 if month < date(2023, 5, 1) else 80 for month in MONTHS]
    terms += counts("other feed", "category=mixed", mixed, "term")
    terms += counts("other feed", "feed=b", mixed, "term")
    grown = COURSES["rising"]
    both = [n * 2 if m >= date(2023, 5, 1) else n for m, n in zip(MONTHS, grown, strict=True)]
    terms += counts("rising", "category=mixed", both, "term")
    terms += counts("rising", "feed=a", grown, "term")
    for few in (4, 5):  # the fewest periods that are tested
        totals += [total(month, f"category={few} months", PAPERS) for month in MONTHS[-few:]]
        young = [0] * (48 - few) + [20, 20, 60, 60, 60][:few]
        terms += counts("young", f"category={few} months", young, "term")
    # Chance alone: two thousand topics in papers whose dates are shuffled, in a growing feed.
    rng = np.random.default_rng(3)
    grow = np.linspace(100, 1000, 48).astype(int)
    totals += [total(m, "language=en", int(p)) for m, p in zip(MONTHS, grow, strict=True)]
    rates = rng.uniform(0.002, 0.05, 1000)
    topics = []
    for number, rate in enumerate(rates):
        drawn = rng.binomial(grow, rate).tolist()
        topics += counts(f"t{number:04}", "language=en", drawn, "topic_id")
    found = trend_tests(
        table(spark, TOPIC_TRENDS, topics),
        table(spark, TERM_TRENDS, terms),
        table(spark, PERIOD_TOTALS, totals),
        TrendsSettings(),
        table(spark, ENTITY_TRENDS, counts("net", "all", [*COURSES["rising"][1:], 0], "entity_id")),
    )
    reasons = ("why", "author_groups", "first_title", "first_on")
    whole = found.tests.withColumns({name: F.lit(None) for name in reasons})
    tests = {(r["entity"], r["slice"]): r for r in TREND_TESTS.conform(whole).collect()}
    bursts: dict[Any, list[Row]] = {}
    for row in BURSTS.conform(found.bursts).collect():
        bursts.setdefault((row["entity"], row["slice"]), []).append(row)
    return tests, bursts


@pytest.mark.parametrize("name", [name for name in COURSES if name not in ("burst once", "rare")])
def test_a_planted_course_has_its_class(name: str, made: Any) -> None:
    assert made[0][name, "all"]["class"] == name


def test_entities_are_tested_as_a_kind_of_their_own(made: Any) -> None:
    net = made[0]["net", "all"]
    assert (net["kind"], net["class"] in UP) == ("entity", True)


def test_what_grows_tenfold_began_before_it_did_and_a_chance_use_begins_nothing(made: Any) -> None:
    assert made[0]["tenfold", "all"]["began"] == MONTHS[30]
    assert made[0]["chance use", "all"]["began"] == MONTHS[36]


@pytest.mark.parametrize("few", [4, 5])
def test_of_few_periods_the_later_half_is_compared_with_the_earlier(few: int, made: Any) -> None:
    young = made[0]["young", f"category={few} months"]
    assert (young["horizon"], young["baseline"]) == (2, few - 2)


def test_too_few_papers_are_not_tested(made: Any) -> None:
    rare = made[0]["rare", "all"]
    assert (rare["class"], rare["strength"]) == ("too few papers", None)


def test_a_burst_has_its_dates_and_only_one_that_lasts_is_open(made: Any) -> None:
    (once,) = made[1]["burst once", "all"]
    assert (once["begins"], once["last"], once["is_open"]) == (MONTHS[11], MONTHS[15], False)
    assert (once["n"], once["papers"], once["share"]) == (400, 2000, 0.2)
    assert once["macd_agrees"]
    (now,) = made[1]["bursting", "all"]
    assert (now["begins"], now["is_open"]) == (MONTHS[43], True)
    assert made[0]["bursting", "all"]["burst_since"] == MONTHS[43]


def test_a_month_that_is_not_complete_makes_no_decline(made: Any) -> None:
    # All courses have no papers in the last month, which is not complete.
    assert made[0]["steady", "all"]["class"] == "steady"
    assert made[0]["steady", "all"]["to_period"] == MONTHS[-2]


def test_a_feed_that_starts_makes_no_trend(made: Any) -> None:
    other = made[0]["other feed", "category=mixed"]
    assert (other["class"], other["is_explained"], other["coverage"]) == ("coverage", True, "feeds")
    assert other["strength"] is None


def test_a_trend_that_a_feed_itself_shows_stays_one_when_feeds_change(made: Any) -> None:
    grown = made[0]["rising", "category=mixed"]
    assert not grown["is_explained"]
    assert grown["class"] in UP


def test_chance_in_a_growing_feed_is_called_no_oftener_than_the_rate_says(made: Any) -> None:
    chance = [row for (_, name), row in made[0].items() if name == "language=en"]
    assert len(chance) == 1000
    assert sum(row["strength"] is not None for row in chance) <= 0.01 * len(chance)
    bursts = [b for (_, name), all_ in made[1].items() if name == "language=en" for b in all_]
    assert sum(b["q_value"] <= 0.05 for b in bursts) <= 0.05 * len(chance)
    tested = [row["p_value"] for row in chance if row["p_value"] is not None]
    # The smallest of three horizons' that overlap, each by itself.
    assert 0.01 < np.mean(np.array(tested) <= 0.05) <= 0.15
