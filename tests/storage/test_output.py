"""Results as a table, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest

from storage.output import write

ROWS: list[dict[str, object]] = [
    {"title": 'Tide, "and" ebb', "n": 3, "on": date(2024, 5, 27), "tags": ["a", "b"]},
    {"title": None, "n": None, "on": None, "tags": None},
]
COLUMNS = ["title", "n", "on", "tags"]


def written(form: str, rows: list[dict[str, object]] = ROWS) -> str:
    out = io.StringIO()
    write(COLUMNS, rows, form, out)
    return out.getvalue()


def test_json_is_one_document_with_every_value() -> None:
    first, second = json.loads(written("json"))
    assert first == {
        "title": 'Tide, "and" ebb', "n": 3, "on": "2024-05-27", "tags": ["a", "b"],
    }  # fmt: skip
    assert set(second.values()) == {None}


def test_json_of_no_rows_is_an_empty_list() -> None:
    assert json.loads(written("json", [])) == []


def test_csv_can_be_read_back() -> None:
    header, first, second = csv.reader(io.StringIO(written("csv")))
    assert header == COLUMNS
    assert first == ['Tide, "and" ebb', "3", "2024-05-27", '["a", "b"]']
    assert second == [""] * 4


def test_a_table_has_a_line_a_row_and_no_control_characters() -> None:
    hostile = "red \x1b[31m[bold]alert\nnext\u202e"
    out = written("table", [{"title": hostile, "n": 1, "on": None, "tags": None}])
    assert out.count("\n") == 2
    assert "\x1b" not in out and "\u202e" not in out
    assert "[bold]alert" in out


def test_not_a_number_is_null_in_json() -> None:
    rows: list[dict[str, object]] = [{**ROWS[1], "n": float("nan")}]
    assert json.loads(written("json", rows))[0]["n"] is None


class Terminal(io.StringIO):
    """A terminal of 80 columns."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    return Terminal()


def test_in_a_narrow_terminal_only_long_values_are_cut(terminal: Terminal) -> None:
    row = {"run": "20260101T000000-abcdef", "n": 123_456, "why": "tide " * 30, "how": "ebb " * 8}
    write(list(row), [row, {**row, "how": "flow"}], "table", terminal)
    header, *lines = terminal.getvalue().splitlines()
    assert header.split() == list(row)
    for line in lines:
        assert len(line) <= 80
        assert line.split()[:2] == ["20260101T000000-abcdef", "123456"]
        assert "tide tide t" in line and "…" in line


def test_what_does_not_fit_has_a_line_a_value(terminal: Terminal) -> None:
    row = {f"column {number}": "a value of twenty-two " for number in range(4)}
    write(list(row), [row], "table", terminal)
    assert terminal.getvalue().splitlines() == [
        "-- row 1", *(f"{name}  {value}" for name, value in row.items()),
    ]  # fmt: skip
