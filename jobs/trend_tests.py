"""Which trends are real: tests, bursts and a class for every topic and term."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from jobs.courses import SERIES, counted, courses, dense, groups
from jobs.params import TrendsSettings
from jobs.series import Flags, Floats, Trend, absence, bursting, macd, mann_kendall, rate_trend
from jobs.totals import kind_of

CLASSES = ("new", "dormant", "emerging", "bursting", "growing", "declining", "steady")
_UP, _DOWN = ("new", "emerging", "bursting", "growing"), ("dormant", "declining")
_DIGITS = 9
_FEWEST_PERIODS = 4  # of fewer no course of shares can be told from chance
_OUTLIERS = 0.05  # papers of an entity that may lie before it began: chance uses of a word
_FEW = 3  # papers of a period that are no chance uses
_FAMILY = ["kind", "grain", "slice"]

BURST = (
    "struct<begins:date,last:date,is_open:boolean,periods:int,n:bigint,papers:bigint,"
    "weight:double,macd:double,chance:double>"
)
FOUND = (
    "kind string, entity string, grain string, slice string, from_period date, to_period date, "
    "began date, n bigint, tested_n bigint, tau double, slope double, p_trend double, "
    f"growth double, p_new double, p_dormant double, bursts array<{BURST}>"
)


class Tests(NamedTuple):
    """Rows of gold.trend_tests and of gold.bursts."""

    tests: DataFrame
    bursts: DataFrame


def trend_tests(
    topic_trends: DataFrame, term_trends: DataFrame, totals: DataFrame, settings: TrendsSettings
) -> Tests:
    """Tests and bursts of every entity, grain (but days) and slice, over its complete periods.

    Each test is corrected for the number of entities of its kind, grain and slice by Benjamini and
    Hochberg (1995); a class is given where the corrected chance is at most `settings.false_rate`.

    Args:
        topic_trends: gold.topic_trends. term_trends: gold.term_trends.
        totals: gold.period_totals.
    """
    counts = counted(topic_trends, "topic", "topic_id").unionByName(
        counted(term_trends, "term", "term")
    )
    found = (
        courses(counts, totals, _FEWEST_PERIODS)
        .mapInArrow(partial(_tested, settings=settings), FOUND)
        .persist()
    )
    bursts = _bursts(found)
    return Tests(_classed(found, bursts, totals, settings), bursts)


def _every() -> WindowSpec:
    """All rows of a family."""
    return Window.partitionBy(*_FAMILY).rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )


def _tested(
    batches: Iterable[pa.RecordBatch], settings: TrendsSettings
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for begin, end in groups(batch):
            yield _of_group(batch.slice(begin, end - begin), settings)


def _of_group(rows: pa.RecordBatch, settings: TrendsSettings) -> pa.RecordBatch:
    periods = np.asarray(rows["periods"][0].values)
    papers = np.asarray(rows["papers"][0].values).astype(np.float64)
    n = dense(rows, periods)
    last = len(periods) - 1
    window = min(settings.test_periods, len(periods))
    recent = min(settings.baseline_periods, len(periods) - 1)
    shares = n / papers
    trend = mann_kendall(shares[:, -window:])
    tested = n[:, -window:].sum(axis=1)
    untested = tested < settings.min_test_papers
    total = n.sum(axis=1)
    many, few = absence(n[:, -recent:].sum(axis=1), total, papers[-recent:].sum() / papers.sum())
    began = _began(n, shares)
    told: dict[str, Any] = {
        **{name: rows[name] for name in SERIES},
        "from_period": periods[np.full(len(n), last + 1 - window)],
        "to_period": periods[np.full(len(n), last)],
        "began": pa.array(periods[began], mask=total == 0),
        "n": total.astype(np.int64),
        "tested_n": tested.astype(np.int64),
        "tau": pa.array(np.round(trend.tau, _DIGITS), mask=untested),
        "slope": pa.array(np.round(trend.slope, _DIGITS), mask=untested),
        "p_trend": pa.array(_p_trend(trend, n[:, -window:], papers[-window:]), mask=untested),
        "growth": np.round(_growth(n, papers, window, recent, settings), _DIGITS),
        "p_new": pa.array(many, mask=began <= last - recent),
        "p_dormant": pa.array(few, mask=n[:, -recent:].sum(axis=1) > 0),
        "bursts": _bursts_of(n, papers, periods, settings),
    }
    return pa.RecordBatch.from_pydict(told)


def _began(n: Floats, shares: Floats) -> Any:
    """The period in which each series began, as a column.

    That is the first that has more of the papers up to it than chance uses may be, or before it the
    first that is more than chance uses by itself: what grows tenfold afterwards has begun by then.
    """
    by_total = np.cumsum(n, axis=1) > _OUTLIERS * n.sum(axis=1, keepdims=True)
    by_itself = (n >= _FEW) & (shares > _OUTLIERS * shares.max(axis=1, keepdims=True))
    return (by_total | by_itself).argmax(axis=1)


def _p_trend(trend: Trend, n: Floats, papers: Floats) -> Floats:
    """Chance of a rise or fall: the smaller of two tests', doubled, for there are two.

    The order of the shares (Mann-Kendall) and their slope (Cochran-Armitage); where they point in
    different directions the order holds.
    """
    z, p = rate_trend(n, papers)
    agrees = np.sign(z) == np.sign(trend.s)
    return np.asarray(np.minimum(2 * np.minimum(trend.p, np.where(agrees, p, 1.0)), 1.0))


def _growth(
    n: Floats, papers: Floats, window: int, recent: int, settings: TrendsSettings
) -> Floats:
    """Shrunken log-ratio of the last periods against those of the window before them."""
    before = n[:, -window:-recent].sum(axis=1)
    share = before / max(papers[-window:-recent].sum(), 1)
    prior = settings.prior_papers
    expected = share * papers[-recent:].sum()
    return np.asarray(np.log((n[:, -recent:].sum(axis=1) + prior) / (expected + prior)))


def _bursts_of(n: Floats, papers: Floats, periods: Any, settings: TrendsSettings) -> pa.ListArray:
    """The bursts of each series, as a list of structs by BURST."""
    states, gain = bursting(n, papers, settings.burst_times, settings.burst_gamma)
    check = macd(n / papers)
    edges = np.diff(np.pad(states, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (row, begin), (_, end) = np.nonzero(edges == 1), np.nonzero(edges == -1)

    def over(values: Floats) -> Floats:
        """Sums over the bursts."""
        run = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
        return np.asarray(run[row, end] - run[row, begin])

    weight = np.round(over(gain), 6)
    is_certain: Flags = weight > 0
    row, begin, end, weight = (
        row[is_certain],
        begin[is_certain],
        end[is_certain],
        weight[is_certain],
    )
    peak = [check[r, b:e].max() for r, b, e in zip(row, begin, end, strict=True)]
    bursts = pa.StructArray.from_arrays(
        [
            pa.array(periods[begin]),
            pa.array(periods[end - 1]),
            pa.array(end == len(periods)),
            pa.array((end - begin).astype(np.int32)),
            pa.array(over(n).astype(np.int64)),
            pa.array(over(np.broadcast_to(papers, n.shape)).astype(np.int64)),
            pa.array(weight),
            pa.array(np.round(np.array(peak, dtype=np.float64), _DIGITS)),
            # A likelihood ratio of e^w has, from a given start on, a chance of e^-w (Ville 1939).
            pa.array(np.minimum(len(periods) * np.exp(-weight), 1.0)),
        ],
        names=["begins", "last", "is_open", "periods", "n", "papers", "weight", "macd", "chance"],
    )
    offsets = np.searchsorted(row, np.arange(len(n) + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), bursts)


def _bursts(found: DataFrame) -> DataFrame:
    """Rows of gold.bursts."""
    # Every series was looked at for a burst, also those in which there is none.
    return (
        found.withColumn("series", F.count(F.lit(1)).over(_every()))
        .select(*SERIES, "series", F.explode("bursts").alias("burst"))
        .select(*SERIES, "series", "burst.*")
        .withColumn("q_value", corrected(F.col("chance"), F.col("series"), "entity", "begins"))
        .withColumn("share", F.round(F.col("n") / F.col("papers"), _DIGITS))
        .withColumn("macd_agrees", F.col("macd") > 0)
    )


def corrected(p: Column, tests: Column, *ties: str) -> Column:
    """Chances corrected for the number of tests of the family (Benjamini and Hochberg 1995).

    Args:
        p: chance by the test alone; null for none.
        tests: number of tests of the family.
        ties: columns that order equal chances.
    """
    known = Window.partitionBy(*_FAMILY, p.isNull()).orderBy(p, *ties)
    place = F.row_number().over(known.rowsBetween(Window.unboundedPreceding, Window.currentRow))
    from_here = known.rowsBetween(Window.currentRow, Window.unboundedFollowing)
    return F.when(
        p.isNotNull(), F.round(F.least(F.min(p * tests / place).over(from_here), F.lit(1.0)), 12)
    )


def _classed(
    found: DataFrame, bursts: DataFrame, totals: DataFrame, settings: TrendsSettings
) -> DataFrame:
    """Rows of gold.trend_tests."""
    rate = settings.false_rate
    open_bursts = (
        bursts.where(F.col("is_open") & (F.col("q_value") <= rate))
        .groupBy(*SERIES)
        .agg(F.max("begins").alias("burst_since"))
    )
    tests = {"q_value": F.col("p_trend"), "q_presence": F.col("p_presence")}
    tested = found.withColumn("p_presence", F.coalesce("p_new", "p_dormant"))
    for name, p in tests.items():
        tested = tested.withColumn(name, corrected(p, F.count(p).over(_every()), "entity"))
    tested = tested.join(open_bursts, on=SERIES, how="left")
    is_sure, is_there = F.col("q_value") <= rate, F.col("q_presence") <= rate
    # By tau: the median slope of an entity that few periods have at all is none.
    rises, bursts_now = is_sure & (F.col("tau") > 0), F.col("burst_since").isNotNull()
    fell = is_sure & (F.col("tau") < 0)
    is_late = F.col("began") > F.col("from_period")
    # A share that rises slowly is in a burst some day: only one that has doubled since is bursting.
    doubled = (F.col("burst_since") >= F.col("from_period")) & (
        F.col("growth") >= math.log(settings.burst_times)
    )
    named = (
        F.when(is_there & F.col("p_new").isNotNull(), "new")
        .when(is_there & F.col("p_dormant").isNotNull(), "dormant")
        .when(is_late & (rises | bursts_now), "emerging")
        .when(bursts_now & doubled, "bursting")
        .when(rises, "growing")
        .when(fell, "declining")
        .otherwise("steady")
    )
    return _held_against_coverage(tested.withColumn("found", named), totals)


def _held_against_coverage(tested: DataFrame, totals: DataFrame) -> DataFrame:
    """Rows with their class: none but steady where only the mix of feeds has moved.

    Where a feed's share of the slice changes within the periods tested, a trend is one only if a
    feed's own slice has it in the same direction.
    """
    changes = totals.where("is_complete and papers > 0 and (feeds_differ or abstracts_differ)")
    changed = changes.groupBy("grain", "slice").agg(
        F.max(F.when(F.col("feeds_differ"), F.col("period"))).alias("feeds_changed"),
        F.max(F.when(F.col("abstracts_differ"), F.col("period"))).alias("abstracts_changed"),
    )
    of_entity = Window.partitionBy("kind", "entity", "grain").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    by_feed = F.when(kind_of(F.col("slice")) == "feed", F.col("found"))
    found, in_feeds = F.col("found"), F.col("in_feeds")
    agrees = (found.isin(*_UP) & F.arrays_overlap(in_feeds, F.array(*map(F.lit, _UP)))) | (
        found.isin(*_DOWN) & F.arrays_overlap(in_feeds, F.array(*map(F.lit, _DOWN)))
    )
    is_explained = (
        (found != "steady") & F.col("coverage").isin("feeds", "feeds and abstracts") & (~agrees)
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
        .withColumn("class", F.when(F.col("is_explained"), "steady").otherwise(found))
        .withColumn("p_value", F.round("p_trend", 12))
    )
