"""Topics: what papers are about, under ids that last from run to run."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.tables.core import Table
from jobs.tables.gold import PAPER_TOPICS, TOPIC_FITS, TOPIC_LINEAGE, TOPICS
from jobs.terms.thesaurus import NONE, Thesaurus
from jobs.topics.curation import NOTHING, Curation, curate_papers, curate_topics
from jobs.topics.fit import (
    AREA,
    ASSIGNED_SCHEMA,
    FIELD,
    FIT_SCHEMA,
    TOPIC,
    Topic,
    assign,
    fit,
    fit_residual,
)
from jobs.topics.matching import NO_TOPIC, Link, Shared, cosines, lineage, match_topics
from jobs.topics.naming import suggest_names
from jobs.topics.report import NamingTask, Report, report
from jobs.vectors.vectors import SUMMED, Matrix, sum_by_topic

LEVELS = (AREA, FIELD, TOPIC)
_DIGITS = 6
_LEAST_COHERENT = 0.25
"""Share of the topics that may be less coherent than a new one. Where a category of 400 papers had
been kept from a fit of 8,000, groups of them were, and no other group of the residual."""


class Topics(NamedTuple):
    """What the stage writes.

    Rows of gold.topics, gold.topic_lineage, gold.paper_topics and gold.topic_fits.
    """

    topics: DataFrame
    lineage: DataFrame
    paper_topics: DataFrame
    fits: DataFrame


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


def topics(
    papers: DataFrame,
    phrases: DataFrame,
    embeddings: DataFrame,
    model: str,
    known: Topics,
    settings: TopicsSettings,
    as_of: date,
    by: Curation = NOTHING,
    own: Thesaurus = NONE,
) -> Topics:
    """All topics, their lineage, each paper's topic, and how good the fits were, as of a day.

    Topics are fitted when there are none, when the papers are `settings.refit_growth` times those
    of the last fit, when that one was made of another model's vectors, or when it looked at days
    after `as_of`. A new fit is a new version; its topics keep the ids of the old ones that they
    continue. Between fits topics stay as they are, and every paper goes to the nearest;
    `settings.residual_days` after the last fit or look the papers that fit none are looked at for
    topics that are added to the version. Fewer than `settings.min_papers` papers are not fitted.

    Args:
        papers: silver.papers. Withdrawn ones and those shown or dated after `as_of` are left out.
        phrases: silver.phrases.
        embeddings: silver.embeddings of `model`, unit vectors; papers without one are left out.
        known: the four tables as published; empty ones before the first fit.
        settings: how topics are found, named and kept.
        as_of: the day as of which all this is said.
        by: what a person decided. own: a thesaurus, whose terms name topics too.

    Raises:
        NamingError: the command that is to name topics does not.
    """
    known = _by_papers_alone(known)
    vectors = participants(papers, embeddings, as_of)
    look = Look(papers, phrases, vectors, model, as_of, vectors.count(), own)
    fitted = _topics_by_papers(look, known, settings)
    version = fitted.topics.agg(F.max("version")).collect()[0][0]
    return fitted._replace(
        topics=TOPICS.conform(curate_topics(fitted.topics, version or 0, by)),
        paper_topics=PAPER_TOPICS.conform(curate_papers(fitted.paper_topics, by)),
    )


def _by_papers_alone(known: Topics) -> Topics:
    """What is published, as it was before a person's decisions."""
    newest = F.max("version").over(Window.partitionBy())
    topics = _three_levels(known.topics).withColumn("is_current", F.col("version") == newest)
    label = F.coalesce("found_label", "label")
    now = F.when(F.col("is_current"), label).otherwise(F.col("label"))
    topic_id = F.coalesce("found_topic_id", "topic_id")
    papers = known.paper_topics.withColumn("topic_id", topic_id)
    return known._replace(
        topics=topics.withColumn("label", now).withColumn("found_label", label),
        paper_topics=papers.withColumn("fits", F.col("topic_id").isNotNull()),
    )


def _topics_by_papers(look: Look, known: Topics, settings: TopicsSettings) -> Topics:
    """`topics` by the papers alone."""
    as_of, model = look.as_of, look.model
    current = known.topics.where("is_current").orderBy("topic_id").collect()
    since = min((row["fitted_as_of"] for row in current), default=as_of)
    then = [row["fitted_papers"] for row in current if row["fitted_as_of"] == since]
    is_grown = not current or look.number >= settings.refit_growth * then[0]
    is_of_model = all(row["model"] == model for row in current)
    if look.number >= settings.min_papers and (is_grown or not is_of_model or since > as_of):
        return _refit(look, known, current, settings)
    usable = [row for row in current if row["fitted_as_of"] <= as_of and row["model"] == model]
    if usable and _is_due(known.fits, usable[0]["version"], as_of, settings):
        return _look_again(look, known, usable, settings)
    return known._replace(paper_topics=assign_papers(look.vectors, _topics_of(usable, TOPIC)))


