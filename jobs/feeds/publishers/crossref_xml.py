"""Crossref's XML, answers and deposits (unixref, unixsd, doi_batch): each work as in its JSON.

A payload is one work within what its journal, proceedings or book says of all their works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from lxml import etree

from jobs.feeds.core import Broken, Payload
from jobs.feeds.tools.date_words import parts_of
from jobs.feeds.tools.xml_text import (
    Cut,
    astray,
    cuts,
    decode_xml,
    element,
    is_closed,
    more_than_an_end,
    piece,
    root_of,
    text_of,
)

BREAKS = (b"</doi_record>", b"</crossref_result>")
_ROOTS = ("doi_records", "doi_record", "crossref_result", "query_result", "crossref", "doi_batch",
          "OAI-PMH", "record")  # fmt: skip
_OUTER = {"doi_record": "doi_records"}  # the last part of a file begins with one, ends the other
# What holds works → its works. Those that hold none of these are a work themselves.
_WORKS = {
    "journal": ("journal_article",), "conference": ("conference_paper",),
    "book": ("content_item",), "report-paper": ("content_item",), "database": ("dataset",),
    "posted_content": (), "dissertation": (), "peer_review": (), "standard": (),
    "pending_publication": (), "sa_component": (), "error": (),
}  # fmt: skip
_HELD = tuple(sorted({name for names in _WORKS.values() for name in names}))
_TYPES = {
    "journal_article": "journal-article", "conference_paper": "proceedings-article",
    "content_item": "book-chapter", "posted_content": "posted-content", "book": "book",
    "dissertation": "dissertation", "report-paper": "report", "peer_review": "peer-review",
    "dataset": "dataset", "standard": "standard", "conference": "proceedings",
    "journal": "journal",
}  # fmt: skip
_METADATA = ("proceedings_metadata", "proceedings_series_metadata", "book_metadata",
             "book_series_metadata", "book_set_metadata", "report-paper_metadata",
             "report-paper_series_metadata", "standard_metadata", "database_metadata",
             "journal_metadata")  # fmt: skip
_VENUES = ("journal_metadata/full_title", "journal_metadata/abbrev_title",
           "proceedings_metadata/proceedings_title",
           "proceedings_series_metadata/proceedings_title", "book_metadata/titles/title",
           "book_series_metadata/titles/title", "book_set_metadata/titles/title",
           "report-paper_metadata/titles/title", "database_metadata/titles/title",
           "institution/institution_name")  # fmt: skip
# Parts of a reference → their names in JSON; the others have one name in both.
_REFERENCE_KEYS = {
    "doi": "DOI", "cYear": "year", "unstructured_citation": "unstructured",
    "journal_title": "journal-title", "article_title": "article-title",
    "series_title": "series-title", "volume_title": "volume-title", "first_page": "first-page",
}  # fmt: skip
_CAPITAL = re.compile(r"(?<=[a-z])([A-Z])")


def split(content: bytes) -> Iterator[Payload | Broken]:
    """The works of a file.

    Raises:
        Unreadable: it is no XML of Crossref.
    """
    text = decode_xml(content)
    holders = tuple(_WORKS)
    root = root_of(text, (*_ROOTS, *holders))
    last: int | None = 0
    for holder in cuts(text, (*holders, *_HELD)):
        is_astray = holder.name in _HELD
        yield from [astray(text, holder, last or 0)] if is_astray else _works(text, holder)
        last = holder.end
    is_part = any(text.rstrip().endswith(mark.decode()) for mark in BREAKS)
    rest = "" if last is None else text[last:].strip()
    if root is None:
        yield from more_than_an_end(rest)
    elif not is_part and not (is_closed(text, root) or is_closed(text, _OUTER.get(root, root))):
        yield Broken(rest, f"<{root}> is not closed; the end of the file is missing")


def _works(text: str, holder: Cut) -> Iterator[Payload | Broken]:
    """Each work with what stands before the first of them."""
    names = _WORKS[holder.name]
    works = list(cuts(text, names, holder.start + 1, holder.end)) if names else []
    if len(works) <= 1 or holder.end is None or not (holder.is_begun and works[0].is_begun):
        yield piece(text, holder)
        return
    head = text[holder.start : works[0].start]
    for work in works:
        if work.end is None or not work.is_begun:
            yield piece(text, work)
        else:
            yield Payload(f"{head}{text[work.start : work.end]}</{holder.name}>")


def work_of(payload: str) -> dict[str, Any]:
    """The work in a payload by the names that Crossref's JSON has for its fields.

    Raises:
        ValueError: it is not well-formed; the message says what and where.
    """
    holder = element(payload)
    inner_work = next((holder.find(name) for name in _WORKS.get(holder.tag, ())), None)
    about = [part for name in _METADATA if (part := holder.find(name)) is not None]
    within = (part for part in chain([holder], about) if part.find("doi_data") is not None)
    work = inner_work if inner_work is not None else next(within, holder)
    issue = holder.find("journal_issue")
    is_whole = inner_work is None
    return {
        "DOI": work.findtext("doi_data/doi"),
        "type": _TYPES.get(holder.tag if is_whole else work.tag),
        **_titles(work),
        "abstract": _abstract(work),
        "author": _authors(work),
        "container-title": None if is_whole and holder.tag == "book" else _venue(holder),
        "event": {"name": text_of(holder.find("event_metadata/conference_name"))},
        "volume": _first_text(work, issue, holder, "journal_volume/volume", "volume"),
        "issue": _first_text(work, issue, holder, "issue"),
        "page": _pages(work),
        **_dates([work, issue, *about] if not _has_date(work) else [work]),
        "language": work.get("language") or next(
            (part.get("language") for part in about if part.get("language")), None
        ),
        "license": [{"URL": url} for part in work.iter("license_ref") if (url := part.text)],
        **_relations(work),
        "reference": [_reference(part) for part in work.iterfind("citation_list/citation")],
    }  # fmt: skip


def _first_text(
    work: etree._Element, issue: etree._Element | None, holder: etree._Element, *paths: str
) -> str | None:
    places = (work, issue, *holder.iterfind("*"))
    texts = (place.findtext(path) for place in places if place is not None for path in paths)
    return next((text for text in texts if text), None)


def _titles(work: etree._Element) -> dict[str, Any]:
    for title, subtitle in (
        ("titles/title", "titles/subtitle"),
        ("titles/original_language_title", "titles/none"),
        ("proceedings_title", "proceedings_subtitle"),
        ("full_title", "none"),
    ):
        main = _inner_markup(work.find(title))
        if main:
            return {"title": [main], "subtitle": [_inner_markup(work.find(subtitle))]}
    return {"title": None}


def _inner_markup(part: etree._Element | None) -> str | None:
    """An element's content with its markup, as Crossref's JSON has it."""
    if part is None:
        return None
    whole = etree.tostring(part, encoding="unicode", with_tail=False)
    return " ".join(whole[whole.index(">") + 1 : whole.rindex("<")].split()) if (
        whole.endswith(f"</{part.tag}>")
    ) else None  # fmt: skip


def _abstract(work: etree._Element) -> str | None:
    """The abstract, rather than one in another language or in pictures."""
    own = work.findall("abstract")
    own.sort(key=lambda part: part.get("abstract-type") is not None)
    return next((text for part in own if (text := _inner_markup(part))), None)


def _authors(work: etree._Element) -> list[dict[str, Any]]:
    people = work.iterfind("contributors/*")
    return [_author(p) for p in people if p.get("contributor_role", "author") == "author"]


def _author(person: etree._Element) -> dict[str, Any]:
    places = [{"name": text_of(part)} for part in person.iterfind("affiliation")]
    places += [_institution(part) for part in person.iter("institution")]
    return {
        "given": person.findtext("given_name"),
        "family": person.findtext("surname"),
        "suffix": person.findtext("suffix"),
        "name": text_of(person) if person.tag in ("organization", "collab") else None,
        "ORCID": person.findtext("ORCID"),
        "affiliation": places,
    }


def _institution(part: etree._Element) -> dict[str, Any]:
    own = [{"id-type": id.get("type"), "id": id.text} for id in part.iterfind("institution_id")]
    return {"name": part.findtext("institution_name"), "id": own}


def _venue(holder: etree._Element) -> list[str | None]:
    return [_inner_markup(holder.find(path)) for path in _VENUES]


def _pages(work: etree._Element) -> str | None:
    first, last = (work.findtext(f"pages/{part}") for part in ("first_page", "last_page"))
    if first:
        return f"{first}-{last}" if last and last != first else first
    return text_of(work.find("publisher_item/item_number"))


def _has_date(work: etree._Element) -> bool:
    return any(work.find(name) is not None for name in _DATES)


_DATES = ("publication_date", "posted_date", "approval_date", "review_date", "completion_date")


def _dates(places: list[etree._Element | None]) -> dict[str, Any]:
    """Days by JSON's names; of two of a kind the first."""
    dates: dict[str, Any] = {}
    parts = (part for place in places if place is not None for part in place.iterfind("*"))
    for part in parts:
        if part.tag in _DATES:
            online = part.get("media_type") == "online"
            kind = {
                "posted_date": "posted",
                "publication_date": "published-online" if online else "published-print",
            }.get(part.tag, "published-other")
            dates.setdefault(kind, {"date-parts": [_parts(part)]})
        elif part.tag == "acceptance_date":
            dates.setdefault("accepted", {"date-parts": [_parts(part)]})
    return dates


