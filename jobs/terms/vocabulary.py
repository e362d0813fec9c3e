"""The terms whose trends are counted, and the papers that have each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.terms.synonyms import (
    abbreviations,
    definitions,
    editions,
    key_of,
    without_abbreviations,
    without_year,
)
from jobs.terms.thesaurus import NONE, Thesaurus, own_terms, with_own_terms
from jobs.text.phrases import terms_of
from jobs.text.stop_words import EMPTY_NOUNS, VAGUE_MODIFIERS
from jobs.trends.totals import known_papers

# A name of up to three words at the beginning of a title, before a colon.
_INTRODUCED = r"^\s*([^\W_]\S*(?: \S+){0,2}):\s"
# Of a term with an empty noun behind it: "neural systems" is not "neural", while two words are.
_FEWEST_WORDS = 2
_HASHES = 16
SUBJECT, MENTIONED = "subject", "mentioned"
"""Kinds of terms: what papers are about, and names that they only mention."""


class Vocabulary(NamedTuple):
    """Rows of gold.terms and of gold.term_papers."""

    terms: DataFrame
    papers: DataFrame


def vocabulary(
    papers: DataFrame,
    phrases: DataFrame,
    keyphrases: DataFrame,
    settings: TrendsSettings,
    as_of: date,
    own: Thesaurus = NONE,
) -> Vocabulary:
    """The terms and their papers.

    Candidates are what `settings.min_term_papers` papers or more have as a keyphrase, what so many
    have and a title names before a colon, and whatever else `settings.min_test_papers` papers or
    more have: a phrase of hundreds of papers is the keyphrase of none. Spellings, singular and
    plural, an abbreviation and its long form, also within a longer term, and the editions of a
    yearly event are one term (`jobs/terms/synonyms.py`), named by the form that most papers have,
    the long one before the abbreviation. A paper has a term when one of its forms stands in its
    title or abstract. A term is a name where `settings.written_so` of its papers write it so. Of
    these go, in this order, as far as enough papers tell:

    - style and what is only mentioned: said twice in a paper, or in its title, in less than
      `settings.said_again` of its papers, or in the title in less than `settings.in_titles`; one
      word that is no name needs `settings.said_again_alone` and `settings.in_titles_alone`. That
      words of content come again where they came once, and others do not, is Church's adaptation
      (2000). Names stay, as mentioned ones;
    - fragments: what stands within one longer term in most of its papers, `settings.nested_share`,
      or within any in `settings.bound_share` (after the C-value: Frantzi, Ananiadou & Mima 2000);
    - a term with an empty noun behind it ("… systems"), where it is counted without.

    Of what remains, terms with nearly the same papers are one (`_lead_terms`). The
    `settings.max_terms` of the most papers are kept.

    Args:
        papers: silver.papers. phrases: silver.phrases. keyphrases: silver.keyphrases.
        own: a thesaurus. Its terms are taken as they are: their aliases count for them, and the
            papers of narrower terms for broader ones.
    """
    known = known_papers(papers, as_of)
    term_rows = with_own_terms(terms_of(phrases), own)
    forms = _candidates(known, term_rows, keyphrases, settings, own)
    having = _having(term_rows, forms)
    # What a paper has of the vocabulary is a quarter of what it says: fewer rows to shuffle.
    lives = known.select("paper_id", F.coalesce("abstract", F.lit("")).alias("abstract"))
    lives = lives.select("paper_id", (F.trim("abstract") != "").alias("has_abstract"))
    having = having.join(lives, on="paper_id", how="inner").persist()
    of_papers = _of_papers(having).persist()
    # Few rows, asked for many times below: planned once.
    candidates = _with_thesaurus(_terms_with_forms(having, of_papers), own)
    candidates = _with_kind(candidates, settings).localCheckpoint()
    terms = _without_empty_heads(_without_fragments(candidates, settings))
    terms = terms.orderBy(F.desc("papers"), "concept").limit(settings.max_terms).localCheckpoint()
    concepts = F.broadcast(terms.select("concept", "term"))
    term_papers = of_papers.join(concepts, on="concept", how="inner")
    term_papers = term_papers.select("term", "paper_id", "in_title")
    return _merge_terms(terms, term_papers, _lead_terms(term_papers, terms, settings))


def _candidates(
    known: DataFrame,
    term_rows: DataFrame,
    keyphrases: DataFrame,
    settings: TrendsSettings,
    own: Thesaurus,
) -> DataFrame:
    """The keys of the terms: rows (form_key, concept); other forms lead to the concept's key."""
    short = abbreviations(definitions(known), settings.min_term_papers)
    papers = known.select("paper_id", "dated_on")
    phrases = keyphrases.join(papers, on="paper_id", how="inner")
    phrases = phrases.select("paper_id", "phrase", "dated_on").localCheckpoint()
    series = editions(phrases, settings.min_term_papers)
    wide = _common(known, term_rows, settings).localCheckpoint()
    names = phrases.select("phrase").unionByName(wide.select(F.col("term").alias("phrase")))
    others = without_abbreviations(names.distinct(), short)
    others = _resolve_chains(others.unionByName(series).unionByName(short))
    mine = own_terms(own, known).select(F.col("own_key").alias("short_key"), "own_term")
    # What the thesaurus names is a term by itself, whatever it is short for elsewhere.
    others = others.join(F.broadcast(mine), on="short_key", how="left_anti").localCheckpoint()
    concept = F.coalesce("long_key", "short_key").alias("concept")

    def by_concept(rows: DataFrame, count: Column) -> DataFrame:
        """The concepts of `rows` with a short_key."""
        joined = rows.join(F.broadcast(others), on="short_key", how="left")
        return joined.groupBy(concept).agg(count.alias("papers"))

    of_keys = phrases.withColumn("short_key", key_of(F.col("phrase")))
    frequent = by_concept(of_keys, F.countDistinct("paper_id"))
    frequent = frequent.where(F.col("papers") >= settings.min_term_papers).select("concept")
    common = by_concept(wide.withColumnRenamed("key", "short_key"), F.sum("papers"))
    concepts = frequent.unionByName(common.select("concept"))
    concepts = concepts.unionByName(mine.select(key_of(F.col("own_term")).alias("concept")))
    concepts = concepts.distinct().localCheckpoint()
    aliases = others.join(concepts, on=F.col("long_key") == F.col("concept"), how="inner")
    return (
        concepts.join(others, on=F.col("short_key") == F.col("concept"), how="left_anti")
        .select(F.col("concept").alias("form_key"), "concept")
        .unionByName(aliases.select(F.col("short_key").alias("form_key"), "concept"))
    )


