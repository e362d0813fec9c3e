"""arxiv-oai: OAI-PMH answers of arXiv with metadata as arXiv, arXivRaw or oai_dc.

A deleted record is kept: it says that the paper is gone. An answer that is an error is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from jobs.feeds.arxiv.common import (
    mark_withdrawn,
    put_arxiv_record,
    put_author_text,
    put_classes,
    put_days,
    put_journal,
)
from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.oai import refuse_error
from jobs.feeds.tools.values import put_date, put_doi, put_text
from jobs.feeds.tools.xml_text import element, elements, text_of

_IDENTIFIER = re.compile(r"oai:arxiv\.org:", re.IGNORECASE)
_VERSION = re.compile(r"v(\d{1,3})")


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The records, each in its own words.

    Raises:
        Unreadable: it is no answer of OAI-PMH, or it is an error.
    """
    records = list(elements(content, ("record",), ("OAI-PMH",)))
    if not records:
        refuse_error(content)
    yield from records


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One record, or the deletion of one."""
    parsed = Parsed()
    try:
        record = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    header = record.find("header")
    identifier = None if header is None else header.findtext("identifier")
    put_arxiv_record(parsed, _IDENTIFIER.sub("", identifier) if identifier else None)
    stamp = None if header is None else header.findtext("datestamp")
    if header is not None and header.get("status") == "deleted":
        parsed.fields["withdrawn_as"] = "deleted"
        put_date(parsed, "deleted", stamp)
        return parsed
    metadata = record.find("metadata")
    body = metadata[0] if metadata is not None and len(metadata) else None
    reader = _READERS.get(str(body.tag)) if body is not None else None
    if reader is None:
        parsed.errors.append("no metadata as arXiv, arXivRaw or oai_dc")
    elif body is not None:
        reader(parsed, body)
        put_date(parsed, "indexed", stamp)
    return parsed


def _arxiv(parsed: Parsed, body: etree._Element) -> None:
    _common(parsed, body)
    put_authorships(parsed, [_author(author) for author in body.iterfind("authors/author")])
    put_days(parsed, [(None, body.findtext("created"))], body.findtext("updated"))


def _author(author: etree._Element) -> Authorship:
    names = [author.findtext(part) for part in ("forenames", "keyname", "suffix")]
    return Authorship(
        " ".join(filter(None, names)),
        given=names[0],
        family=names[1],
        affiliations=[part.text for part in author.iterfind("affiliation")],
    )


def _raw(parsed: Parsed, body: etree._Element) -> None:
    _common(parsed, body)
    put_author_text(parsed, body.findtext("authors"))
    versions: list[tuple[int | None, str | None]] = []
    for part in body.iterfind("version"):
        number = _VERSION.fullmatch(part.get("version", ""))
        versions.append((int(number[1]) if number else None, part.findtext("date")))
    put_days(parsed, versions, None)


def _common(parsed: Parsed, body: etree._Element) -> None:
    put_text(parsed, "title", text_of(body.find("title")))
    put_text(parsed, "abstract", text_of(body.find("abstract")))
    put_classes(
        parsed,
        body.findtext("categories"),
        msc=body.findtext("msc-class"),
        acm=body.findtext("acm-class"),
    )
    put_text(parsed, "license", body.findtext("license"))
    put_journal(parsed, body.findtext("journal-ref"), body.findtext("doi"))
    mark_withdrawn(parsed, body.findtext("comments"))


def _dublin_core(parsed: Parsed, body: etree._Element) -> None:
    """Its subjects are names, not codes; the first description is the abstract, others comments."""
    put_text(parsed, "title", text_of(body.find("title")))
    descriptions = [text_of(part) for part in body.iterfind("description")]
    put_text(parsed, "abstract", descriptions[0] if descriptions else None)
    for comment in descriptions[1:]:
        mark_withdrawn(parsed, comment)
    put_authorships(parsed, [_last_first(text_of(part)) for part in body.iterfind("creator")])
    days = sorted(text for part in body.iterfind("date") if (text := part.text))
    put_days(parsed, [(None, days[0])] if days else [], days[-1] if len(days) > 1 else None)
    for identifier in body.iterfind("identifier"):
        text = identifier.text or ""
        if text.startswith("doi:"):
            put_doi(parsed, text)
        elif not text.startswith("http"):
            put_text(parsed, "venue", text)


def _last_first(name: str | None) -> Authorship:
    """`Fern, Ada` and `Fern, Ada, Jr.` as they are spoken."""
    last, *rest = (part.strip() for part in (name or "").split(",", 2))
    whole = " ".join(filter(None, [*rest[:1], last, *rest[1:]]))
    return Authorship(whole, given=rest[0], family=last) if rest else Authorship(whole)


_READERS = {"arXiv": _arxiv, "arXivRaw": _raw, "dc": _dublin_core}

ARXIV_OAI = Feed(
    "arxiv-oai",
    about="OAI-PMH answers of arXiv (arXiv, arXivRaw, oai_dc), with deletions",
    files=("*.xml",),
    split=split,
    parse=parse,
)
