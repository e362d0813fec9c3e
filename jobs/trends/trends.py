"""Trends: shares of topics and terms by period and slice."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.trends import periods
from jobs.trends.coverage import wilson
from jobs.trends.totals import IN_TEXT, KEYS, kind_of, known_papers, place_papers

_DIGITS = 9  # beyond them a sum depends on its order
# Of terms there are many: by all papers and by feed.
_TERM_KINDS = ("all", "feed")


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
    topics = paper_topics.where("fits").select(
        "paper_id", F.col("topic_id").alias("entity"), F.lit(True).alias("in_title")
    )
    rows = _trends(known_papers(papers, as_of), topics, totals, settings)
    return rows.withColumnRenamed("entity", "topic_id")


def term_trends(
    papers: DataFrame,
    term_papers: DataFrame,
    totals: DataFrame,
    settings: TrendsSettings,
    as_of: date,
) -> DataFrame:
    """Shares of the terms: rows of gold.term_trends; see `_trends`.

    A term is counted where `terms_in` of the slice says: in title and abstract, or in the title
    alone. Slices are all papers and the feeds.

    Args:
        papers: silver.papers. term_papers: gold.term_papers. totals: gold.period_totals.
    """
    rows = _trends(
        known_papers(papers, as_of),
        term_papers.select("paper_id", F.col("term").alias("entity"), "in_title"),
        totals.where(kind_of(F.col("slice")).isin(*_TERM_KINDS)),
        settings,
    )
    return rows.withColumnRenamed("entity", "term")


def entity_trends(
    papers: DataFrame,
    entity_papers: DataFrame,
    totals: DataFrame,
    settings: TrendsSettings,
    as_of: date,
) -> DataFrame:
    """Shares of the entities: rows of gold.entity_trends; see `_trends`, counted as terms are.

    Args:
        papers: silver.papers. entity_papers: the rows of gold.entity_papers that count.
        totals: gold.period_totals.
    """
    rows = _trends(
        known_papers(papers, as_of),
        entity_papers.select("paper_id", F.col("entity_id").alias("entity"), "in_title"),
        totals.where(kind_of(F.col("slice")).isin(*_TERM_KINDS)),
        settings,
    )
    return rows.withColumnRenamed("entity", "entity_id")


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
        having: rows (paper_id, entity, in_title); `in_title` says whether it counts where terms
            are counted in titles alone.
    """
    totals = _with_baseline(totals, settings)
    counts = _series(having, _places(known.join(having, on="paper_id", how="left_semi"), totals))
    return _grown(_periods(counts, totals, settings), settings)


def _with_baseline(totals: DataFrame, settings: TrendsSettings) -> DataFrame:
    """Totals with the papers of the periods before; every period has its row, so rows count."""
    before = (
        Window.partitionBy("grain", "slice")
        .orderBy("period")
        .rowsBetween(-settings.baseline_periods, -1)
    )
    return totals.select(
        *KEYS,
        "papers",
        "is_complete",
        "terms_in",
        F.coalesce(F.sum("papers").over(before), F.lit(0)).alias("papers_before"),
        periods.number(F.col("grain"), F.col("period")).alias("number"),
    )


def _places(papers: DataFrame, totals: DataFrame) -> DataFrame:
    """Where papers count: rows paper_id, KEYS, in_text and number, null where no total is kept."""
    slices = totals.groupBy("slice").agg(F.max(F.col("terms_in") == IN_TEXT).alias("in_text"))
    return (
        place_papers(papers, slices.select("slice"))
        .join(F.broadcast(slices), on="slice", how="inner")  # a bounded number, as are totals
        .join(F.broadcast(totals.select(*KEYS, "number")), on=KEYS, how="left")
    )


def _series(having: DataFrame, places: DataFrame) -> DataFrame:
    """A row for each entity, grain and slice: its first period, and its papers by number.

    What is older than the totals tells when an entity began, and is counted nowhere.
    """
    spark = having.sparkSession
    of_series = ["entity", "grain", "slice"]
    entry = F.when(F.col("number").isNotNull(), F.struct("number", "n"))
    return (
        having.join(places, on="paper_id", how="inner")
        .where(F.col("in_text") | F.col("in_title"))
        .groupBy(*of_series, "number")
        .agg(F.count(F.lit(1)).alias("n"), F.min("period").alias("first"))
        # Few bytes, which become many rows: Spark would join the partitions.
        .repartition(int(spark.conf.get("spark.sql.shuffle.partitions") or 1), *of_series)
        .groupBy(*of_series)
        .agg(F.min("first").alias("first"), F.map_from_entries(F.collect_list(entry)).alias("of"))
    )


def _periods(series: DataFrame, totals: DataFrame, settings: TrendsSettings) -> DataFrame:
    """A row for each period since the first of a series, of days for those with papers.

    A row of totals stands in every period, so that what was counted before can be looked up by
    number: neither sorted nor shuffled for.
    """
    one = F.struct("period", "number", "papers", "papers_before", "is_complete")
    calendars = totals.groupBy("grain", "slice").agg(F.collect_list(one).alias("all"))

    def count(before: int) -> Column:
        return F.coalesce(F.col("of")[F.col("number") - before], F.lit(0))

    return (
        series.join(F.broadcast(calendars), on=["grain", "slice"], how="inner")
        .select("entity", "grain", "slice", "first", "of", F.explode("all").alias("one"))
        .select("entity", "grain", "slice", "first", "of", "one.*")
        .where("period >= first")
        .withColumn("n", count(0))
        .where("n > 0 or grain <> 'day'")
        .withColumn(
            "n_before", sum((count(by + 1) for by in range(1, settings.baseline_periods)), count(1))
        )
    )


def _grown(rows: DataFrame, settings: TrendsSettings) -> DataFrame:
    n, papers = F.col("n"), F.col("papers")
    share = F.when(papers > 0, n / papers)
    share_before = F.when(F.col("papers_before") > 0, F.col("n_before") / F.col("papers_before"))
    growth = F.when((n > 0) & (F.col("n_before") > 0), F.log(share / share_before))
    prior = settings.prior_papers
    shrunk = F.log((n + prior) / (papers * share_before + prior))
    low, high = wilson(n, papers)
    return rows.select(
        "entity",
        *KEYS,
        "n",
        "papers",
        _round(share).alias("share"),
        _round(low).alias("share_low"),
        _round(high).alias("share_high"),
        _round(growth).alias("growth"),
        _round(shrunk).alias("growth_shrunk"),
        "is_complete",
    )


def _round(value: Column) -> Column:
    return F.round(value, _DIGITS)
