"""Requirements of a thesaurus of one's own."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from jobs.params import TrendsSettings
from jobs.tables.gold import TERMS
from jobs.tables.silver import KEYPHRASES
from jobs.terms.thesaurus import NONE, Thesaurus, ThesaurusError, thesaurus, with_own_terms
from jobs.terms.vocabulary import vocabulary
from jobs.text.phrases import all_phrases, terms_of
from tests.frames import frame_of
from tests.jobs.trends.test_trends import AS_OF, paper, papers

TEXT = (
    "term,broader,alias\nTide Gauges,Instruments,mareographs\n"
    "Tide Gauges,,water level recorder\nInstruments,,\n"
)


def test_a_file_is_read() -> None:
    assert thesaurus(TEXT) == Thesaurus(
        {"tide gauges": "Tide Gauges", "instruments": "Instruments"},
        {"tide gauges": "instruments"},
        {"mareographs": "tide gauges", "water level recorder": "tide gauges"},
    )
    assert thesaurus("") == NONE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\n", "line 1"),
        ("term,broader,alias\n,a,b\n", "line 2: term is empty"),
        ("term,broader,alias\na,b,\na,c,\n", "line 3: a second broader term"),
        ("term,broader,alias\na,,x\nb,,x\n", "line 3: a second term of x"),
        ("term,broader,alias\na,b,\nb,a,\n", "leads back"),
    ],
)
def test_a_line_that_cannot_be_followed_is_told(text: str, said: str) -> None:
    with pytest.raises(ThesaurusError, match=said):
        thesaurus(text)


def test_terms_take_aliases_and_broader_terms(spark: SparkSession) -> None:
    given = [
        *(paper(f"m{n}", "2024-01-10", title="Of mareographs", abstract=None) for n in range(2)),
        paper("g", "2024-01-10", title="A tide gauge", abstract=None),
        paper("i", "2024-01-10", title="Instruments", abstract=None),
    ]
    frame = papers(spark, *given)
    none = frame_of(spark, [], KEYPHRASES.schema())
    settings = TrendsSettings(min_term_papers=3)
    made = vocabulary(
        frame, all_phrases(frame).localCheckpoint(), none, settings, AS_OF, thesaurus(TEXT)
    )
    told = {row["term"]: row for row in TERMS.conform(made.terms).collect()}
    assert {
        term: (row["written"], row["broader"], row["papers"]) for term, row in told.items()
    } == {
        "tide gauges": ("Tide Gauges", "instruments", 3),
        "instruments": ("Instruments", None, 4),
    }
    assert set(told["tide gauges"]["variants"]) >= {"mareographs", "water level recorder"}


def test_what_papers_say_is_in_the_words_of_the_thesaurus(spark: SparkSession) -> None:
    frame = papers(spark, paper("m", "2024-01-10", title="Of mareographs", abstract=None))
    said = with_own_terms(terms_of(all_phrases(frame)), thesaurus(TEXT))
    assert {row["term"] for row in said.collect()} == {"tide gauges", "instruments"}
