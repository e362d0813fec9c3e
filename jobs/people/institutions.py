"""Institutions: each id that the feeds give, with its name, country and papers."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.tables.silver import INSTITUTIONS

_KEY = ["scheme", "id"]


def institutions(authorships: DataFrame, records: DataFrame, papers: DataFrame) -> DataFrame:
    """One row of silver.institutions an id of an institution.

    Name and country are those that most authors of records have beside the id, of as many the
    first in alphabetical order. A paper counts once, whole, however many of its authors work
    there. Papers that no feed dates (`date_basis` shown) count in `papers` alone.

    Args:
        authorships: silver.authorships. records: silver.records. papers: silver.papers.
    """
    placed = authorships.where("size(institution_ids) > 0")
    if placed.isEmpty():  # as of most feeds; to plan what follows takes seconds
        return authorships.sparkSession.createDataFrame([], INSTITUTIONS.schema())
    days = papers.select(
        "paper_id", F.when(F.col("date_basis") != "shown", F.col("dated_on")).alias("day")
    )
    counts = (
        placed.select("paper_id", F.explode("institution_ids").alias("own"))
        .select("paper_id", "own.*")
        .distinct()
        .join(days, on="paper_id", how="inner")
        .groupBy(*_KEY)
        .agg(
            F.count(F.lit(1)).alias("papers"),
            F.min("day").alias("first_paper_on"),
            F.max("day").alias("last_paper_on"),
        )
    )
    return counts.join(_names(records), on=_KEY, how="left")


def _names(records: DataFrame) -> DataFrame:
    """Rows (scheme, id, name, country): the most frequent of each."""
    each = records.select(F.explode("authorships").alias("author")).select(
        F.explode("author.institutions").alias("own")
    )
    values = F.array(
        *(F.struct(F.lit(name).alias("field"), F.col(f"own.{name}").alias("value"))
          for name in ("name", "country"))
    )  # fmt: skip
    counts = (
        each.select("own.scheme", "own.id", F.explode(values).alias("said"))
        .where("said.value is not null")
        .groupBy(*_KEY, "said.field", "said.value")
        .agg(F.count(F.lit(1)).alias("times"))
    )
    first = F.struct(-F.col("times"), "value")
    return counts.groupBy(*_KEY).agg(
        *(F.min(F.when(F.col("field") == name, first))["value"].alias(name)
          for name in ("name", "country"))
    )  # fmt: skip
