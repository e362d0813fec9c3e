"""A warehouse in object storage, a real server of S3 beside it, gives the tables of a folder."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import papertide
from jobs.params import StorageSettings
from jobs.stores import S3_EXTRA, settle
from jobs.tables.gold import CELLS
from papertide.api import application
from pipelines.setup.jars import wanting
from storage import ledger
from storage.home import home
from storage.warehouse import Warehouse
from tests.end_to_end.processes import call, state, versions

pytestmark = pytest.mark.slow

SERVER = os.environ.get("PAPERTIDE_S3_SERVER") or shutil.which("versitygw")
KEY, SECRET = "tide", "low-water-0815"
BUCKET = "tide"
WAREHOUSE = f"s3a://{BUCKET}/wh"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Settings for a store on 127.0.0.1 that keeps buckets as folders, beside them; one is there."""
    if not SERVER:
        pytest.skip("no server of S3: put versitygw on the PATH, or name it: PAPERTIDE_S3_SERVER")
    if wanting(home(), S3_EXTRA):
        pytest.skip(f"no jars of object storage: papertide setup --with {S3_EXTRA}")
    folder = tmp_path_factory.mktemp("store")
    (folder / "buckets" / BUCKET).mkdir(parents=True)
    port = _free_port()
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [SERVER, "--port", f"127.0.0.1:{port}", "posix", str(folder / "buckets")],
            stdout=log, stderr=log,
            env={**os.environ, "ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET},
        )  # fmt: skip
    before = dict(os.environ)
    settings = {
        "endpoint": f"http://127.0.0.1:{port}", "region": "us-east-1",
        "access_key": KEY, "secret_key": SECRET,
    }  # fmt: skip
    (folder / "s3.yaml").write_text(yaml.safe_dump({"storage": settings}))
    try:
        _wait_for(port)
        settle(StorageSettings.model_validate(settings))
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        server.terminate()
        server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def at(store: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command on the warehouse in the store."""
    return call(*arguments, "--conf", store / "s3.yaml", "--set", f"warehouse={WAREHOUSE}")


def rows(store: Path, *arguments: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(at(store, *arguments, "--format", "json").stdout)
    return found


def test_a_warehouse_in_object_storage_has_the_tables_of_a_folder(
    store: Path, days: Path, whole_state: dict[str, list[str]]
) -> None:
    feed = store / "buckets" / BUCKET / "feed"
    shutil.copytree(days, feed)  # from a bucket, too
    first = at(store, "run", "--feed", f"papers=s3://{BUCKET}/feed")
    assert SECRET not in first.stdout + first.stderr
    away = state(WAREHOUSE)
    assert sorted(away) == sorted(whole_state)
    for name, expected in whole_state.items():
        assert _without_times(away[name]) == _without_times(expected), name

    before = versions(WAREHOUSE)
    again = at(store, "run", "--feed", f"papers=s3a://{BUCKET}/feed")
    assert "unchanged" in again.stderr
    assert "passed" not in again.stderr
    assert versions(WAREHOUSE) == before

    _commands(store, away)
    _readers(store, away)


def _without_times(told: list[str]) -> list[str]:
    """Rows without the moment when a file was changed: a store has its own."""
    return sorted(
        json.dumps({k: v for k, v in json.loads(row).items() if k != "modified_at"}, sort_keys=True)
        for row in told
    )


def _commands(store: Path, away: dict[str, list[str]]) -> None:
    """What looks at a warehouse, and what writes to it without Spark."""
    looked = {check["name"]: check["ok"] for check in rows(store, "doctor")}
    assert looked["warehouse"]
    assert looked[f"jars of {S3_EXTRA}"]
    (counted,) = rows(store, "sql", "select count(*) as n from silver.papers")
    assert counted["n"] == len(away["silver.papers"])
    at(store, "quarantine", "--replay")
    kept = {row["table"]: row for row in rows(store, "maintain")}
    assert kept["ops.published"]["files_after"] == 1
    (first, *_) = ledger.publications(Warehouse.at(WAREHOUSE), CELLS)
    restored = rows(store, "restore", CELLS.name, "--version", first["version"])
    assert CELLS.name in {row["table"] for row in restored}
    assert state(WAREHOUSE) == away


def _readers(store: Path, away: dict[str, list[str]]) -> None:
    """What reads it without Spark: Python, and the API that asks as the dashboard does."""
    from fastapi.testclient import TestClient

    from conf import load

    reader = papertide.open(WAREHOUSE, conf=[store / "s3.yaml"])
    assert len(reader.table("silver.papers")) == len(away["silver.papers"])
    assert len(reader.search("scanner", by="words", limit=3)) > 0
    config = load([store / "s3.yaml"], [f"warehouse={WAREHOUSE}"])
    assert TestClient(application(config)).get("/papers").status_code == 200