def _common(known: DataFrame, term_rows: DataFrame, settings: TrendsSettings) -> DataFrame:
    """What enough papers say, whatever it is to them: rows (key, term, papers).

    Looser than `_with_kind`, which sees all forms together: what fails here by half fails there.
    """
    is_again = (F.col("position") == 0) | (F.col("occurrences") > 1)
    counts = (
        term_rows.join(known.select("paper_id"), on="paper_id", how="left_semi")
        .groupBy("key")
        .agg(
            F.min("term").alias("term"),
            F.count(F.lit(1)).alias("papers"),
            F.count_if(is_again).alias("again"),
            F.count_if(F.col("position") == 0).alias("titles"),
            F.count_if(F.col("name").isNotNull()).alias("names"),
        )
        .where(F.col("papers") >= settings.min_term_papers)
    )
    is_about = (F.col("again") >= settings.said_again / 2 * F.col("papers")) & (F.col("titles") > 0)
    is_name = F.col("names") >= settings.written_so / 2 * F.col("papers")
    is_frequent = (F.col("papers") >= settings.min_test_papers) & (is_about | is_name)
    before_colon = F.broadcast(_names_before_colon(known))
    return (
        counts.join(before_colon, on="key", how="left")
        .where(is_frequent | (is_name & F.col("is_introduced")))
        .select("key", "term", "papers")
    )


