"""How cells of papers are merged into topics, and how many topics there are.

Ward 1963, "Hierarchical grouping to optimize an objective function", over the cells of a k-means
that is far too fine. Plain numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobs.vectors.vectors import Matrix

Numbers = NDArray[np.int64]

_TIE_DIGITS = 9


class Merge(NamedTuple):
    """Group `other` goes into group `into`, and the squared distances within grow by `cost`."""

    into: int
    other: int
    cost: float


def merges(means: Matrix, sizes: Numbers) -> list[Merge]:
    """The merges of all groups into one, the cheapest first; of equal ones the first in order.

    Args:
        means: the mean vector of each group, of shape (groups, dimensions). sizes: its papers.
    """
    means, weights = means.copy(), sizes.astype(np.float64)
    squares = (means**2).sum(axis=1)
    harmonic = np.outer(weights, weights) / np.add.outer(weights, weights)
    costs = harmonic * (np.add.outer(squares, squares) - 2 * means @ means.T)
    np.fill_diagonal(costs, np.inf)
    costs = np.round(costs, _TIE_DIGITS)
    is_there = np.ones(len(means), dtype=bool)
    tree = []
    for _ in range(len(means) - 1):
        into, other = sorted(int(at) for at in np.unravel_index(costs.argmin(), costs.shape))
        tree.append(Merge(into, other, max(float(costs[into, other]), 0.0)))
        both = weights[into] + weights[other]
        means[into] = (weights[into] * means[into] + weights[other] * means[other]) / both
        weights[into] = both
        is_there[other] = False
        fresh = weights * both / (weights + both) * ((means - means[into]) ** 2).sum(axis=1)
        fresh[~is_there] = np.inf
        fresh[into] = np.inf
        costs[other, :] = costs[:, other] = np.inf
        costs[into, :] = costs[:, into] = np.round(fresh, _TIE_DIGITS)
    return tree


def cut(tree: Sequence[Merge], groups: int) -> Numbers:
    """The group, numbered from 0, of each leaf of `tree` when `groups` are left."""
    leaves = len(tree) + 1
    owners = np.arange(leaves)
    for merge in tree[: leaves - groups]:
        owners[owners == merge.other] = merge.into
    numbered: Numbers = np.unique(owners, return_inverse=True)[1]
    return numbered


def jumps(tree: Sequence[Merge]) -> Matrix:
    """How much dearer the merge is that leaves a group less than k than the one that left k.

    In logarithms, for k = 2, 3, … leaves - 1, less what is expected: where papers lie in no groups
    the cost falls as a power of the number of groups, here that of the least squares over all
    merges.
    """
    costs = np.log(np.maximum([merge.cost for merge in reversed(tree)], 10.0**-_TIE_DIGITS))
    groups = np.log(np.arange(1, len(tree) + 1))  # groups after each merge, from the last
    slope = np.polyfit(groups, costs, 1)[0] if len(tree) > 1 else 0.0
    gaps: Matrix = (costs[:-1] - costs[1:]) - slope * (groups[:-1] - groups[1:])
    return gaps
