"""The runner: what is published, kept out, stopped, skipped and finished, on real Delta tables."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from conf import load
from expectations.small import SEEN
from expectations.suite import whole_table
from jobs.tables.bronze import RAW_RECORDS
from jobs.tables.checks import UNIQUE_KEY, not_shrunk, some_rows
from jobs.tables.core import Column, Facts, Rule, Severity, Table
from jobs.tables.ops import PUBLISHED, QUALITY, STAGES
from jobs.tables.silver import QUARANTINE
from pipelines import lineage
from pipelines.commands.inspect import quarantine
from pipelines.engine import gate_runner as judging
from pipelines.engine import runner, small
from pipelines.engine.orphans import has_left
from pipelines.engine.runner import recover, run_stage
from pipelines.engine.stage import Inputs, Mode, Outcome, Output, Params, Run, Stage
from pipelines.engine.staging import stage_outputs
from storage import files, lease, ledger
from storage.errors import GateStoppedError, PapertideError
from storage.lease import LostLeaseError
from storage.warehouse import Warehouse
from tests.frames import frame_of

TIDES = Table(
    "silver.tides",
    grain="one row a tide",
    key=("id",),
    columns=(
        Column("id", "string", "id"),
        Column("height", "int", "metres"),
        Column("marks", "map<string,string>", "where it was read"),
    ),
    rules=(
        Rule("high_enough", "height >= 0", Severity.CRITICAL, why="below the bed", allowed=0.3),
        Rule("not_a_flood", "height < 50", Severity.WARNING, why="rare"),
    ),
    checks=(some_rows("tides come"), UNIQUE_KEY, not_shrunk(Severity.CRITICAL, "tides stay")),
)
Rows = list[tuple[str, int | None]]


@pytest.fixture
def start(spark: SparkSession, tmp_path: Path) -> Callable[..., Run]:
    """A fresh run on one warehouse, as a new process would open it."""

    def started(run_id: str, *overrides: str) -> Run:
        warehouse = Warehouse.at(str(tmp_path / "warehouse"))
        return Run(
            run_id=run_id,
            warehouse=warehouse,
            config=load(overrides=overrides),
            published=ledger.published(warehouse),
            fingerprints=ledger.fingerprints(warehouse),
            model=("", ""),
        )

    return started


def stage(rows: Rows, mode: Mode = Mode.REPLACE, settings: Any = None) -> Stage:
    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        spark = SparkSession.active()
        given = [(key, height, {"b": "2", "a": "1"}) for key, height in rows]
        return {TIDES: frame_of(spark, given, "id string, height int, marks map<string,string>")}

    told = settings if settings is not None else repr(rows)
    return Stage("tides", (), (Output(TIDES, mode),), transform, lambda params: told)


def seen(run: Run, table: Table = TIDES) -> list[dict[str, Any]]:
    """The table as a reader without Spark sees it at its published version."""
    version = ledger.published(run.warehouse)[table.name].version
    rows = DeltaTable(run.warehouse.path(table), version=version).to_pyarrow_table().to_pylist()
    return sorted(rows, key=lambda row: [str(row[key]) for key in table.key])


def test_rows_that_pass_are_published_and_recorded(start: Callable[..., Run]) -> None:
    run = start("r1")
    row = run_stage(stage([("a", 1), ("b", 2)]), run).row
    assert [(r["id"], r["height"]) for r in seen(run)] == [("a", 1), ("b", 2)]
    assert (row["verdict"], row["rows_staged"], row["rows_new"]) == ("passed", 2, 2)
    (recorded,) = ledger.rows(run.warehouse, STAGES)
    assert recorded["rows_new"] == 2 and recorded["jobs"] > 0 and recorded["bytes"] > 0
    assert {q["expectation"] for q in ledger.rows(run.warehouse, QUALITY)} == {
        "high_enough", "not_a_flood", "some_rows", "unique_key", "not_shrunk",
    }  # fmt: skip


@pytest.mark.parametrize("small_bytes", [0, 100_000])
def test_a_table_may_be_empty_where_no_check_forbids_it(
    start: Callable[..., Run], small_bytes: int
) -> None:
    ebb = replace(TIDES, checks=(UNIQUE_KEY,))
    none = stage([])

    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        return {ebb: none.transform(inputs, params)[TIDES]}

    given = replace(none, writes=(Output(ebb, Mode.REPLACE),), transform=transform)
    row = run_stage(given, start("r1", f"run.small_bytes={small_bytes}")).row
    assert (row["verdict"], row["rows_staged"]) == ("unchanged", 0)


@pytest.mark.parametrize("small_bytes", [0, 100_000])
@pytest.mark.parametrize(("rows", "stops"), [
    ([("a", 1), ("a", 2), ("b", 1), ("a", None), ("b", None)], False),
    ([("a", 1), ("b", None), ("b", None)], True),
])  # fmt: skip
def test_a_key_of_several_columns_stands_once(
    start: Callable[..., Run], small_bytes: int, rows: Rows, stops: bool
) -> None:
    ebb = replace(TIDES, key=("id", "height"), rules=(), checks=(UNIQUE_KEY,))
    given = stage(rows)

    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        return {ebb: given.transform(inputs, params)[TIDES]}

    own = replace(given, writes=(Output(ebb, Mode.REPLACE),), transform=transform)
    with pytest.raises(GateStoppedError, match="unique_key") if stops else nullcontext():
        run_stage(own, start("r1", f"run.small_bytes={small_bytes}"))


def test_a_row_that_breaks_a_critical_rule_goes_to_quarantine_with_its_reason(
    start: Callable[..., Run],
) -> None:
    run = start("r1")
    row = run_stage(stage([("a", 1), ("b", -2), ("c", 3), ("d", 60)]), run).row
    assert [r["id"] for r in seen(run)] == ["a", "c", "d"]
    (kept_out,) = seen(run, QUARANTINE)
    assert (kept_out["subject_id"], kept_out["stage"], kept_out["rule"]) == (
        "b", "tides", "high_enough",
    )  # fmt: skip
    assert kept_out["reason"] == "below the bed" and kept_out["run"] == "r1"
    assert json.loads(kept_out["payload"])["height"] == -2
    assert row["rows_staged"] == row["rows_new"] + row["quarantined"] == 4
    assert row["verdict"] == "warned"


def test_a_critical_failure_stops_and_leaves_what_is_published(start: Callable[..., Run]) -> None:
    before = start("r1")
    run_stage(stage([("a", 1), ("b", 2)]), before)
    run = start("r2")
    with pytest.raises(GateStoppedError) as stopped:
        run_stage(stage([(f"t{n}", -1 if n < 10 else 1) for n in range(12)]), run)
    for told in (
        "silver.tides", "high_enough", "observed 0.166667", "below", "Data Docs: file://",
        "measured: share of rows that meet the rule, at least 0", "quarantine --stopped",
    ):  # fmt: skip
        assert told in str(stopped.value)
    assert quarantine(run.warehouse, None, None, None) == []
    kept_out = quarantine(run.warehouse, None, None, "high_enough", stopped=True)
    assert sorted(row["subject_id"] for row in kept_out) == sorted(f"t{n}" for n in range(10))
    assert {row["reason"] for row in kept_out} == {"below the bed"}
    assert [(r["id"], r["height"]) for r in seen(run)] == [("a", 1), ("b", 2)]
    assert len(ledger.rows(run.warehouse, PUBLISHED)) == 1
    verdicts = sorted(row["verdict"] for row in ledger.rows(run.warehouse, STAGES))
    assert verdicts == ["passed", "stopped"]
    assert recover(start("r3"), [stage([])]) == []
    assert quarantine(run.warehouse, None, None, None, stopped=True) == []


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """What a collector of OpenLineage's events got."""
    events: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            events.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{server.server_port}")
        lineage._client.cache_clear()
        yield events
        server.shutdown()
    lineage._client.cache_clear()


