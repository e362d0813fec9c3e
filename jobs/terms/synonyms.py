"""Synonyms: spellings, numbers, abbreviations and yearly editions of one term."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

DEFINITIONS = "paper_id string, short string, long string"
# Two to ten letters, digits and signs in brackets, with a capital: "(LLMs)", "(T5)", "(seq2seq)".
_BRACKET = re.compile(r"\(([^\W_][\w./&-]{1,9})(?:[,;][^()]{0,80})?\)")
_WORD_END = re.compile(r"[^\w)'’-]+$")
# A sentence, a clause or a bracket that ends before the long form begins.
_BREAK = re.compile(r"[.;:!?()\[\]]\s")
# Of the papers that spell an abbreviation out, the share that must agree on how.
_AGREE = 0.6
# A year at the end of a word: "meet-2019", "meet19".
_YEAR = r"(?<=[a-z])['’-]?((?:19|20)?\d\d)(?=\s|$)"
# Of the papers with a name in which a year may stand, the share that must be of that year.
_OF_THE_YEAR = 0.5


def key_of(term: Column) -> Column:
    """What the spellings of one term share: no hyphens or spaces, the last word in the singular."""
    # Left alone: words of three letters (gas), and endings -ss, -us, -is (corpus, basis).
    singular = F.regexp_replace(term, r"(?<=[a-z]{2})ies$", "y")
    singular = F.regexp_replace(singular, r"(?<=(?:x|ch|sh|ss))es$", "")
    singular = F.regexp_replace(singular, r"(?<=[a-z0-9]{2}[^\W_isu])s$", "")
    return F.regexp_replace(singular, r"[\s-]+", "")


def definitions(papers: DataFrame) -> DataFrame:
    """Abbreviations that the texts spell out: rows by DEFINITIONS, in lower case.

    The long form is the shortest run of words before the bracket that holds the abbreviation's
    letters in order and begins with its first (Schwartz and Hearst 2003).

    Args:
        papers: rows with paper_id, title and abstract (may be null).
    """
    text = F.concat_ws(" . ", "title", "abstract")
    # Most texts have no bracket, and need not leave the JVM.
    return (
        papers.select("paper_id", text.alias("text"))
        .where(F.col("text").contains("("))
        .mapInArrow(_definition_batches, DEFINITIONS)
    )


def _definition_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        rows = [
            (paper_id, short, long)
            for paper_id, text in zip(*(c.to_pylist() for c in batch.columns), strict=True)
            for short, long in sorted(set(abbreviation_pairs(text)))
        ]
        columns = zip(*rows, strict=True) if rows else ([], [], [])
        names = ["paper_id", "short", "long"]
        yield pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], names=names)


def abbreviation_pairs(text: str) -> Iterator[tuple[str, str]]:
    """The abbreviations in brackets of a text with their long forms, both in lower case."""
    for bracket in _BRACKET.finditer(text):
        short = bracket[1]
        if sum(map(str.isupper, short)) == 0:
            continue
        bare = short[:-1] if short.endswith("s") and short[-2].isupper() else short
        before = _WORD_END.sub("", text[max(0, bracket.start() - 120) : bracket.start()])
        words = _BREAK.split(before)[-1].split()
        long = _long_form(bare, " ".join(words[-min(len(bare) + 5, 2 * len(bare)) :]))
        if long:
            yield bare.lower(), long.lower()


def _long_form(short: str, before: str) -> str | None:
    """The end of `before` that spells `short` out; None where there is none."""
    place = len(before)
    letters = [letter for letter in short.lower() if letter.isalnum()]
    lower = before.lower()
    for order, letter in reversed(list(enumerate(letters))):
        place -= 1
        while place >= 0 and (
            lower[place] != letter or (order == 0 and place > 0 and (lower[place - 1].isalnum()))
        ):
            place -= 1
        if place < 0:
            return None
    long = before[place:]
    is_short = len(long) <= len(short) or short.lower() in long.lower().split()
    return None if is_short else long


def abbreviations(defined: DataFrame, min_papers: int) -> DataFrame:
    """Abbreviations with one meaning: rows (short_key, long_key).

    A long form holds where `min_papers` papers give it, and most of those that give any.

    Args:
        defined: rows by DEFINITIONS.
    """
    of_short = Window.partitionBy("short_key")
    best_first = of_short.orderBy(F.desc("papers"), "long_key").rowsBetween(
        Window.unboundedPreceding, Window.currentRow
    )
    everything = of_short.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    return (
        defined.select("paper_id", key_of(F.col("short")).alias("short_key"),
                       key_of(F.col("long")).alias("long_key"))
        .groupBy("short_key", "long_key")
        .agg(F.countDistinct("paper_id").alias("papers"))
        .withColumn("all_papers", F.sum("papers").over(everything))
        .withColumn("place", F.row_number().over(best_first))
        .where(
            (F.col("place") == 1)
            & (F.col("papers") >= min_papers)
            & (F.col("papers") >= _AGREE * F.col("all_papers"))
        )
        .select("short_key", "long_key")
    )  # fmt: skip


def without_abbreviations(phrases: DataFrame, abbreviated: DataFrame) -> DataFrame:
    """Keys of the phrases in which words are abbreviations: rows (short_key, long_key).

    Args:
        phrases: rows (phrase), each once. abbreviated: rows of `abbreviations`.
    """
    words = phrases.where("phrase like '% %'").select(
        "phrase", F.posexplode(F.split("phrase", " ")).alias("place", "word")
    )
    # Each word's key is made once, and phrases without an abbreviation, nearly all, are left alone.
    short = (
        words.select("word").distinct().withColumn("short_key", key_of(F.col("word")))
        .join(F.broadcast(abbreviated), on="short_key", how="inner")
        .select("word", "long_key")
    )  # fmt: skip
    spelled = words.join(F.broadcast(short), on="word", how="left")
    part = F.struct("place", F.coalesce("long_key", "word").alias("key"))
    some = spelled.where("long_key is not null").select("phrase").distinct()
    return (
        spelled.join(some, on="phrase", how="left_semi")
        .groupBy("phrase")
        .agg(F.array_sort(F.collect_list(part)).alias("parts"))
        .select(key_of(F.col("phrase")).alias("short_key"),
                key_of(F.array_join("parts.key", " ")).alias("long_key"))
        .where("short_key <> long_key")
        .groupBy("short_key")
        .agg(F.max("long_key").alias("long_key"))
    )  # fmt: skip


def without_year(term: Column) -> Column:
    """The name of a yearly event without the year of an edition."""
    return F.regexp_replace(term, _YEAR, "")


def editions(phrases: DataFrame, min_papers: int) -> DataFrame:
    """Names of the editions of yearly events, which lead to the event: rows (short_key, long_key).

    A number at the end of a word is a year where half of the papers with the name are dated in it:
    in the name of an event they are, in that of a network's depth or of a data set they are not.

    Args:
        phrases: rows (paper_id, phrase, dated_on).
    """
    number = F.regexp_extract("phrase", _YEAR, 1)
    is_of_year = F.pmod(number.cast("int"), F.lit(100)) == F.pmod(F.year("dated_on"), F.lit(100))
    return (
        phrases.where(number != "")
        .groupBy(key_of(F.col("phrase")).alias("short_key"))
        .agg(
            F.max(key_of(without_year(F.col("phrase")))).alias("long_key"),
            F.countDistinct("paper_id").alias("papers"),
            F.countDistinct(F.when(is_of_year, F.col("paper_id"))).alias("of_year"),
        )
        .where(F.col("of_year") >= F.greatest(F.lit(min_papers), _OF_THE_YEAR * F.col("papers")))
        .select("short_key", "long_key")
    )
