"""People whose data are erased: the file that names them, and what a record is without them.

A line names a person, and `#` begins a remark:

    0000-0002-1825-0097         an ORCID iD
    openalex:A5023888391        an id by a feed: openalex, s2, acl, dblp, hf or scopus
    a0123456789abcdef0123       an author_id of silver.authors
    p0123456789abcdef0123 2     a paper_id, and a place in its list of authors: who stood there
                                when the line was first followed

    authors of a record             without the second
    Ada Fern, Bo Oak, Cy Elm        Ada Fern, -, Cy Elm

The list stays as long as it was. Whoever has no id is known again by marks: digests of an id of the
work with a form of the name. They tell no more than the gap itself does of a work that anybody can
look up: no name stands in them, but who knows the work and tries surnames finds it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from jobs.feeds.tools.authorships import AUTHOR_SCHEMES, NOTHING, named_id, named_place
from jobs.identity.scoring import HEADING, LONG, title_class
from jobs.text.folding import SPACELESS, fold_words
from jobs.text.ids import orcid
from jobs.text.names import PersonName, read_name

Row = Mapping[str, Any]
ERASED = "[erased]"
"""What stands for a text that named an erased person."""
NOBODY = {"name": None, "orcid": None, "affiliation": None}
MARK_DIGITS = 32
WORK_IDS = ("arxiv_id", "doi", "acl_id", "pmid", "openalex_id", "s2_id")
AUTHOR_ID = re.compile(r"a[0-9a-f]{20}")
_ORCID_IN_TEXT = re.compile(r"(?=(\d{4}-?\d{4}-?\d{4}-?\d{3}[\dXx]))")
_BETWEEN = 3
"""Most words between given name and surname: further names, particles, the keys of JSON."""


_SPACELESS = re.compile(f"[{SPACELESS}]")


class ErasedError(ValueError):
    """A line of the file names nobody."""


class Erased(NamedTuple):
    """Whom a file names, and by what they are known again.

    Attributes:
        ids: ids of people as scheme:id, ORCID iDs under `orcid`.
        author_ids: of silver.authors. places: (paper_id, place in its list of authors).
        marks: what is known of them from silver.erasures.
        names: their names, where they are at hand: nowhere but while they are erased.
    """

    ids: frozenset[str] = frozenset()
    author_ids: frozenset[str] = frozenset()
    places: frozenset[tuple[str, int]] = frozenset()
    marks: frozenset[str] = frozenset()
    names: frozenset[PersonName] = frozenset()

    def knows(self, own_id: str) -> bool:
        """Whether an id (scheme:id) is that of an erased person."""
        return own_id in self.ids or (bool(self.marks) and mark("", own_id) in self.marks)


NOBODY_ERASED = Erased()


def erased_people(text: str) -> Erased:
    """The people that a file names.

    Raises:
        ErasedError: a line names nobody.
    """
    ids, author_ids, places = set(), set(), set()
    for number, line in enumerate(text.splitlines(), 1):
        said = line.partition("#")[0].strip()
        if place := named_place(said):
            places.add(place)
        elif AUTHOR_ID.fullmatch(said):
            author_ids.add(said)
        elif known := named_id(said):
            ids.add(known)
        elif said:
            raise ErasedError(
                f"line {number} names nobody: {said}\n"
                "  write an ORCID iD, an id by a feed as scheme:id "
                f"({', '.join(AUTHOR_SCHEMES)}), an author_id, or a paper_id and a place from 1"
            )
    return Erased(frozenset(ids), frozenset(author_ids), frozenset(places))


def ids_of(orcid_id: str | None, ids: Iterable[Mapping[str, str]] | None) -> list[str]:
    """The ids of an author as scheme:id."""
    own = [f"{of['scheme']}:{of['id']}" for of in ids or ()]
    return [f"orcid:{orcid_id}", *own] if orcid_id else own


def works_of(record: Row, feed: str) -> list[str]:
    """What a record's work is known by: its ids, the feed's own, its title if it is telling.

    A key names a record in one file alone, and an "Editorial" is not all editorials.
    """
    ids = [f"{name}:{record[name]}" for name in WORK_IDS if record.get(name)]
    own = [f"{feed}\n{record['native_id']}"] if record.get("native_id") else []
    title = fold_words(record.get("title") or "")
    others = [one for one in record.get("other_ids") or () if not one.startswith("key:")]
    known = [*ids, *others, *own]
    weight = title_class(title) if title else HEADING
    is_telling = weight == LONG or (not known and weight != HEADING)
    return [*known, *([" ".join(title)] if is_telling else [])]


def mark(work: str, what: str) -> str:
    """A digest by which an id (of no work), or a name on a work, is known again."""
    return hashlib.sha256(f"{work}\n{what}".encode()).hexdigest()[:MARK_DIGITS]


def place_marks(place: tuple[str, int], name: str | None) -> tuple[str, str]:
    """The marks of a line with a place: that it was followed, and whom it named then."""
    at = " ".join(map(str, place))
    return mark(at, ""), mark(at, name or "")


def marks_of(authors: Sequence[Row], works: Iterable[str]) -> set[str]:
    """The marks of a paper's erased authors.

    Args:
        authors: rows of silver.authorships, all of the paper, each with `is_erased`.
        works: what the paper is known by.
    """
    names = [_name(one, one) for one in authors]
    gone = [at for at, one in enumerate(authors) if one["is_erased"]]
    ids = {own for at in gone for own in ids_of(authors[at]["orcid"], authors[at]["author_ids"])}
    forms = {
        form
        for at in gone
        if (name := names[at])
        for form in _forms(name, [other for place, other in enumerate(names) if place != at])
    }
    return {mark("", own) for own in ids} | {mark(w, form) for w in set(works) for form in forms}


def _forms(name: PersonName, others: Iterable[PersonName | None]) -> set[str]:
    """By what a name is known on its paper: surname and initial, unless another has them too."""
    if _initialed(name) not in {_initialed(other) for other in others if other}:
        return {_initialed(name)}
    return {_written(name), _written(name._replace(given=tuple(g[:1] for g in name.given)))}


def _initialed(name: PersonName) -> str:
    """Surname and first initial, whatever the given name is."""
    return f"{name.family} {name.given[0][0]}*" if name.given else f"{name.family}*"


def _written(name: PersonName) -> str:
    """Surname and first given name, or initial, as they are written."""
    return " ".join((name.family, *name.given[:1]))


def without_people(record: Row, feed: str, erased: Erased) -> dict[str, Any] | None:
    """What changes in a record without the erased people; None where nothing does.

    Args:
        record: columns of silver.records, those that are null may be missing.
    """
    authors, details = record.get("authors") or [], record.get("authorships")
    each = list(zip(authors, details or [NOTHING] * len(authors), strict=True))
    works = works_of(record, feed) if erased.marks else []
    gone = {at for at, (author, more) in enumerate(each) if _is_erased(author, more, works, erased)}
    names = {name for at in gone if (name := _name(*each[at]))}
    changed: dict[str, Any] = {}
    if gone:
        changed["authors"] = [NOBODY if at in gone else one for at, one in enumerate(authors)]
    if gone and details:
        changed["authorships"] = [NOTHING if at in gone else one for at, one in enumerate(details)]

    def tells(text: str | None) -> bool:
        return text is not None and (_has_surname(text, names) or erased_in(text, erased))

    cited, warnings = record.get("cited") or (), record.get("warnings") or ()
    if any(tells(one.get("text")) for one in cited):
        nothing = {"ids": [], "text": ERASED}
        changed["cited"] = [nothing if tells(one.get("text")) else one for one in cited]
    if any(map(tells, warnings)):
        changed["warnings"] = [ERASED if tells(text) else text for text in warnings]
    return changed or None


def _name(author: Row, more: Row | None) -> PersonName | None:
    """The name of an author; of what is no person's all words are the surname."""
    name, more = author.get("name"), more or NOTHING
    whole = " ".join(fold_words(name or ""))
    read = read_name(name, more.get("given"), more.get("family"))
    return read or (PersonName(whole, ()) if whole else None)


