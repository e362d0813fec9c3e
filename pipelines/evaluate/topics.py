"""Topics against the primary categories that authors gave to their papers.

Vectors by the pipeline's own model; they are kept in the project's home by model and digest of the
texts, so that a second measurement need not embed again. Papers that fit no topic count as a group
of their own, which no category is. Of areas, fields and topics those are compared that are nearest
to the categories in number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from conf import Config
from jobs.session import build_session
from jobs.tables.gold import PAPER_TOPICS, TOPIC_FITS, TOPIC_LINEAGE, TOPICS
from jobs.tables.silver import EMBEDDINGS
from jobs.text.phrases import all_phrases
from jobs.topics.fit import adjusted_rand
from jobs.topics.stage import Topics, topics
from jobs.vectors.embed import embed
from pipelines.evaluate import Measure
from pipelines.setup.model import ensure_model
from storage.errors import UsageError
from storage.home import home
from storage.models import model_id

AIMS = {"NMI": 0.78, "ARI": 0.70}
_DAY = date(2020, 1, 1)  # of all papers: the labelled ones need no dates
_PAPERS = (
    "paper_id string, title string, abstract string, dated_on date, first_shown_on date, "
    "is_withdrawn boolean"
)
Groups = NDArray[np.int64]


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """Agreement with the labels, and what gold.topic_fits says, for every set of `data`/gold.

    A set is a folder with `papers.jsonl` of id, title, abstract and label.

    Raises:
        UsageError: there is no such set.
    """
    files = sorted((data / "gold").glob("*-topics/papers.jsonl"))
    if not files:
        raise UsageError(f"eval: no labelled papers, {data / 'gold'}/*-topics/papers.jsonl")
    spark = build_session(config.session, home())
    for file in files:
        yield from _measure(file.parent.name, file, spark, config)


def _measure(name: str, file: Path, spark: SparkSession, config: Config) -> Iterator[Measure]:
    rows = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    labels = {row["id"]: row["label"] for row in rows}
    papers = spark.createDataFrame(
        [(r["id"], r["title"], r["abstract"], _DAY, _DAY, False) for r in rows], _PAPERS
    )
    vectors, model = _vectors(papers, file, config), model_id(config.embed)
    known = Topics(
        *(
            spark.createDataFrame([], table.schema())
            for table in (TOPICS, TOPIC_LINEAGE, PAPER_TOPICS, TOPIC_FITS)
        )
    )
    phrases = all_phrases(papers).localCheckpoint()
    fitted = topics(papers, phrases, vectors, model, known, config.topics, _DAY)
    groups = _groups(fitted.paper_topics)
    (fit,) = fitted.fits.collect()
    compared = _as_fine(fitted.topics, groups, len(set(labels.values())))
    for measure, value in _agreement(compared, labels).items():
        yield Measure(name, measure, value, AIMS[measure])
    yield Measure(name, "groups compared", len(set(compared.values()) - {""}))
    yield Measure(name, "topics", fit["topics"])
    yield Measure(name, "areas", fit["areas"])
    yield Measure(name, "residual share", fit["residual_share"], 0.10)
    yield Measure(name, "NPMI", fit["npmi"], 0.27)
    yield Measure(name, "diversity", fit["diversity"])
    yield Measure(name, "stability, halves of the papers", fit["stability"])
    yield Measure(name, "largest topic, share", round(fit["sizes"][0] / fit["papers"], 4))
    yield Measure(name, "smallest topic, share", round(fit["sizes"][-1] / fit["papers"], 4))
    # Another order, other files and partitions.
    shuffled = vectors.orderBy(F.xxhash64("paper_id", F.lit("shuffled"))).repartition(7)
    again = topics(papers.repartition(5), phrases, shuffled, model, known, config.topics, _DAY)
    same = _agreement(_groups(again.paper_topics), groups)["ARI"]
    yield Measure(name, "ARI with shuffled rows", same, 1.0)
    labels_of = [
        {row["topic_id"]: row["label"] for row in f.topics.collect()} for f in (fitted, again)
    ]
    yield Measure(name, "ids and labels with shuffled rows", float(labels_of[0] == labels_of[1]), 1)


def _groups(paper_topics: DataFrame) -> dict[str, str]:
    """The topic of each paper, "" for none."""
    return {row["paper_id"]: row["topic_id"] or "" for row in paper_topics.collect()}


def _as_fine(topics: DataFrame, topic_of: dict[str, str], labels: int) -> dict[str, str]:
    """The groups of papers on the level whose number of groups is nearest to that of the labels."""
    parents = {row["topic_id"]: row["parent"] for row in topics.collect()}
    levels = [topic_of]
    while any(parents.get(group) for group in levels[-1].values()):
        levels.append({p: parents.get(group) or group for p, group in levels[-1].items()})
    return min(levels, key=lambda groups: abs(len(set(groups.values()) - {""}) - labels))


def _agreement(left_groups: dict[str, str], right_groups: dict[str, str]) -> dict[str, float]:
    ids = sorted(right_groups)
    left, right = (
        np.unique([groups[paper_id] for paper_id in ids], return_inverse=True)[1]
        for groups in (left_groups, right_groups)
    )
    measures = {"NMI": mutual_information(left, right), "ARI": adjusted_rand(left, right)}
    return {name: round(value, 4) for name, value in measures.items()}


def mutual_information(left: Groups, right: Groups) -> float:
    """Mutual information of two partitions over the mean of their entropies, 0 to 1."""
    together = left * (right.max() + 1) + right

    def entropy(groups: Groups) -> float:
        shares = np.unique(groups, return_counts=True)[1] / len(groups)
        return float(-(shares * np.log(shares)).sum())

    mean = (entropy(left) + entropy(right)) / 2
    return 1.0 if mean == 0 else (2 * mean - entropy(together)) / mean


def _vectors(papers: DataFrame, file: Path, config: Config) -> DataFrame:
    """The papers' vectors, from the cache in the home folder if they are there."""
    model = (str(ensure_model(config.embed, home())), model_id(config.embed))
    digest = hashlib.sha256(model[1].encode() + file.read_bytes()).hexdigest()
    cache = home() / "evaluated" / f"{digest[:16]}.parquet"
    spark = papers.sparkSession
    if not (cache / "_SUCCESS").exists():
        none = spark.createDataFrame([], EMBEDDINGS.schema())
        embed(papers, none, model, config.embed).write.mode("overwrite").parquet(str(cache))
    return spark.read.parquet(str(cache)).select("paper_id", "vector")
