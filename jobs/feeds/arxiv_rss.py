"""arxiv-rss: announcements of new arXiv papers, as RSS 2.0 or Atom, an item a paper.

The paper is the arXiv id that the item links to. Its day is the one on which the feed listed it.
Only what the feed marks as the abstract is one: other descriptions are the announcer's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jobs.feeds.arxiv import iso_day, put_arxiv_record, put_author_text, put_classes
from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.values import put_day, put_text
from jobs.feeds.xml_text import element, elements, text_of

_PAPER = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|\barxiv:)([a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(v\d+)?",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"\bAbstract:\s*(.*)", re.DOTALL)
_CLASS = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?")


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The items or entries, each in its own words.

    Raises:
        Unreadable: it is neither RSS nor Atom.
    """
    return elements(content, ("item", "entry"), ("rss", "feed", "rdf:RDF"))


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One announced paper."""
    parsed = Parsed()
    try:
        item = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    links = (part.get("href") or part.text or "" for part in item.iterfind("link"))
    named = (item.findtext("id") or "", item.findtext("guid") or "")
    found = next((paper for text in (*links, *named) if (paper := _PAPER.search(text))), None)
    put_arxiv_record(parsed, f"{found[1]}{found[2] or ''}" if found else None)
    put_text(parsed, "title", text_of(item.find("title")))
    told = text_of(item.find("description")) or text_of(item.find("summary")) or ""
    abstract = _ABSTRACT.search(told)
    put_text(parsed, "abstract", abstract[1] if abstract else None)
    creators = [text for part in item.iterfind("creator") if (text := text_of(part))]
    names = [text for part in item.iterfind("author") if (text := text_of(part))]
    put_author_text(parsed, ", ".join(creators or names) or None)
    terms = (part.get("term") or part.text or "" for part in item.iterfind("category"))
    put_classes(parsed, " ".join(term for term in terms if _CLASS.fullmatch(term)))
    day = item.findtext("pubDate") or item.findtext("published") or item.findtext("date")
    put_day(parsed, "listed_on", iso_day(day))
    return parsed


ARXIV_RSS = Feed(
    "arxiv-rss",
    about="announcements of new arXiv papers, RSS 2.0 or Atom",
    files=("*.xml", "*.rss", "*.atom"),
    split=split,
    parse=parse,
)
