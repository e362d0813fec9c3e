"""europepmc: answers of Europe PMC's REST service as JSON, lite or core, or their results as lines.

`published_on` is the day of first publication. The service gives the first of January where it
knows a year alone, so that day is read as the year. Sections of an abstract come as `TITLE: text`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.feeds.core import LINES, Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.json_text import as_object, as_objects, object_of, objects_of_answer
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.values import (
    date_text,
    put_abstract,
    put_categories,
    put_date,
    put_doi,
    put_language,
    put_pmcid,
    put_pmid,
    put_published,
    put_relation,
    put_text,
    put_texts,
    put_work_type,
)

_RELATIONS = {
    "Retraction in": "retracted by", "Retraction of": "retracts", "Erratum in": "corrected by",
    "Erratum for": "corrects", "Preprint of": "preprint of", "Preprint in": "published from",
    "Comment on": "comments on", "Comment in": "commented on by",
    "Update in": "updated by", "Update of": "updates",
    "Expression of concern in": "commented on by", "Expression of concern for": "comments on",
    "Republished in": "published as", "Republished from": "version of",
    "Corrected and republished in": "published as",
    "Corrected and republished from": "version of",
}  # fmt: skip
_DATES = {
    "electronicPublicationDate": "online", "firstIndexDate": "indexed", "dateOfRevision": "updated",
}  # fmt: skip


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The results, each in its own words."""
    return objects_of_answer(content, "resultList", "result")


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One result."""
    parsed = Parsed()
    result = object_of(parsed, payload)
    if result is None:
        return parsed
    _put_ids(parsed, result)
    for put, key in ((_put_title, "title"), (put_abstract, "abstractText")):
        text = result.get(key)
        put(parsed, plain(text) if isinstance(text, str) else text)
    _put_authors(parsed, result)
    _put_journal(parsed, result)
    day = result.get("firstPublicationDate")
    if isinstance(day, str) and day.endswith("-01-01"):
        day = day[:4]
    put_published(parsed, day or date_text(result.get("pubYear")) or _issue_day(result))
    put_date(parsed, "print", as_object(result.get("journalInfo")).get("printPublicationDate"))
    for key, kind in _DATES.items():
        put_date(parsed, kind, result.get(key))
    put_language(parsed, result.get("language"))
    put_text(parsed, "license", result.get("license"))
    _put_subjects(parsed, result)
    return parsed


def _issue_day(result: Mapping[str, Any]) -> str | None:
    """The month or year of the issue; a month that is not known is 0."""
    info = as_object(result.get("journalInfo"))
    return date_text(info.get("yearOfPublication"), info.get("monthOfPublication") or None)


def _put_title(parsed: Parsed, value: Any) -> None:
    put_text(parsed, "title", value)


def _put_ids(parsed: Parsed, result: Mapping[str, Any]) -> None:
    source, own = result.get("source"), result.get("id")
    if isinstance(source, str) and isinstance(own, str) and source and own:
        parsed.fields["native_id"] = f"{source}:{own}"
        parsed.fields["url"] = f"https://europepmc.org/article/{source}/{own}"
    else:
        parsed.errors.append(f"id is missing: source {source} and id {own}")
    put_pmid(parsed, result.get("pmid"))
    put_pmcid(parsed, result.get("pmcid") or (own if source == "PMC" else None))
    put_doi(parsed, result.get("doi"))


def _put_authors(parsed: Parsed, result: Mapping[str, Any]) -> None:
    people = as_object(result.get("authorList")).get("author")
    authors = as_objects([people] if isinstance(people, dict) else people)
    if authors:
        put_authorships(parsed, [_author(author) for author in authors])
        return
    author_string = result.get("authorString")
    if isinstance(author_string, str):
        names = re.split(r"[,;]\s+", author_string.rstrip(". "))
        put_authorships(parsed, [Authorship(name) for name in names if name])


def _author(author: Mapping[str, Any]) -> Authorship:
    names = (author.get("firstName") or author.get("initials"), author.get("lastName"))
    author_id = as_object(author.get("authorId"))
    details = as_object(author.get("authorAffiliationDetailsList")).get("authorAffiliation")
    return Authorship(
        " ".join(name for name in names if isinstance(name, str))
        or author.get("fullName")
        or author.get("collectiveName"),
        author_id.get("value") if author_id.get("type") == "ORCID" else None,
        given=names[0],
        family=names[1],
        affiliations=[place.get("affiliation") for place in as_objects(details)],
    )


def _put_journal(parsed: Parsed, result: Mapping[str, Any]) -> None:
    info = as_object(result.get("journalInfo"))
    book = as_object(result.get("bookOrReportDetails"))
    venue = as_object(info.get("journal")).get("title") or result.get("journalTitle")
    put_text(parsed, "venue", venue or book.get("publisher"))
    put_text(parsed, "volume", info.get("volume") or result.get("journalVolume"))
    put_text(parsed, "number", info.get("issue") or result.get("issue"))
    put_text(parsed, "pages", result.get("pageInfo"))


def _put_subjects(parsed: Parsed, result: Mapping[str, Any]) -> None:
    headings = as_objects(as_object(result.get("meshHeadingList")).get("meshHeading"))
    put_categories(parsed, "mesh", [heading.get("descriptorName") for heading in headings])
    put_texts(parsed, "keywords", as_object(result.get("keywordList")).get("keyword"))
    pub_types = as_object(result.get("pubTypeList")).get("pubType") or result.get("pubType")
    types = pub_types if isinstance(pub_types, list) else (pub_types or "").split("; ")
    put_work_type(parsed, types)
    corrections = as_object(result.get("commentCorrectionList")).get("commentCorrection")
    for other in as_objects(corrections):
        kind = _RELATIONS.get(str(other.get("type")))
        if kind and other.get("source") == "MED":
            put_relation(parsed, kind, "pmid", other.get("id"))


EUROPEPMC = Feed(
    "europepmc",
    about="answers of Europe PMC's REST service as JSON",
    files=("*.json", "*.jsonl", "*.ndjson"),
    split=split,
    parse=parse,
    breaks={"*.jsonl": LINES["*"], "*.ndjson": LINES["*"]},
)
