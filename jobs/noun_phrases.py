"""Noun phrases of a text: modifiers and nouns that follow each other, up to the last noun.

The pattern is that of Justeson & Katz 1995, "Technical terminology: some linguistic properties and
an algorithm for identification in text", without the preposition, over the classes of
`jobs.word_classes`, some of which the neighbours of a word decide here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from typing import NamedTuple

from jobs.stop_words import EMPTY_MODIFIERS
from jobs.stop_words import words as word_list
from jobs.word_classes import Class, word_class

# Words with their hyphens, versions (gpt-3.5) and plus signs (c++); anything that parts clauses.
_TOKEN = re.compile(r"[^\W_]+(?:(?:-|\.(?=\d)|['’](?=[^\W\d_]))[^\W_]+)*(?:\+\+)?|[^\w\s-]")
_POSSESSIVE = re.compile(r"['’]s$")
_DETERMINERS = word_list(
    "the a an this these those that its their our his her such each some any all both no every "
    "several many most"
)
_BEFORE_CLAUSE = _DETERMINERS | word_list("how whether what it them")
# A word after them that may be a verb is one.
_BEFORE_VERB = word_list(
    "to we can may will could should must would not which that who it they cannot"
)
_BEFORE_PAST = word_list("have has had we which that who it they")
_END = "."
_MODIFIERS = frozenset({Class.ADJECTIVE, Class.NOUN, Class.GERUND})
_BY_PLACE = frozenset(
    {Class.VERB_OR_NOUN, Class.PARTICIPLE, Class.GERUND, Class.VERBAL_GERUND}
)  # the others are what they are anywhere
HEADS = frozenset({Class.NOUN, Class.GERUND})
"""What a noun phrase ends with."""


class Phrase(NamedTuple):
    """A noun phrase in lower case: its words, their classes and their places in characters."""

    words: tuple[str, ...]
    classes: tuple[Class, ...]
    places: tuple[int, ...]


def noun_phrases(text: str) -> Iterator[Phrase]:
    """The longest noun phrases of a text, without modifiers that say nothing at their beginning."""
    found = list(_TOKEN.finditer(text))
    words = [_bare(token[0].lower()) for token in found]
    classes = classified(words)
    goes_on = _going_on(classes)
    begin = 0
    while begin < len(words):
        if not goes_on[begin]:
            begin += 1
            continue
        end = after = goes_on.index(False, begin)
        while end > begin and classes[end - 1] not in HEADS:
            end -= 1
        while end - begin > 1 and words[begin] in EMPTY_MODIFIERS:
            begin += 1
        if end > begin:
            places = tuple(token.start() for token in found[begin:end])
            yield Phrase(tuple(words[begin:end]), tuple(classes[begin:end]), places)
        begin = after


def _bare(word: str) -> str:
    """The word without a possessive's ending."""
    return _POSSESSIVE.sub("", word) if word.endswith("s") else word


def _going_on(classes: list[Class]) -> list[bool]:
    """Whether each word belongs to a phrase, and no more at the end.

    An adverb does before an adjective.
    """
    found = [own in _MODIFIERS for own in classes]
    for at, (own, after) in enumerate(pairwise(classes)):
        if own is Class.ADVERB and after is Class.ADJECTIVE:
            found[at] = True
    return [*found, False]


def classified(words: list[str]) -> list[Class]:
    """The class of each of a text's words and signs: what stays is adjective, noun or gerund."""
    classes: list[Class] = []
    before, last = _END, Class.STOP
    for word, after in zip_longest(words, words[1:], fillvalue=_END):
        own = word_class(word)
        last = _in_place(own, before, last, after) if own in _BY_PLACE else own
        classes.append(last)
        before = word
    return classes


def _in_place(own: Class, before: str, last: Class, after: str) -> Class:
    """The class of a word between the one before, of class `last`, and the one after."""
    content = word_class(after) is not Class.STOP
    if own is Class.VERB_OR_NOUN:
        is_predicate = before in _BEFORE_VERB and after not in ("of", _END, ",")
        has_object = last is Class.NOUN and after in _DETERMINERS
        return Class.VERB if is_predicate or has_object else Class.NOUN
    if own is Class.PARTICIPLE:
        modifies = content and last is not Class.NOUN and before not in _BEFORE_PAST
        return Class.ADJECTIVE if modifies else Class.VERB
    if own in (Class.GERUND, Class.VERBAL_GERUND):
        # "for solving linear systems" has an object; "a solving algorithm" is within a phrase.
        within = last in (Class.ADJECTIVE, Class.NOUN) or before in _DETERMINERS
        takes_object = own is Class.VERBAL_GERUND and content and not within
        return Class.VERB if after in _BEFORE_CLAUSE or takes_object else Class.GERUND
    return own
