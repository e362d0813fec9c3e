"""Whether two venues are one, by the words of their names, abbreviated or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from jobs.text.stop_words import FUNCTION_WORDS, words

# Words that say what kind of venue it is, who prints it or which issue, not which venue.
PLACELESS = FUNCTION_WORDS | words(
    """
    proceedings proc conference conf international int intl annual ann annu workshop symposium symp
    journal j transactions trans letters acm ieee volume vol number no issue pp pages
    """
)
_ORDINAL = re.compile(r"\d{1,3}(?:st|nd|rd|th)")
_SHORTEST = 3  # letters that an abbreviation has at least


def issues_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether volume, number or the like differ, and not only as one leaves some of them out."""
    first, second = ({w for w in name if w.isdigit() and not is_year(w)} for name in (one, other))
    return not (first <= second or second <= first)


def editions_apart(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether both name the year or ordinal of a meeting, and another one."""
    told = [
        (first, second)
        for kind in (is_year, _ORDINAL.fullmatch)
        if (first := set(filter(kind, one))) and (second := set(filter(kind, other)))
    ]
    return bool(told) and not any(first & second for first, second in told)


def same_venue(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether all words that tell the one venue stand in the other, or abbreviate it."""
    return _same_venue(" ".join(one), " ".join(other))


@lru_cache(maxsize=1 << 14)  # the same few venues meet again and again
def _same_venue(first: str, second: str) -> bool:
    one, other = first.split(), second.split()
    if _abbreviates(one, other) or _abbreviates(other, one):
        return True
    return any(
        bool(telling) and all(_has_word(word, name) for word in telling)
        for telling, name in ((_telling(one), other), (_telling(other), one))
    )


def _abbreviates(short: Sequence[str], name: Sequence[str]) -> bool:
    """Whether a word of one is made of the first letters of the other, as a whole: ICIS."""
    heads = [[w for w in of if not w.isdigit()] for of in (name, _without_functions(name))]
    initials = {"".join(word[0] for word in of) for of in heads}
    return any(len(word) > _SHORTEST and word in initials for word in short)


def _without_functions(name: Sequence[str]) -> list[str]:
    return [word for word in name if word not in FUNCTION_WORDS]


def is_year(word: str) -> bool:
    """Whether a word of a title or venue reads as a year."""
    return len(word) == len("1997") and word.isdigit() and word[:2] in ("19", "20")


def _telling(name: Sequence[str]) -> list[str]:
    return [word for word in name if word not in PLACELESS and not word.isdigit()]


def _has_word(word: str, name: Sequence[str]) -> bool:
    """Whether a name has the word, abbreviates it ("Syst."), or is abbreviated by it ("VLDB")."""
    if any(_begins(word, other) or _begins(other, word) for other in _telling(name)):
        return True
    letters = word.removeprefix("sig")  # the ACM's special interest groups: SIGMOD
    heads = (name, [other for other in name if other not in FUNCTION_WORDS])
    initials = ("".join(other[0] for other in of) for of in heads)
    return len(letters) >= _SHORTEST and any(letters in of for of in initials)


def _begins(short: str, word: str) -> bool:
    return word == short or (len(short) >= _SHORTEST and word.startswith(short))
