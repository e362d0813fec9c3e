"""Vectors on their way between Spark, Arrow and numpy, and their cosines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

Matrix = NDArray[np.float64]
"""A matrix with one vector a row. Products of 32-bit vectors are summed in 64 bits, so that the
order of the sums, which differs between machines and batch sizes, shows only beyond the sixteenth
digit and rounding hides it."""
Single = NDArray[np.float32]
"""The same in the precision in which vectors are kept."""
Index = NDArray[np.int64]

DIGITS = 6
"""Digits of a cosine that is ranked or published."""
SLACK = 5e-5
"""What a product of two unit vectors of some hundred numbers may be off by in 32 bits (the bound is
the count times 6e-8), and the rounding to DIGITS."""

_PRODUCTS = 4_000_000
"""Cosines computed at once: 16 MB of them."""
_PAIRS = 20_000
"""Pairs taken in 64 bits at once: 120 MB of vectors."""
_NO_PAIRS = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)


class Among(NamedTuple):
    """Pairs that count: those whose right row lies in a cell that the left row looks into.

    Attributes:
        looks: which cells each left row looks into, of shape (left rows, cells).
        homes: the cell of each right row.
    """

    looks: NDArray[np.bool_]
    homes: Index


def matrix(vectors: pa.Array) -> Matrix:
    """An Arrow array of equally long lists of floats as a matrix of shape (rows, dimensions).

    Raises:
        ValueError: if a vector is null or the lengths differ.
    """
    return single(vectors).astype(np.float64)


def single(vectors: pa.Array) -> Single:
    """The same, in 32 bits."""
    if len(vectors) == 0:
        return np.empty((0, 0), dtype=np.float32)
    values: NDArray[Any] = vectors.flatten().to_numpy(zero_copy_only=False)
    width = len(vectors[0]) if vectors[0].is_valid else 0
    if width == 0 or vectors.null_count or len(values) != len(vectors) * width:
        raise ValueError(f"{len(vectors)} vectors are not all of {width} numbers")
    return values.reshape(len(vectors), width).astype(np.float32, copy=False)


def arrow(vectors: NDArray[Any]) -> pa.Array:
    """A matrix of shape (rows, dimensions) as an Arrow array of lists of 32-bit floats."""
    rows, width = vectors.shape
    ends = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    return pa.ListArray.from_arrays(ends, pa.array(vectors.astype(np.float32).ravel()))


def collect_vectors(frame: DataFrame, by_hash: bool = False) -> tuple[NDArray[np.str_], Single]:
    """All of a small frame (paper_id, vector) on the driver: ids in order, and their vectors.

    With `by_hash` in the order of the ids' hashes, which is as good as a draw. They come packed,
    some thousand a row, for a row each would cost more than the numbers.
    """
    columns = [F.xxhash64("paper_id").alias("hash"), F.col("paper_id"), F.col("vector")]
    rows = frame.select(*columns).mapInArrow(_pack, _PACKED).collect()
    ids = np.array([paper for row in rows for paper in row["ids"]], dtype=np.str_)
    if not len(ids):
        return ids, np.empty((0, 0), dtype=np.float32)
    numbers = np.frombuffer(b"".join(bytes(row["data"]) for row in rows), dtype=np.float32)
    hashes = np.array([value for row in rows for value in row["hashes"]], dtype=np.int64)
    order = np.lexsort((ids, hashes)) if by_hash else np.argsort(ids)
    return ids[order], numbers.reshape(len(ids), -1)[order]


_PACKED = "ids array<string>, hashes array<bigint>, data binary"


def _pack(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            yield pa.record_batch(
                {
                    "ids": pa.array([batch["paper_id"].to_pylist()], pa.list_(pa.string())),
                    "hashes": pa.array([batch["hash"].to_pylist()], pa.list_(pa.int64())),
                    "data": pa.array([single(batch["vector"]).tobytes()], pa.binary()),
                }
            )


SUMMED = "topic_id string, sums array<double>"


def sum_by_topic(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows (topic_id, vector) of a partition to the sum of the vectors of each topic: SUMMED."""
    sums: dict[str, Matrix] = {}
    for batch in batches:
        names = np.array(batch["topic_id"].to_pylist(), dtype=object)
        vectors = matrix(batch["vector"])
        for name in set(names):
            total = vectors[names == name].sum(axis=0)
            sums[name] = sums[name] + total if name in sums else total
    yield pa.record_batch(
        {
            "topic_id": pa.array(list(sums), pa.string()),
            "sums": pa.array([each.tolist() for each in sums.values()], pa.list_(pa.float64())),
        }
    )


