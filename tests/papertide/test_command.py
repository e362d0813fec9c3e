"""`papertide export`, as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.cli import papertide as commands
from storage.errors import PapertideError


def call(warehouse: str, *arguments: str) -> None:
    commands.main(["export", "--set", f"warehouse={warehouse}", *arguments], standalone_mode=False)


def test_what_is_asked_for_goes_to_standard_output_or_a_file(
    warehouse: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call(warehouse, "--search", "graph", "--by", "words", "--format", "jsonl")
    told = capsys.readouterr().out
    assert [json.loads(line)["paper_id"] for line in told.splitlines()] == ["p1", "p3"]
    file = tmp_path / "x.bib"
    call(warehouse, "--topic", "tides, graphs", "--as-of", "2026-03-01", "--out", str(file))
    assert file.read_text().startswith("@article{p1,")
    assert "1 rows in" in capsys.readouterr().out


def test_an_empty_list_says_why_on_standard_error(
    warehouse: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call(warehouse, "--venue", "Nowhere", "--format", "csv")
    told = capsys.readouterr()
    assert "venue Nowhere" in told.err
    assert told.out.startswith("paper_id,title,")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--query", "select 1 as n"], "these rows have no paper_id"),
        (["--query", "drop table x", "--format", "csv"], "give one SELECT"),
        (["--topic", "nowhere"], "no topic nowhere"),
        (["--as-of", "2001-01-01"], "nothing was published as of 2001-01-01"),
    ],
)
def test_what_cannot_be_written_says_so(warehouse: str, arguments: list[str], told: str) -> None:
    with pytest.raises(PapertideError, match=told):
        call(warehouse, *arguments)
