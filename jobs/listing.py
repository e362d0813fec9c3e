"""What lies in the feeds' folders: one row a file, without a look inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from fnmatch import translate
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.feeds.core import Feed

LISTING = (
    "feed string, format string, location string, file string, bytes bigint, "
    "modified_at timestamp, shown_on date, shown_basis string"
)
_DAY = r"(?:^|[^0-9])(\d{4})([-_.]?)(\d{2})\2(\d{2})(?:[^0-9]|$)"
_GLOB = re.compile(r"[*?\[{]")
_GLOB_SIGN = re.compile(r"[*?\[\]{}\\]")


class NoFilesError(Exception):
    """A feed's path does not exist, or cannot be listed."""


def list_files(
    spark: SparkSession, name: str, feed: Feed, path: str, received: date | None
) -> DataFrame:
    """The files of feed `name` under `path`: a file, a folder (with all below it) or a glob.

    Of a folder the files whose name matches one of the format's patterns; a file or a glob is taken
    as the person gave it, and what is there under its very name is no glob. The day shown is the
    date in the file's name, else `received`, else the day of its last change (UTC). `file` is the
    path under the folder; of a glob, under the folder before its first wildcard. Spark's reader
    leaves out files of no bytes and those whose name begins with a dot or an underscore.

    Returns:
        One row a file, by the schema LISTING.

    Raises:
        NoFilesError: nothing is there, or it cannot be listed.
    """
    root, is_folder, is_glob = _root(spark, path)
    reader = spark.read.format("binaryFile").option("recursiveFileLookup", True)
    try:
        found = reader.load(path if is_glob else literal(path)).select(
            "path", "length", "modificationTime"
        )
    except AnalysisException as error:
        raise NoFilesError(f"feed {name}: there is nothing at {path}") from error
    file = F.expr(f"substring(path, {len(root) + 1})")
    files = found.withColumn("file", F.regexp_replace(file, "^/+", "")).withColumn(
        "name", F.element_at(F.split("path", "/"), -1)
    )
    if is_folder:
        files = files.where(F.lower("name").rlike(_patterns(feed)))
    named, given = _day_in_name(), F.lit(received).cast("date")
    return files.select(
        F.lit(name).alias("feed"),
        F.lit(feed.name).alias("format"),
        F.col("path").alias("location"),
        "file",
        F.col("length").alias("bytes"),
        F.col("modificationTime").alias("modified_at"),
        F.coalesce(named, given, F.to_date("modificationTime")).alias("shown_on"),
        F.when(named.isNotNull(), "file name")
        .when(given.isNotNull(), "received")
        .otherwise("modified")
        .alias("shown_basis"),
    )


def list_all(
    spark: SparkSession, feeds: Mapping[str, tuple[Feed, str]], received: date | None
) -> DataFrame:
    """The files of all feeds: name → format and path; as `list_files`."""
    listing = spark.createDataFrame([], LISTING)
    for name, (feed, path) in sorted(feeds.items()):
        listing = listing.unionByName(list_files(spark, name, feed, path, received))
    return listing


def literal(path: str) -> str:
    """`path` as a glob that means this very path: names of files are data."""
    return _GLOB_SIGN.sub(lambda sign: f"\\{sign[0]}", path)


def _root(spark: SparkSession, path: str) -> tuple[str, bool, bool]:
    """The part of a location that `file` leaves out; whether `path` is a folder, or a glob."""
    whole, there, is_folder = _place(spark, path)
    wild = None if there else _GLOB.search(path)  # a name may hold an asterisk or a bracket as well
    if wild:
        whole, _, is_folder = _place(spark, path[: wild.start()].rpartition("/")[0])
    root = whole if is_folder else whole.getParent()
    return str(root.toString()), is_folder and not wild, wild is not None


def _place(spark: SparkSession, path: str) -> tuple[Any, bool, bool]:
    """Hadoop's path of `path`, whether it is there, and whether it is a folder."""
    jvm = spark._jvm
    location = jvm.org.apache.hadoop.fs.Path(path or ".")  # type: ignore[union-attr]
    system = location.getFileSystem(spark._jsc.hadoopConfiguration())
    whole = system.makeQualified(location)
    there = bool(system.exists(whole))
    return whole, there, there and bool(system.getFileStatus(whole).isDirectory())


def _patterns(feed: Feed) -> str:
    """The format's file patterns, each also with `.gz`, as one Java regular expression."""
    parts = (translate(pattern).removeprefix("(?s:").removesuffix(r")\Z") for pattern in feed.files)
    return f"^(?:{'|'.join(parts)})(?:\\.gz)?$"


def _day_in_name() -> Column:
    year, month, day = (F.regexp_extract("name", _DAY, group).cast("int") for group in (1, 3, 4))
    return F.make_date(year, month, day)
