"""Static vectors: the mean of word pieces, the rare ones counting more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from tokenizers import BertWordPieceTokenizer

from jobs.params import EmbedSettings
from jobs.tables.silver import EMBEDDINGS
from jobs.vectors.embed import embed
from jobs.vectors.model2vec import distill, means
from jobs.vectors.model_files import TABLE, TOKENIZER
from tests.frames import frame_of

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "tide", "moon", "."]
STATIC = EmbedSettings(form="static")


def made(folder: Path, dimensions: int) -> tuple[str, str]:
    """A model of a small vocabulary, as the setup leaves it."""
    table = np.random.default_rng(dimensions).normal(size=(len(PIECES), dimensions))
    (folder / TOKENIZER).parent.mkdir(parents=True)
    np.save(folder / TABLE, table.astype(np.float32))
    numbers = {piece: number for number, piece in enumerate(PIECES)}
    BertWordPieceTokenizer(vocab=numbers).save(str(folder / TOKENIZER))
    return str(folder), f"small/static-{dimensions}"


def test_a_vector_is_the_unit_mean_of_its_pieces() -> None:
    table = np.array([[3.0, 0.0], [0.0, 4.0], [-3.0, 0.0]], dtype=np.float32)
    found = means([[0, 1], [0, 0, 0], [], [0, 2]], table)
    np.testing.assert_allclose(found, np.array([[0.6, 0.8], [1, 0], [1, 0], [1, 0]]))


def test_frequent_pieces_weigh_little_and_axes_are_ordered_by_what_they_hold() -> None:
    random = np.random.default_rng(3)
    pieces = random.normal(size=(5000, 4)) * [1, 5, 2, 3]
    table = distill(pieces, 3)
    lengths = np.linalg.norm(table, axis=1)
    assert lengths[:5].mean() < lengths[1000:].mean() / 50
    spread = table[1000:].std(axis=0)
    assert spread[0] > spread[1] > spread[2]
    np.testing.assert_array_equal(table, distill(pieces, 3))


def test_both_models_vectors_stand_side_by_side(spark: SparkSession, tmp_path: Path) -> None:
    papers = frame_of(
        spark,
        [("a", "The tide", "The moon. " * 400), ("b", "Moon.", None)],
        "paper_id string, title string, abstract string",
    )
    none = frame_of(spark, [], EMBEDDINGS.schema())
    old, new = made(tmp_path / "old", 3), made(tmp_path / "new", 5)
    first = EMBEDDINGS.conform(embed(papers, none, old, STATIC)).localCheckpoint()
    assert widths(first) == {("a", old[1]): 3, ("b", old[1]): 3}
    second = EMBEDDINGS.conform(embed(papers, first, new, STATIC)).localCheckpoint()
    assert widths(second) == {("a", new[1]): 5, ("b", new[1]): 5}
    both = first.unionByName(second)
    for model in (old, new):
        assert embed(papers, both, model, STATIC).count() == 0


def widths(vectors: DataFrame) -> dict[tuple[str, str], int]:
    return {(row["paper_id"], row["model"]): len(row["vector"]) for row in vectors.collect()}
