"""Requirements of the stage `authors`: people of a warehouse, and what a day's papers change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from jobs.params import AuthorsSettings
from jobs.people.authors import authors
from jobs.tables.core import Table
from jobs.tables.silver import AUTHOR_LINKS, AUTHORS, AUTHORSHIPS, PAPERS
from tests.frames import frame_of
from tests.jobs.people.people_rows import Row, author, paper
from tests.jobs.records import frame

SETTINGS = AuthorsSettings()
TIDES: dict[str, Any] = {"title": "Tidal silt in estuaries", "venue": "Estuaries"}
FERN_1 = paper("p1", author("Ada Fern", ids=["s2 7"]), "Bea Elmwood", "Cid Oakley", **TIDES, year=2019)  # fmt: skip
FERN_2 = paper("p2", author("Fern, Ada B.", orcid="1"), "Bea Elmwood", "Cid Oakley", **TIDES, year=2021)  # fmt: skip
ALMA = paper("p3", "Alma Fern", "Dora Birch", title="Looms")
Rows = list[dict[str, Any]]


def tables(
    spark: SparkSession, papers: Iterable[Row], links: Iterable[Row] = (), partitions: int = 2
) -> tuple[Rows, Rows]:
    """Rows of silver.author_links and silver.authors, in order."""
    made = authors(
        *inputs(spark, list(papers), partitions), frame(spark, AUTHOR_LINKS, links), SETTINGS
    )
    return rows(made[AUTHOR_LINKS], AUTHOR_LINKS), rows(made[AUTHORS], AUTHORS)


def inputs(spark: SparkSession, papers: list[Row], partitions: int) -> tuple[DataFrame, DataFrame]:
    listed = [
        {**one, "paper_id": row["paper_id"], "countries": ["NO"]}
        for row in papers
        for one in row["authors"]
    ]
    given = [tuple(one.get(name) for name in AUTHORSHIPS.column_names) for one in listed]
    about = [
        {
            **{name: row[name] for name in ("paper_id", "title", "venue", "year")},
            "dated_on": date(row["year"], 1, 1),
            "date_basis": "published",
        }
        for row in papers
    ]
    authorships = frame_of(spark, given, AUTHORSHIPS.schema())
    return authorships.repartition(partitions), frame(spark, PAPERS, about).repartition(partitions)


def rows(made: DataFrame, table: Table) -> Rows:
    ordered = table.conform(made).orderBy(*table.key).collect()
    return [row.asDict(recursive=True) for row in ordered]


def test_a_person_has_the_fullest_name_and_all_that_is_known(spark: SparkSession) -> None:
    links, people = tables(spark, [FERN_1, FERN_2, ALMA])
    (fern,) = (one for one in people if one["orcid"] == "1")
    of_fern = {(row["paper_id"], row["position"]) for row in links if row["author_id"] == fern["author_id"]}  # fmt: skip
    assert of_fern == {("p1", 1), ("p2", 1)}
    del fern["author_id"]
    assert fern == {
        "name": "Fern, Ada B.", "other_names": ["Ada Fern"], "orcid": "1",
        "ids": [{"scheme": "s2", "id": "7"}], "papers": 2, "first_on": date(2019, 1, 1),
        "last_on": date(2021, 1, 1), "countries": ["NO"],
    }  # fmt: skip
    assert len(links) == 8 and len({row["author_id"] for row in links}) == len(people) == 5


def test_partitions_and_days_of_papers_do_not_matter(spark: SparkSession) -> None:
    every = [FERN_1, FERN_2, ALMA]
    links, people = tables(spark, every)
    assert tables(spark, reversed(every), partitions=5) == (links, people)
    first, _ = tables(spark, [FERN_1, ALMA])
    assert tables(spark, every, first) == (links, people)


def test_what_has_not_changed_is_taken_over_and_ids_stay(spark: SparkSession) -> None:
    links, _ = tables(spark, [FERN_2, ALMA])
    marked = [{**row, "score": 0.25} if row["block"] == "birch d" else row for row in links]
    later, people = tables(spark, [FERN_1, FERN_2, ALMA], marked)
    assert next(row for row in later if row["block"] == "birch d")["score"] == 0.25
    was = {(row["paper_id"], row["position"]): row["author_id"] for row in links}
    now = {(row["paper_id"], row["position"]): row["author_id"] for row in later}
    assert was.items() <= now.items()
    assert now["p1", 1] == now["p2", 1] == was["p2", 1]
    assert sum(one["papers"] for one in people) == 8


def test_a_paper_that_changes_is_compared_anew(spark: SparkSession) -> None:
    links, _ = tables(spark, [FERN_1, FERN_2, ALMA])
    reed = paper("p1", author("Ada Reed", ids=["s2 7"]), "Bea Elmwood", **TIDES, year=2019)
    later, fresh = (tables(spark, [reed, FERN_2, ALMA], before)[0] for before in (links, ()))
    assert without_ids(later) == without_ids(fresh)
    assert [row["block"] for row in later if row["paper_id"] == "p1"] == ["reed a", "elmwood b"]


def without_ids(links: Rows) -> Rows:
    return [{name: row[name] for name in row if not name.endswith("author_id")} for row in links]


def test_a_paper_that_is_gone_takes_its_authorships_along(spark: SparkSession) -> None:
    links, _ = tables(spark, [FERN_1, FERN_2, ALMA])
    later, people = tables(spark, [FERN_2, ALMA], links)
    assert {row["paper_id"] for row in later} == {"p2", "p3"}
    assert next(row for row in later if row["paper_id"] == "p2")["basis"] == "single"
    assert {one["papers"] for one in people} == {1}


def test_without_authorships_there_are_no_people(spark: SparkSession) -> None:
    assert tables(spark, []) == ([], [])


def test_a_collaboration_is_nobody(spark: SparkSession) -> None:
    links, people = tables(spark, [paper("p1", "Ada Fern", "Reef Collaboration")])
    assert [row["position"] for row in links] == [1] and len(people) == 1
