"""`python -m benchmarks [--only GROUP]… [--out FILE]`: figures beside their yardsticks.

A line a figure on standard error, JSON on standard output. Each group is a process of its own, so
that none measures in the session of another. The real feeds are used where they are at hand
(../shared/feeds), else the sample feed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.corpus import corpus
from benchmarks.dashboard import pages
from benchmarks.digest import mails
from benchmarks.embeddings import embedding
from benchmarks.figures import Feed, Figure, growth, parsing, reading, runs, whole
from benchmarks.identity import identity
from benchmarks.scale import growing
from benchmarks.sql import asking
from benchmarks.understanding import understanding
from pipelines.sample.sample import write_sample

LONG_LINE = 50_000_000
SIZES = (3_000, 10_000, 30_000)
"""Papers of the runs from which costs by size are told; half an hour in all on two cores."""
REAL = Path(__file__).parent.parent.parent / "shared" / "feeds"
GATHERED = [
    Feed("acl", "acl", REAL / "acl-anthology"),
    Feed("arxiv-snapshot", "arxiv-snapshot", REAL / "arxiv-snapshot"),
]


def main() -> int:
    """Measure what is asked for; the figures as JSON go to `--out` too. 1 where a group failed."""
    arguments = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    arguments.add_argument("--only", action="append", choices=list(GROUPS), help="this group")
    arguments.add_argument("--out", type=Path, help="file for the figures, as JSON")
    options = arguments.parse_args()
    groups: list[str] = options.only or list(GROUPS)
    if len(groups) == 1:
        figures, failures = [figure._asdict() for figure in _measure(groups[0])], 0
    else:
        figures, failures = _apart(groups)
    text = json.dumps(figures, indent=1)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 1 if failures else 0


def _apart(groups: list[str]) -> tuple[list[Any], int]:
    """The figures of several groups, each in a process; and how many of these failed."""
    figures, failures = [], 0
    for group in groups:
        command = [sys.executable, "-m", "benchmarks", "--only", group]
        process = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if process.returncode:
            print(f"{group}: ended with status {process.returncode}", file=sys.stderr)
            failures += 1
        else:
            figures += json.loads(process.stdout)
    return figures, failures


def _measure(group: str) -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="papertide-bench-"))
    try:
        return list(print_figures(GROUPS[group](folder)))
    finally:
        shutil.rmtree(folder)


def whole_runs(folder: Path) -> Iterator[Figure]:
    """Whole runs, and what readers ask of their warehouse."""
    yield from runs(*feeds(folder), folder)
    yield from mails(folder / "large")
    yield from asking(folder / "large")


def all_reading(folder: Path) -> Iterator[Figure]:
    """Reading of every large feed."""
    _, large = feeds(folder)
    for feed in (large, *others(folder)):
        yield from reading(feed, folder)
    yield parsing(large)


def all_understanding(folder: Path) -> Iterator[Figure]:
    """Keyphrases, topics, trends and neighbours of papers of two feeds, few and many."""
    papers_and_vectors = corpus(GATHERED if REAL.is_dir() else [sample(folder, 100_000)], folder)
    for papers in (10_000, 100_000):
        yield from understanding(papers_and_vectors, papers)


GROUPS: dict[str, Callable[[Path], Iterator[Figure]]] = {
    "runs": whole_runs,
    "reading": all_reading,
    "growth": lambda folder: growth(sample(folder, 100_000), sample(folder, 1_000_000), folder),
    "whole": lambda folder: whole(sample(folder, 10_000), sample(folder, 100_000), folder),
    "million": lambda folder: whole(sample(folder, 100_000), sample(folder, 1_000_000), folder),
    "scale": lambda folder: growing([sample(folder, n) for n in SIZES], folder),
    "identity": lambda folder: identity(folder / "identity"),
    "embedding": lambda folder: embedding(feeds(folder)[1]),
    "understanding": all_understanding,
    "dashboard": pages,
}


def feeds(folder: Path) -> tuple[Feed, Feed]:
    """A small feed of some hundred papers, and one of some thousand."""
    if REAL.is_dir():
        return (
            Feed("hf-page", "hf-page", REAL / "hf-trending-page"),
            Feed("hf-daily", "hf-daily", REAL / "hf-daily-papers"),
        )
    for name, papers in (("small", 279), ("large", 5_500)):
        write_sample(folder / "feeds" / name, papers, days=60, seed=1)
    return (
        Feed("papers", "papers", folder / "feeds" / "small"),
        Feed("papers", "papers", folder / "feeds" / "large"),
    )


def sample(folder: Path, papers: int) -> Feed:
    """The sample feed of so many papers, a year of them."""
    path = folder / "feeds" / f"{papers}"
    write_sample(path, papers, days=365, seed=1)
    return Feed("papers", "papers", path)


def others(folder: Path) -> list[Feed]:
    """Large feeds of other formats, where they are at hand, and a file with a line of 50 MB."""
    long = folder / "long" / "long.jsonl"
    long.parent.mkdir()
    with long.open("w", encoding="utf-8") as file:
        for number in range(1000):
            title = "x" * LONG_LINE if number == 500 else f"Tide {number}"  # noqa: PLR2004 - amid
            file.write(json.dumps({"id": str(number), "title": title}) + "\n")
    return [
        *(feed for feed in GATHERED if feed.path.is_dir()),
        Feed("papers", "papers", long.parent),
    ]


def print_figures(figures: Iterator[Figure]) -> Iterator[Figure]:
    """Each figure as a line of a table, as soon as it is there."""
    print(f"{'figure':<44} {'value':>10} {'yardstick':>10}  {'ratio':>6}  what", file=sys.stderr)
    for figure in figures:
        print(
            f"{figure.name:<44} {figure.value:>10,.2f} {figure.yardstick:>10,.2f}  "
            f"{figure.value / figure.yardstick:>6.2f}  {figure.unit}; yardstick: {figure.against}",
            file=sys.stderr,
        )
        yield figure


if __name__ == "__main__":
    sys.exit(main())
