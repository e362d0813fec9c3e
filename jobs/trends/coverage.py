"""Coverage: what of each period the feeds have delivered."""

from __future__ import annotations

from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.trends import periods

# Fewer dated days of a feed show no rhythm in which something could be missing.
_RHYTHM_DAYS = 20
# Gaps on either side against which a gap is long: some weeks of a daily feed.
_AROUND = 15
# A gap is a hole when it is longer than a week beyond three times the usual: a daily list may rest
# over the holidays.
_TIMES, _BEYOND_DAYS = 3, 7
# Share of a period's days that may be missing: a month without its first days is still that month.
_MISSING = 0.2
# Delays beyond a month are those of a backlog and not of a feed's rhythm.
_LONGEST_LAG_DAYS = 31
_USUAL = 0.9  # quantile of delays and of gaps


class Delivery(NamedTuple):
    """What each feed has delivered.

    Attributes:
        bounds: rows (feed, first, last, last_of_years), the first and last day that it covers, and
            the last one of years (`last_covered`); `first` is null for a feed without a rhythm.
        holes: rows (feed, before, day), two successive days of its papers far apart.
    """

    bounds: DataFrame
    holes: DataFrame


def delivery(known: DataFrame) -> Delivery:
    """What each feed has delivered, judged by its own rhythm.

    A feed's last day is that on which it last showed a paper, less its usual delay between date and
    showing, or the last day that its papers are dated, and its usual gap: the sooner counts. Of a
    feed that mostly gives years alone, years go on to the last of these; shorter periods end with
    the days that it names. A hole is a gap between the days of its papers that is much longer than
    those around it.

    Args:
        known: papers that count, as in silver.papers.
    """
    dated = (
        known.where("date_basis <> 'shown'")
        .select(F.explode("feeds").alias("feed"), "first_shown_on", "dated_on", "date_basis")
        .groupBy("feed", "first_shown_on", "dated_on", "date_basis")
        .count()
        .persist()
    )
    gaps = _gaps(dated).persist()  # a row a feed and day
    return Delivery(_bounds(dated, gaps).persist(), gaps.where("is_hole"))


def partial_periods(deliveries: Delivery, spans: DataFrame) -> DataFrame:
    """The periods that a feed has delivered in part: rows (feed, grain, period).

    In part is a period that holds days after the feed's last, and one of whose days more than a
    fifth lie before the feed's first paper or in a hole.

    Args:
        spans: rows (grain, period), all periods in question.
    """
    end = periods.end(F.col("grain"), F.col("period"))
    length = F.datediff(end, F.col("period")) + 1
    feed_periods = spans.crossJoin(F.broadcast(deliveries.bounds)).select(  # a row a feed
        "feed",
        "grain",
        "period",
        end.alias("end"),
        "first",
        last_covered().alias("last"),
        length.alias("length"),
    )
    before = F.greatest(F.datediff("first", F.col("period")), F.lit(0))
    # The periods before a feed's first are not in part but without the feed.
    is_cut = (F.col("period") <= F.col("last")) & (F.col("end") > F.col("last"))
    starts_late = (F.col("first") <= F.col("end")) & (before > _MISSING * F.col("length"))
    return (
        feed_periods.join(
            _missing(feed_periods, deliveries.holes), on=["feed", "grain", "period"], how="left"
        )
        .where(
            is_cut | starts_late | (F.coalesce("missing", F.lit(0)) > _MISSING * F.col("length"))
        )
        .select("feed", "grain", "period")
    )


def last_covered(last: str = "last", of_years: str = "last_of_years") -> Column:
    """The last day that a feed covers in periods of the row's grain, by the columns of `bounds`."""
    return F.when(F.col("grain") == "year", F.col(of_years)).otherwise(F.col(last))


def _gaps(dated: DataFrame) -> DataFrame:
    """Successive days of a feed's papers: rows (feed, before, day, gap, is_hole, has_rhythm)."""
    days = dated.where("date_basis <> 'published year'").select("feed", "dated_on").distinct()
    in_order = Window.partitionBy("feed").orderBy("dated_on")
    everything = Window.partitionBy("feed").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    usual = F.percentile("gap", F.lit(0.5)).over(in_order.rowsBetween(-_AROUND, _AROUND))
    return (
        days.withColumn("before", F.lag("dated_on").over(in_order))
        .withColumn("gap", F.datediff("dated_on", "before"))
        .withColumn("has_rhythm", F.count(F.lit(1)).over(everything) >= _RHYTHM_DAYS)
        .withColumn("is_long", F.col("gap") > _TIMES * usual + _BEYOND_DAYS)
        .select(
            "feed",
            "before",
            F.col("dated_on").alias("day"),
            "gap",
            "has_rhythm",
            (F.col("has_rhythm") & F.coalesce("is_long", F.lit(False))).alias("is_hole"),
        )
    )


