"""Statements: a text cut at the semicolons that stand outside of quotes and comments."""

from __future__ import annotations

import re

# What a semicolon may stand in without ending a statement; an open one reaches to the end.
_PIECES = re.compile(
    r"""'(?:\\.|[^'\\])*(?:'|\Z)|"(?:\\.|[^"\\])*(?:"|\Z)|`[^`]*(?:`|\Z)
    |--[^\n]*|/\*(?:.*?\*/|.*\Z)|;|[^'"`;/-]+|.""",
    re.VERBOSE | re.DOTALL,
)


def split(text: str) -> tuple[list[str], str]:
    """The whole statements of `text` without their semicolons, and what is left after the last."""
    whole, pending = [], ""
    for piece in _PIECES.findall(text):
        if piece == ";":
            whole.append(pending.strip())
            pending = ""
        else:
            pending += piece
    return [statement for statement in whole if _says_something(statement)], pending


def statements(text: str) -> list[str]:
    """All statements of `text`; the last needs no semicolon."""
    whole, rest = split(text)
    return [*whole, *([rest.strip()] if _says_something(rest) else [])]


def _says_something(statement: str) -> bool:
    """Whether anything is left of it without comments and space."""
    pieces = _PIECES.findall(statement)
    return any(piece.strip() and not piece.startswith(("--", "/*")) for piece in pieces)
