"""What a person decides about topics, kept in a file beside the configuration.

A CSV with the columns action, topic_id and value:

    action,topic_id,value
    rename,t0123456789ab,Tide Gauges
    merge,t0123456789ab,tba9876543210
    hide,t00112233aabb,
    split,t5566778899aa,3

Ids of topics last from fit to fit, and so do these decisions. What papers alone say stays beside
them, in `found_label` and `found_topic_id`: a line taken out of the file is undone by the next run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.text.csv_rows import csv_rows

_COLUMNS = ["action", "topic_id", "value"]
_ACTIONS = ("rename", "merge", "split", "hide")
RENAMED, MERGED, HIDDEN, SPLIT = "renamed", "merged", "hidden", "split"


class CurationError(ValueError):
    """A line that says nothing that can be done: which, and what to write."""


class Curation(NamedTuple):
    """Names of topics, topics that go into others, that are not shown, and numbers of parts."""

    names: Mapping[str, str]
    merged: Mapping[str, str]
    hidden: frozenset[str]
    splits: Mapping[str, int]


NOTHING = Curation({}, {}, frozenset(), {})


def curation(text: str) -> Curation:
    """The decisions of a file; nothing of an empty one.

    Raises:
        CurationError: a line cannot be followed, or two lines contradict each other.
    """
    said: dict[str, dict[str, str]] = {action: {} for action in _ACTIONS}
    for line, (action, topic_id, value) in csv_rows(text, _COLUMNS, CurationError):
        if action not in said:
            raise CurationError(
                f"line {line}: no such action: {action}; rename, merge, split or hide"
            )
        if not topic_id:
            raise CurationError(f"line {line}: topic_id is empty; papertide sql shows the ids")
        if topic_id in said[action] and action != "hide":
            raise CurationError(f"line {line}: a second {action} of {topic_id}; keep one")
        if not value and action != "hide":
            raise CurationError(f"line {line}: {action} needs a value")
        if action == "split" and not (value.isascii() and value.isdigit() and int(value) > 1):
            raise CurationError(f"line {line}: split needs the number of parts, 2 or more")
        said[action][topic_id] = value
    if len(set(said["rename"].values())) < len(said["rename"]):
        raise CurationError("two topics are renamed alike; give each a name of its own")
    splits = {topic_id: int(parts) for topic_id, parts in said["split"].items()}
    by = Curation(said["rename"], _follow_merges(said["merge"]), frozenset(said["hide"]), splits)
    _check_splits(by)
    return by


def _check_splits(by: Curation) -> None:
    """Nothing else is decided of a topic that is split: its parts have ids of their own."""
    for topic_id in sorted(by.splits):
        for action, ids in (("rename", by.names), ("merge", by.merged), ("hide", by.hidden)):
            if topic_id in ids:
                raise CurationError(f"{topic_id} is split: {action} its parts in its place")
        if topic_id in by.merged.values():
            raise CurationError(f"{topic_id} is split: merge into one of its parts")


def _follow_merges(merged: Mapping[str, str]) -> dict[str, str]:
    """Each merged topic with the last one that it leads to."""
    ends = {}
    for first in merged:
        visited, at = {first}, merged[first]
        while at in merged:
            if at in visited:
                raise CurationError(f"merge: {first} leads back to itself")
            visited.add(at)
            at = merged[at]
        if at == first:
            raise CurationError(f"merge: {first} leads back to itself")
        ends[first] = at
    return ends


def drop_lost_merges(by: Curation, levels: Mapping[str, int]) -> Curation:
    """The decisions without merges into what is no topic of the same level: they do nothing.

    `levels` are those of the topics in use, by topic_id.
    """
    merged = {
        one: other
        for one, other in by.merged.items()
        if other in levels and levels[other] == levels.get(one)
    }
    return by._replace(merged=merged)


def curate_topics(
    topics: DataFrame, version: int, by: Curation, split: Collection[str]
) -> DataFrame:
    """gold.topics with a person's decisions on those of a version, others as they are.

    A topic that is merged, split or hidden is not current, so that no page shows it; of the parts
    of topics those are that were so before. A name that another topic has by its papers takes that
    one's id in brackets behind it. `split` are the ids of topics that have parts.
    """
    spark = topics.sparkSession
    pairs: Sequence[tuple[Any, ...]] = [
        (
            topic_id,
            by.names.get(topic_id),
            by.merged.get(topic_id),
            HIDDEN
            if topic_id in by.hidden
            else MERGED
            if topic_id in by.merged
            else SPLIT
            if topic_id in split
            else RENAMED,
        )
        for topic_id in sorted({*by.names, *by.merged, *by.hidden, *split})
    ]
    decisions = spark.createDataFrame(
        pairs, "topic_id string, name string, into string, decided string"
    )
    is_now = F.col("version") == version
    is_shown = F.coalesce(~F.col("decided").isin(HIDDEN, MERGED, SPLIT), F.lit(True))
    is_in_force = F.col("split_from").isNull() | F.col("is_current")
    is_taken = F.col("found_label").isin(list(by.names.values()))
    own = F.when(
        is_taken & F.col("name").isNull(),
        F.concat_ws(" ", "found_label", F.concat(F.lit("("), "topic_id", F.lit(")"))),
    ).otherwise(F.col("found_label"))
    joined = topics.drop("merged_into", "curated").join(
        F.broadcast(decisions), on="topic_id", how="left"
    )
    return (
        joined.withColumn(
            "label", F.when(is_now, F.coalesce("name", own)).otherwise(F.col("label"))
        )
        .withColumn("merged_into", F.when(is_now, F.col("into")))
        .withColumn("curated", F.when(is_now & is_in_force, F.col("decided")))
        .withColumn("is_current", is_now & is_in_force & is_shown)
    )


def curate_papers(paper_topics: DataFrame, by: Curation) -> DataFrame:
    """gold.paper_topics after merges and hides: papers of a hidden topic have none."""
    into = dict(by.merged) | dict.fromkeys(by.hidden, "")
    into |= {one: "" for one, other in by.merged.items() if other in by.hidden}
    if not into:
        return paper_topics
    pairs = paper_topics.sparkSession.createDataFrame(
        sorted(into.items()), "topic_id string, into string"
    )
    joined = paper_topics.join(F.broadcast(pairs), on="topic_id", how="left")
    target = F.when(F.col("into") != "", F.col("into")).when(
        F.col("into").isNull(), F.col("topic_id")
    )
    return (
        joined.withColumn("topic_id", target)
        .withColumn("fits", F.col("topic_id").isNotNull())
        .drop("into")
    )
