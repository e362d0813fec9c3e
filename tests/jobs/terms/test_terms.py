"""Terms and keyphrases of made-up papers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.params import KeyphrasesSettings
from jobs.tables.silver import KEYPHRASES, PHRASES
from jobs.terms.keyphrases import keyphrases
from jobs.terms.terms import LONGEST, singular, terms, terms_in
from jobs.text.noun_phrases import noun_phrases
from jobs.text.phrases import all_phrases, phrases, phrases_of, terms_of
from jobs.text.stop_words import EMPTY_MODIFIERS, EMPTY_NOUNS, FUNCTION_WORDS
from tests.frames import frame_of


def found(text: str) -> list[str]:
    return [term for term, *_ in terms(text)]


def phrases_in(text: str) -> list[str]:
    return [" ".join(phrase.words) for phrase in noun_phrases(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We propose a new tidal model of estuaries.", ["tidal model", "estuaries"]),
        ("the gauge measures the level", ["gauge", "level"]),
        ("measures of level", ["measures", "level"]),
        ("Distributed sensors were deployed", ["distributed sensors"]),
        ("the model was developed by experts", ["model", "experts"]),
        ("for solving linear equations", ["linear equations"]),
        ("a learning algorithm", ["learning algorithm"]),
        ("by representing the flow", ["flow"]),
        ("a kinematically linear theory is stable", ["kinematically linear theory"]),
        ("it is robust", []),
        ("state-of-the-art results", ["results"]),
        ("large language models", ["large language models"]),
        ("Sobel's filter; 42 gauges", ["sobel filter", "gauges"]),
        ("", []),
    ],
)
def test_noun_phrases(text: str, expected: list[str]) -> None:
    assert phrases_in(text) == expected


@pytest.mark.parametrize("link", ["-", " "])
def test_what_depends_on_an_abbreviation_in_brackets_begins_no_phrase(link: str) -> None:
    text = f"The tidal flat model (TFM){link}based agents."
    assert phrases_in(text) == ["tidal flat model", "tfm", "agents"]


def test_hyphens_versions_and_signs_stay_in_a_term() -> None:
    assert found("Self-supervised GPT-3.5, C++") == [
        "self-supervised", "self-supervised gpt-3.5", "gpt-3.5", "c++",
    ]  # fmt: skip


def test_a_term_does_not_cross_a_comma_or_a_stop_word() -> None:
    assert found("river deltas, ebb and flow") == ["river", "river deltas", "deltas", "ebb", "flow"]


def test_of_links_two_words() -> None:
    assert "mixture of tides" in found("a mixture of tides")
    assert not any(term.endswith(" of") for term in found("mixture of the tides"))
    assert "mixture of neap" not in found("a mixture of neap tides")


def test_a_term_is_whole_where_no_longer_phrase_holds_it() -> None:
    told = {term: is_whole for term, _, is_whole, _ in terms("the harmonic tide gauge")}
    assert told == {
        "harmonic tide": False, "harmonic tide gauge": True,
        "tide": False, "tide gauge": False, "gauge": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("We run DeepSeek-R1.", "DeepSeek-R1"),
        ("We ask GPT-4o.", "GPT-4o"),
        ("We use o1 here.", "o1"),
        ("A test of Stable Diffusion.", "Stable Diffusion"),
        ("Tides rise.", None),
        ("A map of 10k gulls.", "no term"),
        ("Gulls of the tide.", None),
    ],
)
def test_a_name_is_what_is_written_like_one(text: str, name: str | None) -> None:
    names = {told.name for told in terms(text)}
    if name == "no term":
        assert names == {None}
    else:
        assert name in names


def test_a_capital_in_a_title_makes_no_name() -> None:
    phrases = list(noun_phrases("Salt Marshes of WaveNet"))
    told = {one.term: one.name for one in terms_in("Salt Marshes of WaveNet", phrases, True)}
    assert (told["salt marshes"], told["wavenet"]) == (None, "WaveNet")


def test_a_verb_as_a_noun_behind_a_noun() -> None:
    assert "tool use" in found("the tool use of agents")
    assert "agents use" not in found("where agents use salt")
    assert "use of salt" not in found("the use of salt")


def test_a_negated_verb_is_no_term() -> None:
    assert found("tides don’t wait") == ["tides", "wait"]


def test_words_that_every_field_has_are_no_term_alone() -> None:
    assert found("a method") == []
    assert found("a harmonic method") == ["harmonic method"]


def test_the_possessive_goes() -> None:
    assert found("the tide's end") == ["tide", "tide end"]


@given(st.text(max_size=200))
def test_terms_are_short_have_a_letter_and_no_empty_word_at_an_edge(text: str) -> None:
    for term, place, *_ in terms(text):
        words = term.split(" ")
        assert 1 <= len(words) <= LONGEST
        assert words[0] not in FUNCTION_WORDS | EMPTY_MODIFIERS
        assert words[-1] not in FUNCTION_WORDS
        assert len(words) > 1 or term not in EMPTY_NOUNS
        assert any(letter.isalpha() for letter in words[-1])
        assert 0 <= place < len(text)


def test_plurals_are_counted_with_their_singular() -> None:
    pairs = {"tides": "tide", "estuaries": "estuary", "class": "class", "corpus": "corpus"}
    assert {word: singular(word) for word in pairs} == pairs


PAPERS = "paper_id string, title string, abstract string, is_withdrawn boolean"


def rows(
    spark: SparkSession, partitions: int, *papers: tuple[Any, ...], **settings: float
) -> dict[str, list[str]]:
    """The phrases of each paper, best first."""
    given = frame_of(spark, papers, PAPERS).repartition(partitions)
    told = KEYPHRASES.conform(
        keyphrases(all_phrases(given), KeyphrasesSettings(**settings))
    ).collect()
    ranked = sorted((row["paper_id"], row["rank"], row["phrase"]) for row in told)
    return {
        paper: [phrase for one, _, phrase in ranked if one == paper]
        for paper in {row["paper_id"] for row in told}
    }


CORPUS = (
    ("a", "Neap tide clocks", "Neap tide clocks are built. A neap tide is low.", False),
    ("b", "Spring tide clocks", "Spring tide clocks are built of brass.", False),
    ("c", "Brass lamps", "Brass lamps are lit, a brass lamp is lit in the deep night.", False),
    ("d", "Withdrawn brass lamps", "Brass lamps.", True),
)


def test_phrases_of_the_title_come_first_and_withdrawn_papers_have_none(
    spark: SparkSession,
) -> None:
    told = rows(spark, 1, *CORPUS)
    assert told["a"] == ["neap tide clocks", "neap tide"]
    assert told["c"][0] == "brass lamps"
    assert "d" not in told


def test_singular_and_plural_are_one_phrase(spark: SparkSession) -> None:
    assert "brass lamp" not in rows(spark, 1, *CORPUS)["c"]
    told = phrases_of(all_phrases(frame_of(spark, CORPUS[2:3], PAPERS))).collect()
    assert [r["occurrences"] for r in told if r["words"] == ["brass", "lamp"]] == [3]


def test_no_more_phrases_than_asked_for(spark: SparkSession) -> None:
    assert rows(spark, 1, *CORPUS, per_paper=1)["c"] == ["brass lamps"]


def test_what_most_papers_say_is_no_keyphrase(spark: SparkSession) -> None:
    corpus = [(str(n), "Brass lamps", f"Tide clock number{n} rings.", False) for n in range(10)]
    told = rows(spark, 3, *corpus)
    assert all("brass lamps" not in phrases for phrases in told.values())
    assert "brass lamps" in rows(spark, 3, *corpus, max_document_share=1.0)["0"]


def test_phrases_do_not_depend_on_partitions(spark: SparkSession) -> None:
    assert rows(spark, 1, *CORPUS) == rows(spark, 5, *reversed(CORPUS))


def test_score_by_hand(spark: SparkSession) -> None:
    given = frame_of(spark, CORPUS, PAPERS)
    (row,) = (
        keyphrases(all_phrases(given), KeyphrasesSettings())
        .where("phrase = 'brass lamps'")
        .collect()
    )
    # Three papers count; brass is in two, lamps in one: the mean of ln(4/2) and ln(4/1) is 1.039721;
    # three times in the paper, from the title on, two words.
    assert row["score"] == pytest.approx((1 + 1.098612) * 1.039721 * 2 * 1.5, abs=1e-5)


def test_every_keyphrase_is_a_term_of_its_paper(spark: SparkSession) -> None:
    given = frame_of(spark, CORPUS[:3], PAPERS)
    told = keyphrases(all_phrases(given), KeyphrasesSettings()).withColumnRenamed("phrase", "term")
    assert (
        told.join(terms_of(all_phrases(given)), on=["paper_id", "term"], how="left_anti").count()
        == 0
    )


def test_a_term_has_its_occurrences_and_its_first_place(spark: SparkSession) -> None:
    given = frame_of(spark, CORPUS[2:3], PAPERS)
    told = {row["term"]: row for row in terms_of(all_phrases(given)).collect()}
    assert (told["brass lamps"]["occurrences"], told["brass lamps"]["position"]) == (2, 0.0)
    assert told["lamp"]["occurrences"] == 1
    assert 0 < told["lamp"]["position"] < told["deep night"]["position"] <= 1


def test_only_new_and_changed_texts_are_read(spark: SparkSession) -> None:
    given = frame_of(spark, CORPUS, PAPERS)
    known = PHRASES.conform(all_phrases(given)).localCheckpoint()
    assert {row["paper_id"] for row in known.collect()} == {"a", "b", "c"}
    assert phrases(given, known).count() == 0
    changed = ("b", "Spring tide clocks", "Clocks of brass.", False)
    later = frame_of(spark, [*CORPUS[:1], changed, ("e", "Tides", None, False)], PAPERS)
    assert {row["paper_id"] for row in phrases(later, known).collect()} == {"b", "e"}


def test_a_text_without_phrases_is_read_all_the_same(spark: SparkSession) -> None:
    given = frame_of(spark, [("a", "Of the", None, False)], PAPERS)
    (row,) = all_phrases(given).collect()
    assert (row["phrases"], row["terms"]) == ([], [])
