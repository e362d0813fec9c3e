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
    slices = totals.select("slice", "terms_in").distinct()
    in_periods = place_papers(
        known.join(having, on="paper_id", how="left_semi"), slices.select("slice")
    )
    counts = (
        having.join(in_periods, on="paper_id", how="inner")
        .join(F.broadcast(slices), on="slice", how="inner")  # a bounded number
        .where((F.col("terms_in") == IN_TEXT) | F.col("in_title"))
        .groupBy("entity", *KEYS)
        .agg(F.count(F.lit(1)).alias("n"))
    )
    return _grown(_with_empty(counts, _with_baseline(totals, settings)), settings)


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
        F.coalesce(F.sum("papers").over(before), F.lit(0)).alias("papers_before"),
        periods.number(F.col("grain"), F.col("period")).alias("number"),
    )


def _with_empty(counts: DataFrame, totals: DataFrame) -> DataFrame:
    """Counts with a row for each period since the entity's first; of days those with papers."""
    # Columns of their own: Spark can't always tell those of a frame joined with itself apart.
    entities = (F.col(name).alias(name) for name in ("entity", "grain", "slice"))
    first = counts.groupBy(*entities).agg(F.min("period").alias("first"))
    return (
        first.join(totals, on=["grain", "slice"], how="inner")
        .where("period >= first")
        .join(counts, on=["entity", *KEYS], how="left")
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
