"""Noun phrases of a text: modifiers and nouns that follow each other, up to the last noun.

The pattern is that of Justeson & Katz 1995, "Technical terminology: some linguistic properties and
an algorithm for identification in text", without the preposition, over the classes of
`jobs.text.word_classes`, some of which the neighbours of a word decide here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from jobs.text.stop_words import EMPTY_MODIFIERS
from jobs.text.stop_words import words as word_list
from jobs.text.word_classes import Class, word_class

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
# A noun at the end of a phrase alone: "tool use", but "agents use tools".
_VERBS_BEFORE_NOUNS = word_list("use")
_BEFORE_PAST = word_list("have has had we which that who it they")
_CLOSING = frozenset(")]")  # of an abbreviation as a rule: "language models (LLM)-based agents"
_END = "."
_SENTENCE_ENDS = frozenset(".!?:")
# A letter, and a capital or digit behind it: "LoRA", "GPT-4o", "MATH", "Qwen2.5"; not "3D", "10k".
_NAME = re.compile(r"^[^\W\d].*(?:(?<!-)[A-Z]|\d)")
_WORDS_KEPT = 200_000  # words kept a worker, some 40 MB
# Over the letters of the classes: an adverb belongs to a phrase before an adjective.
_PHRASE = re.compile(r"(?:[JNG]|R(?=J))*[NG]")
_BY_PLACE = frozenset(
    {Class.VERB_OR_NOUN, Class.PARTICIPLE, Class.GERUND, Class.VERBAL_GERUND}
)  # the others are what they are anywhere
HEADS = frozenset({Class.NOUN, Class.GERUND})
"""What a noun phrase ends with."""


class Spelling(IntEnum):
    """How much a word looks like a name, by how it is written."""

    PLAIN = 0
    CAPITAL = 1  # the first letter alone, and no sentence begins here
    NAME = 2  # a capital or digit behind the first letter


class Phrase(NamedTuple):
    """A noun phrase in lower case: its words, their classes and their places in characters.

    `spellings` says of each word how it is written.
    """

    words: tuple[str, ...]
    classes: tuple[Class, ...]
    places: tuple[int, ...]
    spellings: tuple[Spelling, ...] = ()


def noun_phrases(text: str) -> Iterator[Phrase]:
    """The longest noun phrases of a text, without modifiers that say nothing at their beginning."""
    tokens = list(_TOKEN.finditer(text))
    readings = [_classify_word(token[0]) for token in tokens]
    words = [word for word, _, _ in readings]
    classes = classify_words(words, [own for _, own, _ in readings])
    for phrase in _PHRASE.finditer("".join(classes)):
        begin, end = phrase.span()
        while end - begin > 1 and words[begin] in EMPTY_MODIFIERS:
            begin += 1
        places = [token.start() for token in tokens[begin:end]]
        spellings = [spelling for _, _, spelling in readings[begin:end]]
        if spellings[0] is Spelling.CAPITAL and (begin == 0 or words[begin - 1] in _SENTENCE_ENDS):
            spellings[0] = Spelling.PLAIN
        yield Phrase(
            tuple(words[begin:end]), tuple(classes[begin:end]), tuple(places), tuple(spellings)
        )


@lru_cache(_WORDS_KEPT)
def _classify_word(token: str) -> tuple[str, Class, Spelling]:
    """A word in lower case without a possessive's ending, its class by itself, and its look."""
    word = token.lower()
    if _NAME.search(token):
        spelling = Spelling.NAME
    else:
        spelling = Spelling.PLAIN if word == token else Spelling.CAPITAL
    if word.endswith("s"):
        word = _POSSESSIVE.sub("", word)
    return word, word_class(word), spelling


def classify_words(words: Sequence[str], alone: Sequence[Class]) -> list[Class]:
    """The class of each of a text's words and signs: what stays is adjective, noun or gerund.

    Args:
        alone: the class of each by itself.
    """
    classes = list(alone)
    for at in [at for at, own in enumerate(alone) if own in _BY_PLACE]:
        before, last = (words[at - 1], classes[at - 1]) if at else (_END, Class.STOP)
        is_last = at + 1 == len(words)
        after, next_ = (_END, Class.STOP) if is_last else (words[at + 1], alone[at + 1])
        content = next_ is not Class.STOP
        is_verb = content and words[at] in _VERBS_BEFORE_NOUNS
        classes[at] = Class.VERB if is_verb else _in_place(alone[at], before, last, after, content)
    return classes


def _in_place(own: Class, before: str, last: Class, after: str, content: bool) -> Class:
    """The class of a word between the one before, of class `last`, and the one after.

    `content` says whether the one after is no function word.
    """
    if own is Class.VERB_OR_NOUN:
        is_predicate = before in _BEFORE_VERB and after not in ("of", _END, ",")
        has_object = last is Class.NOUN and after in _DETERMINERS
        return Class.VERB if is_predicate or has_object else Class.NOUN
    if own is Class.PARTICIPLE:
        after_noun = last is Class.NOUN or before in _CLOSING
        modifies = content and not after_noun and before not in _BEFORE_PAST
        return Class.ADJECTIVE if modifies else Class.VERB
    if own in (Class.GERUND, Class.VERBAL_GERUND):
        # "for solving linear systems" has an object; "a solving algorithm" is within a phrase.
        within = last in (Class.ADJECTIVE, Class.NOUN) or before in _DETERMINERS
        takes_object = own is Class.VERBAL_GERUND and content and not within
        return Class.VERB if after in _BEFORE_CLAUSE or takes_object else Class.GERUND
    return own
