"""Institutions: each id that the feeds give or affiliations were matched to, with its papers."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.people.ror import RorList, described, read_list
from jobs.tables.silver import INSTITUTIONS

_KEY = ["scheme", "id"]
_DESCRIBED = (
    "scheme string, id string, ror_name string, ror_country string, city string, "
    "parents array<string>, aliases array<string>"
)


def institutions(
    authorships: DataFrame, records: DataFrame, papers: DataFrame, ror: RorList
) -> DataFrame:
    """One row of silver.institutions an id of an institution.

    Name and country are those of ROR's list, else those that most authors of records have beside
    the id, of as many the first in alphabetical order. A paper counts once, whole, however many of
    its authors work there. Papers that no feed dates (`date_basis` shown) count in `papers` alone.

    Args:
        authorships: silver.authorships. records: silver.records. papers: silver.papers.
    """
    placed = authorships.where("size(institution_ids) > 0")
    if placed.isEmpty():  # as of most feeds; to plan what follows takes seconds
        return authorships.sparkSession.createDataFrame([], INSTITUTIONS.schema())
    days = papers.select(
        "paper_id", F.when(F.col("date_basis") != "shown", F.col("dated_on")).alias("day")
    )
    is_matched = F.coalesce(F.col("institutions_by") == "affiliation", F.lit(False))
    counts = (
        placed.select(
            "paper_id", F.explode("institution_ids").alias("own"), is_matched.alias("is_matched")
        )
        .groupBy("paper_id", "own.scheme", "own.id")
        .agg(F.min("is_matched").alias("is_matched"))
        .join(days, on="paper_id", how="inner")
        .groupBy(*_KEY)
        .agg(
            F.count(F.lit(1)).alias("papers"),
            F.count_if("is_matched").alias("matched_papers"),
            F.min("day").alias("first_paper_on"),
            F.max("day").alias("last_paper_on"),
        )
    )
    return _with_list(counts.join(_names(records), on=_KEY, how="left"), ror)


def _with_list(rows: DataFrame, ror: RorList) -> DataFrame:
    """Rows with what ROR's list says of them."""
    described_rows = []
    if ror.file:
        rows = rows.localCheckpoint()  # read twice
        ids = {row["id"] for row in rows.where("scheme = 'ror'").select("id").collect()}
        described_rows = [("ror", *one.values()) for one in described(read_list(ror), ids)]
    known = rows.sparkSession.createDataFrame(described_rows, _DESCRIBED)
    return (
        rows.join(F.broadcast(known), on=_KEY, how="left")
        .withColumn("name", F.coalesce("ror_name", "name"))
        .withColumn("country", F.coalesce("ror_country", "country"))
    )


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