def _names_before_colon(known: DataFrame) -> DataFrame:
    """What titles name before a colon ("Driftwood: gulls at sea"): rows (key, is_introduced)."""
    name = F.regexp_extract("title", _INTRODUCED, 1)
    return (
        known.select(key_of(F.lower(name)).alias("key"))
        .where("key <> ''")
        .distinct()
        .withColumn("is_introduced", F.lit(True))
    )


def _resolve_chains(others: DataFrame) -> DataFrame:
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
            "name",
        )
        .join(F.broadcast(forms), on="form_key", how="inner")
        .select("concept", "form", (F.col("form_key") != F.col("concept")).alias("is_short"),
                "paper_id", "in_title", "occurrences", "is_whole", "name")
    )  # fmt: skip


def _of_papers(having: DataFrame) -> DataFrame:
    """The concepts of each paper: rows (concept, paper_id, in_title, is_twice, is_whole, is_name).

    `is_twice`: said twice, or all that is known of the paper is the title.
    """
    return having.groupBy("concept", "paper_id").agg(
        F.max("in_title").alias("in_title"),
        (~F.max("has_abstract") | (F.sum("occurrences") > 1)).alias("is_twice"),
        F.max("is_whole").alias("is_whole"),
        F.max(F.col("name").isNotNull()).alias("is_name"),
    )


def _terms_with_forms(having: DataFrame, of_papers: DataFrame) -> DataFrame:
    """Terms with their forms: rows (concept, term, written, variants, papers, …).

    The further columns count papers: titles, again, twice, whole, names.
    """
    of_form = ["concept", "form", "is_short"]
    by_name = having.groupBy(*of_form, "name").agg(F.count(F.lit(1)).alias("papers"))
    commonest = F.max(F.when(F.col("name").isNotNull(), F.struct("papers", "name")))
    by_form = by_name.groupBy(*of_form).agg(
        F.sum("papers").alias("papers"), commonest["name"].alias("name")
    )
    form = F.struct(
        "is_short", (-F.col("papers")).alias("order"), F.col("form").alias("form"), "name"
    )
    forms = by_form.groupBy("concept").agg(F.array_sort(F.collect_list(form)).alias("forms"))
    counts = of_papers.groupBy("concept").agg(
        F.count(F.lit(1)).alias("papers"),
        F.count_if("in_title").alias("titles"),
        F.count_if(F.col("in_title") | F.col("is_twice")).alias("again"),
        F.count_if("is_twice").alias("twice"),
        F.count_if("is_whole").alias("whole"),
        F.count_if("is_name").alias("names"),
    )
    names = F.transform("forms", lambda one: one["form"])
    first = F.get("forms", F.lit(0))
    # A series of which no form without a year is there is named without it all the same.
    series = first["is_short"] & (key_of(without_year(first["form"])) == F.col("concept"))
    return forms.join(counts, on="concept", how="inner").select(
        "concept",
        F.when(series, without_year(first["form"])).otherwise(first["form"]).alias("term"),
        F.when(~series, first["name"]).alias("written"),
        F.when(series, names).otherwise(F.slice(names, 2, F.lit(2**31 - 1))).alias("variants"),
        *(F.col(name) for name in counts.columns[1:]),
    )


