"""How a selection is told: the words that mail, page and feed share."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipelines.digest.choosing import Selection
from pipelines.digest.edition import ALL, Paper, Rise, Risen
from pipelines.digest.inert import shorten

AUTHORS_NAMED = 3
TEASER_CHARS = 280
TITLE_CHARS = 300
_TOPIC_CHARS = 60
_WIDTH = 72


def environment() -> Environment:
    """The templates; whatever is put into them is escaped."""
    jinja = Environment(
        loader=PackageLoader("pipelines.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {
        "headline": title, "about": about_isolated, "teaser": teaser, "rise": rise, "day": day,
        "rose": rose_in,
    }  # fmt: skip
    return jinja


def title(paper: Paper) -> str:
    """The title, at a length that a list bears."""
    return shorten(paper.title, TITLE_CHARS)


def day(moment: date) -> str:
    """A day in words: 1 March 2025."""
    return f"{moment.day} {moment:%B %Y}"


def about(paper: Paper, topics: Mapping[str, str]) -> str:
    """A line about a paper: authors, venue, topic and classes."""
    return " · ".join(_facts(paper, topics))


def about_isolated(paper: Paper, topics: Mapping[str, str]) -> Markup:
    """As HTML: a fact from right to left keeps to itself, and turns none beside it round."""
    return Markup(" · ").join(Markup("<bdi>{}</bdi>").format(f) for f in _facts(paper, topics))


def _facts(paper: Paper, topics: Mapping[str, str]) -> list[str]:
    topic = topics.get(paper.topic_id or "", "")
    parts = (
        authors(paper.authors),
        shorten(paper.venue, _TOPIC_CHARS),
        shorten(topic, _TOPIC_CHARS),
        ", ".join(paper.categories[:3]),
    )
    return [part for part in parts if part]


def authors(names: tuple[str, ...]) -> str:
    """The first authors, and how many there are beside."""
    more = len(names) - AUTHORS_NAMED
    if more <= 1:  # "and 1 more" is longer than a name
        return ", ".join(names[: AUTHORS_NAMED + 1])
    return f"{', '.join(names[:AUTHORS_NAMED])} and {more} more"


def teaser(paper: Paper) -> str:
    """How the abstract begins."""
    return shorten(paper.abstract, TEASER_CHARS)


def rise(rose: Rise) -> str:
    """Of what class a rise is, how sure, and why."""
    where = "" if rose.slice == ALL else f" in {rose.slice.partition('=')[2]}"
    return f"{rose.verdict}, {rose.strength}{where}: {rose.why}"


def rose_in(risen: Risen) -> str:
    """The period in which something rose."""
    return f"What rose up to the {risen.grain} to {day(risen.period_end)}"


def text(selection: Selection, topics: Mapping[str, str]) -> str:
    """A selection as plain text, in lines of at most 72 characters but for addresses."""
    blocks: list[str] = []
    if selection.trending:
        blocks.append(_heading(f"Trending on {day(selection.as_of)}"))
        for number, paper in enumerate(selection.trending, 1):
            blocks.append(_item(number, paper, about(paper, topics)))
    if selection.alike:
        blocks.append(_heading("New, like what you liked"))
        for number, like in enumerate(selection.alike, len(selection.trending) + 1):
            why = f"Like: {shorten(like.liked, TEASER_CHARS)}" if like.liked else ""
            blocks.append(_item(number, like.paper, about(like.paper, topics), why))
    if selection.risen:
        blocks.append(_heading(rose_in(selection.risen)))
        blocks += _rises("Topics", selection.rising_topics)
        blocks += _rises("Terms", selection.rising_terms)
    return "\n\n".join(blocks)


def _heading(words: str) -> str:
    return f"{words.upper()}\n{'=' * min(len(words), _WIDTH)}"


@lru_cache(maxsize=4096)  # many readers get the same papers, often at the same place
def _item(number: int, paper: Paper, line: str, why: str = "") -> str:
    first = f"{number}. "
    indent = " " * len(first)
    lines = list(wrap(title(paper), first, indent))
    for part in filter(None, (line, why)):
        lines += wrap(part, indent, indent)
    if paper.address:
        lines.append(indent + paper.address)
    if paper.abstract:
        lines += ["", *wrap(teaser(paper), indent, indent)]
    return "\n".join(lines)


def _rises(kind: str, rises: Iterable[Rise]) -> list[str]:
    entries = list(rises)
    if not entries:
        return []
    lines = [f"{kind}:"]
    for rose in entries:
        lines += wrap(rose.name, "- ", "  ")
        lines += wrap(rise(rose), "  ", "  ")
    return ["\n".join(lines)]


def wrap(words: str, first: str, indent: str) -> Iterator[str]:
    """Words in lines of at most 72 characters, the first behind `first`, others behind `indent`."""
    yield from textwrap.wrap(
        words,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
