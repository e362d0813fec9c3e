"""Embed: a vector for each paper's title and abstract, by Spark NLP on the converted model."""

from __future__ import annotations

from functools import lru_cache

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from sparknlp.annotator import BertSentenceEmbeddings
from sparknlp.base import DocumentAssembler, LightPipeline

from jobs.params import EmbedSettings

_PARTITIONS_A_CORE = 12


def embed(
    papers: DataFrame, known: DataFrame, model: tuple[str, str], settings: EmbedSettings
) -> DataFrame:
    """Vectors of the papers whose text has none of this model yet.

    The text is the title, a full stop and the abstract; what is longer than the model's window is
    read up to its end. A vector is the mean of the token vectors, scaled to unit length (Reimers
    and Gurevych, 2019).

    Args:
        papers: silver.papers. known: silver.embeddings.
        model: folder of the saved annotator, and the id that its vectors carry.

    Returns:
        Rows of silver.embeddings, new or changed ones only; `vector` has 384 numbers.
    """
    folder, model_id = model
    keys = ["paper_id", "model", "text_digest"]
    texts = papers.select(
        "paper_id",
        F.lit(model_id).alias("model"),
        F.concat_ws(". ", F.rtrim(F.regexp_replace("title", r"[.\s]+$", "")), "abstract").alias(
            "text"
        ),
    ).withColumn("text_digest", F.sha2("text", 256))
    todo = texts.join(known.select(*keys), on=keys, how="left_anti")
    # The vectors are the cost of the run. Many small partitions: no core waits long for the last.
    cores = papers.sparkSession.sparkContext.defaultParallelism
    spread = todo.repartition(_PARTITIONS_A_CORE * cores, "paper_id")
    return (
        _annotator(folder, settings.batch_size)
        .transform(spread)
        .select(*keys, F.col("embeddings")[0]["embeddings"].alias("vector"))
    )


@lru_cache(maxsize=100)
def embedded(text: str, folder: str) -> tuple[float, ...]:
    """The vector of one text, made on the driver; the annotator's folder as for `embed`."""
    model = LightPipeline(_annotator(folder, 1), parse_embeddings=True)
    (annotated,) = model.fullAnnotate(text)
    return tuple(annotated["embeddings"][0].embeddings)


@lru_cache(maxsize=1)
def _annotator(folder: str, batch_size: int) -> PipelineModel:
    """The model, loaded once a session."""
    document = DocumentAssembler().setInputCol("text").setOutputCol("document")
    embeddings = (
        BertSentenceEmbeddings.load(folder)
        .setInputCols(["document"])
        .setOutputCol("embeddings")
        .setBatchSize(batch_size)
    )
    return PipelineModel(stages=[document, embeddings])
