"""Keyphrases: the noun phrases that tell a paper from the others."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.window import WindowSpec

from jobs.params import KeyphrasesSettings
from jobs.terms import document_phrases

_FEWEST = 3  # papers that may share a phrase in however small a corpus
_SINGLE = 0.5
"""Weight of a phrase of one word; two have 1.5, four 2.5: technical terms are mostly compounds
(Justeson & Katz 1995)."""
_EXACT = "decimal(12,6)"  # sums that do not depend on the order of what is added


def keyphrases(papers: DataFrame, settings: KeyphrasesSettings) -> DataFrame:
    """The best `settings.per_paper` phrases of each paper: rows of silver.keyphrases.

    Candidates are the noun phrases of up to four words, singular and plural as one. The score is
    the mean over the words of the log of how rare they are among the papers (Spärck Jones 1972),
    times a damped frequency of the phrase, times 2 in the title falling to 1 at the abstract's end
    (as in KEA, Witten et al. 1999), times 0.5 + log2 of the number of words. Left out is what
    stands in more than `settings.max_document_share` of the papers. Ties go by the alphabet.

    Args:
        papers: silver.papers.
    """
    live = papers.where("not is_withdrawn")
    total = live.agg(F.count(F.lit(1)).alias("papers"))
    having = F.count(F.lit(1)).over(_all_of("words"))
    most = F.greatest(F.col("papers") * settings.max_document_share, F.lit(_FEWEST))
    frequency = 1 + F.log("occurrences")
    length = _SINGLE + F.log2(F.size("words"))
    score = frequency * F.col("rarity") * (2 - F.col("position")) * length
    best_first = (
        Window.partitionBy("paper_id")
        .orderBy(F.desc("score"), "phrase")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    return (
        _with_rarity(document_phrases(live), total)
        .withColumn("having", having)
        .where(F.col("having") <= most)
        .withColumn("score", F.round(score, 6))
        .withColumn("rank", F.row_number().over(best_first))
        .where(F.col("rank") <= settings.per_paper)
        .select("paper_id", "phrase", "score", "rank")
    )


def _with_rarity(phrases: DataFrame, total: DataFrame) -> DataFrame:
    """`phrases` with `rarity`, the mean of their words' inverse document frequency, and `papers`.

    Args:
        phrases: rows by DOCUMENT_PHRASES. total: one row, the number of papers.
    """
    kept = ["paper_id", "words", "phrase", "occurrences", "position", "papers"]
    # One more than there are, so that in a corpus of one paper the score is not nothing.
    rarity = F.log((F.col("papers") + 1) / F.count_if("word.is_new").over(_all_of("word.words")))
    return (
        phrases.crossJoin(F.broadcast(total))
        .withColumn("word", F.explode(F.arrays_zip("words", "is_new")))
        .withColumn("rarity", rarity.cast(_EXACT))
        .groupBy(*kept)
        .agg((F.sum("rarity") / F.count(F.lit(1))).cast("double").alias("rarity"))
    )


def _all_of(key: str) -> WindowSpec:
    return Window.partitionBy(key).rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
