"""arxiv-api: Atom answers of arXiv's API, an entry a paper; an answer without entries is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from lxml import etree

from jobs.feeds.arxiv.common import (
    mark_withdrawn,
    put_arxiv_record,
    put_classes,
    put_days,
    put_journal,
)
from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.reading import Unreadable
from jobs.feeds.tools.values import put_text
from jobs.feeds.tools.xml_text import element, elements, text_of

_ERRORS = "arxiv.org/api/errors"


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The entries, each in its own words.

    Raises:
        Unreadable: it is no feed, or the entry is an error of the API.
    """
    for entry in elements(content, ("entry",), ("feed",)):
        error = _error(entry.text) if _ERRORS in entry.text else None
        if error is not None:
            raise Unreadable(f"the source answered with an error: {error}")
        yield entry


def _error(text: str) -> str | None:
    """What an entry that is an error of the API says; None where it is a paper, or broken."""
    with suppress(ValueError):
        entry = element(text)
        if _ERRORS in (entry.findtext("id") or ""):
            return entry.findtext("summary") or ""
    return None


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One paper; `published` is the day of its first version, `updated` that of the one shown."""
    parsed = Parsed()
    try:
        entry = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    put_arxiv_record(parsed, entry.findtext("id"))
    put_text(parsed, "title", text_of(entry.find("title")))
    put_text(parsed, "abstract", text_of(entry.find("summary")))
    put_authorships(parsed, [_author(author) for author in entry.iterfind("author")])
    terms = [term for part in entry.iterfind("category") if (term := part.get("term"))]
    primary = entry.find("primary_category")
    first = [] if primary is None else [primary.get("term", "")]
    put_classes(parsed, " ".join(term for term in (*first, *terms) if " " not in term))
    put_days(parsed, [(1, entry.findtext("published"))], entry.findtext("updated"))
    put_journal(parsed, entry.findtext("journal_ref"), entry.findtext("doi"))
    mark_withdrawn(parsed, entry.findtext("comment"))
    return parsed


def _author(author: etree._Element) -> Authorship:
    affiliations = [part.text for part in author.iterfind("affiliation")]
    return Authorship(author.findtext("name"), affiliations=affiliations)


ARXIV_API = Feed(
    "arxiv-api",
    about="Atom answers of arXiv's API",
    files=("*.xml", "*.atom"),
    split=split,
    parse=parse,
)
