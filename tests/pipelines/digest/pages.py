"""Reading HTML as a browser does: what it would run, load, follow and show."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

# Elements that a page or a mail of ours is made of; none of them runs or loads anything.
PLAIN = {
    *("html", "head", "body", "title", "meta", "link", "style", "table", "tr", "td", "div", "span"),
    *("h1", "h2", "h3", "p", "a", "b", "bdi", "br", "ol", "ul", "li", "time"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "rel", "type", "title", "href", "style"),
    *("class", "dir", "role", "width", "cellspacing", "cellpadding", "border", "align", "datetime"),
}
OURS = r"(\.\./|topics/)?[A-Za-z0-9_-]+\.(html|xml)"  # a page or a feed beside this one


@dataclass
class Seen(HTMLParser):
    """What stands in a page."""

    tags: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    addresses: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name in ("href", "src", "action", "background", "poster", "srcset"):
                self.addresses.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data

    @classmethod
    def of(cls, html: str) -> Seen:
        """What stands in `html`."""
        seen = cls()
        seen.feed(html)
        seen.close()
        return seen


def assert_inert(html: str) -> Seen:
    """Nothing in the page runs, and nothing is loaded; links lead to pages alone."""
    seen = Seen.of(html)
    assert seen.tags <= PLAIN, seen.tags - PLAIN
    assert seen.attributes <= ATTRIBUTES, seen.attributes - ATTRIBUTES
    for address in seen.addresses:
        assert address.startswith(("https://", "http://")) or re.fullmatch(OURS, address), address
    assert "url(" not in html
    assert not set(html) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u0000\u001b")
    return seen
