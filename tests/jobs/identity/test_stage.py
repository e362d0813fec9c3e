"""Requirements of identity: what joins records, what keeps them apart, and ids that stay."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.identity.stage import Known, identify
from jobs.params import IdentitySettings
from jobs.tables.core import Table
from jobs.tables.silver import (
    DECISIONS,
    HOT_BLOCKS,
    IDENTITY,
    IDENTITY_EDGES,
    PAPER_FORWARDS,
    SIGNATURES,
)
from tests.jobs.records import Fields, frame, record, records

SETTINGS = IdentitySettings()
# For a few rows one partition and a plan that stands are a third of the jobs.
PLAIN = {"spark.sql.adaptive.enabled": "false", "spark.sql.shuffle.partitions": "1"}
TITLE = "Sorting pebbles with patient machines"
WORDS = [f"{first}{last}" for first in ("ka", "lo", "mi", "tu", "ze", "ra") for last in
         ("bor", "dan", "fel", "gim", "hos", "jur", "nak", "pov", "sik", "wex")]  # fmt: skip


def minted(record_id: str) -> str:
    return "p" + hashlib.sha256(record_id.encode()).hexdigest()[:20]


@pytest.fixture(autouse=True)
def plain(spark: SparkSession) -> Iterator[None]:
    before = {key: str(spark.conf.get(key)) for key in PLAIN}
    for key, value in PLAIN.items():
        spark.conf.set(key, value)
    yield
    for key, value in before.items():
        spark.conf.set(key, value)


@dataclass
class Warehouse:
    """The tables of identity as runs leave them: rows by key, merged as a publication does."""

    spark: SparkSession
    settings: IdentitySettings = SETTINGS
    given: list[Fields] = field(default_factory=list)
    tables: dict[Table, dict[tuple[Any, ...], Fields]] = field(default_factory=dict)

    def run(self, *new: Fields, parts: int = 2) -> dict[str, Row]:
        """One run with some new records; the rows of silver.identity by record."""
        self.given += new
        given = records(self.spark, *self.given).repartition(parts)
        names = (IDENTITY, SIGNATURES, HOT_BLOCKS, IDENTITY_EDGES, PAPER_FORWARDS, DECISIONS)
        known = Known(*(frame(self.spark, name, self.rows(name).values()) for name in names))
        for table, found in identify(given, known, self.settings).items():
            rows = [row.asDict() for row in found.collect()]
            keyed = {tuple(row[name] for name in table.key): row for row in rows}
            assert len(keyed) == len(rows), table.name
            before = {} if table == PAPER_FORWARDS else self.rows(table)
            assert table != SIGNATURES or not before.keys() & keyed.keys()
            self.tables[table] = {**before, **keyed}
        self.spark.catalog.clearCache()
        return {key[0]: Row(**row) for key, row in self.rows(IDENTITY).items()}

    def rows(self, table: Table) -> Mapping[tuple[Any, ...], Fields]:
        return self.tables.get(table, {})

    def decide(self, a: str, b: str, kind: str) -> None:
        row = {"a": a, "b": b, "kind": kind, "decided_by": "ada"}
        self.tables[DECISIONS] = {**self.rows(DECISIONS), (a, b): row}

    def edge(self, a: str, b: str) -> tuple[str, str | None]:
        row = self.rows(IDENTITY_EDGES)[a, b]
        return row["verdict"], row["reason"]

    def forwards(self) -> set[tuple[str, str, str]]:
        return {(*key, row["kind"]) for key, row in self.rows(PAPER_FORWARDS).items()}


def identified(spark: SparkSession, rows: Iterable[Fields]) -> dict[str, Row]:
    """Rows of silver.identity of a first run, by record."""
    return Warehouse(spark).run(*rows)


def clusters(found: dict[str, Row]) -> set[frozenset[str]]:
    papers = defaultdict(set)
    for record_id, row in found.items():
        papers[row["paper_id"]].add(record_id)
    return {frozenset(paper) for paper in papers.values()}


def sets(*papers: Iterable[str]) -> set[frozenset[str]]:
    """`sets("ab", "c")` are the papers {a, b} and {c}."""
    return {frozenset(paper) for paper in papers}


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
            "evidence": json.dumps({"title": 1.0, scheme: value}, separators=(",", ":")), "joined_to": first,
            "previous_paper_id": None, "component": first,
        }  # fmt: skip


def test_no_records_give_no_rows(spark: SparkSession) -> None:
    assert identified(spark, []) == {}


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
    record("j", "A theory of folded umbrellas", native_id="1", feed="beta"),
    record("k", "A theory of folded umbrellas", native_id="1", feed="beta"),
    record("l", "A theory of folded umbrellas", native_id="1", feed="beta"),
    record("m", "Editorial"),
    record("n", "Editorial"),
]
PAPERS = sets("bc", "a", "def", "ghi", "jkl", "m", "n")


def test_the_same_whatever_the_order_the_parts_and_the_batches(spark: SparkSession) -> None:
    whole = Warehouse(spark)
    found = whole.run(*MIXED)
    assert clusters(found) == PAPERS
    assert whole.run() == found  # a replay changes nothing
    other = Warehouse(spark, SETTINGS.model_copy(update={"local_edges": 1}))
    assert other.run(*reversed(MIXED), parts=5) == found
    assert other.rows(IDENTITY_EDGES) == whole.rows(IDENTITY_EDGES)
    batches = Warehouse(spark)
    for place in range(0, len(MIXED), 5):
        seen = batches.run(*MIXED[::-1][place : place + 5])
    assert clusters(seen) == PAPERS
    assert {e: batches.edge(*e) for e in batches.rows(IDENTITY_EDGES)} == {
        e: whole.edge(*e) for e in whole.rows(IDENTITY_EDGES)
    }
    signatures = whole.rows(SIGNATURES).keys() - batches.rows(SIGNATURES).keys()
    assert {record_id for record_id, _ in signatures} <= set("jkl")  # who of the equals leads


@pytest.mark.parametrize(("probe_records", "is_sent"), [(1, False), (100, True)])
def test_what_many_new_records_touch_goes_whole_to_no_executor(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, probe_records: int, is_sent: bool
) -> None:
    """And comes to the same."""
    warehouse = Warehouse(spark, SETTINGS.model_copy(update={"probe_records": probe_records}))
    warehouse.run(*MIXED[::2])
    sent: list[list[str]] = []

    def send(frame: DataFrame) -> DataFrame:
        sent.append(frame.columns)
        return frame

    monkeypatch.setattr(F, "broadcast", send)
    assert clusters(warehouse.run(*MIXED[1::2])) == PAPERS
    assert (["component"] in sent) == is_sent


def test_one_new_record_touches_what_it_joins_and_nothing_else(spark: SparkSession) -> None:
    warehouse = Warehouse(spark)
    before = warehouse.run(*MIXED)
    warehouse.tables[IDENTITY] = {
        key: {**row, "run": "earlier"} for key, row in warehouse.rows(IDENTITY).items()
    }
    after = warehouse.run(record("D", "Pebbles", abstract=abstract(changed=2)))
    fresh = {key[0] for key, row in warehouse.rows(IDENTITY).items() if "run" not in row}
    assert fresh == set("Ddef")
    # A lesser record_id that comes later does not become the first.
    assert after["D"]["paper_id"] == before["d"]["paper_id"] == minted("d")
    assert after["d"]["rule"] == "first"


def test_a_late_bridge_merges_papers_and_leaves_a_forwarding_row(spark: SparkSession) -> None:
    warehouse = Warehouse(spark)
    warehouse.run(
        record("a", TITLE, doi="10.1/x"),
        record("b", TITLE, doi="10.1/x", pmid="7"),
        record("c", TITLE.upper(), arxiv_id="2401.00001", authors=["Ada Fern"], year=1990,
               venue="Tides"),
        record("d", TITLE.upper(), arxiv_id="2401.00001", s2_id="s"),
    )  # fmt: skip
    old = clusters(warehouse.run())
    bridge = record("z", TITLE, pmid="7", s2_id="s")
    after = warehouse.run(bridge)
    assert len(clusters(after)) == 1 <= len(old)
    gone = {minted(min(paper)) for paper in old} - {after["a"]["paper_id"]}
    assert warehouse.forwards() == {(old, after["a"]["paper_id"], "merge") for old in gone}
    assert {row["previous_paper_id"] for row in after.values()} - {None} == gone
    assert [i for i in after if after[i]["rule"] == "first"] == [
        i for i in after if minted(i) == after["a"]["paper_id"]
    ]
    assert warehouse.run() == after


def test_decisions_are_respected_by_every_later_run(spark: SparkSession) -> None:
    warehouse = Warehouse(spark)
    first = warehouse.run(
        record("a", TITLE), record("b", TITLE), record("c", "Dust at sea"), record("d", TITLE)
    )
    assert clusters(first) == sets("abd", "c")
    for a, b in ("ab", "bd"):
        warehouse.decide(a, b, "split")
    warehouse.decide("b", "c", "join")
    found = warehouse.run()
    assert clusters(found) == sets("ad", "bc")
    assert warehouse.edge("a", "b") == ("apart", "decision")
    assert warehouse.edge("b", "c") == ("joined", None)
    assert (minted("a"), found["b"]["paper_id"], "split") in warehouse.forwards()
    assert clusters(warehouse.run(record("e", "Dust at sea", year=2020))) == sets("ad", "bc", "e")
    warehouse.decide("b", "c", "none")
    for a, b in ("ab", "bd"):
        warehouse.decide(a, b, "none")
    again = warehouse.run()
    assert clusters(again) == sets("abd", "c", "e")
    assert again["a"]["paper_id"] == minted("a")
    # The papers that were split off are no more, and lead back.
    assert all(row["paper_id"] in {minted(i) for i in "ace"} for row in again.values())


def test_a_decision_on_records_that_are_not_there_is_no_error(spark: SparkSession) -> None:
    warehouse = Warehouse(spark)
    warehouse.decide("a", "nowhere", "join")
    assert clusters(warehouse.run(record("a", TITLE))) == sets("a")


def test_a_hot_block_is_told_and_not_compared(spark: SparkSession) -> None:
    few = SETTINGS.model_copy(update={"block_records": 5})
    same = [
        record(f"r{i}", TITLE, authors=[f"Ada {WORDS[i]}"], year=1900 + 7 * i) for i in range(8)
    ]
    twin = record("t", TITLE, authors=[f"Ada {WORDS[3]}"], year=1921, pages="7")
    whole = Warehouse(spark, few)
    found = whole.run(*same, twin)
    assert clusters(found) == sets(*([f"r{i}"] for i in range(8) if i != 3), ["r3", "t"])
    hot = {(row["kind"], row["records"], row["title"]) for row in whole.rows(HOT_BLOCKS).values()}
    assert ("title", 9, TITLE) in hot
    # In batches the block is not hot at first, and what it joined then does not stay.
    batches = Warehouse(spark, few)
    for begin in range(0, 9, 3):
        seen = batches.run(*[*same, twin][begin : begin + 3])
    assert clusters(seen) == clusters(found)
    assert batches.rows(HOT_BLOCKS).keys() == whole.rows(HOT_BLOCKS).keys()
    assert {row["records"] for row in batches.rows(HOT_BLOCKS).values()} == {9}


def test_a_title_that_goes_hot_lets_go_of_what_it_joined(spark: SparkSession) -> None:
    few = SETTINGS.model_copy(update={"block_records": 3})
    same = [record(f"r{i}", TITLE, pages=f"{i + 1}") for i in range(5)]
    batches = Warehouse(spark, few)
    assert clusters(batches.run(*same[:3])) == sets(["r0", "r1", "r2"])
    found = batches.run(*same[3:])
    assert clusters(found) == clusters(Warehouse(spark, few).run(*same))
    assert batches.edge("r0", "r1") == ("apart", "hot block")
    assert {kind for _, _, kind in batches.forwards()} <= {"split"}


def test_what_is_delivered_every_day_costs_a_pair_a_day(spark: SparkSession) -> None:
    daily = [record(f"r{i:03}", TITLE, native_id="1", votes=i) for i in range(150)]
    warehouse = Warehouse(spark)
    assert len(clusters(warehouse.run(*daily))) == 1
    assert len(warehouse.rows(IDENTITY_EDGES)) == 149
    assert not warehouse.rows(HOT_BLOCKS)