def test_each_stage_that_runs_is_an_event_of_openlineage(
    start: Callable[..., Run], collector: list[dict[str, Any]]
) -> None:
    run = start("r1")
    run_stage(stage([("a", 1), ("b", 2)]), run)
    with pytest.raises(GateStoppedError):
        run_stage(stage([("a", -1), ("b", -2)]), run)
    run_stage(stage([("a", 1), ("b", 2)]), start("r2"))  # nothing to do
    assert [event["eventType"] for event in collector] == ["START", "COMPLETE", "START", "FAIL"]
    begun, done, again, failed = collector
    assert begun["run"]["runId"] == done["run"]["runId"]
    assert done["job"] == {"namespace": "papertide", "name": "pipeline.tides", "facets": {}}
    (output,) = done["outputs"]
    assert (output["namespace"], output["name"]) == ("file", run.warehouse.path(TIDES))
    assert output["facets"]["version"]["datasetVersion"] == str(run.published[TIDES.name].version)
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert [one["name"] for one in output["facets"]["schema"]["fields"]] == [
        "id",
        "height",
        "marks",
    ]
    for event in (begun, again, failed):  # of what was there before it wrote nothing
        assert event["outputs"][0]["outputFacets"] == {}
        assert "version" not in event["outputs"][0]["facets"]
    assert "high_enough" in failed["run"]["facets"]["errorMessage"]["message"]


