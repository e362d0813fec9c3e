"""What people give to a question: a text, a span of a list, a day, an id of a paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from jobs.tables.gold import COLLABORATIONS
from jobs.tables.silver import AUTHORS, AUTHORSHIPS, INSTITUTIONS, REFERENCES
from jobs.text import ids
from papertide import duck, questions, ranked
from papertide.snapshot import Snapshot
from storage.errors import UsageError

MOST_CHARS = 10_000
"""Characters of a query."""
MOST_WORDS = 100
"""Different words of a query that are looked for; more make a text, which `similar` is for."""
# A table that no run had rows for is not published.
_NO_REFERENCES = (
    "No references are known: the feeds name none, or an earlier version has read them "
    "(papertide repair silver.records --rebuild)."
)
_NO_PLACES = (
    "No institutions or countries are known: the feeds name none, or an earlier version has read "
    "them (papertide repair silver.records --rebuild)."
)
_DIGITS = re.compile(r"\d+")


def text_of(query: str) -> str:
    """What someone typed, as text without outer space.

    Raises:
        UsageError: nothing, or too much.
    """
    text = query.encode("utf-8", "replace").decode().strip()
    if not text:
        raise UsageError("nothing to look for: the query is empty")
    if len(text) > MOST_CHARS:
        raise UsageError(f"a query of {len(text):,} characters, more than {MOST_CHARS:,}")
    return text


def words_of(snapshot: Snapshot, text: str) -> list[str]:
    """The different words of a text.

    Raises:
        UsageError: more than MOST_WORDS.
    """
    (row,) = duck.rows(snapshot, ranked.words(text))
    words = list(dict.fromkeys(word for word in row["words"] if word))
    if len(words) > MOST_WORDS:
        raise UsageError(
            f"a query of {len(words):,} words, more than {MOST_WORDS}: similar is for texts"
        )
    return words


def why_cites_none(snapshot: Snapshot, paper_id: str) -> str:
    """Why no paper of the feeds is cited by one."""
    own, total = _references(snapshot, paper_id)
    if own:
        return f"References: {own:,}; none leads to a paper of the feeds."
    return "The feeds name no references for this paper." if total else _NO_REFERENCES


def why_none_cites(snapshot: Snapshot, paper_id: str) -> str:
    """Why no paper of the feeds cites one."""
    _, total = _references(snapshot, paper_id)
    return "No paper of the feeds names it among its references." if total else _NO_REFERENCES


def why_no_author(snapshot: Snapshot) -> str:
    """Why nobody has a name."""
    if snapshot.has(AUTHORS.name):
        return "Nobody has all these words in a name."
    return f"{AUTHORS.name} is not published yet: papertide run makes it."


def why_no_authors(snapshot: Snapshot) -> str:
    """Why a paper has no authors."""
    if snapshot.has(AUTHORSHIPS.name):
        return "The feeds name no authors of this paper."
    return f"{AUTHORSHIPS.name} is not published yet: papertide run makes it."


def why_no_institution(snapshot: Snapshot) -> str:
    """Why no institution is among those asked for."""
    if snapshot.has(INSTITUTIONS.name):
        return "No institution with an id has these letters in its name and this country."
    return _NO_PLACES


def why_no_pairs(snapshot: Snapshot) -> str:
    """Why there are no pairs of countries or institutions."""
    if snapshot.has(COLLABORATIONS.name):
        return "No papers of these periods, known to the period, are of two of them together."
    return _NO_PLACES


def _references(snapshot: Snapshot, paper_id: str) -> tuple[int, int]:
    """How many references a paper has, and how many are known at all."""
    if not snapshot.has(REFERENCES.name):
        return 0, 0
    (counts,) = duck.rows(snapshot, questions.references(paper_id))
    return counts["own"], counts["named"]


def span_of(limit: int, offset: int = 0) -> tuple[int, int]:
    """How many rows, and how many are left out before them.

    Raises:
        UsageError: less than one, or less than none.
    """
    if limit < 1 or offset < 0:
        raise UsageError(f"limit {limit} and offset {offset}: at least 1 and 0")
    return int(limit), int(offset)


def day_of(name: str, value: date | str) -> date:
    """A day, or its ISO text.

    Raises:
        UsageError: it is none.
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"{name}: {value} is no day; days are as 2026-03-01") from error


def papers_with_id(snapshot: Snapshot, text: str, *, surely: bool) -> list[str]:
    """The papers that have an id of any scheme and spelling, our own first.

    Digits alone may be an id of PubMed or Semantic Scholar, but are `surely` none.
    """
    if " " in text:
        return []
    arxiv, doi = ids.arxiv(text), ids.doi(text)
    of_doi = ids.arxiv_of_doi(doi) if doi else None
    numbers = not (surely and _DIGITS.fullmatch(text))
    readings = [
        ("paper_id", text),
        ("arxiv_id", arxiv and arxiv.id),
        ("doi", doi),
        ("arxiv_id", of_doi and of_doi.id),
        ("acl_id", ids.acl(text)),
        ("openalex_id", ids.openalex(text)),
        ("pmid", ids.pmid(text) if numbers else None),
        ("s2_id", ids.s2(text) if numbers else None),
    ]
    for column, value in readings:
        if value:
            rows = duck.rows(snapshot, questions.with_id(column, value))
            if rows:
                return [row["paper_id"] for row in rows]
    return []


def why_none_match(narrowed: Mapping[str, Any], what: str = "") -> str:
    """Why a list is empty whose papers must meet filters."""
    filters = ", ".join(
        f"{name} {', '.join(v) if isinstance(v, tuple) else v}" for name, v in narrowed.items()
    )
    return f"no paper {what}meets all filters ({filters}); leave one out to see more"
