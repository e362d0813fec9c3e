"""Papers to measure with: those of the real feeds where they are at hand, else of the sample."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from benchmarks.figures import Feed, bench_session, none_of, raw_records
from jobs.ingest.parse import parse
from jobs.papers import papers
from jobs.params import EmbedSettings, PapersSettings, ParseSettings
from jobs.tables.silver import EMBEDDINGS, PAPERS, QUARANTINE, RECORDS
from jobs.vectors.embed import embed
from pipelines.setup.model import ensure_model
from storage.home import home
from storage.models import model_id

STATIC = EmbedSettings(form="static")
"""Vectors as they are made for many papers; a model at work would take an hour for them."""


def corpus(feeds: list[Feed], folder: Path) -> tuple[DataFrame, DataFrame]:
    """silver.papers, a paper a record, in the order of a draw; and their static vectors."""
    spark = bench_session()
    for feed in feeds:
        records_read = parse(
            raw_records(feed), none_of(RECORDS), none_of(QUARANTINE), {}, ParseSettings()
        )
        RECORDS.conform(records_read).write.mode("append").parquet(str(folder / "records"))
    records = spark.read.schema(RECORDS.schema()).parquet(str(folder / "records"))
    alone = records.select("record_id", F.col("record_id").alias("paper_id"))
    papers_made = papers(records, alone, PapersSettings())
    PAPERS.conform(papers_made).orderBy(F.xxhash64("paper_id")).write.parquet(
        str(folder / "papers")
    )
    known = spark.read.schema(PAPERS.schema()).parquet(str(folder / "papers"))
    model = (str(ensure_model(STATIC, home())), model_id(STATIC))
    vectors = EMBEDDINGS.conform(embed(known, none_of(EMBEDDINGS), model, STATIC))
    vectors.write.parquet(str(folder / "vectors"))
    return known, spark.read.schema(EMBEDDINGS.schema()).parquet(str(folder / "vectors"))


def first(
    papers_and_vectors: tuple[DataFrame, DataFrame], number: int
) -> tuple[DataFrame, DataFrame]:
    """So many of the papers, the first of the draw, and their vectors; kept in memory."""
    some = papers_and_vectors[0].orderBy(F.xxhash64("paper_id")).limit(number).persist()
    its = (
        papers_and_vectors[1]
        .join(some.select("paper_id"), on="paper_id", how="left_semi")
        .persist()
    )
    its.count()
    return some, its
