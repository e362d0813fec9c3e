"""Three levels of topics: areas of fields, and fields of the topics that papers go to.

The groups that merging the cells of papers speaks for (`jobs/topics/fit.py`) are coarse: of a
corpus of one science a dozen. Where there are papers enough, each is parted further, and every
topic lies within one group. Plain numpy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobs.params import TopicsSettings
from jobs.topics.tree import Merge, cut, jumps, merges
from jobs.vectors.vectors import Matrix

Owners = NDArray[np.int64]

FEWEST_AREAS, MOST_AREAS = 8, 20
"""As many as a reader takes in at a look; fewer where the papers have fewer groups."""
BRANCHES = 2
"""A level is there where it has at least so many times the members of the one above, on average:
one that hardly parts anything is a list to click through."""


class Levels(NamedTuple):
    """The number of the field and of the area of each topic; without fields, areas alone."""

    fields: Owners | None
    areas: Owners


def topic_number(papers: int, groups: int, cells: int, settings: TopicsSettings) -> int:
    """How many topics the `groups` are parted into: `groups` where there are papers for no more.

    One for `settings.topic_papers`, at most `settings.max_topics`, and one for two cells, so that
    a topic is no single cell.
    """
    number = min(papers // settings.topic_papers, settings.max_topics, cells // 2)
    is_worth = settings.topics is None and number >= BRANCHES * groups
    return number if is_worth else groups


def levels(middles: Matrix, sizes: Owners, groups: Owners) -> Levels:
    """What stands above topics that lie within `groups`.

    Up to twenty groups are the areas; more are the fields, and areas are made of them. Between
    areas and topics are fields where there are topics enough for both.

    Args:
        middles: unit means of the topics, in rows. sizes: their papers. groups: of each topic.
    """
    number = int(groups.max()) + 1
    if number > MOST_AREAS:
        of_groups = np.array([_mean(middles, sizes, groups == g) for g in range(number)])
        tree = merges(of_groups, np.bincount(groups, sizes).astype(np.int64))
        least = FEWEST_AREAS - 2
        most = min(MOST_AREAS, number // BRANCHES)
        areas = FEWEST_AREAS + int(jumps(tree)[least : most - 1].argmax())
        return Levels(groups, cut(tree, areas)[groups])
    if len(middles) < BRANCHES**2 * number:
        return Levels(None, groups)
    return Levels(_fields(middles, sizes, groups), groups)


def _mean(middles: Matrix, sizes: Owners, chosen: NDArray[np.bool_]) -> Matrix:
    total: Matrix = (middles[chosen] * sizes[chosen, None]).sum(axis=0) / sizes[chosen].sum()
    return total


def _fields(middles: Matrix, sizes: Owners, areas: Owners) -> Owners:
    """The field of each topic: topics merged within their areas, the cheapest merges first.

    As many as merging becomes dearer at by most (`jumps`), twice the areas or more and half of the
    topics or fewer.
    """
    number = int(areas.max()) + 1
    by_cost: list[tuple[float, int, int]] = []
    for area in range(number):
        members = np.flatnonzero(areas == area)
        for merge in merges(middles[members], sizes[members]):
            by_cost.append((merge.cost, int(members[merge.into]), int(members[merge.other])))
    # Ward's merges of one area never get cheaper, so that those of all are in order by cost.
    by_cost.sort(key=lambda merge: merge[0])  # of equal ones the earlier of an area stays first
    tree = [Merge(into, other, cost) for cost, into, other in by_cost]
    costs = np.log(np.maximum([merge.cost for merge in tree], 1e-9))
    gaps = np.round(costs[1:] - costs[:-1], 9)  # gaps[at]: after at + 1 merges
    topics = len(middles)
    least, most = BRANCHES * number, topics // BRANCHES
    # So many merges leave `most` to `least` fields.
    first, last = topics - most, topics - least
    steps = first + int(gaps[first - 1 : last].argmax())
    owners = np.arange(topics)
    for merge in tree[:steps]:
        owners[owners == merge.other] = merge.into
    numbered: Owners = np.unique(owners, return_inverse=True)[1]
    return numbered
