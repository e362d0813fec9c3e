"""Ingest: files into payloads, every record and fragment of every file accounted for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Row, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from jobs.feeds import FEEDS
from jobs.feeds.core import Payload, pieces
from jobs.feeds.reading import Unreadable, escaped, unpacked
from jobs.listing import LISTING, literal
from jobs.params import IngestSettings

ID_LENGTH = 32
_SOURCE = (
    "feed string, format string, file string, bytes bigint, modified_at timestamp, "
    "shown_on date, shown_basis string"
)
# A row a file comes first, without position; then one row a payload or fragment.
_PIECES = f"{_SOURCE}, digest string, position bigint, payload string, reason string"
_JUDGED = f"{_PIECES}, record_id string, fate string"
_SOURCE_NAMES = [column.split()[0] for column in _SOURCE.split(", ")]
_FILE_KEY = ("feed", "file", "digest")
_BATCH_CHARS = 4 * 1024**2


class Ingested(NamedTuple):
    """Frames of bronze.files, bronze.records and silver.quarantine."""

    files: DataFrame
    records: DataFrame
    quarantine: DataFrame


def ingest(
    listing: DataFrame, known_files: DataFrame, known: DataFrame, settings: IngestSettings
) -> Ingested:
    """Read the listed files that are not in `known_files` and cut them into records.

    A file is known by feed, name, size and time of change, so that a known one is not opened; one
    that was only touched is opened, and found to be known by its digest. A payload that stands in
    `known` (bronze.records), or earlier among the new ones (by day shown, file, position), is
    repeated: counted and not kept again.

    Args:
        listing: rows by jobs.listing.LISTING.
        known_files: bronze.files. known: bronze.records.
    """
    same = ["feed", "file", "bytes", "modified_at"]
    # The driver knows the paths anyway: Spark's own reader lists them there.
    unknown = listing.join(known_files.select(*same), on=same, how="left_anti")
    unseen = unknown.select(*listing.columns).collect()
    if not unseen:
        judged = listing.sparkSession.createDataFrame([], _JUDGED)
        return Ingested(_files(judged), _records(judged), _quarantine(judged))
    cut = _without_known(_cut(listing.sparkSession, unseen, settings), known_files)
    judged = _judged(cut, known).persist(StorageLevel.MEMORY_AND_DISK)  # three tables read it
    return Ingested(_files(judged), _records(judged), _quarantine(judged))


def _cut(spark: SparkSession, unseen: list[Row], settings: IngestSettings) -> DataFrame:
    """Files into pieces, by the schema _PIECES."""
    readable = [row for row in unseen if row["bytes"] <= settings.max_file_bytes]
    rows = spark.createDataFrame(unseen, LISTING)
    too_large = rows.where(F.col("bytes") > settings.max_file_bytes).select(
        *_SOURCE_NAMES,
        F.sha2(F.concat_ws("\n", "file", "bytes", "modified_at"), 256).alias("digest"),
        F.lit(None).cast("bigint").alias("position"),
        F.lit(None).cast("string").alias("payload"),
        F.concat_ws(
            " ",
            F.col("bytes"),
            F.lit(f"bytes, more than the {settings.max_file_bytes} of a file: split it"),
        ).alias("reason"),
    )
    if not readable:
        return too_large
    contents = (
        # A file of two feeds is read once.
        spark.read.format("binaryFile")
        .load(sorted({literal(row["location"]) for row in readable}))
        .select(F.col("path").alias("location"), "content")
        # Broadcast, so that the contents are not shuffled.
        .join(F.broadcast(rows), on="location", how="inner")
        .select(*_SOURCE_NAMES, "content")
    )
    return contents.mapInArrow(_splitter(settings), _PIECES).unionByName(too_large)


def _splitter(
    settings: IngestSettings,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def split(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for place in range(batch.num_rows):
                yield from _file_pieces(batch.slice(place, 1), settings)

    return split


def _file_pieces(file: pa.RecordBatch, settings: IngestSettings) -> Iterator[pa.RecordBatch]:
    """The pieces of one file (a batch of one row), in batches of bounded size."""
    content: bytes = file.column("content")[0].as_py()
    name: str = file.column("file")[0].as_py()
    feed = FEEDS[file.column("format")[0].as_py()]
    digest = hashlib.sha256(content).hexdigest()
    gathered: list[tuple[int | None, str | None, str | None]] = []
    try:
        found = enumerate(pieces(feed, content, name, settings))
        first = next(found, None)
        gathered.append((None, None, None))
    except Unreadable as error:
        gathered.append((None, _excerpt(content, settings), str(error)))
        first, found = None, enumerate(())
    size = 0
    while first is not None:
        position, piece = first
        gathered.append(
            (position, piece.text, None if isinstance(piece, Payload) else piece.reason)
        )
        size += len(piece.text)
        if size > _BATCH_CHARS:
            yield _batch(file, digest, gathered)
            gathered, size = [], 0
        first = next(found, None)
    yield _batch(file, digest, gathered)


def _excerpt(content: bytes, settings: IngestSettings) -> str:
    """The beginning of a file that cannot be read, as text that can be stored."""
    with suppress(Unreadable):  # then as it came
        content = unpacked(content, settings.max_text_bytes)
    text = content[: settings.max_excerpt_chars].decode("utf-8", "surrogateescape")
    return escaped(text).replace("\0", "\\x00")


def _batch(file: pa.RecordBatch, digest: str, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
    # Repeating by take keeps the types that Spark sent.
    source = file.select(_SOURCE_NAMES).take(pa.array([0] * len(rows)))
    told = {
        "digest": pa.array([digest] * len(rows), pa.string()),
        "position": pa.array([row[0] for row in rows], pa.int64()),
        "payload": pa.array([row[1] for row in rows], pa.string()),
        "reason": pa.array([row[2] for row in rows], pa.string()),
    }
    return pa.RecordBatch.from_arrays(
        [*source.columns, *told.values()], names=[*_SOURCE_NAMES, *told]
    )


def _without_known(cut: DataFrame, known_files: DataFrame) -> DataFrame:
    return cut.join(known_files.select(*_FILE_KEY), on=list(_FILE_KEY), how="left_anti")


def _judged(cut: DataFrame, known: DataFrame) -> DataFrame:
    """Pieces with their record_id and fate: file, unreadable, fragment, repeated or new."""
    # Fragments share no id with anything: each stands for itself.
    unique = F.sha2(F.concat_ws("\n", "feed", "file", "digest", "position"), 256)
    payload = F.sha2(F.concat_ws("\n", "feed", "payload"), 256)
    is_record = F.col("position").isNotNull() & F.col("reason").isNull()
    named = cut.withColumn(
        "record_id", F.substring(F.when(is_record, payload).otherwise(unique), 1, ID_LENGTH)
    )
    # The frame ends at the row itself: only its number is asked for.
    earliest = (
        Window.partitionBy("record_id")
        .orderBy("shown_on", "file", "digest", F.col("position").asc_nulls_first())
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    seen = known.select("record_id", F.lit(True).alias("is_known"))
    return (
        named.withColumn("turn", F.row_number().over(earliest))
        .join(seen, on="record_id", how="left")
        .select(
            *named.columns,
            F.when(F.col("position").isNull() & F.col("reason").isNull(), "file")
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

    # A file of the same bytes may be listed once only: its name is part of the key.
    return judged.groupBy(*_FILE_KEY).agg(
        F.first("bytes").alias("bytes"),
        F.first("modified_at").alias("modified_at"),
        F.first("shown_on").alias("shown_on"),
        F.first("shown_basis").alias("shown_basis"),
        F.when(count("unreadable") > 0, "unreadable").otherwise("read").alias("status"),
        count("unreadable", "fragment", "repeated", "new").alias("delivered"),
        count("new").alias("records"),
        count("repeated").alias("repeated"),
        count("unreadable", "fragment").alias("quarantined"),
        F.max(F.when(F.col("fate") == "unreadable", F.col("reason"))).alias("reason"),
    )


def _records(judged: DataFrame) -> DataFrame:
    return judged.where(F.col("fate") == "new").select(
        "record_id", "feed", "format", "file", "position", "payload", "shown_on", "shown_basis"
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
