"""Measures of quality against labelled answers, one module a subject.

Each module has `evaluate(data, config)`: the figures of one subject, taken with the configuration
that runs use. Labels serve to count, never to tune or to decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from conf import Config
from storage.errors import UsageError

SUBJECTS = ("authors", "backtest", "identity", "institutions", "keyphrases", "neighbors", "topics",
            "trends")  # fmt: skip
_NEEDED = dict.fromkeys(SUBJECTS, "gold") | {
    "authors": "feeds", "institutions": "feeds", "backtest": None,
}  # fmt: skip
"""Where answers are: labels, ids that feeds have, or what came later in the warehouse."""


class Measure(NamedTuple):
    """One figure: the set it was taken on, what it is, its value, and the aim (null: none)."""

    set: str
    measure: str
    value: float
    aim: float | None = None


def evaluate(subject: str, data: Path, config: Config) -> Iterator[Measure]:
    """The figures of one of SUBJECTS.

    Args:
        data: folder with `gold/` (labelled answers) and `feeds/` (real feeds).

    Raises:
        UsageError: the folder lacks the one with the subject's answers.
    """
    needed = _NEEDED[subject]
    if needed and not (data / needed).is_dir():
        raise UsageError(f"eval: {data / needed} is no folder; --data names the one that holds it")
    module = import_module(f"pipelines.evaluate.{subject}")
    yield from module.evaluate(data, config)
