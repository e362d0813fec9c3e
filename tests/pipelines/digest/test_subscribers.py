"""The subscribers: asked, confirmed, paused, forgotten."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conf import load
from pipelines.digest import store
from pipelines.digest.readers import subscribers
from pipelines.digest.readers.subscribers import (
    ACTIVE,
    PAUSED,
    PENDING,
    Wishes,
    normal_address,
    zone,
)
from storage.errors import UsageError
from storage.warehouse import Warehouse

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with store.open_store(tmp_path / "private" / "subscribers.sqlite") as connection:
        yield connection


def add(db: sqlite3.Connection, address: str = "ada@example.org") -> subscribers.Subscriber:
    return subscribers.add(db, address, "Europe/Lisbon", Wishes(topics=("t1",)), ["p1"], NOW)


def states(db: sqlite3.Connection) -> list[str]:
    return [who.state for who in subscribers.everyone(db)]


def test_a_new_one_is_pending_with_all_that_was_said(db: sqlite3.Connection) -> None:
    who = add(db)
    assert (who.state, who.timezone, who.likes) == (PENDING, "Europe/Lisbon", ("p1",))
    assert who.wishes == Wishes(topics=("t1",))
    assert who == subscribers.by_address(db, "ada@example.org")


def test_one_confirms_once_and_no_pause_is_undone_by_an_old_link(db: sqlite3.Connection) -> None:
    who = add(db)
    db.execute(
        "insert into outbox (delivery_id, subscriber, recipient, kind, papers, state, intended_at) "
        "values ('asks', ?, '', 'confirm', '', 'waiting', '')",
        (who.id,),
    )
    assert not subscribers.pause(db, who.id)
    assert db.execute("select state from outbox").fetchone()[0] == "waiting"
    assert subscribers.confirm(db, who.id)
    assert states(db) == [ACTIVE]
    assert subscribers.pause(db, who.id)
    assert subscribers.confirm(db, who.id)
    assert states(db) == [PAUSED]
    assert subscribers.pause(db, who.id, resume=True)
    assert states(db) == [ACTIVE]


def test_adding_again_changes_the_wishes_and_asks_nobody_who_confirmed(
    db: sqlite3.Connection,
) -> None:
    first = add(db)
    subscribers.confirm(db, first.id)
    wishes = Wishes(authors=("Ada Ebb",))
    later = NOW + timedelta(days=1)
    again = subscribers.add(db, "ADA@example.org", "UTC", wishes, ["p2"], later)
    assert (again.id, again.state, again.asked_at) == (first.id, ACTIVE, NOW)
    assert (again.wishes, again.likes) == (wishes, ("p1", "p2"))
    assert again.recipient == first.recipient


def test_who_is_removed_is_nowhere_and_can_come_back(db: sqlite3.Connection) -> None:
    who = add(db)
    subscribers.remove(db, who.id)
    assert subscribers.everyone(db) == []
    assert db.execute("select count(*) from likes").fetchone()[0] == 0
    assert not subscribers.confirm(db, who.id)
    assert not subscribers.like(db, who.id, ["p3"])
    again = add(db)
    assert again.id != who.id
    assert again.recipient == who.recipient  # so that nothing is sent twice


def test_the_hash_of_an_address_tells_nothing_without_the_key(tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        with store.open_store(tmp_path / name / "s.sqlite") as db:
            hashes.add(add(db).recipient)
    assert len(hashes) == 2


def test_the_file_is_for_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "private" / "subscribers.sqlite"
    with store.open_store(file) as db:
        add(db)
        for part in file.parent.iterdir():
            assert stat.S_IMODE(part.stat().st_mode) & 0o077 == 0, part
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("Ada.Ebb+tide@EXAMPLE.org", "Ada.Ebb+tide@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        (" ada@example.org ", "ada@example.org"),
    ],
)
def test_an_address_has_one_spelling(given: str, expect: str) -> None:
    assert normal_address(given) == expect


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "ada@example.org\r\nBcc: all@example.org",
        "a da@example.org",
        "ada,bob@example.org",
        "<ada@example.org>",
        "ada..ebb@example.org",
        "ada@-example.org",
        "ada@exa mple.org",
        "ada@example..org",
        "adä@example.org",
        f"{'a' * 65}@example.org",
        f"ada@{'a' * 64}.org",
    ],
)
def test_what_no_server_takes_is_no_address(address: str) -> None:
    with pytest.raises(UsageError):
        normal_address(address)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe"])
def test_a_time_zone_must_be_one(name: str) -> None:
    with pytest.raises(UsageError, match="time zone"):
        zone(name)


def test_addresses_do_not_follow_a_warehouse_elsewhere() -> None:
    elsewhere = Warehouse.at("s3://bucket/papertide")
    with pytest.raises(UsageError, match="digest.subscribers"):
        store.place(load().digest, elsewhere)
    named = load([], ["digest.subscribers=/data/subscribers.sqlite"], {}).digest
    assert store.place(named, elsewhere) == Path("/data/subscribers.sqlite")