def test_a_collector_that_does_not_answer_holds_up_no_run(
    start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("OPENLINEAGE_URL", f"http://127.0.0.1:{port}")
    lineage._client.cache_clear()
    run = start("r1")
    with caplog.at_level("WARNING", "papertide"):
        run_stage(stage([("a", 1)]), run)
    lineage._client.cache_clear()
    assert [row["id"] for row in seen(run)] == ["a"]
    assert caplog.text.count("lineage: no more of this run is sent") == 1


def test_a_table_is_named_by_its_bucket_or_file() -> None:
    assert lineage.dataset(Warehouse("s3a://tides/house"), TIDES) == (
        "s3a://tides",
        "house/silver/tides",
    )
    assert lineage.dataset(Warehouse("s3a://ada:word@tides/house"), TIDES)[0] == (
        "s3a://ada:**********@tides"
    )
    assert lineage.dataset(Warehouse("/tides/house"), TIDES) == (
        "file",
        "/tides/house/silver/tides",
    )


def test_a_column_that_a_stage_does_not_give_is_named_with_its_table(
    start: Callable[..., Run],
) -> None:
    def transform(inputs: Inputs, params: Params) -> Mapping[Table, DataFrame]:
        return {TIDES: frame_of(SparkSession.active(), [("a", 1)], "id string, depth int")}

    lacking = Stage("tides", (), (Output(TIDES, Mode.REPLACE),), transform)
    with pytest.raises(PapertideError, match=r"silver\.tides lack height, marks; they have id"):
        run_stage(lacking, start("r1"))


def test_the_same_input_is_not_run_again(start: Callable[..., Run]) -> None:
    run_stage(stage([("a", 1)]), start("r1"))
    row = run_stage(stage([("a", 1)]), start("r2")).row
    assert row["verdict"] == "unchanged" and "rows_staged" not in row


def test_another_input_with_the_same_result_adds_no_version(start: Callable[..., Run]) -> None:
    run = start("r1")
    run_stage(stage([("a", 1), ("b", 2)], settings="one"), run)
    version = ledger.version(run.warehouse, TIDES)
    again = start("r2")
    row = run_stage(stage([("b", 2), ("a", 1)], settings="two"), again).row
    assert (row["verdict"], row["rows_staged"]) == ("unchanged", 2)
    assert ledger.version(run.warehouse, TIDES) == version


def test_shuffles_have_more_partitions_with_more_records(start: Callable[..., Run]) -> None:
    run, name = start("r1"), "spark.sql.shuffle.partitions"
    run.published[RAW_RECORDS.name] = ledger.Publication(1, rows=150_001, sequence=1, content=1)
    run_stage(stage([("a", 1)]), run)
    assert run.spark.conf.get(name) == "8"
    del run.published[RAW_RECORDS.name]
    run_stage(stage([("a", 2)]), run)
    assert run.spark.conf.get(name) == "1"


@pytest.mark.parametrize(
    ("mode", "left"),
    [
        (Mode.REPLACE, [("a", 1), ("b", 5), ("d", 4)]),
        (Mode.UPSERT, [("a", 1), ("b", 5), ("c", 3), ("d", 4)]),
    ],
)
def test_modes_differ_in_what_becomes_of_the_rest(
    start: Callable[..., Run], mode: Mode, left: Rows
) -> None:
    run_stage(stage([("a", 1), ("b", 2), ("c", 3)], mode), start("r1"))
    run = start("r2")
    row = run_stage(stage([("a", 1), ("b", 5), ("d", 4)], mode), run).row
    assert [(r["id"], r["height"]) for r in seen(run)] == left
    assert (row["rows_new"], row["rows_changed"]) == (1, 1)
    assert ledger.published(run.warehouse)[TIDES.name].rows == len(left)


def test_a_stage_that_failed_past_its_gate_is_tried_again_in_the_same_run(
    start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError

    run = start("r1")
    with monkeypatch.context() as patch:
        patch.setattr(small, "changes", fail)
        with pytest.raises(OSError):  # noqa: PT011 - no message to match
            run_stage(stage([("a", 1)]), run)
    assert run_stage(stage([("a", 1)]), run).row["verdict"] == "passed"
    assert [r["id"] for r in seen(run)] == ["a"]


def test_what_a_failed_attempt_has_published_is_told_once_and_as_it_was(
    start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_answer(run: Run, outcome: Outcome, quality: list[dict[str, Any]]) -> Any:
        ledger.note_stages(run.warehouse, [outcome.row], quality)
        raise OSError

    run = start("r1")
    with monkeypatch.context() as patch:
        patch.setattr(runner, "_note", lose_the_answer)
        with pytest.raises(OSError):  # noqa: PT011 - no message to match
            run_stage(stage([("a", 1), ("b", 2)]), run)
    again = run_stage(stage([("a", 1), ("b", 2)]), run)
    assert (again.row["verdict"], again.row["rows_new"]) == ("passed", 2)
    assert run.outcomes == [again]
    (noted,) = ledger.rows(run.warehouse, STAGES)
    assert (noted["verdict"], noted["rows_new"]) == ("passed", 2)


@pytest.mark.parametrize("moment", ["before publishing", "after publishing", "after recording"])
@pytest.mark.parametrize(
    ("module", "way"), [(small, "run.small_bytes=100000"), (runner, "run.small_bytes=0")]
)
def test_a_run_that_dies_past_its_gate_is_finished_once(
    start: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    module: ModuleType,
    way: str,
) -> None:
    class Died(BaseException):
        pass

    def die(*_: Any, **__: Any) -> Any:
        raise Died

    given = stage([("a", 1), ("b", -1), ("c", 1), ("d", 1)])
    with monkeypatch.context() as patch:
        if moment == "before publishing":
            patch.setattr(module, "publish", die)
        elif moment == "after publishing":
            patch.setattr(ledger, "append", die)
        else:
            patch.setattr(runner, "_note", die)
        with pytest.raises(Died):
            run_stage(given, start("r1", way))
    run = start("r2", way)
    assert recover(run, [given]) == ["tides"]
    assert recover(run, [given]) == []
    run.fingerprints = ledger.fingerprints(run.warehouse)
    assert run_stage(given, run).row["verdict"] == "unchanged"
    assert [r["id"] for r in seen(run)] == ["a", "c", "d"]
    assert [r["subject_id"] for r in seen(run, QUARANTINE)] == ["b"]
    assert ledger.version(run.warehouse, TIDES) == 1
    assert len(ledger.rows(run.warehouse, PUBLISHED)) == 2


def test_staged_files_without_a_passed_gate_are_thrown_away(
    start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(*_: Any, **__: Any) -> Any:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(judging, "validate", die)
        with pytest.raises(Died):
            run_stage(stage([("a", 1)]), start("r1"))
    run = start("r2")
    assert recover(run, [stage([("a", 1)])]) == []
    assert not (Path(run.warehouse.staging("tides", "r1"))).exists()
    assert TIDES.name not in ledger.published(run.warehouse)


def test_a_run_that_wakes_late_writes_into_no_other_runs_staging(
    start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    asleep = start("r1")

    def and_the_other_wakes(given: Stage, run: Run, params: Params) -> Any:
        staged = stage_outputs(given, run, params)
        stage_outputs(stage([("old", 1)]), asleep, params)
        return staged

    run = start("r2", "run.small_bytes=0")
    monkeypatch.setattr(runner, "stage_outputs", and_the_other_wakes)
    run_stage(stage([("new", 1), ("newer", 1)]), run)
    assert [r["id"] for r in seen(run)] == ["new", "newer"]
    assert recover(start("r3"), [stage([])]) == []
    assert list(Path(run.warehouse.staging("")).iterdir()) == []


@pytest.fixture
def take_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Callable[[], None]]:
    """Have a run take the lease, whoever holds it; what comes back wakes this run, as its process."""
    house = Warehouse.at(str(tmp_path / "warehouse"))

    def taken(run_id: str) -> Callable[[], None]:
        with monkeypatch.context() as patch:
            patch.setattr(lease, "SILENT_SECONDS", -1.0)
            mine = lease._take(house.root, run_id, 0.0)
        lease._fence(house.path(PUBLISHED), mine.epoch)
        monkeypatch.setitem(lease._HELD, house.root, mine)
        return lambda: monkeypatch.setitem(lease._HELD, house.root, mine)

    return taken


class Died(BaseException):
    """The process was killed."""


def die(*_: Any, **__: Any) -> Any:
    raise Died


@pytest.mark.parametrize("way", ["run.small_bytes=100000", "run.small_bytes=0"])
@pytest.mark.parametrize("names", [("r1", "r2"), ("r2", "r1")])
def test_what_a_run_had_written_is_finished_though_one_that_slept_would_publish_other_rows(
    start: Callable[..., Run],
    take_over: Callable[[str], Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
    way: str,
    names: tuple[str, str],
) -> None:
    old, new = stage([("old", 1)]), stage([("new", 1), ("newer", 1)])
    wake = take_over(names[0])
    asleep = start(names[0], way)
    recover(asleep, [old])  # and sleeps before its stage begins
    take_over(names[1])
    with monkeypatch.context() as patch, pytest.raises(Died):
        killed = start(names[1], way)
        recover(killed, [old])
        patch.setattr(ledger, "append", die)
        run_stage(new, killed)  # Delta has its rows, the ledger does not show them
    wake()
    with pytest.raises(LostLeaseError, match=f"run {names[0]} has lost"):
        run_stage(old, asleep)

    take_over("r3")
    run = start("r3", way)
    assert recover(run, [old]) == ["tides"]
    assert [row["id"] for row in seen(run)] == ["new", "newer"]
    run.fingerprints = ledger.fingerprints(run.warehouse)
    assert run_stage(new, run).row["verdict"] == "unchanged"
    assert run_stage(stage([("next", 1)]), run).row["verdict"] == "passed"
    assert [row["id"] for row in seen(run)] == ["next"]
    assert [row["run_id"] for row in ledger.publications(run.warehouse, TIDES)] == [names[1], "r3"]
    assert not has_left(run.warehouse)


@pytest.mark.parametrize("meanwhile", ["published", "unchanged", "nothing"])
def test_an_intent_that_comes_when_another_run_has_cleared_up_is_dropped(
    start: Callable[..., Run],
    take_over: Callable[[str], Callable[[], None]],
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: str,
) -> None:
    before, old = stage([("tide", 1)]), stage([("old", 1)])
    now = stage([("new", 1)]) if meanwhile == "published" else replace(before, settings=str)
    wake = take_over("r1")
    run_stage(before, start("r1"))
    write_text = files.write_text

    def sleep_and_write(*arguments: Any) -> None:
        monkeypatch.setattr(files, "write_text", write_text)
        take_over("r2")
        other = start("r2")
        recover(other, [old])
        if meanwhile != "nothing":
            assert run_stage(now, other).row["verdict"] in ("passed", "unchanged")
        wake()
        write_text(*arguments)

    monkeypatch.setattr(files, "write_text", sleep_and_write)
    with pytest.raises((LostLeaseError, FileNotFoundError)):  # its staged files are gone
        run_stage(old, start("r1"))

    take_over("r3")
    run = start("r3")
    assert recover(run, [old]) == []
    assert [row["id"] for row in seen(run)] == ["new" if meanwhile == "published" else "tide"]
    assert not has_left(run.warehouse)
    assert run_stage(old, run).row["verdict"] == "passed"
    assert [row["id"] for row in seen(run)] == ["old"]


def test_published_tables_carry_their_comments(start: Callable[..., Run]) -> None:
    run = start("r1")
    run_stage(stage([("a", 1)]), run)
    table = DeltaTable(run.warehouse.path(TIDES))
    assert table.metadata().description == TIDES.grain
    comments = {field.name: field.metadata.get("comment") for field in table.schema().fields}
    assert comments == {column.name: column.comment for column in TIDES.columns}


def test_a_gate_knows_what_is_published_and_what_earlier_gates_saw(
    spark: SparkSession, start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Facts] = []

    def noted(table: Table, facts: Facts) -> Any:
        told.append(facts)
        return whole_table(table, facts)

    monkeypatch.setattr(judging, "whole_table", noted)
    by_spark = "run.small_bytes=0"
    run_stage(stage([("a", 1), ("b", 60)]), start("r1", by_spark))
    run_stage(stage([("a", 1), ("b", 60), ("c", 2)]), start("r2"))
    run_stage(stage([("a", 1)]), start("r3", by_spark, "gate.allowed_shrink=1"))
    assert (told[0].seen, told[0].observed) == (None, {})
    assert told[1].seen == SEEN
    assert told[2].seen is not None and spark.sql(f"SELECT * FROM {told[2].seen}").count() == 3
    assert told[2].observed["some_rows"] == (2, 3)
    assert told[2].observed["not_a_flood"] == pytest.approx((0.5, 2 / 3), abs=1e-5)


def test_what_two_stages_write_is_finished_in_the_mode_of_its_own(
    start: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(*_: Any, **__: Any) -> Any:
        raise Died

    adding = stage([("a", 1), ("b", 1)], Mode.APPEND)
    changing = replace(stage([("a", 1), ("b", 2)], Mode.UPSERT), name="ebb")
    run_stage(adding, start("r1"))
    with monkeypatch.context() as patch:
        patch.setattr(small, "publish", die)
        with pytest.raises(Died):
            run_stage(changing, start("r2"))
    run = start("r3")
    assert recover(run, [changing, adding]) == ["ebb"]
    assert [(row["id"], row["height"]) for row in seen(run)] == [("a", 1), ("b", 2)]
