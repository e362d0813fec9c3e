"""The command line: exit statuses, and errors in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.cli import main


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--feed", "hf-daily"], "expected NAME=PATH"),
        (["run", "--as-of", "yesterday"], "yesterday"),
        (["run", "--until", "never", "--feed", "papers=."], "never"),
        (["config", "--set", "no.such=1"], "no"),
        (["config", "--conf", "/no/such/file.yaml"], "/no/such/file.yaml"),
        (["tides"], "tides"),
    ],
)
def test_wrong_use_ends_with_two_and_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    status, out, err = called(capsys, *arguments)
    assert status == 2
    assert told in err
    assert "Traceback" not in err
    assert out == ""


def test_the_commands_that_look_need_no_warehouse(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    at = ("--set", f"warehouse={tmp_path / 'none'}")
    status, out, _ = called(capsys, "tables", *at)
    assert status == 0
    assert "silver.papers" in out
    for command in ("runs", "quality", "quarantine"):
        status, out, err = called(capsys, command, *at)
        assert (status, out) == (0, "")
        assert "nothing yet" in err
    assert not (tmp_path / "none").exists()


def test_columns_are_told_with_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = called(capsys, "tables", "silver.papers", "--format", "csv")
    assert status == 0
    assert "paper_id" in out
    assert "never used for another paper" in out


def test_a_table_that_is_none_is_told_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, err = called(capsys, "history", "silver.tides")
    assert status in (1, 2)
    assert "silver.tides" in err
    assert "silver.papers" in err
