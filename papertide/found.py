"""What a question found: rows that become Arrow, pandas, Polars, a page of a notebook or a file."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from papertide import export
from storage.errors import UsageError

if TYPE_CHECKING:
    import pandas
    import polars

_SHOWN = 20
_SHOWN_LETTERS = 120


@dataclass(frozen=True)
class Found:
    """Rows, in their order.

    Attributes:
        table: the rows as an Arrow table.
        hits: rows that there are in all, of which these are a part; None where nobody counted.
        notes: what a person should know: why nothing was found, what was searched instead.
        whole: gives papers with all columns of silver.papers, for exports; None of other rows.
    """

    table: pa.Table
    hits: int | None = None
    notes: tuple[str, ...] = ()
    whole: Callable[[Sequence[str]], pa.Table] | None = field(default=None, repr=False)

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.table.column_names)

    def rows(self) -> list[dict[str, Any]]:
        """The rows as dicts by column name."""
        return self.table.to_pylist()  # type: ignore[no-any-return]

    def arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self.table

    def df(self) -> pandas.DataFrame:
        """The rows as a data frame of pandas."""
        return self.table.to_pandas()  # type: ignore[no-any-return]

    def pl(self) -> polars.DataFrame:
        """The rows as a data frame of Polars, which must be installed."""
        return as_polars(self.table)

    def export(self, form: str, file: str | Path | None = None) -> str:
        """The rows as bibtex, ris, csl-json, csv or jsonl; also into a file, if one is named.

        Raises:
            UsageError: no such form.
            PapertideError: rows that are no papers, as bibtex, ris or csl-json.
        """
        if form not in export.FORMS:
            raise UsageError(f"export: no form {form}; there are {', '.join(export.FORMS)}")
        rows = self.rows()
        if form in export.ENTRIES and self.whole and "paper_id" in self.columns:
            ids = list(dict.fromkeys(row["paper_id"] for row in rows))
            by_id = {row["paper_id"]: row for row in self.whole(ids).to_pylist()}
            rows = [by_id[paper_id] for paper_id in ids if paper_id in by_id]
        elif form == "csv":
            rows = [{**row, **_join_lists(row)} for row in rows]
        text = export.write(rows, form, self.columns)
        if file is not None:
            Path(file).write_text(text, encoding="utf-8")
        return text

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows())

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self.rows()[place]

    def __repr__(self) -> str:
        lines = [
            f"{number:>3}. {_short(' · '.join(_cell(v) for v in row.values() if v is not None))}"
            for number, row in enumerate(self._first_rows(), 1)
        ]
        return "\n".join([self._count_text(), *lines, *self.notes])

    def _repr_html_(self) -> str:
        return as_html(self._first_rows(), self.columns, [self._count_text(), *self.notes])

    def _first_rows(self) -> list[dict[str, Any]]:
        """The rows that are shown."""
        # A slice of a table without columns has as many rows as it is asked for.
        return self.table.slice(0, min(_SHOWN, len(self))).to_pylist()  # type: ignore[no-any-return]

    def _count_text(self) -> str:
        of = f" of {self.hits:,}" if self.hits is not None and self.hits != len(self) else ""
        return f"{len(self):,}{of} {'row' if len(self) == 1 else 'rows'}"


def as_polars(table: pa.Table) -> polars.DataFrame:
    """An Arrow table as a data frame of Polars.

    Raises:
        UsageError: Polars is not installed.
    """
    try:
        import polars
    except ImportError as error:
        raise UsageError("Polars is not installed here: pip install polars") from error
    frame = polars.from_arrow(table)
    assert isinstance(frame, polars.DataFrame)  # only a column alone would be a series
    return frame


def as_html(rows: Sequence[dict[str, Any]], columns: Sequence[str], notes: Sequence[str]) -> str:
    """Rows as a table of HTML, in which all text is text."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape(_short(_cell(row[n])))}</td>" for n in columns)
        + "</tr>"
        for row in rows
    )
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in notes)
    return f"{lines}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _join_lists(row: dict[str, Any]) -> dict[str, str]:
    """Lists of a row as a person reads them: names and words with semicolons between."""
    return {
        name: _cell(value)
        for name, value in row.items()
        if isinstance(value, list) and all(map(_is_named, value))
    }


def _is_named(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and "name" in value)


def _cell(value: Any) -> str:
    """A value in one line without control characters."""
    if isinstance(value, list):
        return "; ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return _cell(value.get("name", " ".join(str(part) for part in value.values())))
    if isinstance(value, float):
        return f"{value:.4g}"
    text = "" if value is None else value.isoformat() if isinstance(value, date) else str(value)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_LETTERS else text[: _SHOWN_LETTERS - 1] + "…"
