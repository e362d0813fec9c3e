"""Results as a table, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

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
