"""Figures of trends: from papers to tests and bursts, without reading and writing of tables."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from pyspark.sql import SparkSession

from benchmarks.figures import Figure
from jobs.keyphrases import keyphrases
from jobs.params import KeyphrasesSettings, SessionSettings, TrendsSettings
from jobs.session import build_session
from jobs.tables.silver import PAPERS
from jobs.terms import terms
from jobs.totals import period_totals
from jobs.trend_tests import trend_tests
from jobs.trends import term_trends, topic_trends
from jobs.vocabulary import vocabulary
from pipelines.setup.home import home

SIZES = (10_000, 100_000)


def trends(sample: Path) -> Iterator[Figure]:
    """Papers a second from silver.papers and silver.keyphrases to tests and bursts of all terms.

    Args:
        sample: folder of a sample feed of a hundred thousand papers.
    """
    spark = build_session(SessionSettings(), home())
    for many in SIZES:
        rows = list(islice(papers_of(sample), many))
        seconds = _counted(spark, rows)
        yield Figure(f"trends of {many:,} papers", many / seconds, "papers a second",
                     _plainly(rows), "one process, the terms of each text by month")  # fmt: skip


def papers_of(sample: Path) -> Iterator[dict[str, Any]]:
    """The rows of the sample as silver.papers has them, repeats included."""
    for file in sorted(sample.glob("*.jsonl")):
        shown = date.fromisoformat(file.stem)
        for number, row in enumerate(map(orjson.loads, file.read_bytes().splitlines())):
            yield {
                "paper_id": f"{shown}-{number}",
                "title": row["title"],
                "abstract": row.get("abstract"),
                "dated_on": shown,
                "first_shown_on": shown,
                "date_basis": "shown",
                "categories": row.get("categories"),
                "is_withdrawn": False,
                "feeds": ["papers"],
            }


def _counted(spark: SparkSession, rows: list[dict[str, Any]]) -> float:
    """Seconds of totals, vocabulary, shares and tests; the keyphrases are there before."""
    settings, as_of = TrendsSettings(), rows[-1]["first_shown_on"]
    full = [tuple(row.get(name) for name in PAPERS.column_names) for row in rows]
    papers = spark.createDataFrame(full, PAPERS.schema()).persist()
    phrases = keyphrases(papers, KeyphrasesSettings()).persist()
    phrases.write.format("noop").mode("overwrite").save()
    clock = time.monotonic()
    totals = period_totals(papers, settings, as_of).persist()
    words = vocabulary(papers, phrases, settings, as_of).papers.persist()
    no_topics = spark.createDataFrame([], "paper_id string, topic_id string, fits boolean")
    found = trend_tests(
        topic_trends(papers, no_topics, totals, settings, as_of),
        term_trends(papers, words, totals, settings, as_of),
        totals,
        settings,
    )
    for frame in found:
        frame.write.format("noop").mode("overwrite").save()
    seconds = time.monotonic() - clock
    spark.catalog.clearCache()
    return seconds


def _plainly(rows: list[dict[str, Any]]) -> float:
    """Papers a second of a plain loop over some of the rows."""
    some = rows[:2_000]
    clock = time.monotonic()
    counts: Counter[tuple[str, int]] = Counter()
    for row in some:
        text = f"{row['title']}. {row['abstract'] or ''}"
        counts.update({(term, row["dated_on"].month) for term, *_ in terms(text)})
    return len(some) / (time.monotonic() - clock)
