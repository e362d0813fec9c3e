"""What a person decides about topics, kept in a file beside the configuration.

A CSV with the columns action, topic_id and value:

    action,topic_id,value
    rename,t0123456789ab,Tide Gauges
    merge,t0123456789ab,tba9876543210
    hide,t00112233aabb,

Ids of topics last from fit to fit, and so do these decisions. What papers alone say stays beside
them, in `found_label` and `found_topic_id`: a line taken out of the file is undone by the next run.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

_COLUMNS = ["action", "topic_id", "value"]
RENAMED, MERGED, HIDDEN = "renamed", "merged", "hidden"


class CurationError(ValueError):
    """A line that says nothing that can be done: which, and what to write."""


class Curation(NamedTuple):
    """Names of topics, topics that go into others, and topics that are not shown, by id."""

    names: Mapping[str, str]
    merged: Mapping[str, str]
    hidden: frozenset[str]


NOTHING = Curation({}, {}, frozenset())


def curation(text: str) -> Curation:
    """The decisions of a file.

    Raises:
        CurationError: a line cannot be followed, or two lines contradict each other.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if rows.fieldnames != _COLUMNS:
        raise CurationError(f"line 1: the columns are {','.join(_COLUMNS)}")
    names: dict[str, str] = {}
    merged: dict[str, str] = {}
    hidden: set[str] = set()
    for row in rows:
        line = rows.line_num
        action, topic_id, value = ((row[name] or "").strip() for name in _COLUMNS)
        if not topic_id:
            raise CurationError(f"line {line}: topic_id is empty; papertide sql shows the ids")
        if topic_id in (merged if action == "merge" else names if action == "rename" else ()):
            raise CurationError(f"line {line}: a second {action} of {topic_id}; keep one")
        if action in ("rename", "merge") and not value:
            raise CurationError(f"line {line}: {action} needs a value")
        if action == "rename":
            names[topic_id] = value
        elif action == "merge":
            merged[topic_id] = value
        elif action == "hide":
            hidden.add(topic_id)
        else:
            raise CurationError(f"line {line}: no such action: {action}; rename, merge or hide")
    if len(set(names.values())) < len(names):
        raise CurationError("two topics are renamed alike; give each a name of its own")
    return Curation(names, _follow_merges(merged), frozenset(hidden))


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


def curate_topics(topics: DataFrame, version: int, by: Curation) -> DataFrame:
    """gold.topics with a person's decisions on those of a version, others as they are.

    A topic that is merged or hidden is not current, so that no page shows it. A name that another
    topic has by its papers takes that one's id in brackets behind it.
    """
    spark = topics.sparkSession
    pairs: Sequence[tuple[Any, ...]] = [
        (
            topic_id,
            by.names.get(topic_id),
            by.merged.get(topic_id),
            HIDDEN if topic_id in by.hidden else MERGED if topic_id in by.merged else RENAMED,
        )
        for topic_id in sorted({*by.names, *by.merged, *by.hidden})
    ]
    decisions = spark.createDataFrame(
        pairs, "topic_id string, name string, into string, decided string"
    )
    is_now = F.col("version") == version
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
        .withColumn("curated", F.when(is_now, F.col("decided")))
        .withColumn(
            "is_current",
            F.when(
                is_now, ~F.coalesce(F.col("decided").isin(HIDDEN, MERGED), F.lit(False))
            ).otherwise(F.lit(False)),
        )
    )


def curate_papers(paper_topics: DataFrame, by: Curation) -> DataFrame:
    """gold.paper_topics after a person's decisions: papers of a hidden topic have none."""
    rows = paper_topics.withColumn("found_topic_id", F.col("topic_id"))
    into = dict(by.merged) | dict.fromkeys(by.hidden, "")
    into |= {one: "" for one, other in by.merged.items() if other in by.hidden}
    if not into:
        return rows
    pairs = rows.sparkSession.createDataFrame(sorted(into.items()), "topic_id string, into string")
    joined = rows.join(F.broadcast(pairs), on="topic_id", how="left")
    target = F.when(F.col("into") != "", F.col("into")).when(
        F.col("into").isNull(), F.col("topic_id")
    )
    return (
        joined.withColumn("topic_id", target)
        .withColumn("fits", F.col("topic_id").isNotNull())
        .drop("into")
    )
