"""why, join and split through the command line, on real tables of a small warehouse."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED
from jobs.tables.silver import DECISIONS, IDENTITY, IDENTITY_EDGES, PAPER_FORWARDS, RECORDS
from pipelines.cli import main
from storage import ledger
from storage.home import home
from storage.warehouse import Warehouse, one_writer

Row = dict[str, Any]
Call = Callable[..., tuple[int, str, str]]
SAYS = ("--by", "ada", "--note", "seen in print")


def published(warehouse: Warehouse, table: Table, rows: Iterable[Row]) -> None:
    """A table as a first run would have published it."""
    ledger.create(warehouse, table)
    delta = DeltaTable(warehouse.path(table))
    schema = pa.schema(delta.schema().to_arrow())
    full = [{name: row.get(name) for name in table.column_names} for row in rows]
    write_deltalake(delta, pa.Table.from_pylist(full, schema=schema), mode="append")
    told = {"table": table.name, "sequence": 1, "version": 1, "rows": len(full), "run_id": "r1",
            "stage": "identity", "published_at": datetime.now(UTC)}  # fmt: skip
    ledger.append(warehouse, PUBLISHED, [told])


def record(record_id: str, title: str) -> Row:
    return {"record_id": record_id, "feed": "papers", "shown_on": date(2024, 5, 1), "title": title,
            "authors": [{"name": "Ada Fern"}, {"name": "Bo Oak"}]}  # fmt: skip


def edge(a: str, b: str, reason: str | None, score: float) -> Row:
    verdict = "apart" if reason else "joined"
    return {"a": a, "b": b, "rule": "title", "score": score, "evidence": '{"title":1.0}',
            "verdict": verdict, "reason": reason}  # fmt: skip


@pytest.fixture
def warehouse(spark: SparkSession, tmp_path: Path) -> Warehouse:
    """Papers p1 of records a, b and c, p2 of d, p3 of e; p0 was merged into p1."""
    made = Warehouse.at(str(tmp_path / "warehouse"))
    published(made, RECORDS, (record(r, f"Sorting pebbles, {r}") for r in "abcde"))
    papers = dict(zip("abcde", ("p1", "p1", "p1", "p2", "p3"), strict=True))
    joined = {"b": "a", "c": "b"}
    published(made, IDENTITY, [
        {"record_id": r, "paper_id": p, "rule": "title" if r in joined else "first", "score": 1.0,
         "evidence": "{}" if r in joined else None, "joined_to": joined.get(r)}
        for r, p in papers.items()
    ])  # fmt: skip
    published(made, IDENTITY_EDGES, [
        edge("a", "b", None, 1.0), edge("b", "c", None, 0.8),
        edge("a", "d", "veto doi", 0.7), edge("c", "e", "titles disagree", 0.9),
        edge("d", "e", "years disagree", 0.9),
    ])  # fmt: skip
    published(made, PAPER_FORWARDS, [
        {"old_paper_id": "p0", "paper_id": "p1", "kind": "merge", "records": 1},
    ])  # fmt: skip
    return made


@pytest.fixture
def call(warehouse: Warehouse, capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--set", f"warehouse={warehouse.root}"])
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    return called


def decided(warehouse: Warehouse) -> dict[str, str]:
    """`ab` → kind, of what readers see."""
    rows = ledger.select(warehouse, DECISIONS, ledger.published(warehouse))
    assert all((row["decided_by"], row["note"]) == ("ada", "seen in print") for row in rows)
    return {row["a"] + row["b"]: row["kind"] for row in rows}


def test_why_tells_records_evidence_and_what_came_close(call: Call) -> None:
    status, out, _ = call("why", "p0", "--format", "json")
    told = json.loads(out)
    assert status == 0
    assert [(row["record_id"], row["joined_to"]) for row in told["records"]] == [
        ("a", None), ("b", "a"), ("c", "b"),
    ]  # fmt: skip
    assert told["records"][0]["authors"] == "Ada Fern; Bo Oak"
    assert [(row["a"], row["b"], row["evidence"]) for row in told["joined"]] == [
        ("a", "b", '{"title":1.0}'), ("b", "c", '{"title":1.0}'),
    ]  # fmt: skip
    assert [(r["record_id"], r["other"], r["of_paper"], r["reason"]) for r in told["apart"]] == [
        ("c", "e", "p3", "titles disagree"), ("a", "d", "p2", "veto doi"),
    ]  # fmt: skip
    assert told["apart"][0]["title"] == "Sorting pebbles, e"
    assert [(row["old_paper_id"], row["kind"]) for row in told["forwards"]] == [("p0", "merge")]
    assert told["decisions"] == []


def test_why_prints_a_table_a_section(call: Call) -> None:
    status, out, _ = call("why", "p1")
    assert status == 0
    for told in ("records: 3", "joined: 2", "apart: 2", "veto doi", "decisions: none"):
        assert told in out


@pytest.mark.slow
def test_decisions_are_published_once_and_the_last_one_stands(
    call: Call, warehouse: Warehouse
) -> None:
    assert call("split", "p1", "c", *SAYS)[:2] == (
        0, "decided on 2 pairs of records; papertide run follows it\n",
    )  # fmt: skip
    assert decided(warehouse) == {"ac": "split", "bc": "split"}
    version = ledger.version(warehouse, DECISIONS)
    assert call("split", "p1", "c", *SAYS)[:2] == (
        0, "no change: these decisions are already recorded\n",
    )  # fmt: skip
    assert ledger.version(warehouse, DECISIONS) == version
    assert call("join", "p2", "p0", *SAYS)[0] == 0  # p0 stands for p1 now
    assert decided(warehouse) == {"ac": "split", "bc": "split", "ad": "join"}
    assert call("split", "p1", "d", *SAYS)[0] == 0
    assert call("join", "p1", "p2", "p3", *SAYS)[0] == 0
    # What kept records of the papers apart is taken back, but for what is within one paper.
    assert decided(warehouse) == {
        "ac": "split", "bc": "split", "ad": "join", "bd": "none", "cd": "none", "ae": "join",
    }  # fmt: skip
    assert len(json.loads(call("why", "p1", "--format", "json")[1])["decisions"]) == 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("why", "p9"), "no such paper: p9"),
        (("join", "p1", "p9", *SAYS), "no such paper: p9"),
        (("join", "p1", *SAYS), "two papers"),
        (("split", "p9", "a", *SAYS), "no such paper: p9"),
        (("split", "p1", "x", *SAYS), "no such record: x"),
        (("split", "p2", "d", *SAYS), "all records"),
        (("split", "p1", "a"), "--note"),
    ],
)
def test_what_cannot_be_decided_is_wrong_use_and_starts_nothing(
    call: Call, warehouse: Warehouse, arguments: tuple[str, ...], told: str
) -> None:
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert told in err
    assert ledger.version(warehouse, DECISIONS) is None


def test_nobody_decides_while_a_run_is_writing(call: Call, warehouse: Warehouse) -> None:
    with one_writer(warehouse, home(), "another", 0):
        status, _, err = call("split", "p1", "c", *SAYS)
    assert status == 1
    assert "another run is writing" in err
    assert decided(warehouse) == {}
