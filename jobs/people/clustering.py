"""People of a block: authorships that ids join, then those that evidence joins.

fern a    p1/1 ORCID 1    p2/1 ORCID 1    p3/2    p4/1 ORCID 2

p1/1 p2/1         orcid
p3/2 with p1/1    3.1          {p1/1, p2/1} p3/2: 3.1, joined
p4/1 with p1/1    barred       two ORCID iDs: apart
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from jobs.people.evidence import Authorship, Flags, Floats, Pairs


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


def cluster(block: Sequence[Authorship], pairs: Pairs) -> list[list[int]]:
    """The people of a block, each as its places in order."""
    groups = Groups(pairs.scores, pairs.barred)
    for a, b in same_id(block):
        one, other = int(groups.group_of[a]), int(groups.group_of[b])
        places = np.flatnonzero((groups.group_of == one) | (groups.group_of == other))
        if one != other and _is_one_person([block[place] for place in places]):
            groups.join(one, other)
    groups.join_close()
    return _members(groups.group_of.tolist())


def cluster_by_ids(block: Sequence[Authorship]) -> list[list[int]]:
    """The same of a block too large for its pairs: ids join, and all else stays single."""
    root = list(range(len(block)))
    members = {place: [place] for place in root}
    for a, b in same_id(block):
        one, other = sorted((root[a], root[b]))
        sides = [block[place] for place in members[one] + members[other]]
        if one != other and _is_one_person(sides):
            members[one] += members.pop(other)
            for place in members[one]:
                root[place] = one
    return _members(root)


def same_id(block: Sequence[Authorship]) -> Iterator[tuple[int, int]]:
    """Pairs of neighbours that share an ORCID iD, then those that share an id of a feed."""
    for kind in (lambda a: {a.orcid} - {""}, lambda a: a.ids):
        last: dict[str, int] = {}
        for place, authorship in enumerate(block):
            for identifier in sorted(kind(authorship)):
                if identifier in last:
                    yield last[identifier], place
                last[identifier] = place


def _is_one_person(sides: Sequence[Authorship]) -> bool:
    """Whether what ids join may be one: no two ORCID iDs, a paper has them once, none is split."""
    papers = {a.paper_id for a in sides}
    apart = frozenset[str]().union(*(a.apart for a in sides))
    if apart and any(a.place in apart for a in sides):
        return False
    return len({a.orcid for a in sides} - {""}) <= 1 and len(papers) == len(sides)


def _members(group_of: Sequence[int]) -> list[list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(group_of):
        groups[group].append(place)
    return [groups[group] for group in sorted(groups)]
