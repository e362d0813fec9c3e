"""How results are written: a table for a person's eye, one JSON document, or CSV."""

from __future__ import annotations

import csv
import json
import math
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

Rows = Iterable[Mapping[str, Any]]


def write(columns: Sequence[str], rows: Rows, form: str, out: TextIO) -> None:
    """Write rows, each a mapping that holds every column, as `table`, `json` or `csv`."""
    {"table": _table, "json": _json, "csv": _csv}[form](columns, rows, out)


def write_sections(
    sections: Mapping[str, Sequence[Mapping[str, Any]]], form: str, out: TextIO
) -> None:
    """Write several lists of rows: as one JSON object, or as a `table` each under its name."""
    if form == "json":
        plain = {name: [_plain(row) for row in rows] for name, rows in sections.items()}
        out.write(json.dumps(plain, ensure_ascii=False, indent=1) + "\n")
        return
    for name, rows in sections.items():
        out.write(f"{name}: {len(rows) or 'none'}\n")
        if rows:
            _table(list(rows[0]), rows, out)
        out.write("\n")


def _table(columns: Sequence[str], rows: Rows, out: TextIO) -> None:
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
    if len(found) > SHOWN_ROWS:
        print(f"(the first {SHOWN_ROWS:,} rows; --format csv gives all)", file=sys.stderr)


def _json(columns: Sequence[str], rows: Rows, out: TextIO) -> None:
    out.write("[")
    for number, row in enumerate(rows):
        out.write(",\n " if number else "")
        out.write(json.dumps({name: _plain(row[name]) for name in columns}, ensure_ascii=False))
    out.write("]\n")


def _csv(columns: Sequence[str], rows: Rows, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_flat(row[name]) for name in columns])


def _cell(value: Any) -> str:
    """A value in one line without control characters, which a terminal would obey."""
    text = f"{value:.6g}" if isinstance(value, float) else _flat(value)
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict | tuple):
        return json.dumps(_plain(value), ensure_ascii=False)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _plain(value: Any) -> Any:
    """A value as JSON knows it; a number that is none becomes null."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return _flat(value)
