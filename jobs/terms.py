"""Terms of a text: word sequences that can name something, each within a noun phrase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.noun_phrases import HEADS, Phrase, noun_phrases
from jobs.stop_words import EMPTY_MODIFIERS, EMPTY_NOUNS

LONGEST = 4  # words of a term; of experts' keyphrases one in twenty has more
_SHORTEST = 3  # letters of a term of one word
_LINK = "of"
_FOLDED_FROM = 4  # letters of the shortest word whose plural is folded


def is_term(phrase: Phrase) -> bool:
    """Whether a whole noun phrase is a term."""
    return len(phrase.words) <= LONGEST and _names(phrase.words)


def _names(words: tuple[str, ...]) -> bool:
    return len(words) > 1 or (len(words[0]) >= _SHORTEST and words[0] not in EMPTY_NOUNS)


def singular(word: str) -> str:
    """The word without a plural's ending, to count both forms as one; no word for readers."""
    if len(word) < _FOLDED_FROM or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") and len(word) > _FOLDED_FROM else word[:-1]


def singular_column(term: str) -> Column:
    """The column `term` with each word as `singular` makes it."""
    in_y = F.regexp_replace(term, r"(?<=\w\w)ies(?!\S)", "y")
    return F.regexp_replace(in_y, r"(?<=\S\S[^sui])s(?!\S)", "")


def terms(text: str) -> Iterator[tuple[str, int, bool]]:
    """The terms of a text: `terms_in` its noun phrases."""
    return terms_in(text, list(noun_phrases(text)))


def terms_in(text: str, phrases: Sequence[Phrase]) -> Iterator[tuple[str, int, bool]]:
    """The terms of a text in lower case, each time with its place and whether it is a whole phrase.

    A term is a noun phrase of up to LONGEST words or a part of one that ends with a noun; it keeps
    its hyphens. None begins with a modifier that says nothing. A single word has three letters or
    signs and names something by itself. A noun and a phrase of one word linked by "of" are one
    term as well ("chain of thought").
    """
    for phrase in phrases:
        yield from _parts(phrase)
    for left, right in pairwise(phrases):
        if len(right.words) > 1:
            continue
        begin = left.places[-1]
        linked = [left.words[-1], _LINK, right.words[0]]
        if text[begin : right.places[0]].lower().split() == linked[:2]:
            yield " ".join(linked), begin, True


def _parts(phrase: Phrase) -> Iterator[tuple[str, int, bool]]:
    words, number = phrase.words, len(phrase.words)
    heads = [end for end, own in enumerate(phrase.classes, 1) if own in HEADS]
    for begin, word in enumerate(words):
        if word in EMPTY_MODIFIERS:
            continue
        for end in heads:
            if begin < end <= begin + LONGEST and _names(part := words[begin:end]):
                yield " ".join(part), phrase.places[begin], len(part) == number
