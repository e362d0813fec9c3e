"""References: the works that each paper cites, and which of them are held."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.identity.relations import ids_of_papers
from jobs.papers import last_first
from jobs.tables.silver import REFERENCES

_HAS_LIST = "size(cited) > 0"


def references(records: DataFrame, identity: DataFrame) -> DataFrame:
    """One row of silver.references a paper and work that it cites.

    Of the records that one feed delivered under one id of its own the last one with references
    counts. A paper's list is that of the record with the most, those with an id before all others,
    then of the day first shown, then of record_id. The lists of its other records only add held
    works that it does not lead to: one feed names a work by its DOI and another by its own id, so
    that of works that are not held nobody could say which are the same. A work stands once in a
    list, and a paper not in its own.

    Args:
        records: silver.records. identity: silver.identity.
    """
    if records.where(_HAS_LIST).isEmpty():  # as of most feeds; to plan what follows takes seconds
        return records.sparkSession.createDataFrame([], REFERENCES.schema())
    with_paper = records.join(identity.select("record_id", "paper_id"), on="record_id", how="inner")
    entries = _look_up(_explode_lists(with_paper), ids_of_papers(with_paper))
    work = F.coalesce(  # a reference in words alone is like no other
        "cited_paper_id",
        F.when(F.col("id").isNotNull(), F.concat_ws(":", "scheme", "id")),
        F.concat_ws(" ", "turn", "place"),
    )
    own = Window.partitionBy("paper_id").orderBy("turn", "place")
    return (
        entries.where("turn = 1 or cited_paper_id is not null")
        .groupBy("paper_id", work.alias("work"))
        .agg(F.min(F.struct("turn", "place", "scheme", "id", "text", "cited_paper_id")).alias("r"))
        .select("paper_id", "r.*")
        .withColumn("position", F.row_number().over(own))
        .drop("turn", "place")
    )


def _explode_lists(records: DataFrame) -> DataFrame:
    """Rows (paper_id, turn, place, reference): all references, of the first list turn is 1."""
    with_id = F.size(F.filter("cited", lambda one: F.size(one["ids"]) > 0))
    longest_first = Window.partitionBy("paper_id").orderBy(
        F.desc(with_id), F.desc(F.size("cited")), "shown_on", "record_id"
    )
    return (
        records.where(_HAS_LIST)
        .repartition("paper_id")  # once, for both windows
        .withColumn("is_last", F.row_number().over(last_first()) == 1)
        .where("is_last")
        .withColumn("turn", F.row_number().over(longest_first))
        .select("paper_id", "turn", F.posexplode("cited").alias("place", "reference"))
    )


def _look_up(lists: DataFrame, ids: DataFrame) -> DataFrame:
    """Each reference with the paper that it leads to, by the first of its ids that does.

    Rows (paper_id, turn, place, scheme, id, text, cited_paper_id). Where several papers have that
    id, it is the least of them; what leads to its own paper is left out.
    """
    each = lists.select(
        "paper_id", "turn", "place", F.col("reference.text").alias("text"),
        F.posexplode_outer("reference.ids").alias("rank", "of"),
    ).select("*", "of.scheme", "of.id")  # fmt: skip
    best = F.min(
        F.struct(F.col("other").isNull().alias("is_gone"), "rank", "other", "scheme", "id")
    )
    return (
        each.join(ids, on=["scheme", "id"], how="left")
        .groupBy("paper_id", "turn", "place")
        .agg(best.alias("best"), F.max("text").alias("text"))
        .where("best.other is null or best.other <> paper_id")
        .select(
            "paper_id", "turn", "place", "best.scheme", "best.id", "text",
            F.col("best.other").alias("cited_paper_id"),
        )
    )  # fmt: skip
