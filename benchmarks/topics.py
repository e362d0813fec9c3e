"""Figures of topics and keyphrases: papers a second and peak memory, on papers of the sample feed.

Vectors are drawn by the hash of the paper's id around one direction a topic: how long a fit and an
assignment take does not depend on where vectors come from.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.figures import GIB, POLL_SECONDS, Figure, bench_session, memory_of, none_of
from jobs.keyphrases import keyphrases
from jobs.noun_phrases import noun_phrases
from jobs.params import KeyphrasesSettings, TopicsSettings
from jobs.tables.gold import PAPER_TOPICS, TOPIC_FITS, TOPIC_LINEAGE, TOPICS
from jobs.topic_fit import nearest, seeded, settled
from jobs.topics import Topics, topics
from jobs.vectors import Matrix, arrow, matrix

DAY = date(2100, 1, 1)
DIRECTIONS, WIDTH = 40, 384
NOISE = 0.05  # a coordinate; cosines to the topic's direction are then about .7
AIM_GIB = 3.0


def understanding(folder: Path, papers: int) -> Iterator[Figure]:
    """Keyphrases and topics of so many papers of the sample in `folder`."""
    given = _papers(folder, papers)
    count = given.count()
    seconds, peak = _measured(lambda: _ran(keyphrases(given, KeyphrasesSettings())))
    yield Figure(f"keyphrases of {count:,} papers", count / seconds, "papers a second",
                 _plain_phrases(given), "noun phrases alone in a plain loop, one core")  # fmt: skip
    yield Figure(f"peak memory, keyphrases of {count:,}", peak / GIB, "GiB", AIM_GIB, "the aim")
    vectors = given.select("paper_id").mapInArrow(_drawn, "paper_id string, vector array<float>")
    vectors = vectors.localCheckpoint()
    known = Topics(*map(none_of, (TOPICS, TOPIC_LINEAGE, PAPER_TOPICS, TOPIC_FITS)))

    def found() -> None:
        made = topics(given, vectors, "drawn", known, TopicsSettings(), DAY)
        for frame in made:
            _ran(frame)

    seconds, peak = _measured(found)
    yield Figure(f"topics of {count:,} papers", count / seconds, "papers a second",
                 _plain_topics(vectors, count),
                 "one k-means of 40 topics on all papers, numpy")  # fmt: skip
    yield Figure(f"peak memory, topics of {count:,}", peak / GIB, "GiB", AIM_GIB, "the aim")


def _papers(folder: Path, papers: int) -> DataFrame:
    """The first papers of a sample feed, as far as keyphrases and topics read them."""
    rows = bench_session().read.json(str(folder / "*.jsonl"))
    day = F.lit(DAY)
    return (
        rows.groupBy(F.col("id").alias("paper_id"))
        .agg(F.min("title").alias("title"), F.min("abstract").alias("abstract"))
        .orderBy("paper_id")
        .limit(papers)
        .select("*", day.alias("dated_on"), day.alias("first_shown_on"),
                F.lit(False).alias("is_withdrawn"))
        .localCheckpoint()
    )  # fmt: skip


def _drawn(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    directions = np.random.Generator(np.random.PCG64(1)).normal(0, 1, (DIRECTIONS, WIDTH))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    for batch in batches:
        made = np.empty((batch.num_rows, WIDTH))
        for row, paper_id in enumerate(batch["paper_id"].to_pylist()):
            draw = np.random.Generator(np.random.PCG64(list(paper_id.encode())))
            made[row] = directions[draw.integers(DIRECTIONS)] + draw.normal(0, NOISE, WIDTH)
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        yield pa.record_batch({"paper_id": batch["paper_id"], "vector": arrow(made)})


def _ran(frame: DataFrame) -> None:
    frame.write.format("noop").mode("overwrite").save()


def _measured(work: Callable[[], None]) -> tuple[float, int]:
    """Seconds of `work`, and the peak memory in bytes of this process and all below it."""
    begun = time.monotonic()
    with _watched() as peaks:
        work()
    return time.monotonic() - begun, max(peaks)


@contextmanager
def _watched() -> Iterator[list[int]]:
    ended, peaks = Event(), [0]

    def watch() -> None:
        while not ended.wait(POLL_SECONDS):
            peaks.append(memory_of(os.getpid()))

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()


def _plain_phrases(papers: DataFrame) -> float:
    """Papers a second of reading the noun phrases of a thousand papers."""
    rows = papers.select("title", "abstract").limit(1000).collect()
    begun = time.monotonic()
    for row in rows:
        list(noun_phrases(f"{row['title']}. {row['abstract'] or ''}"))
    return len(rows) / (time.monotonic() - begun)


def _plain_topics(vectors: DataFrame, count: int) -> float:
    """Papers a second of one spherical k-means over all vectors at once."""
    table = pa.Table.from_batches(vectors._collect_as_arrow())
    given: Matrix = matrix(table["vector"].combine_chunks())
    begun = time.monotonic()
    firsts = seeded(given, DIRECTIONS, np.random.Generator(np.random.PCG64(1)))
    nearest(given, settled(given, firsts, TopicsSettings().iterations))
    return count / (time.monotonic() - begun)
