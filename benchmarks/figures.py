"""How each figure is taken."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import orjson
from lxml import etree
from pyspark.sql import DataFrame, SparkSession

from jobs.feeds import FEEDS
from jobs.feeds.core import Payload, parse_payload, pieces
from jobs.ingest.ingest import ingest
from jobs.ingest.listing import list_all
from jobs.ingest.parse import parse
from jobs.params import IngestSettings, ParseSettings, SessionSettings
from jobs.session import build_session
from jobs.tables.bronze import FILES, RAW_RECORDS
from jobs.tables.core import Table
from jobs.tables.ops import STAGES
from jobs.tables.silver import QUARANTINE, RECORDS
from storage import ledger
from storage.home import home
from storage.warehouse import Warehouse

PAPERTIDE = Path(sys.executable).with_name("papertide")
CORES = os.cpu_count() or 1
GIB = 1024**3
HEAP = "4g"
"""Java's memory where a million papers are read; half of it does for a hundred thousand."""
POLL_SECONDS = 1.0


class Feed(NamedTuple):
    """A feed to measure with: its name, its format and where it is."""

    name: str
    format: str
    path: Path


class Figure(NamedTuple):
    """A measured value beside its yardstick, both in `unit`."""

    name: str
    value: float
    unit: str
    yardstick: float
    against: str


def runs(small: Feed, large: Feed, folder: Path) -> Iterator[Figure]:
    """Whole runs as processes: seconds, share of the gates, peak memory."""
    bare = _seconds(sys.executable, "-c", _BARE)
    house = folder / "small"
    for name in ("cold", "repeated"):
        yield Figure(f"run of {small.name}, {name}", _run(small, house)[0], "seconds", bare,
                     "start of Spark and one Delta write")  # fmt: skip
    seconds, peak = _run(large, folder / "large")
    rows = ledger.rows(Warehouse.at(str(folder / "large")), STAGES)
    gates = sum(row["gate_seconds"] or 0.0 for row in rows)
    yield Figure(f"run of {large.name}, cold", seconds, "seconds", bare,
                 "start of Spark and one Delta write")  # fmt: skip
    yield Figure(f"gates in the run of {large.name}", gates, "seconds", seconds, "the whole run")
    yield Figure(f"peak memory of the run of {large.name}", peak / GIB, "GiB", 4.0, "the aim")


_BARE = """
from jobs.params import SessionSettings
from jobs.session import build_session
from pipelines.setup.home import home
from tempfile import mkdtemp
spark = build_session(SessionSettings(), home())
spark.range(1).write.format("delta").save(mkdtemp() + "/t")
"""


def reading(feed: Feed, folder: Path) -> Iterator[Figure]:
    """A run up to parse: records a second from files to silver.records, and peak memory.

    Both tables are written, with cleaning, row rules and gates; the start of Spark is left out.
    """
    house = folder / f"{feed.name}-read"
    records, seconds, peak = _run_to_parse(feed, house)
    megabytes = sum(file.stat().st_size for file in _files(feed)) / 1e6
    yield Figure(f"records read, {feed.name} ({megabytes / seconds:,.1f} MB/s)", records / seconds,
                 "records a second", records / _plain_reading(feed),
                 "one process, lxml.iterparse or orjson into a few fields")  # fmt: skip
    yield Figure(f"peak memory of reading {feed.name}", peak / GIB, "GiB", 4.0, "the aim")


def growth(few: Feed, many: Feed, folder: Path) -> Iterator[Figure]:
    """Reading of a feed, and of the same feed ten times as large: records a second, and memory."""
    rates = []
    for feed, house in ((few, folder / "few"), (many, folder / "many")):
        records, seconds, peak = _run_to_parse(feed, house)
        rates.append(records / seconds)
    yield Figure(f"records read, {records:,} of the sample", rates[1], "records a second", rates[0],
                 "a tenth of them")  # fmt: skip
    yield Figure(f"peak memory of reading {records:,}", peak / GIB, "GiB", 4.0, "the aim")


def whole(few: Feed, many: Feed, folder: Path) -> Iterator[Figure]:
    """Whole runs with static vectors, few papers and many, and then one day more."""
    settings = ("--set", "embed.form=static", "--set", f"session.driver_memory={HEAP}")
    rates = []
    for feed, name in ((few, "few"), (many, "many")):
        # The last day comes by itself, as it does to those who run every day.
        *before, last = sorted(feed.path.glob("*.jsonl"))
        delivered = folder / f"{name}-delivered"
        delivered.mkdir()
        for file in before:
            (delivered / file.name).hardlink_to(file)
        house, its = folder / f"{name}-whole", Feed(feed.name, feed.format, delivered)
        seconds, peak = _run(its, house, *settings)
        records = _count_delivered(ledger.rows(Warehouse.at(str(house)), STAGES))
        rates.append(records / seconds)
    (delivered / last.name).hardlink_to(last)
    of_day, _ = _run(its, house, *settings)
    yield Figure(f"whole run of {records:,}, static", rates[1], "records a second", rates[0],
                 "a tenth of them")  # fmt: skip
    yield Figure(f"peak memory of the run of {records:,}", peak / GIB, "GiB", 12.0, "the aim")
    yield Figure(f"a day more than {records:,}", of_day, "seconds", 120.0, "the aim")


