"""Where everything lives: the folders of a warehouse, and its one writer."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.stores import is_uri, one_spelling
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED
from storage import lease
from storage.errors import PapertideError

# What the lock's file says of its holder.
_HOLDER = re.compile(r"run (?P<run>\S+), process ")
_LOOK_SECONDS = 1.0  # who asks who writes has the lock for a moment


@dataclass(frozen=True)
class Warehouse:
    """A warehouse: `root` is an absolute folder or a URI that Spark and delta-rs both know."""

    root: str

    @staticmethod
    def at(location: str) -> Warehouse:
        """The warehouse at a folder (made absolute) or a URI."""
        if is_uri(location):
            return Warehouse(one_spelling(location).rstrip("/"))
        return Warehouse(str(Path(location).absolute()))

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""
        return "://" not in self.root

    def path(self, table: Table) -> str:
        """The table's Delta folder."""
        return f"{self.root}/{table.name.replace('.', '/')}"

    def staging(self, stage: str, run_id: str = "") -> str:
        """The folder where a stage's output waits for its gate.

        It is one run's: a process that wakes when another has its warehouse touches nothing there.
        """
        return f"{self.root}/_staging/{stage}{'.' if run_id else ''}{run_id}"

    def docs(self, run_id: str, home: Path) -> Path:
        """The folder of a run's Data Docs; below `home` when the warehouse is elsewhere."""
        return (Path(self.root) if self.is_local else home) / "_docs" / run_id

    def lock_file(self, home: Path) -> Path:
        """The file whose lock makes a process the writer."""
        if self.is_local:
            return Path(self.root) / "_writer.lock"
        return home / f"writer-{hashlib.sha256(self.root.encode()).hexdigest()[:12]}.lock"

    def writer(self, home: Path) -> str | None:
        """The id of the run that writes, on this machine if the warehouse is; None where none does.

        The lock says whether it still does, as a process number means nothing in another container.
        """
        if not self.is_local:
            holder = _HOLDER.match(lease.holder_of(self.root))
            return holder["run"] if holder else None
        try:
            with self.lock_file(home).open(encoding="utf-8") as lock:
                if _try_lock(lock.fileno(), fcntl.LOCK_SH):
                    return None
                holder = _HOLDER.match(lock.read())
        except FileNotFoundError:
            return None
        return holder["run"] if holder else None


@contextmanager
def one_writer(
    warehouse: Warehouse, home: Path, run_id: str, wait_seconds: float
) -> Iterator[None]:
    """Hold the warehouse as its only writer; the lock ends with the process, however that ends.

    For a warehouse elsewhere the lock holds on this machine only; there its lease keeps machines
    apart.

    Raises:
        PapertideError: another run still holds it after `wait_seconds`.
    """
    file = warehouse.lock_file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="utf-8") as lock:
        deadline = time.monotonic() + wait_seconds
        refused_from = max(deadline, time.monotonic() + _LOOK_SECONDS)
        while not _try_lock(lock.fileno(), fcntl.LOCK_EX):
            if time.monotonic() >= refused_from:
                lock.seek(0)
                holder = lock.read().strip() or "another process"
                raise PapertideError(
                    f"another run is writing to {warehouse.root}: {holder}\n"
                    "  nothing was done; run again when it has ended, or wait for it with "
                    "--set run.wait_seconds=600"
                )
            time.sleep(0.2)
        lock.truncate(0)
        lock.write(f"run {run_id}, process {os.getpid()}\n")
        lock.flush()
        if warehouse.is_local:
            yield
            return
        left = max(0.0, deadline - time.monotonic())
        with lease.hold(warehouse.root, warehouse.path(PUBLISHED), run_id, left):
            yield


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
