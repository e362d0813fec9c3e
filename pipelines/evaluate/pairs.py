"""Precision, recall and F1 over pairs of records that are one work, or are held to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple

from pipelines.evaluate import Measure

Pair = tuple[str, str]


class Score(NamedTuple):
    """Precision, recall and F1, each 0 to 1; of nothing found or nothing to find, 1."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, precision: float, recall: float) -> Score:
        """The score with its F1."""
        total = precision + recall
        return cls(precision, recall, 2 * precision * recall / total if total else 0.0)

    def measures(self, name: str, aim: float | None = None) -> Iterator[Measure]:
        """The three as measures of the set `name`; the aim is that of F1."""
        yield Measure(name, "precision", round(self.precision, 4))
        yield Measure(name, "recall", round(self.recall, 4))
        yield Measure(name, "f1", round(self.f1, 4), aim)


def score_pairs(
    paper_of: Mapping[str, str],
    truth: Iterable[Pair],
    source_of: Callable[[str], Hashable] | None = None,
) -> Score:
    """How the pairs of records in one paper agree with the pairs of `truth`.

    Papers are whole: of a paper of n records all n (n - 1) / 2 pairs count, also those that only a
    third record ties together.

    Args:
        paper_of: record → paper, of every record of the set.
        truth: the pairs that are one work, each once, in any order.
        source_of: where pairs within one source do not count, the source of a record.
    """
    true_pairs = list(truth)
    hits = sum(paper_of[a] == paper_of[b] for a, b in true_pairs)
    in_one = count_pairs(paper_of.values())
    if source_of:
        in_one -= count_pairs((paper, source_of(record)) for record, paper in paper_of.items())
    return Score.of(ratio(hits, in_one), ratio(hits, len(true_pairs)))


def all_pairs(works: Iterable[Iterable[str]]) -> Iterator[Pair]:
    """Every pair of records of each work."""
    for work in works:
        records = sorted(work)
        yield from ((a, b) for place, a in enumerate(records) for b in records[place + 1 :])


def count_pairs(groups: Iterable[Hashable]) -> int:
    """The pairs of members of one group; `groups` has the group of each member."""
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def share(results: Iterable[bool]) -> float:
    """The share that is true, 0 to 1; of nothing, 1."""
    each = list(results)
    return ratio(sum(each), len(each))


def ratio(part: float, whole: int) -> float:
    """A part of a whole; of nothing, 1."""
    return part / whole if whole else 1.0
