"""Faults of files and of the machine are said in words: which table, which file, what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.engine.faults import in_words, innermost

JAVA = re.compile(r"\b(?:java|org|io|scala)\.\w+|Exception|\bo\d+\.")


def failing(action: object) -> BaseException:
    with pytest.raises(Exception) as failed:
        action()  # type: ignore[operator]
    return failed.value


@pytest.fixture
def topics(spark: SparkSession, tmp_path: Path) -> Path:
    """A table of a warehouse with one file."""
    folder = tmp_path / "w" / "gold" / "topics"
    spark.range(1000).coalesce(1).write.format("delta").save(str(folder))
    return folder


def test_a_cut_file_is_named(spark: SparkSession, topics: Path) -> None:
    frame = spark.read.format("delta").load(str(topics))
    (file,) = topics.glob("*.parquet")
    file.write_bytes(file.read_bytes()[:200])
    told = in_words(failing(lambda: frame.agg({"id": "sum"}).collect())) or ""
    assert told.startswith("gold.topics is damaged: part-") and "cut or overwritten" in told
    assert "papertide repair gold.topics" in told and not JAVA.search(told)


def test_a_missing_file_is_named(spark: SparkSession, topics: Path) -> None:
    frame = spark.read.format("delta").load(str(topics))
    (file,) = topics.glob("*.parquet")
    file.unlink()
    told = in_words(failing(lambda: frame.agg({"id": "sum"}).collect())) or ""
    assert told.startswith("gold.topics is damaged: part-") and "is missing" in told
    assert not JAVA.search(told)


def test_a_garbled_log_is_named(spark: SparkSession, topics: Path) -> None:
    (topics / "_delta_log" / f"{0:020}.json").write_text('{"add": {')
    reader = spark.read.format("delta")
    told = in_words(failing(lambda: reader.load(str(topics)).collect())) or ""
    assert told.startswith("gold.topics is damaged: _delta_log/") and "cut or overwritten" in told
    assert not JAVA.search(told)


def test_a_place_that_arrow_cannot_reach_says_what_it_takes() -> None:
    error = OSError("Unable to load libjvm: /usr/lib/libjvm.so: No such file or directory")
    assert "HADOOP_HOME" in (in_words(error) or "")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device", "/w/silver/papers/a.parquet"), "the disk is full"),
        (OSError(30, "Read-only file system", "/w/silver/papers"), "not allowed to use"),
        (PermissionError(13, "Permission denied", "/w/ops/runs"), "not allowed to use"),
    ],
)
def test_what_the_system_says_is_said_with_the_place(error: OSError, told: str) -> None:
    outer = RuntimeError("job aborted")
    outer.__cause__ = error
    found = in_words(outer) or ""
    assert found.startswith(told) and str(error.filename).split("/")[2] in found


def test_a_full_disk_without_a_place_is_that_of_the_table_that_was_written() -> None:
    error = OSError(28, "No space left on device")
    error.add_note("/w/ops/runs/_delta_log")
    assert (in_words(error) or "").startswith("the disk is full, while writing ops.runs;")
    written = OSError(28, "No space left on device: file:/w/silver/records.")
    assert (in_words(written) or "").startswith("the disk is full, while writing silver.records;")


def test_of_other_errors_the_innermost_message_is_left(spark: SparkSession) -> None:
    error = failing(lambda: spark.sql("select raise_error('low water')").collect())
    assert in_words(error) is None
    assert innermost(error) == "low water"
    assert in_words(ValueError("no such thing")) is None
