"""Texts longer than a model's window, cut at sentence ends, and their vectors put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa
from tokenizers import Encoding, Tokenizer

from jobs.vectors.vectors import arrow, matrix

CUT = "paper_id string, model string, text_digest string, windows array<string>, pieces array<int>"
POOLED = "paper_id string, model string, text_digest string, windows int, vector array<float>"
_KEYS = ("paper_id", "model", "text_digest")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_SPECIAL = 2  # pieces that a model puts around each text


def cut(
    batches: Iterable[pa.RecordBatch], tokenizer: str, max_tokens: int
) -> Iterator[pa.RecordBatch]:
    """Each text with its windows and the word pieces in each, as batches of CUT.

    Args:
        batches: rows with paper_id, model, text_digest and text.
        tokenizer: a WordPiece tokenizer as JSON.
        max_tokens: the model's window, in word pieces.
    """
    pieces_of = plain_tokenizer(tokenizer)
    for batch in batches:
        texts = batch["text"].to_pylist()
        encodings = pieces_of.encode_batch(texts, add_special_tokens=False)
        rows = [
            windows(*pair, max_tokens - _SPECIAL) for pair in zip(texts, encodings, strict=True)
        ]
        yield pa.record_batch(
            {
                **{name: batch[name] for name in _KEYS},
                "windows": pa.array([[w for w, _ in row] for row in rows], pa.list_(pa.string())),
                "pieces": pa.array([[n for _, n in row] for row in rows], pa.list_(pa.int32())),
            }
        )


@lru_cache(maxsize=1)
def plain_tokenizer(tokenizer: str) -> Tokenizer:
    """A tokenizer from its JSON that neither cuts nor pads; read once a worker."""
    plain = Tokenizer.from_str(tokenizer)
    plain.no_truncation()
    plain.no_padding()
    return plain


def windows(text: str, encoding: Encoding, most: int) -> list[tuple[str, int]]:
    """The text in windows of at most `most` word pieces, each with the number of its pieces.

    As few windows as will do, of about the same length; each ends with a sentence, and only a
    sentence longer than a window is cut between words.
    """
    number = len(encoding.ids)
    if number <= most:
        return [(text, number)]
    starts = [begin for begin, _ in encoding.offsets]
    ends = [int(np.searchsorted(starts, end.end())) for end in _SENTENCE_END.finditer(text)]
    target = number / -(-number // most)
    spans, begin, last = [], 0, 0
    for end in sorted({*ends, number} - {0}):
        if end - begin > most and last > begin:
            spans.append((begin, last))
            begin = last
        while end - begin > most:
            split = _word_start(encoding, begin, begin + most)
            spans.append((begin, split))
            begin = split
        last = end
        if end - begin >= target:
            spans.append((begin, end))
            begin = end
    if last > begin:
        spans.append((begin, last))
    return [(text[starts[a] : encoding.offsets[b - 1][1]], b - a) for a, b in spans]


def _word_start(encoding: Encoding, begin: int, end: int) -> int:
    """The last place up to `end` at which a word begins; `end` where one word fills it all."""
    words = encoding.word_ids
    return next((at for at in range(end, begin, -1) if words[at] != words[at - 1]), end)


def pool_windows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The vector of each text, from those of its windows: batches of POOLED.

    Their mean by the word pieces in each, scaled to unit length. A text of one window keeps its
    vector, to the last bit.

    Args:
        batches: rows of CUT, with `vectors`, one a window.
    """
    for batch in batches:
        if not batch.num_rows:
            continue
        vectors = matrix(batch["vectors"].flatten())
        pieces = batch["pieces"].flatten().to_numpy().astype(np.float64)
        counts = batch["pieces"].value_lengths().to_numpy()
        starts = np.cumsum(counts) - counts
        means = np.add.reduceat(vectors * np.maximum(pieces, 1.0)[:, None], starts, axis=0)
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        alone = (counts == 1)[:, None]
        yield pa.record_batch(
            {
                **{name: batch[name] for name in _KEYS},
                "windows": pa.array(counts, pa.int32()),
                "vector": arrow(np.where(alone, vectors[starts], means)),
            }
        )