def _with_thesaurus(terms: DataFrame, own: Thesaurus) -> DataFrame:
    """`terms` with what the thesaurus says: is_own, broader, the term and its aliases by it."""
    aliases: dict[str, list[str]] = {term: [] for term in own.spellings}
    for alias, term in own.aliases.items():
        aliases[term].append(alias)
    entries = own_terms(own, terms).where(F.col("own_key") == key_of(F.col("own_term")))
    alias_rows = terms.sparkSession.createDataFrame(
        sorted((term, sorted(names)) for term, names in aliases.items()),
        "own_term string, aliases array<string>",
    )
    entries = entries.join(alias_rows, on="own_term", how="inner").withColumnRenamed(
        "own_key", "concept"
    )
    return (
        terms.join(F.broadcast(entries), on="concept", how="left")
        .withColumn("is_own", F.col("own_term").isNotNull())
        .withColumn("written", F.coalesce("own_written", "written"))
        .withColumn(
            "variants",
            F.when(
                F.col("is_own"),
                F.array_except(
                    F.array_distinct(F.concat("variants", F.array("term"), "aliases")),
                    F.array("own_term"),
                ),
            ).otherwise(F.col("variants")),
        )
        .withColumn("term", F.coalesce("own_term", "term"))
        .drop("own_term", "own_written", "aliases")
    )


def _with_kind(terms: DataFrame, settings: TrendsSettings) -> DataFrame:
    """`terms` with its kind, without style; `written` is as most papers write a name."""
    papers = F.col("papers")
    is_alone = ~F.contains("term", F.lit(" "))
    # What begins with a digit counts or measures: "10k", "3d".
    is_name = (F.col("names") >= settings.written_so * papers) & F.col("term").rlike(r"^[^\W\d]")
    of_words = (F.col("again") >= settings.said_again * papers) & (
        F.col("titles") >= settings.in_titles * papers
    )
    of_word = (F.col("twice") >= settings.said_again_alone * papers) & (
        F.col("titles") >= settings.in_titles_alone * papers
    )
    is_about = F.when(is_alone & ~is_name, of_word).otherwise(of_words)
    few = papers < settings.min_test_papers
    style = _is_vague(F.split("term", " "))
    return (
        terms.withColumn(
            "kind", F.when(is_about | few | F.col("is_own"), SUBJECT).when(is_name, MENTIONED)
        )
        .where(F.col("kind").isNotNull() & (~style | F.col("is_own")))
        .withColumn(
            "written",
            F.when(is_name | F.col("is_own"), F.coalesce("written", "term")).otherwise(
                F.col("term")
            ),
        )
    )


def _is_vague(words: Column) -> Column:
    """Whether all words but the last praise or measure, and the last is an empty noun."""
    vague = F.array(*map(F.lit, sorted(VAGUE_MODIFIERS)))
    front = F.slice(words, 1, F.greatest(F.size(words) - 1, F.lit(0)))
    is_front = F.size(F.array_except(front, vague)) == 0
    head = F.element_at(words, -1)
    return (F.size(words) > 1) & is_front & head.isin(*sorted(EMPTY_NOUNS | VAGUE_MODIFIERS))


def _without_fragments(terms: DataFrame, settings: TrendsSettings) -> DataFrame:
    """`terms` without the terms that are mostly a part of longer ones."""
    words = F.split("term", " ")
    parts = terms.select("concept", "papers", words.alias("words")).where(F.size("words") > 1)
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
    return terms.join(within, on="concept", how="left").where(F.col("is_own") | (~of_one & ~bound))


def _without_empty_heads(terms: DataFrame) -> DataFrame:
    """`terms` without terms of which all but an empty noun at the end is a term of two words."""
    words = F.split("term", " ")
    head = F.element_at(words, -1)
    rest = key_of(F.array_join(F.slice(words, 1, F.size("words") - 1), " "))
    doubles = (
        terms.withColumn("words", words)
        .where((F.size("words") > _FEWEST_WORDS) & head.isin(*sorted(EMPTY_NOUNS)))
        .select(F.col("concept").alias("longer"), rest.alias("concept"))
        .join(terms.select("concept"), on="concept", how="left_semi")
        .select(F.col("longer").alias("concept"))
    )
    doubles = doubles.withColumn("is_double", F.lit(True)).distinct()
    joined = terms.join(doubles, on="concept", how="left")
    return joined.where(F.col("is_own") | F.col("is_double").isNull()).drop("is_double")


