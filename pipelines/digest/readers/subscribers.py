"""The subscribers: who gets what. One is pending until the signed link in a mail is confirmed."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipelines.digest.store import writing
from storage.errors import UsageError

PENDING, ACTIVE, PAUSED = "pending", "active", "paused"
# What SMTP knows without extensions (RFC 5321): dotted atoms of ASCII, at a domain with a dot.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
)
_LONGEST_LOCAL = 64
_RECIPIENT_DIGITS = 32


@dataclass(frozen=True)
class Wishes:
    """What a subscriber wants to read of: any paper that meets one of them; all papers without any.

    `topics` are topic ids, `categories` subject classes with or without their scheme, `authors`
    names in any order of their words.
    """

    topics: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.topics or self.categories or self.authors)


@dataclass(frozen=True)
class Subscriber:
    """One subscriber. `recipient` is the keyed hash of the address, which may stand anywhere."""

    id: str
    address: str
    recipient: str
    state: str
    timezone: str
    wishes: Wishes
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    asked_at: datetime

    def local(self, moment: datetime) -> datetime:
        """A moment in the subscriber's time zone."""
        return moment.astimezone(ZoneInfo(self.timezone))


def normal_address(text: str) -> str:
    """The one spelling of an e-mail address: its domain in lower case, as SMTP sends it.

    Raises:
        UsageError: it is none that every mail server takes.
    """
    local, at, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        domain = ""
    fits = len(local) <= _LONGEST_LOCAL and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)
    if not (at and fits):
        raise UsageError("that is no e-mail address of letters, digits and signs of ASCII")
    return f"{local}@{domain}"


def zone(name: str) -> str:
    """`name`, if it is a time zone.

    Raises:
        UsageError: it is none.
    """
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(f"no time zone {name}; one is called Europe/Lisbon, or UTC") from error
    return name


def add(
    db: sqlite3.Connection,
    address: str,
    timezone: str,
    wishes: Wishes,
    likes: Sequence[str],
    now: datetime,
) -> Subscriber:
    """The subscriber of an address: a new one is pending; of a known one the wishes are changed.

    A pending one is asked anew, from `now`.
    """
    values = (timezone, *(json.dumps(list(w)) for w in (wishes.topics, wishes.categories,
                                                      wishes.authors)))  # fmt: skip
    with writing(db):
        db.execute(
            "insert into subscribers values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (address) do "
            "update set timezone = excluded.timezone, topics = excluded.topics, "
            "categories = excluded.categories, authors = excluded.authors, "
            "asked_at = iif(state = 'pending', excluded.asked_at, asked_at)",
            (secrets.token_urlsafe(12), address, PENDING, *values, now.isoformat()),
        )
        (key,) = db.execute("select id from subscribers where address = ?", (address,)).fetchone()
        _like(db, key, likes)
    return by_address(db, address)


def by_address(db: sqlite3.Connection, address: str) -> Subscriber:
    """The subscriber of an address.

    Raises:
        UsageError: there is none.
    """
    for subscriber in _read(db, "where address = ?", address):
        return subscriber
    raise UsageError("no subscriber has this address: papertide subscribers list")


def everyone(db: sqlite3.Connection) -> list[Subscriber]:
    """All subscribers, by address."""
    return _read(db, "")


def _read(db: sqlite3.Connection, which: str, *values: str) -> list[Subscriber]:
    (key,) = db.execute("select value from hash_key").fetchone()
    likes, dislikes = _papers_by_subscriber(db, "likes"), _papers_by_subscriber(db, "dislikes")
    return [
        Subscriber(
            id=row["id"],
            address=row["address"],
            recipient=_recipient(key, row["address"]),
            state=row["state"],
            timezone=row["timezone"],
            wishes=Wishes(
                *(tuple(json.loads(row[w])) for w in ("topics", "categories", "authors"))
            ),
            likes=tuple(likes[row["id"]]),
            dislikes=tuple(dislikes[row["id"]]),
            asked_at=datetime.fromisoformat(row["asked_at"]),
        )
        for row in db.execute(f"select * from subscribers {which} order by address", values)
    ]


def _papers_by_subscriber(db: sqlite3.Connection, table: str) -> dict[str, list[str]]:
    papers: dict[str, list[str]] = defaultdict(list)
    for subscriber, paper in db.execute(f"select subscriber, paper_id from {table} order by 1, 2"):
        papers[subscriber].append(paper)
    return papers


def confirm(db: sqlite3.Connection, subscriber: str) -> bool:
    """Make a pending subscriber an active one; False: there is no such subscriber any more."""
    with writing(db):
        db.execute(
            "update subscribers set state = 'active' where id = ? and state = 'pending'",
            (subscriber,),
        )
        return _exists(db, subscriber)


def like(db: sqlite3.Connection, subscriber: str, papers: Sequence[str]) -> bool:
    """Note papers that a subscriber likes; False: there is no such subscriber any more."""
    with writing(db):
        if exists := _exists(db, subscriber):
            _like(db, subscriber, papers)
        return exists


def dislike(db: sqlite3.Connection, subscriber: str, paper: str) -> bool:
    """Note a paper of whose kind a subscriber wants none; False: there is no such subscriber."""
    with writing(db):
        if exists := _exists(db, subscriber):
            db.execute(
                "delete from likes where subscriber = ? and paper_id = ?", (subscriber, paper)
            )
            db.execute("insert or ignore into dislikes values (?, ?)", (subscriber, paper))
        return exists


def pause(db: sqlite3.Connection, subscriber: str, resume: bool = False) -> bool:
    """Send a subscriber nothing for now, or again; False: it is neither active nor paused."""
    before, after = (PAUSED, ACTIVE) if resume else (ACTIVE, PAUSED)
    with writing(db):
        changed = db.execute(
            "update subscribers set state = ? where id = ? and state in (?, ?)",
            (after, subscriber, before, after),
        )
        if not resume and changed.rowcount:
            _drop(db, subscriber)
        return changed.rowcount > 0


def remove(db: sqlite3.Connection, subscriber: str) -> None:
    """Forget a subscriber: the address, the wishes, and the mails that are on their way."""
    with writing(db):
        _drop(db, subscriber)
        db.execute("delete from subscribers where id = ?", (subscriber,))


def forget_unconfirmed(db: sqlite3.Connection, now: datetime, confirm_days: int) -> None:
    """Forget those whose link to confirm no longer holds."""
    for subscriber in everyone(db):
        # The link holds to the end of its day.
        over = subscriber.asked_at + timedelta(days=confirm_days + 1) < now
        if subscriber.state == PENDING and over:
            remove(db, subscriber.id)


def _drop(db: sqlite3.Connection, subscriber: str) -> None:
    """Mails that have not gone yet do not go."""
    db.execute(
        "update outbox set state = 'dropped', message = null where subscriber = ? "
        "and state in ('waiting', 'handing')",
        (subscriber,),
    )


def _like(db: sqlite3.Connection, subscriber: str, papers: Sequence[str]) -> None:
    rows = [(subscriber, paper) for paper in papers]
    db.executemany("delete from dislikes where subscriber = ? and paper_id = ?", rows)
    db.executemany("insert or ignore into likes values (?, ?)", rows)


def _exists(db: sqlite3.Connection, subscriber: str) -> bool:
    row = db.execute("select 1 from subscribers where id = ?", (subscriber,)).fetchone()
    return row is not None


def _recipient(key: bytes, address: str) -> str:
    """Two spellings of an address that differ in case reach one person, and have one hash."""
    digest = hmac.new(key, address.lower().encode(), hashlib.sha256).hexdigest()
    return digest[:_RECIPIENT_DIGITS]
