"""Ingest: files into payloads, every record and fragment of every file accounted for."""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from gzip import GzipFile
from itertools import chain, pairwise
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from jobs.feeds import FEEDS
from jobs.feeds.core import Broken, Feed, Note, Payload, pieces
from jobs.feeds.tools.reading import (
    LeftOut,
    Skipped,
    Unreadable,
    behind_break,
    blocks,
    escape_undecoded,
    is_packed,
    parts,
    unpack,
)
from jobs.ingest.listing import File
from jobs.ingest.payloads import ERASED_FORMAT, erased_payload
from jobs.params import IngestSettings
from jobs.people.erased import NOBODY_ERASED, Erased, erased_in
from jobs.stores import open_location
from jobs.tables.bronze import FILES

ID_LENGTH = 32
NOTED = "is_noted"
"""Column of staged files: whether it is a known one, whose records were counted before."""
_SOURCE = (
    "feed string, format string, file string, bytes bigint, modified_at timestamp, "
    "shown_on date, shown_basis string"
)
# A File of the listing, and what is read of it at a time.
_UNIT = (
    "feed string, format string, location string, file string, bytes bigint, "
    "modified_at timestamp, shown_on date, shown_basis string, "
    "start bigint, end bigint, digest string"
)
# A row a file comes first, without position; then one row a payload or fragment. A row without
# payload says something of the file: a note has no position, why it was left out has one below 0.
_PIECES = f"{_SOURCE}, digest string, position bigint, payload string, reason string"
_OF_FILE = [column.split()[0] for column in _UNIT.split(", ")][:-3]
_SOURCE_NAMES = [column.split()[0] for column in _SOURCE.split(", ")]
_FILE_KEY = ("feed", "file", "digest")
_BATCH_CHARS = 4 * 1024**2
_TASKS_A_CORE = 4
_LEFT_OUT = -1
_UNREAD = ""
"""Digest of a file that was left out by its name or kind, or could not be opened."""
_CLOSED = (FileNotFoundError, PermissionError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Ingested(NamedTuple):
    """Frames of silver.quarantine, bronze.records and bronze.files."""

    quarantine: DataFrame
    records: DataFrame
    files: DataFrame


def ingest(
    listing: Sequence[File],
    known_files: DataFrame,
    known: DataFrame,
    settings: IngestSettings,
    options: Mapping[str, Mapping[str, str]] = {},
    people: Erased = NOBODY_ERASED,
) -> Ingested:
    """Read the listed files that are not in `known_files` and cut them into records.

    A file is known by feed, name, size and time of change, so that a known one is not opened; one
    that was only touched is opened, and found to be known by its digest. A payload that stands in
    `known` (bronze.records), or earlier among the new ones (by day shown, file, position), is
    repeated: counted and not kept again. Of a file that is no longer there, or no longer as it was,
    `is_there` becomes false; its records stay. A file that the listing leaves out is told once.
    A new record in which an erased person stands is kept as what was read of it, without them.

    Args:
        listing: all files of the feeds of this run.
        known_files: bronze.files. known: bronze.records.
        options: feed → option → value, as the feed's reader knows them. people: who is erased.
    """
    spark = known.sparkSession
    unseen, unchanged = _split_listing(listing, known_files)
    cut = _cut(spark, [file for file in unseen if not file.left_out], settings)
    cut = cut.unionByName(_left_out_rows(spark, [file for file in unseen if file.left_out]))
    fates = _with_fate(_mark_known(cut, known_files), known)
    # No file is read twice. On disk: a million payloads in memory leave no heap for the rest.
    fates.persist(StorageLevel.DISK_ONLY)
    touched = fates.where(F.col("fate") == "known").select(*_FILE_KEY, "modified_at").distinct()
    there = touched.unionByName(spark.createDataFrame(unchanged, touched.schema))
    feeds = sorted({file.feed for file in listing})
    changed = _changed_files(known_files.where(F.col("feed").isin(feeds)), there)
    files = _files(fates).withColumn(NOTED, F.lit(False))
    noted = changed.withColumn(NOTED, F.lit(True))
    quarantine, records = _quarantine(fates), _records(fates)
    if people != NOBODY_ERASED:
        quarantine = quarantine.mapInArrow(_fragment_eraser(people), _columns_of(quarantine))
        records = records.mapInArrow(_eraser(options, people), _columns_of(records))
    return Ingested(quarantine, records, files.unionByName(noted))


def _split_listing(
    listing: Sequence[File], known_files: DataFrame
) -> tuple[list[File], list[tuple[Any, ...]]]:
    """The files that must be opened; key and time of change of those that need not."""
    # The driver holds the listing anyway, and of the known files these few columns.
    changed_at = F.unix_micros("modified_at")
    rows = known_files.select("feed", "file", "bytes", changed_at, "digest").collect()
    known = {tuple(row[:-1]): row["digest"] for row in rows if row["digest"] != _UNREAD}
    unread = {(row["feed"], row["file"]): _UNREAD for row in rows if row["digest"] == _UNREAD}
    unseen, unchanged = [], []
    for file in listing:
        micros = (file.modified_at - _EPOCH) // timedelta(microseconds=1)
        digest = (
            unread.get((file.feed, file.file))
            if file.left_out
            else known.get((file.feed, file.file, file.bytes, micros))
        )
        if digest is None:
            unseen.append(file)
        else:
            unchanged.append((file.feed, file.file, digest, file.modified_at))
    return unseen, unchanged


def _cut(spark: SparkSession, unseen: Sequence[File], settings: IngestSettings) -> DataFrame:
    """Files into pieces, by the schema _PIECES."""
    if not unseen:
        return spark.createDataFrame([], _PIECES)
    large = [file for file in unseen if _may_be_parted(file, settings)]
    digests = _digests(spark, sorted({(file.location, file.bytes) for file in large}))
    units = [unit for file in unseen for unit in _units(file, digests.get(file.location), settings)]
    # The largest first, dealt out in turn, so that no task has all the large ones.
    units.sort(key=lambda unit: (unit.start - unit.end, unit.location, unit.start))
    tasks = min(len(units), _TASKS_A_CORE * spark.sparkContext.defaultParallelism)
    dealt = [
        (*unit.file[: len(_OF_FILE)], unit.start, unit.end, unit.digest)
        for task in range(tasks)
        for unit in units[task::tasks]
    ]
    rows = spark.createDataFrame(spark.sparkContext.parallelize(dealt, tasks), _UNIT)
    return rows.mapInArrow(_splitter(settings), _PIECES)


def _left_out_rows(spark: SparkSession, files: Sequence[File]) -> DataFrame:
    """Rows, by the schema _PIECES, of files that are not read."""
    rows = [
        (*(getattr(file, name) for name in _SOURCE_NAMES), _UNREAD, place, None, reason)
        for file in files
        for place, reason in ((None, None), (_LEFT_OUT, file.left_out))
    ]
    return spark.createDataFrame(rows, _PIECES)


def _may_be_parted(file: File, settings: IngestSettings) -> bool:
    breaks = FEEDS[file.format].breaks_in(file.file)
    return bool(breaks) and file.bytes >= 2 * settings.part_bytes


class _Unit(NamedTuple):
    """What is read at a time: a file, or the bytes from start to end of a large one."""

    file: File
    start: int
    end: int
    digest: str | None

    @property
    def location(self) -> str:
        return self.file.location


def _units(file: File, digest: str | None, settings: IngestSettings) -> Iterator[_Unit]:
    """The units of a file; a large one is looked into for breaks, unless it is packed."""
    ends: list[int | None] = [file.bytes]
    if _may_be_parted(file, settings) and digest != _UNREAD:
        with _open(file.location) as content:
            if not is_packed(content.read(2)):
                steps = range(settings.part_bytes, file.bytes, settings.part_bytes)
                breaks = FEEDS[file.format].breaks_in(file.file)
                ends += [behind_break(content, at, breaks, settings.part_bytes) for at in steps]
    for start, end in pairwise(sorted({0, *(end for end in ends if end is not None)})):
        yield _Unit(file, start, end, digest)
    if not file.bytes:
        yield _Unit(file, 0, 0, digest)


def _digests(spark: SparkSession, sizes: Sequence[tuple[str, int]]) -> dict[str, str]:
    """Digests of large files (location, bytes), which are known before their parts are read."""
    if not sizes:
        return {}
    pairs = spark.sparkContext.parallelize(sizes, len(sizes)).map(
        lambda file: (file[0], _digest(*file))
    )
    return dict(pairs.collect())


def _digest(location: str, size: int) -> str:
    """The digest of so many bytes of a file, which are those that are read.

    A file that grows meanwhile has another one in the next listing, and is then read again.
    """
    digest = hashlib.sha256()
    try:
        with _open(location) as content:
            for block in blocks(content, size):
                digest.update(block)
    except _CLOSED:
        return _UNREAD
    return digest.hexdigest()


def _open(location: str) -> BinaryIO:
    system, path = open_location(location)
    return system.open_input_file(path)  # type: ignore[no-any-return]


def _splitter(
    settings: IngestSettings,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def split(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for place in range(batch.num_rows):
                yield from _unit_rows(batch.slice(place, 1), settings)

    return split


def _unit_rows(unit: pa.RecordBatch, settings: IngestSettings) -> Iterator[pa.RecordBatch]:
    """The rows of one unit (a batch of one row), in batches of bounded size."""
    source = unit.to_pylist()[0]
    digest = source["digest"]
    if digest is None:
        digest = _digest(source["location"], source["bytes"])
    numbered = enumerate(_unit_pieces(source, settings), start=source["start"])
    rows: list[tuple[int | None, str | None, str | None]] = []
    try:
        first = next(numbered, None)
        if source["start"] == 0:
            rows.append((None, None, None))  # the file itself
    except LeftOut as error:
        rows += [(None, None, None), (_LEFT_OUT, None, str(error))]
        first = None
    except Unreadable as error:
        rows.append((None, _excerpt(source["location"], settings), str(error)))
        first = None
    except _CLOSED as error:  # the next run tries it again
        if source["start"]:
            raise
        digest, first = _UNREAD, None
        what = "it is gone" if isinstance(error, FileNotFoundError) else "this user may not read it"
        rows.append((None, "", f"cannot be opened: {what}"))
    size = 0
    for position, piece in chain([first] if first else [], numbered):
        if isinstance(piece, Note):
            rows.append((None, None, piece.text))
            continue
        reason = piece.reason if isinstance(piece, Broken) else None
        rows.append((position, piece.text, reason))
        size += len(piece.text)
        if size > _BATCH_CHARS:
            yield _batch(unit, digest, rows)
            rows, size = [], 0
    yield _batch(unit, digest, rows)


def _unit_pieces(
    unit: Mapping[str, Any], settings: IngestSettings
) -> Iterator[Payload | Broken | Note]:
    """Payloads and fragments of one unit.

    Raises:
        Unreadable: nothing of it can be used; raised before anything is yielded.
    """
    feed = FEEDS[unit["format"]]
    breaks = feed.breaks_in(unit["file"])
    with _open(unit["location"]) as file:
        content = _content(file, unit, settings)
        if not breaks:
            whole = _whole(content, unit["bytes"], settings.max_file_bytes)
            yield from pieces(feed, whole, unit["file"], settings)
            return
        is_first = unit["start"] == 0
        for part in parts(content, breaks, settings.part_bytes):
            if isinstance(part, Skipped):
                reason = f"a record of {part.size:,} bytes, more than a part of a file may have"
                yield Broken(_printable(part.head, settings), reason)
            else:
                yield from _part_pieces(feed, part, unit["file"], is_first, settings)
            is_first = False


def _part_pieces(
    feed: Feed, part: bytes, name: str, is_first: bool, settings: IngestSettings
) -> Iterator[Payload | Broken | Note]:
    try:
        yield from pieces(feed, part, name, settings)
    except Unreadable as error:
        if is_first:
            raise
        yield Broken(_printable(part, settings), f"{error}; {len(part):,} bytes were not read")


def _content(file: BinaryIO, unit: Mapping[str, Any], settings: IngestSettings) -> Iterator[bytes]:
    """The bytes of a unit, unpacked.

    Packed data are gone through before anything of them is given out, so that of a file that is cut
    or damaged nothing is taken.
    """
    if unit["start"] == 0 and is_packed(file.read(2)):
        bounds = (unit["bytes"], settings.max_file_bytes, settings.max_expansion)
        file.seek(0)
        deque(unpack(file, *bounds), maxlen=0)
        file.seek(0)
        return unpack(file, *bounds)
    file.seek(unit["start"])
    return blocks(file, unit["end"] - unit["start"])


def _whole(content: Iterator[bytes], size: int, most: int) -> bytes:
    limit = f"bytes, more than the {most:,} of a file that is read whole: split it"
    if size > most:
        raise Unreadable(f"{size:,} {limit}")
    whole = b""
    for block in content:
        whole += block
        if len(whole) > most:
            raise Unreadable(f"when decompressed {limit}")
    return whole


def _excerpt(location: str, settings: IngestSettings) -> str:
    """The beginning of a file that cannot be read, as text that can be stored."""
    with _open(location) as file:
        head = file.read(4 * settings.max_excerpt_chars)
        if is_packed(head):
            file.seek(0)
            with suppress(OSError, EOFError, zlib.error):  # then as it came
                head = GzipFile(fileobj=file).read(len(head))
    return _printable(head, settings)


def _printable(content: bytes, settings: IngestSettings) -> str:
    text = content[: 4 * settings.max_excerpt_chars].decode("utf-8", "surrogateescape")
    return escape_undecoded(text[: settings.max_excerpt_chars]).replace("\0", "\\x00")


def _batch(file: pa.RecordBatch, digest: str, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    # Repeating by take keeps the types that Spark sent.
    source = file.select(_SOURCE_NAMES).take(pa.array([0] * len(rows)))
    columns = {
        "digest": pa.array([digest] * len(rows), pa.string()),
        "position": pa.array([row[0] for row in rows], pa.int64()),
        "payload": pa.array([row[1] for row in rows], pa.string()),
        "reason": pa.array([row[2] for row in rows], pa.string()),
    }
    return pa.RecordBatch.from_arrays(
        [*source.columns, *columns.values()], names=[*_SOURCE_NAMES, *columns]
    )


def _mark_known(cut: DataFrame, known_files: DataFrame) -> DataFrame:
    """Pieces with whether their file is a known one, of which the row of the file is enough."""
    old_files = known_files.select(*_FILE_KEY, F.lit(True).alias("was_read"))
    return (
        cut.join(old_files, on=list(_FILE_KEY), how="left")
        .withColumn("was_read", F.coalesce("was_read", F.lit(False)))
        .where("not was_read or position is null")
    )


def _with_fate(cut: DataFrame, known: DataFrame) -> DataFrame:
    """Pieces with their record_id and fate.

    Of a file: known, file, note, left out or unreadable; of what is in it: fragment, repeated, new.
    """
    # Fragments share no id with anything: each stands for itself.
    unique = F.sha2(F.concat_ws("\n", "feed", "file", "digest", "position"), 256)
    payload = F.sha2(F.concat_ws("\n", "feed", "payload"), 256)
    is_record = F.col("position").isNotNull() & F.col("reason").isNull()
    is_said = F.col("payload").isNull() & F.col("reason").isNotNull()
    with_ids = cut.withColumn(
        "record_id", F.substring(F.when(is_record, payload).otherwise(unique), 1, ID_LENGTH)
    )
    # The frame ends at the row itself: only its number is asked for.
    earliest = (
        Window.partitionBy("record_id")
        .orderBy("shown_on", "file", "digest", F.col("position").asc_nulls_first())
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    known_ids = known.select("record_id", F.lit(True).alias("is_known"))
    return (
        with_ids.withColumn("turn", F.row_number().over(earliest))
        .join(known_ids, on="record_id", how="left")
        .select(
            *with_ids.columns,
            F.when(F.col("was_read"), "known")
            .when(F.col("position").isNull() & F.col("reason").isNull(), "file")
            .when(is_said & (F.col("position") == _LEFT_OUT), "left out")
            .when(is_said, "note")
            .when(F.col("position").isNull(), "unreadable")
            .when(F.col("reason").isNotNull(), "fragment")
            .when(F.col("is_known") | (F.col("turn") > 1), "repeated")
            .otherwise("new")
            .alias("fate"),
        )
    )


def _files(judged: DataFrame) -> DataFrame:
    def count(*fates: str) -> Column:
        return F.count_if(F.col("fate").isin(*fates))

    noted = F.when(F.col("fate") == "note", F.col("reason"))
    # A file of the same bytes may be listed once only: its name is part of the key.
    return (
        judged.where(F.col("fate") != "known")
        .groupBy(*_FILE_KEY)
        .agg(
            F.first("bytes").alias("bytes"),
            F.first("modified_at").alias("modified_at"),
            F.first("shown_on").alias("shown_on"),
            F.first("shown_basis").alias("shown_basis"),
            F.lit(True).alias("is_there"),
            F.when(count("unreadable") > 0, "unreadable")
            .when(count("left out") > 0, "left out")
            .otherwise("read")
            .alias("status"),
            count("unreadable", "fragment", "repeated", "new").alias("delivered"),
            count("new").alias("records"),
            count("repeated").alias("repeated"),
            count("unreadable", "fragment").alias("quarantined"),
            F.max(F.when(F.col("fate").isin("unreadable", "left out"), F.col("reason"))).alias(
                "reason"
            ),
            F.concat_ws("; ", F.array_sort(F.collect_set(noted))).alias("said"),
        )
        .withColumn("warning", F.nullif("said", F.lit("")))
        .drop("said")
    )


def _changed_files(known_files: DataFrame, there: DataFrame) -> DataFrame:
    """Known files of which it has changed whether they are there, or when they were changed."""
    now = there.select(*_FILE_KEY, F.col("modified_at").alias("changed_at"))
    joined = known_files.join(now, on=list(_FILE_KEY), how="left")
    is_there = F.col("changed_at").isNotNull()
    changed_at = F.coalesce("changed_at", "modified_at")
    return (
        joined.where((is_there != F.col("is_there")) | (changed_at != F.col("modified_at")))
        .withColumns({"is_there": is_there, "modified_at": changed_at})
        .select(*(column.name for column in FILES.columns))
    )


def _records(judged: DataFrame) -> DataFrame:
    return judged.where(F.col("fate") == "new").select(
        "record_id",
        "feed",
        "format",
        "file",
        "position",
        "payload",
        "shown_on",
        "shown_basis",
        "modified_at",
    )


def _quarantine(judged: DataFrame) -> DataFrame:
    return judged.where(F.col("fate").isin("unreadable", "fragment")).select(
        F.col("record_id").alias("subject_id"),
        F.lit("ingest").alias("stage"),
        F.when(F.col("fate") == "unreadable", "file_readable")
        .otherwise("record_whole")
        .alias("rule"),
        "feed",
        "file",
        "position",
        "payload",
        "reason",
    )


def _columns_of(frame: DataFrame) -> str:
    return ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in frame.schema)


def _eraser(
    options: Mapping[str, Mapping[str, str]], people: Erased
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def erase(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = batch.to_pylist()
            for row in rows:
                payload = erased_payload(row, options, people)
                if payload is not None:
                    row |= {"format": ERASED_FORMAT, "payload": payload}
            yield pa.RecordBatch.from_pylist(rows, schema=batch.schema)

    return erase


def _fragment_eraser(
    people: Erased,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Fragments without the text of those that have the ORCID iD of an erased person."""

    def erase(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = batch.to_pylist()
            for row in rows:
                if row["payload"] and erased_in(row["payload"], people):
                    row["payload"] = None
            yield pa.RecordBatch.from_pylist(rows, schema=batch.schema)

    return erase
