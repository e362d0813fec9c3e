"""Requirements of decisions on authors: what a file says, and whom it makes one person or two."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from pyspark.sql import SparkSession

from jobs.params import AuthorsSettings
from jobs.people.authors import authors
from jobs.people.decisions import NONE, DecisionError, Decisions, decisions
from jobs.people.erased import erased_people
from jobs.tables.silver import AUTHOR_LINKS, AUTHORS
from tests.jobs.people.people_rows import Row, author, paper
from tests.jobs.people.test_authors import TIDES, inputs, rows
from tests.jobs.records import frame

ONE, TWO = "0000-0002-1825-0097", "0000-0001-5109-3700"
HEAD = "action,author,other,note\n"
P = {number: f"p{number:020d}" for number in range(1, 6)}
WITH = ("Bea Elmwood", "Cid Oakley")
FIRST = paper(P[1], author("Ada Fern", orcid=ONE), *WITH, **TIDES, year=2019)
SECOND = paper(P[2], author("Ada Fern"), *WITH, **TIDES, year=2020)
MARRIED = paper(P[3], author("Ada Birch", orcid=TWO), "Dora Ash", title="Looms")
LATER = paper(P[4], author("Ada Birch", orcid=TWO), title="Wool")
EVERY = [FIRST, SECOND, MARRIED, LATER]


def people(
    spark: SparkSession, decided: Decisions, before: Iterable[Row] = (), papers: list[Row] = EVERY
) -> tuple[list[Row], list[Row]]:
    made = authors(
        *inputs(spark, papers, 2), frame(spark, AUTHOR_LINKS, before), AuthorsSettings(), decided
    )
    return rows(made[AUTHOR_LINKS], AUTHOR_LINKS), rows(made[AUTHORS], AUTHORS)


def of_first(links: list[Row]) -> dict[str, str]:
    """The person of the first author of each paper."""
    return {row["paper_id"]: row["author_id"] for row in links if row["position"] == 1}


def test_a_file_says_who_is_one_and_who_is_two() -> None:
    decided = decisions(
        f"{HEAD}join,https://orcid.org/{ONE},{P[3]} 1,married\nsplit,{P[1]} 1,{P[2]} 1,\n"
    )
    assert [tuple(one) for one in decided.joins] == [(f"orcid:{ONE}", f"{P[3]} 1", "married")]
    assert decided.apart() == {f"{P[1]} 1": [f"{P[2]} 1"], f"{P[2]} 1": [f"{P[1]} 1"]}
    assert decisions("") == NONE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("join,a,b\n", "line 1: the columns are action,author,other,note"),
        (f"{HEAD}merge,{ONE},{TWO},\n", "line 2: no such action: merge; join or split"),
        (f"{HEAD}join,{ONE},Ada Fern,\n", "line 2: Ada Fern is no author for join: write an ORCID"),
        (f"{HEAD}join,{ONE},a0123456789abcdef0123,\n", "is no author for join"),
        (f"{HEAD}split,{ONE},{P[1]} 1,\n", "is no author for split: write a paper_id and a place"),
        (f"{HEAD}join,{ONE},{ONE},\n", "line 2: join needs two authors"),
        (
            f"{HEAD}join,{P[1]} 1,s2:7,\njoin,s2:7,{P[2]} 1,\nsplit,{P[2]} 1,{P[1]} 1,\n",
            "line 4 splits what line .* joins: .*; take one of them out",
        ),
    ],
)
def test_what_cannot_be_followed_is_an_error_that_says_where(text: str, message: str) -> None:
    with pytest.raises(DecisionError, match=message):
        decisions(text)


def test_two_orcid_ids_of_two_surnames_are_one_where_a_person_says_so(spark: SparkSession) -> None:
    alone, _ = people(spark, NONE)
    assert of_first(alone)[P[1]] == of_first(alone)[P[2]] != of_first(alone)[P[3]]
    decided = decisions(f"{HEAD}join,{ONE},{TWO},married\n")
    links, everybody = people(spark, decided, alone)
    assert len({*of_first(links).values()}) == 1
    (ada,) = (one for one in everybody if one["author_id"] == of_first(links)[P[1]])
    assert (ada["papers"], ada["orcid"]) == (4, TWO)
    assert ada["ids"] == [{"scheme": "orcid", "id": ONE}]
    assert {row["paper_id"]: row["decided"] for row in links if row["decided"]} == {
        P[3]: f"orcid:{ONE} and orcid:{TWO}: married", P[4]: f"orcid:{ONE} and orcid:{TWO}: married"
    }  # fmt: skip

    assert people(spark, decided, links) == (links, everybody)  # a rerun keeps it
    assert people(spark, decided)[0] == links  # so does a warehouse that is made anew
    assert people(spark, NONE, links)[0] == alone  # a line taken out is undone


def test_a_split_keeps_two_apart_whatever_the_evidence(spark: SparkSession) -> None:
    decided = decisions(f"{HEAD}split,{P[1]} 1,{P[2]} 1,two of one name\n")
    before, _ = people(spark, NONE)
    links, _ = people(spark, decided, before)
    now = of_first(links)
    assert now[P[1]] != now[P[2]]
    assert of_first(before)[P[1]] in now.values()  # one of them keeps the id
    assert people(spark, decided, links)[0] == links

    third = paper(P[5], author("Ada Fern", orcid=ONE), title="Reeds")
    same = [FIRST, {**SECOND, "authors": third["authors"]}]  # one ORCID iD does not outweigh it
    links, _ = people(spark, decided, papers=same)
    assert len({*of_first(links).values()}) == 2


def test_joins_that_bring_together_what_is_split_are_an_error(spark: SparkSession) -> None:
    decided = decisions(
        f"{HEAD}split,{P[2]} 1,{P[4]} 1,\njoin,{P[1]} 1,{P[3]} 1,\n"  # 2 is tied to 1, 4 to 3
    )
    with pytest.raises(DecisionError, match="are split, and joins of others make them one"):
        people(spark, decided)


@pytest.mark.parametrize("written", [ONE, f"orcid:{ONE}", "s2:7", f"{P[1]}  2"])
def test_decisions_and_erased_people_name_an_author_alike(written: str) -> None:
    (join,) = decisions(f"{HEAD}join,{written},openalex:A1,\n").joins
    erased = erased_people(written)
    places = {f"{paper_id} {place}" for paper_id, place in erased.places}
    assert {join.author} == erased.ids | places
