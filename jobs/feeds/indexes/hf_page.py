"""hf-page: a saved page of trending papers, as text: a title line, then an abstract line.

The page names neither ids nor authors nor dates. Its furniture, the lines that offer a subscription
and the button's word glued to the title behind them, is no record and is left out wherever it
stands, so that a paper has one record_id whatever its place on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.reading import Unreadable, decode_utf8
from jobs.feeds.tools.values import put_text

_OFFER = "Get trending papers in your email inbox"
_BUTTON = "Subscribe"
_MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml)\b", re.IGNORECASE)

# Of 5,841 daily papers no title had more than 172 characters, three abstracts fewer than 290.
_LONGEST_TITLE = 290
_LONGEST_SURE_TITLE = 80
_SENTENCE_ENDS = re.compile(r"[.!?](?:\s|$)|https?://\S+$")


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """Title and abstract of each paper, parted by one line feed; a lone one of them is broken.

    A line is a title or an abstract by its length, and between the two by whether it holds a
    sentence's end; lines that could be either are what their neighbours make them.

    Raises:
        Unreadable: it is the page's HTML, not its text.
    """
    text = decode_utf8(content)
    if _MARKUP.match(text):
        raise Unreadable("an HTML or XML page, not its text; save the page as text")
    lines = list(_lines(text))
    at = 0
    while at < len(lines):
        title, rest = lines[at], lines[at + 1 : at + 3]
        if _may_be_title(title) and rest and _abstract_follows(*rest):
            yield Payload(f"{title}\n{rest[0]}")
            at += 2
        else:
            lone = (
                "a title without abstract" if _may_be_title(title) else "an abstract without title"
            )
            yield Broken(title, lone)
            at += 1


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """Title and abstract; there is nothing else."""
    title, _, abstract = payload.partition("\n")
    parsed = Parsed()
    put_text(parsed, "title", title)
    put_text(parsed, "abstract", abstract)
    return parsed


def _lines(text: str) -> Iterator[str]:
    """The lines that are papers', without furniture."""
    is_after_offer = False
    for line in map(str.strip, text.split("\n")):
        if line.startswith(_OFFER):
            is_after_offer = True
        elif line:
            yield line.removeprefix(_BUTTON) if is_after_offer else line
            is_after_offer = False


def _abstract_follows(line: str, after: str = "") -> bool:
    """Whether `line` is an abstract, given the line after it."""
    if len(line) > _LONGEST_TITLE:
        return True
    return _may_be_abstract(line) and len(after) <= _LONGEST_TITLE


def _may_be_title(line: str) -> bool:
    return len(line) <= _LONGEST_TITLE


def _may_be_abstract(line: str) -> bool:
    return len(line) > _LONGEST_SURE_TITLE and _SENTENCE_ENDS.search(line) is not None


HF_PAGE = Feed(
    "hf-page",
    about="saved page of trending papers: title line, abstract line",
    files=("*.txt",),
    split=split,
    parse=parse,
)
