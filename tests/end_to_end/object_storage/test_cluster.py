"""A standalone cluster on object storage: workers and the driver are killed, nothing is lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from random import Random

import pytest
import yaml

from jobs.session import folder_of
from jobs.stores import S3_EXTRA
from pipelines.commands import inspect as look
from pipelines.stages import PIPELINE
from storage.home import home
from storage.warehouse import Warehouse
from tests.end_to_end.object_storage.store import BUCKET, Store, without_times
from tests.end_to_end.processes import Cluster, call, kill, sample, standalone, start, state
from tests.end_to_end.test_deaths import (
    Moment,
    in_publish,
    in_publish_of_the_first_of_three,
    past_the_gate,
    remaining,
    staged,
    until,
)

pytestmark = pytest.mark.slow

PATIENCE = 1800.0


@pytest.fixture(scope="module")
def cluster(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with standalone(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="module")
def settings(store: Store, cluster: Cluster) -> Path:
    """Settings of the store and the cluster; queries as of many records, in several partitions.

    Every run sends its jars to every executor anew, 225 MB as a rule: here they are there.
    """
    jars = ":".join(f"{folder_of(home(), extra)}/*" for extra in ("", S3_EXTRA))
    session = {
        "master": cluster.address,
        "shuffle_partitions": 4,
        "few_records": 0,
        "spark": {
            "spark.jars": "",
            "spark.driver.extraClassPath": jars,
            "spark.executor.extraClassPath": jars,
            "spark.executor.memory": "1g",
            "spark.driver.host": "127.0.0.1",
        },
    }
    file = store.folder / "cluster.yaml"
    file.write_text(yaml.safe_dump({"session": session}))
    return file


def run_arguments(store: Store, settings: Path, name: str, *more: object) -> list[object]:
    """A run of the feed `NAME-feed` into the warehouse NAME, both in the bucket."""
    return ["run", "--feed", f"papers=s3://{BUCKET}/{name}-feed",
            "--conf", store.folder / "s3.yaml", "--conf", settings,
            "--set", f"warehouse=s3://{BUCKET}/{name}", *more]  # fmt: skip


def check_equal(store: Store, name: str, expected: dict[str, list[str]]) -> None:
    """The warehouse has these tables, and nothing is left in its staging."""
    there = state(f"s3://{BUCKET}/{name}")
    assert sorted(there) == sorted(expected)
    for table, rows in expected.items():
        assert without_times(there[table]) == without_times(rows), table
    left = (store.bucket / name / "_staging").rglob("*")
    assert [path for path in left if path.is_file()] == []


def kill_executor_of_one(cluster: Cluster) -> None:
    until(lambda _: cluster.kill_executors("one") > 0, cluster.folder)


def kill_worker_two(cluster: Cluster) -> None:
    """Worker and executor; another worker comes in its place."""
    cluster.kill_worker("two")
    cluster.start_worker("two")


def test_a_run_whose_workers_are_killed_gives_the_tables_of_local_mode(
    store: Store,
    cluster: Cluster,
    settings: Path,
    days: Path,
    whole_state: dict[str, list[str]],
) -> None:
    shutil.copytree(days, store.bucket / "workers-feed")
    began = time.monotonic()
    process = start(*run_arguments(store, settings, "workers"))
    disturbed: list[str] = []
    kills = cycle((kill_executor_of_one, kill_worker_two))
    while process.poll() is None:
        assert time.monotonic() < began + PATIENCE
        for file in (store.bucket / "workers" / "_staging").glob("*/*/*"):
            stage = file.parents[1].name.partition(".")[0]
            if stage not in disturbed:
                disturbed.append(stage)
                next(kills)(cluster)
                print(f"{time.monotonic() - began:.0f} s: killed in {stage}", flush=True)
        time.sleep(0.01)
    out, err = process.communicate(timeout=PATIENCE)
    print(f"{time.monotonic() - began:.0f} s: ended\n{err}")
    assert process.returncode == 0, (out, err)
    check_equal(store, "workers", whole_state)
    assert disturbed == [stage.name for stage in PIPELINE]


# Each run goes on from where the one before was killed.
MOMENTS: tuple[Moment, ...] = (
    lambda house: (house / "_writer" / "_delta_log").exists(),
    lambda house: (house / "ops" / "runs" / "_delta_log").exists(),
    staged("ingest"),
    past_the_gate("ingest"),
    in_publish_of_the_first_of_three,
    staged("parse"),
    past_the_gate("parse"),
    staged("identity"),
    in_publish,
    past_the_gate("papers"),
)


def test_a_driver_killed_at_ten_moments_loses_nothing_and_leaves_nothing(
    store: Store,
    cluster: Cluster,
    settings: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Spark publishes all tables, so that it, too, is killed while it writes."""
    feed = sample(tmp_path / "feed", papers=60, days=6)
    shutil.copytree(feed, store.bucket / "drivers-feed")
    here, last = tmp_path / "undisturbed", ("--until", "papers")
    call("run", "--feed", f"papers={feed}", "--set", f"warehouse={here}", *last)
    command = run_arguments(store, settings, "drivers", "--set", "run.small_bytes=0", *last)
    house = store.bucket / "drivers"
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    began, chance = time.monotonic(), Random(7)
    for number, moment in enumerate(MOMENTS):
        process = start(*command)
        until(moment, house, process, PATIENCE)
        time.sleep(chance.random() / 50)
        kill(process, with_all=number % 2 == 1)
        print(f"{time.monotonic() - began:.0f} s: killed at moment {number + 1}")
        check_gone(cluster, tmp_path)

    call(*command)
    print(f"{time.monotonic() - began:.0f} s: ended")
    check_equal(store, "drivers", state(here))
    check_gone(cluster, tmp_path)
    states = [row["state"] for row in look.runs(Warehouse.at(f"s3://{BUCKET}/drivers"))]
    assert states[0] == "done" and set(states[1:]) == {"killed"}


def check_gone(cluster: Cluster, folder: Path) -> None:
    """Nothing of a run is there any more, neither here nor at the workers."""
    until(lambda _: not remaining(folder / "warehouse"), folder)
    until(lambda _: not any(map(cluster.executors, cluster.workers)), folder)
    assert list((folder / "temporary").glob("papertide-*")) == []
