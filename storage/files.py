"""Small files of a warehouse, by Hadoop's file systems: the same calls for a folder, HDFS or S3."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


def _open(spark: SparkSession, location: str) -> tuple[Any, Any]:
    jvm: Any = spark._jvm
    path = jvm.org.apache.hadoop.fs.Path(location)
    return path.getFileSystem(spark._jsc.hadoopConfiguration()), path


def read_text(spark: SparkSession, location: str) -> str | None:
    """The file's text (UTF-8), or None where there is no such file."""
    system, path = _open(spark, location)
    if not system.exists(path):
        return None
    jvm: Any = spark._jvm
    stream = system.open(path)
    try:
        return str(jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
    finally:
        stream.close()


def write_text(spark: SparkSession, location: str, text: str) -> None:
    """Write the file whole or not at all: readers see the old state until it is complete."""
    system, path = _open(spark, location)
    _, unfinished = _open(spark, f"{location}.unfinished")
    stream = system.create(unfinished, True)
    try:
        stream.write(bytearray(text.encode("utf-8")))
        stream.hsync()
    finally:
        stream.close()
    system.delete(path, False)
    if not system.rename(unfinished, path):
        raise OSError(f"{location} could not be written")


def delete(spark: SparkSession, location: str) -> None:
    """Delete a file or folder, if it is there."""
    system, path = _open(spark, location)
    system.delete(path, True)


def folders(spark: SparkSession, location: str) -> list[str]:
    """Names of the folders in a folder, sorted; none where it does not exist."""
    system, path = _open(spark, location)
    if not system.exists(path):
        return []
    return sorted(s.getPath().getName() for s in system.listStatus(path) if s.isDirectory())


def bytes_in(spark: SparkSession, location: str) -> int:
    """Bytes of all files below a folder."""
    system, path = _open(spark, location)
    return int(system.getContentSummary(path).getLength())
