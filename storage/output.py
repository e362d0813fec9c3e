"""How results are written: a table for a person's eye, JSON (a document or lines), or CSV."""

from __future__ import annotations

import csv
import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

# A person reads no more in a terminal; JSON and CSV give every row, whole.
SHOWN_ROWS = 1000
SHOWN_WIDTH = 60
PIPED_WIDTH = 10_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_FORMULA = re.compile(r"[\t\r]| *[=+\-@＝＋－＠]")

Rows = Iterable[Mapping[str, Any]]


def write(columns: Sequence[str], rows: Rows, form: str, out: TextIO) -> int:
    """Write rows, each a mapping that holds every column; returns how many were written.

    Forms are `table`, `json`, `jsonl` (an object a line), `csv`, and `lines`, a line a value.
    """
    writers = {"table": _table, "lines": _lines, "json": _json, "jsonl": _jsonl, "csv": _csv}
    return writers[form](columns, rows, out)


def write_sections(
    sections: Mapping[str, Sequence[Mapping[str, Any]]], form: str, out: TextIO
) -> None:
    """Write several lists of rows: as one JSON object, or as a `table` each under its name."""
    if form == "json":
        document = {name: [plain(row) for row in rows] for name, rows in sections.items()}
        out.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
        return
    for name, rows in sections.items():
        out.write(f"{name}: {len(rows) or 'none'}\n")
        if rows:
            _table(list(rows[0]), rows, out)
        out.write("\n")


def _table(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    found = list(islice(rows, SHOWN_ROWS + 1))
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        numbers = all(isinstance(row[name], int | float | None) for row in found)
        shown.add_column(
            Text(name),
            no_wrap=True,
            overflow="ellipsis",
            max_width=SHOWN_WIDTH,
            justify="right" if numbers and found else "left",
        )
    for row in found[:SHOWN_ROWS]:
        shown.add_row(*(Text(_cell(row[name])) for name in columns))
    Console(file=out, width=None if out.isatty() else PIPED_WIDTH).print(shown)
    return _told_of_more(found)


def _lines(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    width = max(map(len, columns))
    found = list(islice(rows, SHOWN_ROWS + 1))
    for number, row in enumerate(found[:SHOWN_ROWS], 1):
        out.write(f"-- row {number}\n")
        for name in columns:
            out.write(f"{name:<{width}}  {_cell(row[name])}\n")
    return _told_of_more(found)


def _told_of_more(found: Sequence[Any]) -> int:
    if len(found) > SHOWN_ROWS:
        print(f"(the first {SHOWN_ROWS:,} rows; the format csv gives all)", file=sys.stderr)
    return min(len(found), SHOWN_ROWS)


def _json(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    out.write("[")
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last is the number of rows
        out.write(",\n " if count > 1 else "")
        out.write(json.dumps({name: plain(row[name]) for name in columns}, ensure_ascii=False))
    out.write("]\n")
    return count


def _jsonl(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last is the number of rows
        told = {name: plain(row[name]) for name in columns}
        out.write(json.dumps(told, ensure_ascii=False) + "\n")
    return count


def _csv(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(inert, columns))
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the last is the number of rows
        writer.writerow([inert(row[name]) for name in columns])
    return count


def inert(value: Any) -> str:
    """A value as the text of a cell that no sheet takes for a formula, nor a terminal for an order.

    Text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe before
    it (OWASP, "CSV Injection"), also behind spaces, which sheets leave out; numbers stay as they
    are. Control characters go, except line breaks and tabs within the text.
    """
    text = _CONTROL.sub("", _flat(value))
    if isinstance(value, str) and _FORMULA.match(text):
        return f"'{text}"
    return text


def _cell(value: Any) -> str:
    """A value in one line without control characters, which a terminal would obey."""
    text = f"{value:.6g}" if isinstance(value, float) else _flat(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict | tuple):
        return json.dumps(plain(value), ensure_ascii=False)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def plain(value: Any) -> Any:
    """A value as JSON knows it; a number that is none becomes null."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return _flat(value)
