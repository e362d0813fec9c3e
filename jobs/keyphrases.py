"""Keyphrases: the terms that tell a paper from the others."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import KeyphrasesSettings
from jobs.terms import document_terms

# Candidates weighed against each other for every phrase that is kept.
_CANDIDATES = 3
# A phrase within a longer one goes when the longer says nearly as much.
_NEARLY = 0.5
_FEWEST = 3  # papers that may share a phrase in however small a corpus


def keyphrases(papers: DataFrame, settings: KeyphrasesSettings) -> DataFrame:
    """The best `settings.per_paper` phrases of each paper: rows of silver.keyphrases.

    The score of a term is TF-IDF (Spärck Jones 1972) with a damped frequency, times 2 in the title
    falling to 1 at the abstract's end (as in KEA, Witten et al. 1999), times the root of its number
    of words. A phrase that stands within a longer one of the same paper (Frantzi et al. 2000) goes
    if the longer scores at least half as much. Left out is what stands in more than
    `settings.max_document_share` of the papers, or once in one abstract alone. Ties go by the
    alphabet.

    Args:
        papers: silver.papers.
    """
    live = papers.where("not is_withdrawn")
    total = live.agg(F.count(F.lit(1)).alias("papers"))
    of_term = Window.partitionBy("term").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    most = F.greatest(F.col("papers") * settings.max_document_share, F.lit(_FEWEST))
    scored = (
        document_terms(live)
        .withColumn("having", F.count(F.lit(1)).over(of_term))
        .crossJoin(F.broadcast(total))  # one row
        .where((F.col("having") <= most) & _is_phrase())
        .select("paper_id", "term", "words", _score().alias("score"))
    )
    best_first = (
        Window.partitionBy("paper_id")
        .orderBy(F.desc("score"), "term")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    return _unnested(
        scored.withColumn("place", F.row_number().over(best_first)).where(
            F.col("place") <= _CANDIDATES * settings.per_paper
        ),
        settings.per_paper,
    )


def _is_phrase() -> Column:
    """What stands once in one abstract and nowhere else is a chance sequence of words."""
    repeated = (F.col("occurrences") > 1) | (F.col("having") > 1)
    return repeated | (F.col("position") == 0)


def _score() -> Column:
    frequency = 1 + F.log("occurrences")
    # One more than there are, so that in a corpus of one paper the score is not nothing.
    rarity = F.log((F.col("papers") + 1) / F.col("having"))
    length = F.sqrt("words")
    return F.round(frequency * rarity * (2 - F.col("position")) * length, 6)


def _unnested(candidates: DataFrame, most: int) -> DataFrame:
    """Candidates without those that a longer one covers, numbered from the best."""
    together = candidates.groupBy("paper_id").agg(
        F.array_sort(F.collect_list(F.struct("place", "term", "words", "score"))).alias("all")
    )

    def covers(longer: Column, term: Column) -> Column:
        within = F.concat(F.lit(" "), longer["term"], F.lit(" ")).contains(
            F.concat(F.lit(" "), term["term"], F.lit(" "))
        )
        enough = longer["score"] >= _NEARLY * term["score"]
        return (longer["words"] > term["words"]) & within & enough

    kept = F.filter("all", lambda term: ~F.exists("all", lambda longer: covers(longer, term)))
    return together.select(
        "paper_id", F.posexplode(F.slice(kept, 1, most)).alias("before", "phrase")
    ).select(
        "paper_id",
        F.col("phrase.term").alias("phrase"),
        F.col("phrase.score").alias("score"),
        (F.col("before") + 1).alias("rank"),
    )
