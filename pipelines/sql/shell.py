"""The shell: statements from a terminal, with history, completion and help, or from a pipe."""

from __future__ import annotations

import io
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory
from pyspark import InheritableThread
from pyspark.sql import SparkSession

from pipelines.commands import inspect as look
from pipelines.sql import help
from pipelines.sql.query import run_query
from pipelines.sql.questions import questions
from pipelines.sql.statements import split, statements
from storage import output
from storage.errors import PapertideError, UsageError
from storage.warehouse import Warehouse

_LEAVING = ("\\q", "exit", "quit")
_FORMS = ("table", "json", "csv")
_PATIENCE_SECONDS = 10.0
_GROUP = "papertide-shell"


@dataclass
class Shell:
    """What the shell's own commands change.

    Attributes:
        form: how rows are written.
        lines: whether a line a value is written instead of a table.
        timing: whether each query's time is told.
    """

    spark: SparkSession
    warehouse: Warehouse
    form: str
    lines: bool = False
    timing: bool = False
    pending: list[str] = field(default_factory=list)


def run_text(spark: SparkSession, text: str, form: str) -> None:
    """Run all statements of a text, one after the other, up to the first that fails.

    Raises:
        PapertideError: a statement failed; those after it were not run.
    """
    for statement in statements(text):
        run_query(spark, statement, form, sys.stdout)


def shell(spark: SparkSession, warehouse: Warehouse, form: str, history: Path) -> None:
    """Ask for statements, each ended by a semicolon, until the end; no error ends it."""
    here = Shell(spark, warehouse, form)
    prompt: PromptSession[str] = PromptSession(
        history=FileHistory(str(history)),
        completer=help.Completing(here.pending, _words(spark)),
        complete_while_typing=False,
    )
    print("SQL over the published tables; \\? for help, \\q to leave", file=sys.stderr)
    for line in _lines(prompt, here):
        if not here.pending and line.strip().rstrip(";") in _LEAVING:
            return
        try:
            _take(here, line)
        except (PapertideError, OSError) as error:
            print(f"papertide: {error}", file=sys.stderr)
        except KeyboardInterrupt:
            print("cancelled", file=sys.stderr)


def _lines(prompt: PromptSession[str], here: Shell) -> Iterator[str]:
    while True:
        try:
            yield prompt.prompt("       ... " if here.pending else "papertide> ")
        except KeyboardInterrupt:  # what was begun is dropped, as in other shells
            here.pending.clear()
        except EOFError:
            return


def _take(here: Shell, line: str) -> None:
    """A line: a command of the shell, or more of a statement, run when it is whole."""
    if not here.pending and line.lstrip().startswith("\\"):
        _command(here, line.strip().rstrip(";"))
        return
    whole, rest = split("\n".join([*here.pending, line]))
    here.pending[:] = [rest] if rest.strip() else []
    for statement in whole:
        _ask(here, statement)


def _command(here: Shell, line: str) -> None:
    name, _, argument = line.partition(" ")
    argument = argument.strip()
    if name in ("\\d", "\\dt", "\\d+"):
        rows = look.columns(argument) if argument else look.tables(here.warehouse)
        _show(lambda out: output.write(list(rows[0]), rows, "table", out))
    elif name == "\\df":
        rows = help.functions()
        _show(lambda out: output.write(list(rows[0]), rows, "lines", out))
    elif name == "\\ask":
        _answer(here, argument)
    elif name == "\\timing":
        here.timing = not here.timing
        print(f"timing is {'on' if here.timing else 'off'}", file=sys.stderr)
    elif name == "\\x":
        here.lines = not here.lines
        print(f"a line a {'value' if here.lines else 'row'}", file=sys.stderr)
    elif name == "\\format" and argument in _FORMS:
        here.form = argument
    elif name == "\\i" and argument:
        for statement in statements(Path(argument).expanduser().read_text(encoding="utf-8")):
            _ask(here, statement)
    elif name in ("\\?", "\\h", "\\help"):
        for usage, meaning in help.COMMANDS.items():
            print(f"{usage:<14} {meaning}")
    else:
        raise UsageError(f"{line}: no such command; \\? lists them")


def _answer(here: Shell, number: str) -> None:
    """The questions; or the SQL of one, and what it gives."""
    if not number:
        for place, question in enumerate(questions(), 1):
            print(f"{place:>3}  {question}")
        return
    query = help.question_sql(number)
    print(f"{query};\n", file=sys.stderr)
    _ask(here, query)


def _ask(here: Shell, statement: str) -> None:
    clock = time.monotonic()
    form = "lines" if here.lines and here.form == "table" else here.form
    if form in ("table", "lines"):  # bounded, so that it can be looked through
        count = _show(lambda out: _cancellable(here, statement, form, out))
    else:
        count = _cancellable(here, statement, form, sys.stdout)
    if here.timing:
        print(f"{count:,} rows, {time.monotonic() - clock:.2f} s", file=sys.stderr)


def _cancellable(here: Shell, statement: str, form: str, out: TextIO) -> int:
    """Run a query in a thread of its own; Ctrl-C ends its Spark jobs and not the shell."""
    outcome: list[int | BaseException] = []
    context = here.spark.sparkContext

    def work() -> None:
        context.setJobGroup(_GROUP, statement[:100], interruptOnCancel=True)
        try:
            outcome.append(run_query(here.spark, statement, form, out))
        except BaseException as error:
            outcome.append(error)

    thread: threading.Thread = InheritableThread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(0.1)
    except KeyboardInterrupt:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while thread.is_alive() and time.monotonic() < deadline:
            context.cancelJobGroup(_GROUP)  # again: a query may start a job after another
            thread.join(0.2)
        raise
    (result,) = outcome
    if isinstance(result, PapertideError):
        raise result
    if isinstance(result, BaseException):
        raise PapertideError(f"sql: {type(result).__name__}: {result}") from result
    return result


def _show(write: Callable[[TextIO], int]) -> int:
    """Write to the terminal, through a pager what it cannot show at once."""
    out = _Caught()
    count = write(out)
    text = out.getvalue()
    if text.count("\n") < shutil.get_terminal_size().lines - 1:
        print(text, end="")
    else:
        os.environ.setdefault("LESS", "-SRFX")
        click.echo_via_pager(text)
    return count


class _Caught(io.StringIO):
    """What is written for a terminal, kept until it is known how long it is."""

    def isatty(self) -> bool:
        return sys.stdout.isatty()


def _words(spark: SparkSession) -> list[str]:
    """Words of the language and functions of Spark, in lower case."""
    words = spark.sql("select lower(keyword) as word from sql_keywords()").collect()
    registered = spark.sql("show functions").collect()
    function_names = [row["function"] for row in registered if row["function"].isidentifier()]
    return [*sorted(row["word"] for row in words), *sorted(function_names)]
