"""Restore and maintenance: what readers see after, and what a run after it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from pyspark.sql import DataFrame, SparkSession

from conf import Config, load
from jobs.tables.checks import UNIQUE_KEY
from jobs.tables.core import Column, Table
from jobs.tables.ops import PUBLISHED
from pipelines.commands import inspect as look
from pipelines.commands import restore
from pipelines.engine.orphans import INTENT, check_finished
from pipelines.engine.runner import run_stage
from pipelines.engine.stage import Inputs, Mode, Output, Params, Run, Stage
from pipelines.flows import maintenance
from storage import lease, ledger
from storage.errors import PapertideError, UsageError
from storage.warehouse import Warehouse
from tests.frames import frame_of

EBB, FLOOD, SEEN = (
    Table(name, "one row a tide", ("id",), (Column("id", "string", "id"),), checks=(UNIQUE_KEY,))
    for name in ("silver.ebb", "silver.flood", "silver.seen")
)


def tides(ebb: str, flood: str, mode: Mode = Mode.REPLACE) -> Stage:
    """A stage of two tables; a row a letter."""

    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        spark = SparkSession.active()
        return {table: frame_of(spark, [(letter,) for letter in letters], "id string")
                for table, letters in ((EBB, ebb), (FLOOD, flood))}  # fmt: skip

    writes = (Output(EBB, mode), Output(FLOOD, mode))
    return Stage("tides", (), writes, transform, lambda params: [ebb, flood])


READING = Stage("read", (EBB,), (Output(SEEN, Mode.REPLACE),), lambda given, _: {SEEN: given[EBB]})


@pytest.fixture(autouse=True)
def catalog(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = (EBB, FLOOD, SEEN)
    monkeypatch.setattr(restore, "PIPELINE", (tides("", ""), READING))
    monkeypatch.setattr(restore, "BY_NAME", {t.name: t for t in (*tables, PUBLISHED)})
    monkeypatch.setattr(maintenance, "TABLES", (*tables, PUBLISHED))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load([], [f"warehouse={tmp_path / 'warehouse'}"], {})


@pytest.fixture
def run(spark: SparkSession, config: Config) -> Callable[..., list[str]]:
    """Run stages as a new process would; returns their verdicts."""

    def ran(*stages: Stage) -> list[str]:
        warehouse = Warehouse.at(config.warehouse)
        run_id = f"r{len(ledger.rows(warehouse, PUBLISHED))}"
        opened = Run(run_id, warehouse, config, ledger.published(warehouse),
                     ledger.fingerprints(warehouse), ("", ""))  # fmt: skip
        return [run_stage(stage, opened).row["verdict"] for stage in stages]

    return ran


def seen(config: Config, table: Table = EBB) -> str:
    """The letters of a table as readers see them."""
    warehouse = Warehouse.at(config.warehouse)
    version = ledger.published(warehouse)[table.name].version
    rows = DeltaTable(warehouse.path(table), version=version).to_pyarrow_table()
    return "".join(sorted(rows["id"].to_pylist()))


def version(config: Config, table: Table = EBB) -> int:
    return ledger.published(Warehouse.at(config.warehouse))[table.name].version


def replaced(config: Config, run: Callable[..., list[str]]) -> int:
    """The version of ebb that a second run has replaced."""
    run(tides("ab", "x"))
    first = version(config)
    run(tides("bcd", "xy"))
    return first


@pytest.mark.slow
def test_the_tables_of_a_stage_go_back_together_and_stay_until_it_has_new_input(
    config: Config, run: Callable[..., list[str]]
) -> None:
    run(tides("ab", "x"), READING)
    first = version(config)
    run(tides("bcd", "xy"), READING)
    assert (seen(config), seen(config, FLOOD), seen(config, SEEN)) == ("bcd", "xy", "bcd")

    rows = restore.restore(config, "silver.ebb", first)

    assert [(row["table"], row["rows"]) for row in rows] == [("silver.ebb", 2), ("silver.flood", 1)]
    assert (seen(config), seen(config, FLOOD)) == ("ab", "x")
    published = ledger.published(Warehouse.at(config.warehouse))
    assert (published["silver.ebb"].rows, published["silver.flood"].rows) == (2, 1)
    # Its input is as it was: what was put back stays, and what is made of it follows.
    assert run(tides("bcd", "xy"), READING) == ["unchanged", "passed"]
    assert (seen(config), seen(config, SEEN)) == ("ab", "ab")
    assert run(tides("bcd", "xy"), READING) == ["unchanged", "unchanged"]
    # With new input the stage goes on from what was put back.
    assert run(tides("bce", "xy"), READING) == ["passed", "passed"]
    assert (seen(config), seen(config, FLOOD), seen(config, SEEN)) == ("bce", "xy", "bce")


def test_a_table_that_was_not_there_yet_is_empty_again(
    config: Config, run: Callable[..., list[str]]
) -> None:
    run(tides("ab", "", Mode.APPEND))
    first = version(config)
    run(tides("c", "xy", Mode.APPEND))
    assert seen(config, FLOOD) == "xy"
    restore.restore(config, "silver.ebb", first)
    assert (seen(config), seen(config, FLOOD)) == ("ab", "")


def test_to_where_it_stands_is_nothing_to_do(config: Config, run: Callable[..., list[str]]) -> None:
    run(tides("ab", "x"))
    before = version(config)
    assert restore.restore(config, "silver.ebb", before) == []
    assert version(config) == before


@pytest.mark.parametrize(
    ("name", "number", "told"),
    [("silver.ebb", 99, "never published at version 99; it was at 1"),
     ("silver.none", 1, "no table silver.none"), ("ops.published", 1, "never put back")],
)  # fmt: skip
def test_what_cannot_be_put_back_is_told(
    config: Config, run: Callable[..., list[str]], name: str, number: int, told: str
) -> None:
    run(tides("ab", "x"))
    with pytest.raises(UsageError, match=told):
        restore.restore(config, name, number)


@pytest.mark.parametrize("moment", ["before the ledger", "after the ledger"])
def test_a_restore_that_dies_is_finished_once(
    config: Config, run: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    class Died(BaseException):
        pass

    append = ledger.append

    def die(*given: Any) -> None:
        if moment == "after the ledger":
            append(*given)
        raise Died

    first = replaced(config, run)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "append", die)
        with pytest.raises(Died):
            restore.restore(config, "silver.ebb", first)
    warehouse = Warehouse.at(config.warehouse)
    with pytest.raises(PapertideError, match="papertide run finishes it"):
        check_finished(warehouse)
    assert restore.finish(warehouse)
    assert not restore.finish(warehouse)
    assert (seen(config), seen(config, FLOOD)) == ("ab", "x")
    assert len(ledger.publications(warehouse, EBB)) == 3


def test_a_restore_that_wakes_when_another_run_has_cleared_up_is_dropped(
    config: Config, run: Callable[..., list[str]]
) -> None:
    first = replaced(config, run)
    warehouse = Warehouse.at(config.warehouse)
    planned = restore._plan(warehouse, (EBB, FLOOD), EBB.name, first)
    with lease.hold(warehouse.root, warehouse.path(PUBLISHED), "asleep", 0.0):
        intent = {"run_id": "asleep", "tables": planned, "epoch": lease.epoch(warehouse.root)}
    with lease.hold(warehouse.root, warehouse.path(PUBLISHED), "awake", 0.0):
        check_finished(warehouse)
        restore._write_intent(warehouse, intent)
        assert not restore.finish(warehouse)
        check_finished(warehouse)
    assert (seen(config), seen(config, FLOOD)) == ("bcd", "xy")


@pytest.mark.slow
def test_maintenance_changes_files_and_not_what_readers_see(
    config: Config, run: Callable[..., list[str]]
) -> None:
    for letters in "abc":
        run(tides(letters, letters, Mode.APPEND), READING)
    (row, *_) = maintenance.maintain(config)
    assert (row["table"], row["files_before"] > 1, row["files_after"]) == ("silver.ebb", True, 1)
    warehouse = Warehouse.at(config.warehouse)
    assert seen(config) == "abc"
    assert version(config) == ledger.version(warehouse, EBB)
    # The same rows: nothing is read again for them.
    assert run(tides("c", "c", Mode.APPEND), READING) == ["unchanged", "unchanged"]
    before = version(config)
    maintenance.maintain(config)
    assert version(config) == before
    assert (Path(warehouse.path(PUBLISHED)) / "_delta_log" / "_last_checkpoint").is_file()


def test_versions_whose_files_are_gone_cannot_be_put_back(
    config: Config, run: Callable[..., list[str]]
) -> None:
    first = replaced(config, run)
    warehouse = Warehouse.at(config.warehouse)
    row = maintenance._maintain(warehouse, EBB, timedelta(0), "r9")
    assert row["removed"] > 0
    assert seen(config) == "bcd"
    with pytest.raises(PapertideError, match=r"no longer whole.*\n.*keep_days"):
        restore.restore(config, "silver.ebb", first)
    assert seen(config, FLOOD) == "xy"


def test_what_a_gate_stopped_holds_back_nothing(config: Config) -> None:
    warehouse = Warehouse.at(config.warehouse)
    staged = Path(warehouse.staging("tides", "run")) / EBB.name / "part.parquet"
    staged.parent.mkdir(parents=True)
    staged.touch()
    check_finished(warehouse)
    (staged.parents[1] / INTENT).write_text("{}")
    with pytest.raises(PapertideError, match="papertide run finishes it"):
        check_finished(warehouse)


def test_a_commit_of_somebody_else_is_in_the_history(
    config: Config, run: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "BY_NAME", {EBB.name: EBB})
    run(tides("ab", "x"))
    table = DeltaTable(Warehouse.at(config.warehouse).path(EBB))
    for note in ("by hand", "[1]"):
        properties = CommitProperties(custom_metadata={"userMetadata": note})
        nothing = table.to_pyarrow_table().slice(0, 0)
        write_deltalake(table, nothing, mode="append", commit_properties=properties)
    newest, *before = look.history(Warehouse.at(config.warehouse), EBB.name)
    assert newest["run"] is None and "tides" in {row["stage"] for row in before}
