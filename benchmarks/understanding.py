"""Figures of keyphrases, topics, trends and neighbours: papers a second, and peak memory.

Of what a stage reads, nothing is made within the time measured; what it gives is not written.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.corpus import first
from benchmarks.figures import GIB, Figure, measure, none_of
from jobs.params import KeyphrasesSettings, NeighborsSettings, TopicsSettings, TrendsSettings
from jobs.tables.gold import (
    CELLS,
    NEIGHBORS,
    PAPER_CELLS,
    PAPER_TOPICS,
    TOPIC_FITS,
    TOPIC_LINEAGE,
    TOPICS,
)
from jobs.terms.keyphrases import keyphrases
from jobs.terms.terms import terms
from jobs.terms.vocabulary import vocabulary
from jobs.text.noun_phrases import noun_phrases
from jobs.text.phrases import all_phrases
from jobs.topics.fit import nearest as nearest_topic
from jobs.topics.fit import seed_centroids, settle_centroids
from jobs.topics.stage import Topics, topics
from jobs.trends.forecasts import forecasts
from jobs.trends.totals import period_totals
from jobs.trends.trend_tests import trend_tests
from jobs.trends.trends import term_trends, topic_trends
from jobs.vectors.neighbors import Neighbors, neighbors
from jobs.vectors.vectors import collect_vectors, matrix, nearest

DAY = date(2100, 1, 1)
AIM_GIB = 4.0
GROUPS = 40  # of the plain k-means
PLAIN = 1_000  # papers of a plain loop
LATER = 300  # one paper in so many comes a day later

Corpus = tuple[DataFrame, DataFrame]


def understanding(papers_and_vectors: Corpus, number: int) -> Iterator[Figure]:
    """Each stage over so many papers, beside a plain way to do the least of it."""
    papers, vectors = first(papers_and_vectors, number)
    number = papers.count()
    stages = {
        "keyphrases": (_keyphrases, _plain_phrases, "noun phrases alone in a plain loop, one core"),
        "topics": (_topics, _plain_topics, f"one k-means of {GROUPS} on all papers, numpy"),
        "trends": (_trends, _plain_terms, "one process, the terms of each text by month"),
        "neighbours": (_neighbors, _plain_neighbors, "exact search by numpy, all cores"),
    }
    for name, (work, plain, against) in stages.items():
        seconds, peak = measure(work(papers, vectors))
        yield Figure(f"{name} of {number:,} papers", number / seconds, "papers a second",
                     plain(papers, vectors), against)  # fmt: skip
        yield Figure(f"peak memory, {name} of {number:,}", peak / GIB, "GiB", AIM_GIB, "the aim")
    yield _a_day(papers, vectors, number, seconds)


def ran(*frames: DataFrame) -> None:
    """Every row of the frames made, and dropped."""
    for frame in frames:
        frame.write.format("noop").mode("overwrite").save()


def _keyphrases(papers: DataFrame, _: DataFrame) -> Callable[[], None]:
    """From silver.papers, what stands in silver.phrases between kept as a table keeps it."""
    return lambda: ran(keyphrases(all_phrases(papers).localCheckpoint(), KeyphrasesSettings()))


def _topics(papers: DataFrame, vectors: DataFrame) -> Callable[[], None]:
    phrase_rows = all_phrases(papers).localCheckpoint()
    known = Topics(*map(none_of, (TOPICS, TOPIC_LINEAGE, PAPER_TOPICS, TOPIC_FITS)))

    def work() -> None:
        result = topics(papers, phrase_rows, vectors, "static", known, TopicsSettings(), DAY)
        ran(result.topics, result.lineage, result.paper_topics, result.fits)

    return work


def _trends(papers: DataFrame, _: DataFrame) -> Callable[[], None]:
    """From silver.papers, silver.keyphrases and topics to tests, bursts and forecasts.

    The topics are drawn: how long it takes to count them does not depend on what they are about.
    """
    settings = TrendsSettings()
    phrase_rows = all_phrases(papers).localCheckpoint()
    phrases = keyphrases(phrase_rows, KeyphrasesSettings()).localCheckpoint()
    topic = F.concat(F.lit("t"), F.pmod(F.xxhash64("paper_id"), F.lit(GROUPS)).cast("string"))
    paper_topics = papers.select("paper_id", topic.alias("topic_id"), F.lit(True).alias("fits"))

    def work() -> None:
        # What a stage reads from a table is cut off from how it was made.
        totals = period_totals(papers, settings, DAY).localCheckpoint()
        words = vocabulary(papers, phrase_rows, phrases, settings, DAY).papers.localCheckpoint()
        by_topic = topic_trends(papers, paper_topics, totals, settings, DAY).localCheckpoint()
        by_term = term_trends(papers, words, totals, settings, DAY).localCheckpoint()
        ran(*trend_tests(by_topic, by_term, totals, settings))
        ran(forecasts(by_topic, totals, settings))

    return work


def _neighbors(papers: DataFrame, vectors: DataFrame) -> Callable[[], None]:
    return lambda: ran(_search(papers, vectors, _nothing()).neighbors)


def _search(papers: DataFrame, vectors: DataFrame, known: Neighbors) -> Neighbors:
    settings = NeighborsSettings(exact_papers=0)  # through cells, few papers too
    return neighbors(papers, vectors, known, "static", settings, DAY)


def _nothing() -> Neighbors:
    return Neighbors(*map(none_of, (NEIGHBORS, CELLS, PAPER_CELLS)))


def _a_day(papers: DataFrame, vectors: DataFrame, number: int, whole: float) -> Figure:
    """Seconds to give the papers of a day their neighbours, and others these."""
    is_later = F.pmod(F.xxhash64("paper_id", F.lit("later")), F.lit(LATER)) == 0
    before = _search(papers.where(~is_later), vectors, _nothing())
    known = Neighbors(
        NEIGHBORS.conform(before.neighbors).localCheckpoint(),
        CELLS.conform(before.cells).localCheckpoint(),
        PAPER_CELLS.conform(before.paper_cells).localCheckpoint(),
    )
    seconds, _ = measure(lambda: ran(_search(papers, vectors, known).neighbors))
    return Figure(f"neighbours of a {LATER}th more than {number:,}", seconds, "seconds", whole,
                  "the search of all")  # fmt: skip


def _plain_phrases(papers: DataFrame, _: DataFrame) -> float:
    """Papers a second of reading the noun phrases."""
    rows, start = _some(papers), time.monotonic()
    for row in rows:
        list(noun_phrases(f"{row['title']}. {row['abstract'] or ''}"))
    return len(rows) / (time.monotonic() - start)


def _plain_topics(_: DataFrame, vectors: DataFrame) -> float:
    """Papers a second of one spherical k-means over all vectors at once."""
    points = matrix(pa.Table.from_batches(vectors._collect_as_arrow())["vector"].combine_chunks())
    start = time.monotonic()
    firsts = seed_centroids(points, GROUPS, np.random.Generator(np.random.PCG64(1)))
    nearest_topic(points, settle_centroids(points, firsts, TopicsSettings().iterations))
    return len(points) / (time.monotonic() - start)


def _plain_terms(papers: DataFrame, _: DataFrame) -> float:
    """Papers a second of counting the terms."""
    rows, start = _some(papers), time.monotonic()
    counts: Counter[tuple[str, int]] = Counter()
    for row in rows:
        text = f"{row['title']}. {row['abstract'] or ''}"
        counts.update({(term, row["dated_on"].month) for term, *_ in terms(text)})
    return len(rows) / (time.monotonic() - start)


def _plain_neighbors(_: DataFrame, vectors: DataFrame) -> float:
    """Papers a second of comparing each with each."""
    everyone = collect_vectors(vectors)[1]
    start = time.monotonic()
    nearest(everyone[:PLAIN], everyone, NeighborsSettings().per_paper)
    return PLAIN / (time.monotonic() - start)


def _some(papers: DataFrame) -> list[Any]:
    return papers.select("title", "abstract", "dated_on").limit(PLAIN).collect()
