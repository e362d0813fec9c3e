"""Which trends are real: changes, bursts and a class for every topic, term and entity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.tables.gold import TESTED_PERIODS
from jobs.trends.classes import COVERAGE, DOWN, NAMED, TOO_FEW, UP, Signs
from jobs.trends.contrasts import Changes, changes, correct_for, horizons
from jobs.trends.count_series import SERIES, by_family, courses, dense, families, series_counts
from jobs.trends.spans import span_text
from jobs.trends.statistics import Flags, Floats, absence, bursting, macd
from jobs.trends.totals import kind_of

Whole = NDArray[np.int64]

_DIGITS = 9
_OUTLIERS = 0.05  # papers of an entity that may lie before it began: chance uses of a word
_FEW = 3  # papers of a period that are no chance uses
# What `likely` and `watch` mean: how probable a change beyond `settings.change_ratio` is. Four of
# five is more than the seven of ten that are to hold a year on; less than one half is no call.
_LIKELY, _WATCH = 0.8, 0.5
_OWN = 1.959964 / math.log(2)  # standard errors with which an entity's own papers rule out twofold

BURST = (
    "struct<begins:date,last:date,is_open:boolean,periods:int,n:bigint,papers:bigint,"
    "weight:double,macd:double,q_value:double>"
)
FOUND = (
    "kind string, entity string, grain string, slice string, class string, strength string, "
    "rank int, horizon int, baseline int, from_period date, recent_from date, to_period date, "
    "began date, n bigint, n_recent bigint, papers_recent bigint, n_before bigint, "
    "papers_before bigint, change double, change_low double, change_high double, p_rose double, "
    "p_fell double, lfsr double, p_value double, q_value double, q_presence double, "
    f"burst_since date, counted string, bursts array<{BURST}>"
)

# Columns of what is estimated → the estimates (`jobs.trends.contrasts.Changes`).
_ESTIMATES = {
    "change": "change", "change_low": "low", "change_high": "high", "p_rose": "rose",
    "p_fell": "fell", "lfsr": "lfsr", "p_value": "p", "q_value": "q",
}  # fmt: skip


class Tests(NamedTuple):
    """Rows of gold.trend_tests, but for what `jobs.trends.reasons` adds, and of gold.bursts."""

    tests: DataFrame
    bursts: DataFrame


class Calls(NamedTuple):
    """What a family's changes come to, an element an entity.

    Attributes:
        at: the horizon that decides.
        classes: the class. strength: its strength; empty for none.
    """

    at: Whole
    classes: NDArray[np.str_]
    strength: NDArray[np.str_]


def trend_tests(
    topic_trends: DataFrame,
    term_trends: DataFrame,
    totals: DataFrame,
    settings: TrendsSettings,
    entity_trends: DataFrame | None = None,
) -> Tests:
    """Tests and bursts of every entity, grain (but days) and slice, over its complete periods.

    All entities of a kind, grain and slice are one family: the tests of all its horizons, of its
    presence and of its bursts are each corrected for the family as a whole, and the prior of its
    changes is fitted to it (`jobs.trends.contrasts`).

    Args:
        topic_trends: gold.topic_trends. term_trends: gold.term_trends.
        totals: gold.period_totals. entity_trends: gold.entity_trends, if they are to be tested.
    """
    counts = series_counts(topic_trends, "topic", "topic_id").unionByName(
        series_counts(term_trends, "term", "term")
    )
    if entity_trends is not None:
        counts = counts.unionByName(series_counts(entity_trends, "entity", "entity_id"))
    tested = (
        by_family(courses(counts, totals, TESTED_PERIODS))
        .mapInArrow(partial(_test_families, settings=settings), FOUND)
        .persist()
    )
    bursts = tested.select(*SERIES, F.explode("bursts").alias("burst")).select(
        *SERIES,
        "burst.*",
        F.round(F.col("burst.n") / F.col("burst.papers"), _DIGITS).alias("share"),
        (F.col("burst.macd") > 0).alias("macd_agrees"),
    )
    return Tests(_check_coverage(tested.drop("bursts"), totals), bursts)


def _test_families(
    batches: Iterable[pa.RecordBatch], settings: TrendsSettings
) -> Iterator[pa.RecordBatch]:
    for family in families(batches):
        yield _of_family(family, settings)


def _of_family(rows: pa.RecordBatch, settings: TrendsSettings) -> pa.RecordBatch:
    periods = np.asarray(rows["periods"][0].values)
    papers = np.asarray(rows["papers"][0].values).astype(np.float64)
    n = dense(rows, periods)
    grain = rows["grain"][0].as_py()
    spans = horizons(grain, len(periods))
    estimates = changes(n, papers, spans, settings.change_ratio, settings.min_test_papers)
    began = began_in(n, n / papers)
    recent = min(settings.baseline_periods, len(periods) - 1)
    q_new, q_dormant = presence(n, papers, began, recent)
    bursts = burst_courses(n, papers, settings)
    calls = call_classes(n, estimates, spans, began, bursts.since, q_new, q_dormant, settings)
    late, early = _compared(calls, spans, (recent, len(periods) - recent))
    parts = _parts(n, papers, late, early)
    row, at = np.arange(len(n)), calls.at
    first, turn = len(periods) - late - early, len(periods) - late

    def at_horizon(values: Floats) -> pa.Array:
        rounded = np.round(values[row, at], _DIGITS)
        return pa.array(rounded, mask=np.isnan(rounded))

    columns: dict[str, Any] = {
        **{name: rows[name] for name in SERIES},
        "class": calls.classes.astype(object),
        "strength": pa.array(calls.strength.astype(object), pa.string(), mask=calls.strength == ""),
        "rank": rank_entities(calls, estimates, rows["entity"].to_pylist()),
        "horizon": late.astype(np.int32),
        "baseline": early.astype(np.int32),
        "from_period": periods[first],
        "recent_from": periods[turn],
        "to_period": periods[np.full(len(n), len(periods) - 1)],
        "began": pa.array(periods[began], mask=n.sum(axis=1) == 0),
        "n": n.sum(axis=1).astype(np.int64),
        **{name: values.astype(np.int64) for name, values in parts.items()},
        **{column: at_horizon(getattr(estimates, name)) for column, name in _ESTIMATES.items()},
        "q_presence": pa.array(
            np.round(np.fmin(q_new, q_dormant), _DIGITS), mask=np.isnan(np.fmin(q_new, q_dormant))
        ),
        "burst_since": pa.array(periods[np.maximum(bursts.since, 0)], mask=bursts.since < 0),
        "counted": [
            span_text(grain, *numbers)
            for numbers in zip(
                *(parts[name].astype(int).tolist() for name in _PARTS),
                periods[turn].tolist(), [periods[-1].item()] * len(n),
                late.tolist(), early.tolist(), strict=True,
            )
        ],
        "bursts": _burst_lists(bursts, n, papers, periods),
    }  # fmt: skip
    return pa.RecordBatch.from_pydict(columns)


def _compared(
    calls: Calls, spans: list[tuple[int, int]], presence_span: tuple[int, int]
) -> tuple[Whole, Whole]:
    """How many recent periods, and how many before them, the class of each entity compares."""
    is_presence = np.isin(calls.classes, ("new", "dormant"))
    late, early = np.array(spans)[calls.at].T
    return (
        np.where(is_presence, presence_span[0], late),
        np.where(is_presence, presence_span[1], early),
    )


_PARTS = ("n_recent", "papers_recent", "n_before", "papers_before")


def _parts(n: Floats, papers: Floats, late: Whole, early: Whole) -> dict[str, Floats]:
    """Papers of each entity, and all papers, in the last `late` periods and the `early` before."""
    row, end = np.arange(len(n)), n.shape[1]
    mine = np.pad(np.cumsum(n, axis=1), ((0, 0), (1, 0)))
    all_ = np.pad(np.cumsum(papers), (1, 0))
    turn, first = end - late, end - late - early
    values = (
        mine[row, end] - mine[row, turn], all_[end] - all_[turn],
        mine[row, turn] - mine[row, first], all_[turn] - all_[first],
    )  # fmt: skip
    return dict(zip(_PARTS, values, strict=True))


def began_in(n: Floats, shares: Floats) -> Whole:
    """The period in which each series began, as a column.

    That is the first that has more of the papers up to it than chance uses may be, or before it the
    first that is more than chance uses by itself: what grows tenfold afterwards has begun by then.
    """
    by_total = np.cumsum(n, axis=1) > _OUTLIERS * n.sum(axis=1, keepdims=True)
    by_itself = (n >= _FEW) & (shares > _OUTLIERS * shares.max(axis=1, keepdims=True))
    return np.asarray((by_total | by_itself).argmax(axis=1))


def presence(n: Floats, papers: Floats, began: Whole, recent: int) -> tuple[Floats, Floats]:
    """Corrected chances of being only, or not at all, in the last periods; NaN where it is not so.

    Every entity was looked at for either, also those that are present all along.
    """
    last, total = n.shape[1] - 1, n.sum(axis=1)
    late = n[:, -recent:].sum(axis=1)
    many, few = absence(late, total, papers[-recent:].sum() / papers.sum())
    is_new, is_gone = (began > last - recent) & (total > 0), (late == 0) & (total > 0)
    return tuple(  # type: ignore[return-value]
        correct_for(np.where(is_so, p, np.nan), 2 * len(n))
        for is_so, p in ((is_new, many), (is_gone, few))
    )


def call_classes(
    n: Floats, estimates: Changes, spans: list[tuple[int, int]], began: Whole, since: Whole,
    q_new: Floats, q_dormant: Floats, settings: TrendsSettings,
) -> Calls:  # fmt: skip
    """Class and strength of every entity; see docs/trends.md for what they mean.

    Args:
        n: papers that have the entity, entities × periods. estimates: its changes over `spans`.
        began: the period in which it began. since: that since which it bursts, -1 for none.
        q_new: by `presence`. q_dormant: by `presence`.
    """
    row, end = np.arange(len(n)), n.shape[1]
    at, was_up = _deciding(estimates)
    change, beyond = estimates.change[row, at], np.fmax(estimates.rose, estimates.fell)[row, at]
    up = change > 0
    is_sure = np.nan_to_num(estimates.q[row, at], nan=1.0) <= settings.false_rate
    strength = np.select(
        [(beyond >= _LIKELY) & is_sure, beyond >= _LIKELY, beyond >= _WATCH],
        ["established", "likely", "watch"], "",
    )  # fmt: skip
    window = end - np.array([sum(span) for span in spans])[at]
    # A share that rises slowly is in a burst some day: only one that has doubled since is bursting.
    bursts = (since >= window) & (change >= math.log(settings.burst_times))
    is_call = strength != ""
    # What came some periods ago and is leaving again is not new, whatever stood before it.
    is_new = (np.nan_to_num(q_new, nan=1.0) <= settings.false_rate) & ~(change < 0)
    is_gone = (np.nan_to_num(q_dormant, nan=1.0) <= settings.false_rate) & ~up
    signs = Signs(
        is_new, is_gone, is_call, up, began > window, bursts, was_up,
        _is_steady(n, estimates, spans, settings),
    )  # fmt: skip
    classes = np.select([c.holds(signs) for c in NAMED], [c.name for c in NAMED], TOO_FEW)
    # That something is only of late is sure before it is how much of it there will be.
    strength = np.select(
        [is_gone | (is_new & (beyond >= _LIKELY) & is_sure), is_new & (beyond >= _LIKELY), is_new],
        ["established", "likely", "watch"], strength,
    )  # fmt: skip
    return Calls(at, classes, strength)


def _deciding(estimates: Changes) -> tuple[Whole, Flags]:
    """The horizon that decides of each entity, and whether it had risen before it fell.

    The one where chance explains least; where nothing is tested, the one of the most probable
    change. If a shorter one goes the other way, likely, it is the later word.
    """
    row = np.arange(len(estimates.p))
    beyond = np.fmax(estimates.rose, estimates.fell)
    by_chance = np.argmin(np.where(np.isnan(estimates.p), 2.0, estimates.p), axis=1)
    at = np.where(np.isnan(estimates.p).all(axis=1), np.argmax(beyond, axis=1), by_chance)
    is_likely = beyond >= _LIKELY
    shortest = np.where(is_likely.any(axis=1), is_likely.argmax(axis=1), at)
    turned = np.sign(estimates.change[row, shortest]) != np.sign(estimates.change[row, at])
    at = np.where(turned & (shortest < at), shortest, at)
    longer = np.arange(estimates.p.shape[1]) > at[:, None]
    was_up = (longer & (estimates.rose >= _LIKELY)).any(axis=1) & (estimates.change[row, at] < 0)
    return at, was_up


def _is_steady(
    n: Floats, estimates: Changes, spans: list[tuple[int, int]], settings: TrendsSettings
) -> Flags:
    """Whether the longest horizon leaves no room for a change that would be told.

    By its interval, which borrows from the family, and by its own papers, which rule out a change
    to the double or half: else a family in which little moves would call steady what nobody saw.
    """
    band = math.log(settings.change_ratio)
    x, before = estimates.recent[:, -1], estimates.before[:, -1]
    error = np.sqrt(1 / (x + 0.5) + 1 / (before + 0.5))
    inside = (estimates.low[:, -1] >= -band) & (estimates.high[:, -1] <= band)
    return np.asarray(inside & (error * _OWN < 1))


def rank_entities(calls: Calls, estimates: Changes, entities: list[str]) -> NDArray[np.int32]:
    """Place of each entity among those of the family that go its way, from 1.

    By strength, then by the change that its interval grants at least, then by how probable it is.
    """
    row = np.arange(len(entities))
    change = np.round(estimates.change[row, calls.at], 6)  # none is none, not a sign of rounding
    is_up = np.where(np.isin(calls.classes, UP), True, np.isin(calls.classes, DOWN) == 0) & (
        np.isin(calls.classes, UP) | (change > 0)
    )
    tier = np.select(
        [calls.strength == name for name in ("established", "likely", "watch")], [0, 1, 2], 3
    )
    least = np.where(is_up, estimates.low[row, calls.at], -estimates.high[row, calls.at])
    beyond = np.where(is_up, estimates.rose[row, calls.at], estimates.fell[row, calls.at])
    order = np.lexsort(
        (np.array(entities), -np.round(beyond, 6), -np.round(np.maximum(least, 0), 6), tier)
    )
    place = np.empty(len(row), dtype=np.int32)
    for way in (True, False):
        its = order[is_up[order] == way]
        place[its] = np.arange(1, len(its) + 1)
    return place


class Bursts(NamedTuple):
    """The bursts of a family, an element each, in the order of its entities.

    Attributes:
        row: the entity. begin: first period. end: the period after the last.
        weight: see `bursting`. q: chance of such a weight, corrected for the family.
        since: of each entity the period since which a certain burst lasts; -1 for none.
    """

    row: Whole
    begin: Whole
    end: Whole
    weight: Floats
    q: Floats
    since: Whole


def burst_courses(n: Floats, papers: Floats, settings: TrendsSettings) -> Bursts:
    """The bursts of each series of a family."""
    states, gain = bursting(n, papers, settings.burst_times, settings.burst_gamma)
    edges = np.diff(np.pad(states, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (row, begin), (_, end) = np.nonzero(edges == 1), np.nonzero(edges == -1)
    weight = np.round(_over(gain, row, begin, end), 6)
    weighs: Flags = weight > 0
    row, begin, end, weight = row[weighs], begin[weighs], end[weighs], weight[weighs]
    # A likelihood ratio of e^w has, from a given start on, a chance of e^-w (Ville 1939). Every
    # series was looked at for a burst, also those in which there is none.
    q = correct_for(np.minimum(n.shape[1] * np.exp(-weight), 1.0), len(n))
    since = np.full(len(n), -1)
    lasts = (end == n.shape[1]) & (q <= settings.false_rate)
    since[row[lasts]] = begin[lasts]
    return Bursts(row, begin, end, weight, q, since)


def _over(values: Floats, row: Whole, begin: Whole, end: Whole) -> Floats:
    """Sums of rows from `begin` to before `end`."""
    run = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    return np.asarray(run[row, end] - run[row, begin])


def _burst_lists(intervals: Bursts, n: Floats, papers: Floats, periods: Any) -> pa.ListArray:
    """The bursts of each series, as a list of structs by BURST."""
    row, begin, end = intervals.row, intervals.begin, intervals.end
    check = macd(n / papers)
    peak = [check[r, b:e].max() for r, b, e in zip(row, begin, end, strict=True)]
    bursts = pa.StructArray.from_arrays(
        [
            pa.array(periods[begin]),
            pa.array(periods[end - 1]),
            pa.array(end == len(periods)),
            pa.array((end - begin).astype(np.int32)),
            pa.array(_over(n, row, begin, end).astype(np.int64)),
            pa.array(_over(np.broadcast_to(papers, n.shape), row, begin, end).astype(np.int64)),
            pa.array(intervals.weight),
            pa.array(np.round(np.array(peak, dtype=np.float64), _DIGITS)),
            pa.array(np.round(intervals.q, 12)),
        ],
        names=["begins", "last", "is_open", "periods", "n", "papers", "weight", "macd", "q_value"],
    )
    offsets = np.searchsorted(row, np.arange(len(n) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), bursts)


def q_value_column(p: Column, tests: Column, *ties: str) -> Column:
    """Chances corrected for the number of tests of the family (Benjamini and Hochberg 1995).

    Args:
        p: chance by the test alone; null for none.
        tests: number of tests of the family.
        ties: columns that order equal chances.
    """
    known = Window.partitionBy("kind", "grain", "slice", p.isNull()).orderBy(p, *ties)
    place = F.row_number().over(known.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    from_here = known.rowsBetween(Window.currentRow, Window.unboundedFollowing)
    return F.when(
        p.isNotNull(), F.round(F.least(F.min(p * tests / place).over(from_here), F.lit(1.0)), 12)
    )


def _check_coverage(tested: DataFrame, totals: DataFrame) -> DataFrame:
    """Rows with their class: `coverage` where only the mix of feeds has moved.

    Where a feed's share of the slice changes within the periods compared, a trend is one only if a
    feed's own slice has it in the same direction.
    """
    changed_in = totals.where("is_complete and papers > 0 and (feeds_differ or abstracts_differ)")
    changed = changed_in.groupBy("grain", "slice").agg(
        F.max(F.when(F.col("feeds_differ"), F.col("period"))).alias("feeds_changed"),
        F.max(F.when(F.col("abstracts_differ"), F.col("period"))).alias("abstracts_changed"),
    )
    of_entity = Window.partitionBy("kind", "entity", "grain").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    by_feed = F.when(kind_of(F.col("slice")) == "feed", F.col("class"))
    own_class, in_feeds = F.col("class"), F.col("in_feeds")
    up, down = (F.array(*map(F.lit, classes)) for classes in (UP, DOWN))
    agrees = (own_class.isin(*UP) & F.arrays_overlap(in_feeds, up)) | (
        own_class.isin(*DOWN) & F.arrays_overlap(in_feeds, down)
    )
    is_explained = (
        own_class.isin(*UP, *DOWN)
        & F.col("coverage").isin("feeds", "feeds and abstracts")
        & (~agrees)
    )
    feeds = F.coalesce(F.col("feeds_changed") >= F.col("from_period"), F.lit(False))
    abstracts = F.coalesce(F.col("abstracts_changed") >= F.col("from_period"), F.lit(False))
    coverage = (
        F.when(feeds & abstracts, "feeds and abstracts")
        .when(feeds, "feeds")
        .when(abstracts, "abstracts")
    )
    return (
        tested.join(F.broadcast(changed), on=["grain", "slice"], how="left")  # a row a slice
        .withColumn("in_feeds", F.collect_set(by_feed).over(of_entity))
        .withColumn("coverage", coverage)
        .withColumn("is_explained", F.coalesce(is_explained, F.lit(False)))
        .withColumn("class", F.when(F.col("is_explained"), COVERAGE).otherwise(own_class))
        .withColumn("strength", F.when(~F.col("is_explained"), F.col("strength")))
    )
