"""The file of the subscribers and of their mails on the way: SQLite, for nobody else's eyes.

Addresses stand here alone. A Delta table would keep those of people who left, in its history; here
what is deleted is overwritten (`secure_delete`). Changes are transactions of one writer at a time,
on the disk when they return.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conf.model import DigestConf
from storage.errors import PapertideError, UsageError
from storage.private import must_be_private
from storage.warehouse import Warehouse

_VERSION = 2
_DISLIKES = """create table dislikes (
    subscriber text not null references subscribers on delete cascade,
    paper_id text not null,
    primary key (subscriber, paper_id)
) strict"""
_SCHEMA = f"""
create table hash_key (value blob not null);
create table subscribers (
    id text primary key,
    address text not null collate nocase unique,
    state text not null check (state in ('pending', 'active', 'paused')),
    timezone text not null,
    topics text not null,
    categories text not null,
    authors text not null,
    asked_at text not null
) strict;
create table likes (
    subscriber text not null references subscribers on delete cascade,
    paper_id text not null,
    primary key (subscriber, paper_id)
) strict;
{_DISLIKES};
create table outbox (
    delivery_id text primary key,
    subscriber text not null,
    recipient text not null,
    kind text not null,
    as_of text,
    papers text not null,
    risen_period text,
    message blob,
    state text not null,
    attempts integer not null default 0,
    answer text,
    intended_at text not null,
    ended_at text
) strict;
create index outbox_states on outbox (state);
create index outbox_subscribers on outbox (subscriber);
"""
_HASH_KEY_BYTES = 32
_PATIENCE_SECONDS = 30.0


def place(settings: DigestConf, warehouse: Warehouse) -> Path:
    """Where the file is.

    Raises:
        UsageError: the warehouse is elsewhere, and no setting names a file.
    """
    if settings.subscribers:
        return Path(settings.subscribers).absolute()
    if not warehouse.is_local:
        raise UsageError(
            f"the warehouse {warehouse.root} is no folder of this machine, and addresses do not "
            "leave it\n  name a file for the subscribers: --set digest.subscribers=FILE"
        )
    return Path(warehouse.root) / "_private" / "subscribers.sqlite"


@contextmanager
def open_store(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the file, which is made if it is not there, in a folder of our own.

    Raises:
        PapertideError: it cannot be opened, or others may read it.
    """
    new_folder = not file.parent.exists()
    file.parent.mkdir(parents=True, exist_ok=True)
    if new_folder:
        file.parent.chmod(0o700)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    must_be_private(file, "addresses")
    connection = sqlite3.connect(file, timeout=_PATIENCE_SECONDS, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        for setting in ("secure_delete=on", "synchronous=full", "foreign_keys=on"):
            connection.execute(f"pragma {setting}")
        _prepare(connection, file)
        yield connection
    except sqlite3.DatabaseError as error:
        raise PapertideError(f"{file}: {error}") from error
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    (version,) = connection.execute("pragma user_version").fetchone()
    if version == _VERSION:
        return
    if version > _VERSION:
        raise PapertideError(f"{file} was made by a newer papertide")
    connection.execute("pragma auto_vacuum=full")
    connection.execute("pragma journal_mode=wal")
    with writing(connection):
        (version,) = connection.execute("pragma user_version").fetchone()
        if version == 0:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            key = secrets.token_bytes(_HASH_KEY_BYTES)
            connection.execute("insert into hash_key values (?)", (key,))
        elif version == 1:
            connection.execute(_DISLIKES)
        connection.execute(f"pragma user_version={_VERSION}")


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction: all of it or nothing, and no other writer meanwhile."""
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
