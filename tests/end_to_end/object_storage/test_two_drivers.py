"""Of two that write to one bucket, each stopped and woken at any moment, one publishes at a time."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from queue import Empty, Queue
from threading import Thread

import pytest

from jobs.tables.ops import PUBLISHED
from storage import ledger
from storage.warehouse import Warehouse
from tests.conftest import ROOT
from tests.end_to_end.object_storage.store import BUCKET, Store
from tests.end_to_end.object_storage.writer import DONE, SILENT_SECONDS, TIDES

pytestmark = pytest.mark.slow

ROUNDS = 20
PATIENCE = 240.0
WHY = ("has lost the warehouse", "has published", "has written to it meanwhile")


class Writer:
    """A process of `writer.py`, and what it tells."""

    def __init__(self, name: str, root: str) -> None:
        module = "tests.end_to_end.object_storage.writer"
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, root, name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        self.told: Queue[str] = Queue()
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.told.put(line.strip())

    def ask(self, number: int) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def writers(store: Store) -> Iterator[list[Writer]]:
    with ExitStack() as running:
        both = [Writer(name, f"s3://{BUCKET}/tides") for name in ("ebb", "flood")]
        for writer in both:
            running.callback(writer.end)
            assert writer.told.get(timeout=PATIENCE) == "ready"
        yield both


def first_to_hold(writers: list[Writer]) -> Writer:
    """The writer that has the lease."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for writer in writers:
            try:
                assert writer.told.get(timeout=0.005) == "holds"
            except Empty:
                continue
            return writer
    raise AssertionError("nobody has the lease")


def outcome(writer: Writer) -> str:
    told = "holds"
    while told == "holds":
        told = writer.told.get(timeout=PATIENCE)
    return told


def test_of_two_writers_stopped_at_any_moment_one_publishes(
    store: Store, writers: list[Writer]
) -> None:
    """By a draw that is the same each time; what a machine does in that time is not."""
    warehouse, draw = Warehouse.at(f"s3://{BUCKET}/tides"), random.Random(7)
    ends: list[list[str]] = []
    for number in range(1, ROUNDS + 1):
        for writer in writers:
            writer.ask(number)
        holder = first_to_hold(writers)
        (other,) = (writer for writer in writers if writer is not holder)
        time.sleep(draw.uniform(0, 1.2))
        holder.process.send_signal(signal.SIGSTOP)
        time.sleep(draw.uniform(0.8, 1.6) * SILENT_SECONDS)
        holder.process.send_signal(signal.SIGCONT)
        told = [outcome(holder), outcome(other)]
        ends.append(told)
        check_round(warehouse, number, told)
    assert any(told[0] != DONE for told in ends), "nobody was taken over"
    assert all(writer.process.poll() is None for writer in writers)


def check_round(warehouse: Warehouse, number: int, told: list[str]) -> None:
    """What was published is one writer's, whole; who did not publish says why."""
    assert all(one == DONE or any(why in one for why in WHY) for one in told), told
    assert told.count(DONE) <= 1, told  # nobody, where one finished what the other had begun
    (row,) = (row for row in ledger.rows(warehouse, PUBLISHED) if row["sequence"] == number)
    seen = ledger.dataset(warehouse, TIDES, row["version"]).to_table().to_pylist()
    assert sorted(one["tide"] for one in seen) == list(range(number))
    assert {one["told_by"] for one in seen} == {row["run_id"]}
