"""A warehouse in object storage, a real server of S3 beside it, gives the tables of a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import papertide
from jobs.stores import S3_EXTRA
from jobs.tables.gold import NEIGHBORS
from papertide.api import application
from storage import ledger
from storage.warehouse import Warehouse
from tests.end_to_end.object_storage.store import (
    BUCKET,
    SECRET,
    WAREHOUSE,
    Store,
    at,
    rows,
    without_times,
)
from tests.end_to_end.processes import published, state, versions

pytestmark = pytest.mark.slow


def test_a_warehouse_in_object_storage_has_the_tables_of_a_folder(
    store: Store, days: Path, whole_state: dict[str, list[str]]
) -> None:
    feed = store.bucket / "feed"
    shutil.copytree(days, feed)  # from a bucket, too
    first = at(store, "run", "--feed", f"papers=s3://{BUCKET}/feed")
    assert SECRET not in first.stdout + first.stderr
    away = state(WAREHOUSE)
    assert sorted(away) == sorted(whole_state)
    for name, expected in whole_state.items():
        assert without_times(away[name]) == without_times(expected), name

    before = versions(WAREHOUSE)
    again = at(store, "run", "--feed", f"papers=s3a://{BUCKET}/feed")
    assert "unchanged" in again.stderr
    assert "passed" not in again.stderr
    assert versions(WAREHOUSE) == before

    _commands(store, away)
    _readers(store, away)


def _commands(store: Store, away: dict[str, list[str]]) -> None:
    """What looks at a warehouse, and what writes to it without Spark."""
    looked = {check["name"]: check["ok"] for check in rows(store, "doctor")}
    assert looked["warehouse"]
    assert looked[f"jars of {S3_EXTRA}"]
    (counted,) = rows(store, "sql", "select count(*) as n from silver.papers")
    assert counted["n"] == len(away["silver.papers"])
    at(store, "quarantine", "--replay")
    kept = {row["table"]: row for row in rows(store, "maintain")}
    assert kept["ops.published"]["files_after"] == 1
    (first, *_) = ledger.publications(Warehouse.at(WAREHOUSE), NEIGHBORS)
    fewer = ("--set", "neighbors.per_paper=5", "--until", "neighbors")
    at(store, "run", "--feed", f"papers=s3a://{BUCKET}/feed", *fewer)
    assert len(published(WAREHOUSE, NEIGHBORS)) < len(away[NEIGHBORS.name])
    restored = rows(store, "restore", NEIGHBORS.name, "--version", first["version"])
    assert NEIGHBORS.name in {row["table"] for row in restored}
    assert state(WAREHOUSE) == away


def _readers(store: Store, away: dict[str, list[str]]) -> None:
    """What reads it without Spark: Python, and the API that asks as the dashboard does."""
    from fastapi.testclient import TestClient

    from conf import load

    reader = papertide.open(WAREHOUSE, conf=[store.folder / "s3.yaml"])
    assert len(reader.table("silver.papers")) == len(away["silver.papers"])
    assert len(reader.search("scanner", by="words", limit=3)) > 0
    config = load([store.folder / "s3.yaml"], [f"warehouse={WAREHOUSE}"])
    assert TestClient(application(config)).get("/papers").status_code == 200
