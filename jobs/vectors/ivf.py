"""Cells: parts of the space of vectors, each around a centroid, in which near papers lie together.

An inverted file (Jégou, Douze & Schmid 2011, "Product quantization for nearest neighbor search",
without the quantization): who looks into the cells nearest to a vector finds most of the vectors
nearest to it. Centroids are those of spherical k-means (Dhillon & Modha 2001) of a drawn sample.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jobs.vectors.vectors import DIGITS, Index, Matrix, Single, first

ROUNDS = 10
"""Rounds of k-means. What more of them move changes few neighbours."""
SAMPLE_A_CELL, SAMPLE = 50, 100_000
"""Vectors a cell that the fit looks at, and at most: the driver holds them, 150 MB."""
_TIE_DIGITS = 9


def cell_count(papers: int, per_root: float, most: int) -> int:
    """Cells of so many papers: they and the papers in each grow with the root of the papers."""
    return max(1, min(most, papers, round(per_root * math.sqrt(papers))))


def fit_cells(sample: Single, number: int) -> Single:
    """Unit centroids of up to `number` cells, of shape (cells, dimensions), as they are published.

    The first rows of `sample`, whose order is a draw, are the seeds. A cell that loses all its
    vectors stays where it is.
    """
    vectors = sample.astype(np.float64)
    centroids = vectors[:number]
    for _ in range(ROUNDS):
        owners = homes(vectors, centroids)
        shape = (len(centroids), len(vectors))
        members = csr_matrix((np.ones(len(vectors)), (owners, np.arange(len(vectors)))), shape)
        sums = members @ vectors
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centroids = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1.0), centroids)
    return np.asarray(np.round(centroids, DIGITS), dtype=np.float32)


def homes(vectors: NDArray[Any], centroids: NDArray[Any]) -> Index:
    """The cell of each vector: the first of the nearest centroids."""
    return np.asarray(_cosines(vectors, centroids).argmax(axis=1))


def nearest_cells(vectors: NDArray[Any], centroids: NDArray[Any], probes: int) -> NDArray[np.int32]:
    """The `probes` cells nearest to each vector, its home first, of shape (vectors, probes)."""
    cosines = _cosines(vectors, centroids)
    # Most cells are far: only those that may be among the nearest are put in order.
    least = np.partition(cosines, -probes, axis=1)[:, [-probes]]
    rows, cells = np.nonzero(cosines >= least)
    top = first(rows, cells, cosines[rows, cells], probes)
    return cells[top].reshape(-1, probes).astype(np.int32)


def _cosines(vectors: NDArray[Any], centroids: NDArray[Any]) -> Matrix:
    """Cosines that agree to so many digits are equal: the last bits differ between machines."""
    wide = centroids.astype(np.float64)
    return np.round(vectors.astype(np.float64) @ wide.T, _TIE_DIGITS)
