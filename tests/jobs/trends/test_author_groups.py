"""Requirements of groups of authors: what a file says, and the slices that follow."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.params import TrendsSettings
from jobs.tables.gold import PAPER_TOPICS, PERIOD_TOTALS, TOPIC_TRENDS
from jobs.tables.silver import AUTHOR_LINKS, AUTHORSHIPS
from jobs.trends.author_groups import MOST_GROUPS, GroupsError, author_groups, with_groups
from jobs.trends.totals import period_totals
from jobs.trends.trends import topic_trends
from tests.jobs.records import Fields, frame
from tests.jobs.trends.test_trends import paper, papers

AS_OF = date(2024, 6, 30)
ORCID = "0000-0002-1825-0097"
ADA, BO = "a0123456789abcdef0123", "a1123456789abcdef0123"
HEAD = "group,author\n"
FILE = f"{HEAD}Tidal Lab,https://orcid.org/{ORCID}\nTidal Lab,s2:7\n\nBo alone,{BO}\n"


def authorship(paper_id: str, position: int, **more: Any) -> Fields:
    return {"paper_id": paper_id, "position": position, "name": "x", **more}


AUTHORS = [
    authorship("1", 1, orcid=ORCID),
    authorship("1", 2, author_ids=[("s2", "7")]),
    authorship("2", 1),  # by evidence she who has the ORCID iD
    authorship("3", 1),
    authorship("4", 1, author_ids=[("s2", "8")]),
    authorship("5", 1, author_ids=[("s2", "7")]),  # nobody's yet
]
LINKS: list[Fields] = [
    {"paper_id": of, "position": 1, "author_id": who}
    for of, who in [("1", ADA), ("2", ADA), ("3", BO)]
]
PAPERS = [paper(str(number), f"2024-0{number}-10") for number in range(1, 6)]


@pytest.fixture
def plain(spark: SparkSession) -> DataFrame:
    return papers(spark, *PAPERS)


def grouped(spark: SparkSession, plain: DataFrame, text: str = FILE) -> DataFrame:
    people = frame(spark, AUTHORSHIPS, AUTHORS), frame(spark, AUTHOR_LINKS, LINKS)
    return with_groups(plain, *people, author_groups(text))


def test_a_line_puts_an_author_in_a_group() -> None:
    assert author_groups(FILE) == {
        ("Tidal Lab", f"orcid:{ORCID}"), ("Tidal Lab", "s2:7"), ("Bo alone", BO),
    }  # fmt: skip
    assert author_groups("") == frozenset()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Lab,Ada Fern", "line 2: Ada Fern is no author: write an ORCID iD"),
        ("Lab,0000-0002-1825-0098", "line 2: 0000-0002-1825-0098 is no author"),
        ("Lab", "line 2: nothing is no author"),
        (",s2:7", "line 2: a group has a name of 1 to 100 characters"),
        (f"{'x' * 101},s2:7", "line 2: a group has a name"),
        ("Lab,s2:7,more", "line 2 has 3 values, not 2"),
    ],
)
def test_a_line_that_names_no_group_or_author_is_an_error(line: str, why: str) -> None:
    with pytest.raises(GroupsError, match=why):
        author_groups(HEAD + line)


def test_more_groups_than_can_be_tested_are_an_error() -> None:
    lines = [f"group {number},s2:7\n" for number in range(MOST_GROUPS + 1)]
    assert len(author_groups(HEAD + "".join(lines[1:]))) == MOST_GROUPS
    with pytest.raises(GroupsError, match=f"{MOST_GROUPS + 1} groups are more than {MOST_GROUPS}"):
        author_groups(HEAD + "".join(lines))


def test_a_paper_is_once_in_each_group_of_its_authors(
    spark: SparkSession, plain: DataFrame
) -> None:
    rows = grouped(spark, plain).select("paper_id", "groups").collect()
    assert {row["paper_id"]: row["groups"] for row in rows} == {
        "1": ["Tidal Lab"], "2": ["Tidal Lab"], "3": ["Bo alone"], "4": None, "5": ["Tidal Lab"],
    }  # fmt: skip


def test_each_group_is_a_slice_with_its_own_denominators_and_shares(
    spark: SparkSession, plain: DataFrame
) -> None:
    settings = TrendsSettings(max_slices=0)  # of other kinds
    known = grouped(spark, plain)
    totals = PERIOD_TOTALS.conform(period_totals(known, settings, AS_OF)).localCheckpoint()
    by_year = {row["slice"]: row["papers"] for row in totals.where("grain = 'year'").collect()}
    assert by_year == {"all": 5, "group=Tidal Lab": 3, "group=Bo alone": 1}
    topics = frame(spark, PAPER_TOPICS, [
        {"paper_id": own, "topic_id": "t", "fits": True} for own in ("1", "3", "4")
    ])  # fmt: skip
    trends = TOPIC_TRENDS.conform(topic_trends(known, topics, totals, settings, AS_OF))
    counts = {(row["slice"]): (row["n"], row["papers"])
              for row in trends.where("grain = 'year'").collect()}  # fmt: skip
    assert counts == {"all": (3, 5), "group=Tidal Lab": (1, 3), "group=Bo alone": (1, 1)}


def test_without_a_file_papers_are_as_they_are(spark: SparkSession, plain: DataFrame) -> None:
    assert grouped(spark, plain, "") is plain
    settings = TrendsSettings()
    names = {row["slice"] for row in period_totals(plain, settings, AS_OF).collect()}
    assert names == {"all", "feed=a"}
