"""Purging: one version of a table is left, whole and published, and nothing tells of the others."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from conf import load
from jobs.tables.ops import PUBLISHED
from jobs.tables.silver import AUTHORS, ERASURES
from pipelines.commands.purge import old_versions, purge
from pipelines.commands.repair import repair
from storage import ledger
from storage.errors import UsageError
from storage.soundness import check_sound
from storage.warehouse import Warehouse


def publish(warehouse: Warehouse, sequence: int, *names: str) -> None:
    """The people of these names as another publication of silver.authors."""
    ledger.create(warehouse, AUTHORS)
    delta = DeltaTable(warehouse.path(AUTHORS))
    rows = [{"author_id": name, "name": name} for name in names]
    write_deltalake(
        delta, pa.Table.from_pylist(rows, pa.schema(delta.schema().to_arrow())), mode="overwrite"
    )
    told = {"table": AUTHORS.name, "sequence": sequence, "version": delta.version(),
            "rows": len(rows), "run_id": "r", "stage": "authors",
            "published_at": datetime.now(UTC)}  # fmt: skip
    ledger.append(warehouse, PUBLISHED, [told])


def test_only_the_last_version_is_left(tmp_path: Path) -> None:
    warehouse = Warehouse.at(str(tmp_path))
    publish(warehouse, 1, "Ada Fern", "Zoe Quill")
    publish(warehouse, 2, "Ada Fern")
    version = ledger.published(warehouse)[AUTHORS.name].version
    assert old_versions(warehouse, AUTHORS, version) == version

    removed = purge(warehouse, AUTHORS, "r")
    assert removed["files"] == 1 and removed["versions"] >= version
    now = ledger.published(warehouse)[AUTHORS.name]
    assert (now.rows, now.content) == (1, version)  # the same rows: no stage runs again
    assert old_versions(warehouse, AUTHORS, now.version) == 0
    check_sound(warehouse, thorough=True)
    log = b"".join(f.read_bytes() for f in Path(warehouse.path(AUTHORS)).rglob("*") if f.is_file())
    assert b"Ada Fern" in log and b"Zoe Quill" not in log

    purge(warehouse, AUTHORS, "r")
    publish(warehouse, ledger.published(warehouse)[AUTHORS.name].sequence + 1, "Bo Oak")
    check_sound(warehouse, thorough=True)


def test_marks_can_be_forgotten(tmp_path: Path) -> None:
    warehouse = Warehouse.at(str(tmp_path))
    ledger.create(warehouse, ERASURES)
    delta = DeltaTable(warehouse.path(ERASURES))
    schema = pa.schema(delta.schema().to_arrow())
    write_deltalake(delta, pa.Table.from_pylist([{"mark": "0" * 32}], schema), mode="append")
    told = {"table": ERASURES.name, "sequence": 1, "version": delta.version(), "rows": 1,
            "run_id": "r", "stage": "erase", "published_at": datetime.now(UTC)}  # fmt: skip
    ledger.append(warehouse, PUBLISHED, [told])
    config = load([], [f"warehouse={tmp_path}"], {})
    (row,) = repair(config, ERASURES.name, rebuild=True)
    assert (row["rows_before"], row["rows"]) == (1, 0)
    with pytest.raises(UsageError, match="no stage can make again"):
        repair(config, "silver.decisions", rebuild=True)
