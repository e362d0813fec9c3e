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

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

# A person reads no more in a terminal; JSON and CSV give every row, whole.
SHOWN_ROWS = 1000
SHOWN_WIDTH = 60
PIPED_WIDTH = 10_000
# Names, ids, days and numbers are short, and worth nothing when cut; of a sentence so much tells
# what it is about.
_SHORT, _LEAST = 25, 10
_BETWEEN = 2  # blanks
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
    """A line a row; where the terminal is too narrow for that, a line a value, as psql does."""
    listed = list(islice(rows, SHOWN_ROWS + 1))
    console = Console(file=out, width=None if out.isatty() else PIPED_WIDTH)
    cells = [[_cell(row[name]) for name in columns] for row in listed[:SHOWN_ROWS]]
    widths = _widths(columns, cells, console.width)
    if widths is None:
        return _lines(columns, listed, out)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in zip(columns, widths, strict=True):
        numbers = all(isinstance(row[name], int | float | None) for row in listed)
        table.add_column(
            Text(name),
            no_wrap=True,
            overflow="ellipsis",
            width=width,
            justify="right" if numbers and listed else "left",
        )
    for texts in cells:
        table.add_row(*map(Text, texts))
    console.print(table)
    return _count_shown(listed)


def _widths(columns: Sequence[str], cells: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """The width of each column: only long ones are cut. None where that leaves them too little."""
    needed = [
        min(SHOWN_WIDTH, max(cell_len(text) for text in (name, *(row[at] for row in cells))))
        for at, name in enumerate(columns)
    ]
    room -= _BETWEEN * (len(columns) - 1) + sum(width for width in needed if width <= _SHORT)
    long = sorted(width for width in needed if width > _SHORT)
    if room < _LEAST * len(long):
        return None
    most = SHOWN_WIDTH
    for at, width in enumerate(long):  # what the shorter leave goes to the longer
        most = room // (len(long) - at)
        if width > most:
            break
        room -= width
    return [width if width <= _SHORT else min(width, most) for width in needed]


def _lines(columns: Sequence[str], rows: Rows, out: TextIO) -> int:
    width = max(map(len, columns))
    listed = list(islice(rows, SHOWN_ROWS + 1))
    for number, row in enumerate(listed[:SHOWN_ROWS], 1):
        out.write(f"-- row {number}\n")
        for name in columns:
            out.write(f"{name:<{width}}  {_cell(row[name])}\n")
    return _count_shown(listed)


def _count_shown(rows: Sequence[Any]) -> int:
    if len(rows) > SHOWN_ROWS:
        print(f"(the first {SHOWN_ROWS:,} rows; the format csv gives all)", file=sys.stderr)
    return min(len(rows), SHOWN_ROWS)


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
        values = {name: plain(row[name]) for name in columns}
        out.write(json.dumps(values, ensure_ascii=False) + "\n")
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
