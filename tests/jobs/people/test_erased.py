"""Requirements of erasing: whom a file names, and what a record is without them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from jobs.ingest.payloads import ERASED_FORMAT, erased_payload, read_payload
from jobs.people.erased import (
    ERASED,
    NOBODY,
    Erased,
    ErasedError,
    erased_in,
    erased_people,
    mark,
    marks_of,
    without_people,
    works_of,
)
from jobs.text.names import PersonName

ORCID = "0000-0002-1825-0097"


def record(*names: str, **more: Any) -> dict[str, Any]:
    return {"title": "Silt of tides", "doi": "10.5555/1",
            "authors": [{"name": name, "orcid": None, "affiliation": None} for name in names],
            **more}  # fmt: skip


def names_of(changed: dict[str, Any] | None) -> list[str | None] | None:
    return [author["name"] for author in changed["authors"]] if changed else None


def known(erased: str, *others: str) -> Erased:
    """What is known of a person, who stands on the paper of `record` with others."""
    authors: list[dict[str, Any]] = [
        {"name": name, "given": None, "family": None, "orcid": None, "author_ids": [],
         "is_erased": name == erased}
        for name in (erased, *others)
    ]  # fmt: skip
    return Erased(marks=frozenset(marks_of(authors, works_of(record(erased), "own"))))


def test_a_line_names_a_person_by_an_id() -> None:
    people = erased_people(
        f"# asked in June\n\nhttps://orcid.org/{ORCID}\nopenalex:A12  # the same\n"
        "acl:ada-fern\ndblp:12/345\na0123456789abcdef0123\np0123456789abcdef0123 2\n"
    )
    assert people.ids == {f"orcid:{ORCID}", "openalex:A12", "acl:ada-fern", "dblp:12/345"}
    assert people.author_ids == {"a0123456789abcdef0123"}
    assert people.places == {("p0123456789abcdef0123", 2)}


@pytest.mark.parametrize(
    "line",
    ["Ada Fern", "0000-0002-1825-0098", "doi:10.5555/1", "openalex:W12", "p0123456789abcdef0123",
     "p0123456789abcdef0123 0", "A0123456789abcdef0123"],
)  # fmt: skip
def test_a_line_that_names_nobody_is_an_error_with_its_number(line: str) -> None:
    with pytest.raises(ErasedError, match=f"line 2 names nobody: {line}\n  write an ORCID iD"):
        erased_people(f"# whom\n{line}")


def test_an_entry_becomes_nothing_and_the_list_stays_as_long() -> None:
    details = [{"given": "Ada", "family": "Fern", "ids": [{"scheme": "s2", "id": "7"}],
                "affiliations": ["Harbour College"], "institutions": [], "countries": ["NO"],
                "is_corresponding": True}, None]  # fmt: skip
    given = record("Ada Fern", "Bo Oak", authorships=details)
    changed = without_people(given, "own", erased_people("s2:7"))
    assert changed is not None
    assert changed["authors"] == [NOBODY, given["authors"][1]]
    assert changed["authorships"][0]["affiliations"] == changed["authorships"][0]["ids"] == []
    assert changed["authorships"][1] is None
    assert without_people({**given, **changed}, "own", erased_people("s2:7")) is None
    assert without_people(given, "own", erased_people("s2:8")) is None


@pytest.mark.parametrize("name", ["A. Fern", "Fern, Ada B.", "Fern A", "ADA FERN", "Ada Férn"])
def test_who_has_no_id_is_known_on_the_same_work_by_name(name: str) -> None:
    people = known("Ada Fern", "Bo Oak")
    assert names_of(without_people(record("Bo Oak", name), "own", people)) == ["Bo Oak", None]
    elsewhere = record(name, doi="10.5555/2", title="Wool")
    assert without_people(elsewhere, "own", people) is None
    untitled = record(name, title="The silt of tides")  # its DOI is enough
    assert names_of(without_people(untitled, "other", people)) == [None]


def test_a_namesake_on_the_same_work_stays() -> None:
    people = known("Ada Fern", "Alan Fern")
    both = record("Ada Fern", "Alan Fern")
    assert names_of(without_people(both, "own", people)) == [None, "Alan Fern"]


def test_marks_tell_no_name() -> None:
    marks = known("Ada Fern").marks
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in marks)
    # A form of a name is marked with a work alone: who has only the name finds nothing.
    forms = ("fern ada", "fern a*", "fern", "ada fern")
    assert not marks & {mark("", form) for form in forms}
    assert marks & {mark(work, "fern a*") for work in works_of(record("Ada Fern"), "own")}


def test_a_work_is_known_by_what_names_no_other() -> None:
    telling = "On the slow transport of fine silt in tidal estuaries"
    alone = {"title": "Silt of tides", "other_ids": ["key:1"]}
    assert works_of({"title": telling, "other_ids": ["key:1", "pmcid:PMC1"]}, "own") == [
        "pmcid:PMC1", telling.lower(),
    ]  # fmt: skip
    assert works_of(alone, "own") == ["silt of tides"]  # there is nothing else to know it by
    assert works_of(alone | {"doi": "10.5555/1"}, "own") == ["doi:10.5555/1"]
    assert works_of({"title": "Editorial"}, "own") == []


def test_an_id_of_an_erased_person_is_known_by_its_mark() -> None:
    author: dict[str, Any] = {"name": "Ada Fern", "given": None, "family": None, "orcid": ORCID, "author_ids": [],
              "is_erased": True}  # fmt: skip
    people = Erased(marks=frozenset(marks_of([author], [])))
    other = record("A. F. Elm", title="Wool", doi=None)
    other["authors"][0]["orcid"] = ORCID
    assert names_of(without_people(other, "own", people)) == [None]


def test_references_in_words_go_by_surname_on_own_works_and_by_full_name_elsewhere() -> None:
    cited: list[dict[str, Any]] = [
        {"ids": [], "text": text} for text in ("Fern A. Reeds.", "Fern, Ada: Mud.", "Oak B.")
    ]
    own = without_people(record("Ada Fern", cited=cited), "own", known("Ada Fern"))
    assert own is not None
    assert [one["text"] for one in own["cited"]] == [ERASED, ERASED, "Oak B."]
    people = Erased(names=frozenset([PersonName("fern", ("ada",))]))
    other = without_people(record("Bo Oak", cited=cited), "own", people)
    assert other is not None and "authors" not in other
    assert [one["text"] for one in other["cited"]] == ["Fern A. Reeds.", ERASED, "Oak B."]


def test_a_text_is_known_by_an_orcid_id_however_spelled() -> None:
    people = erased_people(ORCID)
    assert erased_in(f'{{"orcid": "https://orcid.org/{ORCID}"}}', people)
    assert erased_in(ORCID.replace("-", ""), people)
    assert not erased_in("0000-0001-5109-3700", people)


def test_a_payload_without_people_is_read_like_the_one_that_came() -> None:
    payload = (
        '{"id": "1", "title": "Silt", "published_on": "2024-03", "year": 2024, "votes": 3, '
        f'"authors": [{{"name": "Ada Fern", "orcid": "{ORCID}"}}, "Bo Oak"]}}'
    )
    raw = {"format": "papers", "feed": "own", "payload": payload}
    assert erased_payload(raw, {}, erased_people("s2:7")) is None
    left = erased_payload(raw, {}, erased_people(ORCID))
    assert left is not None and "Fern" not in left and ORCID not in left
    before, after = (
        read_payload({**raw, **change}, {})
        for change in ({}, {"format": ERASED_FORMAT, "payload": left})
    )
    assert after.fields["published_on"] == date(2024, 3, 1)
    authors = [NOBODY, *before.fields["authors"][1:]]
    assert after.fields == {**before.fields, "authors": authors}
    assert erased_payload({**raw, "format": ERASED_FORMAT, "payload": left}, {},
                          erased_people(ORCID)) is None  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_hit"),
    [
        ("Ada Moon", True),
        ("Moon, Ada B.", True),
        ("Ada Maria de la Moon", True),
        ('{"family": "Moon", "suffix": "Jr.", "given": "Ada"}', True),
        ("<surname>Moon</surname><given-names>Ada</given-names>", True),
        ("Ada is a language, which nobody on the moon speaks", False),
        ("Ada Fern. " + "word " * 40 + "Keith Moon.", False),
        ("A. Moon", False),
    ],
)
def test_a_full_name_is_both_words_near_each_other(text: str, is_hit: bool) -> None:
    people = Erased(names=frozenset([PersonName("moon", ("ada",))]))
    assert erased_in(text, people) is is_hit


def test_one_word_is_not_both_parts_of_a_name() -> None:
    people = Erased(names=frozenset([PersonName("ali", ("ali",))]))
    assert not erased_in("Reeds of the coast, by Ali Fern", people)
    assert erased_in("Reeds of the coast, by Ali Ali", people)


@pytest.mark.parametrize(
    ("text", "is_hit"),
    [
        ("作者王伟说", True),
        ("王 伟", True),
        ("王·伟", True),
        ("伟, 王", True),
        ('{"family": "王", "given": "伟"}', True),
        ("王大伟", False),
        ("王和李伟", False),
        ('{"authors": ["王芳", "李伟"]}', False),
    ],
)
def test_between_the_parts_of_a_name_without_spaces_stands_no_other(
    text: str, is_hit: bool
) -> None:
    people = Erased(names=frozenset([PersonName("王", ("伟",))]))
    assert erased_in(text, people) is is_hit


def test_a_full_name_without_spaces_is_found_in_a_text_without_spaces() -> None:
    people = Erased(names=frozenset([PersonName("山田", ("太郎",)), PersonName("김", ("철수",))]))
    assert erased_in("著者は山田太郎である", people)
    assert erased_in("저자 김철수", people)
    assert not erased_in("山田さんの本を読んだのは鈴木太郎である", people)
