"""Terms of a text: word sequences that can name something, each within a noun phrase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.text.noun_phrases import HEADS, Phrase, Spelling, noun_phrases
from jobs.text.stop_words import EMPTY_MODIFIERS, EMPTY_NOUNS

LONGEST = 4  # words of a term; of experts' keyphrases one in twenty has more
_SHORTEST = 3  # letters of a term of one word; two with a digit are a name: "o1", "T5"
_LINK = "of"
_UNLINKED = frozenset({"use"})  # "use of attention" names no more than "attention"
_FOLDED_FROM = 4  # letters of the shortest word whose plural is folded


def is_term(phrase: Phrase) -> bool:
    """Whether a whole noun phrase is a term."""
    return len(phrase.words) <= LONGEST and _names(phrase.words)


def _names(words: tuple[str, ...]) -> bool:
    if len(words) > 1:
        return True
    (word,) = words
    is_long = len(word) >= _SHORTEST or (len(word) > 1 and not word.isalpha() and word[0].isalpha())
    return is_long and word not in EMPTY_NOUNS


def singular(word: str) -> str:
    """The word without a plural's ending, to count both forms as one; no word for readers."""
    if len(word) < _FOLDED_FROM or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") and len(word) > _FOLDED_FROM else word[:-1]


def singular_column(term: str) -> Column:
    """The column `term` with each word as `singular` makes it."""
    in_y = F.regexp_replace(term, r"(?<=\w\w)ies(?!\S)", "y")
    return F.regexp_replace(in_y, r"(?<=\S\S[^sui])s(?!\S)", "")


class Occurrence(NamedTuple):
    """A term in lower case where it stands in a text.

    Attributes:
        place: of its first character. is_whole: whether it is a noun phrase by itself.
        name: as it is written where every word of it is written like a name; else null.
    """

    term: str
    place: int
    is_whole: bool
    name: str | None


def terms(text: str) -> Iterator[Occurrence]:
    """The terms of a text: `terms_in` its noun phrases."""
    return terms_in(text, list(noun_phrases(text)))


def terms_in(text: str, phrases: Sequence[Phrase], is_title: bool = False) -> Iterator[Occurrence]:
    """The terms of a text, each time that it stands there.

    A term is a noun phrase of up to LONGEST words or a part of one that ends with a noun; it keeps
    its hyphens. None begins with a modifier that says nothing. A single word has three letters or
    signs and names something by itself. A noun and a phrase of one word linked by "of" are one
    term as well ("chain of thought"). In a title a capital at the beginning of a word makes no
    name: there all words may have it.
    """
    least = Spelling.NAME if is_title else Spelling.CAPITAL
    for phrase in phrases:
        yield from _parts(text, phrase, least)
    for left, right in pairwise(phrases):
        if len(right.words) > 1 or left.words[-1] in _UNLINKED:
            continue
        begin = left.places[-1]
        linked = [left.words[-1], _LINK, right.words[0]]
        if text[begin : right.places[0]].lower().split() == linked[:2]:
            yield Occurrence(" ".join(linked), begin, True, None)


def _parts(text: str, phrase: Phrase, least: Spelling) -> Iterator[Occurrence]:
    words, number = phrase.words, len(phrase.words)
    heads = [end for end, own in enumerate(phrase.classes, 1) if own in HEADS]
    for begin, word in enumerate(words):
        if word in EMPTY_MODIFIERS:
            continue
        for end in heads:
            if begin < end <= begin + LONGEST and _names(part := words[begin:end]):
                place = phrase.places[begin]
                name = None
                if min(phrase.spellings[begin:end]) >= least:
                    last = phrase.places[end - 1] + len(words[end - 1])
                    name = " ".join(text[place:last].split())
                yield Occurrence(" ".join(part), place, len(part) == number, name)
