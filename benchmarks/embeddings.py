"""Figures of vectors: texts embedded in each form, and neighbours."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from os import getpid
from threading import Event, Thread
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.figures import (
    CORES,
    GIB,
    POLL_SECONDS,
    Feed,
    Figure,
    bench_session,
    memory_of,
    none_of,
    raw_records,
)
from jobs.embed import embed, keyed
from jobs.neighbors import Neighbors, neighbors
from jobs.params import EmbedSettings, NeighborsSettings, ParseSettings
from jobs.parse import parse
from jobs.tables.gold import CELLS, NEIGHBORS, PAPER_CELLS
from jobs.tables.silver import EMBEDDINGS, QUARANTINE, RECORDS
from jobs.vectors import arrow, gathered, nearest
from jobs.windows import cut, plain_tokenizer
from pipelines.setup.home import home
from pipelines.setup.model import ensure_model, model_id, onnx_folder

FEW, MANY = 10_000, 100_000
TEXTS = 2_000
WIDTH, THEMES = 384, 200
DAY = date(2100, 1, 1)
PLAIN_ASKED = 1_000


def embedding(feed: Feed) -> Iterator[Figure]:
    """Texts embedded a second in each form, beside plain onnxruntime on the same windows."""
    read = parse(raw_records(feed), none_of(RECORDS), none_of(QUARANTINE), {}, ParseSettings())
    some = read.orderBy("record_id").limit(TEXTS)
    papers = some.selectExpr("record_id as paper_id", "title", "abstract").localCheckpoint()
    texts = [row["text"] for row in keyed(papers, "none").collect()]
    for form in ("full", "int8", "static"):
        settings = EmbedSettings.model_validate({"form": form})
        model = (str(ensure_model(settings, home())), model_id(settings))
        _write(embed(papers.limit(CORES), none_of(EMBEDDINGS), model, settings))  # loads the model
        begun = time.monotonic()
        _write(embed(papers, none_of(EMBEDDINGS), model, settings))
        value = len(texts) / (time.monotonic() - begun)
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
    names = [given.name for given in model.get_inputs()]

    def vector(text: str) -> Any:
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids),
                 "token_type_ids": np.zeros_like(ids)}  # fmt: skip
        return model.run(None, {name: given[name] for name in names})[0]

    with ThreadPoolExecutor(CORES) as threads:
        list(threads.map(vector, parts[:CORES]))
        begun = time.monotonic()
        list(threads.map(vector, parts))
        return len(texts) / (time.monotonic() - begun)


def nearest_papers() -> Iterator[Figure]:
    """Neighbours of papers drawn around themes: papers a second, peak memory, a day's update."""
    for number in (FEW, MANY):
        papers, vectors = _drawn(number)
        nothing = Neighbors(*(none_of(table) for table in (NEIGHBORS, CELLS, PAPER_CELLS)))
        settings = NeighborsSettings(exact_papers=0)
        with _Peak() as peak:
            begun = time.monotonic()
            found = neighbors(papers, vectors, nothing, "drawn", settings, DAY)
            known = Neighbors(
                *(f.localCheckpoint() for f in (found.neighbors, found.cells, found.paper_cells))
            )
            seconds = time.monotonic() - begun
        yield Figure(f"neighbours of {number:,} papers", number / seconds, "papers a second",
                     _plain_neighbors(vectors), "exact search by numpy, all cores")  # fmt: skip
        yield Figure(f"peak memory of them, {number:,}", max(peak.seen) / GIB, "GiB", 4.0,
                     "the aim")  # fmt: skip
        later, more = _drawn(number + number // 300)
        begun = time.monotonic()
        _write(neighbors(later, more, known, "drawn", settings, DAY).neighbors)
        yield Figure(f"update of {number:,} by a 300th", time.monotonic() - begun, "seconds",
                     seconds, "the search of all")  # fmt: skip


def _drawn(number: int) -> tuple[DataFrame, DataFrame]:
    """Papers and unit vectors, each of one of THEMES; more papers begin with the same ones."""
    vectors = (
        bench_session()
        .range(0, number, numPartitions=2 * CORES)
        .mapInArrow(_vectors, "paper_id string, text_digest string, vector array<float>")
        .localCheckpoint()
    )
    papers = vectors.select(
        "paper_id",
        F.lit(None).cast("date").alias("dated_on"),
        F.lit(DAY).alias("first_shown_on"),
        F.lit(False).alias("is_withdrawn"),
    )
    return papers, vectors


def _vectors(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    themes = np.random.default_rng(0).normal(size=(THEMES, WIDTH))
    for batch in batches:
        ids = batch["id"].to_pylist()
        made = np.array([np.random.default_rng(place + 1).normal(size=WIDTH) for place in ids])
        made += themes[[place % THEMES for place in ids]]
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        names = pa.array([f"p{place:07}" for place in ids])
        yield pa.record_batch({"paper_id": names, "text_digest": names, "vector": arrow(made)})


def _plain_neighbors(vectors: DataFrame) -> float:
    _, everyone = gathered(vectors)
    begun = time.monotonic()
    nearest(everyone[:PLAIN_ASKED], everyone, NeighborsSettings().per_paper)
    return PLAIN_ASKED / (time.monotonic() - begun)


class _Peak:
    """The memory of this process and all below it, watched while a block runs."""

    def __init__(self) -> None:
        self.seen, self._ended = [0], Event()

    def __enter__(self) -> _Peak:
        def watch() -> None:
            while not self._ended.wait(POLL_SECONDS):
                self.seen.append(memory_of(getpid()))

        self._watcher = Thread(target=watch)
        self._watcher.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._watcher.join()
