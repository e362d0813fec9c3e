"""An event in words: what a mail and a chat say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipelines.digest.inert import one_line, shorten, web_address
from pipelines.digest.telling import AUTHORS_NAMED, TEASER_CHARS, TITLE_CHARS, wrap

ROWS = 50
"""Papers or trends that a mail lists at most; the others are counted."""
_NAME_CHARS = 72


class Line(NamedTuple):
    """One paper or trend: what it is called, where it stands, what is known of it."""

    title: str
    address: str | None
    about: str
    text: str


class Message(NamedTuple):
    """An event: its subject, its lines, how many more there are."""

    subject: str
    lines: list[Line]
    more: int


def in_words(event: Mapping[str, Any]) -> Message:
    """The event that a webhook would get, made harmless and short enough to be read."""
    rows = event.get("papers") or event.get("trends") or []
    kind = "paper" if "papers" in event else "trend"
    count = f"{len(rows):,} new {kind}{'s' if len(rows) != 1 else ''}"
    make = _paper if kind == "paper" else _trend
    subject = f"{shorten(one_line(event['name']), _NAME_CHARS)}: {count}"
    return Message(subject, [make(row) for row in rows[:ROWS]], max(len(rows) - ROWS, 0))


def plain(event: Message) -> str:
    """The event as text, in lines of at most 72 characters but for addresses."""
    blocks = ["\n".join(_block(number, line)) for number, line in enumerate(event.lines, 1)]
    if event.more:
        blocks.append(more(event))
    return "\n\n".join(blocks)


def more(event: Message) -> str:
    """What is not listed."""
    return f"and {event.more:,} more"


def _paper(row: Mapping[str, Any]) -> Line:
    names = [one_line(author["name"]) for author in row.get("authors") or () if author["name"]]
    others = len(names) - AUTHORS_NAMED
    who = ", ".join(names[:AUTHORS_NAMED]) + (f" and {others} more" if others > 0 else "")
    facts = (who, one_line(row.get("venue")), one_line(str(row.get("dated_on") or "")))
    return Line(
        shorten(one_line(row["title"]), TITLE_CHARS),
        web_address(row.get("url")),
        " · ".join(filter(None, facts)),
        shorten(one_line(row.get("abstract")), TEASER_CHARS),
    )


def _trend(row: Mapping[str, Any]) -> Line:
    strength = f", {row['strength']}" if row.get("strength") else ""
    return Line(one_line(row["name"]), None, f"{row['class']}{strength}", one_line(row.get("why")))


def _block(number: int, line: Line) -> Iterator[str]:
    first = f"{number}. "
    indent = " " * len(first)
    yield from wrap(line.title, first, indent)
    yield from wrap(line.about, indent, indent)
    if line.address:
        yield indent + line.address
    yield from wrap(line.text, indent, indent)
