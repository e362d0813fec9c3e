"""References: the works that a record cites, each by its ids or, where it has none, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from jobs.feeds.core import Parsed
from jobs.text import ids
from jobs.text.text import clean_text

MOST = 5_000
"""References kept of one record. Reviews and books have up to some thousands, and each is a row of
silver.references; longer lists are bibliographies or damage."""
_SHOWN = 80

Entry = dict[str, Any]


def _arxiv(text: str) -> str | None:
    identifier = ids.arxiv(text)
    return identifier.id if identifier else None


# Schemes as columns of silver.records have them, from the one that tells works apart best.
READERS: Mapping[str, Callable[[str], str | None]] = {
    "arxiv_id": _arxiv, "doi": ids.doi, "acl_id": ids.acl, "pmid": ids.pmid,
    "openalex_id": ids.openalex, "s2_id": ids.s2,
}  # fmt: skip
_SCHEMES = tuple(READERS)


class Reference(NamedTuple):
    """A reference as delivered: ids by their scheme, in any spelling, and words about the work.

    Words may be a function that gives them: most references have an id and need none.
    """

    ids: Mapping[str, Any]
    text: Any = None


def put_cited(parsed: Parsed, references: Iterable[Reference]) -> None:
    """References in the order given, into `cited`; those that say nothing are left out.

    Words are kept where there is no id: what a work is called, its id says. An id that is none
    counts as words, and one warning says how many there were; another says how many references
    are over `MOST`.
    """
    entries: list[Entry] = []
    wrong_ids: list[str] = []
    over = 0
    for reference in references:
        entry = _entry(reference, wrong_ids)
        if entry and len(entries) < MOST:
            entries.append(entry)
        elif entry:
            over += 1
    if entries:
        parsed.fields["cited"] = entries
    if wrong_ids:
        parsed.warnings.append(f"cited has {len(wrong_ids)} ids that are none: {wrong_ids[0]}")
    if over:
        parsed.warnings.append(f"cited has {over} references over the {MOST:,} that are kept")


def _entry(reference: Reference, wrong_ids: list[str]) -> Entry | None:
    """A reference as it is kept, None if it says nothing; its ids that are none are added."""
    valid: list[dict[str, str]] = []
    wrong: dict[str, str] = {}
    arxiv = None
    for scheme, value in reference.ids.items():
        text = None if value is None else _text(value)
        if text and (own_id := READERS[scheme](text)):
            valid.append({"scheme": scheme, "id": own_id})
            arxiv = arxiv or (ids.arxiv_of_doi(own_id) if scheme == "doi" else None)
        elif text:
            wrong[scheme] = text
    if arxiv and all(own["scheme"] != "arxiv_id" for own in valid):
        valid.append({"scheme": "arxiv_id", "id": arxiv.id})
        wrong.pop("arxiv_id", None)
    if wrong:
        wrong_ids += [text[:_SHOWN] for text in wrong.values()]
    if not valid:
        words = reference.text() if callable(reference.text) else reference.text
        words = _text(words) or "; ".join(wrong.values())
        return {"ids": [], "text": words} if words else None
    if len(valid) > 1:
        valid.sort(key=_place)
    return {"ids": valid, "text": None}


def _place(own: Mapping[str, str]) -> int:
    return _SCHEMES.index(own["scheme"])


def _text(value: Any) -> str | None:
    """Text, or a whole number as text; what is neither says nothing."""
    if isinstance(value, str):
        return clean_text(value) or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
