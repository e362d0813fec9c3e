"""Requirements of identity: what joins records, what keeps them apart, and ids that stay."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from jobs.identity import Known, identify
from jobs.params import IdentitySettings
from jobs.tables.silver import (
    DECISIONS,
    HOT_BLOCKS,
    IDENTITY,
    IDENTITY_EDGES,
    PAPER_FORWARDS,
    SIGNATURES,
)
from tests.jobs.records import Fields, frame, identities, record, records

SETTINGS = IdentitySettings()
TITLE = "Sorting pebbles with patient machines"
WORDS = [f"{first}{last}" for first in ("ka", "lo", "mi", "tu", "ze", "ra") for last in
         ("bor", "dan", "fel", "gim", "hos", "jur", "nak", "pov", "sik", "wex")]  # fmt: skip


def minted(record_id: str) -> str:
    return "p" + hashlib.sha256(record_id.encode()).hexdigest()[:20]


def known_of(spark: SparkSession, known: Iterable[Fields] = ()) -> Known:
    none = (SIGNATURES, HOT_BLOCKS, IDENTITY_EDGES, PAPER_FORWARDS, DECISIONS)
    return Known(identities(spark, *known), *(frame(spark, table, ()) for table in none))


def identified(
    spark: SparkSession,
    rows: Iterable[Fields],
    known: Iterable[Fields] = (),
    settings: IdentitySettings = SETTINGS,
) -> dict[str, Row]:
    """Rows of the output by record_id."""
    out = identify(records(spark, *rows), known_of(spark, known), settings)[IDENTITY]
    found = out.collect()
    spark.catalog.clearCache()
    by_record = {row["record_id"]: row for row in found}
    assert len(by_record) == len(found)
    return by_record


def clusters(found: dict[str, Row]) -> set[frozenset[str]]:
    papers = defaultdict(set)
    for record_id, row in found.items():
        papers[row["paper_id"]].add(record_id)
    return {frozenset(paper) for paper in papers.values()}


def sets(*papers: str) -> set[frozenset[str]]:
    """`sets("ab", "c")` are the papers {a, b} and {c}."""
    return {frozenset(paper) for paper in papers}


def as_known(found: dict[str, Row]) -> list[Fields]:
    return [{**row.asDict(), "run": "earlier"} for row in found.values()]


def rows(found: DataFrame) -> list[Row]:
    return sorted(found.collect())


def abstract(*, changed: int = 0) -> str:
    """Sixty words, the last `changed` of which are others."""
    return " ".join(WORDS[: 60 - changed] + [f"{word}q" for word in WORDS[60 - changed :]])


def test_equal_ids_join_and_say_so(spark: SparkSession) -> None:
    values = {
        "arxiv_id": "2401.00001",
        "doi": "10.1234/pebbles",
        "acl_id": "P18-1001",
        "pmid": "123456",
        "openalex_id": "W12345",
        "s2_id": "abcdef",
    }
    pairs = [
        (
            record(f"{scheme} 1", word, **{scheme: value}),
            record(f"{scheme} 2", word, **{scheme: value}),
        )
        for (scheme, value), word in zip(values.items(), WORDS, strict=False)
    ]
    found = identified(spark, [row for pair in pairs for row in pair])
    for scheme, value in values.items():
        first, second = f"{scheme} 1", f"{scheme} 2"
        assert found[first].asDict() == {
            "record_id": first, "paper_id": minted(first), "rule": "first", "score": 1.0,
            "evidence": None, "joined_to": None, "previous_paper_id": None, "component": first,
        }  # fmt: skip
        assert found[second].asDict() == {
            "record_id": second, "paper_id": minted(first), "rule": scheme, "score": 1.0,
            "evidence": json.dumps({scheme: value}, separators=(",", ":")), "joined_to": first,
            "previous_paper_id": None, "component": first,
        }  # fmt: skip


def test_records_that_nothing_joins_are_papers_of_their_own(spark: SparkSession) -> None:
    found = identified(spark, [record("a", TITLE), record("b", "A theory of folded umbrellas")])
    assert {row["paper_id"] for row in found.values()} == {minted("a"), minted("b")}


def test_no_records_give_no_rows(spark: SparkSession) -> None:
    assert identified(spark, []) == {}


def test_equal_doi_with_other_title_does_not_join(spark: SparkSession) -> None:
    found = identified(
        spark,
        [
            record("a", "Abstracts of the 12th meeting: fever", doi="10.1/x"),
            record("b", "Abstracts of the 12th meeting: burns", doi="10.1/x"),
            record("c", "On the growth of ferns", doi="10.1/x", authors=["Ada Fern"]),
            record("d", "Volcanic dust at sea", doi="10.1/x", authors=["Ada Fern"]),
        ],
    )
    assert clusters(found) == sets("a", "b", "c", "d")


def test_equal_doi_joins_titles_that_differ_by_subtitle_or_spelling(spark: SparkSession) -> None:
    found = identified(
        spark,
        [
            record("a", "Ferns", doi="10.1/x"),
            record("b", "Ferns: growth and decline on northern slopes", doi="10.1/x"),
            record("c", "Semi-structured dust in practice", doi="10.1/y"),
            record("d", "Semistructured dust in practise", doi="10.1/y"),
        ],
    )
    assert clusters(found) == sets("ab", "cd")


def test_better_scheme_that_differs_forbids_a_join_by_a_weaker_one(spark: SparkSession) -> None:
    found = identified(
        spark,
        [
            record("a", TITLE, doi="10.1/x", arxiv_id="2401.00001"),
            record("b", TITLE, doi="10.1/x", arxiv_id="2401.00002"),
            record("c", "Dust at sea", s2_id="s", doi="10.1/y"),
            record("d", "Dust at sea", s2_id="s", doi="10.1/z"),
            # A preprint may have been published in two places.
            record("e", "Folded umbrellas", arxiv_id="2401.00003", doi="10.1/e"),
            record("f", "Folded umbrellas", arxiv_id="2401.00003", doi="10.1/f"),
        ],
    )
    assert clusters(found) == sets("a", "b", "c", "d", "ef")


def test_different_ids_of_a_scheme_forbid_joins_by_title_and_text(spark: SparkSession) -> None:
    by = {"authors": ["Ada Fern"]}
    found = identified(
        spark,
        [
            record("a", TITLE, doi="10.1/x", **by),
            record("b", TITLE, doi="10.1/y", **by),
            # The DOI of the preprint stands beside the publisher's.
            record("c", TITLE, doi="10.48550/arxiv.2401.00001", **by),
            record("d", "Dust", doi="10.1/z", abstract=abstract()),
            record("e", "Dust", doi="10.1/w", abstract=abstract()),
        ],
    )
    assert clusters(found) == sets("ac", "b", "d", "e")


# How the second record differs from the first, and whether the two join; in texts X is a word and Y
# a surname of the pair's own.
LIKE_TITLES: list[tuple[Fields, bool]] = [
    ({"title": "SORTING X — with patient machines."}, True),
    ({"authors": ["Y, A.", "Zoe Oak"]}, True),
    ({"authors": ["Y AB"]}, True),
    ({"authors": ["Bea Elm"]}, False),
    ({"authors": [], "year": 2021}, False),
    ({"title": "Sorting X with patient machines (poster)"}, True),
    ({"title": "Sorting X with patient mashines"}, True),
    ({"title": "Sorting X with anxious machines"}, False),
    ({"title": "Sorting X with patient machines 2"}, False),
    ({"title": "Sorting X with patient machines, II"}, False),
    ({"year": 2021, "venue": None}, True),
    ({"year": 2022, "venue": None}, False),
    ({"year": 2021, "venue": "Journal of Pebbles"}, False),
    ({"year": 2021, "venue": "arXiv.org"}, True),
    ({"year": None}, True),
]


def test_like_titles_join_with_a_surname_and_years_that_agree(spark: SparkSession) -> None:
    given = []
    for number, (other, _) in enumerate(LIKE_TITLES):
        # Words from afar, so that no pair is like another one.
        word, surname = WORDS[number], WORDS[59 - number].capitalize()
        one = {"title": "Sorting X with patient machines", "authors": ["Ada Y"], "year": 2020}
        for which, fields in (("a", one), ("b", {**one, **other})):
            told = {"venue": "Pebbles Conference", **fields}
            told["title"] = told["title"].replace("X", word)
            told["authors"] = [name.replace("Y", surname) for name in told["authors"]]
            given.append(record(f"{number:02}{which}", **told))
    found = identified(spark, given)
    pairs = [(f"{number:02}a", f"{number:02}b") for number in range(len(LIKE_TITLES))]
    joined = [found[a]["paper_id"] == found[b]["paper_id"] for a, b in pairs]
    assert joined == [joins for _, joins in LIKE_TITLES]
    assert len({row["paper_id"] for row in found.values()}) == len(found) - sum(joined)
    for (_, b), number in zip(pairs, range(len(pairs)), strict=True):
        if joined[number]:
            assert found[b]["rule"] == "title"
            assert json.loads(found[b]["evidence"])["surnames"] == [WORDS[59 - number]]
            assert SETTINGS.title_pieces <= found[b]["score"] <= 1


def test_without_authors_only_a_long_title_with_its_year_joins(spark: SparkSession) -> None:
    heading, long = "Introduction to the special issue", f"{TITLE} in seven easy lessons"
    found = identified(
        spark,
        [
            record("a", heading, year=2020),
            record("b", heading, year=2020),
            record("c", heading),
            record("d", heading),
            record("e", long, year=2020),
            record("f", long, year=2021),
            record("g", long),
            record("h", long, year=2023),
        ],
    )
    assert clusters(found) == sets("a", "b", "c", "d", "ef", "g", "h")
    assert json.loads(found["f"]["evidence"]) == {"title": 1.0, "surnames": [], "years_apart": 1}


def test_headings_of_two_words_join_nothing(spark: SparkSession) -> None:
    editorials = [record(i, "Guest editorial", authors=["Ada Fern"], year=2020) for i in "ab"]
    assert clusters(identified(spark, editorials)) == sets("a", "b")


def test_one_feeds_own_id_joins_corrections_and_no_other_work(
    spark: SparkSession,
) -> None:
    given = [
        record("a", "Sorting pebbles by weight", native_id="1"),
        record("b", "Sorting of small pebbles by weight", native_id="1"),  # corrected
        record("c", None, native_id="1", withdrawn_as="deleted"),
        record("d", "On the colour of feathers", native_id="1"),  # an id given twice
        record("e", "Sorting pebbles by weight", native_id="1", feed="beta"),
        record("f", "On the colour of feathers"),
    ]
    found = identified(spark, given)
    assert clusters(found) == sets("ab", "c", "d", "e", "f")
    assert (found["b"]["rule"], json.loads(found["b"]["evidence"])) == (
        "native_id", {"native_id": "1"},
    )  # fmt: skip


def test_near_duplicate_texts_join_with_their_jaccard(spark: SparkSession) -> None:
    given = [
        record("a", "Pebbles", abstract=abstract()),
        record("b", "Pebbles", abstract=abstract(changed=5)),
        record("c", "Pebbles", abstract=abstract(changed=30)),
    ]
    found = identified(spark, given)
    assert clusters(found) == sets("ab", "c")
    # Sixty pairs each, with the title's word; of five words changed at the end five are others.
    assert (found["b"]["rule"], found["b"]["joined_to"]) == ("near duplicate", "a")
    assert found["b"]["score"] == pytest.approx(55 / 65, abs=1e-6)
    assert json.loads(found["b"]["evidence"]) == {"jaccard": 0.8462}


def test_short_texts_take_no_part_in_near_duplicates(spark: SparkSession) -> None:
    stock = "No abstract is given for this contribution to the meeting"
    given = [record("a", "Ferns", abstract=stock), record("b", "Ferns", abstract=stock)]
    assert clusters(identified(spark, given)) == sets("a", "b")


def test_chain_of_joins_never_brings_two_ids_of_a_scheme_together(spark: SparkSession) -> None:
    # a – b by DOI, b – c by OpenAlex id, c – d by s2: but a and d are two papers of arXiv.
    chain = [
        record("a", TITLE, arxiv_id="2401.00001", doi="10.1/x"),
        record("b", TITLE, doi="10.1/x", openalex_id="W1"),
        record("c", TITLE, openalex_id="W1", s2_id="s"),
        record("d", TITLE, arxiv_id="2401.00002", s2_id="s"),
    ]
    # The weakest of the joins is the one that is refused.
    assert clusters(identified(spark, chain)) == sets("abc", "d")


def test_strongest_evidence_is_what_is_told(spark: SparkSession) -> None:
    both: dict[str, Any] = {
        "arxiv_id": "2401.00001",
        "doi": "10.1/x",
        "authors": ["Ada Fern"],
        "year": 2020,
    }
    given = [record(i, TITLE, abstract=abstract(), **both) for i in "ab"]
    assert identified(spark, given)["b"]["rule"] == "arxiv_id"


def test_hot_block_is_joined_without_comparing_all_with_all(spark: SparkSession) -> None:
    many = [record(f"r{i:04}", TITLE, authors=["Ada Fern"], year=2020) for i in range(1500)]
    found = identified(spark, many)
    assert len(clusters(found)) == 1
    assert {row["joined_to"] for row in found.values()} <= {
        None,
        *(f"r{i:04}" for i in range(1500)),
    }


MIXED = [
    record("a", TITLE, arxiv_id="2401.00001", authors=["Ada Fern"], year=2020),
    record("b", TITLE, authors=["Ada Fern"], year=2020, doi="10.1/x"),
    record("c", TITLE, arxiv_id="2401.00002", authors=["Ada Fern"], year=2020, doi="10.1/x"),
    record("d", "Pebbles", abstract=abstract()),
    record("e", "Pebbles", abstract=abstract(changed=3)),
    record("f", "Pebbles", abstract=abstract(changed=6), doi="10.1/z"),
    record("g", "Dust", pmid="7"),
    record("h", "Dust", pmid="7", openalex_id="W1"),
    record("i", "Dust", openalex_id="W1"),
    record("j", "A theory of folded umbrellas"),
]


def test_order_and_partitions_do_not_matter(spark: SparkSession) -> None:
    none = known_of(spark)
    given = rows(identify(records(spark, *MIXED).coalesce(1), none, SETTINGS)[IDENTITY])
    again = records(spark, *reversed(MIXED)).repartition(5)
    other = rows(identify(again, none, SETTINGS)[IDENTITY])
    spark.catalog.clearCache()
    assert given == other


def test_clusters_in_one_task_and_by_components_are_the_same(spark: SparkSession) -> None:
    parted = SETTINGS.model_copy(update={"local_edges": 1})
    assert identified(spark, MIXED) == identified(spark, MIXED, settings=parted)


def test_second_run_changes_nothing(spark: SparkSession) -> None:
    first = identified(spark, MIXED)
    assert identified(spark, MIXED, as_known(first)) == first


def test_new_records_join_known_papers_and_leave_their_rows(spark: SparkSession) -> None:
    before = identified(spark, [MIXED[1], MIXED[4], MIXED[7]])
    after = identified(spark, MIXED, as_known(before))
    assert {i: after[i] for i in before} == before
    # A smaller record_id that comes later does not become the first.
    assert after["d"]["paper_id"] == before["e"]["paper_id"] == minted("e")
    assert (after["c"]["rule"], after["c"]["joined_to"]) == ("doi", "b")
    # The DOI is the stronger evidence, and a bears another arXiv id than what it joined.
    assert after["a"]["paper_id"] == minted("a")
    assert after["g"]["paper_id"] == after["i"]["paper_id"] == minted("h")


def test_merge_of_known_papers_keeps_the_least_id_and_records_the_other(
    spark: SparkSession,
) -> None:
    old = [
        record("a", TITLE, doi="10.1/x"),
        record("b", TITLE, doi="10.1/x", pmid="7"),
        record("c", "Dust at sea", arxiv_id="2401.00001"),
        record("d", "Dust at sea", arxiv_id="2401.00001", s2_id="s"),
    ]
    before = identified(spark, old)
    kept, gone = sorted((minted("a"), minted("c")))
    stay, move = ("ab", "cd") if kept == minted("a") else ("cd", "ab")
    bridge = record("z", TITLE, pmid="7", s2_id="s")
    after = identified(spark, [*old, bridge], as_known(before))
    assert clusters(after) == sets("abcdz")
    assert {row["paper_id"] for row in after.values()} == {kept}
    assert {i: after[i] for i in stay} == {i: before[i] for i in stay}
    assert {after[i]["previous_paper_id"] for i in move} == {gone}
    assert after["z"]["previous_paper_id"] is None
    # Each record but the first is still explained, also those that the merge moved.
    assert [i for i in after if after[i]["rule"] == "first"] == [stay[0]]
    assert after[move[1]]["joined_to"] == "z"
    assert (after[move[0]]["joined_to"], after[move[0]]["rule"]) == (
        move[1],
        before[move[1]]["rule"],
    )
    assert identified(spark, [*old, bridge], as_known(after)) == after


def test_known_paper_is_kept_whatever_the_rules_say_now(spark: SparkSession) -> None:
    told = {"paper_id": "p1", "rule": "title", "score": 0.9, "evidence": "{}",
            "joined_to": "a", "component": "a"}  # fmt: skip
    known: list[Fields] = [
        {"record_id": "a", "paper_id": "p1", "component": "a"},
        {"record_id": "b", **told},
    ]
    given = [
        record("a", "Dust"),
        record("b", "Ferns", doi="10.1/x"),
        record("c", "Ferns", doi="10.1/x"),
    ]
    found = identified(spark, given, known)
    assert found["b"].asDict() == {"record_id": "b", "previous_paper_id": None, **told}
    assert (found["c"]["paper_id"], found["c"]["joined_to"]) == ("p1", "b")
