"""Text of feeds as data: what would be markup in it does nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# Emoji and icons are looked for in the text after Markdown is done, where no backslash helps; so
# are addresses. A word joiner, which has no width, breaks their words.
_SHORTCODE = re.compile(r":(?=[^\s:]+:)")
_ADDRESS = re.compile(r"(?<=[a-z])://|(?<=www)\.|@(?=[\w-]+\.)", re.IGNORECASE)
_JOINER = "\u2060"
_NAMED_AUTHORS = 3
LEAST_CHANCE = 0.0001
"""Below it a number says no more, and the models behind it are not as exact."""


def label(text: str) -> str:
    """Text for a label, which Streamlit reads as Markdown: it shows as it is, on one line."""
    line = " ".join(text.split())
    broken = _SHORTCODE.sub(":" + _JOINER, line)
    broken = _ADDRESS.sub(lambda match: _JOINER + match[0] + _JOINER, broken)
    return _PUNCTUATION.sub(r"\\\1", broken)


def escape(value: Any) -> str:
    """A value as text within HTML; nothing for None."""
    return "" if value is None else html.escape(str(value))


def isolate(value: Any) -> str:
    """As `escape`; text from right to left keeps to itself, and turns nothing beside it round."""
    return f"<bdi>{escape(value)}</bdi>"


def link(url: str | None) -> str | None:
    """An address that may be opened: only of the web, else None."""
    try:
        scheme = urlsplit((url or "").strip()).scheme
    except ValueError:  # an address with a broken host
        return None
    return url.strip() if url and scheme in ("http", "https") else None


def people(authors: Sequence[dict[str, Any]] | None, number: int = _NAMED_AUTHORS) -> str:
    """The first authors by name, and how many more."""
    names = [author["name"] for author in authors or [] if author and author["name"]]
    more = len(names) - number
    return ", ".join(names[:number]) + (f" and {more} more" if more > 0 else "")


def chance(q_value: float | None) -> str | None:
    """How likely chance alone does a thing, corrected for how much was tested."""
    if q_value is None:
        return None
    return f"q {q_value:.2g}" if q_value >= LEAST_CHANCE else f"q < {LEAST_CHANCE:.4f}"


def count(n: int, name: str) -> str:
    """How many there are of what has a name: "1 paper", "1,200 papers"."""
    return f"{n:,} {name}{'' if n == 1 else 's'}"
