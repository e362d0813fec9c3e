"""bibliography: exports of reference managers, RIS (`.ris`) and BibTeX (`.bib`).

Entries are cut out here, so that a damaged one costs only itself, and read by rispy and
bibtexparser. The native id is the citation key, of RIS the `ID`, `AN` or DOI; an entry without one
is named by its title and year. Macros (`@string`) that an entry uses come with it in the payload.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import split_multiple_persons_names

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.reading import Unreadable, decoded
from jobs.feeds.values import (
    date_text,
    put_arxiv,
    put_authors,
    put_doi,
    put_language,
    put_pmid,
    put_published,
    put_text,
    put_texts,
    put_url,
)

_RIS_START = re.compile(r"^(?:\ufeff)?TY  ?-", re.MULTILINE)
_RIS_END = re.compile(r"^ER  ?-.*$", re.MULTILINE)
_BIB_START = re.compile(r"^[ \t]*@([A-Za-z]+)\s*([{(])", re.MULTILINE)
_BIB_SIGN = re.compile(r"[{})\\]")
# A value in quotation marks (with braces within) or braces two deep, or all up to the next `#`.
_BIB_PART = re.compile(
    r'"(?:[^"{}\\]|\\.|\{(?:[^{}\\]|\\.|\{[^{}]*\})*\})*"'
    r"|\{(?:[^{}\\]|\\.|\{(?:[^{}\\]|\\.|\{[^{}]*\})*\})*\}|[^#\"{}]+",
    re.DOTALL,
)
# Signs that TeX would obey, as they are escaped; until braces are read, each is a noncharacter,
# which no text holds.
_SIGNS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
    **{sign: sign for sign in "$&%#_"},
}
_ESCAPED = re.compile(
    r"(?<!\\)\\(?:([$&%#_])|(text(?:backslash|brace(?:left|right)|ascii(?:tilde|circum)))\{\})"
)
_HIDDEN = {name: chr(0xFDD0 + at) for at, name in enumerate(_SIGNS)}
_SHOWN = {ord(hidden): _SIGNS[name] for name, hidden in _HIDDEN.items()}
_APART = frozenset(["comment", "preamble", "string"])
_MACRO = re.compile(r"[=#]\s*([A-Za-z][\w.:-]*)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR = re.compile(r"\d{4}")
_DAY = re.compile(r"(\d{4})[/-](\d{1,2})?[/-]?(\d{1,2})?")
_SEPARATOR = re.compile(r"\s*[;,]\s*")
_MOST_FIELD_CHARS = 1_000_000
logging.getLogger("bibtexparser").setLevel(logging.ERROR)


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The entries, each in its own words; text between entries is no record.

    Raises:
        Unreadable: the file has an entry of neither form.
    """
    text = decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    if _RIS_START.search(text):
        yield from _ris_entries(text)
    elif _BIB_START.search(text):
        yield from _bib_entries(text)
    elif text.strip():
        raise Unreadable("neither RIS nor BibTeX: no entry begins with `TY  -` or `@type{`")


def _ris_entries(text: str) -> Iterator[Payload | Broken]:
    starts = [found.start() for found in _RIS_START.finditer(text)]
    for start, following in zip(starts, [*starts[1:], len(text)], strict=True):
        end = _RIS_END.search(text, start, following)
        if end:
            yield Payload(text[start : end.end()].lstrip("\ufeff"))
        else:
            yield Broken(text[start:following].strip(), "the entry has no end (ER)")


def _bib_entries(text: str) -> Iterator[Payload | Broken]:
    macros: dict[str, str] = {}
    at = 0
    while found := _BIB_START.search(text, at):
        following = _BIB_START.search(text, found.end())
        limit = following.start() if following else len(text)
        end = _bib_end(text, found, limit)
        if end is None:
            at = limit
            yield Broken(text[found.start() : at].strip(), "braces are not balanced")
            continue
        entry, at = text[found.start() : end].strip(), end
        kind = found[1].lower()
        if kind == "string":
            named = re.match(r"\s*([\w.:-]+)\s*=", text[found.end() : end])
            if named:
                macros[named[1].lower()] = entry
        elif kind not in _APART:
            used = dict.fromkeys(name.lower() for name in _MACRO.findall(entry))
            yield Payload("\n".join([*(macros[name] for name in used if name in macros), entry]))


