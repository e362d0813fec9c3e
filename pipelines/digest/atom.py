"""An Atom feed (RFC 4287) of a selection. Nothing in it comes from a clock."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from lxml import etree

from pipelines.digest import telling
from pipelines.digest.choosing import Selection
from pipelines.digest.edition import Paper

_NAMESPACE = "http://www.w3.org/2005/Atom"
# Ids are made of names in this space, so that they stay the same wherever the feed stands.
_IDS = uuid.UUID("9d3c1c6e-4f0b-5a43-9c4e-8a2f6f6d0f1e")


def feed(
    name: str,
    key: str,
    selection: Selection,
    topics: Mapping[str, str],
    addresses: tuple[str, str] | None,
    author: str,
) -> bytes:
    """The feed of the trending papers of a selection.

    Args:
        name: title of the feed.
        key: what the feed is of, for ever; its id is made of it.
        selection: what it holds. An entry was updated when its paper was first shown.
        topics: topic id → name.
        addresses: of the feed itself and of its page; None: nobody knows them yet.
        author: who makes the feed.
    """
    root = etree.Element(_tag("feed"), nsmap={None: _NAMESPACE})
    _put(root, "id", _id("feed", key))
    _put(root, "title", name)
    _put(root, "updated", _moment(selection.as_of))
    _put(etree.SubElement(root, _tag("author")), "name", author)
    if addresses:
        itself, page = addresses
        _link(root, "self", itself, "application/atom+xml")
        _link(root, "alternate", page, "text/html")
    for paper in selection.trending:
        _entry(root, paper, topics)
    etree.indent(root)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return text + b"\n"


def _entry(root: etree._Element, paper: Paper, topics: Mapping[str, str]) -> None:
    entry = etree.SubElement(root, _tag("entry"))
    _put(entry, "id", _id("paper", paper.paper_id))
    _put(entry, "title", telling.title(paper))
    _put(entry, "updated", _moment(paper.first_shown_on))
    for author in paper.authors:
        _put(etree.SubElement(entry, _tag("author")), "name", author)
    if paper.address:
        _link(entry, "alternate", paper.address, "text/html")
    for category in paper.categories:
        etree.SubElement(entry, _tag("category"), term=category)
    # Without an address (and so without an alternate link) an entry must have a content.
    content = telling.teaser(paper) or telling.about(paper, topics)
    _put(entry, "summary" if paper.address else "content", content)


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _tag(name)).text = text


def _link(parent: etree._Element, relation: str, address: str, kind: str) -> None:
    etree.SubElement(parent, _tag("link"), rel=relation, type=kind, href=address)


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _id(kind: str, key: str) -> str:
    return uuid.uuid5(_IDS, f"{kind}/{key}").urn


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
