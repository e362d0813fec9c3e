"""Counts of citations: how many held papers cite a paper, and when they did."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

YEAR = timedelta(days=365)


def citation_counts(references: DataFrame, papers: DataFrame, as_of: date) -> DataFrame:
    """One row of gold.citation_counts a paper that held papers cite.

    A paper counts once, however often it names the other. Counted are papers first shown by
    `as_of` and not withdrawn; notices cite what they are about, and are left out. Papers that no
    feed dates (`date_basis` shown) count in `cited_by` alone: the day shown is not when they cited.

    Args:
        references: silver.references. papers: silver.papers.
    """
    papers_by_then = papers.where(F.col("first_shown_on") <= F.lit(as_of))
    cited = papers_by_then.select(F.col("paper_id").alias("cited_paper_id"))
    citing = papers_by_then.where("not is_withdrawn and notice is null").select(
        "paper_id", F.when(F.col("date_basis") != "shown", F.col("dated_on")).alias("day")
    )
    is_last_year = (F.col("day") > F.lit(as_of - YEAR)) & (F.col("day") <= F.lit(as_of))
    return (
        references.where("cited_paper_id is not null")
        .select("paper_id", "cited_paper_id")  # each pair stands once
        .join(citing, on="paper_id", how="inner")
        .join(cited, on="cited_paper_id", how="left_semi")
        .groupBy(F.col("cited_paper_id").alias("paper_id"))
        .agg(
            F.count(F.lit(1)).alias("cited_by"),
            F.count_if(is_last_year).alias("cited_by_last_year"),
            F.min("day").alias("first_cited_on"),
            F.max("day").alias("last_cited_on"),
        )
    )
