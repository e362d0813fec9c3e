"""crossref: works of Crossref, as JSON lines, as answers of its API or as its XML.

`published_on` is the earliest of the days in print, online and posted, of those known most exactly;
where there is none, the day that Crossref itself calls the issue's. The native id is the DOI. A
notice that retracts another work names it in `relations`; the work itself is retracted where the
record says so. A reference without a DOI is kept in its own words, or in those of its parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from jobs.feeds.core import LINES, Broken, Feed, Parsed, Payload
from jobs.feeds.publishers import crossref_xml
from jobs.feeds.tools.authorships import Authorship, Institution, put_authorships
from jobs.feeds.tools.cited import Reference, put_cited
from jobs.feeds.tools.date_words import day_in_parts
from jobs.feeds.tools.json_text import (
    as_object,
    as_objects,
    object_of,
    object_under,
    objects_of_answer,
)
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.reading import begins_with
from jobs.feeds.tools.values import (
    most_exact,
    partial_date,
    put_abstract,
    put_categories,
    put_date,
    put_doi,
    put_language,
    put_published,
    put_relation,
    put_text,
    put_url,
)

_PUBLISHED = {
    "published-print": "print", "published-online": "online", "posted": "posted",
    "published-other": "published", "issued": "issued",
}  # fmt: skip
_OTHER = {"accepted": "accepted", "approved": "accepted", "created": "indexed",
          "content-created": "created", "content-updated": "updated"}  # fmt: skip
_DATES = {**_PUBLISHED, **_OTHER}
_RELATIONS = {
    "is-preprint-of": "preprint of", "has-preprint": "published from",
    "is-version-of": "version of", "has-version": "version of", "is-part-of": "part of",
    "is-supplement-to": "supplement of", "is-supplemented-by": "supplemented by",
    "is-translation-of": "translation of", "has-translation": "translated as",
    "is-comment-on": "comments on", "has-comment": "commented on by",
    "is-reply-to": "comments on", "has-reply": "commented on by",
    "is-review-of": "comments on", "has-review": "commented on by",
    "is-data-basis-for": "data of", "is-based-on-data": "has data",
}  # fmt: skip
_UPDATES = {
    "correction": "corrects", "corrigendum": "corrects", "erratum": "corrects",
    "retraction": "retracts", "withdrawal": "retracts", "removal": "retracts",
    # Of a work that is retracted in part the rest stands.
    "addendum": "corrects", "clarification": "corrects", "partial_retraction": "corrects",
    "expression_of_concern": "comments on",
    "new_version": "version of", "new_edition": "updates",
}  # fmt: skip
_UPDATED = {"corrects": "corrected by", "retracts": "retracted by",
            "comments on": "commented on by", "version of": "updated by",
            "updates": "updated by"}  # fmt: skip
# An update of a kind that Crossref does not list: how the two belong together nobody can tell.
_RELATED = "related to"
# Parts of a reference in the order in which people write them.
_PARTS = ("author", "year", "article-title", "volume-title", "series-title", "journal-title",
          "volume", "issue", "first-page")  # fmt: skip
_HEAD = 256


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The works, each in its own words."""
    if begins_with(content, b"<"):
        yield from crossref_xml.split(content)
        return
    for piece in objects_of_answer(content, "message", "items", others=("items",)):
        yield _without_envelope(piece) if isinstance(piece, Payload) else piece


