"""Which topic of a new fit is which topic of the last: ids that survive, and the lineage.

Pairs are chosen by the assignment problem (Kuhn 1955, "The Hungarian method").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from jobs.params import TopicsSettings
from jobs.topic_fit import Topic
from jobs.vectors import Matrix

_DIGITS = 6
NO_TOPIC = ""
"""Stands for the old topic of a born one and for the new topic of a died one."""

Shared = Mapping[tuple[str, str], int]
"""Papers that stand in both an old and a new topic; pairs without any are left out."""


class Link(NamedTuple):
    """One row of the lineage: how a topic of the last fit and one of the new fit belong together."""

    old_topic_id: str
    new_topic_id: str
    relation: str
    similarity: float | None
    shared_papers: int


def matched(
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

    `same` is what `matched` gave; new topics that are the old ones again go by the old id. Of the
    others a new topic is split from the old one that most of its known papers came from, if that
    is `settings.related_share` of them, else born; an old topic merged or died likewise.
    """
    likeness = cosines(old, new)
    places = {t.topic_id: i for i, t in enumerate(old)}, {t.topic_id: i for i, t in enumerate(new)}

    def link(old_id: str, new_id: str, relation: str) -> Link:
        if not old_id or not new_id:
            return Link(old_id, new_id, relation, None, 0)
        similarity = float(likeness[places[0][old_id], places[1][new_id]])
        name = same.get(new_id, new_id)
        return Link(old_id, name, relation, similarity, shared.get((old_id, new_id), 0))

    links = [link(old_id, new_id, "same") for new_id, old_id in same.items()]
    fresh = [t.topic_id for t in new if t.topic_id not in same]
    gone = [t.topic_id for t in old if t.topic_id not in same.values()]
    split = {n: _mainly({o: c for (o, m), c in shared.items() if m == n}, settings) for n in fresh}
    merged = {o: _mainly({n: c for (p, n), c in shared.items() if p == o}, settings) for o in gone}
    links += [link(o, n, "split" if o else "born") for n, o in split.items()]
    # Where an old topic goes into the one split from it, the split has told both stories.
    links += [
        link(o, n, "merged" if n else "died")
        for o, n in merged.items()
        if not n or split.get(n) != o
    ]
    return sorted(links)


def cosines(old: Sequence[Topic], new: Sequence[Topic]) -> Matrix:
    """Cosines of the topics' centroids, of shape (old, new)."""
    if not old or not new:
        return np.zeros((len(old), len(new)))
    left, right = (np.array([t.centroid for t in topics], dtype=float) for topics in (old, new))
    lengths = np.linalg.norm(left, axis=1)[:, None] * np.linalg.norm(right, axis=1)
    return np.round(left @ right.T / lengths, _DIGITS)


def _mainly(papers: Mapping[str, int], settings: TopicsSettings) -> str:
    """The topic that holds enough of `papers` (count by topic), or NO_TOPIC."""
    most = sorted(Counter(papers).items(), key=lambda item: (-item[1], item[0]))[:1]
    for topic_id, count in most:
        if count >= settings.related_share * sum(papers.values()):
            return topic_id
    return NO_TOPIC
