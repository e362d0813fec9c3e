"""Monitoring gets gauges that Prometheus's own reader reads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from conf import load
from jobs.tables.ops import RUNS
from papertide.api import application
from papertide.metrics import text
from papertide.snapshot import resolve
from storage import ledger
from storage.warehouse import Warehouse
from tests.dashboard.rows import DAY, publish

Gauges = dict[tuple[str, tuple[str, ...]], float]


def read(told: bytes) -> Gauges:
    """Gauges by name and labels, as Prometheus reads them."""
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(told.decode())
        for sample in family.samples
    }


def test_rows_runs_and_feeds_are_told(tmp_path: Path) -> None:
    file = {"feed": "daily", "status": "read", "shown_on": DAY, "delivered": 7, "records": 4,
            "repeated": 2, "quarantined": 1}  # fmt: skip
    publish(str(tmp_path), {"bronze.files": [
        {**file, "file": "a"}, {**file, "file": "b"}, {"feed": "daily", "file": "c", "status": "broken"},
    ]})  # fmt: skip
    ended = datetime(2026, 3, 1, tzinfo=UTC)
    ledger.append(Warehouse.at(str(tmp_path)), RUNS, [
        {"run_id": "1", "state": "started", "at": ended},
        {"run_id": "1", "state": "done", "at": ended},
        {"run_id": "2", "state": "stopped", "at": ended},
    ])  # fmt: skip
    client = TestClient(application(load([], [f"warehouse={tmp_path}"], {}), frozenset({"key"})))
    assert client.get("/metrics").status_code == 401
    told = client.get("/metrics", headers={"X-API-Key": "key"})
    assert told.headers["content-type"].startswith("text/plain")
    found = read(told.content)
    assert found["papertide_table_rows", ("bronze.files",)] == 3
    assert found["papertide_runs", ("done",)] == 1
    assert found["papertide_run_last_end_seconds", ("stopped",)] == ended.timestamp()
    fates = [
        found["papertide_feed_records", (f, "daily")] for f in ("new", "repeated", "quarantined")
    ]
    assert fates == [8, 4, 2]
    assert found["papertide_feed_unread_files", ("daily",)] == 1
    midnight = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp()
    assert found["papertide_feed_last_shown_seconds", ("daily",)] == midnight


def test_a_warehouse_without_runs_has_no_gauges(tmp_path: Path) -> None:
    assert read(text(resolve(str(tmp_path)))) == {}
