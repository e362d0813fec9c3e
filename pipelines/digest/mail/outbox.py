"""The outbox: mails that are meant to go, and how they ended, until `ops.deliveries` says so.

The order that loses nothing and sends nothing twice, at whatever point the process dies:

1. *waiting*: mails are composed, and stand in the outbox, byte for byte, in one transaction. Before
   it nothing was meant to go, and the next call composes them again; after it nobody composes a
   mail for the same recipient, kind and day. `ops.deliveries` is told that they are intended.
2. *handing*: noted before a mail is given to the server. Whoever finds one so after a death knows
   that the server may have it.
3. *sent*, *refused*, *dropped* or *expired*: noted as soon as the server has answered, in the same
   transaction that notes the next mail as handing; the mail's text is forgotten.
4. `ops.deliveries` is told how they ended; the rows leave the outbox.

A server answers for a mail when it has the whole of it, so one that the process was giving when it
died had not been taken, or had been and the answer was lost. That one mail is given again (RFC
5321, 4.2.5 and 6.1, asks for it: better twice than never), the same bytes under the same
Message-ID, by which servers and mail programs drop the second. All others go once.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow.compute as pc

from jobs.tables.ops import DELIVERIES
from pipelines.digest.store import writing
from storage import ledger
from storage.warehouse import Warehouse

DIGEST, CONFIRMATION = "digest", "confirmation"
WAITING, HANDING = "waiting", "handing"
SENT, REFUSED, DROPPED, EXPIRED = "sent", "refused", "dropped", "expired"
INTENDED = "intended"
# Rows told to the ledger at once: each time is a file and a version of the table.
_BATCH = 1000
_ID_DIGITS = 32
_OPEN = (WAITING, HANDING)
# Not the text of a mail, which is long.
_COLUMNS = (
    "delivery_id, recipient, kind, as_of, papers, risen_period, state, attempts, answer, "
    "intended_at, ended_at"
)


@dataclass(frozen=True)
class Mail:
    """A mail that is meant to go."""

    delivery_id: str
    subscriber: str
    recipient: str
    kind: str
    as_of: date | None
    papers: tuple[str, ...]
    risen_period: date | None
    message: bytes


@dataclass(frozen=True)
class Handed:
    """A mail that is being given to the server, and the address that it goes to."""

    delivery_id: str
    address: str
    message: bytes
    attempts: int


@dataclass(frozen=True)
class Outcome:
    """How the giving of a mail ended: `state` is an end, or waiting: the server wants it later."""

    delivery_id: str
    state: str
    answer: str | None = None


def delivery_id(recipient: str, kind: str, day: object) -> str:
    """The same for the same recipient, kind and day, whenever and however often it is asked."""
    text = json.dumps([recipient, kind, str(day)])
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]


def put(db: sqlite3.Connection, mails: Iterable[Mail], now: datetime) -> None:
    """Put mails into the outbox, all or none; one that is there already stays as it is."""
    rows = [
        (
            mail.delivery_id,
            mail.subscriber,
            mail.recipient,
            mail.kind,
            _iso(mail.as_of),
            json.dumps(mail.papers),
            _iso(mail.risen_period),
            zlib.compress(mail.message, 1),
            WAITING,
            now.isoformat(),
        )
        for mail in mails
    ]
    with writing(db):
        db.executemany(
            "insert or ignore into outbox (delivery_id, subscriber, recipient, kind, as_of, "
            "papers, risen_period, message, state, intended_at) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def waiting(db: sqlite3.Connection) -> list[str]:
    """The ids of the mails that wait, in the order in which they were meant to go."""
    rows = db.execute(
        "select delivery_id from outbox where state in ('waiting', 'handing') "
        "order by intended_at, delivery_id"
    )
    return [row[0] for row in rows]


def count_interrupted(db: sqlite3.Connection) -> int:
    """Mails that a process was giving to the server when it died: it may have them."""
    (number,) = db.execute("select count(*) from outbox where state = 'handing'").fetchone()
    return int(number)


def advance(
    db: sqlite3.Connection, outcome: Outcome | None, following: str | None, now: datetime
) -> Handed | None:
    """Note how one mail ended and that the next one is being given; None: that one must not go.

    One transaction, so that at any time at most one mail of a sender is neither here nor there.
    A digest goes to active subscribers alone, a request to confirm to pending ones.
    """
    with writing(db):
        if outcome:
            _end(db, outcome, now)
        if following is None:
            return None
        row = db.execute(
            "select o.*, s.address, s.state as allowed from outbox o "
            "left join subscribers s on s.id = o.subscriber "
            "where delivery_id = ? and o.state in ('waiting', 'handing')",
            (following,),
        ).fetchone()
        if row is None:
            return None
        if row["allowed"] != ("active" if row["kind"] == DIGEST else "pending"):
            _end(db, Outcome(following, DROPPED), now)
            return None
        db.execute(
            "update outbox set state = 'handing', attempts = attempts + 1 where delivery_id = ?",
            (following,),
        )
        message = zlib.decompress(row["message"])
        return Handed(following, row["address"], message, row["attempts"] + 1)


def expire(db: sqlite3.Connection, now: datetime, keep_days: int) -> None:
    """Give up the mails that have waited too long."""
    first = now - timedelta(days=keep_days)
    with writing(db):
        db.execute(
            "update outbox set state = 'expired', message = null, ended_at = ? "
            "where state in ('waiting', 'handing') and intended_at < ?",
            (now.isoformat(), first.isoformat()),
        )


def tell(db: sqlite3.Connection, warehouse: Warehouse, now: datetime) -> None:
    """Tell `ops.deliveries` what it does not know yet of the outbox; what has ended leaves it.

    A death between the two leaves rows that are told again, and known by their key.
    """
    rows = db.execute(f"select {_COLUMNS} from outbox order by intended_at, delivery_id").fetchall()
    known = _known_states(warehouse, [row["delivery_id"] for row in rows])
    new_rows = [
        _ledger_row(row, state, at or now.isoformat())
        for row in rows
        for state, at in _states(row)
        if (row["delivery_id"], state) not in known
    ]
    for start in range(0, len(new_rows), _BATCH):
        ledger.append(warehouse, DELIVERIES, new_rows[start : start + _BATCH])
    closed = [(row["delivery_id"],) for row in rows if row["state"] not in _OPEN]
    with writing(db):
        db.executemany("delete from outbox where delivery_id = ?", closed)


def known_deliveries(warehouse: Warehouse, ids: Sequence[str]) -> set[str]:
    """Of these mails those that were ever meant to go, once `tell` has told."""
    return {delivery_id for delivery_id, _ in _known_states(warehouse, ids)}


@dataclass(frozen=True)
class History:
    """What a recipient has had: papers, the last period whose rise was told, the days mailed."""

    papers: frozenset[str] = frozenset()
    risen_period: date | None = None
    days: frozenset[date] = frozenset()


def histories(warehouse: Warehouse, since: date) -> Mapping[str, History]:
    """What each recipient has had in digests of `since` and later, once `tell` has told.

    What waits counts as had; what did not arrive does not, but its day is mailed all the same.
    """
    rows = _ledger(warehouse, pc.field("as_of") >= since)
    not_arrived = {
        row["delivery_id"] for row in rows if row["state"] in (REFUSED, DROPPED, EXPIRED)
    }
    by_recipient: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["state"] == INTENDED:
            by_recipient.setdefault(row["recipient"], []).append(row)
    return {name: _history(mails, not_arrived) for name, mails in by_recipient.items()}


def _history(mails: Sequence[Mapping[str, Any]], not_arrived: Set[str]) -> History:
    had = [mail for mail in mails if mail["delivery_id"] not in not_arrived]
    return History(
        papers=frozenset(paper for mail in had for paper in mail["papers"] or ()),
        risen_period=max((m["risen_period"] for m in had if m["risen_period"]), default=None),
        days=frozenset(mail["as_of"] for mail in mails),
    )


def _end(db: sqlite3.Connection, outcome: Outcome, now: datetime) -> None:
    over = outcome.state != WAITING
    db.execute(
        "update outbox set state = ?, answer = coalesce(?, answer), ended_at = ?, "
        "message = iif(?, null, message) where delivery_id = ? and state in ('waiting', 'handing')",
        (
            outcome.state,
            outcome.answer,
            now.isoformat() if over else None,
            over,
            outcome.delivery_id,
        ),
    )


def _ledger(warehouse: Warehouse, condition: pc.Expression) -> list[dict[str, Any]]:
    """The rows of `ops.deliveries` that meet a condition."""
    if ledger.version(warehouse, DELIVERIES) is None:
        return []
    data = ledger.dataset(warehouse, DELIVERIES)
    columns = ["delivery_id", "state", "as_of", "recipient", "papers", "risen_period"]
    rows: list[dict[str, Any]] = data.to_table(columns=columns, filter=condition).to_pylist()
    return rows


def _known_states(warehouse: Warehouse, ids: Sequence[str]) -> set[tuple[str, str]]:
    """Of these mails, the states that the ledger has."""
    if not ids:
        return set()
    rows = _ledger(warehouse, ledger.among("delivery_id", ids))
    return {(row["delivery_id"], row["state"]) for row in rows}


def _states(row: sqlite3.Row) -> list[tuple[str, str | None]]:
    """The states of a mail that the ledger is told, and when each began."""
    last = [] if row["state"] in _OPEN else [(row["state"], row["ended_at"])]
    return [(INTENDED, row["intended_at"]), *last]


def _ledger_row(row: sqlite3.Row, state: str, at: str) -> dict[str, Any]:
    return {
        "delivery_id": row["delivery_id"],
        "state": state,
        "at": datetime.fromisoformat(at),
        "kind": row["kind"],
        "as_of": row["as_of"] and date.fromisoformat(row["as_of"]),
        "recipient": row["recipient"],
        "papers": json.loads(row["papers"]),
        "risen_period": row["risen_period"] and date.fromisoformat(row["risen_period"]),
        "attempts": 0 if state == INTENDED else row["attempts"],
        "answer": None if state == INTENDED else row["answer"],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
