"""What the shell knows to tell and to complete: tables, columns, functions, questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from jobs.tables.catalog import BY_NAME
from pipelines.sql.functions import FUNCTIONS
from pipelines.sql.questions import questions
from storage.errors import UsageError

_WORD = re.compile(r"[\\\w.]*$")
_AFTER_TABLE_WORD = re.compile(r"(?:\b(?:from|join|table|describe|desc)|\\d)\s+[\w.]*$", re.I)
_NAMED = re.compile(
    r"\b(?:from|join)\s+(?:as_of\(')?([\w.]+)(?:'[^)]*\))?(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE
)

COMMANDS = {
    "\\d [TABLE]": "the tables; the columns of one with their meaning",
    "\\df": "the functions for research questions, each with an example",
    "\\ask [NUMBER]": "questions that these tables answer; the answer to one, with its SQL",
    "\\timing": "tell of each query how long it took, or no longer",
    "\\x": "a line a value instead of a line a row, or back",
    "\\format FORM": "table, json or csv",
    "\\i FILE": "run the statements of a file",
    "\\?": "this help",
    "\\q": "leave; so do exit, quit and Ctrl-D",
}


def functions() -> list[dict[str, Any]]:
    """The functions, with what they give and a query that uses each."""
    return [
        {"function": each.usage, "gives": each.meaning, "example": each.example}
        for each in FUNCTIONS
    ]


def question_sql(number: str) -> str:
    """The query of a question by its number.

    Raises:
        UsageError: there is none.
    """
    queries = list(questions().values())
    if not number.isdecimal() or not 1 <= int(number) <= len(queries):
        raise UsageError(f"no question {number}: they are 1 to {len(queries)}")
    return queries[int(number) - 1]


def suggestions(text: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What may stand in the place of the last word of `text`, with a remark on each.

    Tables after FROM; else columns of the tables that the statement names first, then `words`.
    """
    match = _WORD.search(text)
    start = match[0].lower() if match else ""
    for word, remark in _candidates(text, start, words):
        if word.lower().startswith(start) and word.lower() != start:
            yield word, remark


def _candidates(text: str, start: str, words: Sequence[str]) -> Iterable[tuple[str, str]]:
    if start.startswith("\\"):
        return [(usage.split()[0], meaning) for usage, meaning in COMMANDS.items()]
    tables = [(table.name, table.grain) for table in BY_NAME.values()]
    if _AFTER_TABLE_WORD.search(text):
        return tables
    tables_named = [(name, alias) for name, alias in _NAMED.findall(text) if name in BY_NAME]
    if "." in start:
        owner = start.partition(".")[0]
        tables_named = [(name, alias) for name, alias in tables_named if alias.lower() == owner]
        return [
            (f"{owner}.{column.name}", column.comment)
            for name, _ in tables_named
            for column in BY_NAME[name].columns
        ] or tables
    columns = [(c.name, c.comment) for name, _ in tables_named for c in BY_NAME[name].columns]
    ours = [(each.name, each.usage) for each in FUNCTIONS]
    return [*dict(columns).items(), *ours, *((word, "") for word in words), *tables]


class Completing(Completer):
    """Completion of the shell's statement, the lines before the present one included."""

    def __init__(self, pending: Sequence[str], words: Sequence[str]) -> None:
        self._pending, self._words = pending, words

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Called by the prompt."""
        text = "\n".join([*self._pending, document.text_before_cursor])
        match = _WORD.search(text)
        for word, remark in suggestions(text, self._words):
            yield Completion(word, -len(match[0]) if match else 0, display_meta=remark)