def sample_rows(frame: DataFrame, number: int) -> DataFrame:
    """`number` rows by the hash of paper_id: a draw that every run repeats."""
    return frame.orderBy(F.xxhash64("paper_id"), "paper_id").limit(number)


def nearest(
    left: Single,
    right: Single,
    number: int,
    among: Among | None = None,
    least: Matrix | None = None,
) -> tuple[Index, Index, Matrix]:
    """Row of `left`, row of `right` and rounded cosine of the `number` nearest of each left row.

    They come row by row, the nearest first; of equal ones the lesser right row. Candidates are
    found in 32 bits, with SLACK, and then taken in 64.

    Args:
        among: which pairs count; without it all.
        least: cosine of each left row below which none counts.
    """
    step = max(1, _PRODUCTS // max(1, len(right)))
    parts = [
        _nearest(left, right, slice(begin, begin + step), number, among, least)
        for begin in range(0, len(left) if len(right) else 0, step)
    ]
    if not parts:
        return _NO_PAIRS
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return rows, columns, values


def _nearest(
    left: Single,
    right: Single,
    some: slice,
    number: int,
    among: Among | None,
    least: Matrix | None,
) -> tuple[Index, Index, Matrix]:
    cosines = left[some] @ right.T
    if among is not None:
        cosines[~among.looks[some][:, among.homes]] = -np.inf
    floor = np.full((len(cosines), 1), -np.inf)
    if number < len(right):
        floor = np.partition(cosines, -number, axis=1)[:, [-number]] - SLACK
    if least is not None:
        floor = np.maximum(floor, least[some, None] - SLACK)
    rows, columns = np.nonzero((cosines >= floor) & np.isfinite(cosines))
    values = _exact(left[some], right, rows, columns)
    top = first(rows, columns, values, number)
    return rows[top] + some.start, columns[top], values[top]


def nearest_within(
    left: Single, right: Single, looks: Iterable[tuple[Index, slice]], number: int
) -> tuple[Index, Index, Matrix]:
    """As `nearest`, of each left row among the slices of `right` that it looks at.

    What a row has found in one slice spares it most of the candidates of the next.

    Args:
        looks: slices of right rows, each with the left rows that look at it.
    """
    best = np.full((len(left), number), -np.inf, dtype=np.float32)
    parts = []
    for lookers, part in looks:
        members = right[part]
        step = max(1, _PRODUCTS // max(1, len(members)))
        for begin in range(0, len(lookers), step):
            some = lookers[begin : begin + step]
            cosines = left[some] @ members.T
            pool = np.concatenate([best[some], cosines], axis=1)
            best[some] = np.partition(pool, -number, axis=1)[:, -number:]
            least = best[some].min(axis=1, keepdims=True) - SLACK
            rows, columns = np.nonzero(cosines >= least)
            parts.append((some[rows], columns + part.start, cosines[rows, columns]))
    if not parts:
        return _NO_PAIRS
    rows, columns, cosines = (np.concatenate(column) for column in zip(*parts, strict=True))
    near = cosines >= best.min(axis=1)[rows] - SLACK
    rows, columns = rows[near], columns[near]
    values = _exact(left, right, rows, columns)
    top = first(rows, columns, values, number)
    return rows[top], columns[top], values[top]


def _exact(left: Single, right: Single, rows: Index, columns: Index) -> Matrix:
    """The rounded cosine of each pair of a left and a right row, taken in 64 bits."""
    values = np.empty(len(rows))
    for begin in range(0, len(rows), _PAIRS):
        some = slice(begin, begin + _PAIRS)
        a, b = left[rows[some]].astype(np.float64), right[columns[some]].astype(np.float64)
        values[some] = np.einsum("ij,ij->i", a, b)
    return np.clip(np.round(values, DIGITS), -1.0, 1.0)


def first(rows: Index, names: NDArray[Any], values: Matrix, number: int) -> Index:
    """Places of the `number` greatest values of each row, row by row, the greatest first.

    Of equal values the lesser name comes first.
    """
    order = np.lexsort((names, -values, rows))
    ordered = rows[order]
    place = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    return np.asarray(order[place < number])
