"""Figures of vectors: texts embedded in each form."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
from pyspark.sql import DataFrame

from benchmarks.figures import (
    CORES,
    Feed,
    Figure,
    none_of,
    raw_records,
)
from jobs.ingest.parse import parse
from jobs.params import EmbedSettings, ParseSettings
from jobs.tables.silver import EMBEDDINGS, QUARANTINE, RECORDS
from jobs.vectors.chunking import cut, plain_tokenizer
from jobs.vectors.embed import embed, texts_with_keys
from pipelines.setup.model import ensure_model, onnx_folder
from storage.home import home
from storage.models import model_id

TEXTS = 2_000


def embedding(feed: Feed) -> Iterator[Figure]:
    """Texts embedded a second in each form, beside plain onnxruntime on the same windows."""
    records = parse(raw_records(feed), none_of(RECORDS), none_of(QUARANTINE), {}, ParseSettings())
    some = records.orderBy("record_id").limit(TEXTS)
    papers = some.selectExpr("record_id as paper_id", "title", "abstract").localCheckpoint()
    texts = [row["text"] for row in texts_with_keys(papers, "none").collect()]
    for form in ("full", "int8", "static"):
        settings = EmbedSettings.model_validate({"form": form})
        model = (str(ensure_model(settings, home())), model_id(settings))
        _write(embed(papers.limit(CORES), none_of(EMBEDDINGS), model, settings))  # loads the model
        start = time.monotonic()
        _write(embed(papers, none_of(EMBEDDINGS), model, settings))
        value = len(texts) / (time.monotonic() - start)
        if form != "static":
            plain = _plain_embedding(texts, settings)
        yield Figure(f"texts embedded, {form}, {len(texts):,} of {feed.name}", value,
                     "texts a second", plain,
                     f"plain onnxruntime, {CORES} threads, the same windows")  # fmt: skip


def _write(frame: DataFrame) -> None:
    frame.write.format("noop").mode("overwrite").save()


def _plain_embedding(texts: list[str], settings: EmbedSettings) -> float:
    """Texts a second: one process, a thread a core, each window by itself as in the pipeline."""
    folder = onnx_folder(settings, home())
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    model = onnxruntime.InferenceSession(folder / "model.onnx", options)
    tokenizer = plain_tokenizer((folder / "tokenizer.json").read_text(encoding="utf-8"))
    (cuts,) = cut(
        [pa.record_batch(dict.fromkeys(("paper_id", "model", "text_digest", "text"), texts))],
        tokenizer.to_str(),
        settings.max_tokens,
    )
    parts = cuts["windows"].flatten().to_pylist()
    names = [each.name for each in model.get_inputs()]

    def vector(text: str) -> Any:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        each = {"input_ids": ids, "attention_mask": np.ones_like(ids),
                 "token_type_ids": np.zeros_like(ids)}  # fmt: skip
        return model.run(None, {name: each[name] for name in names})[0]

    with ThreadPoolExecutor(CORES) as threads:
        list(threads.map(vector, parts[:CORES]))
        start = time.monotonic()
        list(threads.map(vector, parts))
        return len(texts) / (time.monotonic() - start)
