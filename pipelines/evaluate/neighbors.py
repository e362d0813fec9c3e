"""Neighbours through cells against those of an exact search, on real vectors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf import Config
from jobs.params import NeighborsSettings
from jobs.session import build_session
from jobs.tables.gold import CELLS, NEIGHBORS, PAPER_CELLS
from jobs.vectors.ivf import homes, nearest_cells
from jobs.vectors.neighbors import Neighbors, neighbors
from jobs.vectors.vectors import collect_vectors, nearest
from pipelines.evaluate import Measure
from pipelines.evaluate.embedded import embed_papers
from storage.home import home
from storage.models import model_id

_ASKED = 2_000
"""Papers whose exact neighbours are looked up; .97 of their twenty thousand is known to .002."""
_DAY = date(2100, 1, 1)
_LATER = 100
"""One paper in so many comes later."""


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """Recall of the ten nearest through cells (`exact_papers` set to 0), and what an update leaves.

    On the abstracts of gold/arxiv-topics, and of feeds/hf-daily-papers where they are at hand. The
    labels are not looked at.
    """
    spark = build_session(config.session, home())
    papers = _papers(spark, data).localCheckpoint()
    vectors = embed_papers(spark, papers, config).localCheckpoint()
    settings = config.neighbors.model_copy(update={"exact_papers": 0})
    name = f"{papers.count():,} abstracts"
    model = model_id(config.embed)
    whole = _checkpoint(neighbors(papers, vectors, _nothing(spark), model, settings, _DAY))
    yield from _recall(vectors, whole, name)
    is_later = F.pmod(F.xxhash64("paper_id", F.lit("later")), F.lit(_LATER)) == 0
    before = neighbors(papers.where(~is_later), vectors, _nothing(spark), model, settings, _DAY)
    yield _after_update(papers, vectors, _checkpoint(before), model, settings, name)


def _papers(spark: SparkSession, data: Path) -> DataFrame:
    columns = "paper_id string, title string, abstract string"
    by_key: dict[str, tuple[str, str]] = {}
    with (data / "gold" / "arxiv-topics" / "papers.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            by_key[f"arxiv:{row['id']}"] = (row["title"], row["abstract"])
    for file in sorted((data / "feeds" / "hf-daily-papers").glob("*.json")):
        for row in json.loads(file.read_text(encoding="utf-8")):
            paper = row["paper"]
            by_key.setdefault(f"arxiv:{paper['id']}", (paper["title"], paper["summary"]))
    frame = spark.createDataFrame([(key, *texts) for key, texts in by_key.items()], columns)
    return frame.select(
        "*",
        F.lit(None).cast("date").alias("dated_on"),
        F.lit(_DAY).alias("first_shown_on"),
        F.lit(False).alias("is_withdrawn"),
    )


def _nothing(spark: SparkSession) -> Neighbors:
    return Neighbors(
        *(spark.createDataFrame([], t.schema()) for t in (NEIGHBORS, CELLS, PAPER_CELLS))
    )


def _checkpoint(tables: Neighbors) -> Neighbors:
    return Neighbors(
        NEIGHBORS.conform(tables.neighbors).localCheckpoint(),
        CELLS.conform(tables.cells).localCheckpoint(),
        PAPER_CELLS.conform(tables.paper_cells).localCheckpoint(),
    )


def _recall(vectors: DataFrame, tables: Neighbors, name: str) -> Iterator[Measure]:
    ids, everyone = collect_vectors(vectors)
    queries = np.linspace(0, len(ids) - 1, min(_ASKED, len(ids)), dtype=np.int64)
    settings = tables.cells.select("per_paper", "probes").first()
    assert settings is not None  # there are papers, so there are cells
    rows, columns, _ = nearest(everyone[queries], everyone, settings["per_paper"] + 1)
    true = {
        (ids[queries[row]], ids[column])
        for row, column in zip(rows, columns, strict=True)
        if queries[row] != column
    }
    of_asked = F.col("paper_id").isin(ids[queries].tolist())
    pairs = tables.neighbors.where(of_asked).select("paper_id", "neighbor_id").collect()
    # Where a paper's own copy pushed it out of its list, eleven others are in.
    yield Measure(
        name, f"recall at {settings['per_paper']}", _share(true, {(*p,) for p in pairs}), 0.97
    )
    centroids = np.array([r["centroid"] for r in tables.cells.orderBy("cell").collect()], "f4")
    sizes = np.bincount(homes(everyone, centroids), minlength=len(centroids))
    visited = sizes[nearest_cells(everyone, centroids, settings["probes"])].sum(axis=1)
    yield Measure(name, "share of the papers looked at", round(float(visited.mean() / len(ids)), 4))


def _share(true: set[tuple[str, str]], pairs: set[tuple[str, str]]) -> float:
    return round(len(true & pairs) / len(true), 4)


def _after_update(
    papers: DataFrame,
    vectors: DataFrame,
    before: Neighbors,
    model: str,
    settings: NeighborsSettings,
    name: str,
) -> Measure:
    """Rows that differ between an update and a search of all through the same cells."""
    updated = neighbors(papers, vectors, before, model, settings, _DAY).neighbors
    spark = papers.sparkSession
    only_cells = Neighbors(_nothing(spark).neighbors, before.cells, _nothing(spark).paper_cells)
    anew = neighbors(papers, vectors, only_cells, model, settings, _DAY).neighbors
    columns = ["paper_id", "rank", "neighbor_id", "cosine"]
    one, other = updated.select(*columns), anew.select(*columns)
    differing = one.exceptAll(other).unionByName(other.exceptAll(one)).count()
    return Measure(name, "rows that differ after an update", float(differing), 0.0)