def _three_levels(topics: DataFrame) -> DataFrame:
    """gold.topics, with versions of two levels, areas 1 and topics 2, in the numbers of three."""
    deepest = F.max("level").over(Window.partitionBy("version"))
    old = (deepest < TOPIC) & (F.col("level") > AREA)
    return topics.withColumn("level", F.when(old, TOPIC).otherwise(F.col("level")))


def participants(papers: DataFrame, embeddings: DataFrame, as_of: date) -> DataFrame:
    """Papers that may have a topic as of a day, with their vectors: paper_id, vector."""
    day = F.lit(as_of)
    eligible = papers.where(
        ~F.col("is_withdrawn") & (F.col("first_shown_on") <= day) & (F.col("dated_on") <= day)
    )
    return embeddings.select("paper_id", "vector").join(
        eligible.select("paper_id"), on="paper_id", how="inner"
    )


def _is_due(fits: DataFrame, version: int, as_of: date, settings: TopicsSettings) -> bool:
    last = fits.where(F.col("version") == version).agg(F.max("looked_on")).collect()[0][0]
    return last is None or (as_of - last).days >= settings.residual_days


def _refit(look: Look, known: Topics, current: Sequence[Row], settings: TopicsSettings) -> Topics:
    """A new version of the topics, under the old ids where it continues old topics."""
    version = current[0]["version"] + 1 if current else 1
    sample = sample_papers(look.vectors, settings)
    rows = sample.coalesce(1).mapInArrow(partial(fit, settings=settings), FIT_SCHEMA).collect()
    fresh = _hierarchy(rows, str(version))
    same, links = _match_old(fresh, current, known.paper_topics, look, settings)
    hierarchy = fresh.with_ids(same)
    paper_topics = assign_papers(look.vectors, hierarchy.by_level[TOPIC])
    ids = sorted(hierarchy.cohesion)
    summary = report(
        _naming_task(ids, hierarchy),
        paper_topics,
        look.papers,
        look.phrases,
        sample,
        (),
        settings,
        look.own,
    )
    created = _topic_rows(hierarchy, summary, version, look, settings)
    born = sum(topic.topic_id not in same for topic in fresh.by_level[TOPIC])
    of_fit = _fit_row("fit", version, hierarchy, born, summary, look)
    steps = [{"version": version, **link._asdict()} for link in links]
    return Topics(
        _with(known.topics.withColumn("is_current", F.lit(False)), TOPICS, created),
        _with(known.lineage, TOPIC_LINEAGE, steps),
        paper_topics,
        _with(known.fits, TOPIC_FITS, [of_fit]),
    )


def _look_again(
    look: Look, known: Topics, current: Sequence[Row], settings: TopicsSettings
) -> Topics:
    """The topics, all as they were, and new ones of the papers that fit none of them.

    A new topic is as coherent as three of four topics are, and belongs to the nearest area.
    """
    version = current[0]["version"]
    old = _current(current)
    nearest = assign_papers(look.vectors, old.by_level[TOPIC])
    residual = look.vectors.join(nearest.where("not fits"), on="paper_id", how="left_semi")
    cohesions = [old.cohesion[topic.topic_id] for topic in old.by_level[TOPIC]]
    cohesion = float(np.quantile(cohesions, _LEAST_COHERENT))
    work = partial(fit_residual, cohesion=cohesion, settings=settings)
    rows = sample_papers(residual, settings).coalesce(1).mapInArrow(work, FIT_SCHEMA).collect()
    above = old.by_level[FIELD] or old.by_level[AREA]
    new = _under_areas(_hierarchy(rows, f"{version} {look.as_of}"), above)
    hierarchy = Hierarchy(
        {level: old.by_level[level] + new.by_level[level] for level in LEVELS},
        old.parents | new.parents, old.cohesion | new.cohesion, None,
    )  # fmt: skip
    paper_topics = assign_papers(look.vectors, hierarchy.by_level[TOPIC]) if rows else nearest
    used_labels = [row["label"] for row in current]
    sample = sample_papers(look.vectors, settings)
    ids = sorted(new.cohesion)
    summary = report(
        _naming_task(ids, hierarchy),
        paper_topics,
        look.papers,
        look.phrases,
        sample,
        used_labels,
        settings,
        look.own,
    )
    born = [Link(NO_TOPIC, topic.topic_id, "born", None, 0) for topic in new.by_level[TOPIC]]
    of_look = _fit_row("residual", version, hierarchy, len(born), summary, look)
    return Topics(
        _with(known.topics, TOPICS, _topic_rows(new, summary, version, look, settings)),
        _with(known.lineage, TOPIC_LINEAGE, [{"version": version, **b._asdict()} for b in born]),
        paper_topics,
        _with(known.fits, TOPIC_FITS, [of_look]),
    )


