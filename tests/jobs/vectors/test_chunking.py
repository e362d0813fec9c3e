"""Long texts: nothing is cut off, windows end with sentences, vectors are put together."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import BertWordPieceTokenizer, Tokenizer

from jobs.vectors.chunking import plain_tokenizer, pool_windows, windows
from jobs.vectors.vectors import arrow, matrix

WORDS = ["the", "sea", "rises", "and", "falls", "twice", "a", "day", ".", "!", "tide", "##s"]
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
TOKENIZER: Tokenizer = plain_tokenizer(
    BertWordPieceTokenizer(vocab={piece: n for n, piece in enumerate(PIECES)}).to_str()
)


def cut(text: str, most: int) -> list[tuple[str, int]]:
    return windows(text, TOKENIZER.encode(text, add_special_tokens=False), most)


def test_a_text_that_fits_is_one_window_as_it_stands() -> None:
    assert cut("  The sea rises. ", 4) == [("  The sea rises. ", 4)]


def test_windows_end_with_sentences_and_are_about_equally_long() -> None:
    text = "The sea rises. The sea falls! A day. A tide rises."
    assert cut(text, 10) == [("The sea rises. The sea falls!", 8), ("A day. A tide rises.", 7)]


def test_a_sentence_longer_than_a_window_is_cut_between_words() -> None:
    found = cut("tides " * 7 + "rise.", 5)
    assert [n for _, n in found] == [4, 4, 4, 4]
    assert all(text.split()[0] == "tides" for text, _ in found)


@given(
    st.lists(st.sampled_from(["sea", "tides", "day.", "falls!", "odd", "."]), min_size=1),
    st.integers(2, 30),
)
def test_windows_hold_every_piece_once_and_in_order(parts: list[str], most: int) -> None:
    text = " ".join(parts)
    found = cut(text, most)
    whole = TOKENIZER.encode(text, add_special_tokens=False).ids
    pieces = [TOKENIZER.encode(window, add_special_tokens=False).ids for window, _ in found]
    assert [piece for window in pieces for piece in window] == whole
    assert all(0 < number <= most for _, number in found)
    assert [len(window) for window in pieces] == [number for _, number in found]


def test_the_vector_of_a_long_text_is_the_mean_of_its_windows_by_length() -> None:
    random = np.random.default_rng(5)
    made = random.normal(size=(3, 6)).astype(np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    text = {name: pa.array(["x", "y"]) for name in ("paper_id", "model", "text_digest")}
    rows = pa.record_batch(
        {
            **text,
            "pieces": pa.array([[5], [30, 10]], pa.list_(pa.int32())),
            "vectors": pa.ListArray.from_arrays(pa.array([0, 1, 3], pa.int32()), arrow(made)),
        }
    )
    (found,) = pool_windows([rows])
    vectors = matrix(found["vector"])
    assert found["windows"].to_pylist() == [1, 2]
    assert vectors[0].tolist() == made[0].astype(float).tolist()
    mean = 30 * made[1].astype(float) + 10 * made[2]
    np.testing.assert_allclose(vectors[1], mean / np.linalg.norm(mean), atol=1e-7)
    assert vectors[1] @ made[1] > vectors[1] @ made[2]


def test_a_tokenizer_that_would_cut_does_not() -> None:
    cutting = BertWordPieceTokenizer(vocab={piece: n for n, piece in enumerate(PIECES)})
    cutting.enable_truncation(3)
    cutting.enable_padding(length=20)
    assert len(plain_tokenizer(cutting.to_str()).encode("sea " * 9, add_special_tokens=False)) == 9


def test_a_text_of_no_pieces_is_one_window() -> None:
    assert cut(" ", 5) == [(" ", 0)]


@pytest.mark.parametrize("text", ["海は。満ちる。" * 4, "x" * 300, "\x00\ufffd .", "a.b.c" * 50])
def test_odd_texts_lose_nothing(text: str) -> None:
    found = cut(text, 6)
    assert sum(n for _, n in found) == len(TOKENIZER.encode(text, add_special_tokens=False).ids)
    assert all(n <= 6 for _, n in found)