def _parts(part: etree._Element) -> list[Any]:
    """Year, month and day as far as they are known; seasons (21 to 34) are no months."""
    month = (part.findtext("month") or "").strip()
    if month and not month.isdigit():
        month = str(parts_of(month).month or "")
    is_month = bool(month) and int(month) <= 12  # noqa: PLR2004 - months
    parts = [part.findtext("year"), *([month, part.findtext("day")] if is_month else [])]
    return parts[: parts.index(None)] if None in parts else parts


def _relations(work: etree._Element) -> dict[str, Any]:
    related: dict[str, list[Mapping[str, Any]]] = {}
    for part in chain(work.iter("inter_work_relation"), work.iter("intra_work_relation")):
        kind = _CAPITAL.sub(r"-\1", part.get("relationship-type", "")).lower()
        other = {"id-type": part.get("identifier-type"), "id": (part.text or "").strip()}
        related.setdefault(kind, []).append(other)
    updates = [
        {"type": p.get("type"), "DOI": p.text} for p in work.iterfind("crossmark/updates/update")
    ]
    return {"relation": related, "update-to": updates}


def _reference(citation: etree._Element) -> dict[str, Any]:
    return {
        _REFERENCE_KEYS.get(part.tag, part.tag): text_of(part) for part in citation.iterfind("*")
    }
