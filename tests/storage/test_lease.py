"""The lease: of several that reach for a warehouse one gets it, and who lost it publishes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from jobs.tables.ops import PUBLISHED
from storage import lease, ledger
from storage.errors import PapertideError
from storage.lease import LostLeaseError
from storage.warehouse import Warehouse

ROW: dict[str, Any] = {"table": "gold.tides", "version": 1, "rows": 7, "stage": "tides"}


@pytest.fixture
def house(tmp_path: Path) -> Warehouse:
    """A warehouse with a ledger. That it is a folder makes no difference to the lease."""
    made = Warehouse.at(str(tmp_path / "w"))
    ledger.create(made, PUBLISHED)
    return made


def hold(house: Warehouse, run: str, wait: float = 0.0) -> Any:
    return lease.hold(house.root, house.path(PUBLISHED), run, wait)


def publish(house: Warehouse, run: str, sequence: int) -> None:
    ledger.append(house, PUBLISHED, [{**ROW, "run_id": run, "sequence": sequence}])


def publishers(house: Warehouse) -> list[str]:
    return [row["run_id"] for row in ledger.rows(house, PUBLISHED)]


def taken_over(monkeypatch: pytest.MonkeyPatch, house: Warehouse, run: str) -> Any:
    """The lease as another process takes it, for which the holder has been silent too long."""
    monkeypatch.setattr(lease, "SILENT_SECONDS", -1.0)
    return lease._take(house.root, run, 0.0)


def test_who_holds_the_lease_is_named_to_the_next_who_wants_it(house: Warehouse) -> None:
    with hold(house, "one"):
        with pytest.raises(PapertideError, match=r"run one, process \d+ on .*, heard"):
            lease._take(house.root, "two", 0.0)
        publish(house, "one", 1)
    with hold(house, "two"):
        publish(house, "two", 2)
    assert sorted(publishers(house)) == ["one", "two"]


def test_of_many_who_reach_for_it_at_once_one_gets_it(house: Warehouse) -> None:
    def reach(number: int) -> str | None:
        with suppress(PapertideError):
            return str(lease._take(house.root, f"run-{number}", 0.0).run_id)
        return None

    with ThreadPoolExecutor(8) as pool:
        won = [run for run in pool.map(reach, range(8)) if run]
    assert len(won) == 1
    assert won[0] in lease._last_commit(f"{house.root}/_writer")[1]


def test_who_was_silent_too_long_loses_it_and_publishes_nothing(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hold(house, "asleep"):
        publish(house, "asleep", 1)
        taken_over(monkeypatch, house, "awake")
        with pytest.raises(LostLeaseError, match="run awake"):
            lease.check(house.root)
        # Even where the look came before the sleep, the ledger knows a later epoch.
        monkeypatch.setattr(lease, "check", lambda root: None)
        lease._fence(house.path(PUBLISHED), lease._HELD[house.root].epoch + 1)
        with pytest.raises(LostLeaseError, match="run asleep has lost"):
            publish(house, "asleep", 2)
    assert publishers(house) == ["asleep"]


def test_a_publication_under_way_when_the_warehouse_is_taken_over_fails(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lease.transactions

    def then_sleep(root: str, published: DeltaTable) -> Any:
        told = found(root, published)
        taken = taken_over(monkeypatch, house, "awake")
        lease._fence(house.path(PUBLISHED), taken.epoch)
        return told

    with hold(house, "asleep"):
        monkeypatch.setattr(lease, "transactions", then_sleep)
        with pytest.raises(LostLeaseError, match="run awake"):
            publish(house, "asleep", 1)
    assert publishers(house) == []


def test_what_is_written_down_after_a_later_holder_has_cleared_up_is_late(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (lease.epoch(house.root), lease.is_late(house.root, 0)) == (0, False)
    with hold(house, "first"):
        lease.clear(house.root)
        first = lease.epoch(house.root)
    with hold(house, "second"):
        second = lease.epoch(house.root)
        assert not lease.is_late(house.root, first)  # it may be there to be finished
        lease.clear(house.root)
        said = DeltaTable(f"{house.root}/_writer").version()
        lease.clear(house.root)
        assert DeltaTable(f"{house.root}/_writer").version() == said
        assert lease.is_late(house.root, first)
        assert not lease.is_late(house.root, second)
        lease.check(house.root)
    with hold(house, "third"):
        assert lease.is_late(house.root, first)
        assert not lease.is_late(house.root, second)


def test_who_has_lost_the_lease_clears_nothing_up(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_version = lease._held_version

    def then_sleep(mine: Any) -> int:
        seen = held_version(mine)
        monkeypatch.setattr(lease, "_held_version", held_version)
        taken_over(monkeypatch, house, "awake")
        return seen

    with hold(house, "asleep"):
        monkeypatch.setattr(lease, "_held_version", then_sleep)
        with pytest.raises(LostLeaseError, match="run awake"):
            lease.clear(house.root)
        assert lease._cleared(f"{house.root}/_writer") == 0


def test_a_holder_who_works_for_long_says_so_again(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "_RENEWED_SECONDS", 0.05)
    with hold(house, "one"):
        before = DeltaTable(f"{house.root}/_writer").version()
        deadline = time.monotonic() + 30
        while DeltaTable(f"{house.root}/_writer").version() < before + 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        lease.check(house.root)
        publish(house, "one", 1)
    assert lease._last_commit(f"{house.root}/_writer")[1] == ""


def test_a_holder_that_was_killed_on_this_machine_is_not_waited_for(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    monkeypatch.setattr(os, "getpid", lambda: gone.pid)
    lease._take(house.root, "killed", 0.0)
    monkeypatch.setattr(lease, "_space", lambda: "another machine")
    assert lease.holder_of(house.root).startswith("run killed")  # there it may well live
    with pytest.raises(PapertideError, match="another run is writing"):
        lease._take(house.root, "next", 0.0)
    monkeypatch.undo()
    assert lease.holder_of(house.root) == ""
    with hold(house, "next"):
        assert lease.holder_of(house.root).startswith("run next")


def test_the_one_who_writes_is_known_elsewhere(house: Warehouse) -> None:
    assert lease.holder_of(house.root) == ""
    with hold(house, "first"):
        assert lease.holder_of(house.root).startswith("run first, process ")
    assert lease.holder_of(house.root) == ""
