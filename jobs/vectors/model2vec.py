"""Vectors without a model at work: the mean of a text's word pieces, each with a vector of its own.

The table is distilled from a sentence model once (van Dongen & Tulkens 2024, "Model2Vec": every
piece of the vocabulary through the model, principal components), and each row weighted by smooth
inverse frequency (Arora, Liang & Ma 2017).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from jobs.vectors.chunking import plain_tokenizer
from jobs.vectors.vectors import Matrix, Single, arrow

_SIF = 1e-5
"""Share of all running words at which a word's weight has fallen to a half. Of 8,000 abstracts the
ten nearest by the full model are kept to .25 with 1e-5, .24 with 3e-6, .20 with 1e-4."""
_TEXTS = 1_000
"""Texts averaged at once."""


def distill(pieces: NDArray[Any], dimensions: int) -> Single:
    """The table of a vocabulary, of shape (pieces, `dimensions`).

    Args:
        pieces: vector of each piece by the sentence model, the most frequent pieces first: by
            Zipf's law (1949) the rank stands for the frequency.
    """
    centred = pieces.astype(np.float64) - pieces.mean(axis=0, dtype=np.float64)
    values, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, np.argsort(-values)[:dimensions]]
    # An axis has no sign of its own; its largest number is to be positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    turned = centred @ axes
    # Half the way to equal spread: a few axes would drown the others. Keeps .27 instead of .25.
    turned /= np.sqrt(np.maximum(turned.std(axis=0), 1e-12))
    inverse = 1.0 / np.arange(2, len(pieces) + 2)
    weights = _SIF / (_SIF + inverse / inverse.sum())
    return np.asarray(turned * weights[:, None], dtype=np.float32)


def average_pieces(
    batches: Iterable[pa.RecordBatch], tokenizer: str, table: Single
) -> Iterator[pa.RecordBatch]:
    """Texts (paper_id, model, text_digest, text) with the mean of their pieces, of unit length.

    The whole text counts, however long: `windows` is 1.
    """
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # Spark runs a task a core
    pieces_of = plain_tokenizer(tokenizer)
    for whole in batches:
        for begin in range(0, whole.num_rows, _TEXTS):
            batch = whole.slice(begin, _TEXTS)
            encodings = pieces_of.encode_batch(batch["text"].to_pylist(), add_special_tokens=False)
            yield pa.record_batch(
                {
                    **{name: batch[name] for name in ("paper_id", "model", "text_digest")},
                    "windows": pa.array(np.ones(batch.num_rows, dtype=np.int32)),
                    "vector": arrow(means([encoding.ids for encoding in encodings], table)),
                }
            )


def means(texts: list[list[int]], table: Single) -> Matrix:
    """The unit mean of the table's rows that each text names, of shape (texts, dimensions).

    A text without pieces, or whose rows cancel out, is given the first axis.
    """
    ends = np.cumsum([0, *map(len, texts)])
    places = np.fromiter((piece for text in texts for piece in text), np.int64, int(ends[-1]))
    shape = (len(texts), len(table))
    sums = csr_matrix((np.ones(len(places)), places, ends), shape) @ table.astype(np.float64)
    sums[np.linalg.norm(sums, axis=1) == 0, 0] = 1.0
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True))
