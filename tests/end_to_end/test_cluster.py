"""A real standalone cluster, a master and two workers, gives the tables of local mode."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark
import pytest
import yaml

from jobs.session import java_home
from tests.end_to_end.processes import DATA, call, state

pytestmark = pytest.mark.slow

MAY_BE_EMPTY = {
    "silver.quarantine", "silver.decisions", "silver.hot_blocks", "silver.paper_forwards",
    "silver.relations", "silver.references", "gold.citation_counts",
    "silver.erasures", "silver.affiliations", "silver.institutions", "gold.collaborations",
    "gold.trend_tests", "gold.bursts", "gold.forecasts",  # weeks are needed
}  # fmt: skip


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a master with two workers of one core each, all processes on 127.0.0.1."""
    folder = tmp_path_factory.mktemp("cluster")
    address = f"spark://127.0.0.1:{(port := free_port())}"
    with ExitStack() as running:
        running.enter_context(
            daemon(folder, "master.Master", "--port", str(port), "--webui-port", "0")
        )
        wait_for(folder / "master.Master.log", "Starting Spark master")
        for name in ("one", "two"):
            running.enter_context(
                daemon(folder, "worker.Worker", "--cores", "1", "--memory", "2g",
                       "--webui-port", "0", "--work-dir", str(folder / name), address, log=name)
            )  # fmt: skip
            wait_for(folder / f"{name}.log", "Successfully registered")
        yield address


@contextmanager
def daemon(folder: Path, kind: str, *arguments: str, log: str = "") -> Iterator[None]:
    """A process of Spark's standalone cluster, ended on leaving."""
    spark = Path(pyspark.__file__).parent
    with (folder / f"{log or kind}.log").open("w") as output:
        process = subprocess.Popen(
            [str(spark / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}",
             "--host", "127.0.0.1", *arguments],
            stdout=output, stderr=output, cwd=folder,
            env={**os.environ, "JAVA_HOME": str(java_home()), "SPARK_HOME": str(spark),
                 "SPARK_DAEMON_MEMORY": "512m"},
        )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(log: Path, words: str) -> None:
    deadline = time.monotonic() + 180
    while words not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_a_cluster_without_small_tables_gives_those_of_local_mode(
    master: str, days: Path, whole_state: dict[str, list[str]], tmp_path: Path
) -> None:
    settings = {
        "session": {
            "master": master,
            "shuffle_partitions": 7,
            "few_records": 0,
            "spark": {"spark.executor.memory": "1g", "spark.driver.host": "127.0.0.1"},
        },
        "run": {"small_bytes": 0},
    }
    on_cluster = tmp_path / "cluster.yaml"
    on_cluster.write_text(yaml.safe_dump(settings))
    call("run", "--feed", f"papers={days}",
         "--set", f"warehouse={tmp_path / 'away'}", "--conf", on_cluster)  # fmt: skip

    away = state(tmp_path / "away")
    assert {table.name for table in DATA} - MAY_BE_EMPTY <= set(whole_state)
    assert sorted(away) == sorted(whole_state)
    for name, rows in whole_state.items():
        assert away[name] == rows, name
