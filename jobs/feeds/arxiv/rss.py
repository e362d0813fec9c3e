"""arxiv-rss: announcements of new arXiv papers, as RSS 2.0 or Atom, an item a paper.

The paper is the arXiv id that the item links to. Its day is the one on which the feed listed it.
Only what the feed marks as the abstract is one: other descriptions are the announcer's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jobs.feeds.arxiv.common import (
    iso_day,
    put_arxiv_record,
    put_author_text,
    put_classes,
    put_journal,
)
from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.values import put_day, put_text
from jobs.feeds.tools.xml_text import element, elements, text_of

_PAPER = re.compile(
    r"(?:arxiv\.org/(?:abs|pdf|html)/|\barxiv:)([a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(v\d+)?",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"\bAbstract:\s*(.*)", re.DOTALL)
_CHANNEL_DAY = re.compile(rb"<dc:date>\s*([0-9T:Z.+-]{10,35})\s*</dc:date>")
# RSS 1.0, until January 2024: `Title. (arXiv:2103.04567v1 [cs.CL])`
_IN_TITLE = re.compile(
    r"\.?\s*\(arXiv:(\S+?)(v\d+)?\s*\[([\w.-]+)\](?:\s*(?:UPDATED|CROSS LISTED))?\)\s*",
    re.IGNORECASE,
)
_CLASS = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?")


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The items or entries, each in its own words.

    Raises:
        Unreadable: it is neither RSS nor Atom.
    """
    for item in elements(content, ("item", "entry"), ("rss", "feed", "rdf:RDF")):
        yield _with_day(item, content)


def _with_day(item: Payload | Broken, content: bytes) -> Payload | Broken:
    """An item of RSS 1.0 with the day of its channel, which is all that dates it."""
    if isinstance(item, Broken) or not item.text.startswith("<item rdf:about"):
        return item
    day = _CHANNEL_DAY.search(content)
    if day is None or "<dc:date>" in item.text:
        return item
    head, _, rest = item.text.partition(">")
    return Payload(f"{head}><dc:date>{day[1].decode()}</dc:date>{rest}")


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One announced paper."""
    parsed = Parsed()
    try:
        item = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    links = (part.get("href") or part.text or "" for part in item.iterfind("link"))
    ids = (item.findtext("id") or "", item.findtext("guid") or "")
    match = next((paper for text in (*links, *ids) if (paper := _PAPER.search(text))), None)
    title = text_of(item.find("title")) or ""
    old = _IN_TITLE.search(title)
    version = old[2] if old and match and not match[2] else match[2] if match else None
    put_arxiv_record(parsed, f"{match[1]}{version or ''}" if match else None)
    put_text(parsed, "title", title[: old.start()] if old else title)
    summary = text_of(item.find("description")) or text_of(item.find("summary")) or ""
    abstract = _ABSTRACT.search(summary)
    put_text(parsed, "abstract", plain(summary) if old else abstract[1] if abstract else None)
    creators = [text for part in item.iterfind("creator") if (text := text_of(part))]
    names = [text for part in item.iterfind("author") if (text := text_of(part))]
    put_author_text(parsed, plain(", ".join(creators or names)) or None)
    terms = (part.get("term") or part.text or "" for part in item.iterfind("category"))
    classes = [term for term in terms if _CLASS.fullmatch(term)] or ([old[3]] if old else [])
    put_classes(parsed, " ".join(classes))
    day = item.findtext("pubDate") or item.findtext("published") or item.findtext("date")
    put_day(parsed, "listed_on", iso_day(day))
    put_journal(parsed, text_of(item.find("journal_reference")), text_of(item.find("DOI")))
    return parsed


ARXIV_RSS = Feed(
    "arxiv-rss",
    about="announcements of new arXiv papers, RSS 2.0 or Atom",
    files=("*.xml", "*.rss", "*.atom"),
    split=split,
    parse=parse,
)
