"""What readers find by words, by meaning and by both is what the same search in Spark finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.params import EmbedSettings
from jobs.vectors.embed import embed_text as embedded_by_spark
from jobs.vectors.search import FUSED
from jobs.vectors.vectors import Single
from papertide import duck, ranked
from papertide.meaning import embed_query, model
from papertide.snapshot import Snapshot, resolve
from storage.home import home
from storage.models import model_folder
from tests import search_in_spark as search
from tests.dashboard.rows import paper, publish
from tests.frames import frame_of

VOCABULARY = ["tide", "tides", "Tide,", "moon", "moons", "déjà", "vu", "deja", "naïve-bayes", "graph", "graphs", "study", "studies", "class", "潮汐", "潮", "self-supervised", "GPT-4's", "the", "of", "a", "x²", "Ελλάδα", "7", "(sea)", "sea_level"]  # fmt: skip
QUERIES = ("tides", "the moon and the tides", "déjà", "潮", "study class", "GPT-4", "'); drop table x",
           "sea_level naïve", "the", "nothing of this")  # fmt: skip
MODEL = "a model"
PAPERS = 150


def texts() -> list[tuple[str, str, str | None]]:
    draw = np.random.Generator(np.random.PCG64(5))
    made = []
    for number in range(PAPERS):
        drawn = draw.choice(VOCABULARY, draw.integers(3, 40))
        abstract = " ".join(drawn[3:]) or None
        made.append((f"p{number:03}", " ".join(drawn[:3]), abstract))
    return made


def vectors() -> Single:
    made = np.random.Generator(np.random.PCG64(6)).normal(size=(PAPERS + 1, 8))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype("f4")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = str(tmp_path_factory.mktemp("ranked"))
    told = [
        paper(paper_id, title, abstract=abstract, feeds=["odd" if at % 2 else "even"])
        for at, (paper_id, title, abstract) in enumerate(texts())
    ]
    gone = paper("gone", "tides of the moon", is_withdrawn=True)
    held = [
        {"paper_id": row["paper_id"], "model": name, "vector": vector.tolist()}
        for row, vector in zip([*told, gone], vectors(), strict=True)
        for name in (MODEL, "another")
    ]
    publish(root, {"silver.papers": [*told, gone], "silver.embeddings": held})
    return resolve(root)


@pytest.fixture(scope="module")
def frames(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    papers = frame_of(spark, texts(), "paper_id string, title string, abstract string")
    rows = [(row[0], vector.tolist()) for row, vector in zip(texts(), vectors(), strict=False)]
    held = frame_of(spark, rows, "paper_id string, vector array<float>")
    return papers.localCheckpoint(), held.localCheckpoint()


def asked_by_spark(spark: SparkSession, text: str) -> list[str]:
    row = spark.range(1).select(search.words(F.lit(text)).alias("words")).collect()[0]
    return list(row["words"])


@pytest.mark.parametrize("text", QUERIES)
def test_both_ways_are_fused_as_the_command_fuses_them(
    spark: SparkSession, seen: Snapshot, frames: tuple[DataFrame, DataFrame], text: str
) -> None:
    asked = asked_by_spark(spark, text)
    (row,) = duck.rows(seen, ranked.words(text))
    assert row["words"] == asked
    vector = vectors()[7]
    lists = (
        search.by_words(frames[0], asked, FUSED),
        search.by_meaning(frames[1], vector, FUSED),
    )
    expected = [
        tuple(row)
        for row in search.fused(*lists, 30).orderBy(F.desc("score"), "paper_id").collect()
    ]
    query = ranked.by_both(asked, vector.tolist(), MODEL, (), {}, 30)
    found = [
        tuple(row[name] for name in ("paper_id", "score", "bm25", "cosine"))
        for row in duck.rows(seen, query)
    ]
    assert found == expected


def test_the_nearest_by_meaning_are_those_of_the_command(
    seen: Snapshot, frames: tuple[DataFrame, DataFrame]
) -> None:
    expected = search.by_meaning(frames[1], vectors()[3], 9).collect()
    query = ranked.by_meaning(vectors()[3].tolist(), MODEL, (), {}, 9)
    found = duck.rows(seen, query)
    assert [(row["paper_id"], row["cosine"]) for row in found] == [tuple(row) for row in expected]
    assert found[0]["paper_id"] == "p003"


def test_filters_narrow_both_lists(seen: Snapshot) -> None:
    told: dict[str, Any] = {"feed": "odd"}
    conditions = ("list_contains(p.feeds, $feed)",)
    vector = vectors()[3].tolist()
    for query in (
        ranked.by_meaning(vector, MODEL, conditions, told, 30),
        ranked.by_both(["tide"], vector, MODEL, conditions, told, 30),
    ):
        found = [row["paper_id"] for row in duck.rows(seen, query)]
        assert len(found) == 30
        assert all(int(paper_id[1:]) % 2 for paper_id in found)


@pytest.mark.parametrize("text", ["tides of the sea", "Ebb and flow. " * 60 + "The moon. " * 60])
def test_a_text_has_the_vector_that_spark_gives_it(spark: SparkSession, text: str) -> None:
    settings = EmbedSettings(max_tokens=64)
    full = EmbedSettings()
    if model(full) is None:
        pytest.skip("the model is not there: papertide model")
    folder = str(model_folder(full, home()))
    expected = embedded_by_spark(text, folder, settings)
    from jobs.vectors.query_encoder import by_onnx
    from jobs.vectors.query_encoder import embed_text as of_text

    assert of_text(text, folder, settings, by_onnx) == pytest.approx(expected, abs=1e-5)
    assert embed_query("tides", full) == pytest.approx(
        embedded_by_spark("tides", folder, full), abs=1e-5
    )


def test_a_model_that_is_not_there_finds_nothing_by_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path))
    assert model(EmbedSettings(static_dimensions=9, form="static")) is None
    assert model(EmbedSettings(model="spark-nlp:some")) is None
    assert model(EmbedSettings(model=str(tmp_path))) is None
