"""Names of topics: the terms that tell a topic from the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.terms import singular_column

WORDS_PER_TOPIC = 10  # single words by which coherence and diversity are measured
_CANDIDATES = 4  # terms weighed against each other for every term that is kept
_NEARLY = 0.75
"""A term within a longer one goes when the longer one has so much of its papers: "large language"
beside "large language models"."""
_DIGITS = 6


class Term(NamedTuple):
    """A term of a topic and its score there."""

    term: str
    score: float


class Telling(NamedTuple):
    """A candidate for a topic's terms: its words, the topic's papers that have it, its score."""

    term: str
    words: int
    papers: int
    score: float


def telling_terms(
    members: DataFrame, document_terms: DataFrame, settings: TopicsSettings
) -> DataFrame:
    """The most telling terms of each topic, and its most telling words: topic_id and Telling.

    Class-based TF-IDF (Grootendorst 2022, "BERTopic") over papers instead of occurrences, so that
    one paper's favourite word counts once: tf * log(1 + A / f), where tf is the share of the
    topic's papers that have the term, f the number of papers that have it in all topics, and A the
    mean number of papers a topic. Times log2(1 + words), for of a phrase and a word of it, as
    frequent, the phrase says more (after the C-value: Frantzi, Ananiadou & Mima 2000). Singular and
    plural are one term, in the form that comes first. Terms of more than `settings.max_term_share`
    of all papers, or of one paper of the topic, are left out.

    Args:
        members: paper_id, topic_id of the papers that fit a topic.
        document_terms: paper_id, term, words; each paper and term once.
        settings: how many terms, and how common they may be.
    """
    sizes = members.groupBy("topic_id").agg(F.count("*").alias("topic_papers"))
    total = sizes.agg(F.sum("topic_papers").alias("all_papers"), F.count("*").alias("topics"))
    by_topic = (
        members.join(document_terms, on="paper_id", how="inner")
        .groupBy("paper_id", "topic_id", "words", singular_column("term").alias("key"))
        .agg(F.min("term").alias("term"))
        .groupBy("topic_id", "words", "key")
        .agg(F.count("*").alias("papers"), F.min("term").alias("term"))
        .withColumn("f", F.sum("papers").over(Window.partitionBy("key")))
    )
    tf = F.col("papers") / F.col("topic_papers")
    idf = F.log1p(F.col("all_papers") / F.col("topics") / F.col("f"))
    best_first = [F.desc("score"), F.asc("term")]
    place = F.row_number().over(Window.partitionBy("topic_id").orderBy(*best_first))
    among_words = Window.partitionBy("topic_id", F.col("words") == 1).orderBy(*best_first)
    is_word = (F.col("words") == 1) & (F.row_number().over(among_words) <= WORDS_PER_TOPIC)
    return (
        by_topic.join(F.broadcast(sizes), on="topic_id", how="inner")
        .crossJoin(F.broadcast(total))
        .where(
            (F.col("papers") > 1) & (F.col("f") <= F.col("all_papers") * settings.max_term_share)
        )
        .withColumn("score", F.round(tf * idf * F.log2(1 + F.col("words")), _DIGITS))
        .withColumn("is_kept", (place <= _CANDIDATES * settings.terms_per_topic) | is_word)
        .where("is_kept")
        .select("topic_id", "term", "words", "papers", "score")
    )


def topic_terms(telling: Sequence[Telling], settings: TopicsSettings) -> list[Term]:
    """The terms of one topic, best first, without those that a longer one says nearly as often."""
    kept = [
        Term(one.term, one.score)
        for one in sorted(telling, key=lambda told: (-told.score, told.term))
        if not any(
            one.term != longer.term
            and f" {one.term} " in f" {longer.term} "
            and longer.papers >= _NEARLY * one.papers
            for longer in telling
        )
    ]
    return kept[: settings.terms_per_topic]


def labels(
    terms: Mapping[str, Sequence[Term]], taken: Collection[str], settings: TopicsSettings
) -> dict[str, str]:
    """A label for each topic: its best terms, up to `settings.label_terms` that share no word.

    Where two topics would be named alike, the later by topic_id takes a further term, and its id
    where it has none left; so no two labels are equal, and none is `taken`.
    """
    given: dict[str, str] = {}
    for topic_id in sorted(terms):
        varied, others = _varied(term.term for term in terms[topic_id])
        parts = varied[: settings.label_terms]
        further = [*varied[settings.label_terms :], *others, f"({topic_id})"]
        while not parts or ", ".join(parts) in {*given.values(), *taken}:
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
