"""The file of the alerts: what is asked, what is known, what has still to be sent."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conf import Config
from pipelines.digest.store import writing
from storage.errors import UsageError
from storage.warehouse import Warehouse

FEED = "atom"
WAITING, TOLD, GIVEN_UP = "waiting", "told", "given up"
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
    """A saved search: filters of papers, or `rising` (a kind of trends) with `like`; its target.

    `target` is an http(s) address, `mailto:ADDRESS`, an address of Apprise's, or `atom`. `secret`
    signs what a webhook gets.
    """

    id: str
    name: str
    query: Mapping[str, str]
    target: str
    secret: str


@contextmanager
def open_store(config: Config) -> Iterator[sqlite3.Connection]:
    """A connection to the file of the alerts, which nobody else may read: it holds secrets."""
    file = place(config)
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


def place(config: Config) -> Path:
    """Where the alerts of a warehouse are kept.

    Raises:
        UsageError: the warehouse is no folder of this machine.
    """
    warehouse = Warehouse.at(config.warehouse)
    if not warehouse.is_local:
        raise UsageError(f"alerts are kept beside the warehouse, and {warehouse.root} is elsewhere")
    return Path(warehouse.root) / "_private" / "alerts.sqlite"


def all_alerts(db: sqlite3.Connection) -> list[Alert]:
    """All alerts, in the order in which they were added."""
    return [
        Alert(row["id"], row["name"], json.loads(row["asked"]), row["target"], row["secret"])
        for row in db.execute("select * from alerts order by added_at, id")
    ]


def now() -> datetime:
    """The moment (UTC)."""
    return datetime.now(UTC)
