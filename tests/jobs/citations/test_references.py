"""Requirements of references: what each paper cites, in which order, and what of it is held."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date
from typing import Any

from pyspark.sql import SparkSession

from jobs.citations.references import references
from jobs.feeds.tools.cited import READERS
from jobs.identity.scoring import SCHEMES
from jobs.tables.silver import REFERENCES
from tests.jobs.records import Fields, identities, record, records

Rows = list[tuple[Any, ...]]
"""paper_id, position, scheme, id, text, cited_paper_id."""


def by(*ids: str) -> tuple[Any, ...]:
    """A reference by ids that are told as `doi 10.1/a`."""
    return ([tuple(told.split(" ")) for told in ids], None)


def words(text: str) -> tuple[Any, ...]:
    return ([], text)


def found(
    spark: SparkSession, paper_of: dict[str, str], given: Iterable[Fields], partitions: int = 1
) -> Rows:
    known = identities(spark, *({"record_id": r, "paper_id": p} for r, p in paper_of.items()))
    told = references(records(spark, *given).repartition(partitions), known)
    return sorted(tuple(row) for row in REFERENCES.conform(told).collect())


def test_the_schemes_of_references_are_those_of_identity() -> None:
    assert tuple(READERS) == SCHEMES


def test_references_stand_in_their_order_and_lead_to_what_is_held(spark: SparkSession) -> None:
    list_of_a = [by("doi 10.1/gone"), words("Fern, 1990, Silt"), by("pmid 7", "s2_id 9"), by("doi 10.1/c")]  # fmt: skip
    given = (
        record("a", "Tides", doi="10.1/a", cited=list_of_a),
        record("b", "Silt", s2_id="9"),
        record("c", "Dust", doi="10.1/c", cited=[]),
        record("d", "Reed"),
    )
    assert found(spark, dict(zip("abcd", ("p1", "p2", "p3", "p4"), strict=True)), given) == [
        ("p1", 1, "doi", "10.1/gone", None, None),
        ("p1", 2, None, None, "Fern, 1990, Silt", None),
        ("p1", 3, "s2_id", "9", None, "p2"),
        ("p1", 4, "doi", "10.1/c", None, "p3"),
    ]


def test_no_paper_cites_itself_and_a_work_stands_once(spark: SparkSession) -> None:
    own = [by("doi 10.1/a"), by("doi 10.1/b"), by("doi 10.1/x"), by("doi 10.1/x"), by("pmid 5")]
    given = (
        record("a", "Tides", doi="10.1/a"),
        record("again", "Tides", cited=own),
        record("b", "Silt", doi="10.1/b", pmid="5"),
    )
    assert found(spark, {"a": "p1", "again": "p1", "b": "p2"}, given) == [
        ("p1", 1, "doi", "10.1/b", None, "p2"),
        ("p1", 2, "doi", "10.1/x", None, None),
    ]


def test_another_record_adds_only_held_works_that_the_list_does_not_lead_to(
    spark: SparkSession,
) -> None:
    long = [by("doi 10.1/b"), by("doi 10.1/gone"), words("Fern, 1990")]
    short = [by("openalex_id W8"), by("openalex_id W2"), by("openalex_id W3")]
    given = (
        record("a", "Tides", feed="one", cited=short[:2]),
        record("a2", "Tides", feed="two", cited=long),
        record("b", "Silt", doi="10.1/b", openalex_id="W2"),
        record("c", "Reed", openalex_id="W3"),
        record("a3", "Tides", feed="three", cited=short[1:2] + short[2:]),
    )
    paper_of = {"a": "p1", "a2": "p1", "a3": "p1", "b": "p2", "c": "p3"}
    assert found(spark, paper_of, given) == [
        # Of two lists as long by their ids that with more in words goes first.
        ("p1", 1, "doi", "10.1/b", None, "p2"),
        ("p1", 2, "doi", "10.1/gone", None, None),
        ("p1", 3, None, None, "Fern, 1990", None),
        ("p1", 4, "openalex_id", "W3", None, "p3"),
    ]


def test_of_deliveries_under_one_id_the_last_counts(spark: SparkSession) -> None:
    once = record("a", "Tides", native_id="n", cited=[by("doi 10.1/b"), by("doi 10.1/gone")])
    later = record(
        "a2", "Tides", native_id="n", shown_on=date(2024, 6, 1), cited=[by("doi 10.1/c")]
    )
    without = record("a3", "Tides", native_id="n", shown_on=date(2024, 7, 1))
    held = (record("b", "Silt", doi="10.1/b"), record("c", "Reed", doi="10.1/c"))
    paper_of = {"a": "p1", "a2": "p1", "a3": "p1", "b": "p2", "c": "p3"}
    assert found(spark, paper_of, (once, later, without, *held)) == [
        ("p1", 1, "doi", "10.1/c", None, "p3")
    ]


def test_of_several_papers_with_one_id_the_least_is_cited(spark: SparkSession) -> None:
    given = (
        record("a", "Tides", cited=[by("doi 10.1/b")]),
        record("b", "Silt", doi="10.1/b"),
        record("b2", "Another", doi="10.1/b"),
    )
    paper_of = {"a": "p9", "b": "p2", "b2": "p1"}
    assert found(spark, paper_of, given) == [("p9", 1, "doi", "10.1/b", None, "p1")]


def test_without_references_there_are_none(spark: SparkSession) -> None:
    assert found(spark, {"a": "p1"}, [record("a", "Tides", doi="10.1/a")]) == []


def _plain(paper_of: dict[str, str], given: list[dict[str, Any]]) -> Rows:
    """The same by loops over dicts."""
    papers_with: dict[Any, set[str]] = {}
    for row in given:
        for scheme in SCHEMES:
            if row.get(scheme):
                papers_with.setdefault((scheme, row[scheme]), set()).add(paper_of[row["record_id"]])
    rows: Rows = []
    for paper in sorted(set(paper_of.values())):
        own = [row for row in given if paper_of[row["record_id"]] == paper and row["cited"]]
        own.sort(key=lambda row: (-sum(bool(ids) for ids, _ in row["cited"]), -len(row["cited"]),
                                  row["record_id"]))  # fmt: skip
        seen: set[Any] = set()
        for turn, row in enumerate(own):
            for place, (ids, text) in enumerate(row["cited"]):
                held = [(min(papers_with[told]), *told) for told in ids if told in papers_with]
                unheld = [(None, *told) for told in ids]
                cited, scheme, own_id = [*held, *unheld, (None, None, None)][0]
                of = cited or (own_id and f"{scheme}:{own_id}") or f"{turn} {place}"
                if cited == paper or of in seen or (turn and not cited):
                    continue
                seen.add(of)
                position = sum(row[0] == paper for row in rows) + 1
                rows.append((paper, position, scheme, own_id, text, cited))
    return sorted(rows)


def test_any_lists_are_those_of_plain_loops_in_any_order_of_rows(spark: SparkSession) -> None:
    draw = random.Random(7)
    given: list[dict[str, Any]] = []
    for number in range(80):
        pool = [f"{scheme} {draw.randrange(12)}" for scheme in SCHEMES]
        cited = [
            words(f"work {draw.randrange(9)}")
            if draw.random() < 0.2
            else by(*sorted(draw.sample(pool, draw.randint(1, 2)), key=pool.index))
            for _ in range(draw.choice((0, 0, 3, 12)))
        ]
        ids = dict(told.split(" ") for told in draw.sample(pool, 2))
        given.append({**record(f"r{number:02}", "Tides", cited=cited, **ids)})
    paper_of = {row["record_id"]: f"p{draw.randrange(40):02}" for row in given}
    expected = _plain(paper_of, given)
    assert len(expected) > 80
    assert sum(row[5] is not None for row in expected) > 50
    assert found(spark, paper_of, given) == expected
    draw.shuffle(given)
    assert found(spark, paper_of, given, partitions=5) == expected
