"""The sample feed's planted duplicates, by kind, and what was planted apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyspark.sql import SparkSession

from conf import Config
from pipelines.evaluate import Measure
from pipelines.evaluate.hiding import AGAIN, again
from pipelines.evaluate.pairs import all_pairs, score_pairs, share
from pipelines.evaluate.resolving import Resolution, records_of, resolve_all
from pipelines.sample.sample import APART_KINDS, write_sample

SAMPLE = (3_000, 60, 1)  # papers, days and seed: some forty duplicates of each kind
# Upper ends of the shares of an abstract's words that were edited.
RATES = (0.04, 0.06, 0.08, 0.1)
EDITED_FOUND = 0.99  # aim at every rate; of all other kinds, and of what is kept apart, 1


def sample(spark: SparkSession, config: Config) -> Iterator[Measure]:
    """Of each kind of duplicate the share that is found; of each kind of pair apart, that is kept.

    `exact` is every row once more from another feed that gives no ids.
    """
    with TemporaryDirectory(prefix="papertide-") as folder:
        truth = write_sample(Path(folder), *SAMPLE)
        records = records_of(spark, {"papers": ("papers", Path(folder))}, config)
    resolution = resolve_all(records.unionByName(again(records)), config)
    papers = resolution.papers
    exact = (papers[r] == papers[f"{r}{AGAIN}"] for r in resolution.of_feed("papers"))
    yield _share("found: exact", exact)
    kinds: dict[str, list[list[str]]] = defaultdict(list)
    for kind, planted in truth["duplicates"].items():
        for each in planted:
            rate = next((f" to {r}" for r in RATES if each.get("rate", 1) <= r), "")
            kinds[f"{kind}{rate}"].append(_names(each["ids"]))
    for kind, pairs in sorted(kinds.items()):
        yield _share(f"found: {kind}", map(resolution.are_one, pairs))
    for kind in APART_KINDS:
        pairs = [_names(each["ids"]) for each in truth["apart"] if each["kind"] == kind]
        yield _share(f"kept apart: {kind}", (not resolution.are_one(pair) for pair in pairs))
    yield Measure("sample", "precision", round(_precision(resolution, truth["works"]), 4), 1.0)


def _precision(resolution: Resolution, works: Iterable[Iterable[str]]) -> float:
    """Over all rows and their copies: those of no planted work are works of their own."""
    work_of = {name: work for work, ids in enumerate(works) for name in _names(ids)}
    together: dict[Any, set[str]] = defaultdict(set)
    for name, records in resolution.records.items():
        if name.startswith("papers:"):
            both = (record + end for record in records for end in ("", AGAIN))
            together[work_of.get(name, name)].update(both)
    return score_pairs(resolution.papers, all_pairs(together.values())).precision


def _names(ids: Iterable[str]) -> list[str]:
    return [f"papers:{native}" for native in ids]


def _share(measure: str, results: Iterable[bool]) -> Measure:
    aim = EDITED_FOUND if "edited" in measure else 1.0
    return Measure("sample", measure, round(share(results), 4), aim)
