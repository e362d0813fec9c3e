"""Trending scores: what readers vote for and cite, what is fresh, and where much is moving."""

from __future__ import annotations

import math
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import ScoresSettings
from jobs.trends.classes import UP

_DIGITS = 6
_COHORT_DAYS = 7  # papers that had about as much time to be voted for or cited: weekdays differ
_YEAR_DAYS = 365  # of which gold.citation_counts counts citations
_FEWEST = 10  # papers of a month among which a percentile says something
_SURE = ("established", "likely")  # of what is only watched a third and more does not hold
_TERM_GRAINS = ("week", "month")  # a paper trends for weeks, not for years
_TERMS = 3  # best rising terms of a paper: a single one may be chance


def scores(
    papers: DataFrame,
    votes: DataFrame,
    citations: DataFrame,
    neighbors: DataFrame,
    term_papers: DataFrame,
    tests: DataFrame,
    settings: ScoresSettings,
    as_of: date,
) -> DataFrame:
    """Scores of the papers first shown in the window that ends with `as_of`: rows of gold.scores.

    `score` is the sum of five parts by their weights, each from 0 to 1:

    - `votes_part`: share of the papers with votes of about the same age (weeks before `as_of`) that
      have fewer, halved with each half-life since the paper was shown; null without votes, whose
      weight then goes to neighbours and terms;
    - `recency_part`: 1 for a paper dated `as_of` or later, halved with each half-life of its age; 0
      for one that no feed dates;
    - `neighbors_part`: mean over the paper's neighbours of cosine times the neighbour's recency: 1
      where all stand close and are fresh;
    - `terms_part`: how much its three fastest rising terms rise, 1 − share before / share now;
    - `citations_part`: share of the papers of about the same age (as of votes) that held papers
      cited less often a day in the last year. It does not fade: citations come weeks after. Null
      where all of that age are cited alike, as where no feed has references; its weight then goes
      to the four others, each its share.

    `novelty` is no part of the score: the share of the papers of the same month that lie nearer to
    what came before. `distance` is 1 less the mean cosine to the nearest earlier papers, at most
    `settings.novelty_papers` of them; null where no neighbour is earlier.

    Args:
        papers: silver.papers. Withdrawn ones, and those first shown after `as_of`, count nowhere.
        votes: rows (paper_id, shown_on, votes): what was counted on which day; see `votes_of`.
        citations: gold.citation_counts.
        neighbors: gold.neighbors. term_papers: gold.term_papers. tests: gold.trend_tests.
        settings: window, half-life and weights.
        as_of: the day as of which the scores look.
    """
    eligible = papers.where(
        ~F.col("is_withdrawn") & (F.col("first_shown_on") <= F.lit(as_of))
    ).select(
        "paper_id",
        "first_shown_on",
        F.coalesce("dated_on", "first_shown_on").alias("day"),
        F.when(F.col("date_basis") == "shown", 0.0)
        .otherwise(recency(F.coalesce("dated_on", "first_shown_on"), as_of, settings))
        .alias("recency_part"),
    )
    near = neighbors.join(
        eligible.select(
            F.col("paper_id").alias("neighbor_id"), F.col("recency_part").alias("fresh")
        ),
        on="neighbor_id",
        how="inner",
    )
    first_day = as_of - timedelta(days=settings.window_days - 1)
    window = eligible.where(F.col("first_shown_on") >= F.lit(first_day))
    return (
        window.join(_vote_parts(window, votes, settings, as_of), on="paper_id", how="left")
        .join(_citation_parts(window, citations, as_of), on="paper_id", how="left")
        .join(_fresh_neighbors(near), on="paper_id", how="left")
        .join(_rising_terms(window, term_papers, tests), on="paper_id", how="left")
        .join(_novelty(eligible, near, first_day, settings), on="paper_id", how="left")
        .select(
            "paper_id",
            F.lit(as_of).alias("as_of"),
            "votes",
            "votes_part",
            "citations_part",
            "recency_part",
            F.coalesce("neighbors_part", F.lit(0.0)).alias("neighbors_part"),
            F.coalesce("terms_part", F.lit(0.0)).alias("terms_part"),
            "novelty",
            "distance",
        )
        .withColumn("score", _score(settings))
    )


def votes_of(records: DataFrame, identity: DataFrame) -> DataFrame:
    """What was counted of each paper on which day: rows (paper_id, shown_on, votes)."""
    return (
        records.where("votes is not null")
        .select("record_id", "shown_on", "votes")
        .join(identity.select("record_id", "paper_id"), on="record_id", how="inner")
        .select("paper_id", "shown_on", "votes")
    )


def recency(day: Column, as_of: date, settings: ScoresSettings) -> Column:
    """1 on `as_of` and after, halved with each half-life before."""
    age = F.greatest(F.datediff(F.lit(as_of), day), F.lit(0))
    return F.round(F.exp(age * (-math.log(2) / settings.half_life_days)), _DIGITS)


def _vote_parts(
    window: DataFrame, votes: DataFrame, settings: ScoresSettings, as_of: date
) -> DataFrame:
    """Rows (paper_id, votes, votes_part) of the papers with votes."""
    vote_counts = (
        votes.where(F.col("shown_on") <= F.lit(as_of))
        .groupBy("paper_id")
        .agg(F.greatest(F.max("votes"), F.lit(0)).alias("votes"))
    )
    cohort = Window.partitionBy(_cohort(as_of)).orderBy("votes")
    # Among those with as few votes as any it is 0, also when the cohort has one paper.
    standing = F.percent_rank().over(cohort)
    return window.join(vote_counts, on="paper_id", how="inner").select(
        "paper_id",
        "votes",
        F.round(standing * recency(F.col("first_shown_on"), as_of, settings), _DIGITS).alias(
            "votes_part"
        ),
    )


