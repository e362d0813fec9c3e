"""Topics that a person splits: their parts, under ids that last, and the papers of each.

A topic's papers are parted as papers are into topics (`jobs/topics/fit.py`), into the number that
the person gives. Between fits of the topics parts stay as they are, and each new paper of the topic
goes to the nearest; a new fit parts anew, and its parts keep the ids of those they continue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.tables.gold import TOPICS
from jobs.topics.fit import ASSIGNED_SCHEMA, FIT_SCHEMA, TOPIC, Topic, assign, fit_parts
from jobs.topics.hierarchy import (
    LEVELS,
    Hierarchy,
    Look,
    add_rows,
    assign_papers,
    hierarchy_in,
    hierarchy_of,
    naming_task,
    recompute_centroids,
    sample_papers,
    shared_papers,
    topic_rows,
    topics_of,
)
from jobs.topics.matching import match_topics
from jobs.topics.report import report

_IN_FORCE = "is_current or curated in ('merged', 'hidden')"
"""Parts of the last run: those that a person merged or hid are parts still."""


class Split(NamedTuple):
    """Rows of gold.topics with parts, of gold.paper_topics by part, and the topics split."""

    topics: DataFrame
    paper_topics: DataFrame
    ids: frozenset[str]


class Published(NamedTuple):
    """gold.topics and gold.paper_topics of the last run, with its parts."""

    topics: DataFrame
    paper_topics: DataFrame


def split_topics(
    look: Look,
    topics: DataFrame,
    paper_topics: DataFrame,
    known: Published,
    splits: Mapping[str, int],
    settings: TopicsSettings,
) -> Split:
    """The topics that `splits` names in parts; those of the parts that are in force are current.

    A topic stays whole where its papers are too few for two parts, each of
    `settings.min_topic_papers`. Ids that no topic has split nothing.

    Args:
        topics, paper_topics: by the papers alone.
        splits: how many parts a topic is to have, by its id.
    """
    found = paper_topics.withColumn("found_topic_id", F.col("topic_id"))
    earlier = known.topics.where("split_from is not null")
    current = topics.where("is_current").orderBy("topic_id").collect() if splits else []
    whole = [row for row in current if row["level"] == TOPIC and row["topic_id"] in splits]
    if not whole:
        return Split(topics.unionByName(_in_force(earlier, [])), found, frozenset())
    before = earlier.where(_IN_FORCE).orderBy("topic_id").collect()
    kept = _kept_parts(whole, before, splits, look)
    fresh = {
        row["topic_id"]: _part(
            row,
            splits[row["topic_id"]],
            [part for part in before if part["split_from"] == row["topic_id"]],
            found,
            known.paper_topics,
            look,
            settings,
        )
        for row in whole
        if row["topic_id"] not in kept
    }
    of_fresh = {topic_id: made.by_level[TOPIC] for topic_id, made in fresh.items()}
    parts = {topic_id: some for topic_id, some in (kept | of_fresh).items() if some}
    by_part = assign_parts(found, look.vectors, parts) if parts else found
    ids = [part.topic_id for some in kept.values() for part in some]
    labels = [row["label"] for row in current]
    labels += [row["found_label"] for row in before if row["topic_id"] in ids]
    others = [row for row in current if row["topic_id"] not in parts]
    made = _part_rows(others, parts, fresh, whole[0]["version"], labels, by_part, look, settings)
    created = [row | {"split_into": splits[row["split_from"]]} for row in made]
    still = _in_force(earlier, ids)
    if created:
        new_ids = [row["topic_id"] for row in created]
        is_replaced = (F.col("version") == whole[0]["version"]) & F.col("topic_id").isin(new_ids)
        still = still.where(~is_replaced)
    rows = add_rows(topics.unionByName(still), TOPICS, created)
    return Split(rows, by_part, frozenset(parts))


def _in_force(parts: DataFrame, ids: Sequence[str]) -> DataFrame:
    """Rows of parts; of those of the last run the ones with `ids` are current."""
    is_kept = F.col("topic_id").isin(list(ids)) & F.expr(_IN_FORCE)
    return parts.withColumn("is_current", F.coalesce(is_kept, F.lit(False)))


def _kept_parts(
    whole: Sequence[Row], before: Sequence[Row], splits: Mapping[str, int], look: Look
) -> dict[str, list[Topic]]:
    """Parts of the last run that stay: of this fit and number asked for, known by this day."""
    kept = {}
    for topic in whole:
        of_fit = (topic["topic_id"], topic["version"], look.model)
        same = [
            part
            for part in before
            if (part["split_from"], part["version"], part["model"]) == of_fit
            and part["split_into"] == splits[topic["topic_id"]]
            and part["fitted_as_of"] <= look.as_of
        ]
        if same:
            kept[topic["topic_id"]] = topics_of(same, TOPIC)
    return kept


def _part(
    topic: Row,
    number: int,
    old: Sequence[Row],
    found: DataFrame,
    known_papers: DataFrame,
    look: Look,
    settings: TopicsSettings,
) -> Hierarchy:
    """A topic's parts, under the ids of the `old` ones that they continue."""
    topic_id = topic["topic_id"]
    members = found.where(F.col("topic_id") == topic_id)
    vectors = look.vectors.join(members, on="paper_id", how="left_semi")
    work = partial(fit_parts, number=number, settings=settings)
    rows = sample_papers(vectors, settings).coalesce(1).mapInArrow(work, FIT_SCHEMA).collect()
    made = hierarchy_of(rows, f"{topic['version']} {topic_id} {number}")
    fresh = made.by_level[TOPIC]
    if old and fresh:
        before = hierarchy_in(old)
        if any(row["model"] != look.model for row in old):
            before = recompute_centroids(before, made, known_papers, look.vectors)
        # Not by what is published: papers of a part that is hidden have no topic there.
        old_parts = before.by_level[TOPIC]
        shared = shared_papers(assign_papers(vectors, old_parts), assign_papers(vectors, fresh))
        made = made.with_ids(match_topics(old_parts, fresh, shared, settings))
    above = topic["parent"]
    parts = made.by_level[TOPIC]
    return made._replace(parents={part.topic_id: above for part in parts} if above else {})