def _run_to_parse(feed: Feed, warehouse: Path) -> tuple[int, float, int]:
    """A run up to parse: records, seconds of its stages, and peak memory in bytes."""
    peak = _run(feed, warehouse, "--until", "parse")[1]
    rows = ledger.rows(Warehouse.at(str(warehouse)), STAGES)
    return _count_delivered(rows), sum(row["seconds"] for row in rows), peak


def _count_delivered(rows: Iterable[Mapping[str, Any]]) -> int:
    """The records that a warehouse's stages were given, by its ledger."""
    return sum(row["delivered"] for row in rows if row["stage"] == "ingest")


def _files(feed: Feed) -> list[Path]:
    paths = [feed.path] if feed.path.is_file() else feed.path.rglob("*")
    return sorted(file for file in paths if file.suffix in (".xml", ".json", ".jsonl", ".gz"))


def _plain_reading(feed: Feed) -> float:
    """Seconds of one process that takes a few fields out of the same files."""
    start = time.monotonic()
    for file in _files(feed):
        if file.suffix == ".xml":
            for _, paper in etree.iterparse(str(file), tag="paper"):
                [paper.findtext(name) for name in ("title", "abstract", "doi")]
                paper.clear()
            continue
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as content:
            rows = (
                orjson.loads(content.read())
                if file.suffix == ".json"
                else map(orjson.loads, content)
            )
            for row in rows:
                [row.get(name) for name in ("id", "title", "abstract", "paper")]
    return time.monotonic() - start


def _run(feed: Feed, warehouse: Path, *more: str) -> tuple[float, int]:
    """Seconds and peak memory, bytes, of a whole run."""
    start = time.monotonic()
    options = ["--feed", f"{feed.name}={feed.path}", "--set", f"warehouse={warehouse}", *more]
    process = subprocess.Popen(
        [PAPERTIDE, "run", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with watch_memory(process.pid) as peaks:
        status = process.wait()
    if status:
        raise SystemExit(f"the run of {feed.name} ended with status {status}")
    return time.monotonic() - start, max(peaks)


def measure(work: Callable[[], None]) -> tuple[float, int]:
    """Seconds of `work`, and the peak memory in bytes of this process and all below it."""
    start = time.monotonic()
    with watch_memory(os.getpid()) as peaks:
        work()
    return time.monotonic() - start, max(peaks)


@contextmanager
def watch_memory(process: int) -> Iterator[list[int]]:
    """Bytes of a process and all below it, every so often while the block runs."""
    stop, peaks = Event(), [0]

    def watch() -> None:
        while not stop.wait(POLL_SECONDS):
            peaks.append(memory_of(process))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        stop.set()
        watcher.join()


def memory_of(root: int) -> int:
    """Bytes of a process and all below it; pages that several share count once (PSS)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    tree = {root}
    while more := {p for p, parent in parents.items() if parent in tree} - tree:
        tree |= more
    return sum(_pss(p) for p in tree if not _is_about_to_be_another(p, parents.get(p, 0)))


def _is_about_to_be_another(process: int, parent: int) -> bool:
    """Whether it is a child of Java that is not yet its own program: its memory is Java's."""
    try:
        own = Path(f"/proc/{process}/cmdline").read_bytes()
        its = Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return False
    return own == its and own.partition(b"\0")[0].endswith(b"java")


def _pss(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _seconds(*command: str) -> float:
    start = time.monotonic()
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


@cache
def bench_session() -> SparkSession:
    """The one session of the figures that are taken in this process."""
    return build_session(SessionSettings(), home())


def none_of(table: Table) -> DataFrame:
    """No rows of a table."""
    return bench_session().createDataFrame([], table.schema())


def parsing(feed: Feed) -> Figure:
    """Records parsed a second by Spark, beside the same reader in a plain loop."""
    payloads = raw_records(feed)
    records = payloads.count()

    def by_spark() -> float:
        start = time.monotonic()
        records_parsed = parse(payloads, none_of(RECORDS), none_of(QUARANTINE), {}, ParseSettings())
        RECORDS.conform(records_parsed).write.format("noop").mode("overwrite").save()
        return records / (time.monotonic() - start)

    by_spark()  # warms the workers
    against = "the same reader in a plain Python loop, one core"
    return Figure(
        f"records parsed, {feed.name}",
        by_spark(),
        "records a second",
        _plain_parsing(feed),
        against,
    )


def raw_records(feed: Feed) -> DataFrame:
    """The records of a feed as delivered."""
    listing = list_all({feed.name: (FEEDS[feed.format], str(feed.path))}, received=None)
    ingested = ingest(listing, none_of(FILES), none_of(RAW_RECORDS), IngestSettings())
    return RAW_RECORDS.conform(ingested.records).localCheckpoint()


def _plain_parsing(feed: Feed) -> float:
    """Records a second; files are read and cut before the clock starts."""
    reader = FEEDS[feed.format]
    texts = [
        piece.text
        for file in sorted(feed.path.rglob(reader.files[0]))
        for piece in pieces(reader, file.read_bytes(), file.name, IngestSettings())
        if isinstance(piece, Payload)
    ]
    start = time.monotonic()
    for text in texts:
        parse_payload(reader, text, {})
    return len(texts) / (time.monotonic() - start)
