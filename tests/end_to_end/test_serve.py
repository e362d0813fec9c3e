"""Schedules as real processes: a server, a worker, and the runs that they start."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.concurrency.sync import concurrency

from pipelines.flows import serve as serving
from pipelines.flows.writer_limit import WRITER, turn
from storage.errors import PapertideError
from storage.warehouse import Warehouse
from tests.end_to_end.processes import PAPERTIDE, free_port

pytestmark = pytest.mark.slow
PATIENCE = 900.0
BUSY = 503


@contextmanager
def process(log: Path, arguments: Sequence[str], **environment: str) -> Iterator[Any]:
    """A process of its own group, asked to end on leaving, and killed if it does not."""
    with log.open("a") as told:
        started = subprocess.Popen(
            list(arguments), stdout=told, stderr=told, start_new_session=True,
            env={**os.environ, **environment},
        )  # fmt: skip
    try:
        yield started
    finally:  # of a failed test too: killed, what is served would leave its children behind
        try:
            started.terminate()
            started.wait(timeout=90)
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)


def until(found: Callable[[], Any], log: Path) -> Any:
    """What `found` gives as soon as it gives something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if value := found():
                return value
        except httpx.HTTPError:
            pass
        time.sleep(1)
    raise AssertionError(log.read_text()[-5000:])


def asked(url: str, body: dict[str, Any]) -> Any:
    """What a server answers. 503 is its word for a database in use: as its own client, ask again."""
    deadline = time.monotonic() + PATIENCE
    while (answer := httpx.post(url, json=body, timeout=60)).status_code == BUSY:
        assert time.monotonic() < deadline, answer.text
        time.sleep(1)
    return answer.raise_for_status().json()


def read(api: str, what: str, **body: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(f"{api}/{what}/filter", body)
    return found


def deployment(api: str, name: str) -> str | None:
    found = [each["id"] for each in read(api, "deployments") if each["name"] == name]
    return found[0] if found else None


def runs(api: str, of: str, *states: str) -> list[dict[str, Any]]:
    """The runs of a deployment in one of the states."""
    return [run for run in read(api, "flow_runs") if run["deployment_id"] == of
            and run["state_type"] in states]  # fmt: skip


def start_run(api: str, of: str, at: datetime | None = None) -> str:
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at.isoformat()}} if at else {}
    body = {"state": state} if state else {}
    run_id: str = asked(f"{api}/deployments/{of}/create_flow_run", body)["id"]
    return run_id


@pytest.mark.parametrize("own", [True, False], ids=["its own server", "a server that is there"])
def test_deployments_are_scheduled_and_what_is_late_is_caught_up_once(
    own: bool, tmp_path: Path, whole: Path
) -> None:
    port, log = free_port(), tmp_path / "serve.log"
    api = f"http://127.0.0.1:{port}/api"
    home = {"PREFECT_HOME": str(tmp_path / "prefect")}
    where = home if own else {**home, "PREFECT_API_URL": api}
    command = [str(PAPERTIDE), "serve", "--port", str(port), "--set", f"warehouse={whole}"]
    server = [str(PAPERTIDE.with_name("prefect")), "server", "start", "--port", str(port)]
    with ExitStack() as running:
        if not own:
            running.enter_context(process(tmp_path / "server.log", server, **home))
            until(lambda: httpx.get(f"{api}/health").is_success, tmp_path / "server.log")
        with process(log, command, **where):
            until(lambda: "serving daily" in log.read_text(), log)
            weekly = until(lambda: deployment(api, "weekly-maintenance"), log)
            # The scheduler plans ahead, on Sundays at three.
            planned = until(lambda: runs(api, weekly, "SCHEDULED"), log)
            assert all(run["expected_start_time"][11:16] == "03:00" for run in planned)
            if own:
                start_run(api, weekly)
                (done,) = until(lambda: runs(api, weekly, "COMPLETED", "FAILED", "CRASHED"), log)
                assert done["state_type"] == "COMPLETED", log.read_text()[-5000:]
        if not own:
            late(api, weekly)
            with process(log, command, **where):
                until(lambda: "catching up once" in log.read_text(), log)
                until(lambda: runs(api, weekly, "COMPLETED"), log)
                ended = runs(api, weekly, "COMPLETED", "FAILED", "CRASHED", "CANCELLED", "PENDING")
                assert len(ended) == 1
    assert "Traceback" not in log.read_text()


def late(api: str, of: str) -> None:
    """Seven runs that should have begun while no worker was there."""
    for days in range(1, 8):
        start_run(api, of, datetime.now(UTC) - timedelta(days=days))


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with process(
        log, ["python3", "-m", "http.server", "--bind", "127.0.0.1", str(port := free_port())]
    ):
        until(lambda: httpx.get(f"http://127.0.0.1:{port}/").is_success, log)
        done = subprocess.run(
            [str(PAPERTIDE), "serve", "--port", str(port)], capture_output=True, text=True,
            check=False, env={k: v for k, v in os.environ.items() if k != "PREFECT_API_URL"},
        )  # fmt: skip
    assert done.returncode == 1
    assert f"something answers at 127.0.0.1:{port} already" in done.stderr


def test_machines_take_turns_at_a_warehouse_elsewhere(harness: None) -> None:
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        serving._make_pool(client)
    elsewhere = Warehouse.at("file:///nowhere")
    with concurrency(WRITER):
        with pytest.raises(PapertideError, match="another machine is writing"), turn(elsewhere, 0):
            pass
        with turn(Warehouse.at("nowhere"), 0):  # of this machine: its lock does
            pass
    with turn(elsewhere, 0):
        pass
