"""A hierarchy of topics: what a fit gives, under ids, with names, as rows of gold.topics."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.tables.core import Table
from jobs.terms.thesaurus import Thesaurus
from jobs.topics.fit import AREA, ASSIGNED_SCHEMA, FIELD, TOPIC, Topic, assign
from jobs.topics.matching import NO_TOPIC, Shared
from jobs.topics.naming import suggest_names
from jobs.topics.report import NamingTask, Report
from jobs.vectors.vectors import SUMMED, Matrix, sample_rows, sum_by_topic

LEVELS = (AREA, FIELD, TOPIC)


class Look(NamedTuple):
    """What is looked at: papers, phrases and vectors, of which model, as of a day, how many."""

    papers: DataFrame
    phrases: DataFrame
    vectors: DataFrame
    model: str
    as_of: date
    number: int
    own: Thesaurus


class Hierarchy(NamedTuple):
    """Topics by level, the area of each topic, the cohesion of each, and how stable they are."""

    by_level: dict[int, list[Topic]]
    parents: dict[str, str]
    cohesion: dict[str, float]
    stability: float | None

    def with_ids(self, names: Mapping[str, str]) -> Hierarchy:
        """The same under other ids; those without another one keep theirs."""

        def name(topic_id: str) -> str:
            return names.get(topic_id, topic_id)

        return Hierarchy(
            {
                level: [replace(topic, topic_id=name(topic.topic_id)) for topic in topics]
                for level, topics in self.by_level.items()
            },
            {name(topic): name(area) for topic, area in self.parents.items()},
            {name(topic): cohesion for topic, cohesion in self.cohesion.items()},
            self.stability,
        )


def sample_papers(vectors: DataFrame, settings: TopicsSettings) -> DataFrame:
    """At most `settings.fit_papers` papers; every run draws the same, by a hash of the id."""
    return sample_rows(vectors, settings.fit_papers)


def hierarchy_of(rows: Sequence[Row], salt: str) -> Hierarchy:
    """Rows by FIT_SCHEMA under ids never used before; `salt` is new with each fit."""
    ids = {(row["level"], row["place"]): _new_id(row, salt) for row in rows}
    by_level: dict[int, list[Topic]] = {level: [] for level in LEVELS}
    above = {FIELD: AREA, TOPIC: FIELD if FIELD in {row["level"] for row in rows} else AREA}
    for row in sorted(rows, key=lambda row: ids[row["level"], row["place"]]):
        topic_id = ids[row["level"], row["place"]]
        by_level[row["level"]].append(Topic(topic_id, tuple(row["centroid"]), row["threshold"]))
    return Hierarchy(
        by_level,
        {
            ids[row["level"], row["place"]]: ids[above[row["level"]], row["parent"]]
            for row in rows
            if row["parent"] is not None
        },
        {ids[row["level"], row["place"]]: row["cohesion"] for row in rows},
        rows[0]["stability"] if rows else None,
    )


def _new_id(row: Row, salt: str) -> str:
    prefix = {AREA: "a", FIELD: "f", TOPIC: "t"}[row["level"]]
    digest = hashlib.sha256(f"{salt}\n{row['first_paper_id']}".encode()).hexdigest()
    return prefix + digest[:12]


def hierarchy_in(rows: Sequence[Row]) -> Hierarchy:
    """Rows of gold.topics as they were found."""
    return Hierarchy(
        {level: topics_of(rows, level) for level in LEVELS},
        {row["topic_id"]: row["parent"] for row in rows if row["parent"]},
        {row["topic_id"]: row["cohesion"] for row in rows},
        None,
    )


def topics_of(rows: Sequence[Row], level: int) -> list[Topic]:
    """The topics of a level among rows of gold.topics."""
    return [
        Topic(row["topic_id"], tuple(row["centroid"]), row["threshold"])
        for row in rows
        if row["level"] == level
    ]


def recompute_centroids(
    old: Hierarchy, fresh: Hierarchy, paper_topics: DataFrame, vectors: DataFrame
) -> Hierarchy:
    """Topics of another model with centroids by this one: the mean of the same papers' vectors.

    A topic or area without papers is like none.
    """
    members = paper_topics.where("fits").select("paper_id", "topic_id")
    parts = (
        vectors.join(members, on="paper_id", how="inner").mapInArrow(sum_by_topic, SUMMED).collect()
    )
    width = len(fresh.by_level[TOPIC][0].centroid)
    sums: dict[str, Matrix] = defaultdict(lambda: np.zeros(width))
    for row in sorted(parts, key=lambda row: (row["topic_id"], row["sums"])):
        sums[row["topic_id"]] += row["sums"]
    topics = sorted(sums)
    for level in (FIELD, AREA):
        above = members_above(old, level)
        for topic_id in topics:
            if topic_id in above:
                sums[above[topic_id]] += sums[topic_id]
    return old._replace(
        by_level={
            level: [replace(one, centroid=tuple(sums[one.topic_id])) for one in topics]
            for level, topics in old.by_level.items()
        }
    )


def members_above(hierarchy: Hierarchy, level: int) -> dict[str, str]:
    """The member of a level that each topic is part of, where there is one."""
    members = {topic.topic_id for topic in hierarchy.by_level[level]}
    above: dict[str, str] = {}
    for topic in hierarchy.by_level[TOPIC]:
        at: str | None = hierarchy.parents.get(topic.topic_id)
        while at is not None and at not in members:
            at = hierarchy.parents.get(at)
        if at is not None:
            above[topic.topic_id] = at
    return above


def naming_task(ids: Sequence[str], hierarchy: Hierarchy) -> NamingTask:
    """The topics of each level that are to be named, areas first, and what topics are part of."""
    by_level = {level: {topic.topic_id for topic in hierarchy.by_level[level]} for level in LEVELS}
    return NamingTask(
        ids,
        [sorted(by_level[level].intersection(ids)) for level in LEVELS],
        [members_above(hierarchy, level) for level in (AREA, FIELD)],
        hierarchy.parents,
    )


def assign_papers(vectors: DataFrame, topics: Sequence[Topic]) -> DataFrame:
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


def topic_rows(
    hierarchy: Hierarchy, summary: Report, version: int, look: Look, settings: TopicsSettings
) -> list[dict[str, Any]]:
    """Rows of gold.topics, areas first."""
    rows = [
        {
            "topic_id": topic.topic_id,
            "version": version,
            "model": look.model,
            "level": level,
            "label": summary.labels[topic.topic_id],
            "found_label": summary.labels[topic.topic_id],
            "curated": None,
            "merged_into": None,
            "split_from": None,
            "split_into": None,
            "terms": summary.terms[topic.topic_id],
            "description": summary.descriptions.get(topic.topic_id),
            "centroid": topic.centroid,
            "threshold": topic.threshold,
            "cohesion": hierarchy.cohesion[topic.topic_id],
            "parent": hierarchy.parents.get(topic.topic_id),
            "papers": summary.papers.get(topic.topic_id, 0),
            "fitted_as_of": look.as_of,
            "fitted_papers": look.number,
            "is_current": True,
        }
        for level in LEVELS
        for topic in hierarchy.by_level[level]
    ]
    if settings.namer and rows:
        names = suggest_names(
            [_namer_input(row) for row in rows], settings.namer, settings.namer_seconds
        )
        for row in rows:
            row["label"] = row["found_label"] = names.get(str(row["topic_id"]), row["label"])
    return rows


def _namer_input(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a naming command is given of a topic."""
    fields = {name: row[name] for name in ("topic_id", "level", "parent", "label", "description")}
    return fields | {"terms": [term.term for term in row["terms"]]}


def add_rows(known: DataFrame, table: Table, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """The rows of a table that are known, and new ones."""
    in_order = [tuple(row[name] for name in table.column_names) for row in rows]
    created = known.sparkSession.createDataFrame(in_order, table.schema())
    return table.conform(known).unionByName(created)
