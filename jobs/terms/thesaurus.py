"""A thesaurus of one's own: terms as a house names them, what is broader, and other names.

A CSV with the columns term, broader and alias; a term has a line for each of its aliases, and
either of the two others may be empty:

    term,broader,alias
    Tide Gauges,Instruments,water level recorders
    Tide Gauges,Instruments,mareographs
    Instruments,,
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.terms.synonyms import key_of
from jobs.text.csv_rows import csv_rows

_COLUMNS = ["term", "broader", "alias"]


class ThesaurusError(ValueError):
    """A line that cannot be followed: which, and why."""


class Thesaurus(NamedTuple):
    """The terms as they are written by lower case, their broader terms, and terms by alias."""

    spellings: Mapping[str, str]
    broader: Mapping[str, str]
    aliases: Mapping[str, str]


NONE = Thesaurus({}, {}, {})


def thesaurus(text: str) -> Thesaurus:
    """The thesaurus of a file; nothing of an empty one.

    Raises:
        ThesaurusError: a line cannot be followed, or two contradict each other.
    """
    spellings: dict[str, str] = {}
    broader: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for line, row in csv_rows(text, _COLUMNS, ThesaurusError):
        term, above, alias = (" ".join(value.split()) for value in row)
        if not term:
            raise ThesaurusError(f"line {line}: term is empty")
        own = term.lower()
        spellings.setdefault(own, term)
        for mapping, value, what in ((broader, above, "broader term"), (aliases, alias, "term")):
            key, entry = (own, value.lower()) if mapping is broader else (value.lower(), own)
            if value and mapping.setdefault(key, entry) != entry:
                raise ThesaurusError(f"line {line}: a second {what} of {key}; keep one")
            if mapping is broader and value:
                spellings.setdefault(value.lower(), value)
    for term, above in broader.items():
        visited, at = {term}, above
        while at in broader:
            if at in visited:
                raise ThesaurusError(f"broader: {term} leads back to itself")
            visited.add(at)
            at = broader[at]
    return Thesaurus(spellings, broader, {a: t for a, t in aliases.items() if a not in spellings})


def own_terms(entries: Thesaurus, like: DataFrame) -> DataFrame:
    """Rows (own_key, own_term, own_written, broader) of the terms, and of their aliases."""
    names = {**{term: term for term in entries.spellings}, **entries.aliases}
    rows = [
        (name, term, entries.spellings[term], entries.broader.get(term))
        for name, term in sorted(names.items())
    ]
    frame = like.sparkSession.createDataFrame(
        rows, "name string, own_term string, own_written string, broader string"
    )
    chosen = F.min(
        F.struct(F.col("name") != F.col("own_term"), "own_term", "own_written", "broader")
    )
    by_key = frame.groupBy(key_of(F.col("name")).alias("own_key")).agg(chosen.alias("one"))
    return by_key.select("own_key", "one.own_term", "one.own_written", "one.broader")


def with_own_terms(terms: DataFrame, entries: Thesaurus) -> DataFrame:
    """What papers say, with the terms of the thesaurus for their aliases, and broader ones beside.

    Args:
        terms: rows with paper_id, term, key, name, is_whole and more.
    """
    if not entries.spellings:
        return terms
    own = F.broadcast(own_terms(entries, terms))
    joined = terms.join(own, on=F.col("key") == F.col("own_key"), how="left")
    name = F.coalesce("own_written", "name")
    folded = joined.withColumn("term", F.coalesce("own_term", "term")).withColumn("name", name)
    folded = folded.withColumn("key", key_of(F.col("term")))
    above = {term: _chain(term, entries) for term in entries.broader}
    pairs = [(term, one, entries.spellings[one]) for term, chain in above.items() for one in chain]
    wider = terms.sparkSession.createDataFrame(
        sorted(pairs), "narrow string, wide string, wide_written string"
    )
    more = folded.join(F.broadcast(wider), on=F.col("own_term") == F.col("narrow"), how="inner")
    more = more.withColumn("term", F.col("wide")).withColumn("name", F.col("wide_written"))
    more = more.withColumn("is_whole", F.lit(True)).withColumn("key", key_of(F.col("term")))
    return folded.select(terms.columns).unionByName(more.select(terms.columns))


def _chain(term: str, entries: Thesaurus) -> list[str]:
    chain = []
    while term in entries.broader:
        term = entries.broader[term]
        chain.append(term)
    return chain
