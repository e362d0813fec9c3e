"""Terms and keyphrases of made-up papers."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.keyphrases import keyphrases
from jobs.params import KeyphrasesSettings
from jobs.stop_words import STOP_WORDS
from jobs.tables.silver import KEYPHRASES
from jobs.terms import LONGEST, document_terms, terms


def found(text: str) -> list[str]:
    return [term for term, _ in terms(text)]


def test_hyphens_versions_and_signs_stay_in_a_term() -> None:
    assert found("Self-supervised GPT-3.5, C++") == [
        "self-supervised", "self-supervised gpt-3.5", "gpt-3.5", "c++",
    ]  # fmt: skip


def test_a_term_does_not_cross_a_comma_or_a_stop_word() -> None:
    assert found("tidal flats, ebb and flow") == ["tidal", "tidal flats", "flats", "ebb", "flow"]


def test_of_links_two_words() -> None:
    assert "mixture of tides" in found("a mixture of tides")
    assert not any(term.endswith(" of") for term in found("mixture of the tides"))


def test_the_possessive_goes() -> None:
    assert found("the tide's turn") == ["tide", "tide turn", "turn"]


@given(st.text(max_size=200))
def test_terms_are_short_have_a_letter_and_no_stop_word_at_an_edge(text: str) -> None:
    for term, place in terms(text):
        words = term.split(" ")
        assert 1 <= len(words) <= LONGEST
        assert words[0] not in STOP_WORDS
        assert words[-1] not in STOP_WORDS
        assert any(letter.isalpha() for letter in words[-1])
        assert 0 <= place < len(text)


PAPERS = "paper_id string, title string, abstract string, is_withdrawn boolean"


def rows(spark: SparkSession, partitions: int, *papers: tuple[Any, ...]) -> dict[str, list[str]]:
    """The phrases of each paper, best first."""
    given = spark.createDataFrame(papers, PAPERS).repartition(partitions)
    told = KEYPHRASES.conform(keyphrases(given, KeyphrasesSettings(per_paper=4))).collect()
    ranked = sorted((row["paper_id"], row["rank"], row["phrase"]) for row in told)
    return {
        paper: [phrase for one, _, phrase in ranked if one == paper]
        for paper in {row["paper_id"] for row in told}
    }


CORPUS = (
    ("a", "Neap tide clocks", "Neap tide clocks are built. A neap tide is low.", False),
    ("b", "Spring tide clocks", "Spring tide clocks are built of brass.", False),
    ("c", "Brass lamps", "Brass lamps shine, brass lamps glow.", False),
    ("d", "Withdrawn brass lamps", "Brass lamps.", True),
)


def test_phrases_of_the_title_come_first_and_cover_their_parts(spark: SparkSession) -> None:
    told = rows(spark, 1, *CORPUS)
    assert told["a"][0] == "neap tide clocks"
    assert "neap tide" not in told["a"]
    assert told["c"][0] == "brass lamps"
    assert "d" not in told


def test_phrases_do_not_depend_on_partitions(spark: SparkSession) -> None:
    assert rows(spark, 1, *CORPUS) == rows(spark, 5, *reversed(CORPUS))


def test_a_term_has_its_occurrences_and_its_first_place(spark: SparkSession) -> None:
    given = spark.createDataFrame(CORPUS[2:3], PAPERS)
    told = {row["term"]: row for row in document_terms(given).collect()}
    assert (told["brass lamps"]["occurrences"], told["brass lamps"]["position"]) == (3, 0.0)
    assert told["shine"]["occurrences"] == 1
    assert 0 < told["shine"]["position"] < told["glow"]["position"] <= 1
