"""Requirements of institutions: each id once, by the name that most records have for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from jobs.people.institutions import institutions
from jobs.people.ror import NO_LIST, RorList
from jobs.tables.silver import AUTHORSHIPS, INSTITUTIONS, PAPERS
from tests.jobs.people.ror_rows import list_of, organization, ror_id
from tests.jobs.people.test_authorships import details
from tests.jobs.records import Fields, frame, record, records

UNKNOWN = (None, None, None)  # town, parents, aliases
SILT, REED = ("ror", "0silt"), ("grid", "grid.1")


def author(paper: str, position: int, *ids: tuple[str, str], by: str = "id") -> Fields:
    return {
        "paper_id": paper, "position": position, "name": "x", "institution_ids": list(ids),
        "institutions_by": by if ids else None,
    }  # fmt: skip


def paper(paper_id: str, day: date, basis: str = "published") -> Fields:
    return {"paper_id": paper_id, "dated_on": day, "date_basis": basis}


def named(record_id: str, *places: tuple[str, str, str | None, str | None]) -> Fields:
    return record(record_id, authors=("x",), authorships=[details(institutions=places)])


def rows(
    spark: SparkSession,
    authors: list[Fields],
    papers: list[Fields],
    given: list[Fields],
    ror: RorList = NO_LIST,
) -> list[tuple[Any, ...]]:
    """Rows of silver.institutions: key, what is said of it, papers and matched ones, days."""
    result = institutions(
        frame(spark, AUTHORSHIPS, authors),
        records(spark, *given),
        frame(spark, PAPERS, papers),
        ror,
    )
    return sorted(tuple(row) for row in INSTITUTIONS.conform(result).collect())


def test_a_paper_counts_once_and_the_commonest_name_stands(spark: SparkSession) -> None:
    authors = [author("p1", 1, SILT), author("p1", 2, SILT, REED), author("p2", 1, SILT)]
    days = [paper("p1", date(2023, 5, 1)), paper("p2", date(2021, 2, 1))]
    given = [
        named("a", (*SILT, "Silt Lab", "NO")),
        named("b", (*SILT, "Silt Laboratory", "NO"), (*REED, None, None)),
        named("c", (*SILT, "Silt Lab", None)),
    ]
    assert rows(spark, authors, days, given) == [
        (*REED, None, None, *UNKNOWN, 1, 0, date(2023, 5, 1), date(2023, 5, 1)),
        (*SILT, "Silt Lab", "NO", *UNKNOWN, 2, 0, date(2021, 2, 1), date(2023, 5, 1)),
    ]


def test_of_names_as_frequent_the_first_stands_and_undated_papers_give_no_day(
    spark: SparkSession,
) -> None:
    given = [named("a", (*SILT, "Silt", "SE")), named("b", (*SILT, "Mud", "NO"))]
    authors, days = [author("p1", 1, SILT)], [paper("p1", date(2023, 5, 1), "shown")]
    assert rows(spark, authors, days, given) == [(*SILT, "Mud", "NO", *UNKNOWN, 1, 0, None, None)]


def test_without_ids_there_are_none(spark: SparkSession) -> None:
    days = [paper("p1", date(2023, 5, 1))]
    assert rows(spark, [author("p1", 1)], days, [record("a")]) == []


def test_the_list_describes_its_own_and_matched_papers_are_told_apart(
    spark: SparkSession, tmp_path: Path
) -> None:
    ror = list_of(
        tmp_path,
        organization(1, "Fern University", "Tarn, NO", other=["Fern U"], acronym="FU", parent=2),
    )
    fern = ("ror", ror_id(1))
    day = date(2023, 5, 1)
    authors = [
        author("p1", 1, fern, by="affiliation"), author("p1", 2, fern),
        author("p2", 1, fern, by="affiliation"), author("p2", 2, REED),
    ]  # fmt: skip
    given = [named("a", (*fern, "Fernuniversity", "SE"))]
    assert rows(spark, authors, [paper("p1", day), paper("p2", day)], given, ror) == [
        (*REED, None, None, *UNKNOWN, 1, 0, day, day),
        (*fern, "Fern University", "NO", "Tarn", [ror_id(2)], ["FU", "Fern U"], 2, 1, day, day),
    ]
