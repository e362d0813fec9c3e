"""Vectors on their way between Arrow and numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
"""A matrix with one vector a row. Products of 32-bit vectors are summed in 64 bits, so that the
order of the sums, which differs between machines and batch sizes, shows only beyond the sixteenth
digit and rounding hides it."""


def matrix(vectors: pa.Array) -> Matrix:
    """An Arrow array of equally long lists of floats as a matrix of shape (rows, dimensions).

    Raises:
        ValueError: if a vector is null or the lengths differ.
    """
    if len(vectors) == 0:
        return np.empty((0, 0))
    values: NDArray[Any] = vectors.flatten().to_numpy(zero_copy_only=False)
    width = len(vectors[0]) if vectors[0].is_valid else 0
    if width == 0 or vectors.null_count or len(values) != len(vectors) * width:
        raise ValueError(f"{len(vectors)} vectors are not all of {width} numbers")
    return values.reshape(len(vectors), width).astype(np.float64)


def arrow(vectors: Matrix) -> pa.Array:
    """A matrix of shape (rows, dimensions) as an Arrow array of lists of 32-bit floats."""
    rows, width = vectors.shape
    ends = pa.array(np.arange(rows + 1, dtype=np.int32) * width)
    return pa.ListArray.from_arrays(ends, pa.array(vectors.astype(np.float32).ravel()))
