"""Trending scores: what is voted for, fresh, and among much that is fresh."""

from __future__ import annotations

import math
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.params import ScoresSettings

_DIGITS = 6


def scores(
    papers: DataFrame, neighbors: DataFrame, settings: ScoresSettings, as_of: date
) -> DataFrame:
    """Scores of the papers first shown in the window that ends with `as_of`: rows of gold.scores.

    `score` is the sum of three parts by their weights, each from 0 to 1:

    - `votes_part`: log(1 + votes) against the most of the window; 0 without votes;
    - `recency_part`: 1 for a paper dated `as_of` or later, halved with each half-life of its age;
    - `neighbors_part`: mean over the paper's neighbours of cosine times the neighbour's recency: 1
      where all stand close and are fresh.

    `novelty` is 1 less the cosine to the nearest earlier paper, within 0 and 1; null where none of
    its neighbours is earlier. It is no part of the score.

    Args:
        papers: silver.papers. Withdrawn ones, and those first shown after `as_of`, count nowhere.
        neighbors: gold.neighbors.
        settings: window, half-life and weights.
        as_of: the day as of which the scores look.
    """
    seen = papers.where(~F.col("is_withdrawn") & (F.col("first_shown_on") <= F.lit(as_of))).select(
        "paper_id",
        "first_shown_on",
        F.log1p(F.greatest(F.coalesce("votes", F.lit(0)), F.lit(0))).alias("log_votes"),
        recency(F.coalesce("dated_on", "first_shown_on"), as_of, settings.half_life_days),
    )
    first_day = as_of - timedelta(days=settings.window_days - 1)
    window = seen.where(F.col("first_shown_on") >= F.lit(first_day))
    most = window.agg(F.max("log_votes").alias("most_log_votes"))
    votes_part = F.coalesce(F.col("log_votes") / F.nullif("most_log_votes", F.lit(0.0)), F.lit(0.0))
    score = (
        settings.votes_weight * F.col("votes_part")
        + settings.recency_weight * F.col("recency_part")
        + settings.neighbors_weight * F.col("neighbors_part")
    )
    return (
        window.crossJoin(F.broadcast(most))
        .join(surroundings(neighbors, seen), on="paper_id", how="left")
        .select(
            "paper_id",
            F.lit(as_of).alias("as_of"),
            F.round(votes_part, _DIGITS).alias("votes_part"),
            "recency_part",
            F.coalesce("neighbors_part", F.lit(0.0)).alias("neighbors_part"),
            "novelty",
        )
        .select("paper_id", "as_of", F.round(score, _DIGITS).alias("score"), *_PARTS)
    )


_PARTS = ("votes_part", "recency_part", "neighbors_part", "novelty")


def recency(day: Column, as_of: date, half_life_days: float) -> Column:
    """1 on `as_of` and after, halved with each half-life before; named recency_part."""
    age = F.greatest(F.datediff(F.lit(as_of), day), F.lit(0))
    return F.round(F.exp(age * (-math.log(2) / half_life_days)), _DIGITS).alias("recency_part")


def surroundings(neighbors: DataFrame, seen: DataFrame) -> DataFrame:
    """What the neighbours among `seen` say of a paper: paper_id, neighbors_part, novelty.

    Sums are of decimals, so that they are the same in any order.
    """
    cosine = F.greatest(F.col("cosine"), F.lit(0.0))
    fresh = (cosine * F.col("recency_part")).cast("decimal(18, 12)")
    nearest_earlier = F.max(F.when(F.col("is_earlier"), F.least(cosine, F.lit(1.0))))
    return (
        neighbors.join(
            seen.select(F.col("paper_id").alias("neighbor_id"), "recency_part"),
            on="neighbor_id",
            how="inner",
        )
        .groupBy("paper_id")
        .agg(
            F.round(F.least(F.sum(fresh) / F.count("*"), F.lit(1)), _DIGITS)
            .cast("double")
            .alias("neighbors_part"),
            F.round(1 - nearest_earlier, _DIGITS).alias("novelty"),
        )
    )
