"""Collaborations: countries and institutions that write papers together, by period."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.tables.gold import COLLABORATIONS, MOST_MEMBERS, PAIR_GRAINS
from jobs.trends import periods
from jobs.trends.totals import known_papers

_EXACT = "decimal(30,15)"  # sums do not depend on the order of rows


def collaborations(authorships: DataFrame, papers: DataFrame, as_of: date) -> DataFrame:
    """One row of gold.collaborations a pair of countries or institutions, and period.

    Counted are papers shown and dated by `as_of` and not withdrawn, in the periods that their
    date is exact enough for. A paper counts once for each pair of its countries, and of its
    institutions; by weight 1 / (n - 1) for each pair of n, so that the weights of all pairs of a
    country add up to the number of these papers that it wrote with others. Papers of more than
    `MOST_MEMBERS` are left out. Source: Perianes-Rodriguez, Waltman & van Eck (2016), full and
    fractional counting.

    Args:
        authorships: silver.authorships. papers: silver.papers, without notices.
    """
    placed = authorships.where("size(countries) > 0 or size(institution_ids) > 0")
    if placed.isEmpty():  # as of most feeds; to plan what follows takes seconds
        return authorships.sparkSession.createDataFrame([], COLLABORATIONS.schema())
    starts = F.filter(
        periods.starts(F.col("dated_on"), F.col("date_basis")),
        lambda start: start["grain"].isin(*PAIR_GRAINS),
    )
    dated = known_papers(papers, as_of).select("paper_id", starts.alias("starts"))
    return (
        _pairs(placed)
        .join(dated, on="paper_id", how="inner")
        .select("kind", "pair.*", "weight", F.explode("starts").alias("start"))
        .groupBy("kind", "a", "b", "start.grain", "start.period")
        .agg(
            F.count(F.lit(1)).alias("papers"),
            F.sum("weight").cast("double").alias("weight"),
        )
    )


def _pairs(placed: DataFrame) -> DataFrame:
    """Rows (paper_id, kind, pair, weight): each pair of a paper once, a before b."""
    ids = F.transform("institution_ids", lambda own: F.concat_ws(":", own["scheme"], own["id"]))
    members = placed.groupBy("paper_id").agg(
        _each_once(F.col("countries")).alias("country"), _each_once(ids).alias("institution")
    )
    kinds = F.array(
        *(F.struct(F.lit(kind).alias("kind"), F.col(kind).alias("members"))
          for kind in ("country", "institution"))
    )  # fmt: skip
    pairs = F.expr(
        "flatten(transform(members, (a, place) -> transform("
        "slice(members, place + 2, size(members)), b -> named_struct('a', a, 'b', b))))"
    )
    weight = (F.lit(1) / (F.size("members") - 1)).cast(_EXACT)
    return (
        members.select("paper_id", F.explode(kinds).alias("of"))
        .select("paper_id", "of.*")
        .where(F.size("members").between(2, MOST_MEMBERS))
        .select("paper_id", "kind", weight.alias("weight"), F.explode(pairs).alias("pair"))
    )


def _each_once(lists: Column) -> Column:
    """All entries of a paper's lists, each once, in alphabetical order."""
    return F.array_sort(F.array_distinct(F.flatten(F.collect_list(lists))))
