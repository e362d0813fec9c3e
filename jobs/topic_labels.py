"""Names of topics: the terms that tell a topic from the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import TopicsSettings

_DIGITS = 6


class Term(NamedTuple):
    """A term of a topic and its score there."""

    term: str
    score: float


def topic_terms(
    members: DataFrame, document_terms: DataFrame, settings: TopicsSettings
) -> DataFrame:
    """The most telling terms of each topic: topic_id, term, score, rank from 1.

    Class-based TF-IDF (Grootendorst 2022, "BERTopic") over papers instead of occurrences, so that
    one paper's favourite word counts once: tf * log(1 + A / f), where tf is the share of the
    topic's papers that have the term, f the number of papers that have it in all topics, and A the
    mean number of papers a topic. Times log2(1 + words), for of a phrase and a word of it, as
    frequent, the phrase says more (after the C-value: Frantzi, Ananiadou & Mima 2000). Terms of
    more than `settings.max_term_share` of all papers, or of one paper of the topic, are left out.

    Args:
        members: paper_id, topic_id of the papers that fit a topic.
        document_terms: paper_id, term, words; each paper and term once.
        settings: how many terms, and how common they may be.
    """
    sizes = members.groupBy("topic_id").agg(F.count("*").alias("topic_papers"))
    total = sizes.agg(F.sum("topic_papers").alias("papers"), F.count("*").alias("topics"))
    by_topic = (
        members.join(document_terms, on="paper_id", how="inner")
        .groupBy("topic_id", "term", "words")
        .agg(F.count("*").alias("n"))
        .withColumn("f", F.sum("n").over(Window.partitionBy("term")))
    )
    tf = F.col("n") / F.col("topic_papers")
    idf = F.log1p(F.col("papers") / F.col("topics") / F.col("f"))
    score = F.round(tf * idf * F.log2(1 + F.col("words")), _DIGITS)
    best_first = Window.partitionBy("topic_id").orderBy(F.desc("score"), "term")
    return (
        by_topic.join(F.broadcast(sizes), on="topic_id", how="inner")
        .crossJoin(F.broadcast(total))
        .where((F.col("n") > 1) & (F.col("f") <= F.col("papers") * settings.max_term_share))
        .withColumn("score", score)
        .withColumn("rank", F.row_number().over(best_first))
        .where(F.col("rank") <= settings.terms_per_topic)
        .select("topic_id", "term", "score", "rank")
    )


def labels(terms: Mapping[str, Sequence[Term]], settings: TopicsSettings) -> dict[str, str]:
    """A label for each topic: its best terms, up to `settings.label_terms` that share no word.

    Where two topics would be named alike, the later by topic_id takes a further term, and its id
    where it has none left; so no two labels are equal.
    """
    given: dict[str, str] = {}
    for topic_id in sorted(terms):
        varied, others = _varied(term.term for term in terms[topic_id])
        parts = varied[: settings.label_terms]
        further = [*varied[settings.label_terms :], *others, f"({topic_id})"]
        while not parts or ", ".join(parts) in given.values():
            parts.append(further.pop(0))
        given[topic_id] = ", ".join(parts)
    return given


def _varied(terms: Iterable[str]) -> tuple[list[str], list[str]]:
    """The terms that share no word, in singular or plural, with a term before; and the others."""
    varied: list[str] = []
    others: list[str] = []
    seen: set[str] = set()
    for term in terms:
        words = {word.removesuffix("s") for word in term.split()}
        (others if words & seen else varied).append(term)
        seen |= words
    return varied, others
