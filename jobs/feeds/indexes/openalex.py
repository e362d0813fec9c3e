"""openalex: works of OpenAlex, as JSON lines or as answers of its API.

The abstract comes as an inverted index, word → positions, and is put together in their order; of
two words in one place the first counts. A first of January is all that OpenAlex knows of many
years, so it is read as the year alone. References are ids of its own (`referenced_works`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.feeds.core import LINES, Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, Institution, put_authorships
from jobs.feeds.tools.cited import Reference, put_cited
from jobs.feeds.tools.json_text import (
    as_list,
    as_object,
    as_objects,
    kind,
    object_of,
    objects_of_answer,
)
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.values import (
    most_exact,
    put_abstract,
    put_arxiv,
    put_categories,
    put_date,
    put_doi,
    put_language,
    put_openalex,
    put_other_id,
    put_pmcid,
    put_pmid,
    put_published,
    put_text,
    put_texts,
    put_url,
)

# The longest abstracts have some thousand words; a position beyond is damage, whatever its word.
_MOST_WORDS = 50_000
_TOMBSTONE = "Deleted Work"
"""Title of a work that OpenAlex has taken away and keeps the id of."""
_NOTICES = ("retraction", "erratum")  # they bear the mark of what they are about
_ARXIV = re.compile(r"https?://arxiv\.org/(?:abs|pdf)/", re.IGNORECASE)


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The works, each in its own words."""
    return objects_of_answer(content, "results")


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One work."""
    parsed = Parsed()
    work = object_of(parsed, payload)
    if work is None:
        return parsed
    _put_ids(parsed, work)
    put_text(parsed, "title", _plain(work.get("title") or work.get("display_name")))
    _put_abstract(parsed, work.get("abstract_inverted_index"))
    put_authorships(parsed, [_author(entry) for entry in as_objects(work.get("authorships"))])
    _put_place(parsed, work)
    _put_dates(parsed, work)
    put_categories(
        parsed, "openalex", (topic.get("display_name") for topic in as_objects(work.get("topics")))
    )
    put_texts(
        parsed, "keywords", [word.get("display_name") for word in as_objects(work.get("keywords"))]
    )
    put_language(parsed, work.get("language"))
    put_text(parsed, "work_type", work.get("type"))
    put_cited(
        parsed, [Reference({"openalex_id": own}) for own in as_list(work.get("referenced_works"))]
    )
    if work.get("title") == work.get("display_name") == _TOMBSTONE:
        parsed.fields["withdrawn_as"] = "deleted"
    elif work.get("is_retracted") is True and work.get("type") not in _NOTICES:
        parsed.fields["withdrawn_as"] = "retracted"
    return parsed


def _put_ids(parsed: Parsed, work: Mapping[str, Any]) -> None:
    put_openalex(parsed, work.get("id"))
    if "openalex_id" not in parsed.fields and not parsed.errors:
        parsed.errors.append(f"id is no work of OpenAlex: {work.get('id')}")
    parsed.fields["native_id"] = parsed.fields.get("openalex_id")
    ids = as_object(work.get("ids"))
    put_doi(parsed, work.get("doi") or ids.get("doi"))
    put_pmid(parsed, ids.get("pmid"))
    put_pmcid(parsed, str(ids.get("pmcid") or "").rstrip("/").rpartition("/")[2])
    put_other_id(parsed, "mag", str(ids["mag"]) if ids.get("mag") else None)
    for location in (as_object(work.get("primary_location")), *as_objects(work.get("locations"))):
        page = location.get("landing_page_url")
        if "arxiv_id" not in parsed.fields and isinstance(page, str) and _ARXIV.match(page):
            put_arxiv(parsed, page)


def _put_abstract(parsed: Parsed, index: Any) -> None:
    if index is None:
        return
    if isinstance(index, dict) and isinstance(index.get("InvertedIndex"), dict):
        index = index["InvertedIndex"]  # of Microsoft Academic
    if not isinstance(index, dict):
        parsed.errors.append(f"abstract_inverted_index is {kind(index)}, not an object")
        return
    words: dict[int, str] = {}
    wrong = 0
    for word, places in index.items():
        for place in places if isinstance(places, list) else [None]:
            if type(place) is int and 0 <= place < _MOST_WORDS and place not in words:
                words[place] = word
            else:
                wrong += 1
    if wrong:
        parsed.warnings.append(f"abstract_inverted_index has {wrong} places that cannot be")
    places = range(max(words, default=-1) + 1)  # in order, which is faster than to sort them
    put_abstract(parsed, _plain(" ".join([words[place] for place in places if place in words])))


def _author(entry: Mapping[str, Any]) -> Authorship:
    author = as_object(entry.get("author"))
    return Authorship(
        author.get("display_name") or _in_order(entry.get("raw_author_name")),
        author.get("orcid"),
        ids={"openalex": author.get("id")},
        # Answers of before 2023 have one text.
        affiliations=as_list(entry.get("raw_affiliation_strings"))
        or [entry.get("raw_affiliation_string")],
        institutions=[_institution(place) for place in as_objects(entry.get("institutions"))],
        countries=as_list(entry.get("countries")),
        is_corresponding=entry.get("is_corresponding"),
    )


def _in_order(name: Any) -> Any:
    """A name as it is spoken, which may come as `Fern, Ada`."""
    family, comma, given = name.partition(",") if isinstance(name, str) else ("", "", "")
    return f"{given.strip()} {family.strip()}" if comma and "," not in given else name


def _institution(place: Mapping[str, Any]) -> Institution:
    ids = {"ror": place.get("ror"), "openalex": place.get("id")}
    return Institution(ids, place.get("display_name"), place.get("country_code"))


def _put_place(parsed: Parsed, work: Mapping[str, Any]) -> None:
    primary = as_object(work.get("primary_location"))
    source = as_object(primary.get("source") or work.get("host_venue"))  # before 2023
    put_text(parsed, "venue", source.get("display_name") or primary.get("raw_source_name"))
    biblio = as_object(work.get("biblio"))
    put_text(parsed, "volume", biblio.get("volume"))
    put_text(parsed, "number", biblio.get("issue"))
    first, last = biblio.get("first_page"), biblio.get("last_page")
    put_text(parsed, "pages", f"{first}-{last}" if first and last and first != last else first)
    best = as_object(work.get("best_oa_location"))
    put_text(parsed, "license", best.get("license") or primary.get("license"))
    put_url(parsed, primary.get("landing_page_url") or work.get("id"))


def _put_dates(parsed: Parsed, work: Mapping[str, Any]) -> None:
    day, year = work.get("publication_date"), work.get("publication_year")
    if isinstance(day, str) and day.endswith("-01-01"):
        day = day[:4]
    if isinstance(day, str):  # what is wrong in it does not cost the rest
        day = most_exact([day]) or (None if year else day)
    put_published(parsed, day or (str(year) if year else None))
    put_date(parsed, "indexed", work.get("created_date"))
    put_date(parsed, "updated", work.get("updated_date"))


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else value


OPENALEX = Feed(
    "openalex",
    about="works of OpenAlex: JSON lines, or answers of its API",
    files=("*.jsonl", "*.ndjson", "*.json"),
    split=split,
    parse=parse,
    breaks=LINES,
)
