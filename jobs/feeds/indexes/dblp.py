"""dblp: the computer science bibliography's XML, without abstracts.

Articles, papers of proceedings, chapters, books, theses and data are papers; volumes of proceedings
and the home pages of people are not, and are left out. The full stop that dblp puts behind every
title goes; the numbers that tell persons of one name apart go from names, and are their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.date_words import combine_dates
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.values import (
    put_arxiv,
    put_date,
    put_doi,
    put_other_id,
    put_published,
    put_text,
    put_url,
)
from jobs.feeds.tools.xml_text import element, elements
from jobs.text.ids import arxiv

_PAPERS = (
    "article", "inproceedings", "incollection", "book", "phdthesis", "mastersthesis", "data",
)  # fmt: skip
_OTHERS = ("proceedings", "www", "person")
_OTHER_START = tuple(f"<{name}" for name in _OTHERS)
_HOMONYM = re.compile(r"\s+\d{4}$")
_ARXIV = re.compile(r"https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/", re.IGNORECASE)
_DOI = re.compile(r"https?://(?:dx\.)?doi\.org/", re.IGNORECASE)


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The papers, each in its own words.

    Raises:
        Unreadable: it is no dblp file.
    """
    # Cut with the others, so that nothing inside of them is taken for a paper.
    for item in elements(content, (*_PAPERS, *_OTHERS), ("dblp", "dblpperson")):
        if isinstance(item, Broken) or not item.text.startswith(_OTHER_START):
            yield item


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One paper."""
    parsed = Parsed()
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
    title = _inner(paper.find("title"))
    put_text(parsed, "title", title.removesuffix(".") if title else None)
    put_authorships(parsed, [_author(author) for author in paper.iterfind("author")])
    put_text(parsed, "venue", paper.findtext("journal") or paper.findtext("booktitle"))
    for field in ("volume", "number", "pages"):
        put_text(parsed, field, paper.findtext(field))
    year, month = paper.findtext("year"), paper.findtext("month")
    put_published(parsed, (combine_dates([year, month]) if month else None) or year)
    put_date(parsed, "updated", paper.get("mdate"))
    put_text(parsed, "work_type", paper.get("publtype") or paper.tag)
    _put_links(parsed, [text for part in paper.iterfind("ee") if (text := part.text)])
    _put_arxiv(parsed, paper)
    if "withdrawn" in (paper.get("publtype") or "").split():
        parsed.fields["withdrawn_as"] = "withdrawn"
    return parsed


def _inner(part: etree._Element | None) -> str | None:
    if part is None or not len(part):
        return None if part is None else part.text
    whole = etree.tostring(part, encoding="unicode", with_tail=False)
    return plain(whole[whole.index(">") + 1 : whole.rindex("<")])


def _author(author: etree._Element) -> Authorship:
    own = author.text or ""
    name = _HOMONYM.sub("", own)
    pid = author.get("pid") or (own if name != own else None)
    return Authorship(name, author.get("orcid"), ids={"dblp": pid})


def _put_links(parsed: Parsed, links: list[str]) -> None:
    """The electronic editions: the first DOI among them, and the first of all as address."""
    put_doi(parsed, next((link for link in links if _DOI.match(link)), None))
    put_url(parsed, links[0] if links else None)


def _put_arxiv(parsed: Parsed, paper: etree._Element) -> None:
    """The id of a preprint: from its address, or as volume of CoRR (`abs/2101.00001`)."""
    links = [part.text or "" for part in paper.iterfind("ee")]
    candidates = [link for link in links if _ARXIV.match(link)]
    if paper.findtext("journal") == "CoRR":
        candidates.append((paper.findtext("volume") or "").removeprefix("abs/"))
    put_arxiv(parsed, next((text for text in candidates if arxiv(text)), None))


DBLP = Feed(
    "dblp",
    about="XML of the dblp computer science bibliography",
    files=("*.xml",),
    split=split,
    parse=parse,
    breaks={"*": tuple(f"</{name}>".encode() for name in (*_PAPERS, *_OTHERS))},
)
