"""Statements: a text cut at the semicolons that stand outside of quotes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

_RAW = r"""(?<![A-Za-z0-9_])[rR]['"]"""
# What a semicolon may stand in without ending a statement; an open one reaches to the end. Of a
# comment its beginning: comments stand within comments.
_PIECE = re.compile(
    rf"""(?<![A-Za-z0-9_])[rR](?:'[^']*(?:'|\Z)|"[^"]*(?:"|\Z))
    |'(?:\\.|[^'\\])*(?:'|\Z)|"(?:\\.|[^"\\])*(?:"|\Z)|`[^`]*(?:`|\Z)
    |--[^\n]*|/\*|;|(?:(?!{_RAW})[^'"`;/-])+|.""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")


def split(text: str) -> tuple[list[str], str]:
    """The whole statements of `text` without their semicolons, and what is left after the last."""
    whole, pending = [], ""
    for piece in _pieces(text):
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
    pieces = _pieces(statement)
    return any(piece.strip() and not piece.startswith(("--", "/*")) for piece in pieces)


def _pieces(text: str) -> Iterator[str]:
    at = 0
    while match := _PIECE.match(text, at):
        begin, at = at, match.end() if match[0] != "/*" else _end_of_comment(text, at)
        yield text[begin:at]


def _end_of_comment(text: str, begin: int) -> int:
    depth = 0
    for sign in _COMMENT.finditer(text, begin):
        depth += 1 if sign[0] == "/*" else -1
        if not depth:
            return sign.end()
    return len(text)
