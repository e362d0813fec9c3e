"""Names in a text: what is written like a name, with what stands around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from jobs.entities.contexts import (
    INTRODUCES,
    MENTIONS,
    ON_IT,
    SENTENCE_ENDS,
    USES,
    kind_around,
    kind_of_phrase,
    role_around,
)
from jobs.entities.spelling import Shape, Words, is_number, key_of, read_words
from jobs.entities.words import BENCHMARKING, GROUPS, HEADS, OTHER, OWNERS
from jobs.text.word_classes import Class, word_class

_MOST_WORDS = 4  # of a name: "Llama 3.1 Nemotron Ultra"
_BEFORE_COLON = 3  # words of a name before a title's colon
_ABOUT = 70  # characters of evidence on either side of a name
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"[^\W\d_][A-Z]s$")
_ROLES = (MENTIONS, ON_IT, USES, INTRODUCES)  # the stronger the later
LOWER, TITLE = "lower", "title"
"""How a text spells an abbreviation out: in lower case, which names a notion, or with capitals."""


class Name(NamedTuple):
    """A name where it stands in a text.

    Attributes:
        name: as it is written. key: what its spellings share. shape: how it is written.
        role: what the paper does with it. kind: as the words around say, or "".
        is_plural: "GANs", which names a class of things. spelled: how it is spelled out, or "".
        in_title: whether it stands in the title. place: of its first character.
    """

    name: str
    key: str
    shape: Shape
    role: str
    kind: str
    is_plural: bool
    spelled: str
    in_title: bool
    place: int


class Named(NamedTuple):
    """A name of a paper: what all places where it stands say together.

    Attributes:
        is_marked: whether a capital or digit within marks it as a name anywhere.
        is_common: whether, not so marked, it stands in lower case too: a common noun.
        kind: of the place that introduces it, else what most places say; or "".
        evidence: the words around it where it is introduced or used, or first stands.
    """

    key: str
    name: str
    is_marked: bool
    is_common: bool
    role: str
    kind: str
    in_title: bool
    occurrences: int
    plurals: int
    spelled: str
    evidence: str


def names_of_paper(title: str, abstract: str) -> list[Named]:
    """The names of a paper, each once, by the alphabet of their keys."""
    found: dict[str, list[Name]] = {}
    for name in (*names_in(title, True), *names_in(abstract)):
        if len(name.key) > 1:
            found.setdefault(name.key, []).append(name)
    words = frozenset(_WORD.findall(abstract))
    return [_together(key, found[key], title, abstract, words) for key in sorted(found)]


def _together(
    key: str, names: list[Name], title: str, abstract: str, words: frozenset[str]
) -> Named:
    """What the places of a name say together; `words` are those of the abstract."""
    is_marked = any(name.shape is Shape.MARKED for name in names)
    first = next((name for name in names if name.shape is Shape.MARKED), names[0])
    # Of the strongest the first that says a kind.
    best = max(names, key=lambda name: (_ROLES.index(name.role), name.kind != ""))
    role = best.role
    spellings = () if is_marked else sorted({name.name.lower() for name in names})
    is_common = any(_stands_in(spelling, abstract, words) for spelling in spellings)
    if not is_marked and role == INTRODUCES and (is_common or not _is_before_colon(names)):
        role = MENTIONS
    of_text = [name for name in names if not name.in_title]
    said = [name.kind for name in of_text if name.kind and name.role == INTRODUCES]
    said = said or [name.kind for name in names if name.kind]
    text = title if best.in_title else abstract
    start, end = best.place - _ABOUT, best.place + len(best.name) + _ABOUT
    return Named(
        key,
        first.name,
        is_marked,
        is_common,
        role,
        Counter(said).most_common(1)[0][0] if said else "",
        any(name.in_title for name in names),
        len(names),
        sum(name.is_plural for name in names),
        next((name.spelled for name in names if name.spelled), ""),
        " ".join(text[max(0, start) : end].split()),
    )


def _is_before_colon(names: list[Name]) -> bool:
    """Whether the title has it before a colon, and the abstract too: what makes a name of capitals.

    All that a title names without a mark stands before its colon.
    """
    return any(name.in_title for name in names) and any(not name.in_title for name in names)


def _stands_in(name: str, text: str, words: frozenset[str]) -> bool:
    """Whether a name stands in a text; one of several words is sought if all of them are there."""
    parts = _WORD.findall(name)
    if not words.issuperset(parts) or parts == [name]:
        return words.issuperset(parts)
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        is_whole = not text[at - 1 : at].isalnum() and not text[end : end + 1].isalnum()
        if is_whole:
            return True
        at = text.find(name, end)
    return False


def names_in(text: str, is_title: bool = False) -> Iterator[Name]:
    """The names of an abstract or a title, in order."""
    of = read_words(text)
    yield from _of_title(of) if is_title else _of_abstract(of)


def _of_title(of: Words) -> Iterator[Name]:
    """What stands before the colon is introduced; other names of a title are used.

    Titles have capitals on most words, so that only words with a mark within are names.
    """
    letters = [word for word in of.words if len(word) > 1 and word.isalpha()]
    if sum(map(str.isupper, letters)) > len(letters) / 2:
        return
    before = of.words[: _BEFORE_COLON + 1]
    colon = before.index(":") if ":" in before else 0
    if colon and all(of.shapes[:colon]):
        yield _name(of, 0, colon, INTRODUCES, _kind_in_title(of, colon + 1), True)
    at = colon
    while at < len(of.words):
        end = at + 1 + _has_version(of, at + 1)
        if of.shapes[at] is Shape.MARKED:
            yield _name(of, at, end, USES, kind_around(of, -1, end), True)
        at = end


def _kind_in_title(of: Words, at: int) -> str:
    """The kind that a noun phrase behind the colon says; a sentence there says none."""
    if of.ends(at):
        return ""
    if of.lower[at] in BENCHMARKING:
        return "dataset"
    is_verb = word_class(of.lower[at]) in (Class.VERB, Class.GERUND, Class.VERBAL_GERUND)
    return "" if is_verb else kind_of_phrase(of, at)


def _of_abstract(of: Words) -> Iterator[Name]:
    at = 0
    while at < len(of.words):
        if of.shapes[at] is Shape.PLAIN:
            at += 1
            continue
        begin, end = _run(of, at)
        at = max(end, at + 1)
        yield from _of_run(of, begin, end)


def _has_version(of: Words, at: int) -> bool:
    """Whether a version follows a name: "Llama 2"; not "BERT 2 layers"."""
    if of.ends(at) or not of.spaced[at] or not is_number(of.words[at]):
        return False
    after = "" if of.ends(at + 1) else of.lower[at + 1]
    return not (after.isalpha() and after.endswith("s") and after not in HEADS)


def _run(of: Words, begin: int) -> tuple[int, int]:
    """The words from a place on that are written like names and follow each other."""
    end = begin + 1
    while not of.ends(end) and (of.spaced[end] and of.shapes[end] or _has_version(of, end)):
        end += 1
    is_first = begin == 0 or of.words[begin - 1] in SENTENCE_ENDS
    has_version = end > begin + 1 and is_number(of.words[begin + 1])
    if is_first and of.shapes[begin] is Shape.CAPITAL and not has_version:
        begin += 1  # a capital that the sentence gives
    if end - begin > 1 and of.lower[begin] in OWNERS:
        begin += 1
    return begin, end


def _of_run(of: Words, begin: int, end: int) -> Iterator[Name]:
    last = end
    while last > begin and of.lower[last - 1] in HEADS and of.shapes[last - 1] is Shape.CAPITAL:
        last -= 1
    if last == begin or _is_spelled_out(of, begin, end) or of.lower[end : end + 2] == ["et", "al"]:
        return
    is_class = last < end and of.lower[end - 1].endswith("s")  # "Large Language Models"
    if is_class and max(of.shapes[begin:end]) is Shape.CAPITAL:
        return
    if last - begin <= _MOST_WORDS:
        yield _in_context(of, begin, last)
    if last - begin > 1:
        for at in range(begin, last):
            is_version = at + 1 < last and is_number(of.words[at + 1])
            if of.shapes[at] is Shape.MARKED and not is_version:
                yield _name(of, at, at + 1, MENTIONS, "", False)


def _is_spelled_out(of: Words, begin: int, end: int) -> bool:
    """Whether an abbreviation in brackets comes next and stands for it: "… Optimization (DPO)"."""
    if of.ends(end + 1) or of.words[end] != "(":
        return False
    short = of.words[end + 1]
    start = _long_form(of, end, short) if of.shapes[end + 1] is Shape.MARKED else None
    return start is not None or _has_initials(of, begin, end, short)


def _has_initials(of: Words, begin: int, end: int, short: str) -> bool:
    capitals = [letter for letter in short if letter.isupper()]
    initials = {part[0].upper() for word in of.words[begin:end] for part in word.split("-") if part}
    return len(capitals) > 1 and {capitals[0], capitals[-1]} <= initials


def _in_context(of: Words, begin: int, end: int) -> Name:
    left, right, spelled = begin - 1, end, ""
    if left > 0 and of.words[left] == "(" and end - begin == 1 and of.words[end : end + 1] == [")"]:
        start = _long_form(of, left, of.words[begin])
        if start is not None:
            capitals = sum(word[0].isupper() for word in of.words[start:left])
            spelled = TITLE if capitals > (left - start) / 2 else LOWER
            head, left, right = of.lower[left - 1], start - 1, end + 1
            if head in GROUPS:
                return _name(of, begin, end, MENTIONS, OTHER, False, spelled)
            kind = kind_around(of, left, right, head)
            return _name(of, begin, end, role_around(of, left, right), kind, False, spelled)
    return _name(of, begin, end, role_around(of, left, right), kind_around(of, left, right), False)


def _long_form(of: Words, bracket: int, short: str) -> int | None:
    """Where the words before a bracket begin that spell out what is in it; None for none.

    They end at the bracket and hold the letters in order, the first as an initial (Schwartz and
    Hearst 2003); here each letter is an initial or stands in a word whose initial is one.
    """
    letters = [letter.lower() for letter in short if letter.isalpha()]
    left = len(letters)
    if left == 1:
        return None
    for at in range(bracket - 1, max(-1, bracket - 3 - 2 * len(letters)), -1):
        if not of.words[at][0].isalnum():
            return None
        for part in reversed([part for part in of.lower[at].split("-") if part]):
            left = _spelled_in(part, letters, left)
        if left == 0:
            return at
    return None


def _spelled_in(part: str, letters: list[str], left: int) -> int:
    """How many letters are left when those that a word spells, from its initial on, are taken."""
    for taken in range(left, 0, -1):
        first, *others = letters[left - taken : left]
        if part[0] == first and _is_in_order(part[1:], others):
            return left - taken
    return left


def _is_in_order(part: str, letters: list[str]) -> bool:
    rest = iter(part)
    return all(letter in rest for letter in letters)


def _name(
    of: Words, begin: int, end: int, role: str, kind: str, in_title: bool, spelled: str = ""
) -> Name:
    name = " ".join(of.words[begin:end])
    is_plural = end - begin == 1 and _PLURAL.search(name) is not None
    key = key_of(name[:-1] if is_plural else name)
    shape = max(of.shapes[begin:end])
    return Name(name, key, shape, role, kind, is_plural, spelled, in_title, of.places[begin])
