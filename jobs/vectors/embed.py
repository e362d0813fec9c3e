"""Embed: a vector for each paper's title and abstract, by the configured model.

Spark NLP runs a sentence model on onnxruntime in the JVM, a text after the other: one thread a task
keeps all cores busy, nothing is padded, and no vector depends on the texts beside it. The session
is loaded once an executor. Static vectors need no model at work (jobs/vectors/model2vec.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark import Broadcast
from pyspark.ml import PipelineModel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from sparknlp.annotator import BertSentenceEmbeddings
from sparknlp.base import DocumentAssembler, LightPipeline

from jobs.params import EmbedSettings
from jobs.vectors import query_encoder as one_text
from jobs.vectors.chunking import CUT, POOLED, cut, pool_windows
from jobs.vectors.model2vec import average_pieces
from jobs.vectors.model_files import ANNOTATOR, TABLE, TOKENIZER
from jobs.vectors.vectors import Single

_KEYS = ("paper_id", "model", "text_digest")
_PARTITIONS_A_CORE = 12


def embed(
    papers: DataFrame, known: DataFrame, model: tuple[str, str], settings: EmbedSettings
) -> DataFrame:
    """Vectors of the papers whose text has none of this model yet.

    The text is the title, a full stop and the abstract. One that is longer than the model's window
    is cut into windows at sentence ends, and its vector is the mean of theirs by length. A window's
    vector is the mean of its token vectors, or the first of them, scaled to unit length (Reimers
    and Gurevych, 2019).

    Args:
        papers: silver.papers. known: silver.embeddings, of any models.
        model: folder of the model as the setup made it, and the id that its vectors carry.

    Returns:
        Rows of silver.embeddings, new or changed ones only.
    """
    folder, model_id = model
    todo = texts_with_keys(papers, model_id).join(
        known.select(*_KEYS), on=list(_KEYS), how="left_anti"
    )
    # The vectors are the cost of the run. Many small partitions: no core waits long for the last.
    context = papers.sparkSession.sparkContext
    spread = todo.repartition(_PARTITIONS_A_CORE * context.defaultParallelism, "paper_id")
    tokenizer = (Path(folder) / TOKENIZER).read_text(encoding="utf-8")
    if settings.form == "static":
        table = context.broadcast(np.load(Path(folder) / TABLE))
        return spread.mapInArrow(partial(_average, tokenizer=tokenizer, table=table), POOLED)
    in_windows = spread.mapInArrow(
        partial(cut, tokenizer=tokenizer, max_tokens=settings.max_tokens), CUT
    )
    annotated: DataFrame = _annotator(str(Path(folder) / ANNOTATOR)).transform(
        in_windows.select("*", _documents())
    )
    vectors = F.col("embeddings.embeddings").alias("vectors")
    return annotated.select(*_KEYS, "pieces", vectors).mapInArrow(pool_windows, POOLED)


def _average(
    batches: Iterable[pa.RecordBatch], tokenizer: str, table: Broadcast[Single]
) -> Iterator[pa.RecordBatch]:
    yield from average_pieces(batches, tokenizer, table.value)


def texts_with_keys(papers: DataFrame, model_id: str) -> DataFrame:
    """The text of each paper with what its vector is kept under: paper_id, model, text_digest."""
    title = F.rtrim(F.regexp_replace("title", r"[.\s]+$", ""))
    return papers.select(
        "paper_id",
        F.lit(model_id).alias("model"),
        F.concat_ws(". ", title, "abstract").alias("text"),
    ).withColumn("text_digest", F.sha2("text", 256))


def _documents() -> Column:
    """The windows as Spark NLP's annotations."""
    expression = F.expr(
        "transform(windows, (window, place) -> named_struct('annotatorType', 'document', "
        "'begin', 0, 'end', length(window) - 1, 'result', window, "
        "'metadata', map('sentence', cast(place as string)), "
        "'embeddings', cast(array() as array<float>)))"
    )
    return expression.alias("document", metadata={"annotatorType": "document"})


@lru_cache(maxsize=100)
def embed_text(text: str, folder: str, settings: EmbedSettings) -> tuple[float, ...]:
    """The vector of one text as `embed` gives it, made on the driver without a job of Spark."""
    return one_text.embed_text(text, folder, settings, _by_annotator)


def _by_annotator(windows: Sequence[str], folder: str) -> list[Sequence[float]]:
    document = DocumentAssembler().setInputCol("text").setOutputCol("document")
    stages = [document, _annotator(str(Path(folder) / ANNOTATOR))]
    light = LightPipeline(PipelineModel(stages=stages), parse_embeddings=True)
    return [light.fullAnnotate(window)[0]["embeddings"][0].embeddings for window in windows]


@lru_cache(maxsize=1)
def _annotator(folder: str) -> BertSentenceEmbeddings:
    """The model, loaded once a session."""
    annotator = BertSentenceEmbeddings.load(folder).setBatchSize(1)
    return annotator.setInputCols(["document"]).setOutputCol("embeddings")