def _is_erased(author: Row, more: Row | None, works: Sequence[str], erased: Erased) -> bool:
    if any(erased.knows(own) for own in ids_of(author.get("orcid"), (more or NOTHING)["ids"])):
        return True
    name = _name(author, more) if works else None
    if not name:
        return False
    forms = (_initialed(name), _written(name))
    return any(mark(work, form) in erased.marks for work in works for form in forms)


def erased_in(text: str, erased: Erased) -> bool:
    """Whether a text has an erased person's ORCID iD, or their full name in one place."""
    if any(erased.knows(f"orcid:{orcid(found)}") for found in _ORCID_IN_TEXT.findall(text)):
        return True
    words = fold_words(text) if erased.names else []
    return any(_is_named(text, words, name) for name in erased.names if name.is_full)


def _is_named(text: str, words: Sequence[str], name: PersonName) -> bool:
    """Whether surname and first given name stand near each other in a text, in either order.

    Chinese has no spaces: there nothing but signs, or words of other scripts, stands between.
    """
    parts = (name.family, name.given[0])
    last, first = ({at for at, word in enumerate(words) if word == part} for part in parts)
    steps = [step for step in range(-_BETWEEN - 1, _BETWEEN + 2) if step]  # two places, never one
    near = [(at, at + step) for at in last for step in steps if at + step in first]
    if _SPACELESS.search("".join(parts)):
        near = [(a, b) for a, b in near if not _has_spaceless(words[min(a, b) + 1 : max(a, b)])]
    if near:
        return True
    if name.family.isascii() and name.given[0].isascii():
        return False
    gap = f"[\\W_]{{0,{_BETWEEN}}}"
    a, b = map(re.escape, parts)
    return re.search(f"{a}{gap}{b}|{b}{gap}{a}", text, re.DOTALL) is not None


def _has_spaceless(words: Iterable[str]) -> bool:
    return any(map(_SPACELESS.search, words))


def _has_surname(text: str, names: Iterable[PersonName]) -> bool:
    """Whether a text has the surname of one of some people: enough among their own references."""
    words = set(fold_words(text)) if names else set()
    return any(_holds(text, words, name.family) for name in names)


def _holds(text: str, words: set[str], word: str) -> bool:
    return word in words or (not word.isascii() and word in text)  # Chinese has no spaces
