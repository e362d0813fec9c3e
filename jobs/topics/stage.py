"""Topics: what papers are about, under ids that last from run to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from pyspark.sql import DataFrame, Row, Window
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.tables.gold import PAPER_TOPICS, TOPIC_FITS, TOPIC_LINEAGE, TOPICS
from jobs.terms.thesaurus import NONE, Thesaurus
from jobs.topics.curation import NOTHING, Curation, curate_papers, curate_topics, drop_lost_merges
from jobs.topics.fit import (
    AREA,
    FIELD,
    FIT_SCHEMA,
    TOPIC,
    Topic,
    fit,
    fit_residual,
)
from jobs.topics.hierarchy import (
    LEVELS,
    Hierarchy,
    Look,
    add_rows,
    assign_papers,
    hierarchy_in,
    hierarchy_of,
    members_above,
    naming_task,
    recompute_centroids,
    sample_papers,
    shared_papers,
    topic_rows,
    topics_of,
)
from jobs.topics.matching import NO_TOPIC, Link, Shared, cosines, lineage, match_topics
from jobs.topics.report import Report, report
from jobs.topics.splitting import Published, split_topics

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
    vectors = participants(papers, embeddings, as_of)
    look = Look(papers, phrases, vectors, model, as_of, vectors.count(), own)
    fitted = _topics_by_papers(look, _by_papers_alone(known), settings)
    version = fitted.topics.agg(F.max("version")).collect()[0][0] or 0
    before = Published(known.topics, known.paper_topics)
    split = split_topics(look, fitted.topics, fitted.paper_topics, before, by.splits, settings)
    if by.merged:
        in_use = split.topics.where((F.col("version") == version) & F.col("is_current"))
        levels = {row.topic_id: row.level for row in in_use.select("topic_id", "level").collect()}
        by = drop_lost_merges(by, levels)
    return fitted._replace(
        topics=TOPICS.conform(curate_topics(split.topics, version, by, split.ids)),
        paper_topics=PAPER_TOPICS.conform(curate_papers(split.paper_topics, by)),
    )


def _by_papers_alone(known: Topics) -> Topics:
    """What is published, as it was before a person's decisions."""
    newest = F.max("version").over(Window.partitionBy())
    found = _three_levels(known.topics).where("split_from is null")
    topics = found.withColumn("is_current", F.col("version") == newest)
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
    return known._replace(paper_topics=assign_papers(look.vectors, topics_of(usable, TOPIC)))


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
    fresh = hierarchy_of(rows, str(version))
    same, links = _match_old(fresh, current, known.paper_topics, look, settings)
    hierarchy = fresh.with_ids(same)
    paper_topics = assign_papers(look.vectors, hierarchy.by_level[TOPIC])
    ids = sorted(hierarchy.cohesion)
    summary = report(
        naming_task(ids, hierarchy),
        paper_topics,
        look.papers,
        look.phrases,
        sample,
        (),
        settings,
        look.own,
    )
    created = topic_rows(hierarchy, summary, version, look, settings)
    born = sum(topic.topic_id not in same for topic in fresh.by_level[TOPIC])
    of_fit = _fit_row("fit", version, hierarchy, born, summary, look)
    steps = [{"version": version, **link._asdict()} for link in links]
    return Topics(
        add_rows(known.topics.withColumn("is_current", F.lit(False)), TOPICS, created),
        add_rows(known.lineage, TOPIC_LINEAGE, steps),
        paper_topics,
        add_rows(known.fits, TOPIC_FITS, [of_fit]),
    )


def _look_again(
    look: Look, known: Topics, current: Sequence[Row], settings: TopicsSettings
) -> Topics:
    """The topics, all as they were, and new ones of the papers that fit none of them.

    A new topic is as coherent as three of four topics are, and belongs to the nearest area.
    """
    version = current[0]["version"]
    old = hierarchy_in(current)
    nearest = assign_papers(look.vectors, old.by_level[TOPIC])
    residual = look.vectors.join(nearest.where("not fits"), on="paper_id", how="left_semi")
    cohesions = [old.cohesion[topic.topic_id] for topic in old.by_level[TOPIC]]
    cohesion = float(np.quantile(cohesions, _LEAST_COHERENT))
    work = partial(fit_residual, cohesion=cohesion, settings=settings)
    rows = sample_papers(residual, settings).coalesce(1).mapInArrow(work, FIT_SCHEMA).collect()
    above = old.by_level[FIELD] or old.by_level[AREA]
    new = _under_areas(hierarchy_of(rows, f"{version} {look.as_of}"), above)
    hierarchy = Hierarchy(
        {level: old.by_level[level] + new.by_level[level] for level in LEVELS},
        old.parents | new.parents, old.cohesion | new.cohesion, None,
    )  # fmt: skip
    paper_topics = assign_papers(look.vectors, hierarchy.by_level[TOPIC]) if rows else nearest
    used_labels = [row["label"] for row in current]
    sample = sample_papers(look.vectors, settings)
    ids = sorted(new.cohesion)
    summary = report(
        naming_task(ids, hierarchy),
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
        add_rows(known.topics, TOPICS, topic_rows(new, summary, version, look, settings)),
        add_rows(known.lineage, TOPIC_LINEAGE, [{"version": version, **b._asdict()} for b in born]),
        paper_topics,
        add_rows(known.fits, TOPIC_FITS, [of_look]),
    )


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
    old = hierarchy_in(current)
    if any(row["model"] != look.model for row in current):
        old = recompute_centroids(old, fresh, paper_topics, look.vectors)
    shared: Shared = {}
    if current:
        shared = shared_papers(paper_topics, assign_papers(look.vectors, fresh.by_level[TOPIC]))
    of_level = {TOPIC: shared}
    for level in (FIELD, AREA):
        of_level[level] = _by_area(shared, members_above(old, level), members_above(fresh, level))
    same: dict[str, str] = {}
    links: list[Link] = []
    for level, common in of_level.items():
        before, after = old.by_level[level], fresh.by_level[level]
        matches = match_topics(before, after, common, settings)
        links += lineage(before, after, matches, common, settings)
        same |= matches
    return same, links


def _by_area(shared: Shared, old: Mapping[str, str], new: Mapping[str, str]) -> Shared:
    """Papers by old and new area, from those by old and new topic and the topics' areas."""
    counts: Counter[tuple[str, str]] = Counter()
    for (old_id, new_id), papers in shared.items():
        counts[old.get(old_id, NO_TOPIC), new.get(new_id, NO_TOPIC)] += papers
    return counts


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
