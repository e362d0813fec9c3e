"""Requirements of the vocabulary: one term for its forms, no fragments, every paper found."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from jobs.params import TrendsSettings
from jobs.tables.gold import TERM_PAPERS, TERMS
from jobs.tables.silver import KEYPHRASES
from jobs.terms.vocabulary import Vocabulary, vocabulary
from jobs.text.phrases import all_phrases
from tests.frames import frame_of
from tests.jobs.trends.test_trends import AS_OF, paper, papers

LONG = "We chart tidal flat models (TFMs)."
GIVEN = [
    *(paper(f"long{n}", "2024-01-10", title="On ebb", abstract=LONG) for n in range(3)),
    paper("short", "2024-01-11", title="A TFM for ebb", abstract=None),
    paper("one", "2024-01-12", title="The tidal flat model", abstract="Salt-marsh birds."),
    *(paper(f"marsh{n}", "2024-01-13", title="Salt marshes", abstract="Ebb.") for n in range(3)),
    *(paper(f"salt{n}", "2024-01-14", title="Salt", abstract="No water.") for n in range(3)),
    paper("gone", "2024-01-15", title="Salt marshes", is_withdrawn=True),
    paper("later", "2024-06-15", title="Salt marshes"),
]
PHRASES = [
    *((row["paper_id"], phrase) for row in GIVEN[:3]
      for phrase in ("tidal flat models", "flat models")),
    ("short", "tfm"),
    *((f"marsh{n}", "salt marshes") for n in range(3)),
    *((f"salt{n}", "salt") for n in range(3)),
]  # fmt: skip


def found(spark: SparkSession, given: DataFrame, phrases: DataFrame) -> Vocabulary:
    settings = TrendsSettings(min_term_papers=3)
    return vocabulary(given, all_phrases(given).localCheckpoint(), phrases, settings, AS_OF)


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> tuple[dict[str, Row], set[tuple[str, str, bool]]]:
    phrases = frame_of(spark, [(*p, 1.0, 1) for p in PHRASES], KEYPHRASES.schema())
    told = found(spark, papers(spark, *GIVEN), phrases)
    terms = {row["term"]: row for row in TERMS.conform(told.terms).collect()}
    return terms, {tuple(row) for row in TERM_PAPERS.conform(told.papers).collect()}


def test_forms_abbreviation_and_number_are_one_term_named_by_the_commonest(made) -> None:  # type: ignore[no-untyped-def]
    terms, _ = made
    assert set(terms) == {"tidal flat models", "salt marshes", "salt"}
    assert set(terms["tidal flat models"]["variants"]) == {"tidal flat model", "tfm", "tfms"}
    assert terms["tidal flat models"]["papers"] == 5
    assert terms["salt marshes"]["variants"] == ["salt-marsh"]


def test_every_paper_of_a_term_is_there_with_where_it_stands(made) -> None:  # type: ignore[no-untyped-def]
    _, having = made
    assert {(p, t) for term, p, t in having if term == "tidal flat models"} == {
        ("long0", False), ("long1", False), ("long2", False), ("short", True), ("one", True),
    }  # fmt: skip


def test_withdrawn_and_later_papers_have_no_terms(made) -> None:  # type: ignore[no-untyped-def]
    _, having = made
    assert not {p for _, p, _ in having} & {"gone", "later"}


def test_what_papers_mention_and_are_not_about_is_no_term(spark: SparkSession) -> None:
    said = "Over a broad gamut of shores. The neap gauge is new. We read the neap gauge."
    titles = ("A neap gauge", *("On ebb",) * 11)
    given = [
        paper(f"p{n}", "2024-01-10", title=title, abstract=said) for n, title in enumerate(titles)
    ]
    assert terms_of(spark, given, "broad gamut", "neap gauge") == {"neap gauge"}


def test_what_no_title_has_is_style(spark: SparkSession) -> None:
    said = "The probe mass is new. We read the probe mass."
    given = [paper(f"p{n}", "2024-01-10", title="On ebb", abstract=said) for n in range(12)]
    assert terms_of(spark, given, "probe mass") == set()


def test_what_many_papers_say_is_a_term_though_no_keyphrase(spark: SparkSession) -> None:
    said = "Neap tides are low. We chart neap tides. An efficient method is an efficient method."
    titles = ("An efficient method for neap tides", *("On ebb",) * 11)
    given = [
        paper(f"p{n}", "2024-01-10", title=title, abstract=said) for n, title in enumerate(titles)
    ]
    assert terms_of(spark, given) == {"neap tides"}


def test_names_are_terms_as_they_are_written_and_told_apart_where_only_mentioned(
    spark: SparkSession,
) -> None:
    about = "Driftwood: gulls at sea"
    given = [
        *(paper(f"m{n}", "2024-01-10", title="On ebb", abstract="We compare with WaveNet-R2.")
          for n in range(7)),
        *(paper(f"n{n}", "2024-01-10", title="On ebb", abstract="We compare with WaveNet R2.")
          for n in range(5)),
        *(paper(f"d{n}", "2024-01-11", title=about if n == 0 else "Gulls",
                abstract="Like Driftwood, and unlike Driftwood.") for n in range(4)),
    ]  # fmt: skip
    told = {row["term"]: row for row in vocabulary_of(spark, given).terms.collect()}
    assert {term: (row["written"], row["kind"], row["papers"]) for term, row in told.items()} == {
        "wavenet-r2": ("WaveNet-R2", "mentioned", 12),
        "driftwood": ("Driftwood", "subject", 4),
    }
    assert told["wavenet-r2"]["variants"] == ["wavenet r2"]


def test_terms_of_nearly_the_same_papers_are_one(spark: SparkSession) -> None:
    given = [
        paper(
            f"p{n}",
            "2024-01-10",
            title="Lunar drag of neap tides" if n < 3 else "Neap tides",
            abstract="A lunar drag of neap tides.",
        )
        for n in range(11)
    ]
    given.append(paper("alone", "2024-01-10", title="Neap tides", abstract=None))
    made = vocabulary_of(spark, given, "neap tides", "lunar drag")
    told = [(row["term"], row["variants"], row["papers"]) for row in made.terms.collect()]
    assert told == [("neap tides", ["lunar drag"], 12)]
    assert {row["term"] for row in made.papers.collect()} == {"neap tides"}


def test_a_few_papers_less_take_no_term_away_that_many_have(spark: SparkSession) -> None:
    subjects = ("neap tides", "salt marshes", "tidal flats", "storm surge")
    given = [
        paper(f"p{n}", "2024-01-10", title=f"On {subjects[n % 4]}" if n % 3 == 0 else "On ebb",
              abstract=f"Of {subjects[n % 4]}. We chart {subjects[n % 4]}.")
        for n in range(200)
    ]  # fmt: skip
    assert terms_of(spark, given) == set(subjects)
    for out in range(3):
        fewer = [row for n, row in enumerate(given) if n % 33 != out]
        assert terms_of(spark, fewer) == set(subjects)


def test_a_word_alone_has_to_be_said_again_more_often_than_a_longer_term(
    spark: SparkSession,
) -> None:
    once = "A broad gamut. We gain in clarity."
    titles = (*("A broad gamut of clarity",) * 3, *("On ebb",) * 9)

    def given(again: int) -> list[dict[str, Any]]:
        return [
            paper(
                f"p{n}", "2024-01-10", title=title, abstract=f"{once} {once}" if n < again else once
            )
            for n, title in enumerate(titles)
        ]

    def named(again: int) -> set[str]:
        terms = vocabulary_of(spark, given(again), "broad gamut", "clarity").terms.collect()
        # Of the same papers, the two are one term.
        return {name for row in terms for name in (row["term"], *row["variants"])}

    assert named(4) == {"broad gamut"}
    assert named(5) == {"broad gamut", "clarity"}


def test_few_papers_do_not_tell_what_is_only_mentioned(spark: SparkSession) -> None:
    given = [
        paper(f"p{n}", "2024-01-10", title="On ebb", abstract="A broad gamut.") for n in range(9)
    ]
    assert terms_of(spark, given, "broad gamut") == {"broad gamut"}


def test_what_stands_within_longer_phrases_alone_is_a_fragment(spark: SparkSession) -> None:
    titles = ("Salt water", "Salt mud", "Salt ponds", "Salt shores")
    given = [paper(title, "2024-01-10", title=title) for title in titles]
    alone = paper("alone", "2024-01-10", title="Salt or not")
    assert terms_of(spark, given, "salt") == set()
    assert terms_of(spark, [*given, alone], "salt") == {"salt"}


def test_an_empty_noun_behind_a_term_makes_no_other_term(spark: SparkSession) -> None:
    titles = ("Tide gauge calibration",) * 4 + ("Tide gauge calibration methods",) * 3
    given = [paper(f"p{n}", "2024-01-10", title=title) for n, title in enumerate(titles)]
    phrases = ("tide gauge calibration", "tide gauge calibration methods")
    assert terms_of(spark, given, *phrases) == {"tide gauge calibration"}


def test_editions_of_an_event_are_one_term_named_without_a_year(spark: SparkSession) -> None:
    given = [
        paper(f"{year}-{n}", f"{year}-03-10", title=f"Gulls at EbbEval-{year} task")
        for year in (2022, 2023)
        for n in range(3)
    ]
    told = vocabulary_of(spark, given, "ebbeval-2022 task", "ebbeval-2023 task").terms.collect()
    assert [(row["term"], row["papers"]) for row in told] == [("ebbeval task", 6)]


def test_an_abbreviation_leads_on_to_the_long_form_of_its_long_form(spark: SparkSession) -> None:
    inner, outer = "A tidal flat model (TFM).", "The paired TFM (PaTFM)."
    given = [
        *(paper(f"i{n}", "2024-01-10", title="On ebb", abstract=inner) for n in range(3)),
        *(paper(f"o{n}", "2024-01-11", title="On ebb", abstract=outer) for n in range(3)),
        paper("long", "2024-01-12", title="Paired tidal flat model"),
    ]
    told = terms_of(spark, given, "patfm", "paired tfm", "paired tidal flat model")
    assert told == {"paired tidal flat model"}


def vocabulary_of(spark: SparkSession, given: list[dict[str, Any]], *phrases: str) -> Vocabulary:
    """The vocabulary where each paper has each of the phrases that stands in it as keyphrase."""
    rows = [
        (row["paper_id"], phrase, 1.0, 1)
        for row in given
        for phrase in phrases
        if phrase in f"{row['title']} {row['abstract']}".lower()
    ]
    return found(spark, papers(spark, *given), frame_of(spark, rows, KEYPHRASES.schema()))


def terms_of(spark: SparkSession, given: list[dict[str, Any]], *phrases: str) -> set[str]:
    return {row["term"] for row in vocabulary_of(spark, given, *phrases).terms.collect()}
