"""People of a block: authorships that ids join, then those that evidence joins on average."""

from __future__ import annotations

import numpy as np

from jobs.people.evidence import Flags, Floats


class Groups:
    """Authorships of a block while they are joined to people.

    Two groups are as close as the authorships of the smaller one are to the larger on average,
    each by the best of its pairs with it (after the modified Hausdorff distance of Dubuisson and
    Jain 1994): papers of one person need not all be alike, and one pair ties no two groups of many
    papers. The closest two are joined first, until none is above 0. Two groups of which one pair is
    barred stay apart. Ties go by place, so authorships stand in an order that follows from them
    alone.

    Attributes:
        group_of: the group of each authorship, named by the least place in it.
    """

    def __init__(self, scores: Floats, barred: Flags) -> None:
        self.barred = barred.copy()
        np.fill_diagonal(self.barred, True)
        self.best = scores.copy()  # of each authorship with each group
        self.sums = scores.copy()  # of these, over the authorships of each group
        self.sizes = np.ones(len(scores))
        self.group_of = np.arange(len(scores))

    def join(self, a: int, b: int) -> int:
        """Join two groups under the lesser place, which is given back."""
        root, child = min(a, b), max(a, b)
        self.group_of[self.group_of == child] = root
        self.sizes[root] += self.sizes[child]
        self.barred[root] |= self.barred[child]
        self.barred[:, root] = self.barred[root]
        self.barred[child] = self.barred[:, child] = True
        self.best[:, root] = np.maximum(self.best[:, root], self.best[:, child])
        self.sums[root] += self.sums[child]
        self.sums[:, root] = np.bincount(
            self.group_of, self.best[:, root], minlength=len(self.sizes)
        )
        return root

    def join_close(self) -> None:
        """Join groups until no two that may be joined are closer than 0."""
        close = np.stack([self._closeness(root) for root in range(len(self.sizes))])
        nearest = close.max(axis=1)
        while len(nearest):
            a = int(nearest.argmax())
            if nearest[a] <= 0:
                return
            b = int(close[a].argmax())
            root = self.join(a, b)
            child = a + b - root
            close[child] = close[:, child] = -np.inf
            close[root] = close[:, root] = self._closeness(root)
            nearest = close.max(axis=1)

    def _closeness(self, group: int) -> Floats:
        """How close a group is to every other; -inf where the two are barred."""
        size = self.sizes[group]
        out, into = self.sums[group] / size, self.sums[:, group] / self.sizes
        mean = np.where(self.sizes > size, out, into)
        mean = np.where(self.sizes == size, np.minimum(out, into), mean)
        return np.where(self.barred[group], -np.inf, np.round(mean, 9))
