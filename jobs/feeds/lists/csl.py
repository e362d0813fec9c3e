"""CSL JSON, which Zotero, Mendeley, JabRef and Pandoc write: its items as rows of a table.

Source: the schema of the Citation Style Language, 1.0.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.feeds.tools.authorships import Authorship
from jobs.feeds.tools.date_words import day_in_parts
from jobs.feeds.tools.json_text import as_object, as_objects

_NAMES = ("family", "given", "literal")
_IN_ORDER = ("given", "dropping-particle", "non-dropping-particle", "family", "suffix")


def row_of(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """An item by columns that tables of references have; None of what is no item of CSL.

    Its id is the library's own, by which no other file knows it: it becomes no id of the row.
    """
    people = as_objects(item.get("author"))
    has_parts = any(name in one for one in people for name in _NAMES)
    if not has_parts and not isinstance(item.get("issued"), dict):
        return None
    row = {name: value for name, value in item.items() if name not in ("id", "note")}
    return row | {
        "author": [author_of(one) for one in people],
        "issued": _date(item.get("issued")),
        "keywords": item.get("keyword"),
        "extra": item.get("note"),  # where Zotero keeps further ids
    }


def author_of(one: Mapping[str, Any]) -> Authorship:
    """An author by the parts of the name, or by the whole of it."""
    parts = [part.strip() for name in _IN_ORDER if isinstance(part := one.get(name), str)]
    name = one.get("literal") or " ".join(filter(None, parts)) or one.get("name")
    return Authorship(name, one.get("ORCID"), given=one.get("given"), family=one.get("family"))


def _date(issued: Any) -> Any:
    """The first day of a date, else the date as it is written."""
    written = as_object(issued)
    return day_in_parts(issued) or written.get("raw") or written.get("literal")
