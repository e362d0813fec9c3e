"""Requirements of authorships: every author of every paper, with what its records say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.papers import papers
from jobs.params import PapersSettings
from jobs.people.authorships import authorships
from jobs.tables.silver import AUTHORSHIPS, PAPERS
from tests.jobs.records import Fields, identities, record, records

SETTINGS = PapersSettings(feed_priority=("alpha", "beta"))


def details(
    given: str | None = None,
    family: str | None = None,
    ids: Iterable[str] = (),
    affiliations: Iterable[str] = (),
    institutions: Iterable[tuple[str | None, ...]] = (),
    countries: Iterable[str] = (),
    is_corresponding: bool | None = None,
) -> tuple[Any, ...]:
    """What a record says of an author; ids as `openalex A1`."""
    pairs = [tuple(text.split(" ")) for text in ids]
    return (
        given, family, pairs, list(affiliations), list(institutions), list(countries),
        is_corresponding,
    )  # fmt: skip


def frames(
    spark: SparkSession, paper_of: dict[str, str], given: Iterable[Fields]
) -> tuple[DataFrame, DataFrame, DataFrame]:
    """Records, identity and the papers made of them."""
    known = identities(spark, *({"record_id": r, "paper_id": p} for r, p in paper_of.items()))
    rows = records(spark, *given)
    return rows, known, PAPERS.conform(papers(rows, known, SETTINGS))


def people(
    spark: SparkSession, paper_of: dict[str, str], given: Iterable[Fields], partitions: int = 1
) -> list[dict[str, Any]]:
    """Rows of silver.authorships in order; lists of pairs as `scheme id`."""
    rows, known, made = frames(spark, paper_of, given)
    result = authorships(rows.repartition(partitions), known, made)
    ordered = AUTHORSHIPS.conform(result).orderBy("paper_id", "position").collect()
    return [row.asDict(recursive=True) for row in ordered]


def pick(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_authors_stand_in_the_order_of_their_paper_with_what_the_record_says(
    spark: SparkSession,
) -> None:
    given = record(
        "a",
        "Tides",
        authors=("Ada Fern", "Ben Reed"),
        authorships=[
            details("Ada", "Fern", ["openalex A1"], ["Silt Lab, Oslo"],
                    [("ror", "0abc", "Silt Lab", "NO")], ["NO"], True),
            details("Ben", "Reed"),
        ],
    )  # fmt: skip
    assert people(spark, {"a": "p1"}, [given]) == [
        {
            "paper_id": "p1", "position": 1, "name": "Ada Fern", "given": "Ada", "family": "Fern",
            "orcid": None, "author_ids": [{"scheme": "openalex", "id": "A1"}],
            "affiliations": ["Silt Lab, Oslo"],
            "institution_ids": [{"scheme": "ror", "id": "0abc"}], "countries": ["NO"],
            "is_corresponding": True, "record_id": "a",
        },
        {
            "paper_id": "p1", "position": 2, "name": "Ben Reed", "given": "Ben", "family": "Reed",
            "orcid": None, "author_ids": [], "affiliations": [], "institution_ids": [],
            "countries": [], "is_corresponding": None, "record_id": "a",
        },
    ]  # fmt: skip


def test_papers_of_names_alone_have_rows_of_names(spark: SparkSession) -> None:
    given = [record("a", "Tides", authors=("Ada Fern", "Reed")), record("b", "Silt")]
    rows = people(spark, {"a": "p1", "b": "p2"}, given)
    assert pick(rows, "paper_id", "position", "name", "given", "record_id") == [
        ("p1", 1, "Ada Fern", None, "a"),
        ("p1", 2, "Reed", None, "a"),
    ]


def test_records_read_before_keep_their_affiliation(spark: SparkSession) -> None:
    given = {**record("a"), "authors": [("Ada Fern", None, "Silt Lab; Reed Lab")]}
    (row,) = people(spark, {"a": "p1"}, [given])
    assert row["affiliations"] == ["Silt Lab; Reed Lab"]


def test_other_records_of_the_paper_give_what_its_own_lacks(spark: SparkSession) -> None:
    given = [
        record("a", "Tides", authors=("Ada Fern", "Ben Reed")),
        record("b", "Tides", feed="beta", authors=("A. Fern", "Reed BC"), authorships=[
            details("A.", "Fern", ["s2 7"], ["Oslo"], countries=["NO"]),
            details(None, None, ["s2 8"], is_corresponding=False),
        ]),
        record("c", "Tides", feed="gamma", authors=("Áda Fern", "Cid Moss"), authorships=[
            details("Áda", "Fern", ["dblp 9", "s2 7"], ["Bergen"], [("ror", "0b", "B", "SE")]),
            details("Cid", "Moss", ["s2 99"]),
        ]),
    ]  # fmt: skip
    rows = people(spark, dict.fromkeys("abc", "p1"), given)
    assert pick(rows, "name", "given", "family", "affiliations", "countries", "record_id") == [
        ("Ada Fern", "A.", "Fern", ["Oslo"], ["NO"], "a"),
        ("Ben Reed", None, None, [], [], "a"),
    ]
    own_ids = [[f"{one['scheme']} {one['id']}" for one in row["author_ids"]] for row in rows]
    assert own_ids == [["s2 7", "dblp 9"], ["s2 8"]]
    assert pick(rows, "institution_ids", "is_corresponding") == [
        ([{"scheme": "ror", "id": "0b"}], None),
        ([], False),
    ]


def test_nothing_is_taken_from_a_list_of_another_length_or_another_author(
    spark: SparkSession,
) -> None:
    given = [
        record("a", "Tides", authors=("Ada Fern", "Ben Reed")),
        record("b", "Tides", feed="beta", authors=("Ada Fern",), authorships=[
            details("Ada", "Fern", ["s2 7"])]),
        record("c", "Tides", feed="gamma", authors=("Ben Reed", "Ada Fern"), authorships=[
            details("Ben", "Reed", ["s2 8"]), details("Ada", "Fern", ["s2 7"])]),
    ]  # fmt: skip
    rows = people(spark, dict.fromkeys("abc", "p1"), given)
    assert pick(rows, "author_ids", "family") == [([], None), ([], None)]


def test_of_records_under_one_id_of_a_feed_the_last_counts(spark: SparkSession) -> None:
    first = record("a", "Tides", native_id="1", authors=("Ada Fern",), authorships=[
        details("Ada", "Fern", ["s2 1"])])  # fmt: skip
    last = record("b", "Tides", native_id="1", authors=("Ada Fern",), shown_on=date(2024, 6, 1),
                  authorships=[details("Ada", "Fern", ["s2 2"])])  # fmt: skip
    (row,) = people(spark, {"a": "p1", "b": "p1"}, [first, last])
    assert (row["record_id"], row["author_ids"]) == ("b", [{"scheme": "s2", "id": "2"}])


def test_an_orcid_of_another_record_is_taken(spark: SparkSession) -> None:
    given = [
        record("a", "Tides", authors=("Ada Fern",)),
        {
            **record("b", "Tides", feed="beta"),
            "authors": [("A. Fern", "0000-0002-1825-0097", None)],
        },
    ]
    (row,) = people(spark, {"a": "p1", "b": "p1"}, given)
    assert row["orcid"] == "0000-0002-1825-0097"


def test_no_author_is_lost_and_order_of_rows_does_not_matter(spark: SparkSession) -> None:
    given = [
        record(
            f"r{n}",
            f"Tides {n % 5}",
            feed=("alpha", "beta", "gamma")[n % 3],
            authors=[f"Ada Fern{k}" for k in range(n % 4)],
            authorships=[details(family=f"Fern{k}", ids=[f"s2 {n}"]) for k in range(n % 4)],
        )
        for n in range(40)
    ]
    paper_of = {f"r{n}": f"p{n % 5}" for n in range(40)}
    rows = people(spark, paper_of, given)
    assert rows == people(spark, paper_of, given[::-1], partitions=3)
    made = frames(spark, paper_of, given)[2]
    counts = made.select("paper_id", F.size("authors").alias("n")).collect()
    by_paper = {row["paper_id"]: row["n"] for row in counts if row["n"] > 0}
    assert by_paper == {paper: sum(row["paper_id"] == paper for row in rows) for paper in by_paper}
    assert len(rows) == sum(by_paper.values())
