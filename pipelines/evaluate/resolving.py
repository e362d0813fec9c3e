"""A set's way through a run: files to records by the house's own readers, records to papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf import Config
from jobs.feeds import FEEDS
from jobs.identity.stage import Known, identify
from jobs.ingest.ingest import ingest
from jobs.ingest.listing import list_all
from jobs.ingest.parse import parse
from jobs.tables.bronze import FILES, RAW_RECORDS
from jobs.tables.core import Table
from jobs.tables.silver import (
    DECISIONS,
    HOT_BLOCKS,
    IDENTITY,
    IDENTITY_EDGES,
    PAPER_FORWARDS,
    QUARANTINE,
    RECORDS,
    SIGNATURES,
)
from pipelines.evaluate.identity_sets import Feeds
from pipelines.evaluate.pairs import Pair

RECEIVED = date(2026, 1, 1)  # of files without a day in their name


class Resolution(NamedTuple):
    """What identity made of a set.

    Attributes:
        papers: record → paper. records: `feed:native_id` → records of that name.
    """

    papers: dict[str, str]
    records: dict[str, list[str]]

    def pairs(self, name_pairs: Iterable[Pair]) -> list[Pair]:
        """Pairs of records for pairs of names that stand for one record each."""
        return [(self.records[a][0], self.records[b][0]) for a, b in name_pairs]

    def are_one(self, names: Iterable[str]) -> bool:
        """Whether all records of some names are one paper."""
        return len({self.papers[r] for name in names for r in self.records[name]}) == 1

    def of_feed(self, feed: str) -> dict[str, str]:
        """Record → paper, of one feed."""
        names = (name for name in self.records if name.partition(":")[0] == feed)
        return {r: self.papers[r] for name in names for r in self.records[name]}


def records_of(spark: SparkSession, feeds: Feeds, config: Config) -> DataFrame:
    """silver.records of some feeds, as a first run would parse them, read once."""
    listing = list_all({n: (FEEDS[f], str(path)) for n, (f, path) in feeds.items()}, RECEIVED)
    raw = ingest(listing, _empty(spark, FILES), _empty(spark, RAW_RECORDS), config.ingest).records
    parsed_rows = parse(raw, _empty(spark, RECORDS), _empty(spark, QUARANTINE), {}, config.parse)
    return RECORDS.conform(parsed_rows).localCheckpoint()


def resolve_all(records: DataFrame, config: Config) -> Resolution:
    """What a first run makes of silver.records."""
    spark = records.sparkSession
    nothing = Known(
        identity=_empty(spark, IDENTITY),
        signatures=_empty(spark, SIGNATURES),
        hot_blocks=_empty(spark, HOT_BLOCKS),
        edges=_empty(spark, IDENTITY_EDGES),
        forwards=_empty(spark, PAPER_FORWARDS),
        decisions=_empty(spark, DECISIONS),
    )
    identity = identify(records, nothing, config.identity)[IDENTITY]
    papers = {row["record_id"]: row["paper_id"] for row in identity.collect()}
    spark.catalog.clearCache()
    name = F.concat_ws(":", "feed", "native_id").alias("name")
    by_name: dict[str, list[str]] = defaultdict(list)
    for row in records.select("record_id", name).orderBy("record_id").collect():
        by_name[row["name"]].append(row["record_id"])
    return Resolution(papers, by_name)


def _empty(spark: SparkSession, table: Table) -> DataFrame:
    return spark.createDataFrame([], table.schema())
