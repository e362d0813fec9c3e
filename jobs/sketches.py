"""What records are compared by: folded titles, surnames, sets of word pairs, MinHash bands.

Near duplicates after Broder (1997): a text is the set of its word pairs, two texts are alike by the
Jaccard of their sets, and sets that are alike share a band of minima under random permutations
(locality-sensitive hashing, Indyk and Motwani 1998).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from jobs.params import IdentitySettings

SKETCH = (
    "record_id string, title_key string, title_words array<string>, surnames array<string>, "
    "pairs array<bigint>, bands array<bigint>"
)
# Sets with a Jaccard of .6 meet in at least one band with .99, sets with .3 with .23.
BANDS, ROWS = 32, 4
_SEED = 1997
_CHUNK = 1 << 18  # pairs that are permuted at once: 256 KB a permutation
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth 1973, multiplicative hashing)
_WORD = re.compile(r"[^\W_]+")

Hashes = NDArray[np.uint64]


def sketched(records: DataFrame, settings: IdentitySettings) -> DataFrame:
    """A row by SKETCH for each record of silver.records.

    `pairs` and `bands` are empty for texts of fewer than `settings.text_words` words.
    """
    told = records.select("record_id", "title", "abstract", "authors.name")
    return told.mapInArrow(_sketcher(settings.text_words), SKETCH)


def _sketcher(
    least: int,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def sketch(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _sketch(batch, least)

    return sketch


def _sketch(batch: pa.RecordBatch, least: int) -> pa.RecordBatch:
    ids, titles, abstracts, names = (column.to_pylist() for column in batch.columns)
    words = [folded(title or "") for title in titles]
    texts = [w + folded(a or "") for w, a in zip(words, abstracts, strict=True)]
    pairs = [word_pairs(text) if len(text) >= least else _NONE for text in texts]
    return pa.record_batch(
        {
            "record_id": pa.array(ids, pa.string()),
            "title_key": pa.array([" ".join(w) for w in words], pa.string()),
            "title_words": pa.array([sorted(set(w)) for w in words], pa.list_(pa.string())),
            "surnames": pa.array([surnames(n or []) for n in names], pa.list_(pa.string())),
            "pairs": pa.array([p.view(np.int64) for p in pairs], pa.list_(pa.int64())),
            "bands": pa.array(list(banded(pairs)), pa.list_(pa.int64())),
        }
    )


def folded(text: str) -> list[str]:
    """The words of a text without case, accents, ligatures and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def surnames(names: list[str | None]) -> list[str]:
    """The folded surnames of authors, each once: what stands before a comma, else the last word."""
    found = set()
    for name in names:
        family, comma, _ = (name or "").partition(",")
        words = folded(family)
        if words:
            found.add(" ".join(words) if comma else words[-1])
    return sorted(found)


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


_NONE: Hashes = np.empty(0, np.uint64)


def word_pairs(words: list[str]) -> Hashes:
    """The set of pairs of neighbouring words, as sorted 64-bit hashes."""
    if len(words) < 2:  # noqa: PLR2004 - a pair
        return _NONE
    hashes = np.fromiter(map(_hash, words), np.uint64, len(words))
    with np.errstate(over="ignore"):
        return np.unique(hashes[:-1] * _MIX + hashes[1:])


def _permutations() -> tuple[Hashes, Hashes]:
    """Factors (odd) and terms of the random permutations, the same on every machine."""
    draw = np.random.Generator(np.random.PCG64(_SEED))
    factors = draw.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return factors, draw.integers(0, 2**63, BANDS * ROWS, dtype=np.uint64)


def banded(sets: list[Hashes]) -> Iterator[NDArray[np.int64]]:
    """For each set its band hashes, int64 (BANDS,); of an empty set none."""
    begin = 0
    while begin < len(sets):
        end, size = begin, 0
        while end < len(sets) and (size == 0 or size + len(sets[end]) <= _CHUNK):
            size += len(sets[end])
            end += 1
        yield from _banded(sets[begin:end])
        begin = end


def _banded(sets: list[Hashes]) -> Iterator[NDArray[np.int64]]:
    filled = [s for s in sets if len(s)]
    rows = iter(_bands(filled) if filled else ())
    for one in sets:
        yield next(rows) if len(one) else np.empty(0, np.int64)


def _bands(sets: list[Hashes]) -> NDArray[np.int64]:
    """Band hashes of sets that are not empty: int64 (sets, BANDS)."""
    values = np.concatenate(sets)
    starts = np.cumsum([0, *(len(s) for s in sets[:-1])])
    factors, terms = _permutations()
    bands = np.zeros((len(sets), BANDS), np.uint64)
    with np.errstate(over="ignore"):
        for place, (factor, term) in enumerate(zip(factors, terms, strict=True)):
            # The high half of a product with an odd factor is well mixed (Dietzfelbinger 1997).
            least = np.minimum.reduceat((values * factor + term) >> np.uint64(32), starts)
            band = place // ROWS
            bands[:, band] = (bands[:, band] ^ least) * _MIX
        bands += np.arange(BANDS, dtype=np.uint64) * factors[0]  # equal minima of two bands differ
    return bands.view(np.int64)
