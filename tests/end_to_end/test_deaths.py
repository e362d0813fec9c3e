"""A run that is killed at any point, and started again, ends as one that was not."""

from __future__ import annotations

import ipaddress
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from pipelines.commands import inspect as look
from storage.warehouse import Warehouse
from tests.end_to_end.processes import call, kill, sample, start, state, versions

pytestmark = pytest.mark.slow

PATIENCE = 300.0
_LISTENS = "0A"  # linux/tcp_states.h
Moment = Callable[[Path], bool]


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample(tmp_path_factory.mktemp("feed") / "sample", papers=60, days=6)


def run_arguments(feed: Path, warehouse: Path) -> list[object]:
    return ["run", "--feed", f"papers={feed}", "--until", "papers",
            "--set", f"warehouse={warehouse}"]  # fmt: skip


class Watched(NamedTuple):
    """A run that nobody killed, of whose tables those of the killed ones must be.

    Attributes:
        refused: what a second run beside it was told.
        addresses: at which its processes were heard to listen.
    """

    warehouse: Path
    refused: str
    addresses: set[str]


@pytest.fixture(scope="module")
def watched(feed: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    warehouse = tmp_path_factory.mktemp("undisturbed") / "warehouse"
    first = start(*run_arguments(feed, warehouse))
    until(lambda house: (house / "_writer.lock").exists(), warehouse, first)
    # It holds the warehouse for as long as the second takes to ask for it.
    os.killpg(first.pid, signal.SIGSTOP)
    second = call(*run_arguments(feed, warehouse), status=1)
    os.killpg(first.pid, signal.SIGCONT)
    seen: set[str] = set()
    while first.poll() is None:
        seen |= listening(first.pid)
        time.sleep(0.1)
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    return Watched(warehouse, second.stderr, seen)


@pytest.fixture(scope="module")
def undisturbed(watched: Watched) -> Path:
    """The warehouse of a run that nobody killed."""
    return watched.warehouse


def staged(stage: str) -> Moment:
    """Something of the stage is written to staging."""
    return lambda house: any((house / "_staging").glob(f"{stage}.*/*/*"))


def past_the_gate(stage: str) -> Moment:
    """The stage has passed its gate, and its tables are not published yet."""
    return lambda house: any((house / "_staging").glob(f"{stage}.*/intent.json"))


def in_publish(house: Path) -> bool:
    """Delta has the table's rows, the ledger does not show them yet."""
    return past_the_gate("identity")(house) and any((house / "silver/identity").glob("*.parquet"))


def in_publish_of_the_first_of_three(house: Path) -> bool:
    """Some tables of a stage are written, others not."""
    return (house / "bronze" / "records" / "_delta_log").exists()


def served(house: Path) -> bool:
    """Prefect's server has been started."""
    return any("prefect.server.api.server" in command for _, command in remaining(house))


# Each run goes on from where the one before was killed.
MOMENTS: tuple[Moment, ...] = (
    served,
    lambda house: (house / "_writer.lock").exists(),
    staged("ingest"),
    past_the_gate("ingest"),
    in_publish_of_the_first_of_three,
    past_the_gate("parse"),
    staged("identity"),
    past_the_gate("identity"),
    in_publish,
    past_the_gate("papers"),
)
# In the run of the tests every second one; by hand all of them: PAPERTIDE_KILLS=all.
if os.environ.get("PAPERTIDE_KILLS") != "all":
    MOMENTS = MOMENTS[::2] + MOMENTS[-1:]


def test_killed_runs_lose_nothing_and_leave_nothing(
    feed: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse = tmp_path / "warehouse"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    chance = Random(7)
    for number, moment in enumerate(MOMENTS):
        process = start(*run_arguments(feed, warehouse))
        until(moment, warehouse, process)
        time.sleep(chance.random() / 50)
        kill(process, with_all=number % 2 == 1)
        # Before any other run begins, nothing of this one is there any more.
        until(lambda house: not remaining(house), warehouse)
        assert list(temporary.glob("papertide-*")) == []
    assert "silver.papers" not in state(warehouse)

    call(*run_arguments(feed, warehouse))

    assert state(warehouse) == state(undisturbed)
    assert versions(warehouse) == versions(undisturbed)
    until(lambda house: not remaining(house), warehouse)
    assert not any((warehouse / "_staging").iterdir())
    assert list(temporary.glob("papertide-*")) == []
    states = [row["state"] for row in look.runs(Warehouse.at(str(warehouse)))]
    assert states[0] == "done" and set(states[1:]) == {"killed"}


def remaining(warehouse: Path) -> list[tuple[int, str]]:
    """Processes that were started with the temporary folder beside a warehouse."""
    mark = f"TMPDIR={warehouse.with_name('temporary')}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            if mark in (process / "environ").read_bytes().split(b"\0"):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found.append((int(process.name), command))
    return found


def until(
    moment: Moment,
    warehouse: Path,
    process: subprocess.Popen[str] | None = None,
    patience: float = PATIENCE,
) -> None:
    deadline = time.monotonic() + patience
    while not moment(warehouse):
        if process:
            assert process.poll() is None, f"the run ended before: {process.communicate()}"
        assert time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.002)


def test_a_second_run_refuses_with_a_clear_word(watched: Watched) -> None:
    assert "another run is writing" in watched.refused and "run.wait_seconds" in watched.refused
    assert "Traceback" not in watched.refused


def test_a_run_listens_on_loopback_alone(watched: Watched) -> None:
    heard = watched.addresses
    assert heard and all(ipaddress.ip_address(address).is_loopback for address in heard), heard


def listening(group: int) -> set[str]:
    """The addresses at which the processes of a group listen."""
    sockets = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            if os.getpgid(int(process.name)) == group:
                sockets |= {os.readlink(file) for file in (process / "fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENS and f"socket:[{fields[9]}]" in sockets:
                found.add(address(fields[1].partition(":")[0]))
    return found


def address(digits: str) -> str:
    """An address as the kernel writes it: words of four bytes, the last byte first."""
    words = (bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8))
    found = ipaddress.ip_address(b"".join(words))
    return str(getattr(found, "ipv4_mapped", None) or found)
