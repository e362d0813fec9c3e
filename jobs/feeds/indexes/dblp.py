"""dblp: the computer science bibliography's XML, or answers of its search as JSON, without
abstracts.

Articles, papers of proceedings, chapters, books, theses and data are papers; volumes of proceedings
and the home pages of people are not, and are left out. The full stop that dblp puts behind every
title goes; the numbers that tell persons of one name apart go from names, and are their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.date_words import combine_dates
from jobs.feeds.tools.json_text import as_object, as_objects, object_of, objects_of_answer
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.reading import begins_with
from jobs.feeds.tools.values import (
    put_arxiv,
    put_date,
    put_doi,
    put_other_id,
    put_published,
    put_text,
    put_url,
)
from jobs.feeds.tools.xml_text import element, elements, parts_of, text_under
from jobs.text.ids import arxiv

_PAPERS = (
    "article", "inproceedings", "incollection", "book", "phdthesis", "mastersthesis", "data",
)  # fmt: skip
_OTHERS = ("proceedings", "www", "person")
_OTHER_START = tuple(f"<{name}" for name in _OTHERS)
_VOLUME = re.compile(r'"type"\s*:\s*"Editorship"')
_HOMONYM = re.compile(r"\s+\d{4}$")
_ARXIV = re.compile(r"https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/", re.IGNORECASE)
_DOI = re.compile(r"https?://(?:dx\.)?doi\.org/", re.IGNORECASE)


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The papers, each in its own words.

    Raises:
        Unreadable: it is no dblp file.
    """
    if begins_with(content, b"{"):
        for hit in objects_of_answer(content, "result", "hits", "hit"):
            if isinstance(hit, Broken) or not _VOLUME.search(hit.text):
                yield hit
        return
    # Cut with the others, so that nothing inside of them is taken for a paper.
    for item in elements(content, (*_PAPERS, *_OTHERS), ("dblp", "dblpperson")):
        if isinstance(item, Broken) or not item.text.startswith(_OTHER_START):
            yield item


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One paper."""
    parsed = Parsed()
    if payload[:1] == "{":
        _of_search(parsed, payload)
        return parsed
    try:
        paper = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    key = paper.get("key")
    put_text(parsed, "native_id", key)
    put_other_id(parsed, "dblp", key)
    if not key:
        parsed.errors.append("key is missing")
    parts = parts_of(paper)
    title = _inner(parts.get("title"))
    put_text(parsed, "title", title.removesuffix(".") if title else None)
    put_authorships(parsed, [_author(author) for author in paper.iterchildren("author")])
    put_text(parsed, "venue", text_under(parts, "journal") or text_under(parts, "booktitle"))
    for field in ("volume", "number", "pages"):
        put_text(parsed, field, text_under(parts, field))
    year, month = text_under(parts, "year"), text_under(parts, "month")
    put_published(parsed, (combine_dates([year, month]) if month else None) or year)
    put_date(parsed, "updated", paper.get("mdate"))
    put_text(parsed, "work_type", paper.get("publtype") or paper.tag)
    links = [text for part in paper.iterchildren("ee") if (text := part.text)]
    _put_links(parsed, links)
    _put_arxiv(parsed, links, text_under(parts, "journal"), text_under(parts, "volume"))
    if "withdrawn" in (paper.get("publtype") or "").split():
        parsed.fields["withdrawn_as"] = "withdrawn"
    return parsed


def _of_search(parsed: Parsed, payload: str) -> None:
    """A hit of the search, whose fields are those of XML."""
    info = as_object((object_of(parsed, payload) or {}).get("info"))
    key = info.get("key")
    put_text(parsed, "native_id", key)
    put_other_id(parsed, "dblp", key)
    if not key and not parsed.errors:
        parsed.errors.append("key is missing")
    title = info.get("title")
    put_text(parsed, "title", title.removesuffix(".") if isinstance(title, str) else title)
    people = as_object(info.get("authors")).get("author")
    authors = as_objects([people] if isinstance(people, dict) else people)
    put_authorships(parsed, [_named(str(p.get("text") or ""), p.get("@pid")) for p in authors])
    venue = info.get("venue")
    put_text(parsed, "venue", venue[0] if isinstance(venue, list) and venue else venue)
    for field in ("volume", "number", "pages"):
        put_text(parsed, field, info.get(field))
    put_published(parsed, info.get("year"))
    put_text(parsed, "work_type", info.get("type"))
    links = [link for link in _listed(info.get("ee")) if isinstance(link, str)]
    put_doi(parsed, info.get("doi"))
    if "doi" in parsed.fields:
        put_url(parsed, links[0] if links else None)
    else:
        _put_links(parsed, links)
    _put_arxiv(parsed, links, venue, info.get("volume"))
    if info.get("type") == "Withdrawn Items":
        parsed.fields["withdrawn_as"] = "withdrawn"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _inner(part: etree._Element | None) -> str | None:
    if part is None or not len(part):
        return None if part is None else part.text
    whole = etree.tostring(part, encoding="unicode", with_tail=False)
    return plain(whole[whole.index(">") + 1 : whole.rindex("<")])


def _author(author: etree._Element) -> Authorship:
    return _named(author.text or "", author.get("pid"), author.get("orcid"))


def _named(own: str, pid: Any, orcid: Any = None) -> Authorship:
    name = _HOMONYM.sub("", own)
    return Authorship(name, orcid, ids={"dblp": pid or (own if name != own else None)})


def _put_links(parsed: Parsed, links: list[str]) -> None:
    """The electronic editions: the first DOI among them, and the first of all as address."""
    put_doi(parsed, next((link for link in links if _DOI.match(link)), None))
    put_url(parsed, links[0] if links else None)


def _put_arxiv(parsed: Parsed, links: list[str], venue: Any, volume: Any) -> None:
    """The id of a preprint: from its address, or as volume of CoRR (`abs/2101.00001`)."""
    candidates = [link for link in links if _ARXIV.match(link)]
    if venue == "CoRR" and isinstance(volume, str):
        candidates.append(volume.removeprefix("abs/"))
    put_arxiv(parsed, next((text for text in candidates if arxiv(text)), None))


DBLP = Feed(
    "dblp",
    about="XML of the dblp computer science bibliography, or answers of its search as JSON",
    files=("*.xml", "*.json"),
    split=split,
    parse=parse,
    breaks={"*.json": (), "*": tuple(f"</{name}>".encode() for name in (*_PAPERS, *_OTHERS))},
)
