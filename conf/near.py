"""What someone may have meant: names and words that are like what they typed."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

_PART = 3
"""Letters of a name that tell which it is part of."""


def misses(word: str) -> int:
    """How many letters of a word may be wrong: none of two, one of up to five, else two.

    As search engines have it (Lucene's fuzzy queries, `AUTO`).
    """
    length = len(word)
    return 0 if length < 3 else 1 if length < 6 else 2  # noqa: PLR2004 - letters


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The first of the words that differ least from `word`, and no more than a typo does.

    Letters that were left out, added, changed, or that changed places with their neighbour count
    one each (optimal string alignment; Boytsov 2011).
    """
    most = misses(word)
    best: tuple[int, str] | None = None
    for candidate in known:
        if abs(len(candidate) - len(word)) <= most and candidate != word:
            distance = OSA.distance(word, candidate, score_cutoff=most)
            if distance <= most and (best is None or distance < best[0]):
                best = (distance, candidate)
    return best and best[1]


def near(name: str, known: Iterable[str]) -> str:
    """For the end of "no such …: name": ` (did you mean …?)`, or nothing.

    A name may be like a known one by itself, behind its last dot, or as a part of it.
    """
    names = list(known)
    lower = name.lower()
    same_end = [one for one in names if one.rpartition(".")[2] == lower.rpartition(".")[2]]
    likeness = " or ".join(same_end) or nearest(lower, names)
    if not likeness:
        ends = {one.rpartition(".")[2]: one for one in names}
        likeness = ends.get(nearest(lower.rpartition(".")[2], ends) or "")
    if not likeness and len(lower) >= _PART:
        likeness = next((one for one in names if lower in one.lower()), None)
    return f" (did you mean {likeness}?)" if likeness else ""
