"""What the words around a name say: what kind of thing it names, and what the paper does with it.

Lexico-syntactic patterns (Hearst 1992): "we introduce X, a data set of …", "on the X and Y
benchmarks", "models such as X". Places are those of words; nothing is looked at further away than a
bounded number of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from jobs.entities.spelling import Shape, Words, is_number, is_size, is_year
from jobs.entities.words import (
    APPOSED,
    ARTICLES,
    BASES,
    BETWEEN,
    DATA,
    FRESH,
    GIVEN,
    HEADS,
    INTRODUCE,
    LIST_LEADS,
    MEASURES,
    MEASURING,
    NAMED,
    NO_HEADS,
    OF_MANY,
    ON,
    OTHER,
    PHRASE_ENDS,
    RELATIVE,
    SUBJECTS,
    USE,
)
from jobs.text.word_classes import Class, word_class

INTRODUCES, USES, ON_IT, MENTIONS = "introduces", "uses", "on", "mentions"
"""What a paper does with what it names: "on" is use of data, and of nothing else."""
SENTENCE_ENDS = frozenset(".!?")

_WIDE = 12  # words of a noun phrase between its article and its head
_SENTENCE = 16  # words before a name among which the verb stands that introduces it
_ITEMS = 24  # words of a list of names
_MODIFIERS = 2  # words between a name and its head: "the X question answering data set"
_SUBJECT = 6  # words before a verb among which its subject stands
_FAR = (USE | ON) - {"with"}  # before "data sets such as X"; "with models like X" tells of them
_SIGNS = frozenset((",", ":", "–", "—", "("))
_CLOSED = _SIGNS | {")", ";", "."}
_INDEFINITE = frozenset(("a", "an", "the", "our", "one"))


@lru_cache(200_000)
def is_modifier(word: str) -> bool:
    """Whether a word in lower case may stand before a noun, in its phrase."""
    if word in HEADS or not word[0].isalpha():
        return False
    return word_class(word) in (Class.NOUN, Class.ADJECTIVE, Class.GERUND, Class.PARTICIPLE)


def kind_around(of: Words, left: int, right: int, head: str = "") -> str:
    """The kind that the words around a name say, "" for none.

    Args:
        left: the last word before the name. right: the first behind it.
        head: the last word of its long form: "Attention Network" of "(TAN)".
    """
    return kind_right(of, right) or HEADS.get(head, "") or _kind_left(of, left)


def kind_right(of: Words, right: int) -> str:
    """The kind that the words behind a name say, "" for none."""
    at = right
    while not of.ends(at) and (is_size(of.words[at]) or is_year(of.words[at])):
        at += 1
    if of.ends(at):
        return ""
    kind = _head_at(of, at)
    if kind:
        return kind
    if of.words[at] == "(":  # what stands in brackets is passed over
        closing = [end for end in range(at, min(at + _WIDE, len(of.words))) if of.words[end] == ")"]
        at = closing[0] + 1 if closing else at
    is_apposed = not of.ends(at + 1) and of.lower[at] in APPOSED
    if is_apposed and of.lower[at + 1] in _INDEFINITE:
        return kind_of_phrase(of, at + 1)
    if not of.ends(at) and of.lower[at] in ("a", "an"):  # where the comma is forgotten
        return kind_of_phrase(of, at)
    return _kind_behind_list(of, right)


def _head_at(of: Words, at: int) -> str:
    """The kind of the noun at a place, or of that behind a word or two that modify it there."""
    for place in range(at, min(at + 1 + _MODIFIERS, len(of.words))):
        if of.lower[place] in HEADS:
            kind = _kind_of_heads(of, place)
            # "the X task" is one; "X tasks" are those of a data set as well.
            return "" if kind == "task" and of.lower[place].endswith("s") else kind
        is_last = of.ends(place + 1) or of.lower[place + 1] not in HEADS  # no "language model"
        if of.lower[place] in NO_HEADS and is_last:
            return OTHER
        if of.shapes[place] or not is_modifier(of.lower[place]):
            return ""
    return ""


def _kind_of_heads(of: Words, at: int) -> str:
    """The kind of nouns in a row, that of the last; but a "benchmark suite" is a benchmark."""
    while not of.ends(at + 1) and of.lower[at + 1] in HEADS and of.lower[at] not in DATA:
        at += 1
    return _kind_of_head(of, at)


def kind_of_phrase(of: Words, at: int) -> str:
    """The kind that the noun phrase from a place on says by its head, the last noun of it."""
    kind, is_head = "", False
    if not of.ends(at) and of.words[at] in SENTENCE_ENDS:
        return kind
    for place in range(at, min(at + _WIDE, len(of.words))):
        word = of.lower[place]
        if word in PHRASE_ENDS:
            if word == "of" and of.lower[place - 1] in OF_MANY:
                kind, is_head = "", False  # "a family of models" are models
                continue
            if word == "," and not kind:
                continue  # "a simple, yet effective method"
            break
        if is_head and (word == "and" or _begins_clause(of, place)):
            break
        is_joined = not of.ends(place + 1) and of.words[place + 1] == "-"  # "model- and data-free"
        is_head = word in HEADS and not is_joined
        if is_head and of.lower[place - 1] not in DATA:
            kind = _kind_of_head(of, place)
    return kind


def _begins_clause(of: Words, at: int) -> bool:
    """Whether a gerund behind a head has an object: "a benchmark targeting tasks"."""
    is_within = not of.ends(at + 1) and of.lower[at + 1] in HEADS  # "model training framework"
    return of.lower[at].endswith("ing") and of.lower[at] not in HEADS and not is_within


def _kind_of_head(of: Words, at: int) -> str:
    """The kind of a head; a framework for evaluation is a benchmark."""
    is_measure = at > 0 and of.lower[at - 1] in MEASURING and of.lower[at] in MEASURES
    return "dataset" if is_measure else HEADS[of.lower[at]]


def _is_item(of: Words, at: int) -> bool:
    word = of.words[at]
    return bool(of.shapes[at]) or word in BETWEEN or is_size(word) or is_number(word)


def _kind_behind_list(of: Words, right: int) -> str:
    """The kind that the noun behind a list of names says: "X, Y and Z benchmarks"."""
    at = right
    while at < min(right + _ITEMS, len(of.words)) and _is_item(of, at):
        at += 1
    if at == right or of.words[right] not in BETWEEN or of.ends(at) or not of.shapes[at - 1]:
        return ""
    for place in range(at, min(at + 1 + _MODIFIERS, len(of.words))):
        word = of.lower[place]
        if word in HEADS:
            is_plural = word.endswith("s") or word == "corpora"
            return HEADS[word] if is_plural else ""
        if not is_modifier(word):
            break
    return ""


def before_list(of: Words, left: int) -> int:
    """The last word before the list of names that ends at a place; -1 for none."""
    at = left
    while at >= max(0, left - _ITEMS) and _is_item(of, at):
        at -= 1
    return at


def _kind_left(of: Words, left: int) -> str:
    if left < 0:
        return ""
    word = of.lower[left]
    if word in HEADS:
        return "" if word.endswith("s") else HEADS[word]
    if word in NAMED or (left > 0 and word in _SIGNS and of.lower[left - 1] not in LIST_LEADS):
        kind = _kind_introduced(of, left)
        if kind:
            return kind
    at = before_list(of, left)
    if at <= 0 or of.lower[at] not in LIST_LEADS:
        return ""
    place = at - 1
    while place > max(0, at - 4) and of.lower[place] in ("such", ",", "(", "e", "g", ".", "i"):
        place -= 1
    return HEADS.get(of.lower[place], "")


def _kind_introduced(of: Words, left: int) -> str:
    """The kind of the phrase before a name: "we propose a new method for parsing, called X"."""
    nearest, is_next = "", of.lower[left - 1] in HEADS
    if is_next and of.lower[left] not in NAMED and not of.lower[left - 1].endswith("s"):
        return HEADS[of.lower[left - 1]]
    for at in range(left - 1, max(-1, left - _SENTENCE), -1):
        word = of.lower[at]
        if of.words[at] in SENTENCE_ENDS:
            break
        if word in INTRODUCE:
            return kind_of_phrase(of, at + 1) or nearest
        if not nearest and word in HEADS:
            nearest = HEADS[word]
    return nearest if is_next or of.lower[left] in NAMED else ""


def role_around(of: Words, left: int, right: int) -> str:
    """What the paper does with a name: introduces, uses, on (as data) or mentions."""
    if not of.ends(right) and len(of.words[right]) > 1 and of.words[right][0] == "-":
        return USES  # "GPT-4-based"
    if _is_introduced(of, left, right):
        return INTRODUCES
    at = _before_phrase(of, before_list(of, left))
    if at >= 0 and of.lower[at] in LIST_LEADS:  # "on data sets such as X"
        floor = max(0, at - _WIDE)
        at -= 1
        while at >= floor and not (of.lower[at] in _FAR or of.words[at] in SENTENCE_ENDS):
            at -= 1
    if at < 0:
        return MENTIONS
    word = of.lower[at]
    if word in USE or (word in RELATIVE and at > 0 and of.lower[at - 1] in BASES):
        return USES
    return ON_IT if word in ON else MENTIONS


def _before_phrase(of: Words, at: int) -> int:
    """The last word before the noun phrase that ends at a place: "using the [language model] X"."""
    floor = at - 4
    while at > max(floor, -1):
        word = of.lower[at]
        if word not in ARTICLES and word not in HEADS and (word in USE or not is_modifier(word)):
            break
        at -= 1
    return at


def _is_introduced(of: Words, left: int, right: int) -> bool:
    first, second, third = (*of.lower[right : right + 3], "", "", "")[:3]
    is_fresh = first in _SIGNS and second in ("a", "an", "the") and third in FRESH
    if is_fresh or (first in ("is", "was") and second in GIVEN):
        return True
    for at in range(left, max(-1, left - _SENTENCE), -1):
        if of.words[at] in SENTENCE_ENDS or of.words[at] == ";":
            return False
        if of.lower[at] in INTRODUCE:
            return _has_subject(of, at) and _leads_to(of, at + 1, left, right)
    return False


def _has_subject(of: Words, verb: int) -> bool:
    """Whether it is the paper that introduces: "we propose", "by proposing"."""
    before = of.lower[max(0, verb - _SUBJECT) : verb]
    return of.lower[verb].endswith("ing") or any(word in SUBJECTS for word in before)


def _leads_to(of: Words, begin: int, left: int, right: int) -> bool:
    """Whether what stands between a verb, before `begin`, and a name says that it is the object."""
    between = of.lower[begin : left + 1]
    if not between or _is_phrase(between):
        return True
    last, is_named = between[-1], any(of.shapes[begin : left + 1])
    if last in NAMED or last in HEADS:
        return True
    if last in _SIGNS:  # "a benchmark of long videos, X,"
        closed = of.ends(right) or of.words[right] in _CLOSED or of.lower[right] in PHRASE_ENDS
        has_head = any(word in HEADS for word in between)
        return closed and has_head and not is_named and between[0] in ARTICLES
    # "X, a model, and Y, a data set"
    joined = last == "and" or (len(between) > 1 and between[-2] == "and" and last in ARTICLES)
    return joined and of.shapes[begin] is Shape.MARKED


def _is_phrase(words: Sequence[str]) -> bool:
    """Whether words are the beginning of a noun phrase: "the novel", "our large-scale"."""
    return len(words) <= _MODIFIERS + 2 and all(
        word in ARTICLES or word in FRESH or is_modifier(word) for word in words
    )
