"""How well identity finds the records of one work, on sets whose answer is known.

Every set goes the way of a run, through the house's own readers and `identify`, with the one
configuration that is given; labels only count. Pairs are taken over whole papers, so that a chain
of joins answers for all that it ties together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf import Config
from jobs.feeds import FEEDS
from jobs.identity import identify
from jobs.ingest import ingest
from jobs.listing import list_all
from jobs.parse import parse
from jobs.session import build_session
from jobs.tables.bronze import FILES, RAW_RECORDS
from jobs.tables.core import Table
from jobs.tables.silver import IDENTITY, QUARANTINE, RECORDS
from pipelines.evaluate import Measure
from pipelines.evaluate.identity_sets import Feeds, Labelled, cora, dblp_acm
from pipelines.evaluate.pairs import Pair, closed, scored
from pipelines.sample import APART_KINDS, write_sample
from pipelines.setup.home import home

RECEIVED = date(2026, 1, 1)  # of files without a day in their name
AIMS = {"dblp-acm": 0.985, "cora": 0.90}
SAMPLE = (3_000, 60, 1)  # papers, days and seed: some forty duplicates of each kind
# Upper ends of the shares of an abstract's words that were edited.
RATES = (0.04, 0.06, 0.08, 0.1)
KEPT = 0.99  # of edited abstracts, at every rate


class Found(NamedTuple):
    """What identity made of a set.

    Attributes:
        records: `feed:native_id` → records of that name. papers: record → paper.
    """

    records: Mapping[str, list[str]]
    papers: Mapping[str, str]

    def pairs(self, named: Iterable[Pair]) -> list[Pair]:
        """Pairs of records for pairs of names that stand for one record each."""
        return [(self.records[a][0], self.records[b][0]) for a, b in named]

    def joined(self, names: Iterable[str]) -> bool:
        """Whether all records of some names are one paper."""
        return len({self.papers[r] for name in names for r in self.records[name]}) == 1


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """Precision, recall and F1 of each set.

    Args:
        data: folder with `gold/` and `feeds/`.
    """
    spark = build_session(config.session, home())
    for name, labelled in (("dblp-acm", dblp_acm), ("cora", cora)):
        with TemporaryDirectory(prefix="papertide-") as folder:
            given = labelled(data / "gold", Path(folder))
            found = papers_of(records_of(spark, given.feeds, config), config)
        yield from _scores(name, found, given, AIMS[name])
    yield from _sample(spark, config)


def records_of(spark: SparkSession, feeds: Feeds, config: Config) -> DataFrame:
    """silver.records of some feeds, as a first run would parse them."""
    listing = list_all({n: (FEEDS[f], str(path)) for n, (f, path) in feeds.items()}, RECEIVED)
    raw = ingest(listing, _empty(spark, FILES), _empty(spark, RAW_RECORDS), config.ingest).records
    read = parse(raw, _empty(spark, RECORDS), _empty(spark, QUARANTINE), {}, config.parse)
    return RECORDS.conform(read).localCheckpoint()


def papers_of(records: DataFrame, config: Config) -> Found:
    """What a first run makes of silver.records."""
    spark = records.sparkSession
    identity = identify(records, _empty(spark, IDENTITY), config.identity)
    name = F.concat_ws(":", "feed", "native_id").alias("name")
    told = identity.join(records.select("record_id", name), on="record_id", how="inner")
    rows = told.select("name", "record_id", "paper_id").orderBy("record_id").collect()
    spark.catalog.clearCache()
    named: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        named[row["name"]].append(row["record_id"])
    return Found(named, {row["record_id"]: row["paper_id"] for row in rows})


def _empty(spark: SparkSession, table: Table) -> DataFrame:
    return spark.createDataFrame([], table.schema())


def _scores(name: str, found: Found, given: Labelled, aim: float) -> Iterator[Measure]:
    """Precision, recall and F1; where there are two feeds, of pairs across them."""
    feed_of = {r: name.partition(":")[0] for name, them in found.records.items() for r in them}
    across = feed_of.__getitem__ if len(given.feeds) > 1 else None
    score = scored(found.papers, found.pairs(given.pairs), across)
    yield Measure(name, "precision", round(score.precision, 4))
    yield Measure(name, "recall", round(score.recall, 4))
    yield Measure(name, "f1", round(score.f1, 4), aim)


def _sample(spark: SparkSession, config: Config) -> Iterator[Measure]:
    """Of the sample feed: the share of each kind of duplicate found, and what was kept apart."""
    with TemporaryDirectory(prefix="papertide-") as folder:
        truth = write_sample(Path(folder), *SAMPLE)
        found = papers_of(records_of(spark, {"papers": ("papers", Path(folder))}, config), config)
    kinds: dict[str, list[list[str]]] = defaultdict(list)
    for kind, planted in truth["duplicates"].items():
        for each in planted:
            rate = next((f" to {r}" for r in RATES if each.get("rate", 1) <= r), "")
            kinds[f"{kind}{rate}"].append([f"papers:{i}" for i in each["ids"]])
    for kind, pairs in sorted(kinds.items()):
        aim = KEPT if kind.startswith("edited_abstract") else 1.0
        yield Measure("sample", f"found: {kind}", _share(map(found.joined, pairs)), aim)
    for kind in APART_KINDS:
        pairs = [[f"papers:{i}" for i in p["ids"]] for p in truth["apart"] if p["kind"] == kind]
        kept = (not found.joined(pair) for pair in pairs)
        yield Measure("sample", f"kept apart: {kind}", _share(kept), 1.0)
    works = ({r for i in work for r in found.records[f"papers:{i}"]} for work in truth["works"])
    score = scored(found.papers, closed(works))
    yield Measure("sample", "precision", round(score.precision, 4), 1.0)


def _share(each: Iterable[bool]) -> float:
    met = list(each)
    return round(sum(met) / len(met), 4)