def assign_parts(
    found: DataFrame, vectors: DataFrame, parts: Mapping[str, Sequence[Topic]]
) -> DataFrame:
    """Rows of gold.paper_topics, those of topics with `parts` by the nearest part."""
    members = found.where(F.col("topic_id").isin(sorted(parts))).select("paper_id", "topic_id")
    # All papers of a topic are some part's.
    open_parts = {
        of: [replace(part, threshold=-1.0) for part in sorted(some, key=lambda one: one.topic_id)]
        for of, some in parts.items()
    }
    placed = vectors.join(members, on="paper_id", how="inner").mapInArrow(
        partial(_assign_within, parts=open_parts), ASSIGNED_SCHEMA
    )
    by_part = placed.select(
        "paper_id", F.col("topic_id").alias("part_id"), F.col("similarity").alias("part_similarity")
    )
    return (
        found.join(by_part, on="paper_id", how="left")
        .withColumn("topic_id", F.coalesce("part_id", "topic_id"))
        .withColumn("similarity", F.coalesce("part_similarity", "similarity"))
        .drop("part_id", "part_similarity")
    )


def _assign_within(
    batches: Iterable[pa.RecordBatch], parts: Mapping[str, list[Topic]]
) -> Iterator[pa.RecordBatch]:
    """The nearest part of its topic for each paper (paper_id, vector, topic_id)."""
    for batch in batches:
        for topic_id in sorted(parts):
            inside = batch.filter(pc.equal(batch["topic_id"], topic_id))
            yield from assign([inside], parts[topic_id])


def _part_rows(
    others: Sequence[Row],
    parts: Mapping[str, Sequence[Topic]],
    fresh: Mapping[str, Hierarchy],
    version: int,
    used_labels: Sequence[str],
    paper_topics: DataFrame,
    look: Look,
    settings: TopicsSettings,
) -> list[dict[str, Any]]:
    """Rows of gold.topics of the `fresh` parts, named beside the `others`, which are not split."""
    origin = {part.topic_id: of for of, made in fresh.items() for part in made.by_level[TOPIC]}
    if not origin:
        return []
    made = _together(list(fresh.values()))
    beside = hierarchy_in(others)
    all_topics = [*beside.by_level[TOPIC], *(part for some in parts.values() for part in some)]
    by_level = beside.by_level | {TOPIC: all_topics}
    everything = beside._replace(by_level=by_level, parents=beside.parents | made.parents)
    summary = report(
        naming_task(sorted(origin), everything),
        paper_topics,
        look.papers,
        look.phrases,
        sample_papers(look.vectors, settings),
        used_labels,
        settings,
        look.own,
    )
    rows = topic_rows(made, summary, version, look, settings)
    return [row | {"split_from": origin[row["topic_id"]]} for row in rows]


def _together(several: Sequence[Hierarchy]) -> Hierarchy:
    """The topics of several hierarchies in one."""
    return Hierarchy(
        {level: [topic for one in several for topic in one.by_level[level]] for level in LEVELS},
        {child: above for one in several for child, above in one.parents.items()},
        {topic_id: value for one in several for topic_id, value in one.cohesion.items()},
        None,
    )
