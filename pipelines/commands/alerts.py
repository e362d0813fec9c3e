"""`papertide alerts`: saved searches, which report each new paper and each new trend once.

An alert is a search and a place to tell: a webhook, an Atom feed, or the address of a subscriber.
What there is when an alert is added counts as known; a run of alerts tells what came since.

The order that loses nothing: what is new becomes an event, and is noted as known, in one
transaction; then the event is told until its receiver has taken it. A process that dies while a
webhook answers tells it again as the same: the same body under the same `Idempotency-Key`, by
which the receiver knows the second. All others are told once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from lxml import etree

from conf import Config
from jobs.trends.classes import UP
from papertide.reader import Reader, reader_of
from pipelines.digest.mail.sending import alone
from pipelines.digest.store import writing
from storage import output
from storage.errors import PapertideError, UsageError
from storage.warehouse import Warehouse

LOG = logging.getLogger("papertide")
FILTERS = ("words", "author", "venue", "category", "topic", "term", "feed", "language")
TIMEOUT_SECONDS = 20.0
_WAITS_SECONDS = (0.0, 1.0, 5.0, 25.0)
"""Before each try of a webhook within one run; what it does not take then waits for the next."""
KEEP_DAYS = 5
"""Days after which an event that its receiver never took is given up: news are old by then."""
_ENTRIES = 100  # of an Atom feed
_ID_BYTES = 6
_ATOM = "http://www.w3.org/2005/Atom"
_SCHEMA = """
create table alerts (
    id text primary key, name text not null, asked text not null, target text not null,
    secret text not null, added_at text not null
) strict;
create table known (
    alert text not null references alerts on delete cascade, key text not null,
    primary key (alert, key)
) strict;
create table events (
    id text primary key, alert text not null references alerts on delete cascade,
    body blob not null, state text not null, attempts integer not null default 0, answer text,
    at text not null
) strict;
"""


@dataclass(frozen=True)
class Alert:
    """A saved search: filters of papers, or `rising` (topic or term) with `like`; where to tell.

    `target` is an http(s) address, or `atom`. `secret` signs what a webhook gets.
    """

    id: str
    name: str
    asked: Mapping[str, str]
    target: str
    secret: str


def add(config: Config, name: str, asked: Mapping[str, str], target: str) -> Alert:
    """Add an alert; what it finds now is known, and not told.

    Raises:
        UsageError: nothing is asked for, a filter that there is not, or no place to tell.
    """
    if not asked:
        raise UsageError(f"alerts: ask for something: {', '.join(FILTERS)} or rising")
    if target != "atom" and not _is_address(target):
        raise UsageError("alerts: --to is an address that begins with https:// or http://, or atom")
    alert = Alert(secrets.token_hex(_ID_BYTES), name, dict(asked), target, secrets.token_hex(32))
    found = _found(reader_of(config), alert)  # refuses what can't be asked
    with _opened(config) as db, writing(db):
        db.execute(
            "insert into alerts values (?, ?, ?, ?, ?, ?)",
            (alert.id, name, json.dumps(alert.asked), target, alert.secret, _now().isoformat()),
        )
        _know(db, alert, found)
    return alert


def listed(config: Config) -> list[dict[str, Any]]:
    """The alerts, with how many events were told and how many wait."""
    with _opened(config) as db:
        counts = Counter(tuple(row) for row in db.execute("select alert, state from events"))
        return [
            {
                "id": alert.id,
                "name": alert.name,
                "asks": ", ".join(f"{name} {value}" for name, value in alert.asked.items()),
                "to": alert.target,
                "told": counts[alert.id, "told"],
                "waiting": counts[alert.id, "waiting"],
                "given_up": counts[alert.id, "given up"],
            }
            for alert in _alerts(db)
        ]


def remove(config: Config, alert: str) -> None:
    """Forget an alert and what it had to tell.

    Raises:
        UsageError: there is none of this id.
    """
    with _opened(config) as db, writing(db):
        if not db.execute("delete from alerts where id = ?", (alert,)).rowcount:
            raise UsageError(f"no alert {alert}: papertide alerts list")


def run(
    config: Config, folder: Path | None = None, sleep: Callable[[float], None] | None = None
) -> str:
    """Tell what is new: webhooks are called, feeds written into `folder`; says how that ended.

    Raises:
        UsageError: an alert has a feed, and no folder is named.
        PapertideError: another run of alerts is under way, or events are left that a receiver did
            not take; they stay for the next run.
    """
    import time

    reader = reader_of(config)
    with alone(_file(config)), _opened(config) as db:
        alerts = _alerts(db)
        if folder is None and any(alert.target == "atom" for alert in alerts):
            raise UsageError("alerts: some are feeds; name a folder for them: --out FOLDER")
        fresh = sum(_note(db, reader, alert) for alert in alerts)
        for alert in alerts:
            if alert.target == "atom" and folder is not None:
                _write_feed(db, alert, folder)
        ended = _call(db, {a.id: a for a in alerts}, sleep or time.sleep)
    words = f"{fresh:,} new for {len(alerts):,} alerts; webhooks called {ended['told']:,}"
    if ended["waiting"]:
        raise PapertideError(
            f"{words}; {ended['waiting']:,} were not taken\n"
            f"  nothing is lost: they go with the next papertide alerts run, for {KEEP_DAYS} days"
        )
    return words


# What is new


def _found(reader: Reader, alert: Alert) -> dict[str, dict[str, Any]]:
    """What an alert finds, by the key by which each is told once."""
    asked = dict(alert.asked)
    if rising := asked.pop("rising", None):
        rows = [
            row for verdict in UP for row in _tested(reader, rising, verdict, asked.get("like"))
        ]
        return {f"{row['kind']} {row['entity']} {row['class']}": row for row in rows}
    rows = reader.selected(**asked).rows()
    return {f"paper {row['paper_id']}": row for row in rows}


def _tested(reader: Reader, kind: str, verdict: str, like: str | None) -> list[dict[str, Any]]:
    """Trends of a class that the shift of feeds does not explain."""
    held = {row["class"] for row in reader.sql("select distinct class from gold.trend_tests")}
    if verdict not in held:
        return []
    found = reader.trends(kind, verdict=verdict, like=like, limit=10**6)
    return [row for row in found.rows() if not row["is_explained"]]


def _note(db: sqlite3.Connection, reader: Reader, alert: Alert) -> int:
    """Make an event of what is new, and note that it is known; returns how much it is."""
    known = {row[0] for row in db.execute("select key from known where alert = ?", (alert.id,))}
    fresh = {key: row for key, row in _found(reader, alert).items() if key not in known}
    if not fresh:
        return 0
    told = hashlib.sha256(json.dumps([alert.id, sorted(fresh)]).encode()).hexdigest()[:32]
    kind = "trends" if "rising" in alert.asked else "papers"
    body = {
        "id": told,
        "alert": alert.id,
        "name": alert.name,
        "asked": alert.asked,
        kind: [fresh[key] for key in sorted(fresh)],
    }
    data = json.dumps(output.plain(body), ensure_ascii=True).encode()
    state = "told" if alert.target == "atom" else "waiting"
    with writing(db):
        db.execute(
            "insert or ignore into events (id, alert, body, state, at) values (?, ?, ?, ?, ?)",
            (told, alert.id, data, state, _now().isoformat()),
        )
        _know(db, alert, fresh)
    return len(fresh)


def _know(db: sqlite3.Connection, alert: Alert, found: Mapping[str, Any]) -> None:
    db.executemany("insert or ignore into known values (?, ?)", [(alert.id, key) for key in found])


# Webhooks


def signature(secret: str, body: bytes) -> str:
    """What a webhook gets as `X-Papertide-Signature`: HMAC-SHA256 of the body, in hex."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _call(
    db: sqlite3.Connection, alerts: Mapping[str, Alert], sleep: Callable[[float], None]
) -> Counter[str]:
    """Call the webhooks with what waits; returns how many events ended how."""
    ended: Counter[str] = Counter()
    last = (_now() - timedelta(days=KEEP_DAYS)).isoformat()
    with writing(db):
        db.execute(
            "update events set state = 'given up' where state = 'waiting' and at < ?", (last,)
        )
    with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as client:
        for wait in _WAITS_SECONDS:
            rows = db.execute(
                "select * from events where state = 'waiting' order by at, id"
            ).fetchall()
            if not rows:
                break
            sleep(wait)
            for row in rows:
                answer = _posted(client, alerts[row["alert"]], row)
                ended["told"] += answer is None
                with writing(db):
                    db.execute(
                        "update events set state = ?, attempts = attempts + 1, answer = ? "
                        "where id = ?",
                        ("waiting" if answer else "told", answer, row["id"]),
                    )
    (left,) = db.execute("select count(*) from events where state = 'waiting'").fetchone()
    ended["waiting"] = left
    return ended


