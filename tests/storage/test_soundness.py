"""Damage and foreign writes are found, said in words, and put right; old tables are upgraded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from conf import Config, load
from jobs.tables.bronze import FILES, RAW_RECORDS
from jobs.tables.core import Column, Table
from jobs.tables.gold import SCORES
from jobs.tables.ops import PUBLISHED, RUNS, STAGES
from jobs.tables.silver import RECORDS
from papertide.duck import ask, rows
from papertide.snapshot import resolve
from pipelines.cli import main
from pipelines.commands import inspect as look
from pipelines.commands.repair import repair
from pipelines.commands.restore import restore
from pipelines.engine.upgrade import lacking, upgrade, upgrade_tables
from storage import ledger, soundness
from storage.errors import PapertideError, UsageError
from storage.home import home
from storage.soundness import check_sound, findings
from storage.warehouse import Warehouse, one_writer


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load([], [f"warehouse={tmp_path / 'w'}"], {})


@pytest.fixture
def warehouse(config: Config) -> Warehouse:
    """Two publications of the scores and of the stage that ingests, four rows each."""
    house = Warehouse.at(config.warehouse)
    for table in (SCORES, RAW_RECORDS, FILES):
        for sequence in (1, 2):
            _publish(house, table, sequence)
    return house


def _publish(house: Warehouse, table: Table, sequence: int, rows: int = 2) -> None:
    ledger.create(house, table)
    _write(house, table, rows, f"{sequence}-")
    row = {
        "table": table.name, "sequence": sequence, "version": sequence, "rows": rows * sequence,
        "run_id": f"r{sequence}", "stage": "s", "published_at": datetime(2026, 1, sequence, tzinfo=UTC),
    }  # fmt: skip
    ledger.append(house, PUBLISHED, [row])


def _write(house: Warehouse, table: Table, rows: int, prefix: str) -> None:
    delta = DeltaTable(house.path(table))
    schema = pa.schema(delta.schema().to_arrow())
    full = [dict.fromkeys(table.column_names) | {table.key[0]: f"{prefix}{n}"} for n in range(rows)]
    write_deltalake(delta, pa.Table.from_pylist(full, schema=schema), mode="append")


def _cut(house: Warehouse) -> None:
    file = _data_file(house)
    file.write_bytes(file.read_bytes()[:-100])


def _remove(house: Warehouse) -> None:
    _data_file(house).unlink()


def _data_file(house: Warehouse) -> Path:
    """A file of the second publication of the scores."""
    path = house.path(SCORES)
    first = set(DeltaTable(path, version=1).file_uris())
    (file,) = set(DeltaTable(path, version=2).file_uris()) - first
    return Path(file.removeprefix("file://"))


def _garble(house: Warehouse) -> None:
    _last_log(house, SCORES).write_text('{"add": {"path": "x"')


def _empty(house: Warehouse) -> None:
    _last_log(house, SCORES).write_text("")


def _last_log(house: Warehouse, table: Table) -> Path:
    return max(Path(house.path(table), "_delta_log").glob("*.json"))


def _shorten(house: Warehouse) -> None:
    _last_log(house, SCORES).unlink()


def _remove_log(house: Warehouse) -> None:
    for file in Path(house.path(SCORES), "_delta_log").iterdir():
        file.unlink()


DAMAGE: dict[str, tuple[Callable[[Warehouse], None], str]] = {
    "cut file": (_cut, "bytes instead of"),
    "missing file": (_remove, "is missing"),
    "garbled log": (_garble, "is no JSON"),
    "emptied log": (_empty, "is empty"),
    "shortened log": (_shorten, "version 2 was published, its log ends at 1"),
    "no log": (_remove_log, "gold.scores: its log cannot be read"),
}


def test_a_sound_warehouse_passes(warehouse: Warehouse) -> None:
    assert findings(warehouse) == []
    check_sound(warehouse)
    assert {row["state"] for row in look.tables(warehouse)} == {"sound", None}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_said_with_table_and_file_and_repaired(
    warehouse: Warehouse, config: Config, kind: str
) -> None:
    spoil, told = DAMAGE[kind]
    spoil(warehouse)
    with pytest.raises(PapertideError) as stopped:
        check_sound(warehouse)
    assert "gold.scores: " in str(stopped.value) and told in str(stopped.value)
    assert "papertide repair gold.scores" in str(stopped.value)
    (state,) = (r["state"] for r in look.tables(warehouse) if r["table"] == "gold.scores")
    assert told.removeprefix("gold.scores: ") in state
    rows = repair(config, "gold.scores")
    assert [row["table"] for row in rows] == ["gold.scores"]
    check_sound(warehouse)
    # The first publication is whole, where its log is.
    assert rows[0]["rows"] == (0 if kind == "no log" else 2)
    assert repair(config, "gold.scores") == []
    assert set(ledger.fingerprints(warehouse).values()) == {""}  # every stage runs again


@pytest.mark.parametrize("command", ["tables", "doctor"])
@pytest.mark.parametrize("kind", DAMAGE)
def test_commands_name_the_table_and_no_class(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str], kind: str, command: str
) -> None:
    DAMAGE[kind][0](warehouse)
    with pytest.raises(SystemExit):
        main([command, "--format", "json", "--set", f"warehouse={warehouse.root}"])
    told = "".join(capsys.readouterr())
    assert DAMAGE[kind][1].removeprefix("gold.scores: ") in told and "gold.scores" in told
    assert not re.search(r"Error|Exception|Traceback|\b(?:org|java)\.", told)


@pytest.mark.parametrize("command", ["tables", "doctor", "runs"])
def test_commands_say_what_is_wrong_with_the_ledger(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    ledger.append(warehouse, RUNS, [{"run_id": "a", "state": "started"}])
    for table in (RUNS, PUBLISHED):
        _last_log(warehouse, table).write_text('{"add":')
    with pytest.raises(SystemExit) as ended:
        main([command, "--format", "json", "--set", f"warehouse={warehouse.root}"])
    told = "".join(capsys.readouterr())
    assert ended.value.code == 1 and "papertide repair ops." in told and "garbled" in told
    assert not re.search(r"Error|Exception|Traceback|\b(?:org|java)\.", told)


def test_a_run_that_ended_without_a_word_was_killed(warehouse: Warehouse) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    for run in ("dead", "alive"):
        ledger.append(warehouse, RUNS, [{"run_id": run, "state": "started", "at": begun}])
    with one_writer(warehouse, home(), "alive", 0):
        states = {row["run"]: row["state"] for row in look.runs(warehouse)}
    assert states == {"dead": "killed", "alive": "running"}


def test_records_without_a_whole_publication_keep_sound_files_and_are_read_again(
    warehouse: Warehouse, config: Config
) -> None:
    path = warehouse.path(RAW_RECORDS)
    (first,) = DeltaTable(path, version=1).file_uris()
    Path(first.removeprefix("file://")).unlink()
    rows = {row["table"]: row for row in repair(config, RAW_RECORDS.name)}
    assert (rows[RAW_RECORDS.name]["rows"], rows[FILES.name]["rows"]) == (2, 0)
    assert "cannot be had back" in rows[RAW_RECORDS.name]["remark"]
    check_sound(warehouse)


def test_a_write_of_others_is_found_and_put_back(warehouse: Warehouse, config: Config) -> None:
    _write(warehouse, SCORES, 1, "foreign")
    with pytest.raises(PapertideError, match="changed by others since version 2") as stopped:
        check_sound(warehouse)
    assert "papertide restore gold.scores --version 2" in str(stopped.value)
    restore(config, "gold.scores", 2)
    check_sound(warehouse)
    assert DeltaTable(warehouse.path(SCORES)).to_pyarrow_table().num_rows == 4


def test_what_changes_no_row_is_nobodys_fault(warehouse: Warehouse) -> None:
    DeltaTable(warehouse.path(SCORES)).optimize.compact()
    check_sound(warehouse)


@pytest.mark.parametrize("spoil", ["", '{"commitInfo":'])
def test_a_ledger_whose_last_log_is_spoiled_learns_its_publications_again(
    warehouse: Warehouse, config: Config, spoil: str
) -> None:
    before = ledger.published(warehouse)
    _last_log(warehouse, PUBLISHED).write_text(spoil)
    with pytest.raises(PapertideError, match=r"ops\.published: its log is garbled"):
        soundness.check_ledger(warehouse)
    repair(config, "ops.published")
    soundness.check_ledger(warehouse)
    lost = set(before) - {
        name for name, seen in ledger.published(warehouse).items() if seen == before[name]
    }
    assert lost <= {FILES.name}  # these commits carry no number of a publication


def test_notes_of_stages_go_on_from_the_last_one_where_the_clock_was_put_back(
    warehouse: Warehouse, config: Config
) -> None:
    assert ledger.behind(warehouse) == timedelta()
    ahead = datetime.now(UTC) + timedelta(days=1)
    note = {"run_id": "r", "started_at": ahead, "verdict": "passed", "fingerprint": "f"}
    ledger.append(warehouse, STAGES, [{**note, "stage": "ingest"}])
    assert timedelta(hours=23) < ledger.behind(warehouse) <= timedelta(days=1)
    _cut(warehouse)
    repair(config, "gold.scores")  # which lets all stages run again
    assert set(ledger.fingerprints(warehouse).values()) == {""}


def test_what_may_not_be_read_is_told_as_that(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> None:
        raise PermissionError(13, "Permission denied", warehouse.path(SCORES))

    monkeypatch.setattr(soundness, "garbled_log", closed)
    assert {found.todo for found in findings(warehouse)} == {"give this user the right to read it"}


@pytest.mark.parametrize(
    "name", ["silver.identity", "silver.paper_forwards", "gold.scores", "bronze.records"]
)
def test_what_no_stage_makes_again_is_not_begun_anew(
    config: Config, warehouse: Warehouse, name: str
) -> None:
    with pytest.raises(UsageError, match="what no stage can make again"):
        repair(config, name, rebuild=True)


NARROW = Table(
    "gold.scores", "g", ("id",), (Column("id", "string", "old"), Column("n", "int", "n"))
)
WIDE = Table(
    "gold.scores", "g", ("id",),
    (*NARROW.columns[1:], Column("id", "string", "new"), Column("more", "array<double>", "more")),
)  # fmt: skip


def test_columns_and_comments_are_taken_over_in_place(config: Config) -> None:
    warehouse = Warehouse.at(config.warehouse)
    _publish(warehouse, NARROW, 1)
    assert lacking(warehouse, WIDE) == ["more"]
    content = ledger.published(warehouse)["gold.scores"].content
    (row,) = upgrade_tables(warehouse, "u", [WIDE, PUBLISHED])
    assert (row["added"], row["comments"]) == (["more"], ["id"])
    seen = ledger.published(warehouse)["gold.scores"]
    delta = DeltaTable(warehouse.path(WIDE), version=seen.version)
    found = {f.name: f.metadata["comment"] for f in delta.schema().fields}
    assert found == {"id": "new", "n": "n", "more": "more"}
    assert delta.to_pyarrow_table()["more"].null_count == seen.rows == 2
    assert (seen.content, seen.sequence) == (content, 2)  # the same rows
    check_sound(warehouse)
    assert upgrade_tables(warehouse, "u", [WIDE, PUBLISHED]) == []


@pytest.mark.parametrize("added", ["cited", "authorships"])
def test_records_of_before_have_none_of_a_new_column_and_can_be_read(
    config: Config, added: str
) -> None:
    warehouse = Warehouse.at(config.warehouse)
    columns = tuple(column for column in RECORDS.columns if column.name != added)
    _publish(warehouse, replace(RECORDS, columns=columns), 1)
    (row,) = upgrade_tables(warehouse, "u", [RECORDS, PUBLISHED])
    assert (row["added"], row["comments"]) == ([added], [])
    asked = ask(f"select record_id, {added} from silver.records order by record_id")
    seen = rows(resolve(warehouse.root), asked)
    assert seen == [{"record_id": f"1-{n}", added: None} for n in range(2)]
    assert upgrade_tables(warehouse, "u", [RECORDS, PUBLISHED]) == []


def test_another_type_stops_with_the_command_and_changes_nothing(config: Config) -> None:
    warehouse = Warehouse.at(config.warehouse)
    _publish(warehouse, NARROW, 1)
    other = Table(
        "gold.scores", "g", ("id",), (Column("id", "string", "x"), Column("n", "date", "n"))
    )
    with pytest.raises(PapertideError, match=r"gold\.scores\.n\n(.*\n)+.* date\n.*--rebuild"):
        upgrade_tables(warehouse, "u", [other])
    assert ledger.version(warehouse, other) == 1


def test_the_command_upgrades_every_table(config: Config, warehouse: Warehouse) -> None:
    assert upgrade(config) == []
    delta = DeltaTable(warehouse.path(PUBLISHED))
    assert delta.version() == 6  # nothing was written


def test_the_ledger_itself_takes_columns_over(config: Config) -> None:
    warehouse = Warehouse.at(config.warehouse)
    old = Table(RUNS.name, RUNS.grain, RUNS.key, RUNS.columns[:2])
    ledger.create(warehouse, old)
    upgrade_tables(warehouse, "u", [RUNS])
    ledger.append(warehouse, RUNS, [{"run_id": "a", "state": "done", "message": "m"}])
    assert ledger.rows(warehouse, RUNS)[0]["message"] == "m"
