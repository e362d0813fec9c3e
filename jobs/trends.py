"""Trends: shares of topics and terms by period and slice, with their denominators."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs import periods
from jobs.params import TrendsSettings
from jobs.terms import document_terms

Z = 1.959964  # two-sided 95 % of the normal distribution
_DIGITS = 9  # beyond them a sum depends on its order
_KEYS = ["grain", "period", "slice"]
# Of terms there are many: by all papers and by feed.
_TERM_KINDS = ("all", "feed")


def period_totals(papers: DataFrame, settings: TrendsSettings, as_of: date) -> DataFrame:
    """Papers of every period and slice: rows of gold.period_totals.

    Counted are the papers that had been shown by `as_of`, are dated by then and not withdrawn.
    Slices are all papers, and of each kind (feed, category, venue, language) those with the most
    papers, at most `settings.max_slices`. Every period between the first and the last paper of a
    slice has a row, also without papers, but at most `settings.max_periods` of a grain, counted
    back from the last day on which any feed showed a paper. A period is complete when that day, for
    a feed's slice the feed's own, lies behind its end.

    Args:
        papers: silver.papers.
    """
    known = _known(papers, as_of)
    placed = _placed(known, _kept_slices(known, settings)).select(
        *_KEYS, (F.col("abstract").isNotNull()).alias("has_abstract")
    )
    counted = placed.groupBy(*_KEYS).agg(
        F.count(F.lit(1)).alias("papers"), F.count_if("has_abstract").alias("papers_with_abstract")
    )
    return _filled(counted, _last_days(known), settings)


def topic_trends(
    papers: DataFrame,
    paper_topics: DataFrame,
    totals: DataFrame,
    settings: TrendsSettings,
    as_of: date,
) -> DataFrame:
    """Shares of the topics: rows of gold.topic_trends; see `_trends`.

    Args:
        papers: silver.papers. paper_topics: gold.paper_topics. totals: gold.period_totals.
    """
    topics = paper_topics.where("fits").select("paper_id", F.col("topic_id").alias("entity"))
    found = _trends(_known(papers, as_of), topics, totals, settings)
    return found.withColumnRenamed("entity", "topic_id")


def term_trends(
    papers: DataFrame,
    keyphrases: DataFrame,
    totals: DataFrame,
    settings: TrendsSettings,
    as_of: date,
) -> DataFrame:
    """Shares of the terms: rows of gold.term_trends; see `_trends`.

    The vocabulary are the phrases that are keyphrases of `settings.min_term_papers` papers or more,
    those of the most papers first, `settings.max_terms` at most. A paper has a term when the term
    stands in its title or abstract. Slices are all papers and the feeds.

    Args:
        papers: silver.papers. keyphrases: silver.keyphrases. totals: gold.period_totals.
    """
    known = _known(papers, as_of)
    vocabulary = (
        keyphrases.join(known.select("paper_id"), on="paper_id", how="left_semi")
        .groupBy(F.col("phrase").alias("term"))
        .agg(F.count(F.lit(1)).alias("papers"))
        .where(F.col("papers") >= settings.min_term_papers)
        .orderBy(F.desc("papers"), "term")
        .limit(settings.max_terms)
        .select("term")
    )
    # Broadcast: it is bounded, and the terms of all papers need not be shuffled.
    having = document_terms(known).join(F.broadcast(vocabulary), on="term", how="left_semi")
    kind = F.substring_index("slice", "=", 1)
    found = _trends(
        known,
        having.select("paper_id", F.col("term").alias("entity")),
        totals.where(kind.isin(*_TERM_KINDS)),
        settings,
    )
    return found.withColumnRenamed("entity", "term")


def _known(papers: DataFrame, as_of: date) -> DataFrame:
    """The papers that count: shown and dated by `as_of`, not withdrawn."""
    day = F.lit(as_of)
    return papers.where(
        (F.col("first_shown_on") <= day) & (F.col("dated_on") <= day) & ~F.col("is_withdrawn")
    )


def _slices() -> Column:
    """The slices of a paper, before the rare ones are left out."""

    def of(kind: str, values: Column) -> Column:
        named = F.filter(values, lambda value: F.length(value) > 0)
        told = F.transform(named, lambda value: F.concat(F.lit(f"{kind}="), value))
        return F.coalesce(F.array_distinct(told), F.array().cast("array<string>"))

    return F.concat(
        F.array(F.lit("all")),
        of("feed", F.col("feeds")),
        of("category", F.col("categories")),
        of("venue", F.array("venue")),
        of("language", F.array("language")),
    )


def _kept_slices(known: DataFrame, settings: TrendsSettings) -> DataFrame:
    """The slices with the most papers of each kind: rows (slice)."""
    kind = F.substring_index("slice", "=", 1)
    most_first = (
        Window.partitionBy(kind)
        .orderBy(F.desc("papers"), "slice")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    return (
        known.select(F.explode(_slices()).alias("slice"))
        .groupBy("slice")
        .agg(F.count(F.lit(1)).alias("papers"))
        .withColumn("place", F.row_number().over(most_first))
        .where((F.col("place") <= settings.max_slices) | (F.col("slice") == "all"))
        .select("slice")
    )


def _placed(known: DataFrame, slices: DataFrame) -> DataFrame:
    """A row for every paper, slice and period that it counts in."""
    return (
        known.select(
            "paper_id",
            "abstract",
            periods.starts(F.col("dated_on"), F.col("date_basis")).alias("starts"),
            F.explode(_slices()).alias("slice"),
        )
        .join(F.broadcast(slices), on="slice", how="left_semi")  # a bounded number
        .select("paper_id", "abstract", "slice", F.explode("starts").alias("start"))
        .select("paper_id", "abstract", "slice", "start.*")
    )


def _last_days(known: DataFrame) -> DataFrame:
    """The last day of each feed and of all: rows (last_slice, last_day)."""
    by_feed = F.transform("feeds", lambda feed: F.concat(F.lit("feed="), feed))
    return (
        known.select("first_shown_on", F.explode(F.concat(F.array(F.lit("all")), by_feed)))
        .groupBy(F.col("col").alias("last_slice"))
        .agg(F.max("first_shown_on").alias("last_day"))
    )


def _filled(counted: DataFrame, last_days: DataFrame, settings: TrendsSettings) -> DataFrame:
    """`counted` with its empty periods, ends and completeness."""
    last = F.broadcast(last_days)  # a row a feed
    grain, period = F.col("grain"), F.col("period")
    whole = last_days.where("last_slice = 'all'").select(F.col("last_day").alias("last_of_all"))
    bounds = counted.groupBy("grain", "slice").agg(F.min("period").alias("first"))
    # The last period is that of the last day shown, or of the last paper where it is later.
    newest = counted.groupBy("grain").agg(F.max("period").alias("newest"))
    spans = (
        bounds.join(F.broadcast(newest), on="grain", how="inner")
        .withColumn("earliest", periods.moved(grain, F.col("newest"), 1 - settings.max_periods))
        .withColumn("first", F.greatest("first", "earliest"))
    )
    steps = periods.number(grain, F.col("newest")) - periods.number(grain, F.col("first"))
    dense = spans.select(
        "grain", "slice", "first", F.explode(F.sequence(F.lit(0), steps.cast("int"))).alias("step")
    ).select("grain", "slice", periods.moved(grain, F.col("first"), F.col("step")).alias("period"))
    ended = periods.end(grain, period)
    return (
        dense.join(counted, on=_KEYS, how="left")
        .join(last, on=F.col("slice") == F.col("last_slice"), how="left")
        .crossJoin(F.broadcast(whole))  # one row
        .select(
            *_KEYS,
            ended.alias("period_end"),
            F.coalesce("papers", F.lit(0)).alias("papers"),
            F.coalesce("papers_with_abstract", F.lit(0)).alias("papers_with_abstract"),
            (ended < F.coalesce("last_day", "last_of_all")).alias("is_complete"),
        )
    )


def _trends(
    known: DataFrame, having: DataFrame, totals: DataFrame, settings: TrendsSettings
) -> DataFrame:
    """Share and growth of every entity, period and slice.

    The interval is Wilson's (1927). Growth is the logarithm of the share over the share of the
    `settings.baseline_periods` periods before. The shrunken one compares the papers that have the
    entity with those expected by the share before, `settings.prior_papers` added to both (Norén,
    Hopstadius and Bate 2013), so that few papers make no large growth and none no growth at all.
    Periods without a paper of the entity have rows from its first period on, but for days, of which
    only those with a paper have one.

    Args:
        having: rows (paper_id, entity).
    """
    slices = totals.select("slice").distinct()
    placed = _placed(known.join(having, on="paper_id", how="left_semi"), slices)
    counted = (
        having.join(placed, on="paper_id", how="inner")
        .groupBy("entity", *_KEYS)
        .agg(F.count(F.lit(1)).alias("n"))
    )
    return _grown(_with_empty(counted, _with_baseline(totals, settings)), settings)


def _with_baseline(totals: DataFrame, settings: TrendsSettings) -> DataFrame:
    """Totals with the papers of the periods before; every period has its row, so rows count."""
    before = (
        Window.partitionBy("grain", "slice")
        .orderBy("period")
        .rowsBetween(-settings.baseline_periods, -1)
    )
    return totals.select(
        *_KEYS,
        "papers",
        "is_complete",
        F.coalesce(F.sum("papers").over(before), F.lit(0)).alias("papers_before"),
        periods.number(F.col("grain"), F.col("period")).alias("number"),
    )


def _with_empty(counted: DataFrame, totals: DataFrame) -> DataFrame:
    """Counts with a row for each period since the entity's first; of days those with papers."""
    first = counted.groupBy("entity", "grain", "slice").agg(F.min("period").alias("first"))
    return (
        first.join(totals, on=["grain", "slice"], how="inner")
        .where("period >= first")
        .join(counted, on=["entity", *_KEYS], how="left")
        .where("n is not null or grain <> 'day'")
        .withColumn("n", F.coalesce("n", F.lit(0)))
    )


