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
    found = ids.arxiv(text)
    return found.id if found else None


# Schemes as columns of silver.records have them, from the one that tells works apart best.
READERS: Mapping[str, Callable[[str], str | None]] = {
    "arxiv_id": _arxiv, "doi": ids.doi, "acl_id": ids.acl, "pmid": ids.pmid,
    "openalex_id": ids.openalex, "s2_id": ids.s2,
}  # fmt: skip


class Reference(NamedTuple):
    """A reference as delivered: ids by their scheme, in any spelling, and words about the work."""

    ids: Mapping[str, Any]
    text: Any = None


def put_cited(parsed: Parsed, references: Iterable[Reference]) -> None:
    """References in the order given, into `cited`; those that say nothing are left out.

    Words are kept where there is no id: what a work is called, its id says. An id that is none
    counts as words, and one warning tells how many there were; another tells how many references
    are over `MOST`.
    """
    kept: list[Entry] = []
    misspelt: list[str] = []
    over = 0
    for reference in references:
        entry, wrong = _entry(reference)
        misspelt += wrong
        if entry and len(kept) < MOST:
            kept.append(entry)
        elif entry:
            over += 1
    if kept:
        parsed.fields["cited"] = kept
    if misspelt:
        parsed.warnings.append(f"cited has {len(misspelt)} ids that are none: {misspelt[0]}")
    if over:
        parsed.warnings.append(f"cited has {over} references over the {MOST:,} that are kept")


def _entry(reference: Reference) -> tuple[Entry | None, list[str]]:
    """A reference as it is kept, None if it says nothing; and its ids that are none."""
    delivered = {name: text for name, value in reference.ids.items() if (text := _text(value))}
    read = {name: own_id for name, text in delivered.items() if (own_id := READERS[name](text))}
    arxiv = ids.arxiv_of_doi(read.get("doi", ""))
    if arxiv:
        read.setdefault("arxiv_id", arxiv.id)
    wrong = [text for name, text in delivered.items() if name not in read]
    by_scheme = [{"scheme": name, "id": read[name]} for name in READERS if name in read]
    text = None if by_scheme else _text(reference.text) or "; ".join(wrong) or None
    entry = {"ids": by_scheme, "text": text} if by_scheme or text else None
    return entry, [text[:_SHOWN] for text in wrong]


def _text(value: Any) -> str | None:
    """Text, or a whole number as text; what is neither says nothing."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return clean_text(value) or None if isinstance(value, str) else None
