"""How good topics are, as far as that can be told without knowing the right ones."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

Pair = tuple[str, str]
_DIGITS = 4


def coherence(words: Mapping[str, Sequence[str]], document_terms: DataFrame) -> float | None:
    """Mean NPMI of the pairs of each topic's words, the mean over the topics that have two.

    Normalised pointwise mutual information (Bouma 2009; Lau, Newman & Baldwin 2014) by papers: a
    pair counts where both stand in one title or abstract; -1 where they never do, 1 where they
    always do. Null where no topic has two words.

    Args:
        words: the telling words of each topic. document_terms: paper_id, term of the papers.
    """
    pairs = {t: list(combinations(sorted(set(w)), 2)) for t, w in words.items()}
    all_pairs = {pair for of_topic in pairs.values() for pair in of_topic}
    if not all_pairs:
        return None
    papers, alone, together = _count_papers({w for pair in all_pairs for w in pair}, document_terms)
    npmi = {pair: _npmi(papers, alone, together.get(pair, 0), pair) for pair in all_pairs}
    means = [
        sum(npmi[p] for p in of_topic) / len(of_topic) for of_topic in pairs.values() if of_topic
    ]
    return round(sum(means) / len(means), _DIGITS)


def _npmi(papers: int, alone: Mapping[str, int], both: int, pair: Pair) -> float:
    if both == 0:
        return -1.0
    if both == papers:
        return 1.0
    return math.log(both * papers / (alone[pair[0]] * alone[pair[1]])) / -math.log(both / papers)


def _count_papers(
    words: Collection[str], document_terms: DataFrame
) -> tuple[int, dict[str, int], dict[Pair, int]]:
    """The papers there are, those that have each word, and those that have each pair."""
    word_rows = document_terms.sparkSession.createDataFrame(
        [(w,) for w in sorted(words)], "term string"
    )
    papers = document_terms.select("paper_id").distinct().count()
    having = (
        document_terms.join(F.broadcast(word_rows), on="term", how="inner")
        .groupBy("paper_id")
        .agg(F.array_sort(F.collect_set("term")).alias("terms"))
    )

    def with_later(left: Column, at: Column) -> Column:
        """The pairs of a word with itself and those after it."""
        later = F.slice("terms", at + 1, F.size("terms"))
        return F.transform(later, lambda right: F.struct(left.alias("left"), right.alias("right")))

    rows = (
        having.select(F.explode(F.flatten(F.transform("terms", with_later))).alias("pair"))
        .groupBy("pair.left", "pair.right")
        .agg(F.count("*").alias("papers"))
        .collect()
    )
    pairs = {(row["left"], row["right"]): row["papers"] for row in rows}
    alone = {left: number for (left, right), number in pairs.items() if left == right}
    return papers, alone, pairs


def diversity(words: Mapping[str, Sequence[str]]) -> float | None:
    """Share of different words among those of all topics (Dieng, Ruiz & Blei 2020)."""
    all_words = [word for of_topic in words.values() for word in of_topic]
    return round(len(set(all_words)) / len(all_words), _DIGITS) if all_words else None
