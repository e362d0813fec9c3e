"""Runs with nothing to do, and calls that cannot run: neither Spark nor Prefect is touched."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest

from conf import Config, load
from jobs.tables.bronze import FILES
from jobs.tables.ops import PUBLISHED, RUNS, STAGES
from pipelines.engine import run_context
from pipelines.engine.fingerprint import opening_row, params_of
from pipelines.engine.run_context import chosen_feeds, list_feeds, looking
from pipelines.engine.unchanged import records_to_do
from pipelines.flows.selection import up_to
from pipelines.stages import PIPELINE
from storage import lease, ledger
from storage.errors import PapertideError
from storage.lease import LostLeaseError
from storage.warehouse import Warehouse
from tests.dashboard.rows import publish

HEAVY = ("pyspark", "prefect", "great_expectations", "sparknlp")
CALL = """
import sys
from pipelines.cli import main
try:
    main(sys.argv[2:])
finally:
    print([name for name in sys.argv[1].split(",") if name in sys.modules], file=sys.stderr)
"""
# Calls one after the other in one process: the exit status of each, and what it tells.
CALLS = """
import contextlib, io, json, sys
from pipelines.cli import main
heavy, calls = sys.argv[1].split(","), json.loads(sys.argv[2])
ended = []
for arguments in calls:
    with contextlib.redirect_stderr(io.StringIO()) as told:
        try:
            main(arguments)
        except SystemExit as end:
            status = end.code
    ended.append([status, told.getvalue(), [name for name in heavy if name in sys.modules]])
