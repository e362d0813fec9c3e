"""What search by words goes by: constants of its formulas, and the spellings of a word.

Words: BM25 (Robertson & Zaragoza 2009, "The probabilistic relevance framework"). Meaning: cosine of
vectors. Both: reciprocal rank fusion (Cormack, Clarke & Büttcher 2009).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from jobs.text.stop_words import FUNCTION_WORDS

K1, B = 1.2, 0.75
"""How soon more of a word adds no more, and how far long texts are discounted: BM25's usual."""
FUSED, RANK_OFFSET = 100, 60
"""Papers of each list that are fused, and what is added to their ranks (Cormack et al.)."""
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)es$")
_SHORTEST = 4  # letters of a plural


def spellings(words: Iterable[str]) -> dict[str, str]:
    """Singular and plural of each word asked for → the one word that both count as.

    Function words are left out where others are asked for.
    """
    distinct = set(words)
    base_of: dict[str, str] = {}
    for word in sorted(distinct - FUNCTION_WORDS or distinct):
        base = singular(word)
        plurals = {f"{base}s"}
        if _SIBILANT.search(f"{base}es"):
            plurals.add(f"{base}es")
        if re.search(r"[^aeiou]y$", base):
            plurals.add(f"{base[:-1]}ies")
        base_of |= dict.fromkeys((word, base, *sorted(plurals)), base)
    return base_of


def singular(word: str) -> str:
    """An English plural without its ending; other words as they are."""
    if len(word) < _SHORTEST or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if _SIBILANT.search(word) else word[:-1]
