"""Keyphrases: the noun phrases that tell a paper from the others."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import KeyphrasesSettings
from jobs.text.phrases import phrases_of

_FEWEST = 3  # papers that may share a phrase in however small a corpus
_SINGLE = 0.5
"""Weight of a phrase of one word; two have 1.5, four 2.5: technical terms are mostly compounds
(Justeson & Katz 1995)."""
_EXACT = "decimal(12,6)"  # sums that do not depend on the order of what is added


def keyphrases(phrase_rows: DataFrame, settings: KeyphrasesSettings) -> DataFrame:
    """The best `settings.per_paper` phrases of each paper: rows of silver.keyphrases.

    Candidates are the noun phrases of up to four words, singular and plural as one. The score is
    the mean over the words of the log of how rare they are among the papers (Spärck Jones 1972),
    times a damped frequency of the phrase, times 2 in the title falling to 1 at the abstract's end
    (as in KEA, Witten et al. 1999), times 0.5 + log2 of the number of words. Left out is what
    stands in more than `settings.max_document_share` of the papers. Ties go by the alphabet.

    Args:
        phrase_rows: rows of silver.phrases, of all papers that count.
    """
    phrases = phrases_of(phrase_rows).withColumn("key", F.array_join("words", " "))
    frequency = 1 + F.log("occurrences")
    length = _SINGLE + F.log2("length")
    score = frequency * F.col("rarity") * (2 - F.col("position")) * length
    best_first = (
        Window.partitionBy("paper_id")
        .orderBy(F.desc("score"), "phrase")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    candidates = _candidates(phrase_rows, phrases, settings)
    return (
        phrases.select(
            "paper_id", "phrase", "key", "occurrences", "position", F.size("words").alias("length")
        )
        .join(candidates, on="key", how="inner")
        .withColumn("score", F.round(score, 6))
        .withColumn("rank", F.row_number().over(best_first))
        .where(F.col("rank") <= settings.per_paper)
        .select("paper_id", "phrase", "score", "rank")
    )


def _candidates(
    phrase_rows: DataFrame, phrases: DataFrame, settings: KeyphrasesSettings
) -> DataFrame:
    """The phrases that few enough papers have: rows (key, rarity).

    `key` are the phrase's words as one text, which is sorted and compared faster than a list is.
    `rarity` is the mean of the words' inverse document frequency.
    """
    total = F.broadcast(phrase_rows.agg(F.count(F.lit(1)).alias("papers")))  # one row
    having = (
        phrases.select("words", F.explode(F.arrays_zip("words", "is_new")).alias("word"))
        .where("word.is_new")
        .groupBy(F.col("word.words").alias("word"))
        .agg(F.count(F.lit(1)).alias("having"))
    )
    # One more than there are, so that in a corpus of one paper the score is not nothing.
    rarity = F.log((F.col("papers") + 1) / F.col("having")).cast(_EXACT)
    most = F.greatest(F.col("papers") * settings.max_document_share, F.lit(_FEWEST))
    distinct = phrases.groupBy("key").agg(F.count(F.lit(1)).alias("of_phrase"))
    return (
        distinct.crossJoin(total)
        .where(F.col("of_phrase") <= most)
        .select("key", "papers", F.explode(F.split("key", " ")).alias("word"))
        .join(having, on="word", how="inner")
        .groupBy("key")
        .agg((F.sum(rarity) / F.count(F.lit(1))).cast("double").alias("rarity"))
    )
