"""What a run that was killed leaves: the server that Prefect had started for it, staged files."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from pyarrow import fs

from jobs.session import TEMPORARY
from jobs.stores import open_location
from pipelines.flows.environment import OWNER
from storage import lease
from storage.errors import PapertideError
from storage.warehouse import Warehouse

# Prefect sets it for a server that lasts as long as one flow.
_TEMPORARY = "PREFECT__SERVER_EPHEMERAL"
_PROCESSES = Path("/proc")  # where there is none, nothing is found
_PATIENCE_SECONDS = 10.0

INTENT = "intent.json"
"""In a folder of staging: what is to be published, written before it is begun."""


@lru_cache(maxsize=1)
def start_watch() -> subprocess.Popen[bytes]:
    """Have what this process starts ended, and its temporary folders removed, however it ends.

    By a process of its own, which a pipe tells of the end: it is closed even where this one is
    killed. That process is kept with the result, and the pipe with it.
    """
    return subprocess.Popen(
        # -P: a folder `pipelines` where the run was started is none of ours.
        [sys.executable, "-P", "-m", "pipelines.engine.watch", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # what ends this process and its group leaves it be
        env={name: value for name, value in os.environ.items() if name != OWNER},
    )


def clean_up_after(owner: str) -> None:
    """End what a process that is ending had started, and remove its temporary folders."""
    _wait_until(lambda: not is_alive(owner))
    for ending in (signal.SIGTERM, signal.SIGKILL):
        for process in _processes_of(owner):
            with suppress(OSError):  # it has ended by itself
                os.kill(process, ending)
        if _wait_until(lambda: not any(_processes_of(owner))):
            break
    remove_folders()


def _wait_until(is_so: Callable[[], bool]) -> bool:
    """Whether something has come to be so, in some seconds."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def end_orphans() -> None:
    """End the temporary servers whose flow's process is gone.

    A server of a flow that lives, or of somebody else, stays. A process number given anew since
    then looks alive: its server stays too, idle, until that process has ended.
    """
    for server, owner in _temporary_servers():
        if not is_alive(owner):
            with suppress(OSError):  # it has ended by itself
                os.kill(server, signal.SIGTERM)


def remove_folders() -> None:
    """Remove the temporary folders (`papertide-PROCESS-…`) whose process is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}[0-9]*-*"):
        if not is_alive(folder.name.removeprefix(TEMPORARY).partition("-")[0]):
            shutil.rmtree(folder, ignore_errors=True)  # another user's stays


def is_alive(process: str) -> bool:
    """Whether a process of this number runs; it may be another one than was meant."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:  # another user's
        return True
    with suppress(OSError):
        # One that has ended and that its parent has not asked after is there as a zombie.
        return (_PROCESSES / process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def _temporary_servers() -> Iterator[tuple[int, str]]:
    """Temporary servers of our runs: their process number, and their flow's."""
    for process, variables in _environments():
        if variables.get(_TEMPORARY) and OWNER in variables:
            yield process, variables[OWNER]


def _processes_of(owner: str) -> Iterator[int]:
    """The numbers of the processes that one has started, and that these have."""
    return (process for process, variables in _environments() if variables.get(OWNER) == owner)


def _environments() -> Iterator[tuple[int, Mapping[str, str]]]:
    """The processes of this user, each with the environment that it was started in."""
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile, or another user's
            entries = (process / "environ").read_bytes().decode(errors="replace").split("\0")
            yield int(process.name), dict(entry.partition("=")[::2] for entry in entries)


def has_left(warehouse: Warehouse, stage: str = "", run_id: str = "") -> bool:
    """Whether anything is staged: by any stage of any run, or by the one named."""
    return bool(_staged(warehouse, stage, run_id)[1])


def check_finished(warehouse: Warehouse) -> None:
    """Hold back what writes outside of a run while a run that died has left work to be finished.

    What a gate stopped is none: the next run drops it.

    Raises:
        PapertideError: it has.
    """
    system, folders = _staged(warehouse)
    intents = system.get_file_info([f"{folder.path}/{INTENT}" for folder in folders])
    if any(intent.is_file for intent in intents):
        raise PapertideError(
            f"a run that died has left work in {warehouse.staging('')}\n"
            "  papertide run finishes it; try again after that"
        )
    lease.clear(warehouse.root)


def _staged(
    warehouse: Warehouse, stage: str = "", run_id: str = ""
) -> tuple[fs.FileSystem, list[fs.FileInfo]]:
    """What lies in staging, or in a stage's folder of it, and the file system there."""
    system, path = open_location(warehouse.staging(stage, run_id))
    return system, system.get_file_info(fs.FileSelector(path, allow_not_found=True))
