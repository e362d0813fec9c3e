"""Requirements of the map: like by like, the same in any order, and places that last."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from scipy.spatial import cKDTree

from jobs.params import MapSettings
from jobs.tables.gold import LANDMARKS, MAP
from jobs.vectors.map import Map, _place, map_papers
from jobs.vectors.tsne import lay_out, place_among
from jobs.vectors.vectors import arrow
from tests.frames import frame_of

WIDTH = 16
SUBJECTS = 6
SMALL = MapSettings(landmarks=60)
MODEL = "a model"


def about(number: int, seed: int = 3) -> NDArray[np.float32]:
    """Unit vectors around six directions, in turn."""
    noise = np.random.Generator(np.random.PCG64(seed)).normal(0, 0.12, (number, WIDTH))
    made = np.eye(WIDTH)[np.arange(number) % SUBJECTS] + noise
    unit: NDArray[np.float32] = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("f4")
    return unit


class House:
    """Tables of papers p000, p001, … with these vectors, and a fit of their topics."""

    def __init__(self, spark: SparkSession, vectors: NDArray[np.float32], version: int | None = 1):
        self.spark, self.version = spark, version
        self.rows = [(f"p{at:03}", vector.tolist()) for at, vector in enumerate(vectors)]

    def map(
        self, known: DataFrame | None = None, model: str = MODEL, settings: MapSettings = SMALL,
        parts: int = 1,
    ) -> Map:  # fmt: skip
        fits = [] if self.version is None else [(self.version, True), (self.version - 1, False)]
        topics = frame_of(self.spark, fits, "version int, is_current boolean")
        rows = self.rows if parts == 1 else self.rows[::-1]
        vectors = frame_of(self.spark, rows, "paper_id string, vector array<float>")
        none = frame_of(self.spark, [], LANDMARKS.schema())
        found = map_papers(
            vectors.repartition(parts), topics, vectors.select("paper_id"),
            none if known is None else known, model, settings,
        )  # fmt: skip
        return Map(
            LANDMARKS.conform(found.landmarks).localCheckpoint(),
            MAP.conform(found.places).localCheckpoint(),
        )


def places(found: Map) -> dict[str, tuple[float, float]]:
    return {row["paper_id"]: (row["x"], row["y"]) for row in found.places.collect()}


def layout(found: Map) -> list[tuple[object, ...]]:
    return sorted(tuple(row) for row in found.landmarks.collect())


def test_like_papers_stand_by_each_other() -> None:
    vectors = about(300)
    landmarks = vectors[:120]
    found = place_among(vectors, landmarks, lay_out(landmarks))
    near = cKDTree(found).query(found, 6)[1][:, 1:]
    assert (near % SUBJECTS == np.arange(300)[:, None] % SUBJECTS).mean() > 0.95
    assert np.linalg.norm(found, axis=1).max() <= 1
    assert found.std(axis=0).min() > 0.2


def test_rows_parts_and_order_make_no_difference(spark: SparkSession) -> None:
    house = House(spark, about(150))
    one, other = house.map(), house.map(parts=7)
    assert places(one) == places(other)
    assert len(places(one)) == 150
    assert layout(one) == layout(other)
    assert len(layout(one)) == SMALL.landmarks


def test_batches_make_no_difference() -> None:
    vectors = about(50)
    where = lay_out(vectors[:20])

    def found(batches: Iterable[NDArray[np.float32]]) -> list[dict[str, object]]:
        given = [pa.record_batch({"paper_id": ["p"] * len(some), "vector": arrow(some)})
                 for some in batches]  # fmt: skip
        return [row for b in _place(given, vectors[:20], where) for row in b.to_pylist()]

    assert found([vectors]) == found([vectors[:0], vectors[:1], vectors[1:17], vectors[17:]])


def test_a_day_more_moves_nobody(spark: SparkSession) -> None:
    first = House(spark, about(150)).map()
    then = House(spark, about(200)).map(first.landmarks)
    assert layout(then) == layout(first)
    before, after = places(first), places(then)
    assert {paper: after[paper] for paper in before} == before
    assert len(after) == 200


def test_the_layout_goes_with_topics_model_and_settings(spark: SparkSession) -> None:
    house = House(spark, about(150))
    first = house.map()
    assert layout(house.map(first.landmarks)) == layout(first)
    other = house.map(first.landmarks, model="another")
    assert {row["model"] for row in other.landmarks.collect()} == {"another"}
    fewer = house.map(first.landmarks, settings=MapSettings(landmarks=30))
    assert fewer.landmarks.count() == 30
    house.version = 2
    again = house.map(first.landmarks)
    assert {row["version"] for row in again.landmarks.collect()} == {2}


def test_a_new_layout_is_turned_towards_the_old_one(spark: SparkSession) -> None:
    old = House(spark, about(150)).map()
    mirrored = old.landmarks.selectExpr(
        "paper_id", "model", "version", "vector", "-y as x", "x as y", "drawn_from"
    )
    new = House(spark, about(150), version=2).map(mirrored)
    before, after = (
        {row["paper_id"]: (row["x"], row["y"]) for row in landmarks.collect()}
        for landmarks in (mirrored, new.landmarks)
    )
    assert before.keys() == after.keys()
    for paper, place in after.items():
        assert place == pytest.approx(before[paper], abs=0.1)


@pytest.mark.parametrize(("papers", "version"), [(0, 1), (2, 1), (40, None)])
def test_without_topics_or_papers_there_is_no_map(
    spark: SparkSession, papers: int, version: int | None
) -> None:
    found = House(spark, about(papers), version).map()
    assert (found.landmarks.count(), found.places.count()) == (0, 0)


def test_equal_papers_share_a_place() -> None:
    vectors = np.tile(about(1), (30, 1))
    found = place_among(vectors, vectors, lay_out(vectors))
    assert np.isfinite(found).all()
    assert len(np.unique(found, axis=0)) == 1