def _posted(client: httpx.Client, alert: Alert, event: sqlite3.Row) -> str | None:
    """Give an event to its receiver; returns why that failed, None: it has it."""
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": event["id"],
        "X-Papertide-Signature": signature(alert.secret, event["body"]),
    }
    try:
        answer = client.post(alert.target, content=event["body"], headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = f"{type(error).__name__}: {error}"
    else:
        if answer.is_success:
            return None
        why = f"status {answer.status_code}"
    LOG.info("alert %s: %s did not take it: %s", alert.id, alert.target, why)
    return why


def _is_address(target: str) -> bool:
    try:
        url = httpx.URL(target)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


# Feeds


def _write_feed(db: sqlite3.Connection, alert: Alert, folder: Path) -> None:
    """The feed of an alert as `folder`/ID.xml: its last entries, the newest first."""
    rows = db.execute(
        "select * from events where alert = ? order by at desc, id", (alert.id,)
    ).fetchall()
    (added,) = db.execute("select added_at from alerts where id = ?", (alert.id,)).fetchone()
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _put(root, "id", f"urn:papertide:alert:{alert.id}")
    _put(root, "title", _xml(alert.name))
    _put(root, "updated", rows[0]["at"] if rows else added)
    _put(_put(root, "author"), "name", "Papertide")
    for row in rows[:_ENTRIES]:
        body = json.loads(row["body"])
        for one in body.get("papers") or body.get("trends") or ():
            _entry(root, one, row["at"], alert.id)
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / f".{alert.id}.xml"
    whole.write_bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
    os.replace(whole, folder / f"{alert.id}.xml")


def _entry(root: etree._Element, one: Mapping[str, Any], at: str, alert: str) -> None:
    entry = _put(root, "entry")
    is_paper = "paper_id" in one
    key = one["paper_id"] if is_paper else f"{one['kind']}:{one['entity']}:{one['class']}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    _put(entry, "id", f"urn:papertide:alert:{alert}:{digest}")
    _put(entry, "title", _xml(one["title"] if is_paper else f"{one['name']}: {one['class']}"))
    _put(entry, "updated", at)
    address = one.get("url") or ""
    if is_paper and _is_address(address):
        _put(entry, "link").attrib.update(href=_xml(address), rel="alternate")
    about = one.get("abstract") if is_paper else f"{one['n']:,} papers have it"
    _put(entry, "content", _xml(about or "no abstract"))


def _put(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    made = etree.SubElement(parent, f"{{{_ATOM}}}{name}")
    made.text = text
    return made


def _xml(text: str) -> str:
    """Text without what XML can't hold."""
    return "".join(c for c in text if c.isprintable() or c in "\n\t")


# The file


@contextmanager
def _opened(config: Config) -> Iterator[sqlite3.Connection]:
    """A connection to the file of the alerts, which nobody else may read: it holds secrets."""
    file = _file(config)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    db = sqlite3.connect(file, timeout=30, isolation_level=None)
    try:
        db.row_factory = sqlite3.Row
        for setting in ("journal_mode=wal", "synchronous=full", "foreign_keys=on"):
            db.execute(f"pragma {setting}")
        with writing(db):
            (version,) = db.execute("pragma user_version").fetchone()
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
                db.execute("pragma user_version=1")
        yield db
    finally:
        db.close()


def _file(config: Config) -> Path:
    warehouse = Warehouse.at(config.warehouse)
    if not warehouse.is_local:
        raise UsageError(f"alerts are kept beside the warehouse, and {warehouse.root} is elsewhere")
    return Path(warehouse.root) / "_private" / "alerts.sqlite"


def _alerts(db: sqlite3.Connection) -> list[Alert]:
    return [
        Alert(row["id"], row["name"], json.loads(row["asked"]), row["target"], row["secret"])
        for row in db.execute("select * from alerts order by added_at, id")
    ]


def _now() -> datetime:
    return datetime.now(UTC)
