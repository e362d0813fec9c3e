"""What a run that was killed leaves: the server that Prefect had started for it, staged files."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pyarrow import fs

from jobs.session import TEMPORARY
from jobs.stores import opened
from pipelines.flows.environment import OWNER
from storage.errors import PapertideError
from storage.warehouse import Warehouse

# Prefect sets it for a server that lasts as long as one flow.
_TEMPORARY = "PREFECT__SERVER_EPHEMERAL"
_PROCESSES = Path("/proc")  # where there is none, nothing is found


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
    return True


def _temporary_servers() -> Iterator[tuple[int, str]]:
    """Temporary servers of our runs: their process number, and their flow's."""
    for process in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile, or another user's
            entries = (process / "environ").read_bytes().decode(errors="replace").split("\0")
            named = dict(entry.partition("=")[::2] for entry in entries)
            if named.get(_TEMPORARY) and OWNER in named:
                yield int(process.name), named[OWNER]


def has_left(warehouse: Warehouse, stage: str = "") -> bool:
    """Whether anything is staged: by any stage, or by the one named."""
    system, path = opened(warehouse.staging(stage))
    return bool(system.get_file_info(fs.FileSelector(path, allow_not_found=True)))


def check_finished(warehouse: Warehouse) -> None:
    """Hold back what writes outside of a run while a run that died has left work.

    Raises:
        PapertideError: it has.
    """
    if has_left(warehouse):
        raise PapertideError(
            f"a run that died has left work in {warehouse.staging('')}\n"
            "  papertide run finishes it; try again after that"
        )