def _lead_terms(
    term_papers: DataFrame, terms: DataFrame, settings: TrendsSettings
) -> dict[str, str]:
    """Terms that have nearly the same papers as another, and that other one.

    Pairs that share the least hash of their papers under one of `_HASHES` functions (min-hash,
    Broder 1997) are looked at: of those with four fifths in common all but one in a million are.
    Only terms of `settings.min_test_papers` papers: of three papers two terms share all by chance.
    """
    many = terms.where((F.col("papers") >= settings.min_test_papers) & ~F.col("is_own"))
    rows = term_papers.join(
        F.broadcast(many.select("term", "papers")), on="term", how="inner"
    ).persist()
    hashes = [
        F.min(F.xxhash64("paper_id", F.lit(seed))).alias(f"h{seed}") for seed in range(_HASHES)
    ]
    least = (
        rows.groupBy("term", "papers")
        .agg(*hashes)
        .select("term", "papers", F.posexplode(F.array(*(f"h{seed}" for seed in range(_HASHES)))))
    )
    other = least.select(
        F.col("term").alias("other"), F.col("papers").alias("others"), "pos", "col"
    )
    before = (F.col("papers") > F.col("others")) | (
        (F.col("papers") == F.col("others")) & (F.col("term") < F.col("other"))
    )
    pairs = (
        least.join(other, on=["pos", "col"], how="inner")
        .where(before & (F.col("others") >= settings.same_papers * F.col("papers")))
        .select("term", "other", "papers", "others")
        .distinct()
    )
    both = (
        pairs.join(rows.select("term", "paper_id"), on="term", how="inner")
        .join(rows.select(F.col("term").alias("other"), "paper_id"), on=["other", "paper_id"],
              how="inner")
        .groupBy("term", "other", "papers", "others")
        .agg(F.count(F.lit(1)).alias("both"))
        .where(F.col("both") >= settings.same_papers
               * (F.col("papers") + F.col("others") - F.col("both")))
        .select("term", "other", "papers")
        .collect()
    )  # fmt: skip
    rows.unpersist()
    lead_of: dict[str, str] = {}
    for pair in sorted(both, key=lambda row: (-row["papers"], row["term"], row["other"])):
        if pair["term"] not in lead_of:
            lead_of.setdefault(pair["other"], pair["term"])
    return lead_of


def _merge_terms(rows: DataFrame, term_papers: DataFrame, lead_of: Mapping[str, str]) -> Vocabulary:
    """The vocabulary, each term that another leads among the other's variants."""
    terms = rows.select("term", "written", "kind", "broader", "variants", "papers")
    if not lead_of:
        return Vocabulary(terms, term_papers)
    spark = rows.sparkSession
    leads = F.broadcast(spark.createDataFrame(sorted(lead_of.items()), "term string, lead string"))
    lead = F.coalesce("lead", "term")
    papers = (
        term_papers.join(leads, on="term", how="left")
        .groupBy(lead.alias("term"), "paper_id")
        .agg(F.max("in_title").alias("in_title"))
    )
    others = (
        terms.join(leads, on="term", how="inner")
        .groupBy(F.col("lead").alias("term"))
        .agg(
            F.array_sort(
                F.flatten(F.collect_list(F.array_prepend("variants", F.col("term"))))
            ).alias("more")
        )
    )
    leading = terms.join(leads, on="term", how="left_anti").drop("papers")
    counts = papers.groupBy("term").agg(F.count(F.lit(1)).alias("papers"))
    variants = F.concat("variants", F.coalesce("more", F.array().cast("array<string>")))
    leading = leading.join(others, on="term", how="left").withColumn("variants", variants)
    return Vocabulary(leading.drop("more").join(counts, on="term", how="inner"), papers)
