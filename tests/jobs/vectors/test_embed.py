"""Embedding with the real model."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.params import EmbedSettings
from jobs.tables.silver import EMBEDDINGS
from jobs.vectors.embed import embed, embed_text
from storage.home import home
from storage.models import model_folder, model_id
from tests.frames import frame_of

pytestmark = pytest.mark.slow

SETTINGS = EmbedSettings()
MODEL = (str(model_folder(SETTINGS, home())), model_id(SETTINGS))
PAPERS = [
    ("a", "Tides of the northern sea", "The sea rises and falls twice a day."),
    ("b", "Ebb and flow along the coast", "Water levels change with the moon."),
    ("c", "Parsing the grammar of a language", None),
]
SCHEMA = "paper_id string, title string, abstract string"


def none(spark: SparkSession) -> DataFrame:
    return frame_of(spark, [], EMBEDDINGS.schema())


def vectors(frame: DataFrame) -> dict[str, list[float]]:
    return {row["paper_id"]: list(row["vector"]) for row in frame.collect()}


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_vectors_are_unit_and_near_for_what_is_near(spark: SparkSession) -> None:
    found = vectors(embed(frame_of(spark, PAPERS, SCHEMA), none(spark), MODEL, SETTINGS))
    assert {len(v) for v in found.values()} == {384}
    assert all(abs(cosine(v, v) - 1) < 1e-5 for v in found.values())
    assert cosine(found["a"], found["b"]) > cosine(found["a"], found["c"]) + 0.1


def test_a_vector_is_the_same_to_the_last_bit_whatever_its_company(spark: SparkSession) -> None:
    together = frame_of(spark, PAPERS, SCHEMA)
    alone = frame_of(spark, PAPERS[:1], SCHEMA)
    all_of_them = vectors(embed(together.repartition(3), none(spark), MODEL, SETTINGS))
    assert vectors(embed(alone, none(spark), MODEL, SETTINGS))["a"] == all_of_them["a"]


def test_a_text_longer_than_the_window_is_read_to_its_end(spark: SparkSession) -> None:
    short = EmbedSettings(max_tokens=16)  # of the same model; only the windows differ
    ends = ("The moon pulls the water twice a day.", "A parser reads the grammar of a language.")
    begin = "Sand lies on the shore of the sea. Waves bring it and take it away. " * 2
    long = [(str(place), "Tides", begin + end) for place, end in enumerate(ends)]
    papers = frame_of(spark, [*long, ("x", "Tides", None)], SCHEMA)
    found = embed(papers, none(spark), MODEL, short).collect()
    assert {row["paper_id"]: row["windows"] > 1 for row in found} == {
        "0": True,
        "1": True,
        "x": False,
    }
    by_id = {row["paper_id"]: list(row["vector"]) for row in found}
    assert all(abs(cosine(v, v) - 1) < 1e-5 for v in by_id.values())
    assert 0.3 < cosine(by_id["0"], by_id["1"]) < 0.97


def test_only_new_and_changed_texts_are_embedded(spark: SparkSession) -> None:
    papers = frame_of(spark, PAPERS, SCHEMA)
    known = EMBEDDINGS.conform(embed(papers, none(spark), MODEL, SETTINGS)).localCheckpoint()
    again = embed(papers, known, MODEL, SETTINGS)
    assert again.count() == 0
    changed = papers.withColumn(
        "title", F.when(F.col("paper_id") == "b", F.lit("Neap")).otherwise(F.col("title"))
    )
    assert set(vectors(embed(changed, known, MODEL, SETTINGS))) == {"b"}
    other = (MODEL[0], "another model")
    assert set(vectors(embed(papers, known, other, SETTINGS))) == {"a", "b", "c"}


def test_one_text_alone_has_the_vector_that_it_has_among_papers(spark: SparkSession) -> None:
    short = EmbedSettings(max_tokens=16)
    long = "Sand lies on the shore of the sea. Waves bring it and take it away. " * 3
    papers = frame_of(spark, [("a", "Tides", None), ("b", "Tides", long)], SCHEMA)
    of_papers = vectors(embed(papers, none(spark), MODEL, short))
    for paper, text in (("a", "Tides"), ("b", f"Tides. {long}")):
        alone = list(embed_text(text, MODEL[0], short))
        assert max(abs(x - y) for x, y in zip(alone, of_papers[paper], strict=True)) < 1e-6
