"""The terms whose trends are counted, and the papers that have each."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.phrases import terms_of
from jobs.stop_words import EMPTY_NOUNS
from jobs.synonyms import (
    abbreviations,
    definitions,
    editions,
    key_of,
    without_abbreviations,
    without_year,
)
from jobs.totals import known_by

# Of a term with an empty noun behind it: "neural systems" is not "neural", while two words are.
_FEWEST_WORDS = 2


class Vocabulary(NamedTuple):
    """Rows of gold.terms and of gold.term_papers."""

    terms: DataFrame
    papers: DataFrame


def vocabulary(
    papers: DataFrame,
    read: DataFrame,
    keyphrases: DataFrame,
    settings: TrendsSettings,
    as_of: date,
) -> Vocabulary:
    """The terms and their papers.

    Candidates are the phrases that are keyphrases of `settings.min_term_papers` papers or more,
    those of the most papers first, `settings.max_terms` at most. Spellings, singular and plural, an
    abbreviation and its long form, also within a longer term, and the editions of a yearly event
    are one term (`jobs/synonyms.py`), named by the form that most papers have, the long one before
    the abbreviation. A paper has a term when one of its forms stands in its title or abstract. Of
    these go, in this order:

    - what papers mention but are not about: said twice in a paper, or in its title, in less than
      `settings.said_again` of its papers, or `settings.said_again_alone` for one word. That words
      of content come again where they came once, and others do not, is Church's adaptation (2000);
    - fragments: what stands within one longer term in most of its papers, `settings.nested_share`,
      or within any in `settings.bound_share`;
    - a term with an empty noun behind it ("… systems"), where it is counted without.

    Args:
        papers: silver.papers. read: silver.phrases. keyphrases: silver.keyphrases.
    """
    known = known_by(papers, as_of)
    forms = _candidates(known, keyphrases, settings)
    having = _having(terms_of(read), forms)
    # What a paper has of the vocabulary is a quarter of what it says: fewer rows to shuffle.
    having = having.join(known.select("paper_id"), on="paper_id", how="left_semi").persist()
    of_papers = _of_papers(having).persist()
    # Few rows, asked for many times below: planned once.
    named = _named(having, of_papers).localCheckpoint()
    kept = _without_empty_heads(_without_fragments(_spoken_of(named, settings), settings))
    kept = kept.localCheckpoint()
    return Vocabulary(
        kept.select("term", "variants", "papers"),
        of_papers.join(F.broadcast(kept.select("concept", "term")), on="concept", how="inner")
        .select("term", "paper_id", "in_title"),
    )  # fmt: skip


def _candidates(known: DataFrame, keyphrases: DataFrame, settings: TrendsSettings) -> DataFrame:
    """The keys of the terms: rows (form_key, concept); other forms lead to the concept's key."""
    short = abbreviations(definitions(known), settings.min_term_papers)
    phrases = keyphrases.join(known.select("paper_id", "dated_on"), on="paper_id", how="inner")
    phrases = phrases.select("paper_id", "phrase", "dated_on").localCheckpoint()
    series = editions(phrases, settings.min_term_papers)
    others = without_abbreviations(phrases.select("phrase").distinct(), short)
    others = _resolved(others.unionByName(series).unionByName(short)).localCheckpoint()
    concepts = (
        phrases.withColumn("short_key", key_of(F.col("phrase")))
        .join(F.broadcast(others), on="short_key", how="left")
        .groupBy(F.coalesce("long_key", "short_key").alias("concept"))
        .agg(F.countDistinct("paper_id").alias("papers"))
        .where(F.col("papers") >= settings.min_term_papers)
        .orderBy(F.desc("papers"), "concept")
        .limit(settings.max_terms)
        .select("concept")
        .localCheckpoint()
    )
    led = others.join(concepts, on=F.col("long_key") == F.col("concept"), how="inner")
    return (
        concepts.join(others, on=F.col("short_key") == F.col("concept"), how="left_anti")
        .select(F.col("concept").alias("form_key"), "concept")
        .unionByName(led.select(F.col("short_key").alias("form_key"), "concept"))
    )


def _resolved(others: DataFrame) -> DataFrame:
    """Rows (short_key, long_key), each key once, led on where its long form has one itself.

    "(BiLSTM)" leads to "bidirectional LSTM", and that to its long form. Of two ways one is taken,
    the same in every run.
    """
    one = others.groupBy("short_key").agg(F.max("long_key").alias("long_key")).localCheckpoint()
    on = one.select(F.col("short_key").alias("long_key"), F.col("long_key").alias("further"))
    return (
        one.join(F.broadcast(on), on="long_key", how="left")
        .select("short_key", F.coalesce("further", "long_key").alias("long_key"))
        .where("short_key <> long_key")
    )


