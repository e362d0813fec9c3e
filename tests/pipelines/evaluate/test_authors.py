"""Requirements of the figures of people: pairs and authorships, and names that are cut."""

from __future__ import annotations

from pipelines.evaluate.authors import score_people
from pipelines.evaluate.authors_sets import cut_given, cut_surname, relabelled
from tests.jobs.people.people_rows import block_of, paper

KEYS = [(f"p{n}", 1) for n in range(4)]


def test_pairs_and_authorships_are_counted() -> None:
    labels = dict(zip(KEYS, "xxxy", strict=True))
    person = dict(zip(KEYS, "aabb", strict=True))
    score = score_people(person, labels)
    assert (score.pairs.precision, round(score.pairs.recall, 3)) == (1 / 2, 0.333)
    # B³ by hand: precision (1 + 1 + 1/2 + 1/2) / 4, recall (2/3 + 2/3 + 1/3 + 1) / 4.
    assert (score.b_cubed.precision, round(score.b_cubed.recall, 3)) == (3 / 4, 0.667)


def test_of_nothing_joined_nothing_is_wrong() -> None:
    labels = dict(zip(KEYS, "xxyy", strict=True))
    score = score_people(dict(zip(KEYS, "abcd", strict=True)), labels).pairs
    assert (score.precision, score.recall, score.f1) == (1.0, 0.0, 0.0)


def test_a_cut_name_is_labelled_with_the_whole() -> None:
    rows = block_of("fern a", *(paper(f"p{n}", "Ada Fern") for n in range(8)))
    cut = relabelled(rows, cut_given, lambda block: True)
    assert {tuple(row["given"]) for row in cut.sketches} == {("a",), ("ada",)}
    assert set(cut.labels.values()) == {"fern, ada"}
    short = relabelled(rows, cut_surname(2), lambda block: True)
    assert {row["block"] for row in short.sketches} == {"fe a"}
    assert not relabelled(rows, cut_given, lambda block: False).sketches
