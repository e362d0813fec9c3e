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
        entry, wrong = _entry(reference)
        wrong_ids += wrong
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


def _entry(reference: Reference) -> tuple[Entry | None, list[str]]:
    """A reference as it is kept, None if it says nothing; and its ids that are none."""
    valid_ids: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, value in reference.ids.items():
        if value is None:
            continue
        text = _text(value)
        own_id = READERS[name](text) if text else None
        if own_id:
            valid_ids[name] = own_id
        elif text:
            wrong[name] = text
    if not valid_ids:
        words = reference.text() if callable(reference.text) else reference.text
        words = _text(words) or "; ".join(wrong.values()) or None
        told: Entry | None = {"ids": [], "text": words} if words else None
        return told, [text[:_SHOWN] for text in wrong.values()] if wrong else []
    if "doi" in valid_ids and (arxiv := ids.arxiv_of_doi(valid_ids["doi"])):
        valid_ids.setdefault("arxiv_id", arxiv.id)
        wrong.pop("arxiv_id", None)
    names = valid_ids if len(valid_ids) == 1 else [name for name in READERS if name in valid_ids]
    by_scheme = [{"scheme": name, "id": valid_ids[name]} for name in names]
    entry: Entry = {"ids": by_scheme, "text": None}
    return entry, [text[:_SHOWN] for text in wrong.values()] if wrong else []


def _text(value: Any) -> str | None:
    """Text, or a whole number as text; what is neither says nothing."""
    if isinstance(value, str):
        return clean_text(value) or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