def sample_papers(vectors: DataFrame, settings: TopicsSettings) -> DataFrame:
    """At most `settings.fit_papers` papers; every run draws the same, by a hash of the id."""
    return vectors.orderBy(F.xxhash64("paper_id"), "paper_id").limit(settings.fit_papers)


def _hierarchy(rows: Sequence[Row], salt: str) -> Hierarchy:
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


def _current(rows: Sequence[Row]) -> Hierarchy:
    """Rows of gold.topics as they were found."""
    return Hierarchy(
        {level: _topics_of(rows, level) for level in LEVELS},
        {row["topic_id"]: row["parent"] for row in rows if row["parent"]},
        {row["topic_id"]: row["cohesion"] for row in rows},
        None,
    )


def _topics_of(rows: Sequence[Row], level: int) -> list[Topic]:
    return [
        Topic(row["topic_id"], tuple(row["centroid"]), row["threshold"])
        for row in rows
        if row["level"] == level
    ]


def _under_areas(new: Hierarchy, areas: Sequence[Topic]) -> Hierarchy:
    """`new` topics, each below the area with the nearest centroid, if there are areas."""
    if not areas or not new.by_level[TOPIC]:
        return new
    nearest = cosines(new.by_level[TOPIC], areas).argmax(axis=1)
    pairs = zip(new.by_level[TOPIC], nearest, strict=True)
    return new._replace(parents={topic.topic_id: areas[at].topic_id for topic, at in pairs})


def _match_old(
    fresh: Hierarchy,
    current: Sequence[Row],
    paper_topics: DataFrame,
    look: Look,
    settings: TopicsSettings,
) -> tuple[dict[str, str], list[Link]]:
    """The old id of each fresh topic and area that continues an old one, and the lineage."""
    old = _current(current)
    if any(row["model"] != look.model for row in current):
        old = _recompute_centroids(old, fresh, paper_topics, look.vectors)
    shared: Shared = {}
    if current:
        shared = shared_papers(paper_topics, assign_papers(look.vectors, fresh.by_level[TOPIC]))
    of_level = {TOPIC: shared}
    for level in (FIELD, AREA):
        of_level[level] = _by_area(shared, _above(old, level), _above(fresh, level))
    same: dict[str, str] = {}
    links: list[Link] = []
    for level, common in of_level.items():
        before, after = old.by_level[level], fresh.by_level[level]
        matches = match_topics(before, after, common, settings)
        links += lineage(before, after, matches, common, settings)
        same |= matches
    return same, links


def _recompute_centroids(
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
        above = _above(old, level)
        for topic_id in topics:
            if topic_id in above:
                sums[above[topic_id]] += sums[topic_id]
    return old._replace(
        by_level={
            level: [replace(one, centroid=tuple(sums[one.topic_id])) for one in topics]
            for level, topics in old.by_level.items()
        }
    )


def _above(hierarchy: Hierarchy, level: int) -> dict[str, str]:
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


def _naming_task(ids: Sequence[str], hierarchy: Hierarchy) -> NamingTask:
    """The topics of each level that are to be named, areas first, and what topics are part of."""
    by_level = {level: {topic.topic_id for topic in hierarchy.by_level[level]} for level in LEVELS}
    return NamingTask(
        ids,
        [sorted(by_level[level].intersection(ids)) for level in LEVELS],
        [_above(hierarchy, level) for level in (AREA, FIELD)],
        hierarchy.parents,
    )


def _by_area(shared: Shared, old: Mapping[str, str], new: Mapping[str, str]) -> Shared:
    """Papers by old and new area, from those by old and new topic and the topics' areas."""
    counts: Counter[tuple[str, str]] = Counter()
    for (old_id, new_id), papers in shared.items():
        counts[old.get(old_id, NO_TOPIC), new.get(new_id, NO_TOPIC)] += papers
    return counts


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


def _topic_rows(
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


def _fit_row(
    kind: str, version: int, hierarchy: Hierarchy, born: int, summary: Report, look: Look
) -> dict[str, Any]:
    """The row of gold.topic_fits for the topics that are there afterwards."""
    sizes = [summary.papers.get(topic.topic_id, 0) for topic in hierarchy.by_level[TOPIC]]
    return {
        "version": version,
        "looked_on": look.as_of,
        "kind": kind,
        "papers": look.number,
        "topics": len(sizes),
        "areas": len(hierarchy.by_level[AREA]),
        "born": born,
        "residual_share": round(1 - sum(sizes) / look.number, _DIGITS),
        "npmi": summary.npmi,
        "diversity": summary.diversity,
        "stability": hierarchy.stability,
        "sizes": sorted(sizes, reverse=True),
    }


def _with(known: DataFrame, table: Table, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    """The rows of a table that are known, and new ones."""
    in_order = [tuple(row[name] for name in table.column_names) for row in rows]
    created = known.sparkSession.createDataFrame(in_order, table.schema())
    return table.conform(known).unionByName(created)
