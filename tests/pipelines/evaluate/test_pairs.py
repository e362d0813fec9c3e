"""Requirements of counting pairs, and of the names that labelled citations are read into."""

from __future__ import annotations

import pytest

from pipelines.evaluate.identity_sets import names
from pipelines.evaluate.pairs import all_pairs, score_pairs


def test_papers_answer_for_every_pair_that_they_tie_together() -> None:
    # Held: ab, ac, bc, de. True: ab, cd.
    papers = {"a": "p", "b": "p", "c": "p", "d": "q", "e": "q", "f": "r"}
    score = score_pairs(papers, [("a", "b"), ("d", "c")])
    assert (score.precision, score.recall) == (1 / 4, 1 / 2)
    assert score.f1 == pytest.approx(1 / 3)


def test_pairs_within_one_source_count_where_they_should() -> None:
    papers = {"a1": "p", "a2": "p", "b1": "p", "b2": "q"}
    assert score_pairs(papers, [("a1", "b1")]).precision == 1 / 3
    assert score_pairs(papers, [("a1", "b1")], lambda record: record[0]).precision == 1 / 2


def test_nothing_to_find_and_nothing_found_is_right() -> None:
    assert score_pairs({"a": "p", "b": "q"}, []) == (1, 1, 1)
    assert score_pairs({"a": "p", "b": "q"}, [("a", "b")]) == (1, 0, 0)


def test_works_are_told_as_all_their_pairs() -> None:
    assert set(all_pairs([{"c", "a", "b"}, {"d"}])) == {("a", "b"), ("a", "c"), ("b", "c")}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("fern, a., elm, b. c., & oak, d.", ["fern, a.", "elm, b. c.", "oak, d."]),
        ("a. fern, b.c. elm, and d. oak.", ["a. fern", "b.c. elm", "d. oak."]),
        ("fern, ada b. and carl oak", ["fern, ada b.", "carl oak"]),
        ("Ada Fern, Bea Elm and Carl Oak", ["ada fern", "bea elm", "carl oak"]),
        ("fern, a.,", ["fern, a."]),
        ("", []),
    ],
)
def test_names_of_citations_are_parted_in_both_orders(text: str, read: list[str]) -> None:
    assert list(names(text)) == read