def _grown(rows: DataFrame, settings: TrendsSettings) -> DataFrame:
    of_entity = Window.partitionBy("entity", "grain", "slice")
    # By number and not by row: days without papers have no rows.
    before = of_entity.orderBy("number").rangeBetween(-settings.baseline_periods, -1)
    n, papers = F.col("n"), F.col("papers")
    # Sums of whole numbers: no order changes them.
    summed = rows.withColumn("n_before", F.coalesce(F.sum("n").over(before), F.lit(0)))
    share = F.when(papers > 0, n / papers)
    share_before = F.when(F.col("papers_before") > 0, F.col("n_before") / F.col("papers_before"))
    growth = F.when((n > 0) & (F.col("n_before") > 0), F.log(share / share_before))
    prior = settings.prior_papers
    shrunk = F.log((n + prior) / (papers * share_before + prior))
    low, high = wilson(n, papers)
    return summed.select(
        "entity",
        *_KEYS,
        "n",
        "papers",
        _rounded(share).alias("share"),
        _rounded(low).alias("share_low"),
        _rounded(high).alias("share_high"),
        _rounded(growth).alias("growth"),
        _rounded(shrunk).alias("growth_shrunk"),
        "is_complete",
    )


def wilson(n: Column, papers: Column) -> tuple[Column, Column]:
    """Ends of the 95 % interval of the share n / papers (Wilson, 1927); null without papers."""
    share, z2 = n / papers, Z * Z
    centre = (share + z2 / (2 * papers)) / (1 + z2 / papers)
    half = Z * F.sqrt(share * (1 - share) / papers + z2 / (4 * papers * papers)) / (1 + z2 / papers)
    some = papers > 0
    return (
        F.when(some, F.greatest(centre - half, F.lit(0.0))),
        F.when(some, F.least(centre + half, F.lit(1.0))),
    )


def _rounded(value: Column) -> Column:
    return F.round(value, _DIGITS)
