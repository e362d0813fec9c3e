"""What is told of topics: their papers, names and terms, and how good they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.terms.thesaurus import NONE, Thesaurus, with_own_terms
from jobs.text.phrases import terms_of
from jobs.topics.labels import (
    WORDS_PER_TOPIC,
    Telling,
    Term,
    labels,
    telling_terms,
    topic_terms,
    word_spellings,
)
from jobs.topics.quality import coherence, diversity
from jobs.vectors.vectors import sample_rows


class Report(NamedTuple):
    """What is told.

    Attributes:
        papers: those that fit, by topic and by what topics are part of.
        terms: the best terms of each topic, field and area asked for, best first.
        labels: their names. descriptions: the title of the paper nearest to the middle of each.
        npmi: coherence of all topics. diversity: of their words.
    """

    papers: dict[str, int]
    terms: dict[str, list[Term]]
    labels: dict[str, str]
    descriptions: dict[str, str]
    npmi: float | None
    diversity: float | None


class NamingTask(NamedTuple):
    """What is to be named.

    Attributes:
        ids: topics, fields and areas. by_level: the same, a list a level, areas first.
        above: the area, and the field, of each topic. parents: what each is directly part of.
    """

    ids: Sequence[str]
    by_level: Sequence[Sequence[str]]
    above: Sequence[Mapping[str, str]]
    parents: Mapping[str, str]


def report(
    task: NamingTask,
    paper_topics: DataFrame,
    papers: DataFrame,
    phrases: DataFrame,
    sample: DataFrame,
    used_labels: Collection[str],
    settings: TopicsSettings,
    own: Thesaurus = NONE,
) -> Report:
    """What is told of the topics of `paper_topics` and of what they are part of.

    Terms are read in the papers of `sample`, and in as many of those of the topics to be named.

    Args:
        paper_topics: rows of gold.paper_topics. papers: silver.papers. phrases: silver.phrases.
        sample: rows with paper_id.
        used_labels: labels that others have. own: a thesaurus, whose terms name topics too.
    """
    fitting = paper_topics.where("fits").select("paper_id", "topic_id", "similarity").persist()
    members = fitting.select("paper_id", "topic_id")
    topics = members.where(F.col("topic_id").isin(list(task.ids))).select("paper_id")
    sample_ids = sample.select("paper_id").union(sample_rows(topics, settings.fit_papers))
    term_rows = terms_of(phrases.join(sample_ids, on="paper_id", how="left_semi"))
    term_rows = with_own_terms(term_rows, own)
    terms_said = term_rows.withColumn("words", F.size(F.split("term", " "))).persist()
    try:
        rows = members.groupBy("topic_id").agg(F.count("*").alias("papers")).collect()
        counts = {row["topic_id"]: row["papers"] for row in rows}
        titles = _nearest_titles(fitting, papers)
        of_topics = _by_topic(members, terms_said, settings)
        telling = dict(of_topics)
        for above in task.above:
            if above:
                telling |= _by_topic(_members_of(members, above), terms_said, settings)
        words = {topic_id: _words(candidates) for topic_id, candidates in of_topics.items()}
        npmi = coherence(words, terms_said)
        spellings = word_spellings(terms_said, telling, settings)
    finally:
        fitting.unpersist()
        terms_said.unpersist()
    by_topic = dict(counts)
    for above in task.above:
        # The largest topic first, whose title is that of all.
        for topic_id in sorted(above, key=lambda one: (-by_topic.get(one, 0), one)):
            counts[above[topic_id]] = counts.get(above[topic_id], 0) + by_topic.get(topic_id, 0)
            if topic_id in titles:
                titles.setdefault(above[topic_id], titles[topic_id])
    terms = {topic_id: topic_terms(telling.get(topic_id, []), settings) for topic_id in task.ids}
    sizes = {topic_id: counts.get(topic_id, 0) for topic_id in task.ids}
    names = labels(task.by_level, telling, sizes, spellings, used_labels, settings)
    return Report(counts, terms, names, titles, npmi, diversity(words))


def _nearest_titles(fitting: DataFrame, papers: DataFrame) -> dict[str, str]:
    """The title of the paper nearest to each topic's middle; of equal ones the first by id."""
    nearest = F.min(F.struct((-F.col("similarity")).alias("far"), "paper_id"))["paper_id"]
    chosen = fitting.groupBy("topic_id").agg(nearest.alias("paper_id"))
    titles = papers.select("paper_id", "title")
    rows = titles.join(F.broadcast(chosen), on="paper_id", how="inner").collect()
    return {row["topic_id"]: row["title"] for row in rows if row["title"]}


def _members_of(members: DataFrame, above: Mapping[str, str]) -> DataFrame:
    """`members` by what their topics are part of."""
    pairs = members.sparkSession.createDataFrame(
        sorted(above.items()), "topic_id string, area string"
    )
    joined = members.join(F.broadcast(pairs), on="topic_id", how="inner")
    return joined.select("paper_id", F.col("area").alias("topic_id"))


def _by_topic(
    members: DataFrame, term_rows: DataFrame, settings: TopicsSettings
) -> dict[str, list[Telling]]:
    by_topic: dict[str, list[Telling]] = {}
    for row in telling_terms(members, term_rows, settings).collect():
        candidate = Telling(row["term"], row["words"], row["papers"], row["score"], row["whole"])
        by_topic.setdefault(row["topic_id"], []).append(candidate)
    return by_topic


def _words(telling: Sequence[Telling]) -> list[str]:
    """The most telling words of a topic."""
    words = sorted(
        (-candidate.score, candidate.term) for candidate in telling if candidate.words == 1
    )
    return [word for _, word in words[:WORDS_PER_TOPIC]]
