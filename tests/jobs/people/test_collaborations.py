"""Requirements of collaborations: pairs of a paper, counted whole and by weight, by period."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from jobs.people.collaborations import collaborations
from jobs.tables.gold import COLLABORATIONS, MOST_MEMBERS
from jobs.tables.silver import AUTHORSHIPS, PAPERS
from tests.jobs.records import Fields, frame

AS_OF = date(2024, 6, 30)


def author(paper: str, countries: Iterable[str] = (), ids: Iterable[str] = ()) -> Fields:
    return {
        "paper_id": paper, "position": 1, "name": "x", "countries": list(countries),
        "institution_ids": [("ror", own) for own in ids],
    }  # fmt: skip


def paper(paper_id: str, day: date = date(2024, 5, 7), **more: Any) -> Fields:
    return {
        "paper_id": paper_id, "dated_on": day, "date_basis": "published", "first_shown_on": day,
        "is_withdrawn": False, **more,
    }  # fmt: skip


def rows(
    spark: SparkSession, authors: list[Fields], papers: list[Fields], partitions: int = 1
) -> list[tuple[Any, ...]]:
    result = collaborations(
        frame(spark, AUTHORSHIPS, authors).repartition(partitions),
        frame(spark, PAPERS, papers),
        AS_OF,
    )
    return sorted(tuple(row) for row in COLLABORATIONS.conform(result).collect())


def by_year(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [(kind, a, b, n, w) for kind, a, b, grain, _, n, w in found if grain == "year"]


def test_a_paper_counts_once_for_each_pair(spark: SparkSession) -> None:
    authors = [
        author("p1", ["NO"], ["2", "1"]), author("p1", ["NO", "SE"]), author("p1", ["DK"], ["1"]),
        author("p2", ["SE", "NO"]), author("p3", ["NO"], ["9"]),
    ]  # fmt: skip
    found = rows(spark, authors, [paper("p1"), paper("p2"), paper("p3")])
    assert by_year(found) == [
        ("country", "DK", "NO", 1, 0.5),
        ("country", "DK", "SE", 1, 0.5),
        ("country", "NO", "SE", 2, 1.5),
        ("institution", "ror:1", "ror:2", 1, 1.0),
    ]
    assert {(grain, period) for _, _, _, grain, period, _, _ in found} == {
        ("month", date(2024, 5, 1)), ("quarter", date(2024, 4, 1)), ("year", date(2024, 1, 1)),
    }  # fmt: skip


def test_papers_count_as_in_other_tables(spark: SparkSession) -> None:
    papers = [
        paper("a", date_basis="shown"), paper("b", is_withdrawn=True),
        paper("c", date(2024, 7, 1)), paper("d", date_basis="published year"),
    ]  # fmt: skip
    found = rows(spark, [author(name, ["NO", "SE"]) for name in "abcd"], papers)
    assert found == [("country", "NO", "SE", "year", date(2024, 1, 1), 1, 1.0)]


def test_weights_of_a_country_add_up_to_its_papers_with_others(spark: SparkSession) -> None:
    codes = ["DK", "FI", "NO", "SE"]
    sets = [codes[: 1 + n % 4] for n in range(24)]
    authors = [author(f"p{n}", each) for n, each in enumerate(sets)]
    papers = [paper(f"p{n}") for n in range(24)]
    found = rows(spark, authors, papers)
    assert found == rows(spark, authors[::-1], papers, partitions=4)
    for code in codes:
        weights = [w for _, a, b, _, w in by_year(found) if code in (a, b)]
        with_others = sum(code in each and len(each) > 1 for each in sets)
        assert sum(weights) == pytest.approx(with_others)


def test_papers_of_very_many_institutions_make_no_pairs(spark: SparkSession) -> None:
    many = [f"{n:03d}" for n in range(MOST_MEMBERS + 1)]
    found = rows(spark, [author("p1", ["NO", "SE"], many)], [paper("p1")])
    assert by_year(found) == [("country", "NO", "SE", 1, 1.0)]
    found = rows(spark, [author("p1", [], many[:-1])], [paper("p1")])
    assert len(by_year(found)) == MOST_MEMBERS * (MOST_MEMBERS - 1) // 2


def test_where_no_place_is_known_there_are_none(spark: SparkSession) -> None:
    assert rows(spark, [author("p1")], [paper("p1")]) == []
