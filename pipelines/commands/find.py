"""`papertide similar` and `papertide search`: papers found in what is published."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyspark.sql import DataFrame, Row, SparkSession, Window
from pyspark.sql import functions as F

from conf import Config
from jobs.tables.core import Table
from jobs.tables.gold import CELLS, NEIGHBORS
from jobs.tables.silver import EMBEDDINGS, PAPERS
from jobs.vectors.embed import embedded
from jobs.vectors.search import FUSED, by_meaning, by_words, fused, words
from jobs.vectors.vectors import Single
from pipelines.setup.model import model_id, ready_folder
from storage import ledger
from storage.errors import PapertideError, UsageError
from storage.home import home
from storage.warehouse import Warehouse

MOST_CHARS = 10_000
"""Characters of a query; a longer one is a paper, whose neighbours `similar` knows."""
_OTHER_IDS = ("arxiv_id", "doi", "acl_id", "pmid", "openalex_id", "s2_id")
Found = tuple[list[str], list[dict[str, Any]]]
"""Columns, and the rows with them."""


def similar(spark: SparkSession, config: Config, paper: str, number: int) -> Found:
    """The papers nearest to one, by gold.neighbors as far as it goes, else by all vectors.

    Args:
        paper: its paper_id, or an id of another scheme: arXiv, DOI, ACL, PubMed, ….

    Raises:
        UsageError: no such paper.
        PapertideError: nothing is published yet, or the paper has no vector of the model.
    """
    published = _Published(spark, config)
    papers = published.papers()
    paper_id = _paper_id(papers, paper)
    columns = ["rank", "paper_id", "title", "dated_on", "cosine", "is_earlier"]
    known = published.neighbors().where(F.col("paper_id") == paper_id)
    found = known.select("rank", F.col("neighbor_id").alias("paper_id"), "cosine")
    if number > (known.agg(F.max("rank").alias("most")).collect()[0]["most"] or 0):
        vectors = published.vectors(papers)
        own = vectors.where(F.col("paper_id") == paper_id).select("vector").collect()
        if not own:
            raise PapertideError(
                f"similar: {paper_id} has no vector of {published.model}\n"
                "  withdrawn papers have none; new ones get theirs with: papertide run"
            )
        others = vectors.where(F.col("paper_id") != paper_id)
        found = _numbered(by_meaning(others, _vector(own[0]), number), "cosine")
    own_day = papers.where(F.col("paper_id") == paper_id).select(F.col("dated_on").alias("own_day"))
    earlier = F.coalesce(F.col("dated_on") < F.col("own_day"), F.lit(False))
    named = (
        found.where(F.col("rank") <= number)
        .join(papers.select("paper_id", "title", "dated_on"), on="paper_id", how="inner")
        .crossJoin(F.broadcast(own_day))
        .withColumn("is_earlier", earlier)
        .orderBy("rank")
    )
    return columns, _rows(named.select(*columns))


def search(spark: SparkSession, config: Config, query: str, by: str, number: int) -> Found:
    """The papers that a query finds, best first.

    Args:
        by: `words` (BM25), `meaning` (cosine of vectors) or `both` (their ranks fused).

    Raises:
        UsageError: the query is too long, or holds no word.
        PapertideError: nothing is published yet, or no vector of the model.
    """
    query = query.encode("utf-8", "replace").decode()  # a terminal may pass on what is no text
    if len(query) > MOST_CHARS:
        raise UsageError(
            f"search: the query has {len(query):,} characters, more than {MOST_CHARS:,}\n"
            "  for what is near a paper: papertide similar PAPER_ID"
        )
    asked = spark.range(1).select(words(F.lit(query)).alias("words")).collect()[0]["words"]
    if not asked:
        raise UsageError("search: the query holds no word")
    published = _Published(spark, config)
    papers = published.papers().where(~F.col("is_withdrawn"))
    depth = max(number, FUSED) if by == "both" else number
    lists = []
    if by != "meaning":
        lists.append(by_words(papers, asked, depth))
    if by != "words":
        lists.append(by_meaning(published.vectors(papers), published.embedded(query), depth))
    found = fused(lists[0], lists[1], number) if by == "both" else lists[0]
    values = found.columns[1:]  # what they are ranked by comes first
    columns = ["rank", "paper_id", "title", "dated_on", *values]
    named = _numbered(found, values[0]).join(
        papers.select("paper_id", "title", "dated_on"), on="paper_id", how="inner"
    )
    return columns, _rows(named.orderBy("rank").select(*columns))


class _Published:
    """What readers see now: papers, vectors of the configured model, neighbours by it."""

    def __init__(self, spark: SparkSession, config: Config) -> None:
        self.spark, self.config = spark, config
        self.warehouse = Warehouse.at(config.warehouse)
        self.versions = {
            name: seen.version for name, seen in ledger.published(self.warehouse).items()
        }
        self.model = model_id(config.embed)

    def papers(self) -> DataFrame:
        if PAPERS.name not in self.versions:
            raise PapertideError(
                f"no papers are published in {self.warehouse.root}\n  first: papertide run"
            )
        return self._read(PAPERS)

    def vectors(self, papers: DataFrame) -> DataFrame:
        """Of papers that are not withdrawn: paper_id, vector."""
        of_model = self._read(EMBEDDINGS).where(F.col("model") == self.model)
        if not of_model.head(1):
            raise PapertideError(
                f"no vectors of {self.model} are published in {self.warehouse.root}\n"
                "  first, with the same settings: papertide run"
            )
        shown = papers.where(~F.col("is_withdrawn"))
        return of_model.join(shown, on="paper_id", how="left_semi").select("paper_id", "vector")

    def neighbors(self) -> DataFrame:
        """gold.neighbors; none of it where it is of another model."""
        is_of_model = bool(self._read(CELLS).where(F.col("model") == self.model).head(1))
        return self._read(NEIGHBORS).where(F.lit(is_of_model))

    def embedded(self, text: str) -> Single:
        """The vector of a query by the configured model."""
        settings = self.config.embed
        vector = embedded(text, str(ready_folder(settings, home())), settings)
        return np.array(vector, dtype=np.float32)

    def _read(self, table: Table) -> DataFrame:
        if table.name not in self.versions:
            return self._none(table)
        reader = self.spark.read.format("delta").option("versionAsOf", self.versions[table.name])
        return reader.load(self.warehouse.path(table))

    def _none(self, table: Table) -> DataFrame:
        return self.spark.createDataFrame([], table.schema())


def _paper_id(papers: DataFrame, paper: str) -> str:
    """The paper_id behind an id of any scheme.

    Raises:
        UsageError: there is none.
    """
    told = paper.encode("utf-8", "replace").decode()
    matches = F.col("paper_id") == told
    for scheme in _OTHER_IDS:
        matches |= F.lower(scheme) == told.lower()
    rows = papers.where(F.coalesce(matches, F.lit(False))).select("paper_id").orderBy("paper_id")
    found = [row["paper_id"] for row in rows.limit(2).collect()]
    if not found:
        raise UsageError(
            f"similar: no paper has the id {told}\n"
            "  papertide search finds papers by words; the column paper_id has the ids"
        )
    return told if told in found else str(found[0])


def _vector(row: Row) -> Single:
    return np.array(row["vector"], dtype=np.float32)


def _numbered(found: DataFrame, value: str) -> DataFrame:
    best_first = Window.orderBy(F.desc(value), "paper_id")
    return found.withColumn("rank", F.row_number().over(best_first))


def _rows(frame: DataFrame) -> list[dict[str, Any]]:
    return [row.asDict() for row in frame.collect()]
