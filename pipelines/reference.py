"""The reference pages, made from what the code declares: `make docs` writes them.

Tables and columns come from `jobs/tables`, settings from `conf/model.py`, commands from the parser,
formats and sources from their modules. A test says that the pages are current.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from conf.model import Config
from jobs.feeds import FEEDS
from jobs.tables.catalog import TABLES
from jobs.tables.core import Facts, Table
from pipelines.harvest import SOURCES
from pipelines.sql.functions import FUNCTIONS
from pipelines.stages import PIPELINE

FOLDER = Path("docs/reference")
# Of the first run a few checks ask less: there is nothing yet to compare with.
_LATER_RUN = Facts(
    rows=1, published=1, due_feeds=(), allowed_loss=0, allowed_shrink=0, seen="published"
)


def tables() -> str:
    """Every table with its grain, the stage that writes it, its columns, row rules and checks."""
    writer = {output.table.name: stage.name for stage in PIPELINE for output in stage.writes}
    lines = ["# Tables", "", *_rows(("table", "one row a", "written by"), (
        (f"[{t.name}](#{t.name.replace('.', '')})", t.grain.removeprefix("one row a "),
         writer.get(t.name, "the runner" if t.name.startswith("ops.") else "a command"))
        for t in TABLES
    ))]  # fmt: skip
    for table in TABLES:
        lines += ["", f"## {table.name}", "", *_table(table)]
    return _page(lines)


def _table(table: Table) -> Iterator[str]:
    yield f"{table.grain[0].upper()}{table.grain[1:]}. Key: {', '.join(table.key) or 'none'}."
    yield ""
    columns = ((c.name, c.type, c.comment) for c in table.columns)
    yield from _rows(("column", "type", "meaning"), columns)
    if table.rules:
        yield ""
        rules = ((r.name, r.severity.value, r.why) for r in table.rules)
        yield from _rows(("row rule", "severity", "why"), rules)
    if table.checks:
        yield ""
        checks = ((c.name, c.severity.value, c.why) for c in table.checks_given(_LATER_RUN))
        yield from _rows(("check of the whole table", "severity", "why"), checks)


def settings() -> str:
    """Every setting with its default and meaning."""
    intro = (
        "`papertide config` prints the values in force. Give one as `--set key=value`, in a file "
        "for `--conf FILE`, or as `PAPERTIDE__SECTION__KEY=value` in the environment."
    )
    lines = ["# Settings", "", intro]
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for key, field in _fields(Config):
        sections.setdefault(key.split(".")[0] if "." in key else "general", []).append(
            (f"`{key}`", _default(field), field.description or "")
        )
    for name, rows in sections.items():
        lines += ["", f"## {name}", "", *_rows(("key", "default", "meaning"), rows)]
    return _page(lines)


def _fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, f"{prefix}{name}.")
        elif name == "feeds" and not prefix:
            feed = _value_type(kind)
            yield from _fields(feed, "feeds.NAME.")
        else:
            yield f"{prefix}{name}", field


def _value_type(mapping: Any) -> type[BaseModel]:
    value: type[BaseModel] = mapping.__args__[1]
    return value


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "must be given"
    if field.default is None:
        return "none"
    text = str(field.default)
    return f"`{text}`" if text else "empty"


def commands() -> str:
    """Every command with its arguments and options, as `--help` has them."""
    from pipelines.cli import papertide

    intro = (
        "Results go to standard output, progress to standard error. Exit status: 0 done, 1 failed, "
        "2 wrong use, 3 stopped by a gate."
    )
    lines = ["# Commands", "", intro]
    for name, command in _commands(papertide, "papertide"):
        context = click.Context(command, info_name=name)
        usage = " ".join(command.collect_usage_pieces(context))
        lines += ["", f"## {name}", "", f"    {name} {usage}", "", _paragraph(command.help)]
        options = [
            record
            for each in command.get_params(context)
            if isinstance(each, click.Option)
            and "--help" not in each.opts
            and (record := each.get_help_record(context))
        ]
        if options:
            rows = ((f"`{option}`", meaning) for option, meaning in options)
            lines += ["", *_rows(("option", "meaning"), rows)]
    return _page(lines)


def _commands(group: click.Group, prefix: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def _paragraph(text: str | None) -> str:
    return " ".join((text or "").split())


def feeds() -> str:
    """Formats that are read, and sources that are harvested."""
    formats = ((name, feed.about) for name, feed in FEEDS.items())
    sources = (
        (
            name,
            source.about,
            ", ".join(f"`{each}`" for each in source.parameters) or "none",
            ", ".join(f"`{each}`" for each in filter(None, source.date_fields)) or "the day itself",
            f"{source.pause_seconds:g} s",
        )
        for name, source in SOURCES.items()
    )
    return _page([
        "# Formats and sources", "", "## Formats that are read", "",
        *_rows(("format", "reads"), formats), "", "## Sources that are harvested", "",
        *_rows(("source", "brings", "`parameters`", "`date_field`", "pause"), sources),
    ])  # fmt: skip


def functions() -> str:
    """The functions of SQL."""
    rows = ((f"`{each.usage}`", each.meaning) for each in FUNCTIONS)
    return _page(["# Functions of SQL", "", *_rows(("function", "gives"), rows)])


PAGES: Mapping[str, Callable[[], str]] = {
    "tables": tables,
    "settings": settings,
    "commands": commands,
    "feeds": feeds,
    "functions": functions,
}


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _page(lines: Iterable[str]) -> str:
    note = "<!-- Made by `make docs` from what the code declares: change it there. -->"
    return "\n".join([note, "", *lines]) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / f"{name}.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
    print(f"wrote {len(PAGES)} pages to {FOLDER}", file=sys.stderr)
