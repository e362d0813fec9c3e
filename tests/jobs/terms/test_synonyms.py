"""Requirements of synonyms: abbreviations as texts spell them out, and keys of spellings."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.terms.synonyms import (
    DEFINITIONS,
    abbreviation_pairs,
    abbreviations,
    editions,
    key_of,
    without_abbreviations,
)
from tests.frames import frame_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We chart tidal flat models (TFMs) here", [("tfm", "tidal flat models")]),
        ("by Ebb-Flow Analysis (EFA; Tern 1999)", [("efa", "ebb-flow analysis")]),
        ("bidirectional tides (BT) and wave forms (WF)",
         [("bt", "bidirectional tides"), ("wf", "wave forms")]),
        ("tides in salt marshes (SaMa)", [("sama", "salt marshes")]),
        # Not spelled out: no such letters, a year, an aside, another sentence.
        ("tidal flats (XQ)", []),
        ("as Tern said (1999)", []),
        ("tidal flats (see above)", []),
        ("Tides fall. Models rise (TFM)", []),
    ],
)  # fmt: skip
def test_an_abbreviation_is_taken_with_the_words_before_it(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert list(abbreviation_pairs(text)) == found


def test_spellings_of_one_term_have_one_key_and_other_terms_another(spark: SparkSession) -> None:
    same = [
        ["salt marsh", "salt marshes", "salt-marsh"],
        ["tide study", "tide studies"],
        ["ebb-flow model", "ebb flow models"],
        ["tidal bias"], ["tidal basis"], ["corpus"], ["gas"], ["wave class", "wave classes"],
    ]  # fmt: skip
    rows = [(form, group) for group, forms in enumerate(same) for form in forms]
    told = frame_of(spark, rows, "form string, group int").select(
        "group", key_of(F.col("form")).alias("key")
    )
    pairs = {(row["group"], row["key"]) for row in told.collect()}
    assert len(pairs) == len(same)
    assert len({key for _, key in pairs}) == len(same)


def test_an_abbreviation_with_several_meanings_has_none(spark: SparkSession) -> None:
    said = [
        *(("tfm", "tidal flat model"), ) * 3, ("tfm", "tidal flow map"),
        *(("ef", "ebb flow"), ) * 3, *(("ef", "east flood"), ) * 3,
        *(("ww", "wave wall"), ) * 2,
    ]  # fmt: skip
    rows = [(str(number), *pair) for number, pair in enumerate(said)]
    found = abbreviations(frame_of(spark, rows, DEFINITIONS), min_papers=3)
    assert [tuple(row) for row in found.collect()] == [("tfm", "tidalflatmodel")]


def test_an_abbreviation_within_a_longer_phrase_is_spelled_out(spark: SparkSession) -> None:
    phrases = frame_of(spark, [("tfm filters",), ("dry salt",), ("tfm",)], "phrase string")
    short = frame_of(spark, [("tfm", "tidalflatmodel")], "short_key string, long_key string")
    found = [tuple(row) for row in without_abbreviations(phrases, short).collect()]
    assert found == [("tfmfilter", "tidalflatmodelfilter")]


def test_numbers_in_names_are_years_where_the_papers_are_of_that_year(spark: SparkSession) -> None:
    said = [
        *(("ebbeval-2019 task", 2019),) * 3, *(("wave19", 2019),) * 3,
        *(("tidenet-50", year) for year in (2018, 2019, 2020)),
        *(("saltset-2003", year) for year in (2003, 2010, 2015, 2018)),
        *(("marsh18", 2018),) * 2,
    ]  # fmt: skip
    rows = [(str(number), phrase, date(year, 7, 1)) for number, (phrase, year) in enumerate(said)]
    phrases = frame_of(spark, rows, "paper_id string, phrase string, dated_on date")
    found = {tuple(row) for row in editions(phrases, min_papers=3).collect()}
    assert found == {("ebbeval2019task", "ebbevaltask"), ("wave19", "wave")}