def _without_envelope(piece: Payload) -> Payload:
    """The work in an answer about one work, in its own words."""
    if '"message"' not in piece.text[:_HEAD]:
        return piece
    inner = object_under(piece.text, "message")
    return Payload(inner) if inner else piece


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One work."""
    parsed = Parsed()
    work = _from_xml(parsed, payload) if payload[:1] == "<" else object_of(parsed, payload)
    if work is None:
        return parsed
    _put_doi(parsed, work)
    put_text(parsed, "title", _title(work))
    abstract = work.get("abstract")
    put_abstract(parsed, plain(abstract) if isinstance(abstract, str) else abstract)
    put_authorships(parsed, [_author(entry) for entry in as_objects(work.get("author"))])
    put_text(parsed, "venue", _first(work.get("container-title")) or _event(work) or _server(work))
    for field, key in (("volume", "volume"), ("number", "issue")):
        put_text(parsed, field, work.get(key))
    put_text(parsed, "pages", work.get("page") or work.get("article-number"))
    _put_dates(parsed, work)
    subjects = work.get("subject")
    put_categories(parsed, "crossref", subjects if isinstance(subjects, list) else ())
    put_language(parsed, work.get("language"))
    licences = as_objects(work.get("license"))
    put_text(parsed, "license", licences[0].get("URL") if licences else None)
    put_text(parsed, "work_type", work.get("type"))
    _put_relations(parsed, work)
    put_cited(parsed, [_reference(entry) for entry in as_objects(work.get("reference"))])
    return parsed


def _from_xml(parsed: Parsed, payload: str) -> dict[str, Any] | None:
    try:
        return crossref_xml.work_of(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return None


def _put_doi(parsed: Parsed, work: Mapping[str, Any]) -> None:
    put_doi(parsed, work.get("DOI") or work.get("URL"))
    doi = parsed.fields.get("doi")
    if not doi and not parsed.errors:
        parsed.errors.append(f"DOI is none: {work.get('DOI')}")
    elif doi:
        parsed.fields["native_id"] = doi
        put_url(parsed, work.get("URL") or f"https://doi.org/{doi}")


def _title(work: Mapping[str, Any]) -> str | None:
    """The first title, with the subtitle that belongs to it."""
    titles = (work.get(name) for name in ("title", "original-title", "short-title"))
    title = next(filter(None, map(_first, titles)), None)
    subtitle = _first(work.get("subtitle"))
    if title and subtitle and subtitle.casefold() not in title.casefold():
        return plain(f"{title.rstrip(' :')}: {subtitle}")
    return plain(title) if title else None


def _first(value: Any) -> str | None:
    entries = value if isinstance(value, list) else [value]
    return next((entry for entry in entries if isinstance(entry, str) and entry.strip()), None)


def _event(work: Mapping[str, Any]) -> str | None:
    name = as_object(work.get("event")).get("name")
    return name if isinstance(name, str) else None


def _server(work: Mapping[str, Any]) -> str | None:
    """The server of a preprint, which is named as an institution."""
    if work.get("type") != "posted-content":
        return None
    return _first([place.get("name") for place in as_objects(work.get("institution"))])


def _author(entry: Mapping[str, Any]) -> Authorship:
    given, family, suffix = entry.get("given"), entry.get("family"), entry.get("suffix")
    if "non-dropping-particle" in entry or "dropping-particle" in entry:  # of CSL
        given = _words_of(given, entry.get("dropping-particle"))
        family = _words_of(entry.get("non-dropping-particle"), family)
    name = _words_of(given, family, suffix)
    if name and "," in name:
        given, family, name = _in_order(given, family, suffix)
    places = as_objects(entry.get("affiliation"))
    return Authorship(
        name or entry.get("name") or entry.get("literal"),
        entry.get("ORCID"),
        given=given,
        family=family,
        affiliations=[place.get("name") for place in places],
        institutions=[_institution(place) for place in places],
    )


def _words_of(*parts: Any) -> str:
    return " ".join([part for part in parts if isinstance(part, str) and part])


def _in_order(given: Any, family: Any, suffix: Any) -> tuple[Any, Any, str]:
    """Parts of a name in which commas were left: "Fern," or "Fern, Ada" where one part is given."""
    parts = [_words_of(part).strip(" ,") for part in (given, family)]
    alone = parts[0] or parts[1]
    if not all(parts) and alone.count(",") == 1:
        parts = [part.strip() for part in reversed(alone.split(","))]
    return parts[0] or None, parts[1] or None, _words_of(*parts, suffix)


def _institution(place: Mapping[str, Any]) -> Institution:
    ids = {str(own.get("id-type")).lower(): own.get("id") for own in as_objects(place.get("id"))}
    return Institution(ids, place.get("name"))


def _put_dates(parsed: Parsed, work: Mapping[str, Any]) -> None:
    days = {key: day for key in _DATES if key in work and (day := day_in_parts(work[key]))}
    for key, day in days.items():
        put_date(parsed, _DATES[key], day)
    published = [days.get(key) for key in _PUBLISHED if key != "issued"]
    if not any(day and partial_date(day) for day in published):
        published += [days.get("issued") or day_in_parts(work.get("published"))]
    put_published(parsed, most_exact(published))


def _put_relations(parsed: Parsed, work: Mapping[str, Any]) -> None:
    related = as_object(work.get("relation"))
    for name, kind in _RELATIONS.items() if related else ():
        for other in as_objects(related.get(name)):
            if other.get("id-type") == "doi":
                put_relation(parsed, kind, "doi", _lower(other.get("id")))
    for update in as_objects(work.get("update-to")):
        put_relation(parsed, _update_kind(update), "doi", _lower(update.get("DOI")))
    for update in as_objects(work.get("updated-by")):
        kind = _update_kind(update)
        put_relation(parsed, _UPDATED.get(kind, kind), "doi", _lower(update.get("DOI")))
        if kind == "retracts":
            parsed.fields["withdrawn_as"] = "retracted"


def _update_kind(update: Mapping[str, Any]) -> str:
    """How a work relates to the one that it updates; types are written in several ways."""
    words = str(update.get("type") or "").strip().lower()
    return _UPDATES.get(words.replace("-", "_").replace(" ", "_"), _RELATED)


def _reference(entry: Mapping[str, Any]) -> Reference:
    return Reference({"doi": entry.get("DOI")}, partial(_words, entry))


def _words(entry: Mapping[str, Any]) -> str:
    """A reference as it is written, else its parts."""
    whole = str(entry.get("unstructured") or "").strip()
    return whole or ", ".join([str(part) for name in _PARTS if (part := entry.get(name))])


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


CROSSREF = Feed(
    "crossref",
    about="works of Crossref: JSON lines, answers of its API, or its XML",
    files=("*.jsonl", "*.ndjson", "*.json", "*.xml"),
    split=split,
    parse=parse,
    breaks={"*.xml": crossref_xml.BREAKS, **LINES},
)
