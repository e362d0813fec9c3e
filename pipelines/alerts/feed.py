"""The Atom feed of an alert."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from pipelines.alerts.store import Alert
from pipelines.digest.inert import web_address

_ENTRIES = 100
_ATOM = "http://www.w3.org/2005/Atom"


def write_feed(db: sqlite3.Connection, alert: Alert, folder: Path) -> None:
    """The feed of an alert as `folder`/ID.xml: its last entries, the newest first."""
    rows = db.execute(
        "select * from events where alert = ? order by at desc, id", (alert.id,)
    ).fetchall()
    (added_at,) = db.execute("select added_at from alerts where id = ?", (alert.id,)).fetchone()
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _put(root, "id", f"urn:papertide:alert:{alert.id}")
    _put(root, "title", _xml(alert.name))
    _put(root, "updated", rows[0]["at"] if rows else added_at)
    _put(_put(root, "author"), "name", "Papertide")
    for row in rows[:_ENTRIES]:
        body = json.loads(row["body"])
        for one in body.get("papers") or body.get("trends") or ():
            _entry(root, one, row["at"], alert.id)
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{alert.id}.xml"
    draft.write_bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
    os.replace(draft, folder / f"{alert.id}.xml")


def _entry(root: etree._Element, one: Mapping[str, Any], at: str, alert: str) -> None:
    entry = _put(root, "entry")
    is_paper = "paper_id" in one
    key = one["paper_id"] if is_paper else f"{one['kind']}:{one['entity']}:{one['class']}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    _put(entry, "id", f"urn:papertide:alert:{alert}:{digest}")
    _put(entry, "title", _xml(one["title"] if is_paper else f"{one['name']}: {one['class']}"))
    _put(entry, "updated", at)
    address = web_address(one.get("url"))
    if is_paper and address:
        _put(entry, "link").attrib.update({"href": address, "rel": "alternate"})
    about = one.get("abstract") if is_paper else f"{one['n']:,} papers have it"
    _put(entry, "content", _xml(about or "no abstract"))


def _put(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = text
    return element


def _xml(text: str) -> str:
    """Text without what XML can't hold."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")
