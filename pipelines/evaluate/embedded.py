"""Vectors of labelled papers, embedded once: kept in the home folder by text and model."""

from __future__ import annotations

import re

from pyspark.sql import DataFrame, SparkSession

from conf import Config
from jobs.tables.silver import EMBEDDINGS
from jobs.vectors.embed import embed, texts_with_keys
from pipelines.setup.model import ensure_model
from storage.home import home
from storage.models import model_id


def embed_papers(spark: SparkSession, papers: DataFrame, config: Config) -> DataFrame:
    """Rows of silver.embeddings of papers (paper_id, title, abstract) by the configured model."""
    model = (str(ensure_model(config.embed, home())), model_id(config.embed))
    folder = home() / "evaluated" / re.sub(r"[^\w.@-]+", "-", model[1])
    folder.mkdir(parents=True, exist_ok=True)

    def read_stored() -> DataFrame:
        return spark.read.schema(EMBEDDINGS.schema()).parquet(str(folder))

    new = EMBEDDINGS.conform(embed(papers, read_stored(), model, config.embed))
    new.write.mode("append").parquet(str(folder))
    keys = ["paper_id", "model", "text_digest"]
    return read_stored().join(
        texts_with_keys(papers, model[1]).select(*keys), on=keys, how="left_semi"
    )
