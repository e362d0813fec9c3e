"""What records are compared by: folded titles, surnames, sets of word pairs, MinHash bands.

Likeness after Broder (1997): a text is the set of its word pairs, a title the set of its pieces of
three letters; two are alike by the Jaccard of their sets, and sets that are alike share a band of
minima under random permutations (locality-sensitive hashing, Indyk and Motwani 1998).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from jobs.params import IdentitySettings

SKETCH = (
    "title_key string, title_words array<string>, title_numbers string, "
    "title_pieces array<bigint>, surnames array<string>, pairs array<bigint>, bands array<bigint>"
)
_COMPARED = ("title", "abstract", "names")
# (bands, minima a band). Texts with a Jaccard of .6 meet in at least one band with .99, of .3 with
# .23; titles with .7 meet with .99, of .3 with .28.
TEXT_BANDS, TITLE_BANDS = (32, 4), (12, 3)
_SEED = 1997
_CHUNK = 1 << 18  # elements that are permuted at once: 2 MB a permutation
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / golden ratio (Knuth 1973, multiplicative hashing)
# Chinese and Japanese write no spaces: there each character counts as a word.
_SPACELESS = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_SPACELESS}]|[^\W_{_SPACELESS}]+")
_INITIALS = re.compile(r"(?<=\w)\s+(?:[A-Z]\.?-?){1,3}$")
_NUMBER = re.compile(r".*\d.*|[ivx]+")

Hashes = NDArray[np.uint64]


def sketched(records: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Records with the columns of SKETCH in place of `title`, `abstract` and `names`.

    `pairs` and their bands are empty for texts of fewer than `settings.text_words` words.

    Args:
        records: rows with `title`, `abstract`, `names` (array of strings), and any other columns.
    """
    kept = records.drop(*_COMPARED)
    types = [f"{name} {kind}" for name, kind in kept.dtypes]
    told = records.select(*kept.columns, *_COMPARED)
    return told.mapInArrow(_sketcher(settings.text_words), ", ".join([*types, SKETCH]))


def _sketcher(
    least: int,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def sketch(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _sketch(batch, least)

    return sketch


def _sketch(batch: pa.RecordBatch, least: int) -> pa.RecordBatch:
    kept = [name for name in batch.schema.names if name not in _COMPARED]
    titles, abstracts, names = (batch.column(name).to_pylist() for name in _COMPARED)
    words = [folded(title or "") for title in titles]
    texts = [w + folded(a or "") for w, a in zip(words, abstracts, strict=True)]
    pairs = [word_pairs(text) if len(text) >= least else _NONE for text in texts]
    pieces = [title_pieces(w) for w in words]
    bands = [
        np.concatenate(both)
        for both in zip(banded(pairs, *TEXT_BANDS), banded(pieces, *TITLE_BANDS), strict=True)
    ]
    texts_type, hashes_type = pa.list_(pa.string()), pa.list_(pa.int64())
    return pa.record_batch(
        {
            **{name: batch.column(name) for name in kept},
            "title_key": pa.array(["".join(w) for w in words], pa.string()),
            "title_words": pa.array([list(dict.fromkeys(w)) for w in words], texts_type),
            "title_numbers": pa.array([numbers(w) for w in words], pa.string()),
            "title_pieces": pa.array([p.view(np.int64) for p in pieces], hashes_type),
            "surnames": pa.array([surnames(n or []) for n in names], texts_type),
            "pairs": pa.array([p.view(np.int64) for p in pairs], hashes_type),
            "bands": pa.array(bands, hashes_type),
        }
    )


def folded(text: str) -> list[str]:
    """The words of a text without case, accents, ligatures and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


def numbers(words: list[str]) -> str:
    """The words that count something: with a digit in them, or small Roman numerals."""
    return " ".join(word for word in words if _NUMBER.fullmatch(word))


def surnames(names: list[str | None]) -> list[str]:
    """The folded surnames of authors, each once and by its last word.

    It is the last word before a comma (`van Dijk, Ada`), before initials (`Dijk A`), or of all.
    """
    families = (_INITIALS.sub("", (name or "").partition(",")[0].strip()) for name in names)
    return sorted({words[-1] for words in map(folded, families) if words})


@lru_cache(maxsize=1 << 16)
def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


_NONE: Hashes = np.empty(0, np.uint64)


def _hashed(texts: Sequence[str]) -> Hashes:
    return np.fromiter(map(_hash, texts), np.uint64, len(texts))


def word_pairs(words: list[str]) -> Hashes:
    """The set of pairs of neighbouring words, as sorted 64-bit hashes."""
    hashes = _hashed(words)
    with np.errstate(over="ignore"):
        return np.unique(hashes[:-1] * _MIX + hashes[1:])


def title_pieces(words: list[str]) -> Hashes:
    """The set of three-letter pieces of the words, spaces with them, as sorted 64-bit hashes."""
    line = f"  {' '.join(words)} " if words else ""
    return np.unique(_hashed([line[at : at + 3] for at in range(len(line) - 2)]))


@lru_cache(maxsize=4)
def _permutations(number: int) -> tuple[Hashes, Hashes]:
    """Factors (odd) and terms of the random permutations, the same on every machine."""
    draw = np.random.Generator(np.random.PCG64(_SEED))
    factors = draw.integers(0, 2**63, number, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    return factors, draw.integers(0, 2**63, number, dtype=np.uint64)


def banded(sets: list[Hashes], bands: int, rows: int) -> Iterator[NDArray[np.int64]]:
    """For each set its band hashes, int64 (bands,); of an empty set none."""
    begin = 0
    while begin < len(sets):
        end, size = begin, 0
        while end < len(sets) and (size == 0 or size + len(sets[end]) <= _CHUNK):
            size += len(sets[end])
            end += 1
        filled = [s for s in sets[begin:end] if len(s)]
        hashes = iter(_bands(filled, bands, rows) if filled else ())
        for one in sets[begin:end]:
            yield next(hashes) if len(one) else np.empty(0, np.int64)
        begin = end


def _bands(sets: list[Hashes], bands: int, rows: int) -> NDArray[np.int64]:
    """Band hashes of sets that are not empty: int64 (sets, bands)."""
    values = np.concatenate(sets)
    starts = np.cumsum([0, *(len(s) for s in sets[:-1])])
    factors, terms = _permutations(bands * rows)
    found = np.zeros((len(sets), bands), np.uint64)
    with np.errstate(over="ignore"):
        for place, (factor, term) in enumerate(zip(factors, terms, strict=True)):
            # The high half of a product with an odd factor is well mixed (Dietzfelbinger 1997).
            least = np.minimum.reduceat((values * factor + term) >> np.uint64(32), starts)
            band = place // rows
            found[:, band] = (found[:, band] ^ least) * _MIX
        # Equal minima in two bands are told apart.
        found += np.arange(bands, dtype=np.uint64) * factors[0]
    return found.view(np.int64)
