"""Requirements of papers in several languages: no function word is a term or names a topic."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.params import TopicsSettings
from jobs.text.languages import STOPS, is_read, phrases_between
from jobs.text.phrases import all_phrases, terms_of
from jobs.text.stop_words import FUNCTION_WORDS
from jobs.topics.stage import topics
from tests.frames import frame_of
from tests.jobs.topics.test_topics import DAY, MODEL, about, nothing_known, tables

GERMAN = "Wir zeigen, wie das Salz der Watten und die hohe Tide sich mit dem Wind ändern."
FRENCH = "Nous présentons l'étude des marais salants et de la marée haute sur les côtes."
GREEK = "Παρουσιάζουμε μια μέθοδο για τη μελέτη των κυμάτων και της παλίρροιας."


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (GERMAN, "de", ["salz", "watten", "hohe tide", "wind ändern"]),
        (FRENCH, "fr", ["étude", "marais salants", "marée haute", "côtes"]),
    ],
)
def test_phrases_stand_between_function_words(
    text: str, language: str, expected: list[str]
) -> None:
    assert [" ".join(one.words) for one in phrases_between(text, language)] == expected


def test_the_words_of_a_phrase_are_where_it_says() -> None:
    for phrase in phrases_between(FRENCH, "fr"):
        for word, place in zip(phrase.words, phrase.places, strict=True):
            assert FRENCH[place : place + len(word)].lower() == word


def test_a_language_without_rules_gives_no_terms_and_says_so(spark: SparkSession) -> None:
    rows = [("g", GREEK, None, "el", False), ("d", GERMAN, None, "de", False),
            ("u", "Salt marshes", None, None, False)]  # fmt: skip
    given = frame_of(
        spark,
        rows,
        "paper_id string, title string, abstract string, language string, is_withdrawn boolean",
    )
    read = all_phrases(given).localCheckpoint()
    assert {row["paper_id"]: row["read_as"] for row in read.collect()} == {
        "g": None, "d": "de", "u": "en",
    }  # fmt: skip
    said = {row["term"] for row in terms_of(read).collect()}
    assert "hohe tide" in said
    assert not {word for term in said for word in term.split()} & STOPS["de"]
    assert not is_read("el")


def test_a_corpus_in_two_languages_has_no_label_of_function_words(spark: SparkSession) -> None:
    papers = [p for s in range(3) for p in about(s, 20)]
    said = {"p1": GERMAN, "p2": FRENCH}
    language = {"p1": "de", "p2": "fr"}
    spoken = [
        (p, said.get(p[:2], title), day, shown, gone, vector)
        for p, title, day, shown, gone, vector in papers
    ]
    given, embeddings = tables(spark, spoken)
    of_paper = F.substring("paper_id", 1, 2)
    told = F.when(of_paper == "p1", "de").when(of_paper == "p2", "fr").otherwise("en")
    given = given.withColumn("language", told)
    assert set(language.values()) < {
        row[0] for row in given.select("language").distinct().collect()
    }
    made = topics(
        given, all_phrases(given).localCheckpoint(), embeddings, MODEL, nothing_known(spark),
        TopicsSettings(topics=3), DAY,
    )  # fmt: skip
    empty = FUNCTION_WORDS.union(*STOPS.values())
    for row in made.topics.collect():
        assert not set(row["label"].lower().replace(" and ", " ").split()) & empty
        for term in row["terms"]:
            assert not set(term["term"].split()) & empty
