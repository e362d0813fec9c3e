"""Figures of neighbours: taken on the texts at hand, which are embedded once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from conf import load
from pipelines.evaluate.neighbors import evaluate
from storage.home import home
from storage.models import model_folder
from tests.jobs.vectors.test_model2vec import made

pytestmark = pytest.mark.slow

WORDS = ("tide", "moon", "the", ".")


def test_recall_and_update_are_measured_and_texts_are_embedded_once(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jars").symlink_to(home() / "jars")
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path))
    config = load([], ["embed.form=static"], {})
    place = model_folder(config.embed, tmp_path)
    place.mkdir(parents=True)
    made(place, 6)
    rows = [
        {"id": str(n), "title": " ".join(WORDS[n // 4**k % 4] for k in range(4)), "abstract": "x"}
        for n in range(200)
    ]
    papers = tmp_path / "data" / "gold" / "arxiv-topics" / "papers.jsonl"
    papers.parent.mkdir(parents=True)
    papers.write_text("\n".join(map(json.dumps, rows)))
    recall, looked, differing = evaluate(tmp_path / "data", config)
    assert (recall.measure, recall.aim) == ("recall at 10", 0.97)
    assert 0.5 < recall.value <= 1 and 0 < looked.value < 1
    assert differing.value == 0
    kept = list((tmp_path / "evaluated").rglob("*.parquet"))
    assert sum(spark.read.parquet(str(file)).count() for file in kept) == 200