def _bib_end(text: str, found: re.Match[str], limit: int) -> int | None:
    """Behind the sign that closes an entry; None where none does before the next one begins."""
    depth, at = 1, found.end()
    while sign := _BIB_SIGN.search(text, at, limit):
        at = sign.end()
        if sign[0] == "\\":
            at += 1
        elif sign[0] == "{":
            depth += 1
        elif sign[0] == "}" or (found[2] == "(" and depth == 1):
            depth -= 1
        if depth == 0:
            return at
    return None


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One entry."""
    parsed = Parsed()
    if len(payload) > _MOST_FIELD_CHARS:
        parsed.errors.append("an entry of more than a million characters")
    elif _RIS_START.match(payload):
        _ris(parsed, payload)
    else:
        _bib(parsed, payload)
    return parsed


def _ris(parsed: Parsed, payload: str) -> None:
    try:
        entries = rispy.loads(payload, skip_unknown_tags=True)
    except (rispy.parser.ParseError, OSError, ValueError, KeyError) as error:
        parsed.errors.append(f"not RIS: {error}")
        return
    if len(entries) != 1:
        parsed.errors.append("not RIS: no single entry")
        return
    entry: Mapping[str, Any] = entries[0]
    get = _first_of(entry)
    put_text(parsed, "title", get("title", "primary_title", "translated_title", "short_title"))
    put_text(parsed, "abstract", get("abstract", "notes_abstract"))
    names = get("authors", "first_authors") or []
    put_authors(parsed, [_name(name) for name in names])
    venue = get("secondary_title", "journal_name", "alternate_title3", "alternate_title1")
    put_text(parsed, "venue", venue)
    put_text(parsed, "volume", get("volume"))
    put_text(parsed, "number", get("number"))
    first, last = get("start_page"), get("end_page")
    put_text(parsed, "pages", f"{first}-{last}" if first and last else first)
    put_published(parsed, _ris_day(get("date", "year", "publication_year")))
    put_texts(parsed, "keywords", get("keywords"))
    put_language(parsed, _code(get("language")))
    put_text(parsed, "work_type", get("type_of_reference"))
    urls = get("urls", "url", "link_to_pdf")
    links = [urls] if isinstance(urls, str) else urls or []
    put_url(parsed, links[0] if links else None)
    _put_accession(parsed, get("accession_number"), get("name_of_database"))
    put_doi(parsed, get("doi"))
    _put_id(parsed, get("id", "accession_number", "doi"))


def _put_accession(parsed: Parsed, number: str | None, database: str | None) -> None:
    """An accession number that says it is of arXiv or PubMed."""
    if number and number.lower().startswith("arxiv:"):
        put_arxiv(parsed, number)
    elif number and (database or "").lower() in ("pubmed", "medline"):
        put_pmid(parsed, number)


def _first_of(entry: Mapping[str, Any]) -> Any:
    return lambda *names: next((entry[name] for name in names if entry.get(name)), None)


def _ris_day(text: str | None) -> str | None:
    """`2019/05/03/` or `2019///Spring` as ISO text."""
    found = _DAY.match(text) if text else None
    return date_text(found[1], found[2], found[3]) if found else text[:4] if text else None


def _bib(parsed: Parsed, payload: str) -> None:
    library = parse_string(payload, parse_stack=[])
    if len(library.entries) != 1:
        reasons = "; ".join(str(block.error) for block in library.failed_blocks)
        parsed.errors.append(f"not BibTeX: {reasons or 'no single entry'}")
        return
    entry = library.entries[0]
    macros = {string.key.lower(): str(string.value) for string in library.strings}
    values = {f.key.lower(): _joined(str(f.value), macros) for f in entry.fields}
    fields = {name: _plain(value) for name, value in values.items()}
    put_text(parsed, "title", fields.get("title"))
    put_text(parsed, "abstract", fields.get("abstract"))
    # The library overlooks an `and` beside a word that begins with a backslash.
    people = re.sub(r"(?<=\s)(?=\\)", "{}", values.get("author", ""))
    authors = split_multiple_persons_names(people)
    put_authors(parsed, [_bib_name(name) for name in authors])
    put_text(parsed, "venue", fields.get("journal") or fields.get("journaltitle")
             or fields.get("booktitle"))  # fmt: skip
    put_text(parsed, "volume", fields.get("volume"))
    put_text(parsed, "number", fields.get("number") or fields.get("issue"))
    put_text(parsed, "pages", fields.get("pages", "").replace("--", "-") or None)
    put_published(parsed, fields.get("date") or _bib_day(fields))
    put_texts(parsed, "keywords", [k for k in _SEPARATOR.split(fields.get("keywords", "")) if k])
    put_language(parsed, _code(fields.get("language") or fields.get("langid")))
    put_text(parsed, "work_type", entry.entry_type)
    put_url(parsed, fields.get("url"))
    if fields.get("archiveprefix", fields.get("eprinttype", "")).lower() == "arxiv":
        put_arxiv(parsed, fields.get("eprint"))
    put_doi(parsed, fields.get("doi"))
    put_pmid(parsed, fields.get("pmid"))
    _put_id(parsed, entry.key)


def _joined(value: str, macros: Mapping[str, str]) -> str:
    """A value in quotation marks, in braces, a number or macro, or several joined by `#`."""
    parts = []
    for found in _BIB_PART.finditer(value):
        part = found[0].strip()
        if part[:1] in ('"', "{") and len(part) > 1:
            parts.append(part[1:-1])
        elif part.lower() in macros:
            parts.append(_joined(macros[part.lower()], {}))
        else:
            parts.append(part)
    return "".join(parts)


def _plain(text: str) -> str:
    """Text with escaped signs as they are, without the braces that only keep its case."""
    hidden = _ESCAPED.sub(lambda found: _HIDDEN[found[1] or found[2]], text)
    return _unbraced(hidden).translate(_SHOWN)


def _unbraced(text: str) -> str:
    """Text without the braces that only keep its case; those of TeX commands stay."""
    before = None
    while before != text:
        before, text = text, re.sub(r"(?<![\\A-Za-z'`^\"~=.])\{([^{}\\]*)\}", r"\1", text)
    return text


def _bib_day(fields: Mapping[str, str]) -> str | None:
    year = _YEAR.search(fields.get("year", ""))
    month = fields.get("month", "").strip().lower()
    if month[:3] in _MONTHS:
        month = str(_MONTHS.index(month[:3]) + 1)
    return date_text(year[0] if year else None, month if month.isdigit() else None)


def _bib_name(name: str) -> str:
    """A name as it is spoken; one that stands in braces is not taken apart."""
    whole = re.fullmatch(r"\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*", name)
    return _plain(whole[1]) if whole else _name(_plain(name), " {}")


def _name(name: str, around: str = " ") -> str:
    """`Last, First` and `Last, Suffix, First` as they are spoken, without signs around parts."""
    parts = [part.strip(around) for part in name.split(",")]
    return " ".join(filter(None, [*reversed(parts[-1:]), *parts[:-1]] if len(parts) > 1 else parts))


def _code(language: str | None) -> str | None:
    """A language code; names of languages are left to the detector."""
    return language if language and re.fullmatch(r"[A-Za-z]{2,3}([-_].*)?", language) else None


def _put_id(parsed: Parsed, given: str | None) -> None:
    if given:
        put_text(parsed, "native_id", given)
    else:
        told = f"{parsed.fields.get('title')}\n{parsed.fields.get('published_on')}"
        parsed.fields["native_id"] = hashlib.sha256(told.encode()).hexdigest()[:20]


BIBLIOGRAPHY = Feed(
    "bibliography",
    about="exports of reference managers: RIS and BibTeX",
    files=("*.ris", "*.bib"),
    split=split,
    parse=parse,
)
