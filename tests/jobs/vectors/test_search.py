"""Search: BM25 by its formula, nearest vectors, ranks fused; queries are data."""

from __future__ import annotations

from math import log1p

import numpy as np
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.vectors.search import K1, B, singular, spellings
from tests.frames import frame_of
from tests.search_in_spark import by_meaning, by_words, fused, words

SCHEMA = "paper_id string, title string, abstract string"


def test_bm25_is_that_of_the_formula(spark: SparkSession) -> None:
    papers = frame_of(
        spark,
        [
            ("a", "Tides", "The tide rises, and the sea with the tides."),
            ("b", "The sea", None),
            ("c", "Parsing", "Grammar of a language."),
            ("d", "Self-supervised tide", "x"),
        ],
        SCHEMA,
    )
    found = {r["paper_id"]: r["bm25"] for r in by_words(papers, ["tide", "sea"], 10).collect()}
    lengths = {"a": 10, "b": 2, "c": 5, "d": 4}
    mean = sum(lengths.values()) / 4

    def part(times: int, paper: str) -> float:
        rare = log1p((4 - 2 + 0.5) / (2 + 0.5))  # each word is in two of four papers
        return rare * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths[paper] / mean))

    expected = {"a": part(3, "a") + part(1, "a"), "b": part(1, "b"), "d": part(1, "d")}
    assert found == pytest.approx(expected, abs=1e-6)


def test_words_are_letters_and_digits_of_any_script(spark: SparkSession) -> None:
    text = "Self-supervised GPT-4's\x00 naïve Ελλάδα 潮汐'); DROP TABLE x; -- \\ %s ${a}"
    (row,) = spark.range(1).select(words(F.lit(text)).alias("w")).collect()
    assert row["w"] == [
        "self", "supervised", "gpt", "4", "s", "naïve", "ελλάδα", "潮", "汐",
        "drop", "table", "x", "s", "a",
    ]  # fmt: skip


def test_singular_and_plural_count_as_one_word() -> None:
    assert [singular(w) for w in ("tides", "classes", "studies", "bias", "glass", "gas", "boxes")] == [
        "tide", "class", "study", "bia", "glass", "gas", "box",
    ]  # fmt: skip
    found = spellings(["bodies", "the"])
    assert found == {"bodies": "body", "body": "body", "bodys": "body"}
    assert set(spellings(["class"])) == {"class", "classs", "classes"}
    assert spellings(["the"])["the"] == "the"


def test_nearest_by_meaning_and_ties_by_id(spark: SparkSession) -> None:
    vectors = frame_of(
        spark,
        [("c", [1.0, 0.0]), ("a", [0.6, 0.8]), ("b", [0.6, 0.8]), ("d", [0.0, 1.0])],
        "paper_id string, vector array<float>",
    )
    asked = np.array([1.0, 0.0], dtype=np.float32)
    for frame in (vectors.coalesce(1), vectors.repartition(4)):
        rows = [tuple(row) for row in by_meaning(frame, asked, 2).collect()]
        assert rows == [("c", 1.0), ("a", 0.6)]


def test_ranks_are_fused(spark: SparkSession) -> None:
    lists = (
        frame_of(spark, [("a", 9.0), ("b", 5.0)], "paper_id string, bm25 double"),
        frame_of(spark, [("b", 0.9), ("c", 0.8)], "paper_id string, cosine double"),
    )
    rows = [tuple(row) for row in fused(*lists, 2).collect()]
    assert rows == [
        ("b", round(1 / 62 + 1 / 61, 6), 5.0, 0.9),
        ("a", round(1 / 61, 6), 9.0, None),
    ]
