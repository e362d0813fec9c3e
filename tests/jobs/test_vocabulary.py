"""Requirements of the vocabulary: one term for its forms, no fragments, every paper found."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from jobs.params import TrendsSettings
from jobs.tables.gold import TERM_PAPERS, TERMS
from jobs.tables.silver import KEYPHRASES
from jobs.vocabulary import Vocabulary, vocabulary
from tests.jobs.test_trends import AS_OF, paper, papers

LONG = "We chart tidal flat models (TFMs)."
GIVEN = [
    *(paper(f"long{n}", "2024-01-10", title="On ebb", abstract=LONG) for n in range(3)),
    paper("short", "2024-01-11", title="A TFM for ebb", abstract=None),
    paper("one", "2024-01-12", title="The tidal flat model", abstract="Salt-marsh birds."),
    *(paper(f"marsh{n}", "2024-01-13", title="Salt marshes", abstract="Ebb.") for n in range(3)),
    *(paper(f"salt{n}", "2024-01-14", title="Dry salt", abstract="No water.") for n in range(3)),
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
    return vocabulary(given, phrases, TrendsSettings(min_term_papers=3), AS_OF)


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> tuple[dict[str, Row], set[tuple[str, str, bool]]]:
    phrases = spark.createDataFrame([(*p, 1.0, 1) for p in PHRASES], KEYPHRASES.schema())
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
