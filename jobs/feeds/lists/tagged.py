"""Bibliographies of tagged lines: RIS, PubMed's (.nbib), Web of Science's (.ciw), EndNote's (.enw),
RefWorks'.

An entry is a list of (tag, value) in order; lines without a tag go on with the value before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from jobs.feeds.core import Broken, Payload


class Dialect(NamedTuple):
    """How one kind of tagged lines is written.

    Attributes:
        name: the kind. start: the line that begins an entry. tag: a line with a tag (its first two
            groups are tag and value). end: the line that ends an entry, if the kind has one.
        lists: tags of which every line is a value of its own. stray: a line that can only come from
            the middle of an entry.
        behind: tag → the tag whose value it goes with. It has as many values as that one, of which
            those that are not given are blank.
    """

    name: str
    start: re.Pattern[str]
    tag: re.Pattern[str]
    end: re.Pattern[str] | None
    lists: frozenset[str]
    stray: re.Pattern[str]
    behind: Mapping[str, str] = {}


# Lines of these stay apart: a heading may have one of its own.
_ABSTRACTS = ("AB", "N2", "X")
RIS = Dialect(
    "RIS",
    # Pages of the web and word processors make dashes of hyphens, and keep spaces together.
    re.compile(r"^[ \t\ufeff\xa0]{0,4}TY(?:[ \t\xa0]{1,4}[-–—].*|[ \t\xa0]*)$", re.MULTILINE),
    re.compile(
        r"[ \t\ufeff\xa0]{0,4}([A-Z][A-Z0-9])(?:[ \t\xa0]{1,4}[-–—](?:[ \t\xa0]?(.*))?|[ \t\xa0]*)$"
    ),
    re.compile(r"^[ \t\xa0]{0,4}ER(?:[ \t\xa0]{1,4}[-–—].*|[ \t\xa0]*)$", re.MULTILINE),
    frozenset(["KW", "AU", "A1", "N1", "UR"]),
    re.compile(r"^(?:AU|A1|TI|T1|PY|AB|DO)  ?- \S", re.MULTILINE),
)
MEDLINE = Dialect(
    "MEDLINE",
    re.compile(r"^[\ufeff]?PMID *- ", re.MULTILINE),
    re.compile(r"([A-Z]{2,4}) *- (.*)$"),
    None,
    frozenset(),
    re.compile(r"^(?:TI  |AB  |FAU |AU  |DP  |JT  )- \S", re.MULTILINE),
    {"AUID": "FAU"},
)
WOS = Dialect(
    "Web of Science",
    re.compile(r"^[\ufeff]?PT [A-Z][A-Za-z]*[ \t]*$", re.MULTILINE),
    re.compile(r"([A-Z][A-Z0-9])(?: (.*))?$"),
    re.compile(r"^ER[ \t]*$", re.MULTILINE),
    frozenset(["AU", "AF", "CA", "CR", "C1"]),
    re.compile(r"^(?:PT|AU|AF|TI|SO|AB|PD|PY|DI|UT) \S", re.MULTILINE),
)
REFER = Dialect(
    "Refer",
    re.compile(r"^[\ufeff]?%0[ \t]", re.MULTILINE),
    re.compile(r"%([^\sa-z%])(?:[ \t](.*))?$"),
    None,
    frozenset(["A", "K"]),
    re.compile(r"^%[ABDJTX][ \t]\S", re.MULTILINE),
)
# Without the line of the kind; a second tagged line must follow, for remarks of TeX begin so too.
BARE_REFER = REFER._replace(
    start=re.compile(r"(?:\A|(?<=\n\n))\ufeff?(?=%[AT][ \t][^\n]*\n%[A-Z@][ \t])"),
)
REFWORKS = Dialect(
    "RefWorks",
    re.compile(r"^\ufeff?RT [A-Z][A-Za-z/,. ()-]{3,60}\n(?=[A-Z][A-Z0-9] )", re.MULTILINE),
    re.compile(r"([A-Z][A-Z0-9])(?: (.*))?$"),
    None,
    frozenset(["A1", "K1", "LK", "UL"]),
    re.compile(r"^(?:A1|T1|YR|JF|OP|K1|DO) \S", re.MULTILINE),
)
# An entry of another kind, behind an empty line of one that has no end of its own.
_ANOTHER = re.compile(
    r"\n[ \t]*\n\ufeff?(?=PMID *- \d|%0[ \t]|TY  ?- [A-Z]|PT [A-Z]\n[A-Z][A-Z0-9] "
    r"|RT [A-Z][^\n]{3,60}\n[A-Z][A-Z0-9] |@[A-Za-z]+\s*\{\s*[^\s,{}=]+,)"
)
# The end of a file that has no line break, and the beginning of the one that was joined to it.
JOINED = re.compile(r"^([ \t]{0,4}ER[ \t]{1,4}-[ \t]*)(?=TY[ \t]{1,4}-)", re.MULTILINE)
DIALECTS = (RIS, MEDLINE, WOS, REFER, BARE_REFER, REFWORKS)


def dialect_of(text: str) -> Dialect | None:
    """The kind of which an entry begins first in `text`; None where none does."""
    starts = [(at.start(), kind) for kind in DIALECTS if (at := kind.start.search(text))]
    return min(starts, key=lambda pair: pair[0])[1] if starts else None


def entries_of(text: str, dialect: Dialect) -> Iterator[Payload | Broken | str]:
    """The entries in their own words, and as plain text what stands between them.

    An entry that is not ended is whole where the next one begins; the last one may have been cut,
    unless none of several has an end.
    """
    starts = [match.start() for match in dialect.start.finditer(text)]
    behind, is_ended = 0, len(starts) == 1 or not text.endswith("\n")
    is_ended = is_ended or bool(dialect.end and dialect.end.search(text))
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        if text[behind:start].strip():
            yield text[behind:start]
        end = dialect.end.search(text, start, following) if dialect.end else None
        behind = end.end() if end else following
        another = _ANOTHER.search(text, start, behind)
        if another:
            end, behind = None, another.end()
        entry = text[start:behind].lstrip("\ufeff")
        if dialect.end and is_ended and not end and not another and following == len(text):
            yield Broken(entry.strip(), "the entry has no end (ER)")
        else:
            yield Payload(entry.rstrip() if not end else entry)
    if text[behind:].strip():
        yield text[behind:]


def is_stray(text: str) -> bool:
    """Whether text between entries holds lines of an entry that has lost its beginning."""
    return any(kind.stray.search(text) or _has_end_alone(kind, text) for kind in DIALECTS)


def _has_end_alone(kind: Dialect, text: str) -> bool:
    """Whether words stand before a line that ends an entry; such a line given twice ends none."""
    end = kind.end.search(text) if kind.end else None
    return end is not None and bool(text[: end.start()].strip())


def values_of(entry: str, dialect: Dialect) -> Mapping[str, list[str]]:
    """Tag → its values in order; blank ones are left out."""
    tags: list[tuple[str, list[str]]] = []
    for line in entry.split("\n"):
        match = dialect.tag.match(line)
        if match:
            tags.append((match[1], [(match[2] or "").strip()]))
        elif tags and line.strip():
            tags[-1][1].append(line.strip())
    values: dict[str, list[str]] = {}
    for tag, lines in tags:
        between = "\n" if tag in _ABSTRACTS else " "
        parts = (
            [part for part in lines if part]
            if tag in dialect.lists
            else [between.join(lines).strip()]
        )
        if tag not in dialect.behind:
            values.setdefault(tag, []).extend(part for part in parts if part)
        elif owners := values.get(dialect.behind[tag]):
            own = values.setdefault(tag, [])
            own += [""] * (len(owners) - len(own))
            own[-1] = own[-1] or parts[0]
    return values
