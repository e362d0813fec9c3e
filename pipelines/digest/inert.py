"""Text of feeds made harmless before it stands in a mail, a page or a feed.

Escaping is the templates' business. Here go the characters that would change what stands around
them, and addresses that are more than addresses.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from jobs.text.text import printable


def one_line(text: str | None) -> str:
    """`text` in one line, without controls, bidirectional marks and other unseen characters."""
    return " ".join(printable(text or "").split())


def shorten(text: str, longest: int) -> str:
    """`text` cut at a word to at most `longest` characters, with an ellipsis where it was cut."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    words = head.rpartition(" ")[0]
    return f"{(words or head).rstrip(' ,;:.')}…"


def web_address(url: str | None) -> str | None:
    """`url` if it is the address of a page (http or https, a host, no login), else None."""
    if not url or url != one_line(url) or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or port == 0:
        return None
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~") if host.isascii() else None
