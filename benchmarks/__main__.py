"""`python -m benchmarks [--out FILE]`: a line a figure on standard error, JSON on standard output.

The real feeds are used where they are at hand (../shared/feeds), else the sample feed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.dashboard import pages
from benchmarks.digest import mails
from benchmarks.embeddings import embedding, nearest_papers
from benchmarks.figures import Feed, Figure, growth, parsing, reading, runs
from benchmarks.identity import identity
from benchmarks.sql import asking
from benchmarks.topics import understanding
from benchmarks.trends import trends
from pipelines.sample import write_sample

LONG_LINE = 50_000_000
REAL = Path(__file__).parent.parent.parent / "shared" / "feeds"


def main() -> None:
    """Measure everything; the figures as JSON go to `--out` too."""
    arguments = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    arguments.add_argument("--out", type=Path, help="file for the figures, as JSON")
    out: Path | None = arguments.parse_args().out
    folder = Path(tempfile.mkdtemp(prefix="papertide-bench-"))
    try:
        found = list(told(measured(folder)))
    finally:
        shutil.rmtree(folder)
    text = json.dumps([figure._asdict() for figure in found], indent=1)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", encoding="utf-8")
    print(text)


def measured(folder: Path) -> Iterator[Figure]:
    """All figures, one after the other."""
    small, large = feeds(folder)
    yield from runs(small, large, folder)
    yield from mails(folder / "large")
    yield from asking(folder / "large")
    for feed in (large, *others(folder)):
        yield from reading(feed, folder)
    few, many = samples(folder)
    yield from growth(few, many, folder)
    for papers in (10_000, 100_000):
        yield from understanding(few.path, papers)
    yield from trends(few.path)
    yield from pages(folder)
    yield parsing(large)
    yield from embedding(small)
    yield from nearest_papers()
    yield from identity(folder / "identity")


def feeds(folder: Path) -> tuple[Feed, Feed]:
    """A small feed of some hundred papers, and one of some thousand."""
    if REAL.is_dir():
        return (
            Feed("hf-page", "hf-page", REAL / "hf-trending-page"),
            Feed("hf-daily", "hf-daily", REAL / "hf-daily-papers"),
        )
    for name, papers in (("small", 279), ("large", 5_500)):
        write_sample(folder / name, papers, days=60, seed=1)
    return (
        Feed("papers", "papers", folder / "small"),
        Feed("papers", "papers", folder / "large"),
    )


def samples(folder: Path) -> tuple[Feed, Feed]:
    """The sample feed of a hundred thousand papers, and of a million."""
    few, many = folder / "100k", folder / "1m"
    write_sample(few, 100_000, days=365, seed=1)
    write_sample(many, 1_000_000, days=365, seed=1)
    return Feed("papers", "papers", few), Feed("papers", "papers", many)


def others(folder: Path) -> list[Feed]:
    """Large feeds of other formats, where they are at hand, and a file with a line of 50 MB."""
    long = folder / "long" / "long.jsonl"
    long.parent.mkdir()
    with long.open("w", encoding="utf-8") as file:
        for number in range(1000):
            title = "x" * LONG_LINE if number == 500 else f"Tide {number}"  # noqa: PLR2004 - amid
            file.write(json.dumps({"id": str(number), "title": title}) + "\n")
    real = [
        Feed("acl", "acl", REAL / "acl-anthology"),
        Feed("arxiv-snapshot", "arxiv-snapshot", REAL / "arxiv-snapshot"),
    ]
    return [*(feed for feed in real if feed.path.is_dir()), Feed("papers", "papers", long.parent)]


def told(figures: Iterator[Figure]) -> Iterator[Figure]:
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
    main()