def _cohort(as_of: date) -> Column:
    """Weeks since a paper was first shown."""
    return F.floor(F.datediff(F.lit(as_of), "first_shown_on") / _COHORT_DAYS)


def _citation_parts(window: DataFrame, citations: DataFrame, as_of: date) -> DataFrame:
    """Rows (paper_id, citations_part) of the papers of an age of which some are cited more."""
    if citations.isEmpty():  # as of most feeds
        return window.select("paper_id", F.lit(None).cast("double").alias("citations_part"))
    # Of a paper that is out for less than a week, or dated later, a day says nothing.
    days = F.least(
        F.greatest(F.datediff(F.lit(as_of), "day"), F.lit(_COHORT_DAYS)), F.lit(_YEAR_DAYS)
    )
    cohort = Window.partitionBy("cohort")
    standing = F.percent_rank().over(cohort.orderBy("rate"))
    is_told = F.max("rate").over(cohort) > F.min("rate").over(cohort)
    counts = citations.select("paper_id", "cited_by_last_year")
    return (
        window.join(counts, on="paper_id", how="left")
        .withColumn("rate", F.coalesce("cited_by_last_year", F.lit(0)) / days)
        .withColumn("cohort", _cohort(as_of))
        .select("paper_id", F.when(is_told, F.round(standing, _DIGITS)).alias("citations_part"))
    )


def _fresh_neighbors(near: DataFrame) -> DataFrame:
    """Rows (paper_id, neighbors_part). Sums are of decimals, the same in any order."""
    cosine = F.greatest(F.col("cosine"), F.lit(0.0))
    fresh = (cosine * F.col("fresh")).cast("decimal(18, 12)")
    part = F.least(F.sum(fresh) / F.count(F.lit(1)), F.lit(1))
    return near.groupBy("paper_id").agg(
        F.round(part, _DIGITS).cast("double").alias("neighbors_part")
    )


def _rising_terms(window: DataFrame, term_papers: DataFrame, tests: DataFrame) -> DataFrame:
    """Rows (paper_id, terms_part)."""
    rising = (
        tests.where(
            (F.col("kind") == "term")
            & (F.col("slice") == "all")
            & F.col("grain").isin(*_TERM_GRAINS)
            & F.col("class").isin(*UP)
            & F.col("strength").isin(*_SURE)
        )
        .groupBy(F.col("entity").alias("term"))
        .agg(F.max(1 - F.exp(-F.greatest("change", F.lit(0.0)))).alias("rise"))
    )
    best = F.slice(F.sort_array(F.collect_list("rise"), asc=False), 1, _TERMS)
    # Added from the largest down: the same in any order of rows.
    total = F.aggregate(best, F.lit(0.0), lambda sum_, one: sum_ + one)
    return (
        term_papers.join(window.select("paper_id"), on="paper_id", how="left_semi")
        .join(F.broadcast(rising), on="term", how="inner")  # as many as there are terms at most
        .groupBy("paper_id")
        .agg(F.round(total / _TERMS, _DIGITS).alias("terms_part"))
    )


def _novelty(
    eligible: DataFrame, near: DataFrame, first_day: date, settings: ScoresSettings
) -> DataFrame:
    """Rows (paper_id, novelty, distance), of all papers of the months that the window touches."""
    cosines = F.slice(
        F.sort_array(F.collect_list(F.least("cosine", F.lit(1.0))), asc=False),
        1,
        settings.novelty_papers,
    )
    mean = F.aggregate(cosines, F.lit(0.0), lambda sum_, one: sum_ + one) / F.size(cosines)
    earlier = (
        near.where("is_earlier")
        .groupBy("paper_id")
        .agg(F.round(1 - mean, _DIGITS).alias("distance"))
    )
    month = F.trunc("day", "month")
    months = eligible.where(F.col("first_shown_on") >= F.lit(first_day)).select(
        month.alias("month")
    ).distinct()  # fmt: skip
    of_month = Window.partitionBy("month")
    everything = of_month.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    return (
        eligible.select("paper_id", month.alias("month"))
        .join(F.broadcast(months), on="month", how="left_semi")
        .join(earlier, on="paper_id", how="inner")
        .select(
            "paper_id",
            "distance",
            F.when(
                F.count(F.lit(1)).over(everything) >= _FEWEST,
                F.round(F.percent_rank().over(of_month.orderBy("distance")), _DIGITS),
            ).alias("novelty"),
        )
    )


def _score(settings: ScoresSettings) -> Column:
    """The parts by their weights.

    The weight of missing votes is shared by neighbours and terms, that of citations by all others.
    """
    derived = settings.neighbors_weight + settings.terms_weight
    rest = 1 + settings.votes_weight / derived
    signal = settings.neighbors_weight * F.col("neighbors_part") + settings.terms_weight * F.col(
        "terms_part"
    )
    by_votes = settings.votes_weight * F.col("votes_part") + signal
    others = settings.recency_weight * F.col("recency_part") + F.coalesce(by_votes, rest * signal)
    weight = settings.citations_weight
    by_citations = (1 - weight) * others + weight * F.col("citations_part")
    score = F.coalesce(by_citations, others)
    return F.round(F.least(score, F.lit(1.0)), _DIGITS)
