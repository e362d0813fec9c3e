"""A run that is killed at any point, and started again, ends as one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.engine.orphans import end_orphans
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import call, sample, start, state, versions

pytestmark = pytest.mark.slow

PATIENCE = 300.0


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample(tmp_path_factory.mktemp("feed") / "sample", papers=60, days=6)


def run_arguments(feed: Path, warehouse: Path) -> list[object]:
    return ["run", "--feed", f"papers={feed}", "--until", "papers",
            "--set", f"warehouse={warehouse}"]  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(feed: Path, flow: Flow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The warehouse of a run that nobody killed."""
    warehouse = tmp_path_factory.mktemp("undisturbed") / "warehouse"
    flow(warehouse, {"papers": feed}, until="papers")
    return warehouse


def staging(warehouse: Path) -> bool:
    return any((warehouse / "_staging" / "identity").glob("*/*"))


def past_the_gate(warehouse: Path) -> bool:
    return (warehouse / "_staging" / "identity" / "intent.json").exists()


def in_publish(warehouse: Path) -> bool:
    """Delta has the table's rows, the ledger does not show them yet."""
    return past_the_gate(warehouse) and any((warehouse / "silver/identity").glob("*.parquet"))


def in_publish_of_the_first_of_three(warehouse: Path) -> bool:
    """Some tables of a stage are written, others not."""
    return (warehouse / "bronze" / "records" / "_delta_log").exists()


@pytest.mark.parametrize(
    "moment", [staging, past_the_gate, in_publish, in_publish_of_the_first_of_three]
)
def test_a_killed_run_started_again_ends_as_one_that_was_not(
    moment: Callable[[Path], bool], feed: Path, undisturbed: Path, flow: Flow, tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse"
    process = start(*run_arguments(feed, warehouse))
    until(moment, warehouse, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert "silver.papers" not in state(warehouse)

    end_orphans()
    until(lambda _: not still_there(process.pid), warehouse)
    flow(warehouse, {"papers": feed}, until="papers")

    assert state(warehouse) == state(undisturbed)
    assert versions(warehouse) == versions(undisturbed)
    assert not any((warehouse / "_staging").iterdir())


def still_there(group: int) -> bool:
    """Whether anything runs that a process, the leader of its group, had started."""
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return True
    return False


def until(
    moment: Callable[[Path], bool], warehouse: Path, process: subprocess.Popen[str] | None = None
) -> None:
    deadline = time.monotonic() + PATIENCE
    while not moment(warehouse):
        if process:
            assert process.poll() is None, f"the run ended before: {process.communicate()}"
        assert time.monotonic() < deadline, "the moment did not come"
        time.sleep(0.002)


def test_a_second_run_at_the_same_time_refuses_with_a_clear_word(
    feed: Path, undisturbed: Path, tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse"
    first = start(*run_arguments(feed, warehouse))
    until(lambda house: (house / "_writer.lock").exists(), warehouse, first)
    second = call(*run_arguments(feed, warehouse), status=1)
    assert "another run is writing" in second.stderr and "run.wait_seconds" in second.stderr
    assert "Traceback" not in second.stderr
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 0
    assert state(warehouse) == state(undisturbed)
    assert versions(warehouse) == versions(undisturbed)
