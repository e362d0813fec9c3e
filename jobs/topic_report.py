"""What is told of topics: their papers, names and terms, and how good they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.phrases import terms_of
from jobs.topic_labels import WORDS_PER_TOPIC, Telling, Term, labels, telling_terms, topic_terms
from jobs.topic_quality import coherence, diversity


class Report(NamedTuple):
    """What is told.

    Attributes:
        papers: those that fit, by topic and by area.
        terms: the best terms of each topic and area asked for, best first.
        labels: their names.
        npmi: coherence of all topics. diversity: of their words.
    """

    papers: dict[str, int]
    terms: dict[str, list[Term]]
    labels: dict[str, str]
    npmi: float | None
    diversity: float | None


def report(
    ids: Sequence[str],
    parents: Mapping[str, str],
    paper_topics: DataFrame,
    phrases: DataFrame,
    sample: DataFrame,
    taken: Collection[str],
    settings: TopicsSettings,
) -> Report:
    """What is told of the topics of `paper_topics` and their areas.

    Terms are read in the papers of `sample`, and in as many of those of the topics in `ids`.

    Args:
        ids: topics and areas to be named. parents: the area of each topic.
        paper_topics: rows of gold.paper_topics. phrases: silver.phrases.
        sample: rows with paper_id.
        taken: labels that others have.
    """
    members = paper_topics.where("fits").select("paper_id", "topic_id").persist()
    topics = members.where(F.col("topic_id").isin(list(ids))).select("paper_id")
    read = sample.select("paper_id").union(topics.limit(settings.fit_papers))
    told = terms_of(phrases.join(read, on="paper_id", how="left_semi"))
    said = told.withColumn("words", F.size(F.split("term", " "))).persist()
    try:
        counted = members.groupBy("topic_id").agg(F.count("*").alias("papers")).collect()
        counts = {row["topic_id"]: row["papers"] for row in counted}
        of_topics = _by_topic(members, said, settings)
        of_areas = _by_topic(_areas(members, parents), said, settings) if parents else {}
        words = {topic_id: _words(telling) for topic_id, telling in of_topics.items()}
        npmi = coherence(words, said)
    finally:
        members.unpersist()
        said.unpersist()
    for topic_id, area in parents.items():
        counts[area] = counts.get(area, 0) + counts.get(topic_id, 0)
    telling = of_topics | of_areas
    terms = {topic_id: topic_terms(telling.get(topic_id, []), settings) for topic_id in ids}
    return Report(counts, terms, labels(terms, taken, settings), npmi, diversity(words))


def _areas(members: DataFrame, parents: Mapping[str, str]) -> DataFrame:
    """`members` by area instead of topic."""
    above = members.sparkSession.createDataFrame(
        sorted(parents.items()), "topic_id string, area string"
    )
    joined = members.join(F.broadcast(above), on="topic_id", how="inner")
    return joined.select("paper_id", F.col("area").alias("topic_id"))


def _by_topic(
    members: DataFrame, said: DataFrame, settings: TopicsSettings
) -> dict[str, list[Telling]]:
    found: dict[str, list[Telling]] = {}
    for row in telling_terms(members, said, settings).collect():
        told = Telling(row["term"], row["words"], row["papers"], row["score"])
        found.setdefault(row["topic_id"], []).append(told)
    return found


def _words(telling: Sequence[Telling]) -> list[str]:
    """The most telling words of a topic."""
    words = sorted((-told.score, told.term) for told in telling if told.words == 1)
    return [word for _, word in words[:WORDS_PER_TOPIC]]
