"""Requirements of personal names: surname and given names, in whatever order and script."""

from __future__ import annotations

import pytest

from jobs.text.names import may_agree, read_name

NAMES = [
    ("Fern J", "fern", "j"),
    ("J. Fern", "fern", "j"),
    ("Fern, John", "fern", "john"),
    ("John A. Fern", "fern", "john a"),
    ("Fern JA", "fern", "j a"),
    ("Fern JA Jr", "fern", "j a"),
    ("Martin Luther Fern, Jr.", "fern", "martin luther"),
    ("Fern, John, Jr.", "fern", "john"),
    ("Æ. Fern", "fern", "a"),
    ("J.-P. Fougère", "fougere", "j p"),
    ("Jean-Pierre Fougère", "fougere", "jean pierre"),
    ("van Dijk, Ada", "dijk", "ada"),
    ("Ada van Dijk", "dijk", "ada"),
    ("Dijk, Ada van", "dijk", "ada"),
    ("Ludwig von der Heide", "heide", "ludwig"),
    ("García-López, María José", "lopez", "maria jose"),
    ("María José García López", "lopez", "maria jose garcia"),
    ("Øystein Lærke", "laerke", "oystein"),
    ("Łucja Żuk", "zuk", "lucja"),
    ("O'Fern, S.", "fern", "s"),
    ("Wei Wang", "wang", "wei"),
    ("Xiao-Ming Li", "li", "xiao ming"),
    ("王伟", "王", "伟"),
    ("王 伟", "王", "伟"),
    ("欧阳修", "欧阳", "修"),
    ("山田太郎", "山田", "太郎"),
    ("김철수", "김", "철수"),
    ("Мария Папоротник", "папоротник", "мария"),
    ("Plato", "plato", ""),
]


@pytest.mark.parametrize(("name", "family", "given"), NAMES)
def test_a_name_has_a_surname_and_given_names(name: str, family: str, given: str) -> None:
    read = read_name(name)
    assert read is not None
    assert (read.family, " ".join(read.given)) == (family, given)


def test_parts_that_a_feed_parts_are_not_guessed() -> None:
    read = read_name("Wang Wei", "Wei", "Wang")
    assert read is not None and (read.family, read.given) == ("wang", ("wei",))
    read = read_name("x", "J. A.", "van der Berg")
    assert read is not None and (read.family, read.given) == ("berg", ("j", "a"))
    read = read_name("John Jr. Fern", "John Jr.", "Fern")
    assert read is not None and (read.family, read.given) == ("fern", ("john",))
    read = read_name("x", "伟", "王")
    assert read is not None and (read.family, read.given) == ("王", ("伟",))


@pytest.mark.parametrize("name", ["Fern Collaboration", "The Reef Consortium", "Silt Study Group", "?", "S.", ""])  # fmt: skip
def test_what_is_no_person_has_no_name(name: str) -> None:
    assert read_name(name) is None


AGREE = [
    ("john", "j", True),
    ("john a", "john", True),
    ("john a", "j b", False),
    ("john", "jane", False),
    ("john", "jon", False),
    ("mike", "michael", True),
    ("chris", "christine", True),
    ("christopher", "christine", False),
    ("xiao ming", "xiaoming", True),
    ("xiao ming", "x m", True),
    ("maria j g", "maria garcia", True),
    ("", "ada", True),
    ("伟", "卫", False),
]


@pytest.mark.parametrize(("a", "b", "agree"), AGREE)
def test_given_names_may_be_one_persons(a: str, b: str, agree: bool) -> None:
    one, other = tuple(a.split()), tuple(b.split())
    assert may_agree(one, other) is agree
    assert may_agree(other, one) is agree