def _bounds(dated: DataFrame, gaps: DataFrame) -> DataFrame:
    """First and last day that a feed covers: rows (feed, first, last)."""
    delay = F.datediff("first_shown_on", "dated_on")
    is_year = F.col("date_basis") == "published year"
    is_month = F.col("date_basis") == "published month"
    is_delay = delay.between(0, _LONGEST_LAG_DAYS) & ~is_month & ~is_year
    covered = F.when(is_month, F.last_day("dated_on")).otherwise(F.col("dated_on"))
    whole_year = F.last_day(F.add_months(F.trunc("dated_on", "year"), 11))
    feeds = dated.groupBy("feed").agg(
        F.max("first_shown_on").alias("last_shown"),
        (F.sum(F.when(is_delay, F.col("count"))) * 2 >= F.sum("count")).alias("has_delay"),
        F.percentile(F.when(is_delay, delay), F.lit(_USUAL), F.col("count")).alias("delay"),
        F.max(F.when(~is_year, covered)).alias("last_exact"),
        F.max(F.when(is_year, whole_year)).alias("last_year"),
        (F.sum(F.when(is_year, F.col("count"))) * 2 >= F.sum("count")).alias("by_years"),
    )
    rhythm = gaps.groupBy("feed").agg(
        F.percentile("gap", F.lit(_USUAL)).alias("usual_gap"),
        F.min(F.when(F.col("has_rhythm"), F.col("day"))).alias("first"),
    )
    # A feed most of whose papers are old when it shows them has a backlog and no usual delay. A day
    # on which a feed still shows papers is not over.
    usual_delay = F.when(F.col("has_delay"), F.ceil("delay"))
    by_showing = F.date_sub(
        "last_shown", F.greatest(F.coalesce(usual_delay, F.lit(1)), F.lit(1)).cast("int")
    )
    by_date = F.date_add(
        F.coalesce("last_exact", "last_year"), F.ceil(F.coalesce("usual_gap", F.lit(0))).cast("int")
    )
    by_year = F.when(F.col("by_years"), F.greatest(by_date, F.col("last_year"))).otherwise(by_date)
    return feeds.join(rhythm, on="feed", how="left").select(
        "feed",
        "first",
        F.least(by_showing, by_date).alias("last"),
        F.least(by_showing, by_year).alias("last_of_years"),
    )


def _missing(feed_periods: DataFrame, holes: DataFrame) -> DataFrame:
    """Days of each period that lie in holes: rows (feed, grain, period, missing)."""
    from_day, to_day = F.date_add("before", 1), F.date_sub("day", 1)
    overlap = F.datediff(F.least("end", to_day), F.greatest("period", from_day)) + 1
    return (
        feed_periods.join(holes.select("feed", "before", "day"), on="feed", how="inner")
        .withColumn("days", overlap)
        .where("days > 0")
        .groupBy("feed", "grain", "period")
        .agg(F.sum("days").alias("missing"))
    )


def differs(part: Column, whole: Column, overall: Column, by: float) -> Column:
    """Whether the share part / whole is certainly more than `by` off the share `overall`.

    Certainly: the whole 99.9 % interval (Wilson, 1927) lies beyond, so that among hundreds of
    periods none differs by chance.
    """
    low, high = wilson(part, whole, z=3.290527)
    return F.coalesce((low > overall + by) | (high < overall - by), F.lit(False))


def wilson(n: Column, papers: Column, z: float = 1.959964) -> tuple[Column, Column]:
    """Ends of the interval of the share n / papers (Wilson, 1927); null without papers.

    Args:
        z: quantile of the normal distribution; by default that of a two-sided 95 %.
    """
    share, z2 = n / papers, z * z
    centre = (share + z2 / (2 * papers)) / (1 + z2 / papers)
    half = z * F.sqrt(share * (1 - share) / papers + z2 / (4 * papers * papers)) / (1 + z2 / papers)
    some = papers > 0
    return (
        F.when(some, F.greatest(centre - half, F.lit(0.0))),
        F.when(some, F.least(centre + half, F.lit(1.0))),
    )