def _having(terms: DataFrame, forms: DataFrame) -> DataFrame:
    """The forms that each paper has: rows (concept, form, is_short, paper_id, …)."""
    # Broadcast: the vocabulary is bounded, and the terms of all papers need not be shuffled.
    return (
        terms.select(
            "paper_id",
            F.col("term").alias("form"),
            F.col("key").alias("form_key"),
            (F.col("position") == 0).alias("in_title"),
            "occurrences",
            "is_whole",
        )
        .join(F.broadcast(forms), on="form_key", how="inner")
        .select("concept", "form", (F.col("form_key") != F.col("concept")).alias("is_short"),
                "paper_id", "in_title", "occurrences", "is_whole")
    )  # fmt: skip


def _of_papers(having: DataFrame) -> DataFrame:
    """The concepts of each paper: rows (concept, paper_id, in_title, is_said_again, is_whole)."""
    in_title = F.max("in_title")
    return having.groupBy("concept", "paper_id").agg(
        in_title.alias("in_title"),
        (in_title | (F.sum("occurrences") > 1)).alias("is_said_again"),
        F.max("is_whole").alias("is_whole"),
    )


def _named(having: DataFrame, of_papers: DataFrame) -> DataFrame:
    """Terms with their forms: rows (concept, term, variants, papers, said_again, whole)."""
    by_form = having.groupBy("concept", "form", "is_short").agg(F.count(F.lit(1)).alias("papers"))
    forms = F.array_sort(
        F.collect_list(
            F.struct("is_short", (-F.col("papers")).alias("order"), F.col("form").alias("form"))
        )
    )
    told = by_form.groupBy("concept").agg(forms.alias("forms"))
    counted = of_papers.groupBy("concept").agg(
        F.count(F.lit(1)).alias("papers"),
        F.count_if("is_said_again").alias("said_again"),
        F.count_if("is_whole").alias("whole"),
    )
    names = F.transform("forms", lambda one: one["form"])
    first = F.get("forms", F.lit(0))
    # A series of which no form without a year is there is named without it all the same.
    series = first["is_short"] & (key_of(without_year(first["form"])) == F.col("concept"))
    return told.join(counted, on="concept", how="inner").select(
        "concept",
        F.when(series, without_year(first["form"])).otherwise(first["form"]).alias("term"),
        F.when(series, names).otherwise(F.slice(names, 2, F.lit(2**31 - 1))).alias("variants"),
        "papers",
        "said_again",
        "whole",
    )


def _spoken_of(named: DataFrame, settings: TrendsSettings) -> DataFrame:
    """`named` without what papers mention and are not about, as far as enough papers tell."""
    few = F.col("papers") < settings.min_test_papers
    alone = ~F.contains("term", F.lit(" "))
    least = F.when(alone, settings.said_again_alone).otherwise(settings.said_again)
    return named.where(few | (F.col("said_again") >= least * F.col("papers")))


def _without_fragments(named: DataFrame, settings: TrendsSettings) -> DataFrame:
    """`named` without the terms that are mostly a part of longer ones."""
    words = F.split("term", " ")
    parts = named.select("concept", "papers", words.alias("words")).where(F.size("words") > 1)
    starts = F.sequence(F.lit(1), F.size("words"))

    def from_(start: Column) -> Column:
        lengths = F.sequence(F.lit(1), F.size("words") - start + 1)
        return F.transform(
            lengths, lambda length: F.array_join(F.slice("words", start, length), " ")
        )

    within = (
        parts.select("concept", "papers", F.explode(F.flatten(F.transform(starts, from_))))
        .select(F.col("concept").alias("longer"), F.col("papers").alias("longer_papers"),
                key_of(F.col("col")).alias("concept"))
        .where("longer <> concept")
        .groupBy("concept")
        .agg(F.max("longer_papers").alias("most"))
    )  # fmt: skip
    of_one = F.coalesce("most", F.lit(0)) >= settings.nested_share * F.col("papers")
    bound = F.col("papers") - F.col("whole") >= settings.bound_share * F.col("papers")
    return named.join(within, on="concept", how="left").where(~of_one & ~bound)


def _without_empty_heads(named: DataFrame) -> DataFrame:
    """`named` without terms of which all but an empty noun at the end is a term of two words."""
    words = F.split("term", " ")
    head = F.element_at(words, -1)
    rest = key_of(F.array_join(F.slice(words, 1, F.size("words") - 1), " "))
    doubles = (
        named.withColumn("words", words)
        .where((F.size("words") > _FEWEST_WORDS) & head.isin(*sorted(EMPTY_NOUNS)))
        .select(F.col("concept").alias("longer"), rest.alias("concept"))
        .join(named.select("concept"), on="concept", how="left_semi")
        .select(F.col("longer").alias("concept"))
    )
    return named.join(doubles, on="concept", how="left_anti")
