"""People of a block: authorships that ids join, then those that evidence joins.

fern a    p1/1 ORCID 1    p2/1 ORCID 1    p3/2    p4/1 ORCID 2

p1/1 p2/1         orcid
p3/2 with p1/1    3.1          {p1/1, p2/1} p3/2: 3.1, joined
p4/1 with p1/1    barred       two ORCID iDs: apart
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

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
    for first, *others in cluster_by_ids(block):
        for other in others:
            groups.join(first, other)
    groups.join_close()
    return _members(groups.group_of.tolist())


def cluster_by_ids(block: Sequence[Authorship]) -> list[list[int]]:
    """The same by ids alone, ORCID iDs before those of feeds: all else stays single.

    Not all who bear an id need be one person. Each goes, in their order, to the first of its
    bearers with whom it may be one, whatever stands between:

    p1 p2 p3 of one ORCID iD, p1 and p2 split         {p1, p3} {p2}
    """
    people = [_Person(place, authorship) for place, authorship in enumerate(block)]
    for kind in (lambda a: {a.orcid} - {""}, lambda a: a.ids):
        bearers: dict[str, list[int]] = defaultdict(list)  # of each id a place of each person
        for place, authorship in enumerate(block):
            for identifier in sorted(kind(authorship)):
                for other in bearers[identifier]:
                    if _are_joined(people, other, place):
                        break
                else:
                    bearers[identifier].append(place)
    return sorted(sorted(person.members) for person in set(people))


class _Person:
    """Authorships that ids join, and what tells them from others."""

    def __init__(self, place: int, authorship: Authorship) -> None:
        self.members = [place]
        self.papers = {authorship.paper_id}
        self.orcid = authorship.orcid
        self.apart = authorship.apart
        self.split = frozenset({authorship.place} if authorship.apart else ())

    def may_be(self, other: _Person) -> bool:
        """Whether the two have no two ORCID iDs, no paper in common, and are not split."""
        return (
            (not self.orcid or not other.orcid or self.orcid == other.orcid)
            and self.papers.isdisjoint(other.papers)
            and self.split.isdisjoint(other.apart)
            and other.split.isdisjoint(self.apart)
        )

    def take(self, other: _Person) -> None:
        """Have all that another has."""
        self.members += other.members
        self.papers |= other.papers
        self.orcid = self.orcid or other.orcid
        self.apart |= other.apart
        self.split |= other.split


def _are_joined(people: list[_Person], one: int, other: int) -> bool:
    """Whether the people of two places are one, or may be and so now are."""
    if people[one] is people[other]:
        return True
    if not people[one].may_be(people[other]):
        return False
    larger, smaller = people[one], people[other]
    if len(smaller.members) > len(larger.members):
        larger, smaller = smaller, larger
    larger.take(smaller)
    for place in smaller.members:
        people[place] = larger
    return True


def _members(group_of: Sequence[int]) -> list[list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(group_of):
        groups[group].append(place)
    return [groups[group] for group in sorted(groups)]
