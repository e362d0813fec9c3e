"""Requirements of matching affiliations: exact names whose places agree, else none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.people.institution_decisions import DecisionError, decisions
from jobs.people.matching import COMMON_COUNTRIES, match, organizations
from tests.jobs.people.ror_rows import known, matches, named, organization, ror_id, table_of

REED, MOSS, FERN, SILT = (ror_id(number) for number in (1, 2, 3, 4))
LIST = [
    organization(1, "University of Reedmark", "Reedmark, SE", other=["Reedmark Tekniska Skola"]),
    organization(2, "Moss Institute", "Tarn, NO", acronym="MOI"),
    organization(3, "Fern University, Tarn", "Tarn, NO"),
    organization(4, "Silt Oceanographic (Norway)", "Silthaven, NO"),
    organization(5, "Silt Oceanographic (Sweden)", "Reedmark, SE"),
    organization(6, "Kelp College", "Dunwick, GB"),
    organization(7, "Kelp College", "Dunwick, US"),
    organization(8, "Kelp College", "Harrow, GB"),
    organization(9, "Reedmark Shore Station", "Reedmark, SE", parent=1),
    organization(10, "Institute of Tides", "Tarn, NO", parent=3),
    organization(11, "Heath Works", "Dunwick, GB", acronym="HW"),
    organization(12, "Holm Watch", "Dunwick, GB", acronym="HW"),
]
KNOWN = known(*LIST)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("University of Reedmark", 1),
        ("university of REEDMARK, Sweden", 1),
        ("Univ. Reedmark, Reedmark, Sweden", 1),
        ("Universität Reedmark", 1),
        ("Dept. of Peat, University of Reedmark, 123 45 Reedmark, Sweden", 1),
        ("1 School of Peat of the University of Reedmark, Sweden", 1),
        ("University of Reedmark School of Peat, Sweden", 1),
        ("University of Reedmark Sweden", 1),
        ("University of Reedmark 12345, Sweden", 1),
        ("University of Reedmark College of Peat, Sweden", 1),
        ("Reedmark Tekniska Skola, Sweden. Electronic address: ada@fern.example", 1),
        ("Fern University, Department of Peat, Tarn, Norway", 3),
        ("Silt Oceanographic AS, Silt Oceanographic, Norway", 4),
        ("Kelp College, Dunwick, UK", 6),
        ("Kelp College, Dunwick, USA", 7),
        ("MOI, Tarn, Norway", 2),
        ("Peat Group, (Moss Institute), Tarn", 2),
    ],
)
def test_an_exact_name_whose_places_agree_is_matched(text: str, number: int) -> None:
    assert named(text, KNOWN) == [ror_id(number)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no words"),
        ("; ,;", "no words"),
        ("Peat Society, Oslo, Norway", "no name of the list"),
        ("New University of Reedmark, Sweden", "no name of the list"),
        ("University of Reedmark Hospital, Sweden", "no name of the list"),
        ("University of Reedmark 8, Sweden", "no name of the list"),
        ("University of Reedmark of Sweden", "no name of the list"),
        ("University of Reedmark College, Sweden", "no name of the list"),
        ("University of Reedmark, Norway", "another country only"),
        ("Kelp College", "3 institutions of this name"),
        ("Kelp College, UK", "2 institutions of this name"),
        ("MOI", "no place that agrees"),
        ("MOI, Reedmark, Sweden", "no place that agrees"),
        ("moi, Tarn, Norway", "no name of the list"),
        ("HW, Dunwick, UK", "2 institutions of this acronym"),
        ("Silt Oceanographic", "2 institutions of this name"),
        ("Reedmark, Sweden", "no name of the list"),
        ("Fern " * 41 + "University, Tarn", "no name of the list"),
        ("x" * 2_000, "too long"),
        ("Kelp College;" * 21, "too long"),
    ],
    ids=lambda text: text[:40],
)
def test_without_evidence_there_is_none_and_a_reason(text: str, why: str) -> None:
    (one,) = matches(text, KNOWN)
    assert one.institution_id is None and one.score is None
    assert why in one.evidence


def test_the_longest_text_that_is_looked_at_takes_no_time() -> None:
    for sign in ("a ", "a, ", "school ", "of ", "(", ". A", "university of reedmark, "):
        text = ";".join([(sign * 1_000)[:1_000]] * 20)
        begin = time.process_time()
        assert matches(text, KNOWN)
        assert time.process_time() - begin < 2, sign


def test_several_addresses_name_several_institutions_each_once() -> None:
    text = "Moss Institute, Norway; University of Reedmark, Sweden; Moss Institute, Tarn, Norway"
    assert named(text, KNOWN) == [MOSS, REED]
    assert [one.score for one in matches(text, KNOWN)] == [1.0, 0.95]


def test_more_evidence_scores_higher() -> None:
    texts = (
        "University of Reedmark, Reedmark, Sweden", "University of Reedmark, Sweden",
        "Reedmark Tekniska Skola, Sweden", "University of Reedmark School of Peat, Reedmark",
        "University of Reedmark", "MOI, Norway",
    )  # fmt: skip
    scores = [matches(text, KNOWN)[0].score for text in texts]
    assert scores == [1.0, 0.95, 0.92, 0.92, 0.85, 0.8]


def test_a_part_stands_for_its_whole_and_a_strange_unit_is_left_out() -> None:
    assert named("Reedmark Shore Station, University of Reedmark, Sweden", KNOWN) == [ror_id(9)]
    assert named("Institute of Tides, Fern University, Tarn, Norway", KNOWN) == [ror_id(10)]
    assert named("Institute of Tides, Alder University, Tarn, Norway", KNOWN) == [None]
    assert named("Institute of Tides, Tarn, Norway", KNOWN) == [ror_id(10)]


def test_a_ministry_beside_a_university_is_not_whose_the_author_is() -> None:
    of = known(organization(1, "Ministry of Tides", "Tarn, NO"), organization(2, "Fern University"))
    assert named("Key Lab, Ministry of Tides, Fern University, Tarn, Norway", of) == [MOSS]
    assert named("Ministry of Tides, Tarn, Norway", of) == [REED]


def test_the_whole_is_taken_where_it_and_its_parts_have_one_name() -> None:
    of = known(
        organization(1, "Alder Trust"), organization(2, "Alder Trust", parent=1),
        organization(3, "Alder Trust", parent=2),
    )  # fmt: skip
    assert named("Alder Trust, Norway", of) == [REED]


def test_a_name_of_words_that_all_countries_have_needs_its_town() -> None:
    codes = [
        "SE",
        "NO",
        "DK",
        "FI",
        "DE",
        "FR",
        "GB",
        "IE",
        "ES",
        "PT",
        "IT",
        "CH",
        "AT",
        "PL",
        "CZ",
        "NL",
        "BE",
        "US",
        "CA",
        "MX",
    ]
    assert len(codes) == COMMON_COUNTRIES
    many = [
        organization(100 + number, f"National Tide Board {word}", f"{word}, {code}")
        for number, (code, word) in enumerate(zip(codes, "abcdefghijklmnopqrst", strict=True))
    ]
    of = known(*many, organization(1, "National Tide", "Tarn, NO"))
    assert matches("National Tide, Norway", of)[0].evidence.startswith(
        "National Tide: a name of common"
    )
    assert named("National Tide, Tarn, Norway", of) == [REED]


def test_a_name_of_one_word_needs_a_place_and_a_town_is_no_institution() -> None:
    of = known(organization(1, "Kelpia", "Tarn, NO", other=["Tarn", "Norway"]))
    assert named("Kelpia", of) == [None]
    assert named("Kelpia, Norway", of) == [REED]
    assert named("Unknown Society, Tarn, Norway", of) == [None]


def test_an_institution_of_before_gives_way_to_its_successor() -> None:
    of = known(
        organization(1, "Old Fen School", status="inactive", successors=[2]),
        organization(2, "Middle Fen School", status="withdrawn", successors=[3]),
        organization(3, "New Fen School"),
        organization(4, "Closed Fen School", status="inactive"),
        organization(5, "False Fen School", status="withdrawn"),
        organization(6, "Parted Fen School", status="inactive", successors=[3, 4]),
        organization(7, "Round Fen School", status="inactive", successors=[8]),
        organization(8, "Circular Fen School", status="withdrawn", successors=[7]),
        organization(9, "Lost Fen School", status="inactive", successors=[99]),
    )
    names = ["Old", "Middle", "New", "Closed", "False", "Parted", "Round", "Circular", "Lost"]
    found = [named(f"{name} Fen School, Norway", of)[0] for name in names]
    expected = [FERN, FERN, FERN, SILT, None, ror_id(6), ror_id(7), None, ror_id(9)]
    assert found == expected


def test_parents_in_a_circle_end() -> None:
    of = known(
        organization(1, "Alder Trust", parent=2), organization(2, "Birch Trust", parent=1),
        organization(3, "Birch Trust", parent=3),
    )  # fmt: skip
    assert matches("Alder Trust, Norway; Birch Trust, Norway", of)[0].institution_id == REED


def test_decisions_come_before_all_else() -> None:
    text = f'affiliation,institution_id,note\nMOI,https://ror.org/{MOSS},ours\n"Kelp college, UK",,a ship\n'
    decided = decisions(text)
    (one,) = match(" moi ", KNOWN, decided)
    assert (one.institution_id, one.country, one.score, one.basis) == (MOSS, "NO", 1.0, "decision")
    (none,) = match("Kelp College (UK)", KNOWN, decided)
    assert (none.institution_id, none.basis) == (None, "decision")
    assert match("MOI", organizations(table_of([])), decided)[0].institution_id == MOSS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("affiliation,ror\n", "line 1: the columns are"),
        ("affiliation,institution_id,note\n,,\n", "line 2: affiliation is empty"),
        ("affiliation,institution_id,note\nx,0abc,\n", "line 2: 0abc is no ROR id"),
        (f"affiliation,institution_id,note\nx,{REED},\nX,,\n", "line 3: a second decision"),
        (f'affiliation,institution_id,note\nx\n"y",{REED[:-1]}\n', "is no ROR id"),
    ],
)
def test_a_decision_that_cannot_be_followed_is_told(text: str, why: str) -> None:
    with pytest.raises(DecisionError, match=why):
        decisions(text)


def test_an_empty_file_decides_nothing() -> None:
    assert decisions("") == decisions(" \n") == {}


WORDS = st.sampled_from(
    [
        "University",
        "of",
        "Reedmark",
        "Kelp",
        "College",
        "Fern",
        "Tarn",
        "Norway",
        "Sweden",
        "UK",
        "Moss",
        "Institute",
        "MOI",
        "HW",
        ",",
        ";",
        "(",
        ")",
        ".",
        "Peat",
        "123",
    ]
)


@given(st.lists(WORDS, max_size=12).map(" ".join), st.permutations(LIST))
def test_the_order_of_the_list_changes_nothing(text: str, order: list[dict[str, object]]) -> None:
    assert matches(text, known(*order)) == matches(text, KNOWN)


@given(st.text(max_size=200) | st.lists(WORDS | st.text(max_size=3), max_size=30).map(" ".join))
def test_any_text_has_an_answer(text: str) -> None:
    found = matches(text, KNOWN)
    assert found and all(one.evidence for one in found)
    ids = [one.institution_id for one in found]
    assert len(set(ids)) == len(ids) and (ids == [None] or None not in ids)
