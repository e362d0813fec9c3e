"""Requirements of people: which authorships of one name are one person's, and who keeps which id."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.people.evidence import Pairs, given_names
from jobs.people.resolving import (
    BY_EVIDENCE,
    BY_FEED,
    BY_ORCID,
    SINGLE,
    author_id_of,
    authorship_of,
    resolve_block,
)
from tests.jobs.people.people_rows import author, block_of, paper, people_of

MOST = 100
FERN = "fern a"
TIDES: dict[str, Any] = {"title": "Tidal silt in estuaries", "venue": "Estuaries", "year": 2020}
WOOL: dict[str, Any] = {"title": "Dyes of early looms", "venue": "Textile history", "year": 2003}


def people(*papers: dict[str, Any], block: str = FERN, most: int = MOST) -> set[frozenset[str]]:
    return people_of(resolve_block(block_of(block, *papers), most))


def test_coauthors_and_subject_join_a_name_with_its_initial() -> None:
    full = paper("p1", "Ada Fern", "Bea Elmwood", "Cid Oakley", **TIDES)
    short = paper("p2", "A. Fern", "Bea Elmwood", "Cid Oakley", **TIDES)
    assert people(full, short) == {frozenset({"p1", "p2"})}


def test_an_initial_alone_joins_nobody() -> None:
    full = paper("p1", "Ada Fern", "Bea Elmwood", **TIDES)
    assert len(people(full, paper("p2", "A. Fern", "Dora Birch", **WOOL))) == 2


BARRED = [
    ("given names differ", author("Ada Fern"), author("Alma Fern")),
    ("middle initials differ", author("Ada B. Fern"), author("Ada C. Fern")),
    ("ORCID iDs differ", author("Ada Fern", orcid="1"), author("Ada Fern", orcid="2")),
]


@pytest.mark.parametrize(("one", "other"), [case[1:] for case in BARRED], ids=[c[0] for c in BARRED])  # fmt: skip
def test_what_shows_two_people_outweighs_all_that_is_shared(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    others = ("Bea Elmwood", "Cid Oakley", "Dora Birch")
    assert (
        len(people(paper("p1", one, *others, **TIDES), paper("p2", other, *others, **TIDES))) == 2
    )


def test_nobody_stands_twice_on_a_paper() -> None:
    rows = block_of(FERN, paper("p1", author("Ada Fern", orcid="1"), author("A. Fern", orcid="1")))
    assert len({row["author_id"] for row in resolve_block(rows, MOST)}) == 2


def test_an_initial_does_not_tie_two_given_names() -> None:
    others = ("Bea Elmwood", "Cid Oakley")
    names = {"p1": "Ada Fern", "p2": "A. Fern", "p3": "Alma Fern"}
    groups = people(*(paper(p, name, *others, **TIDES) for p, name in names.items()))
    assert not any({"p1", "p3"} <= group for group in groups)


def test_ids_join_what_shares_nothing_else() -> None:
    by_orcid = [paper("p1", author("Ada Fern", orcid="1"), **TIDES), paper("p2", author("A. Fern", orcid="1"), **WOOL)]  # fmt: skip
    rows = resolve_block(block_of(FERN, *by_orcid), MOST)
    assert [(row["basis"], row["score"], row["with_paper_id"]) for row in rows] == [(BY_ORCID, 1.0, "p2"), (BY_ORCID, 1.0, "p1")]  # fmt: skip
    by_feed = [paper("p1", author("Ada Fern", ids=["s2 7"]), **TIDES), paper("p2", author("A. Fern", ids=["s2 7"]), **WOOL)]  # fmt: skip
    assert {row["basis"] for row in resolve_block(block_of(FERN, *by_feed), MOST)} == {BY_FEED}


def test_an_id_counts_within_its_scheme() -> None:
    one = paper("p1", author("Ada Fern", ids=["s2 7"]), **TIDES)
    assert len(people(one, paper("p2", author("A. Fern", ids=["dblp 7"]), **WOOL))) == 2


def test_a_feeds_id_does_not_join_two_orcids() -> None:
    one, other = (author("Ada Fern", orcid=orcid, ids=["s2 7"]) for orcid in "12")
    assert len(people(paper("p1", one, **TIDES), paper("p2", other, **TIDES))) == 2


def test_a_common_name_needs_more_than_a_rare_one() -> None:
    pair = [paper(p, "Wei Wang", title="Tidal silt") for p in ("p1", "p2")]
    givens = ["Wen", "Wu", "Wan", "Wang", "Wenbo", "Weimin", "Wenjun", "Wenhao", "Wanli"]
    namesakes = [paper(f"q{n}", f"{given} Wang") for n, given in enumerate(givens)]
    blocks = [
        [authorship_of(row) for row in block_of("wang w", *pair, *others)]
        for others in ([], namesakes)
    ]
    rare, common = (Pairs.of(block, given_names(block)) for block in blocks)
    assert common.scores[0, 1] < rare.scores[0, 1] - 1
    assert common.explain(0, 1)["names of the block"] < 0


def test_each_link_says_what_it_rests_on() -> None:
    pair = [paper(p, "Ada Fern", "Bea Elmwood", "Cid Oakley", **TIDES) for p in ("p1", "p2")]
    one, other, alone = resolve_block(block_of(FERN, *pair, paper("p3", "Alma Fern", **WOOL)), MOST)
    assert (one["basis"], one["with_paper_id"], one["with_position"]) == (BY_EVIDENCE, "p2", 1)
    assert one["score"] > 0.5
    assert one["evidence"]["co-authors in full"] > 0 > one["evidence"]["before"]
    assert other["with_paper_id"] == "p1"
    assert (alone["basis"], alone.get("score"), alone.get("evidence")) == (SINGLE, None, None)


def test_in_a_hot_block_only_one_given_name_is_compared() -> None:
    others = ("Bea Elmwood", "Cid Oakley")
    papers = [paper(f"p{n}", "Ada Fern", *others, **TIDES) for n in range(3)]
    papers += [paper("q", "A. Fern", *others, **TIDES), paper("r", "Alma Fern", **WOOL)]
    assert people(*papers, most=4) == {
        frozenset({"p0", "p1", "p2"}),
        frozenset("q"),
        frozenset("r"),
    }


def test_a_hot_block_is_no_readier_to_join() -> None:
    pair = [paper(p, "W. Wang", "Bea Elmwood", title=p, venue="Estuaries") for p in ("p1", "p2")]
    givens = ["Wen", "Wu", "Wan", "Wang", "Wenbo", "Weimin", "Wenjun", "Wenhao", "Wanli", "Wilson",
              "Walter", "Will", "Wade", "Ward", "Warren", "Wayne", "Wes", "Willa", "Wim", "Wolf"]  # fmt: skip
    namesakes = [paper(f"q{n}", f"{given} Wang") for n, given in enumerate(givens)]
    for most in (100, 15):
        assert frozenset({"p1", "p2"}) not in people(*pair, *namesakes, block="wang w", most=most)


def test_in_a_hot_block_ids_join_over_given_names() -> None:
    papers = [paper("p1", author("Ada Fern", orcid="1"), **TIDES),
              paper("p2", author("A. Fern", orcid="1"), **WOOL),
              *(paper(f"q{n}", f"A{n}a Fern") for n in range(5))]  # fmt: skip
    for most in (100, 4):
        assert frozenset({"p1", "p2"}) in people(*papers, most=most)


def test_in_a_given_name_that_is_hot_only_ids_join() -> None:
    papers = [paper(f"p{n}", author("Ada Fern", orcid="1" if n < 2 else None), "Bea Elmwood", **TIDES) for n in range(4)]  # fmt: skip
    assert people(*papers, most=3) == {
        frozenset({"p0", "p1"}),
        frozenset({"p2"}),
        frozenset({"p3"}),
    }


SHARED = {p: paper(p, author("Ada Fern", orcid="1"), title=p) for p in ("p1", "p2", "p3", "p4")}
SPLIT = [
    ("intruder between", ["p1 p2", "p2 p3"], [["p1", "p3"], ["p2"]]),
    ("intruder first", ["p1 p2", "p1 p3", "p1 p4"], [["p1"], ["p2", "p3", "p4"]]),
    ("two intruders", ["p1 p2", "p1 p3", "p2 p3"], [["p1", "p4"], ["p2"], ["p3"]]),
    ("left open, first two", ["p1 p2"], [["p1", "p3", "p4"], ["p2"]]),
    ("left open, middle two", ["p2 p3"], [["p1", "p2", "p4"], ["p3"]]),
    ("left open, last two", ["p3 p4"], [["p1", "p2", "p3"], ["p4"]]),
]  # fmt: skip


@pytest.mark.parametrize("most", [MOST, 1], ids=["compared", "by ids alone"])
@pytest.mark.parametrize(("splits", "left"), [s[1:] for s in SPLIT], ids=[s[0] for s in SPLIT])
def test_a_split_takes_from_an_id_no_more_than_it_names(
    splits: list[str], left: list[list[str]], most: int
) -> None:
    pairs = [line.split() for line in splits]
    papers = [one for p, one in SHARED.items() if p in {each for group in left for each in group}]
    rows = [
        {**row, "apart": [f"{other} 1" for pair in pairs if row["paper_id"] in pair for other in pair if other != row["paper_id"]]}
        for row in block_of(FERN, *papers)
    ]  # fmt: skip
    for given_rows in (rows, rows[::-1]):
        made = people_of(resolve_block(list(given_rows), most))
        assert made == {frozenset(group) for group in left}


def test_two_of_an_id_on_one_paper_leave_its_other_papers_together() -> None:
    twice = paper("p2", author("Ada Fern", orcid="1"), author("A. Fern", orcid="1"))
    rows = block_of(FERN, SHARED["p1"], twice, SHARED["p3"])
    made = {(row["paper_id"], row["position"]): row["author_id"] for row in resolve_block(rows, 1)}
    assert made["p1", 1] == made["p2", 1] == made["p3", 1] != made["p2", 2]


# Ids that stay

PAIR = [paper(p, "Ada Fern", "Bea Elmwood", "Cid Oakley", **TIDES) for p in ("p1", "p2")]


def known(rows: list[dict[str, Any]], **ids: str) -> list[dict[str, Any]]:
    return [{**row, "known": ids.get(row["paper_id"])} for row in rows]


def ids_of(rows: list[dict[str, Any]]) -> dict[str, str]:
    return {row["paper_id"]: row["author_id"] for row in resolve_block(rows, MOST)}


def test_a_person_is_named_by_the_least_authorship_at_birth() -> None:
    assert set(ids_of(block_of(FERN, *PAIR)).values()) == {author_id_of(FERN, "p1", 1)}


def test_an_id_stays_though_an_earlier_authorship_comes() -> None:
    rows = block_of(FERN, paper("p0", "Ada Fern", "Bea Elmwood", "Cid Oakley", **TIDES), *PAIR)
    assert set(ids_of(known(rows, p1="a1", p2="a1")).values()) == {"a1"}


def test_of_joined_people_the_larger_keeps_its_id_and_of_equal_ones_the_least() -> None:
    assert set(ids_of(known(block_of(FERN, *PAIR), p1="a2", p2="a1")).values()) == {"a1"}
    more = [paper(p, "Ada Fern", "Bea Elmwood", "Cid Oakley", **TIDES) for p in ("p3",)]
    rows = known(block_of(FERN, *PAIR, *more), p1="a2", p2="a2", p3="a1")
    assert set(ids_of(rows).values()) == {"a2"}


def test_of_a_parted_person_the_larger_part_keeps_the_id() -> None:
    apart = paper("p0", "Alma Fern", **WOOL)
    ids = ids_of(known(block_of(FERN, apart, *PAIR), p0="a1", p1="a1", p2="a1"))
    assert ids == {"p0": author_id_of(FERN, "p0", 1), "p1": "a1", "p2": "a1"}


def test_no_two_people_bear_one_id() -> None:
    born = author_id_of(FERN, "p0", 1)
    apart = paper("p0", "Alma Fern", **WOOL)
    ids = ids_of(known(block_of(FERN, apart, *PAIR), p0=born, p1=born, p2=born))
    assert ids["p1"] == ids["p2"] == born and ids["p0"] == author_id_of(FERN, "p0", 1, 1)


FIRSTS = st.sampled_from(["A.", "Ada", "Ada B.", "Alma", "A. B."])
OTHERS = st.lists(st.sampled_from(["Bea Elmwood", "Cid Oakley", "Dora Birch", "E. Yew"]), unique=True)  # fmt: skip
PAPERS = st.lists(st.tuples(FIRSTS, OTHERS, st.sampled_from([TIDES, WOOL]), st.sampled_from([None, None, "1", "2"])), min_size=1, max_size=12)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(drawn=PAPERS, random=st.randoms())
def test_people_do_not_hang_on_the_order_and_break_no_bar(drawn: list[Any], random: Any) -> None:
    papers = [
        paper(f"p{n:02}", author(f"{first} Fern", orcid=orcid), *others, **about)
        for n, (first, others, about, orcid) in enumerate(drawn)
    ]
    rows = block_of(FERN, *papers)
    made = resolve_block(list(rows), MOST)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert resolve_block(shuffled, MOST) == made
    orcid_of = {row["paper_id"]: row["orcid"] for row in rows}
    for group in people_of(made):
        assert len({orcid_of[p] for p in group} - {None}) <= 1
    again = [{**row, "known": link["author_id"]} for row, link in zip(rows, made, strict=True)]
    assert [r["author_id"] for r in resolve_block(again, MOST)] == [r["author_id"] for r in made]
