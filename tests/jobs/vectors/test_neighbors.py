"""Requirements of nearest papers: exact where small, good where large, the same in any order."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession

from jobs.params import NeighborsSettings
from jobs.tables.gold import CELLS, NEIGHBORS, PAPER_CELLS
from jobs.vectors.neighbors import Cells, Neighbors, meet, neighbors, route, search
from jobs.vectors.vectors import Among, arrow, matrix, nearest, nearest_within
from tests.frames import frame_of

WIDTH = 24
CLUSTERS = 12
FIRST, DAY = date(2020, 1, 1), date(2030, 1, 1)
PAPER = "paper_id string, dated_on date, first_shown_on date, is_withdrawn boolean"
Row = tuple[str, int, str, float, bool]


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
            None if i % 10 == 0 else date.fromordinal(FIRST.toordinal() + i),
            date.fromordinal(FIRST.toordinal() + i),
            i in withdrawn,
        )
        for i in range(len(vectors))
    ]
    return (
        frame_of(spark, papers, PAPER),
        frame_of(
            spark,
            [(p, str(v.sum()), v.tolist()) for (p, *_), v in zip(papers, vectors, strict=True)],
            "paper_id string, text_digest string, vector array<float>",
        ),
    )


def nothing(spark: SparkSession) -> Neighbors:
    return Neighbors(*(frame_of(spark, [], t.schema()) for t in (NEIGHBORS, CELLS, PAPER_CELLS)))


def published(found: Neighbors) -> Neighbors:
    """What was found as it is read from its tables by the next run."""
    return Neighbors(
        NEIGHBORS.conform(found.neighbors).localCheckpoint(),
        CELLS.conform(found.cells).localCheckpoint(),
        PAPER_CELLS.conform(found.paper_cells).localCheckpoint(),
    )


def searched(
    given: tuple[DataFrame, DataFrame],
    settings: NeighborsSettings,
    known: Neighbors | None = None,
    as_of: date = DAY,
) -> Neighbors:
    known = known or nothing(given[0].sparkSession)
    return published(neighbors(*given, known, "a model", settings, as_of))


def found(given: tuple[DataFrame, DataFrame], settings: NeighborsSettings) -> list[Row]:
    return rows(searched(given, settings).neighbors)


def rows(frame: DataFrame) -> list[Row]:
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


def test_equals_brute_force_where_all_are_compared(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    got = found(tables(spark, vectors), NeighborsSettings(per_paper=3))
    assert [row[:4] for row in got] == brute_force(vectors, 3)


def test_equals_brute_force_where_all_cells_are_looked_into(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    settings = NeighborsSettings(per_paper=3, exact_papers=0, probes=99)
    got = found(tables(spark, vectors), settings)
    assert [row[:4] for row in got] == brute_force(vectors, 3)


def test_earlier_is_strict_and_needs_both_dates(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    for paper, _, other, _, is_earlier in found(
        tables(spark, vectors[:40]), NeighborsSettings(per_paper=39)
    ):
        a, b = int(paper[1:]), int(other[1:])
        assert is_earlier == (b < a and a % 10 != 0 and b % 10 != 0)


CELLED = NeighborsSettings(per_paper=4, exact_papers=0, cells_per_root=1.5, probes=6)


def test_rows_do_not_depend_on_order_or_partitions(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    papers, embeddings = tables(spark, vectors)
    one = searched((papers.coalesce(1), embeddings.orderBy("paper_id").coalesce(1)), CELLED)
    other = searched((papers, embeddings.orderBy("vector").repartition(7)), CELLED)
    assert rows(one.neighbors) == rows(other.neighbors)
    assert sorted(one.paper_cells.collect()) == sorted(other.paper_cells.collect())
    assert len({row["cell"] for row in one.paper_cells.collect()}) > 10


def test_some_cells_hold_most_neighbours_of_clustered_papers(spark: SparkSession) -> None:
    many = clustered_vectors(600)
    settings = NeighborsSettings(per_paper=5, exact_papers=0, probes=3)
    got = {row[:3:2] for row in found(tables(spark, many), settings)}
    true = {row[:3:2] for row in brute_force(many, 5)}
    assert len(got & true) / len(true) > 0.85
    # Were all cells searched, nothing would be missed and the test would not test the cells.
    assert got != true


@pytest.mark.parametrize("settings", [CELLED, NeighborsSettings(per_paper=4)])
def test_what_is_new_changed_or_gone_gives_what_a_search_of_all_gives(
    spark: SparkSession,
    vectors: NDArray[np.float32],
    settings: NeighborsSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = searched(tables(spark, vectors[:190]), settings)
    changed = vectors.copy()
    changed[[3, 60]] = vectors[[61, 4]]
    later = tables(spark, changed, withdrawn=frozenset({5, 51, 88}))
    standing = Neighbors(first.neighbors.limit(0), first.cells, first.paper_cells.limit(0))
    with monkeypatch.context() as patched:
        patched.setattr("jobs.vectors.neighbors.meet", None if settings is CELLED else meet)
        anew = searched(later, settings, standing)  # all are new: too many for an update
    with monkeypatch.context() as patched:
        patched.setattr("jobs.vectors.neighbors.search", None)
        updated = searched(later, settings, first)
    assert rows(updated.neighbors) == rows(anew.neighbors)
    assert sorted(updated.paper_cells.collect()) == sorted(anew.paper_cells.collect())
    assert updated.cells.collect() == first.cells.collect()
    assert rows(updated.neighbors) != rows(first.neighbors)


def test_cells_are_made_anew_for_another_model_and_when_papers_have_doubled(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    first = searched(tables(spark, vectors[:80]), CELLED)
    grown = searched(tables(spark, vectors), CELLED, first)
    assert rows(grown.neighbors) == found(tables(spark, vectors), CELLED)
    other = tables(spark, vectors[:80, :12] / np.linalg.norm(vectors[:80, :12], axis=1)[:, None])
    migrated = published(neighbors(*other, first, "another model", CELLED, DAY))
    assert rows(migrated.neighbors) == found(other, CELLED)
    assert {row["model"] for row in migrated.cells.collect()} == {"another model"}


@pytest.mark.parametrize("settings", [CELLED, NeighborsSettings(per_paper=4)])
def test_a_look_back_finds_what_was_found_then_whatever_came_later(
    spark: SparkSession, vectors: NDArray[np.float32], settings: NeighborsSettings
) -> None:
    then, now = date.fromordinal(FIRST.toordinal() + 79), DAY
    before = searched(tables(spark, vectors[:80]), settings, as_of=then)
    later = searched(tables(spark, vectors), settings, before, now)
    assert len(later.cells.collect()) > len(before.cells.collect())  # made anew, the old ones kept
    back = searched(tables(spark, vectors), settings, later, then)
    assert rows(back.neighbors) == rows(before.neighbors)
    assert sorted(back.paper_cells.collect()) == sorted(before.paper_cells.collect())
    assert sorted(back.cells.collect()) == sorted(later.cells.collect())
    again = searched(tables(spark, vectors), settings, back, now)
    assert rows(again.neighbors) == rows(later.neighbors)
    one_day_less = date.fromordinal(then.toordinal() - 1)
    named = {
        row[2]
        for row in rows(searched(tables(spark, vectors), settings, again, one_day_less).neighbors)
    }
    assert "p078" in named
    assert "p079" not in named


def test_withdrawn_papers_neither_have_nor_are_neighbours(
    spark: SparkSession, vectors: NDArray[np.float32]
) -> None:
    out = frozenset({3, 4, 5})
    got = found(tables(spark, vectors[:12], out), NeighborsSettings(per_paper=11))
    named = {row[0] for row in got} | {row[2] for row in got}
    assert named == {f"p{i:03}" for i in range(12) if i not in out}
    assert len(got) == 9 * 8


def test_lone_paper_has_no_neighbours(spark: SparkSession, vectors: NDArray[np.float32]) -> None:
    assert found(tables(spark, vectors[:1]), NeighborsSettings()) == []
    assert found(tables(spark, vectors[:0]), NeighborsSettings()) == []


def test_search_does_not_mind_where_batches_break() -> None:
    made = clustered_vectors(60)
    cells = Cells(made[:6], probes=2, fitted_papers=60, fitted_as_of=DAY)
    ids = pa.array([f"p{i:02}" for i in range(60)])
    batch = pa.record_batch({"paper_id": ids, "vector": arrow(made)})
    routed = pa.Table.from_batches(route([batch], cells, np.array([0, 0, 1, 1, 2, 2], np.int32)))
    order = [(name, "ascending") for name in ("part", "is_query", "cell", "paper_id")]
    table = routed.sort_by(order).combine_chunks()
    whole = pa.Table.from_batches(search(table.to_batches(), 2)).sort_by("paper_id")
    pieces = pa.Table.from_batches(search(table.to_batches(max_chunksize=7), 2)).sort_by("paper_id")
    assert pieces.to_pylist() == whole.to_pylist()
    assert set(whole["paper_id"].to_pylist()) == set(ids.to_pylist())


def test_nearest_breaks_ties_after_rounding_by_the_first_column() -> None:
    angles = np.arccos([0.5, 0.9, 0.50000001, 0.50000002, 0.2])
    right = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    left = np.array([[1.0, 0.0]], dtype=np.float32)
    found_rows, columns, values = nearest(left, right, 2)
    assert (found_rows.tolist(), columns.tolist(), values.tolist()) == ([0, 0], [1, 0], [0.9, 0.5])


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 12))
def test_nearest_in_32_bits_is_nearest_in_64(seed: int, number: int, kept: int) -> None:
    random = np.random.default_rng(seed)
    made = random.normal(size=(number, 8)) + 30  # so close that 32 bits hardly tell them apart
    right = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    left = right[: number // 2 + 1]
    exact = np.round(left.astype(np.float64) @ right.astype(np.float64).T, 6)
    expected = np.argsort(-exact, axis=1, kind="stable")[:, :kept]
    found_rows, columns, _ = nearest(left, right, kept)
    assert columns.reshape(len(left), -1).tolist() == expected.tolist()
    assert found_rows.tolist() == np.repeat(np.arange(len(left)), expected.shape[1]).tolist()


@given(st.integers(0, 2**32 - 1), st.integers(4, 40), st.integers(1, 12))
def test_nearest_within_slices_is_nearest_among_all_they_hold(
    seed: int, number: int, kept: int
) -> None:
    """Where a row looks at slices one by one it finds what it finds in all of them at once."""
    random = np.random.default_rng(seed)
    made = random.normal(size=(number, 8)) + 30
    right = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    left = right[::2]
    ends = [0, *sorted({1, number // 2, number - 1, number})]
    slices = [slice(*pair) for pair in pairwise(ends)]
    looks = random.random((len(left), len(slices))) < 0.7  # noqa: PLR2004
    homes = np.repeat(np.arange(len(slices)), np.diff(ends))
    expected = nearest(left, right, kept, Among(looks, homes))
    lookers = ((np.flatnonzero(looks[:, at]), part) for at, part in enumerate(slices))
    found = nearest_within(left, right, lookers, kept)
    assert [part.tolist() for part in found] == [part.tolist() for part in expected]


def test_vectors_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="not all of 2 numbers"):
        matrix(pa.array([[1.0, 0.0], [1.0]], pa.list_(pa.float32())))
