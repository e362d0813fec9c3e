"""Requirements of nearest papers: exact where small, good where large, the same in any order."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession

from jobs.neighbors import neighbors, search, top
from jobs.params import NeighborsSettings
from jobs.vectors import arrow, matrix

WIDTH = 24
CLUSTERS = 12


def clustered_vectors(number: int) -> NDArray[np.float32]:
    """Unit vectors around twelve directions."""
    generator = np.random.Generator(np.random.PCG64(7))
    centers = generator.normal(size=(CLUSTERS, WIDTH))
    made = centers[np.arange(number) % CLUSTERS] + generator.normal(0, 0.5, (number, WIDTH))
    unit: NDArray[np.float32] = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("f4")
    return unit


def tables(
    spark: SparkSession, vectors: NDArray[np.float32], withdrawn: frozenset[int] = frozenset()
) -> tuple[DataFrame, DataFrame]:
    """Papers p000, p001, …, each dated a day after the one before, every tenth without a date."""
    papers = [
        (
            f"p{i:03}",
            None if i % 10 == 0 else date.fromordinal(date(2020, 1, 1).toordinal() + i),
            i in withdrawn,
        )
        for i in range(len(vectors))
    ]
    return (
        spark.createDataFrame(papers, "paper_id string, dated_on date, is_withdrawn boolean"),
        spark.createDataFrame(
            [(p, v.tolist()) for (p, *_), v in zip(papers, vectors, strict=True)],
            "paper_id string, vector array<float>",
        ),
    )


def rows(frame: DataFrame) -> list[tuple[str, int, str, float, bool]]:
    return sorted(
        (r["paper_id"], r["rank"], r["neighbor_id"], r["cosine"], r["is_earlier"])
        for r in frame.collect()
    )


def brute_force(vectors: NDArray[np.float32], number: int) -> list[tuple[str, int, str, float]]:
    wide = vectors.astype(np.float64)
    cosines = np.round(wide @ wide.T, 6)
    made = []
    for i in range(len(vectors)):
        others = sorted((-cosines[i, j], j) for j in range(len(vectors)) if j != i)
        made += [
            (f"p{i:03}", rank, f"p{j:03}", -negative)
            for rank, (negative, j) in enumerate(others[:number], 1)
        ]
    return made


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    """Two hundred vectors, of which five are all the same."""
    made = clustered_vectors(200)
    made[50:55] = made[50]
    return made


def test_equals_brute_force_where_all_cells_are_searched(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    settings = NeighborsSettings(per_paper=3, cell_papers=30)
    found = rows(neighbors(*tables(spark, vectors), settings))
    assert [row[:4] for row in found] == brute_force(vectors, 3)


def test_earlier_is_strict_and_needs_both_dates(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    for paper, _, other, _, is_earlier in rows(
        neighbors(*tables(spark, vectors[:40]), NeighborsSettings(per_paper=39))
    ):
        a, b = int(paper[1:]), int(other[1:])
        assert is_earlier == (b < a and a % 10 != 0 and b % 10 != 0)


def test_rows_do_not_depend_on_order_or_partitions(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    settings = NeighborsSettings(per_paper=4, exact_papers=50, cell_papers=20, probes=3)
    papers, embeddings = tables(spark, vectors)
    one = neighbors(papers.coalesce(1), embeddings.orderBy("paper_id").coalesce(1), settings)
    other = neighbors(papers, embeddings.orderBy("vector").repartition(7), settings)
    assert rows(one) == rows(other)


def test_some_cells_find_most_neighbours_of_clustered_papers(spark: SparkSession) -> None:
    many = clustered_vectors(600)
    settings = NeighborsSettings(per_paper=5, exact_papers=0, cell_papers=30, probes=8)
    found = {row[:3:2] for row in rows(neighbors(*tables(spark, many), settings))}
    true = {row[:3:2] for row in brute_force(many, 5)}
    assert len(found & true) / len(true) > 0.85  # noqa: PLR2004
    # Were all cells searched, nothing would be missed and the test would not test the cells.
    assert found != true


def test_withdrawn_papers_neither_have_nor_are_neighbours(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    out = frozenset({3, 4, 5})
    found = rows(neighbors(*tables(spark, vectors[:12], out), NeighborsSettings(per_paper=11)))
    named = {row[0] for row in found} | {row[2] for row in found}
    assert named == {f"p{i:03}" for i in range(12) if i not in out}
    assert len(found) == 9 * 8


def test_lone_paper_has_no_neighbours(spark: SparkSession, vectors: NDArray[np.float32]) -> None:
    assert rows(neighbors(*tables(spark, vectors[:1]), NeighborsSettings())) == []
    assert rows(neighbors(*tables(spark, vectors[:0]), NeighborsSettings())) == []


def test_search_does_not_mind_where_batches_break() -> None:
    made = clustered_vectors(30).astype(np.float64)
    cells = np.repeat(np.array([0, 1, 2], dtype=np.int32), 20)
    table = pa.table(
        {
            "cell": cells,
            "is_query": np.tile(np.repeat([False, True], 10), 3),
            "paper_id": [f"p{(i // 20) * 10 + i % 10:02}" for i in range(60)],
            "dated_on": pa.nulls(60, pa.date32()),
            "vector": arrow(made[[(i // 20) * 10 + i % 10 for i in range(60)]]),
        }
    )
    whole = [r for b in search(table.to_batches(), 2) for r in b.to_pylist()]
    pieces = [r for b in search(table.to_batches(max_chunksize=7), 2) for r in b.to_pylist()]
    assert pieces == whole
    assert len(whole) == 60


def test_top_breaks_ties_after_rounding_by_the_first_column() -> None:
    cosines = np.array([[0.5, 0.9, 0.50000001, 0.50000002, 1.0]])
    found_rows, columns, values = top(cosines, np.array([4.0]), 2)
    assert (found_rows.tolist(), columns.tolist(), values.tolist()) == ([0, 0], [1, 0], [0.9, 0.5])


def test_vectors_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="not all of 2 numbers"):
        matrix(pa.array([[1.0, 0.0], [1.0]], pa.list_(pa.float32())))
