"""Relations: papers that are two works and belong together, and in which way."""

from __future__ import annotations

from functools import reduce

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf
from pyspark.sql.types import StringType

from jobs.identity.scoring import SCHEMES
from jobs.text import titles

# A feed's word for how a work relates to another → the relation, and whether the other has it.
_RELATIONS = {
    "version of": ("is_version_of", False),
    "preprint of": ("is_version_of", False),
    "published as": ("is_version_of", False),
    "published from": ("is_version_of", True),
    "updates": ("is_version_of", False),
    "updated by": ("is_version_of", True),
    "corrects": ("is_erratum_of", False),
    "corrected by": ("is_erratum_of", True),
    "retracts": ("retracts", False),
    "retracted by": ("retracts", True),
    "comments on": ("comments_on", False),
    "commented on by": ("comments_on", True),
    "supplement of": ("is_supplement_of", False),
    "supplemented by": ("is_supplement_of", True),
    "translation of": ("is_translation_of", False),
    "translated as": ("is_translation_of", True),
    "data of": ("is_data_of", False),
    "has data": ("is_data_of", True),
}
FEED, RULE = "feed", "rule"


def relations(records: DataFrame, identity: DataFrame, edges: DataFrame) -> DataFrame:
    """One row of silver.relations a pair of papers and relation.

    A relation comes from a feed's own field, where both works are there, or from the rules that
    keep two records of one title apart (jobs/identity/scoring.py); where both have it, its basis
    is the feed.

    Args:
        records: silver.records. identity: silver.identity. edges: silver.identity_edges.
    """
    paper_of = identity.select("record_id", "paper_id")
    both = (_of_feeds(records, paper_of), _of_rules(edges, paper_of))
    return (
        reduce(DataFrame.unionByName, both)
        .where("paper_id <> other_paper_id")
        .groupBy("paper_id", "relation", "other_paper_id")
        .agg(F.min("basis").alias("basis"))
    )


def _of_feeds(records: DataFrame, paper_of: DataFrame) -> DataFrame:
    with_paper = records.join(paper_of, on="record_id", how="inner")
    feed_relations = with_paper.select("paper_id", F.explode("relations").alias("of"))
    feed_relations = feed_relations.select("paper_id", "of.kind", "of.scheme", "of.id")
    relation = F.create_map(*(F.lit(x) for k, (v, _) in _RELATIONS.items() for x in (k, v)))
    turned = F.col("kind").isin(*(kind for kind, (_, is_turned) in _RELATIONS.items() if is_turned))
    pairs = feed_relations.join(ids_of_papers(with_paper), on=["scheme", "id"], how="inner")
    return pairs.where(F.col("kind").isin(*_RELATIONS)).select(
        F.when(turned, F.col("other")).otherwise(F.col("paper_id")).alias("paper_id"),
        relation[F.col("kind")].alias("relation"),
        F.when(turned, F.col("paper_id")).otherwise(F.col("other")).alias("other_paper_id"),
        F.lit(FEED).alias("basis"),
    )


def ids_of_papers(records: DataFrame) -> DataFrame:
    """The ids of papers: rows (scheme, id, other), `other` being the paper.

    Args:
        records: silver.records with their paper_id.
    """
    ids = F.array(
        *(F.struct(F.lit(scheme).alias("scheme"), F.col(scheme).alias("id")) for scheme in SCHEMES)
    )
    return (
        records.select(F.col("paper_id").alias("other"), F.explode(ids).alias("of"))
        .where("of.id is not null")
        .select("of.scheme", "of.id", "other")
        .distinct()
    )


def _of_rules(edges: DataFrame, paper_of: DataFrame) -> DataFrame:
    edge_relations = edges.where("verdict = 'apart'").select(
        "a",
        "b",
        F.get_json_object("evidence", "$.relation_of[0]").alias("relation"),
        (F.get_json_object("evidence", "$.relation_of[1]") == "b").alias("is_turned"),
    )
    edge_relations = edge_relations.where("relation is not null").select(
        F.when(F.col("is_turned"), F.col("b")).otherwise(F.col("a")).alias("one"),
        F.when(F.col("is_turned"), F.col("a")).otherwise(F.col("b")).alias("other"),
        "relation",
    )
    ones = paper_of.withColumnRenamed("record_id", "one")
    others = paper_of.select(
        F.col("record_id").alias("other"), F.col("paper_id").alias("other_paper_id")
    )
    return (
        edge_relations.join(ones, on="one", how="inner")
        .join(others, on="other", how="inner")
        .select("paper_id", "relation", "other_paper_id", F.lit(RULE).alias("basis"))
    )


def notice_of(title: str | None, work_type: str | None) -> str | None:
    """The kind of notice that a paper is: erratum, retraction, comment, …; none of research.

    It is what the title says beyond doubt, or the feed's word for the kind of work.
    """
    title_parts = titles.read(title or "")
    kind = title_parts.kind if title_parts.is_firm else titles.of_type(work_type)
    return kind if kind in titles.NOTICES else None


# A type by its name would be read by a session, which is not there yet.
@pandas_udf(StringType())  # type: ignore[call-overload, untyped-decorator]
def notice(titles_of: pd.Series, types: pd.Series) -> pd.Series:
    """`notice_of` of the columns title and work_type."""
    notices = [notice_of(name, kind) for name, kind in zip(titles_of, types, strict=True)]
    return pd.Series(notices, dtype="object")
