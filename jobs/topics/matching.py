"""Which topic of a new fit is which topic of the last: ids that survive, and the lineage.

Pairs are chosen by the assignment problem (Kuhn 1955, "The Hungarian method").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from jobs.params import TopicsSettings
from jobs.topics.fit import Topic
from jobs.vectors.vectors import Matrix

_DIGITS = 6
_NOTHING = 1e-12
NO_TOPIC = ""
"""Stands for the old topic of a born one and of papers that had none; for new ones likewise."""

Shared = Mapping[tuple[str, str], int]
"""Papers of the new fit by their old and new topic; pairs without any are left out."""


class Link(NamedTuple):
    """One row of the lineage: how a topic of the last fit and one of the new belong together."""

    old_topic_id: str
    new_topic_id: str
    relation: str
    similarity: float | None
    shared_papers: int


def match_topics(
    old: Sequence[Topic], new: Sequence[Topic], shared: Shared, settings: TopicsSettings
) -> dict[str, str]:
    """Old topic's id for each new topic that is the old one again, by the new topic's own id.

    Likeness is the mean of the centroids' cosine and of the Jaccard index over the papers that
    have a topic in both fits. Each topic is paired once, so that the sum of likeness is greatest;
    pairs under `settings.same_topic` are none.
    """
    if not old or not new:
        return {}
    counts = np.array([[shared.get((o.topic_id, n.topic_id), 0) for n in new] for o in old])
    unions = counts.sum(axis=1, keepdims=True) + counts.sum(axis=0, keepdims=True) - counts
    likeness = (cosines(old, new) + counts / np.maximum(unions, 1)) / 2
    pairs = zip(*linear_sum_assignment(likeness, maximize=True), strict=True)
    return {
        new[n].topic_id: old[o].topic_id for o, n in pairs if likeness[o, n] >= settings.same_topic
    }


def lineage(
    old: Sequence[Topic],
    new: Sequence[Topic],
    same: Mapping[str, str],
    shared: Shared,
    settings: TopicsSettings,
) -> list[Link]:
    """How topics came and went between two fits; every old and every new topic is in some row.

    `same` is what `match_topics` gave; new topics that are the old ones again go by the old id.
    Each other new topic is split from the old one that most of its papers came from, if those are
    at least `settings.related_share` of them, else born; an old topic is merged or died likewise.
    """
    likeness = cosines(old, new)
    rows = {topic.topic_id: row for row, topic in enumerate(old)}
    columns = {topic.topic_id: column for column, topic in enumerate(new)}
    relations = {(old_id, new_id): "same" for new_id, old_id in same.items()}
    for new_id in columns.keys() - same.keys():
        origin = _most({o: count for (o, n), count in shared.items() if n == new_id}, settings)
        relations[origin, new_id] = "split" if origin else "born"
    for old_id in rows.keys() - same.values():
        heir = _most({n: count for (o, n), count in shared.items() if o == old_id}, settings)
        # An heir that is split from it has its row already.
        relations.setdefault((old_id, heir), "merged" if heir else "died")
    return sorted(
        Link(
            old_id,
            same.get(new_id, new_id),
            relation,
            float(likeness[rows[old_id], columns[new_id]]) if old_id and new_id else None,
            shared.get((old_id, new_id), 0) if old_id and new_id else 0,
        )
        for (old_id, new_id), relation in relations.items()
    )


def cosines(old: Sequence[Topic], new: Sequence[Topic]) -> Matrix:
    """Cosines of the topics' centroids, of shape (old, new)."""
    if not old or not new:
        return np.zeros((len(old), len(new)))
    left, right = (np.array([t.centroid for t in topics], dtype=float) for topics in (old, new))
    lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)
    # A topic that holds no paper has no direction, and is like none.
    likeness: Matrix = np.round(left @ right.T / np.maximum(lengths, _NOTHING), _DIGITS)
    return likeness


def _most(papers: Mapping[str, int], settings: TopicsSettings) -> str:
    """The topic with the most of `papers` (a count by topic), or NO_TOPIC if those are too few."""
    by_count = sorted((-count, topic_id) for topic_id, count in papers.items() if topic_id)
    if by_count and -by_count[0][0] >= settings.related_share * sum(papers.values()):
        return by_count[0][1]
    return NO_TOPIC
