"""Map: a place in the plane for every paper, which it keeps while the topics do.

A sample of the papers is laid out (jobs/vectors/tsne.py) when the topics are fitted anew; these
landmarks place all papers, those of later days too. A new layout is turned towards the one before,
so that what stood on the left stays there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.params import MapSettings
from jobs.tables.gold import LANDMARKS
from jobs.vectors.tsne import align, lay_out, place_among
from jobs.vectors.vectors import Matrix, Single, collect_vectors, sample_rows, single

_PLACED = "paper_id string, x double, y double"
_FEWEST = 3  # landmarks that span a plane


class Map(NamedTuple):
    """What the stage writes: rows of gold.landmarks and of gold.map."""

    landmarks: DataFrame
    places: DataFrame


class Layout(NamedTuple):
    """Landmarks: whose vectors they are, the vectors, and their places of shape (landmarks, 2)."""

    ids: NDArray[np.str_]
    vectors: Single
    places: Matrix


def map_papers(
    embeddings: DataFrame,
    topics: DataFrame,
    paper_topics: DataFrame,
    known: DataFrame,
    model: str,
    settings: MapSettings,
) -> Map:
    """The places of all papers that topics look at; none before there are topics.

    Args:
        embeddings: silver.embeddings of `model`, unit vectors.
        topics, paper_topics: gold.topics and gold.paper_topics.
        known: gold.landmarks as published; empty before the first layout.
    """
    vectors = embeddings.select("paper_id", "vector").join(
        paper_topics.select("paper_id"), on="paper_id", how="left_semi"
    )
    version = topics.where("is_current").agg(F.max("version").alias("version")).collect()[0][0]
    rows = known.where(F.col("model") == model).orderBy("paper_id").collect()
    if version is not None and _stands(rows, version, settings):
        return Map(known, _place_all(vectors, _layout(rows)))
    ids, sample = collect_vectors(sample_rows(vectors, settings.landmarks))
    if version is None or len(ids) < _FEWEST:
        return Map(known.limit(0), embeddings.sparkSession.createDataFrame([], _PLACED))
    places = lay_out(sample)
    if rows:
        before = _layout(rows)
        places = align(places, place_among(sample, before.vectors, before.places))
    layout = Layout(ids, sample, places)
    landmarks = _landmark_rows(embeddings.sparkSession, layout, model, version, vectors.count())
    return Map(landmarks, _place_all(vectors, layout))


def _stands(rows: list[Row], version: int, settings: MapSettings) -> bool:
    """Whether landmarks are those of the topics and of the settings."""
    if not rows or rows[0]["version"] != version:
        return False
    return bool(len(rows) == min(settings.landmarks, rows[0]["drawn_from"]))


def _layout(rows: list[Row]) -> Layout:
    return Layout(
        np.array([row["paper_id"] for row in rows], dtype=np.str_),
        np.array([row["vector"] for row in rows], dtype=np.float32),
        np.array([(row["x"], row["y"]) for row in rows], dtype=np.float64).reshape(-1, 2),
    )


def _landmark_rows(
    spark: SparkSession, layout: Layout, model: str, version: int, papers: int
) -> DataFrame:
    rows = [
        (paper_id, model, version, vector.tolist(), *place.tolist(), papers)
        for paper_id, vector, place in zip(*layout, strict=True)
    ]
    text_rows = [(str(paper_id), *more) for paper_id, *more in rows]
    return spark.createDataFrame(text_rows, LANDMARKS.schema())


def _place_all(vectors: DataFrame, layout: Layout) -> DataFrame:
    work = partial(_place, landmarks=layout.vectors, places=layout.places)
    return vectors.mapInArrow(work, _PLACED)


def _place(
    batches: Iterable[pa.RecordBatch], landmarks: Single, places: Matrix
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            points = place_among(single(batch["vector"]), landmarks, places)
            x, y = (pa.array(axis) for axis in points.T)
            yield pa.record_batch({"paper_id": batch["paper_id"], "x": x, "y": y})
