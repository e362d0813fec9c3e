"""Requirements of authorships: every author of every paper, with what its records say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.papers import papers
from jobs.params import PapersSettings
from jobs.people.authorships import authorships
from jobs.people.ror import NO_LIST, RorList
from jobs.tables.silver import AFFILIATIONS, AUTHORSHIPS, PAPERS
from tests.jobs.people.ror_rows import list_of, organization, ror_id
from tests.jobs.records import Fields, frame, identities, record, records

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
    spark: SparkSession,
    paper_of: dict[str, str],
    given: Iterable[Fields],
    partitions: int = 1,
    matched: Iterable[Fields] = (),
    ror: RorList = NO_LIST,
) -> list[dict[str, Any]]:
    """Rows of silver.authorships in order; lists of pairs as `scheme id`."""
    rows, known, made = frames(spark, paper_of, given)
    affiliations = frame(spark, AFFILIATIONS, matched)
    result = authorships(rows.repartition(partitions), known, made, affiliations, ror)
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
            "institution_ids": [{"scheme": "ror", "id": "0abc"}], "institutions_by": "id",
            "countries": ["NO"],
            "is_corresponding": True, "record_id": "a",
        },
        {
            "paper_id": "p1", "position": 2, "name": "Ben Reed", "given": "Ben", "family": "Reed",
            "orcid": None, "author_ids": [], "affiliations": [], "institution_ids": [],
            "institutions_by": None, "countries": [], "is_corresponding": None, "record_id": "a",
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


def test_ids_of_other_schemes_and_of_before_are_those_of_the_list(
    spark: SparkSession, tmp_path: Path
) -> None:
    ror = list_of(
        tmp_path,
        organization(1, "Silt Lab", ids=[("grid", "grid.1.2"), ("isni", "0000000123456789")]),
        organization(2, "Mud Lab", status="inactive", successors=[1], ids=[("wikidata", "Q2")]),
        organization(3, "Reed Lab", ids=[("grid", "grid.3.3")]),
        organization(4, "Reed Labs", ids=[("grid", "grid.3.3")]),
    )
    places = [
        ("grid", "grid.1.2", None, None), ("openalex", "I7", None, None),
        ("isni", "0000000123456789", None, None), ("wikidata", "Q2", None, None),
        ("ror", ror_id(2), None, None), ("grid", "grid.3.3", None, None),
    ]  # fmt: skip
    given = record("a", "Tides", authors=("x",), authorships=[details(institutions=places)])
    (row,) = people(spark, {"a": "p1"}, [given], ror=ror)
    ids = [(each["scheme"], each["id"]) for each in row["institution_ids"]]
    assert ids == [("ror", ror_id(1)), ("openalex", "I7"), ("grid", "grid.3.3")]
    assert row["institutions_by"] == "id"


def test_affiliations_tell_the_institutions_of_authors_without_ids(spark: SparkSession) -> None:
    def matched(text: str, place: int, number: int | None, country: str | None) -> Fields:
        own = ror_id(number) if number else None
        return {"affiliation": text, "place": place, "institution_id": own, "country": country}

    rows = [
        matched("Moss; Fern", 1, 2, "SE"), matched("Moss; Fern", 2, 1, "NO"),
        matched("Reed", 1, None, None), matched("Silt", 1, 1, "NO"),
    ]  # fmt: skip
    given = record(
        "a", "Tides", authors=("A", "B", "C", "D"),
        authorships=[
            details(affiliations=["Silt", "Moss; Fern"]),
            details(affiliations=["Silt"], countries=["DK"]),
            details(affiliations=["Silt"], institutions=[("openalex", "I7", None, None)]),
            details(affiliations=["Reed"]),
        ],
    )  # fmt: skip
    found = [
        ([each["id"] for each in row["institution_ids"]], row["institutions_by"], row["countries"])
        for row in people(spark, {"a": "p1"}, [given], matched=rows)
    ]
    assert found == [
        ([ror_id(1), ror_id(2)], "affiliation", ["NO", "SE"]),
        ([ror_id(1)], "affiliation", ["DK"]),
        (["I7"], "id", []),
        ([], None, []),
    ]
