"""What commands say on standard error, as text and as JSON."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import logs
from pipelines.cli import main
from pipelines.engine.stage import Outcome
from pipelines.flows import report

LINE = {"run_id": "r", "stage": "parse", "verdict": "passed", "seconds": 1.25, "rows_staged": 3}


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    log = logging.getLogger("papertide")
    before, propagates = list(log.handlers), log.propagate
    log.handlers.clear()
    yield
    log.handlers[:], log.propagate = before, propagates


def test_a_stage_is_a_line_of_json_with_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json")
    report.progress(Outcome(LINE, warnings=("few rows",)))
    stage, warning = map(json.loads, capsys.readouterr().err.splitlines())
    assert stage["level"] == warning["level"] == "INFO" and stage["at"] <= warning["at"]
    assert (stage["stage"], stage["rows_staged"], stage["seconds"]) == ("parse", 3, 1.25)
    assert stage["message"].startswith("parse ") and "few rows" in warning["message"]


def test_people_get_the_message_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("text")
    report.progress(Outcome(LINE))
    assert capsys.readouterr().err == f"{report.progress_line(LINE)}\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_error_is_said_as_everything_else_is(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--feed", f"papers={tmp_path / 'nowhere'}", "--set", f"log={form}",
              "--set", f"warehouse={tmp_path / 'w'}"])  # fmt: skip
    (first, *_) = capsys.readouterr().err.splitlines()
    said = json.loads(first) if form == "json" else {"message": first.removeprefix("papertide: ")}
    assert ended.value.code and "nowhere" in said["message"]
    assert form == "text" or said["level"] == "ERROR"
