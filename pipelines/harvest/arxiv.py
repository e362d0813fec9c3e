"""arxiv-api and arxiv-rss: answers to a search as Atom, and the announcements of the day.

Source: https://info.arxiv.org/help/api/user-manual.html and https://info.arxiv.org/help/rss.html.
"""

from __future__ import annotations

import re
from typing import Any

from pipelines.harvest.answers import elements_digest, printable_line, xml_root
from pipelines.harvest.core import Fault, Inquiry, Page, Refused, Request, Source
from storage.errors import UsageError

_ATOM = "{http://www.w3.org/2005/Atom}"
_OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"
_ERRORS = "/api/errors"
# arXiv asks to take large answers in slices; up to 2,000 entries are allowed.
_ENTRIES_A_PAGE = 1000
_CATEGORIES = re.compile(r"[A-Za-z-]+(\.[A-Za-z-]+)?(\+[A-Za-z-]+(\.[A-Za-z-]+)?)*")


def api_request(inquiry: Inquiry, token: str | None) -> Request:
    """The search of one day, oldest first; the token is the number of the first entry."""
    day = f"{inquiry.day:%Y%m%d}"
    query = (
        f"({inquiry.parameters['search_query']}) AND {inquiry.date_field}:[{day}0000 TO {day}2359]"
    )
    return Request(
        inquiry.base_url,
        {
            "search_query": query,
            "start": token or "0",
            "max_results": str(_ENTRIES_A_PAGE),
            "sortBy": inquiry.date_field,
            "sortOrder": "ascending",
        },
    )


def api_read(body: bytes) -> Page:
    """A page of entries. An error comes as an entry; now and then a page comes empty by mistake."""
    root = xml_root(body)
    if root.tag != f"{_ATOM}feed":
        raise Fault(f"no Atom feed, but <{printable_line(root.tag)}>")
    entries = root.findall(f"{_ATOM}entry")
    for entry in entries:
        if _ERRORS in (entry.findtext(f"{_ATOM}id") or ""):
            raise Refused(
                f"arXiv: {printable_line(entry.findtext(f'{_ATOM}summary') or 'an error')}"
            )
    total, start = _number(root, "totalResults"), _number(root, "startIndex")
    following = start + len(entries)
    if not entries and following < total:
        raise Fault(f"an empty page where {total - following:,} entries were still to come")
    token = str(following) if following < total else None
    return Page(len(entries), elements_digest(entries), token, total)


def _number(root: Any, name: str) -> int:
    text = (root.findtext(f"{_OPENSEARCH}{name}") or "").strip()
    if not (text.isascii() and text.isdigit()):
        raise Fault(f"an Atom feed without {name}")
    return int(text)


def rss_request(inquiry: Inquiry, token: str | None) -> Request:
    """The feed of some categories, which stand in its address."""
    categories = inquiry.parameters["categories"]
    if not _CATEGORIES.fullmatch(categories):
        raise UsageError(f"categories {categories!r}: expected names such as cs.CL+stat.ML")
    return Request(f"{inquiry.base_url.rstrip('/')}/{categories}", {})


def rss_read(body: bytes) -> Page:
    """A whole feed, RSS 2.0 or Atom; on days without announcements it has no items."""
    root = xml_root(body)
    if root.tag == "rss":
        items = root.findall("channel/item")
    elif root.tag == f"{_ATOM}feed":
        items = root.findall(f"{_ATOM}entry")
    else:
        raise Fault(f"neither RSS nor Atom, but <{printable_line(root.tag)}>")
    return Page(len(items), elements_digest(items))


ARXIV_API = Source(
    "arxiv-api",
    about="answers of arXiv's search as Atom",
    base_url="https://export.arxiv.org/api/query",
    pause_seconds=3.0,  # arXiv's terms of use: one request in three seconds, one at a time
    suffix="xml",
    request=api_request,
    read=api_read,
    parameters=("search_query",),
    required=("search_query",),
    # Versions of older papers come only by the day of their update.
    date_fields=("lastUpdatedDate", "submittedDate"),
)
ARXIV_RSS = Source(
    "arxiv-rss",
    about="arXiv's announcements of the day, RSS or Atom",
    base_url="https://rss.arxiv.org/rss",
    pause_seconds=3.0,  # as above
    suffix="xml",
    request=rss_request,
    read=rss_read,
    parameters=("categories",),
    required=("categories",),
    by_day=False,
    conditional=True,
)
