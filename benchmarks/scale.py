"""What stages cost by the number of papers, from profiles of runs of several sizes.

`python -m benchmarks.scale PROFILE… [--at N]…` reads what `papertide run --profile json` wrote, and
prints, as tables of Markdown, the laws that fit the sizes, how far each was off at the largest when
that was left out, and what it says of other sizes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.figures import PAPERTIDE, Feed, Figure

Costs = dict[str, dict[str, float]]
"""Of each stage, what it cost: `cpu`, seconds of processor, and others by their names there."""
OTHERS = ("executions", "shuffle_bytes", "heap_bytes", "python_bytes")
AT = (1_000_000, 10_000_000, 250_000_000)
_SUMS = "all"
_BEGIN = '[{"stage"'
_FEWEST = 2
"""Sizes that a law needs."""


class Law(NamedTuple):
    """A cost by the number of papers: `fixed + factor · papers^power`."""

    fixed: float
    factor: float
    power: float

    def at(self, papers: float) -> float:
        """The cost of so many papers."""
        return float(self.fixed + self.factor * papers**self.power)


class Fit(NamedTuple):
    """The law of a cost, with what it was at the largest size and what the others told of that."""

    law: Law
    largest: float
    foretold: float


def growing(feeds: Sequence[Feed], folder: Path) -> Iterator[Figure]:
    """Processor seconds of stages at the largest feed, beside what the smaller ones foretell."""
    profiles = dict(_profile(feed, folder / f"run-{number}") for number, feed in enumerate(feeds))
    for stage, one in fits(profiles, "cpu").items():
        yield Figure(f"{stage}, {max(profiles):,} papers", one.largest, "seconds of processor",
                     max(one.foretold, 0.01), "what the smaller sizes foretell")  # fmt: skip


def _profile(feed: Feed, warehouse: Path) -> tuple[int, Costs]:
    """Papers and costs of a whole run of a feed, with static vectors."""
    options = ["--feed", f"{feed.name}={feed.path}", "--set", f"warehouse={warehouse}"]
    process = subprocess.run(
        [PAPERTIDE, "run", *options, "--set", "embed.form=static", "--profile", "json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if process.returncode:
        raise SystemExit(f"the run of {feed.path} ended with status {process.returncode}")
    return read_profile(process.stderr)


def read_profile(text: str) -> tuple[int, Costs]:
    """Papers and costs of a run, from all that it printed.

    Raises:
        ValueError: there is no profile in it, or none of a whole run.
    """
    start = text.rfind(_BEGIN)
    if start < 0:
        raise ValueError("there is no profile: papertide run --profile json writes one")
    rows, _ = json.JSONDecoder().raw_decode(text, start)
    costs = {
        row["stage"]: {
            "cpu": sum(max(0.0, row[f"{of}_seconds"]) for of in ("jvm", "python", "worker")),
            **{name: float(row[name]) for name in OTHERS if name in row},
        }
        for row in rows
        if row["stage"] != _SUMS
    }
    papers = [int(row["rows_staged"]) for row in rows if row["stage"] == "papers"]
    if not papers or not papers[0]:
        raise ValueError("the profile is of a run that made no papers")
    return papers[0], costs


def power_law(papers: Sequence[float], costs: Sequence[float]) -> Law:
    """`factor · papers^power`, by least squares of the logarithms."""
    if min(costs) <= 0:
        return Law(0.0, 0.0, 1.0)
    power, factor = np.polyfit(np.log(papers), np.log(costs), 1)
    return Law(0.0, float(np.exp(factor)), float(power))


def line(papers: Sequence[float], costs: Sequence[float]) -> Law:
    """`fixed + factor · papers`, neither below zero, by least squares of the relative errors."""
    n, y = np.asarray(papers, float), np.maximum(np.asarray(costs, float), 1e-9)
    fixed, factor = np.linalg.lstsq(np.column_stack([1 / y, n / y]), np.ones(len(y)), rcond=None)[0]
    if factor < 0:
        return Law(float(1 / np.mean(1 / y)), 0.0, 1.0)
    if fixed < 0:
        return Law(0.0, float(np.sum(n / y) / np.sum((n / y) ** 2)), 1.0)
    return Law(float(fixed), float(factor), 1.0)


def fit(papers: Sequence[float], costs: Sequence[float]) -> Fit:
    """The law, of a power law and a line, that told the largest size better from the others.

    Raises:
        ValueError: there are too few sizes to leave one out.
    """
    if len(papers) <= _FEWEST:
        raise ValueError(f"{len(papers)} sizes are too few: one is left out, {_FEWEST} are fitted")
    order = np.argsort(papers)
    n, y = [float(papers[at]) for at in order], [float(costs[at]) for at in order]

    def error(form: object) -> float:
        foretold = form(n[:-1], y[:-1]).at(n[-1])  # type: ignore[operator]
        return abs(float(np.log(max(foretold, 1e-9) / max(y[-1], 1e-9))))

    form = min((line, power_law), key=error)
    return Fit(form(n, y), y[-1], form(n[:-1], y[:-1]).at(n[-1]))


def fits(profiles: Mapping[int, Costs], cost: str) -> dict[str, Fit]:
    """The law of one cost of each stage that all runs have; sizes that do not tell it are out."""
    told = {
        papers: {stage: of[cost] for stage, of in costs.items() if cost in of}
        for papers, costs in sorted(profiles.items())
    }
    told = {papers: costs for papers, costs in told.items() if costs}
    if not told:
        return {}
    stages = [
        stage for stage in next(iter(told.values())) if all(stage in of for of in told.values())
    ]
    return {stage: fit(list(told), [of[stage] for of in told.values()]) for stage in stages}


def table(profiles: Mapping[int, Costs], cost: str, at: Iterable[int]) -> Iterator[str]:
    """Lines of Markdown: a stage a row, dearest first."""
    found, sizes, ahead = fits(profiles, cost), sorted(profiles), list(at)
    head = [cost, *(f"{n:,}" for n in sizes), "foretold", "law", *(f"{n:,}" for n in ahead)]
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for stage, one in sorted(found.items(), key=lambda item: -item[1].largest):
        measured = (profiles[n][stage].get(cost) for n in sizes)
        cells = [
            stage,
            *("" if value is None else short(value) for value in measured),
            f"{short(one.foretold)} ({one.foretold / one.largest:.2f})" if one.largest else "",
            _in_words(one.law),
            *(short(one.law.at(n)) for n in ahead),
        ]
        yield f"| {' | '.join(cells)} |"


def short(value: float) -> str:
    """A number of three digits, as `4.31 G`."""
    for size, letter in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _in_words(law: Law) -> str:
    if law.power == 1.0:
        return f"{short(law.fixed)} + {short(law.factor * 1000)} a thousand"
    return f"n^{law.power:.2f}"


def main() -> int:
    """Print the tables of the profiles that are named."""
    arguments = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    arguments.add_argument("profiles", nargs="+", type=Path, help="what runs printed")
    arguments.add_argument("--at", type=int, action="append", help="number of papers to tell of")
    options = arguments.parse_args()
    profiles = dict(read_profile(file.read_text(encoding="utf-8")) for file in options.profiles)
    for cost in ("cpu", *OTHERS):
        print(*table(profiles, cost, options.at or AT), "", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