print(json.dumps(ended))
"""


def call(*arguments: object) -> CompletedProcess[str]:
    """The command in a process of its own; its last line of errors are the HEAVY modules."""
    return _python(CALL, *map(str, arguments))


def _python(script: str, *arguments: str) -> CompletedProcess[str]:
    named = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "PAPERTIDE_N"))}
    return run(
        [sys.executable, "-c", script, ",".join(HEAVY), *arguments],
        capture_output=True, text=True, check=False, env=named,
    )  # fmt: skip


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "2026-01-05.jsonl").write_text('{"id": "1", "title": "Tides of pebbles"}\n')
    return folder


@pytest.fixture
def config(tmp_path: Path, feed: Path) -> Config:
    """A warehouse whose ledger says that the first two stages have read all there is."""
    found = load([], [f"warehouse={tmp_path / 'warehouse'}", f"feeds.papers.path={feed}"], {})
    warehouse = Warehouse.at(found.warehouse)
    ledger.append(warehouse, FILES, [{"feed": "papers", "file": "2026-01-05.jsonl"}])
    seen = {
        "table": FILES.name,
        "sequence": 1,
        "version": 1,
        "rows": 1,
        "run_id": "r",
        "stage": "ingest",
    }
    ledger.append(warehouse, PUBLISHED, [{**seen, "published_at": datetime.now(UTC)}])
    past = looking("r", found, warehouse, None, ())
    past.listing = list_feeds(past, chosen_feeds(found, {}), None)
    rows = [opening_row(stage, past, params_of(stage, past)) for stage in up_to("parse")]
    ledger.note_stages(warehouse, [{**row, "verdict": "passed", "seconds": 1.0} for row in rows])
    return found


def unchanged(config: Config, *forced: str) -> bool:
    return records_to_do(config, {}, None, None, up_to("parse"), forced) is None


def test_nothing_to_do_is_told_and_recorded_without_spark_or_prefect(
    config: Config, feed: Path
) -> None:
    at = ("--set", f"warehouse={config.warehouse}", "--until", "parse")
    done = call("run", "--feed", f"papers={feed}", *at)
    assert done.returncode == 0, done.stderr
    *lines, heavy = done.stderr.splitlines()
    assert [line.split()[0] for line in lines] == ["ingest", "parse"]
    assert all(line.endswith("unchanged nothing to do") for line in lines)
    assert heavy == "[]"
    assert "nothing changed: no published row, no table version" in done.stdout
    warehouse = Warehouse.at(config.warehouse)
    told = [row for row in ledger.rows(warehouse, STAGES) if row["run_id"] != "r"]
    assert {(row["stage"], row["verdict"]) for row in told} == {
        ("ingest", "unchanged"), ("parse", "unchanged"),
    }  # fmt: skip
    assert {row["state"] for row in ledger.rows(warehouse, RUNS)} == {"started", "done"}


def _new_file(config: Config, feed: Path) -> None:
    (feed / "2026-01-06.jsonl").write_text('{"id": "2", "title": "Tides of sand"}\n')


def _changed_file(config: Config, feed: Path) -> None:
    (feed / "2026-01-05.jsonl").write_text('{"id": "1", "title": "Tides of large pebbles"}\n')


def _left_intent(config: Config, feed: Path) -> None:
    folder = Path(Warehouse.at(config.warehouse).staging("identity"))
    folder.mkdir(parents=True)
    (folder / "intent.json").write_text(json.dumps({}))


def _unfinished_restore(config: Config, feed: Path) -> None:
    Path(Warehouse.at(config.warehouse).staging("restore")).mkdir(parents=True)


def _replayed(config: Config, feed: Path) -> None:
    row = {"run_id": "q", "stage": "parse", "started_at": datetime.now(UTC).isoformat()}
    ledger.note_stages(Warehouse.at(config.warehouse), [{**row, "verdict": "replayed"}])


@pytest.mark.parametrize(
    "happens", [_new_file, _changed_file, _left_intent, _unfinished_restore, _replayed]
)
def test_what_must_be_seen_to_is_seen(
    config: Config, feed: Path, happens: Callable[[Config, Path], None]
) -> None:
    assert unchanged(config)
    happens(config, feed)
    assert not unchanged(config)


def test_a_stage_can_be_forced(config: Config) -> None:
    assert not unchanged(config, "parse")
    assert unchanged(config, "papers")  # which does not run here


WRONG = [
    (["--set", "topics.cuont=3"], "topics.cuont: unknown key"),
    (["--feed", "papers=no/such/folder"], "there is nothing at no/such/folder"),
    (["--feed", "paper=."], "no such feed: paper"),
    (["--feed", "papers=.", "--until", "topic"], "did you mean topics"),
    (["--feed", "papers=.", "--from-stage", "never"], "no such stage: never"),
    (["--feed", "papers=.", "--force", "scroes"], "did you mean scores"),
    (["--feed", "papers=.", "--set", "embed.form=static", "--set", "embed.static_dimensions=9"],
     "papertide model"),
]  # fmt: skip


def test_what_cannot_run_is_told_before_anything_starts(tmp_path: Path) -> None:
    warehouse = tmp_path / "none"
    calls = [["run", "--set", f"warehouse={warehouse}", *arguments] for arguments, _ in WRONG]
    done = _python(CALLS, json.dumps(calls))
    assert done.returncode == 0, done.stderr
    for (arguments, words), (status, told, heavy) in zip(
        WRONG, json.loads(done.stdout), strict=True
    ):
        assert status in (1, 2), arguments
        assert words in told and "Traceback" not in told, (arguments, told)
        assert heavy == [], arguments
    assert not warehouse.exists()


def test_missing_jars_are_told_before_anything_starts(
    tmp_path: Path, feed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path / "home"))
    at = ("--set", f"warehouse={tmp_path / 'none'}")
    done = call("run", "--feed", f"papers={feed}", *at)
    assert done.returncode == 1
    assert "make setup" in done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_day_before_anything_was_known_is_told(tmp_path: Path) -> None:
    found = load([], [f"warehouse={tmp_path / 'warehouse'}"], {})
    publish(found.warehouse, {"silver.papers": [{"paper_id": "p", "title": "Tides",
                                                 "first_shown_on": date(2026, 1, 5)}]})  # fmt: skip
    (keyphrases,) = (stage for stage in PIPELINE if stage.name == "keyphrases")

    def as_of(day: date | None) -> date | None:
        past = looking("r", found, Warehouse.at(found.warehouse), day, ())
        return params_of(keyphrases, past).as_of

    assert as_of(None) == as_of(date(2026, 1, 5)) == date(2026, 1, 5)
    with pytest.raises(PapertideError, match="nothing was known as of 2015-06-01.*2026-01-05"):
        as_of(date(2015, 6, 1))


@pytest.mark.parametrize(
    ("error", "is_thorough"),
    [(OSError("Error reading column: x"), True), (PapertideError("its log is garbled"), False)],
)
def test_only_a_fault_that_names_no_table_has_all_tables_read(
    config: Config, monkeypatch: pytest.MonkeyPatch, error: Exception, is_thorough: bool
) -> None:
    looks: list[bool] = []

    def look(warehouse: Warehouse, thorough: bool = False) -> None:
        looks.append(thorough)

    monkeypatch.setattr(run_context, "check_sound", look)
    with pytest.raises(type(error)), run_context.open_run(config, None, None, None, ()):
        raise error
    assert looks == [False, True][: 1 + is_thorough]


def test_a_run_whose_staged_files_are_gone_is_told_if_another_has_taken_the_warehouse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(overrides=[f"warehouse={tmp_path / 'warehouse'}"])

    def lost(root: str) -> None:
        raise LostLeaseError("another run took it")

    with (
        pytest.raises(LostLeaseError, match="another run took it"),
        run_context.open_run(config, None, None, None, ()),
    ):
        monkeypatch.setattr(lease, "check", lost)
        (tmp_path / "warehouse" / "_staging" / "tides.run" / "part.parquet").read_bytes()
