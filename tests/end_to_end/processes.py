"""Real processes of the command line, and what they leave in a warehouse."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyspark

from jobs.session import java_home
from jobs.tables import bronze, gold, silver
from jobs.tables.core import Table
from pipelines.sample.sample import write_sample
from storage import ledger
from storage.warehouse import Warehouse

PAPERTIDE = Path(sys.executable).with_name("papertide")
DATA = (*bronze.TABLES, *silver.TABLES, *gold.TABLES)
# Which run wrote a row is no part of what the row says.
APART = ("run",)


def start(*arguments: object) -> subprocess.Popen[str]:
    """The command as a process of its own, its output caught."""
    return subprocess.Popen(
        [str(PAPERTIDE), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,  # so that all it starts can be ended with it
    )


def beeline(address: str, query: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Hive's own client, asking a Thrift server one query."""
    spark = Path(pyspark.__file__).parent
    return subprocess.run(
        [
            str(spark / "bin" / "beeline"),
            "-u",
            address,
            *options,
            "--outputformat=csv2",
            "-e",
            query,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "JAVA_HOME": str(java_home()), "SPARK_HOME": str(spark)},
    )


def call(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    """The command run to its end; its exit status must be `status`."""
    process = start(*arguments)
    out, err = process.communicate(timeout=1800)
    assert process.returncode == status, f"{arguments}\n{out}\n{err}"
    return subprocess.CompletedProcess(list(map(str, arguments)), process.returncode, out, err)


def kill(process: subprocess.Popen[str], with_all: bool) -> None:
    """Kill a process at once, alone or with all that it had started."""
    if with_all:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def sample(folder: Path, papers: int, days: int) -> Path:
    """A sample feed."""
    write_sample(folder, papers, days, seed=7)
    return folder


def published(warehouse: Path | str, table: Table) -> list[str]:
    """The rows of a table that readers see, as sorted JSON texts."""
    house = Warehouse.at(str(warehouse))
    seen = ledger.published(house).get(table.name)
    if seen is None:
        return []
    rows = ledger.dataset(house, table, seen.version).to_table().to_pylist()
    return sorted(
        json.dumps({k: v for k, v in row.items() if k not in APART}, sort_keys=True, default=str)
        for row in rows
    )


def column(warehouse: Path | str, table: Table, name: str) -> list[Any]:
    """One column of a published table: of a large one, rows as texts take a minute."""
    house = Warehouse.at(str(warehouse))
    version = ledger.published(house)[table.name].version
    values: list[Any] = ledger.dataset(house, table, version).to_table([name])[name].to_pylist()
    return values


def state(warehouse: Path | str) -> dict[str, list[str]]:
    """All published data tables."""
    return {table.name: rows for table in DATA if (rows := published(warehouse, table))}


def versions(warehouse: Path | str) -> dict[str, int]:
    """Newest Delta version of every data table, published or not."""
    house = Warehouse.at(str(warehouse))
    found = {table.name: ledger.version(house, table) for table in DATA}
    return {name: version for name, version in found.items() if version is not None}


@dataclass
class Cluster:
    """Spark's standalone cluster on 127.0.0.1, a master and workers of one core each.

    Attributes:
        folder: of its logs, and of the work of its executors.
    """

    folder: Path
    address: str
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start_worker(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        told = log.stat().st_size if log.exists() else 0
        self.workers[name] = self._daemon(
            "worker.Worker", log, "--cores", "1", "--memory", "2g", "--webui-port", "0",
            "--work-dir", str(self.folder / name), self.address,
        )  # fmt: skip
        wait_for(log, "Successfully registered", told)

    def kill_worker(self, name: str) -> None:
        """Kill a worker; its executors end when they miss it."""
        worker = self.workers.pop(name)
        worker.kill()
        worker.wait()

    def executors(self, name: str) -> list[int]:
        """Process numbers of a worker's executors: those that it has started in its folder."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # gone meanwhile
                where = (process / "cwd").readlink()
                command = (process / "cmdline").read_bytes()
                if where.is_relative_to(self.folder / name) and b"ExecutorBackend" in command:
                    found.append(int(process.name))
        return found

    def kill_executors(self, name: str) -> int:
        """Kill a worker's executors; how many they were."""
        there = self.executors(name)
        for process in there:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return len(there)

    def _daemon(self, kind: str, log: Path, *arguments: str) -> subprocess.Popen[bytes]:
        spark = Path(pyspark.__file__).parent
        with log.open("a") as output:
            return subprocess.Popen(
                [str(spark / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}",
                 "--host", "127.0.0.1", *arguments],
                stdout=output, stderr=output, cwd=self.folder,
                env={**os.environ, "JAVA_HOME": str(java_home()), "SPARK_HOME": str(spark),
                     "SPARK_DAEMON_MEMORY": "512m"},
            )  # fmt: skip


@contextmanager
def standalone(folder: Path) -> Iterator[Cluster]:
    """A cluster with the workers `one` and `two`, ended on leaving."""
    port = free_port()
    cluster = Cluster(folder, f"spark://127.0.0.1:{port}")
    log = folder / "master.log"
    master = cluster._daemon("master.Master", log, "--port", str(port), "--webui-port", "0")
    try:
        wait_for(log, "Starting Spark master")
        for name in ("one", "two"):
            cluster.start_worker(name)
        yield cluster
    finally:
        for process in (*cluster.workers.values(), master):
            process.terminate()
            process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(log: Path, words: str, after: int = 0) -> None:
    """Wait until a log has some words, after so many letters."""
    deadline = time.monotonic() + 180
    while words not in log.read_text()[after:]:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
