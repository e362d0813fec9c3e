"""Names that are spelled almost as an unknown one, for errors that help."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near(name: str, known: Iterable[str]) -> str:
    """For the end of "no such …: name": the known names that are spelled almost so, if any."""
    found = get_close_matches(name, list(known))
    return f" (did you mean {' or '.join(found)}?)" if found else ""
