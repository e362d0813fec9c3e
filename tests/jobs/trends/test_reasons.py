"""Requirements of reasons: what was counted, by how many, and what came first."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import Row, SparkSession

from jobs.tables.gold import PERIOD_TOTALS
from jobs.trends.reasons import groups, with_reasons
from jobs.trends.spans import period_text, span_text
from tests.frames import frame_of
from tests.jobs.trends.test_trend_tests import table, total

AS_OF = date(2024, 12, 31)
MARCH, APRIL = date(2024, 3, 1), date(2024, 4, 1)


def test_authors_who_share_a_paper_directly_or_through_others_are_one_group() -> None:
    assert groups([[1, 2], [2, 3], [4], [5, 4], None, []]) == 2
    assert groups([]) == 0


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=4), max_size=12))
def test_groups_do_not_depend_on_the_order_of_papers_and_a_paper_makes_one_more_at_most(
    papers: list[list[int]],
) -> None:
    assert groups(papers) == groups(papers[::-1]) <= len(papers)
    assert groups([*papers, *papers]) == groups(papers)


@pytest.mark.parametrize(
    ("grain", "first", "last", "periods", "words"),
    [
        ("quarter", date(2024, 7, 1), date(2024, 7, 1), 1, "Q3 2024"),
        ("quarter", date(2023, 10, 1), date(2024, 1, 1), 2, "Q4 2023 to Q1 2024"),
        ("month", date(2024, 1, 1), date(2024, 3, 1), 3, "January to March 2024"),
        ("year", date(2020, 1, 1), date(2021, 1, 1), 2, "2020 to 2021"),
        ("week", date(2024, 1, 1), date(2024, 2, 5), 6, "the 6 weeks from 1 January 2024"),
    ],
)
def test_spans_are_told_as_people_say_them(
    grain: str, first: date, last: date, periods: int, words: str
) -> None:
    assert period_text(grain, first, last, periods) == words


def test_what_was_counted_is_one_sentence() -> None:
    said = span_text("quarter", 12, 340, 3, 1800, date(2024, 7, 1), date(2024, 7, 1), 1, 4)
    assert said == "12 of 340 papers in Q3 2024 against 3 of 1,800 in the 4 quarters before"


@pytest.fixture(scope="module")
def said(spark: SparkSession) -> dict[str, Row]:
    def paper(name: str, on: date, *authors: str, basis: str = "published") -> dict[str, Any]:
        return {
            "paper_id": name, "title": f"On {name}", "dated_on": on, "first_shown_on": on,
            "date_basis": basis, "is_withdrawn": False, "abstract": None,
            "authors": [(author, None) for author in authors],
        }  # fmt: skip

    papers = frame_of(
        spark,
        [
            tuple(row.values())
            for row in (
                paper("first", MARCH, "Ada"),
                paper("second", APRIL, "Bo", "Cy"),
                paper("third", APRIL, " cy", "Di"),
                paper("fourth", APRIL, "Eve"),
                paper("undated", date(2024, 1, 1), "Fay", basis="shown"),
                paper("of a year", APRIL, "Gus", basis="published year"),  # counts in no month
            )
        ],
        "paper_id string, title string, dated_on date, first_shown_on date, date_basis string, "
        "is_withdrawn boolean, abstract string, "
        "authors array<struct<name:string,affiliation:string>>",
    )
    terms = [("tide", one, True) for one in ("first", "second", "third", "fourth", "undated")]
    terms += [("ebb", one, True) for one in ("second", "third", "of a year")]
    calls = [
        ("term", name, "month", slice_, "rising", "likely", APRIL, APRIL, "3 of 9")
        for name, slice_ in (("tide", "all"), ("tide", "feed=a"), ("ebb", "all"))
    ]
    calls.append(("entity", "net", *calls[0][2:]))
    uses = [
        ("net", "second", "mentions"),
        ("net", "third", "uses"),
        ("net", "fourth", "introduces"),
    ]
    tests = frame_of(
        spark,
        calls,
        "kind string, entity string, grain string, slice string, class string, strength string, "
        "recent_from date, to_period date, counted string",
    )
    found = with_reasons(
        tests,
        papers,
        frame_of(spark, [], "paper_id string, topic_id string, fits boolean"),
        frame_of(spark, terms, "term string, paper_id string, in_title boolean"),
        table(spark, PERIOD_TOTALS, [total(MARCH, "all", 9)]),
        AS_OF,
        frame_of(
            spark,
            [(*use, True) for use in uses],
            "entity_id string, paper_id string, role string, in_title boolean",
        ),
    )
    return {f"{row['entity']} {row['slice']}": row for row in found.collect()}


def test_a_call_names_its_counts_its_groups_and_its_first_dated_paper(said: dict[str, Row]) -> None:
    tide = said["tide all"]
    assert tide["why"] == "3 of 9; 2 groups of authors; first: On first, 1 March 2024"
    assert (tide["author_groups"], tide["strength"]) == (2, "likely")
    assert said["tide feed=a"]["why"] == "3 of 9; first: On first, 1 March 2024"


def test_what_only_mentions_an_entity_is_no_paper_of_its_call(said: dict[str, Row]) -> None:
    assert said["net all"]["author_groups"] == 2
    assert said["net all"]["why"].endswith("first: On fourth, 1 April 2024")


def test_what_one_group_alone_writes_of_is_only_watched(said: dict[str, Row]) -> None:
    ebb = said["ebb all"]
    assert (ebb["author_groups"], ebb["strength"]) == (1, "watch")
    assert "1 group of authors" in ebb["why"]
