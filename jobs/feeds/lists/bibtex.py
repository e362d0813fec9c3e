"""BibTeX and biblatex: entries cut out and read, with macros and what they inherit.

A missing comma, a field given twice, parentheses around an entry or an entry quoted in an abstract
cost nothing; missing braces cost the entry. Inheritance by `crossref` and `xdata` follows the
biblatex manual (2.1.1 and appendix B), for the fields that are read here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jobs.feeds.core import Broken, Payload
from jobs.feeds.tools.date_words import MONTHS

START = re.compile(r"@\s*([A-Za-z][A-Za-z_-]*)\s*([{(])")
# An entry, not a word of one: it has a key and a comma, or a macro and its value.
SURE = re.compile(
    r"(?:^|(?<=[\s})]))@\s*[A-Za-z][A-Za-z_-]*\s*[{(]\s*(?:[^\s,{}()=\"#%]+\s*,|[\w.:-]+\s*=)",
    re.MULTILINE,
)
_LOST = re.compile(
    r"^[ \t]*@(?:article|book|booklet|conference|in\w+|manual|mastersthesis|misc|online|phdthesis"
    r"|proceedings|techreport|thesis|unpublished)\b",
    re.IGNORECASE | re.MULTILINE,
)
# Fields between entries: what an entry left that lost its beginning.
STRAY = re.compile(
    r"(?:^|[\s,])(?:title|author|editor|journal|booktitle|year|date|doi|month)\s*=\s*"
    r"(?:[{\"]|[\w.:-]+\s*[,#}])",
    re.IGNORECASE,
)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_ROUND_SIGN = re.compile(r"\\.|[{})\"]", re.DOTALL)
_SIGN = re.compile(r"[{}()\"\\]")
_MACRO_USED = re.compile(r"[=#]\s*([A-Za-z][\w.:+/-]*)")
_NAMED = re.compile(r"\s*([\w.:+/-]+)\s*=")
_KEY = re.compile(r"\s*([^,={}\"#]*?)\s*(?=[,})]|$)")
_FIELD = re.compile(r"\s*([A-Za-z][\w:.+/-]*)\s*=\s*")
_NEXT_FIELD = re.compile(r",\s*(?=[A-Za-z][\w:.+/-]*\s*=)")
_BARE = re.compile(r"[^\s,#{}()\"=]+")
_JOIN = re.compile(r"\s*#\s*")
_BETWEEN = re.compile(r"(?:[\s,]|%[^\n]*(?:\n|$))*")  # and remarks to the end of a line
_PARENTS = re.compile(r"\b(?:crossref|xdata)\s*=\s*[{\"]?\s*([^{}\"]+)", re.IGNORECASE)
_APART = frozenset(["comment", "preamble", "string", "xdata", "set", "control", "bibnote"])
_AND = re.compile(r"(?<!\s)\s+and(?=\s|$)|^and(?=\s)", re.IGNORECASE)
# Also those of Chinese and Japanese, bars, and slashes between spaces.
_SEMICOLON, _COMMA, _AMPERSAND = (
    re.compile(r"[;；、|]|\s/\s"),
    re.compile(","),
    re.compile(r"\s\\?&(?=\s)"),
)
_LOOKS_AHEAD = 3  # entries that an entry may quote; a missing brace would swallow the whole file
_MOST_ROUND = 10_000  # characters of an entry in parentheses: without braces none can be told
_GENERATIONS = 3
_MOST_PARENT = 20_000  # characters: a parent's words stand in the payload of each of its children

_SHARED = frozenset(
    [
        "journal", "journaltitle", "booktitle", "series", "volume", "number", "issue",
        "eventtitle", "publisher", "langid", "language", "maintitle",
    ]
)  # fmt: skip
_DATES = ("date", "year", "month", "day")
_CHILD_OF_BOOK = frozenset(
    [
        "inproceedings", "conference", "incollection", "inbook", "suppbook", "suppcollection",
        "inreference",
    ]
)  # fmt: skip
# What holds papers stands in a series: the title of that one is no place of its own papers.
_CONTAINERS = frozenset(["proceedings", "book", "collection", "mvbook", "mvproceedings"])


@dataclass
class Entry:
    """An entry as it stands: kind and key, fields by their name in lower case, what was odd."""

    kind: str
    key: str
    fields: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def entries_of(text: str) -> Iterator[Payload | Broken]:
    """The entries, each with the macros that it uses before it, its parents behind it."""
    macros: dict[str, str] = {}
    pieces: list[str | Broken] = []
    by_key: dict[str, str] = {}
    for kind, inner, entry in _cut(text):
        if kind is None:
            pieces.append(Broken(entry.strip(), inner))
        elif kind == "string":
            match = _NAMED.match(inner)
            if match:
                macros[match[1].lower()] = entry
            elif inner.strip():
                pieces.append(Broken(entry.strip(), "a macro without a name"))
        else:
            key = _key(inner)
            if key:
                by_key.setdefault(key, entry)
                by_key.setdefault(key.lower(), entry)  # BibTeX ignores the case of keys
            if kind not in _APART:
                pieces.append(entry)
    for piece in pieces:
        if isinstance(piece, Broken):
            yield piece
            continue
        whole = [piece, *_parents(piece, by_key)]
        yield Payload("\n".join([*_macros_of(whole, macros), *whole]))


def _macros_of(parts: list[str], macros: Mapping[str, str]) -> list[str]:
    """The definitions of the macros that some entries use, each behind those that it uses."""
    used: dict[str, str] = {}
    for _ in range(_GENERATIONS):
        names = {name.lower(): None for part in parts for name in _MACRO_USED.findall(part)}
        found = {name: macros[name] for name in names if name in macros and name not in used}
        if not found:
            break
        used = {**found, **used}
        parts = list(found.values())
    return list(used.values())


def _key(inner: str) -> str:
    match = _KEY.match(inner)
    return match[1].strip() if match else ""


def _parents(entry: str, by_key: Mapping[str, str]) -> list[str]:
    """The entries from which one inherits, and those from which they do."""
    parents: list[str] = []
    wave, visited = [entry], {entry}
    for _ in range(_GENERATIONS):
        keys = [key.strip() for each in wave for names in _PARENTS.findall(each)
                for key in names.split(",")]  # fmt: skip
        wave = []
        for key in keys:
            parent = by_key.get(key) or by_key.get(key.lower())
            if parent and parent not in visited and len(parent) <= _MOST_PARENT:
                visited.add(parent)
                wave.append(parent)
        parents += wave
        if not wave:
            break
    return parents


def _cut(text: str) -> Iterator[tuple[str | None, str, str]]:
    """Kind, what is within its braces, and text of each entry; of a broken one None and why."""
    at, closes = 0, _closes(text)
    sure = [match.start() for match in SURE.finditer(text)]
    while match := START.search(text, at):
        yield from _lost_entries(text[at : match.start()])
        next_one = bisect_left(sure, match.end())
        following = [*sure[next_one : next_one + _LOOKS_AHEAD + 1], len(text)]
        end = _end(text, match, closes, following[: _LOOKS_AHEAD + 1][-1])
        if end is None:
            limit = following[0]
            if SURE.match(text, match.start()) or limit == len(text):
                yield None, "braces are not balanced", text[match.start() : limit]
                at = limit
            else:
                at = match.end()  # a sign in text between entries
            continue
        inner = text[match.end() : end - 1]
        if match[2] == "(" and "=" not in inner and not _LOST.match(match[0]):
            at = match.end()  # words between entries: "see @fern (who said so)"
            continue
        yield match[1].lower(), inner, text[match.start() : end]
        at = end
    yield from _lost_entries(text[at:])


def _lost_entries(between: str) -> Iterator[tuple[None, str, str]]:
    """What stands between entries and was one."""
    match = _LOST.search(between)
    at = match.start() if match else len(between)
    if STRAY.search(between, 0, at):
        yield None, "fields of an entry that has no beginning", between[:at]
    if match:
        yield None, "an entry without braces", between[at:]


def _closes(text: str) -> dict[int, int]:
    """Where the brace that closes each one stands, by the place of the one that opens."""
    opened, closes, at = list[int](), dict[int, int](), 0
    while sign := _BRACE.search(text, at):
        at = sign.end()
        if sign[0] == "{":
            opened.append(sign.start())
        elif sign[0] == "}" and opened:
            closes[opened.pop()] = sign.start()
    return closes


def _end(text: str, match: re.Match[str], closes: Mapping[int, int], limit: int) -> int | None:
    """Behind the sign that closes an entry before `limit`; None where none does.

    An entry that holds the beginning of another may quote it, so some are passed over; one that is
    never closed holds all that follow.
    """
    if match[2] == "{":
        close = closes.get(match.start(2), limit)
        return close + 1 if close < limit else None
    at, is_quoted = match.end(), False
    while sign := _ROUND_SIGN.search(text, at, min(limit, match.end() + _MOST_ROUND)):
        at = sign.end()
        if sign[0] == "{":
            close = closes.get(sign.start(), limit)
            if close >= limit:
                return None
            at = close + 1
        elif sign[0] == '"':
            is_quoted = not is_quoted
        elif sign[0] == "}":
            return None
        elif sign[0] == ")" and not is_quoted:
            return at
    return None


def read(payload: str) -> Entry | None:
    """The entry of a payload, with macros resolved and what it inherits; None where there is none.

    Source: Lehman, Kime et al., the biblatex manual, 2.1.1 (xdata) and appendix B (inheritance).
    """
    macros: dict[str, str] = {name: name for name in MONTHS}
    entries: list[Entry] = []
    for kind, inner, _ in _cut(payload):
        if kind == "string":
            for name, value in _fields(inner, macros, []):
                macros[name] = value
        elif kind is not None:
            entry = Entry(kind, _key(inner))
            start = _KEY.match(inner)
            has_key = start is not None and not _NAMED.fullmatch(inner[: start.end()])
            rest = inner[start.end() :] if start and has_key else inner
            for name, value in _fields(rest, macros, entry.warnings):
                if name not in entry.fields:
                    entry.fields[name] = value
                elif value != entry.fields[name]:
                    entry.warnings.append(f"field {name} stands twice; the first is kept")
            entries.append(entry)
    if not entries:
        return None
    by_key = {entry.key.lower(): entry for entry in reversed(entries)}
    by_key |= {entry.key: entry for entry in reversed(entries)}
    _inherit(entries[0], by_key, _GENERATIONS)
    return entries[0]


def _inherit(entry: Entry, by_key: Mapping[str, Entry], generations: int) -> None:
    """Fields that the entry has not, from its `xdata` and then from its `crossref`."""
    names = [n.strip() for n in entry.fields.get("xdata", "").split(",") if n.strip()]
    for name, is_data in [*((n, True) for n in names), (entry.fields.get("crossref"), False)]:
        key = (name or "").strip()
        parent = by_key.get(key) or by_key.get(key.lower())
        if parent is None or parent is entry or not generations:
            continue
        _inherit(parent, by_key, generations - 1)
        own_date = any(entry.fields.get(part) for part in _DATES)
        for key, value in parent.fields.items():
            if key in _DATES and own_date:
                continue  # a date is one thing: a month of the parent's is not that of this year
            if is_data or key in _SHARED or key in _DATES:
                entry.fields.setdefault(key, value)
        if not is_data and "title" in parent.fields and entry.kind not in _CONTAINERS:
            is_of_book = entry.kind in _CHILD_OF_BOOK
            entry.fields.setdefault(
                "booktitle" if is_of_book else "journaltitle", parent.fields["title"]
            )


def _fields(
    inner: str, macros: Mapping[str, str], warnings: list[str]
) -> Iterator[tuple[str, str]]:
    """Names in lower case and values of the fields; what is no field is passed over, and told."""
    at = 0
    while True:
        gap = _BETWEEN.match(inner, at)
        comma = gap is not None and ("," in gap[0] or at == 0)
        at = gap.end() if gap else at
        if at >= len(inner):
            return
        match = _FIELD.match(inner, at)
        if match is None:
            following = _NEXT_FIELD.search(inner, at)
            warnings.append(f"no field: {inner[at : following.start() if following else None]:.40}")
            if not following:
                return
            at = following.end()
            continue
        if not comma:
            warnings.append(f"a comma is missing before {match[1].lower()}")
        value, at = _value(inner, match.end(), macros, warnings)
        yield match[1].lower(), value


def _value(inner: str, at: int, macros: Mapping[str, str], warnings: list[str]) -> tuple[str, int]:
    """A value in quotation marks or braces, a number or macro, or several joined by `#`."""
    parts: list[str] = []
    while True:
        mark = inner[at : at + 1]
        if mark == "{":
            end = _closing(inner, at + 1, "}")
            parts.append(inner[at + 1 : end])
            at = end + 1
        elif mark == '"':
            end = _closing(inner, at + 1, '"')
            parts.append(inner[at + 1 : end])
            at = end + 1
        elif bare := _BARE.match(inner, at):
            at, word = bare.end(), bare[0]
            known = macros.get(word.lower())
            if known is None and not word.isdigit() and not inner[at:].lstrip(" ")[:1].isalpha():
                warnings.append(f"macro {word} is not defined")
            parts.append(word if known is None else known)
        match = _JOIN.match(inner, at)
        if not match:
            return "".join(parts), at
        at = match.end()


def _closing(inner: str, at: int, mark: str) -> int:
    """Where the sign stands that closes a value; its end where none does."""
    depth = 0
    while sign := _SIGN.search(inner, at):
        at = sign.end()
        if sign[0] == "\\":
            at += 1
        elif sign[0] == mark and depth == 0:
            return sign.start()
        elif sign[0] == "{":
            depth += 1
        elif sign[0] == "}":
            depth = max(0, depth - 1)
    return len(inner)


def names_of(text: str) -> list[str]:
    """The names of a list: parted by `and` outside of braces; `others` is none.

    A list without `and` whose names are parted by semicolons is parted there, and at `&` one of
    names with commas.
    """
    names = _split_parts(text, _AND)
    if len(names) == 1 and _SEMICOLON.search(text):
        names = _split_parts(text, _SEMICOLON)
    elif ";" in text:  # and an "and" before the last
        names = [one for name in names for one in _split_parts(name, _SEMICOLON)]
    elif len(names) == 1 and "&" in text:
        parts = _split_parts(text, _AMPERSAND)
        names = parts if all("," in part for part in parts) else names
    return [name for name in names if name and name.strip("{} ").lower() not in ("others", "and")]


def _split_parts(text: str, separator: re.Pattern[str]) -> list[str]:
    """Parts between separators that stand outside of braces."""
    depth, start, parts = 0, 0, []
    levels = []
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        levels.append(depth)
    for match in separator.finditer(text):
        if levels[match.start()] <= 0 and match.start() >= start:
            parts.append(text[start : match.start()].strip())
            start = match.end()
    return [*parts, text[start:].strip()]


def name_parts(name: str) -> list[str]:
    """Parts of a name between commas outside of braces; a name in braces is one part."""
    return [part for part in _split_parts(name, _COMMA) if part]
