"""The terms whose trends are counted, and the papers that have each."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.synonyms import abbreviations, definitions, key_of
from jobs.terms import document_terms
from jobs.totals import known_by


class Vocabulary(NamedTuple):
    """Rows of gold.terms and of gold.term_papers."""

    terms: DataFrame
    papers: DataFrame


def vocabulary(
    papers: DataFrame, keyphrases: DataFrame, settings: TrendsSettings, as_of: date
) -> Vocabulary:
    """The terms and their papers.

    Candidates are the phrases that are keyphrases of `settings.min_term_papers` papers or more,
    those of the most papers first, `settings.max_terms` at most. Spellings, singular and plural, an
    abbreviation and its long form are one term (`jobs/synonyms.py`), named by the form that most
    papers have, the long one before the abbreviation. A paper has a term when one of its forms
    stands in its title or abstract. A term that stands within a longer one in most of its papers,
    `settings.nested_share`, is a fragment of it and goes.

    Args:
        papers: silver.papers. keyphrases: silver.keyphrases.
    """
    known = known_by(papers, as_of)
    short = abbreviations(definitions(known), settings.min_term_papers)
    forms = _candidates(known, keyphrases, short, settings)
    having = _having(document_terms(known), forms).persist()
    named = _named(having)
    kept = _without_fragments(named, settings.nested_share)
    return Vocabulary(
        kept.select("term", "variants", "papers"),
        having.join(F.broadcast(kept.select("concept", "term")), on="concept", how="inner")
        .groupBy("term", "paper_id")
        .agg(F.max("in_title").alias("in_title")),
    )


def _candidates(
    known: DataFrame, keyphrases: DataFrame, short: DataFrame, settings: TrendsSettings
) -> DataFrame:
    """The keys of the terms: rows (form_key, concept); abbreviations lead to the long form's."""
    phrases = (
        keyphrases.join(known.select("paper_id"), on="paper_id", how="left_semi")
        .select("paper_id", key_of(F.col("phrase")).alias("form_key"))
        .join(F.broadcast(short), on=F.col("form_key") == F.col("short_key"), how="left")
        .select("paper_id", F.coalesce("long_key", "form_key").alias("concept"))
    )
    concepts = (
        phrases.groupBy("concept")
        .agg(F.countDistinct("paper_id").alias("papers"))
        .where(F.col("papers") >= settings.min_term_papers)
        .orderBy(F.desc("papers"), "concept")
        .limit(settings.max_terms)
        .select("concept")
    )
    abbreviated = short.join(concepts, on=F.col("long_key") == F.col("concept"), how="inner")
    return concepts.select(F.col("concept").alias("form_key"), "concept").unionByName(
        abbreviated.select(F.col("short_key").alias("form_key"), "concept")
    )


def _having(terms: DataFrame, forms: DataFrame) -> DataFrame:
    """The forms that each paper has: rows (concept, form, is_short, paper_id, in_title)."""
    # Broadcast: the vocabulary is bounded, and the terms of all papers need not be shuffled.
    return (
        terms.select(
            "paper_id",
            F.col("term").alias("form"),
            key_of(F.col("term")).alias("form_key"),
            (F.col("position") == 0).alias("in_title"),
        )
        .join(F.broadcast(forms), on="form_key", how="inner")
        .select("concept", "form", (F.col("form_key") != F.col("concept")).alias("is_short"),
                "paper_id", "in_title")
    )  # fmt: skip


def _named(having: DataFrame) -> DataFrame:
    """Terms with their forms: rows (concept, term, variants, papers)."""
    by_form = having.groupBy("concept", "form", "is_short").agg(F.count(F.lit(1)).alias("papers"))
    forms = F.array_sort(
        F.collect_list(
            F.struct("is_short", (-F.col("papers")).alias("order"), F.col("form").alias("form"))
        )
    )
    told = by_form.groupBy("concept").agg(forms.alias("forms"))
    counted = having.groupBy("concept").agg(F.countDistinct("paper_id").alias("papers"))
    names = F.transform("forms", lambda one: one["form"])
    return told.join(counted, on="concept", how="inner").select(
        "concept",
        F.get(names, F.lit(0)).alias("term"),
        F.slice(names, 2, F.lit(2**31 - 1)).alias("variants"),
        "papers",
    )


def _without_fragments(named: DataFrame, nested_share: float) -> DataFrame:
    """`named` without the terms that are mostly a part of one longer term."""
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
    return named.join(within, on="concept", how="left").where(
        F.col("most").isNull() | (F.col("most") < nested_share * F.col("papers"))
    )
