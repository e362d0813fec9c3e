"""Schedules: the deployments of prefect.yaml, on a server that is there or on one of our own.

Three processes: a Prefect server, unless PREFECT_API_URL names one; a worker of the pool, which
starts a process for each flow run; and this one, which registers the deployments, sees to what is
late and ends the others when it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import httpx
import yaml

from conf import Config
from pipelines.flows import environment, report
from storage.errors import PapertideError

if TYPE_CHECKING:  # read when the server's address is known
    from prefect.client.orchestration import SyncPrefectClient

ROOT = Path(__file__).parents[2]
POOL = "papertide"
_START_SECONDS = 180.0
_END_SECONDS = 30.0


def serve(config: Config, files: Sequence[str], overrides: Sequence[str], port: int) -> None:
    """Run the deployments on their schedules until SIGINT or SIGTERM.

    Args:
        config: the configuration; `files` and `overrides` are what it was read from.
        port: of the server of our own, on 127.0.0.1.

    Raises:
        PapertideError: the server, the deployments or the worker do not start, or have ended.
    """
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    environment.settle()
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as running:
        children = []
        if not os.environ.get("PREFECT_API_URL"):
            children.append(running.enter_context(_server(port)))
        settings = _deployments([str(Path(file).absolute()) for file in files],
                            [*overrides, *_absolute(config)])  # fmt: skip
        _register(settings, own_server=bool(children))
        worker = ("worker", "start", "--pool", POOL, "--type", "process", "--name", "papertide")
        children.append(running.enter_context(_child("worker", *worker)))
        names = ", ".join(deployment["name"] for deployment in settings["deployments"])
        report.say(f"serving {names}; {os.environ['PREFECT_API_URL']}")
        with suppress(KeyboardInterrupt):
            while all(child.poll() is None for child in children):
                time.sleep(0.5)
            raise PapertideError("a process of the schedules has ended by itself; see above")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def _child(name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Prefect's command line, ended with all that it started on leaving."""
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", *arguments],
        stdout=sys.stderr,
        start_new_session=True,
        # What flows say of their progress belongs on their runs' pages.
        env={**os.environ, "PREFECT_LOGGING_EXTRA_LOGGERS": "papertide"},
    )
    try:
        yield process
    finally:
        report.say(f"ending the {name}")
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_END_SECONDS)


@contextmanager
def _server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server on this machine, with its state in our home; PREFECT_API_URL then names it."""
    address = f"http://127.0.0.1:{port}/api"
    with suppress(httpx.HTTPError):
        httpx.get(f"{address}/health")
        raise PapertideError(
            f"serve: something answers at 127.0.0.1:{port} already\n  another port: --port; a "
            f"server that is yours: PREFECT_API_URL={address}"
        )
    start = ("server", "start", "--host", "127.0.0.1", "--port", str(port))
    with _child("server", *start) as process:
        deadline = time.monotonic() + _START_SECONDS
        while not _is_healthy(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise PapertideError("serve: Prefect's server did not start; see above")
            time.sleep(0.3)
        os.environ["PREFECT_API_URL"] = address
        yield process


def _is_healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def _absolute(config: Config) -> list[str]:
    """Folders of this machine by their whole names: flow runs start in another folder."""
    paths = {"warehouse": config.warehouse}
    paths |= {f"feeds.{name}.path": feed.path for name, feed in config.feeds.items() if feed.path}
    return [f"{key}={Path(path).absolute()}" for key, path in paths.items() if "://" not in path]


def _deployments(files: Sequence[str], overrides: Sequence[str]) -> dict[str, Any]:
    """prefect.yaml, its flows given the configuration."""
    settings: dict[str, Any] = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
    for deployment in settings["deployments"]:
        own = deployment["parameters"]
        deployment["parameters"] = {
            **own,
            "conf": [*own.get("conf", []), *files],
            "overrides": [*own.get("overrides", []), *overrides],
        }
    return settings


def _register(settings: dict[str, Any], own_server: bool) -> None:
    """Make pool and limit, deploy, and start once what is late."""
    from prefect.client.orchestration import get_client

    scheduled = [each["name"] for each in settings["deployments"] if each.get("schedules")]
    with get_client(sync_client=True) as client:
        _make_pool(client)
        if own_server:
            _end_abandoned(client)
        late = _fold_late(client, scheduled)
        _deploy(settings)
        for deployment_id in late:
            run = client.create_flow_run_from_deployment(deployment_id)
            report.say(f"catching up once: {run.name}")


def _make_pool(client: SyncPrefectClient) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectNotFound
    from prefect.workers.process import ProcessWorker

    from pipelines.flows.writer_limit import WRITER

    try:
        client.read_work_pool(POOL)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        pool = WorkPoolCreate(name=POOL, type="process", base_job_template=template)
        client.create_work_pool(pool)
    client.upsert_global_concurrency_limit_by_name(WRITER, limit=1)


def _end_abandoned(client: SyncPrefectClient) -> None:
    """Runs that still count as running are not: their worker ended before this one began."""
    from prefect.client.schemas import filters
    from prefect.states import Crashed

    states = filters.FlowRunFilterStateType(any_=["RUNNING", "PENDING", "CANCELLING"])
    for run in client.read_flow_runs(
        flow_run_filter=filters.FlowRunFilter(state=filters.FlowRunFilterState(type=states)),
        work_pool_filter=filters.WorkPoolFilter(name=filters.WorkPoolFilterName(any_=[POOL])),
    ):
        client.set_flow_run_state(run.id, Crashed(message="its worker ended"), force=True)


def _fold_late(client: SyncPrefectClient, names: Sequence[str]) -> list[Any]:
    """Take back the runs of deployments that should have begun; the deployments' ids, once each.

    A daily run does what all those that were missed would have done.
    """
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType

    late = client.read_flow_runs(
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(
                type=filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])
            ),
            expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
        ),
        deployment_filter=filters.DeploymentFilter(
            name=filters.DeploymentFilterName(any_=list(names))
        ),
        work_pool_filter=filters.WorkPoolFilter(name=filters.WorkPoolFilterName(any_=[POOL])),
    )
    for run in late:
        client.delete_flow_run(run.id)
    return sorted({run.deployment_id for run in late}, key=str)


def _deploy(settings: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory(prefix="papertide-") as folder:
        file = Path(folder) / "prefect.yaml"
        file.write_text(yaml.safe_dump(settings), encoding="utf-8")
        process = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all",
             "--prefect-file", str(file)],
            cwd=ROOT, env={**os.environ, "PAPERTIDE_ROOT": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if process.returncode:
        raise PapertideError(
            f"serve: the deployments were not taken\n{process.stdout}{process.stderr}"
        )
