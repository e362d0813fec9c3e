"""Topics: what papers are about, under ids that last from run to run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.tables.gold import TOPIC_LINEAGE, TOPICS
from jobs.terms import document_terms
from jobs.topic_fit import ASSIGNED_SCHEMA, FIT_SCHEMA, Topic, assign, fit, topic_count
from jobs.topic_labels import Term, labels, topic_terms
from jobs.topic_match import NO_TOPIC, Shared, lineage, matched


class Topics(NamedTuple):
    """What the stage writes: rows of gold.topics, gold.topic_lineage and gold.paper_topics."""

    topics: DataFrame
    lineage: DataFrame
    paper_topics: DataFrame


def topics(
    papers: DataFrame,
    embeddings: DataFrame,
    known: Topics,
    settings: TopicsSettings,
    as_of: date,
) -> Topics:
    """All topics, their lineage, and each paper's topic, as of a day.

    Topics are fitted when there are none, when the papers are `settings.refit_growth` times those
    of the last fit, or when that one looked at days after `as_of`. A new fit is a new version; its
    topics keep the ids of the old ones that they continue. Otherwise topics stay as they are, and
    every paper goes to the nearest. Fewer than `settings.min_papers` papers are not fitted.

    Args:
        papers: silver.papers. Withdrawn ones and those shown or dated after `as_of` are left out.
        embeddings: silver.embeddings of one model, unit vectors; papers without one are left out.
        known: the three tables as published; empty ones before the first fit.
        settings: how topics are found, named and kept.
        as_of: the day as of which all this is said.
    """
    vectors = participants(papers, embeddings, as_of)
    number = vectors.count()
    last = known.topics.where("is_current").orderBy("topic_id").collect()
    old = [Topic(row["topic_id"], tuple(row["centroid"]), row["threshold"]) for row in last]
    from_later = bool(last) and last[0]["fitted_as_of"] > as_of
    grown = not last or number >= settings.refit_growth * last[0]["fitted_papers"]
    if number < settings.min_papers or not (grown or from_later):
        usable = [] if from_later else old
        return Topics(known.topics, known.lineage, assigned(vectors, usable))

    version = last[0]["version"] + 1 if last else 1
    fresh = fitted(vectors, number, version, settings)
    shared = shared_papers(known.paper_topics, assigned(vectors, fresh)) if old else {}
    same = matched(old, fresh, shared, settings)
    links = [(version, *link) for link in lineage(old, fresh, same, shared, settings)]
    new = [replace(topic, topic_id=same.get(topic.topic_id, topic.topic_id)) for topic in fresh]
    paper_topics = assigned(vectors, new)
    of_fit = {"version": version, "fitted_as_of": as_of, "fitted_papers": number}
    rows = [{**row, **of_fit} for row in described(new, papers, paper_topics, settings)]
    in_order = [tuple(row[name] for name in TOPICS.column_names) for row in rows]
    create = papers.sparkSession.createDataFrame
    return Topics(
        TOPICS.conform(known.topics)
        .withColumn("is_current", F.lit(False))
        .unionByName(create(in_order, TOPICS.schema())),
        TOPIC_LINEAGE.conform(known.lineage).unionByName(create(links, TOPIC_LINEAGE.schema())),
        paper_topics,
    )


def participants(papers: DataFrame, embeddings: DataFrame, as_of: date) -> DataFrame:
    """Papers that may have a topic as of a day, with their vectors: paper_id, vector."""
    day = F.lit(as_of)
    shown = papers.where(
        ~F.col("is_withdrawn") & (F.col("first_shown_on") <= day) & (F.col("dated_on") <= day)
    )
    return embeddings.select("paper_id", "vector").join(
        shown.select("paper_id"), on="paper_id", how="inner"
    )


def fitted(vectors: DataFrame, number: int, version: int, settings: TopicsSettings) -> list[Topic]:
    """Topics of a sample of the `number` papers, by id, none of which was ever used before."""
    # The hash of the id is a draw that every run repeats.
    sample = vectors.orderBy(F.xxhash64("paper_id"), "paper_id").limit(settings.fit_papers)
    work = partial(fit, number=topic_count(number, settings), settings=settings)
    found = sample.coalesce(1).mapInArrow(work, FIT_SCHEMA).collect()
    return sorted(
        (
            Topic(_new_id(version, row["first_paper_id"]), tuple(row["centroid"]), row["threshold"])
            for row in found
        ),
        key=lambda topic: topic.topic_id,
    )


def _new_id(version: int, first_paper_id: str) -> str:
    return "t" + hashlib.sha256(f"{version}\n{first_paper_id}".encode()).hexdigest()[:12]


def assigned(vectors: DataFrame, topics: list[Topic]) -> DataFrame:
    """The nearest of `topics` for each paper, as rows of gold.paper_topics."""
    ordered = sorted(topics, key=lambda topic: topic.topic_id)
    return vectors.mapInArrow(partial(assign, topics=ordered), ASSIGNED_SCHEMA)


def shared_papers(old: DataFrame, new: DataFrame) -> Shared:
    """Papers by old and new topic, NO_TOPIC where they have none; both as gold.paper_topics."""
    pairs = (
        new.select("paper_id", F.col("topic_id").alias("new_id"))
        .join(old.select("paper_id", "topic_id"), on="paper_id", how="left")
        .groupBy(
            F.coalesce("topic_id", F.lit(NO_TOPIC)).alias("old_id"),
            F.coalesce("new_id", F.lit(NO_TOPIC)).alias("new_id"),
        )
        .agg(F.count("*").alias("papers"))
    )
    return {(row["old_id"], row["new_id"]): row["papers"] for row in pairs.collect()}


def described(
    topics: list[Topic], papers: DataFrame, paper_topics: DataFrame, settings: TopicsSettings
) -> list[dict[str, Any]]:
    """Rows of gold.topics without what is the same for the whole fit."""
    members = paper_topics.where("fits").select("paper_id", "topic_id").persist()
    try:
        counted = members.groupBy("topic_id").agg(F.count("*").alias("papers")).collect()
        texts = papers.join(members.select("paper_id"), on="paper_id", how="left_semi")
        telling = topic_terms(members, document_terms(texts), settings)
        ranked = telling.orderBy("topic_id", "rank").collect()
    finally:
        members.unpersist()
    counts = {row["topic_id"]: row["papers"] for row in counted}
    terms: dict[str, list[Term]] = {topic.topic_id: [] for topic in topics}
    for row in ranked:
        terms[row["topic_id"]].append(Term(row["term"], row["score"]))
    names = labels(terms, settings)
    return [
        {
            "topic_id": topic.topic_id,
            "label": names[topic.topic_id],
            "terms": terms[topic.topic_id],
            "centroid": topic.centroid,
            "threshold": topic.threshold,
            "parent": None,
            "papers": counts.get(topic.topic_id, 0),
            "is_current": True,
        }
        for topic in topics
    ]
