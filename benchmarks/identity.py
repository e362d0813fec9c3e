"""Figures of identity: a first run and a day's increment, growth, skew, and ways of MinHash."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
from datasketch import MinHash, MinHashLSH
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.figures import HEAP, Figure
from jobs.feeds import FEEDS
from jobs.identity.features import TEXT_BANDS, band_hashes, sketch_records, word_pairs
from jobs.identity.stage import Known, identify
from jobs.ingest.ingest import ingest
from jobs.ingest.listing import list_all
from jobs.ingest.parse import parse
from jobs.params import IdentitySettings, IngestSettings, ParseSettings, SessionSettings
from jobs.session import build_session, fit_to
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
from jobs.text.folding import fold_words
from pipelines.sample.sample import write_sample
from storage.home import home

SETTINGS = IdentitySettings()
INCREMENT = 1_000
TEXTS = 2_000
_KNOWN = (IDENTITY, SIGNATURES, HOT_BLOCKS, IDENTITY_EDGES, PAPER_FORWARDS, DECISIONS)


@dataclass(frozen=True)
class Timed:
    """Seconds of a first run over `records`, and of INCREMENT records on top."""

    records: int
    first: float
    increment: float


def identity(
    folder: Path, sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
) -> Iterator[Figure]:
    """First run and increment by size of the sample feed, the skew case, and MinHash."""
    spark = build_session(SessionSettings(driver_memory=HEAP), home())
    few = _sample(spark, sizes[0], folder)
    yield from minhash(spark, _sample(spark, TEXTS, folder))
    by_datasketch = _by_datasketch(few)
    timed = [_time_runs(spark, _sample(spark, size, folder), folder / str(size)) for size in sizes]
    for one in timed:
        yield Figure(
            f"identity of {one.records:,} records",
            one.records / one.first,
            "records/s",
            INCREMENT / one.increment,
            f"an increment of {INCREMENT:,} on top",
        )
    yield Figure(
        f"identity of {timed[0].records:,} records",
        timed[0].records / timed[0].first,
        "records/s",
        by_datasketch,
        "abstracts/s of datasketch, MinHash and LSH alone, one core",
    )
    for less, more in zip(timed, timed[1:], strict=False):
        yield Figure(
            f"identity, {less.records:,} to {more.records:,}",
            more.first / less.first,
            "times the seconds",
            more.records / less.records,
            "times the records",
        )
        yield Figure(
            f"increment on {more.records:,}",
            more.increment,
            "seconds",
            less.increment,
            f"on {less.records:,}",
        )
    yield _skew(spark, few, folder, timed[0])


def _sample(spark: SparkSession, papers: int, folder: Path) -> DataFrame:
    """silver.records of a sample feed, read from disk."""
    there = folder / f"records-{papers}"
    if not there.exists():
        write_sample(folder / f"feed-{papers}", papers, days=90, seed=1)
        feed = {"papers": (FEEDS["papers"], str(folder / f"feed-{papers}"))}
        nothing = {t: spark.createDataFrame([], t.schema()) for t in (FILES, RAW_RECORDS)}
        listing = list_all(feed, date(2026, 1, 1))
        raw = ingest(listing, nothing[FILES], nothing[RAW_RECORDS], IngestSettings()).records
        known, quarantine = (spark.createDataFrame([], t.schema()) for t in (RECORDS, QUARANTINE))
        parsed_records = parse(raw, known, quarantine, {}, ParseSettings())
        RECORDS.conform(parsed_records).write.parquet(str(there))
    return spark.read.parquet(str(there))


def _time_runs(spark: SparkSession, records: DataFrame, folder: Path) -> Timed:
    """A first run over all but INCREMENT records, and one of those on top of it."""
    order = F.xxhash64("record_id")
    total = records.count()
    fit_to(spark, SessionSettings(), total)
    late = records.orderBy(order, "record_id").limit(INCREMENT).select("record_id")
    late.write.parquet(str(folder / "late"))
    late = spark.read.parquet(str(folder / "late"))
    early = records.join(F.broadcast(late), on="record_id", how="left_anti")
    first = _run(spark, early, folder / "none", folder / "first")
    return Timed(total - INCREMENT, first, _run(spark, records, folder / "first", folder / "more"))


def _run(spark: SparkSession, records: DataFrame, known: Path, to: Path) -> float:
    """Seconds of one run of identity, its tables written."""
    clock = time.perf_counter()
    tables: Mapping[Table, DataFrame] = identify(
        records, Known(*(_table(spark, table, known) for table in _KNOWN)), SETTINGS
    )
    for table, rows in tables.items():
        rows.write.parquet(str(to / table.name))
    return time.perf_counter() - clock


def _table(spark: SparkSession, table: Table, folder: Path) -> DataFrame:
    there = folder / table.name
    if not there.exists():
        return spark.createDataFrame([], table.schema())
    return table.conform(spark.read.parquet(str(there)).withColumn("run", F.lit("first")))


def _skew(spark: SparkSession, records: DataFrame, folder: Path, even: Timed) -> Figure:
    """A tenth of the records under one title, beside the same records under their own."""
    tenth = F.pmod(F.xxhash64("record_id"), F.lit(10)) == 0
    title = F.when(tenth, "Estuary soundings and silt after the spring tides").otherwise(
        F.col("title")
    )
    seconds = _run(spark, records.withColumn("title", title), folder / "none", folder / "skew")
    return Figure("identity, a tenth of one title", seconds, "seconds", even.first,
                  "the same records under their own titles")  # fmt: skip


def minhash(spark: SparkSession, records: DataFrame) -> Iterator[Figure]:
    """Signatures of abstracts: by Arrow and numpy, by expressions of the JVM, and one by one."""
    texts = _abstracts(records)
    size = TEXT_BANDS[0] * TEXT_BANDS[1]
    sets = [pairs for pairs in map(word_pairs, map(fold_words, texts)) if len(pairs)]
    numbered = [(number, pairs.view(np.int64).tolist()) for number, pairs in enumerate(sets)]
    frame = spark.createDataFrame(numbered, "id int, pairs array<bigint>").cache()
    frame.count()
    clock = time.perf_counter()
    list(band_hashes(sets, *TEXT_BANDS))
    by_numpy = time.perf_counter() - clock
    minima = F.array(*(_minimum(place) for place in range(size)))
    by_jvm = _seconds(frame.select("id", minima.alias("signature")))
    frame.unpersist()
    name = f"MinHash of {len(sets):,} abstracts, {size} minima"
    yield Figure(name, by_numpy, "seconds", by_jvm, "expressions of the JVM, all cores")
    sketching = _seconds(sketch_records(records, SETTINGS))
    yield Figure(f"sketches of {len(texts):,} records", sketching, "seconds", by_numpy,
                 "their minima alone")  # fmt: skip


def _abstracts(records: DataFrame) -> list[str]:
    return [row["abstract"] for row in records.select("abstract").collect() if row["abstract"]]


def _minimum(place: int) -> Column:
    hashed = F.transform("pairs", lambda pair: F.xxhash64(pair, F.lit(place)))
    return F.array_min(hashed)


def _by_datasketch(records: DataFrame) -> float:
    """Abstracts a second of datasketch: as many minima and bands, each set asked for, then kept."""
    texts = _abstracts(records)
    size, clock = TEXT_BANDS[0] * TEXT_BANDS[1], time.perf_counter()
    index = MinHashLSH(num_perm=size, params=TEXT_BANDS)
    for number, words in enumerate(map(fold_words, texts)):
        sketch = MinHash(num_perm=size)
        sketch.update_batch([" ".join(pair).encode() for pair in pairwise(words)])
        index.query(sketch)
        index.insert(number, sketch)
    return len(texts) / (time.perf_counter() - clock)


def _seconds(frame: DataFrame) -> float:
    clock = time.perf_counter()
    frame.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - clock
