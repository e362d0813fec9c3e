"""What is seen as of a day stays as it was, byte for byte, when later papers come."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from jobs.tables.core import Table
from jobs.tables.gold import (
    BURSTS,
    ENTITIES,
    ENTITY_PAPERS,
    ENTITY_TRENDS,
    NEIGHBORS,
    PERIOD_TOTALS,
    SCORES,
    TERM_PAPERS,
    TERM_TRENDS,
    TERMS,
    TREND_TESTS,
)
from pipelines.sql import register
from storage.warehouse import Warehouse
from tests.end_to_end.conftest import Flow
from tests.end_to_end.test_docs import blocks

AS_OF = date(2024, 6, 30)
SEEN = (
    PERIOD_TOTALS, TERMS, TERM_PAPERS, TERM_TRENDS, ENTITIES, ENTITY_PAPERS,
    ENTITY_TRENDS, TREND_TESTS, BURSTS, NEIGHBORS, SCORES,
)  # fmt: skip
WORDS = ("tidal flats", "salt marshes", "ebb currents", "wave models", "mud shores")


def write_month(folder: Path, month: int, a_month: int = 24) -> None:
    """A delivery on the month's last day but two; what is written about changes with the months."""
    rows = []
    for number in range(a_month):
        subject = WORDS[(number * (month + 1)) % len(WORDS)]
        tail = " ".join(f"w{month}x{number}x{place}" for place in range(40))
        rows.append({
            "id": f"{month}-{number}",
            "title": f"On {subject} number {number} of {month}",
            "abstract": f"We look at {subject} where they are. We introduce Tide{month}Net, a model, and "
            f"use the EbbQA data set. {tail}.",
            "published_on": f"2024-{month:02}-{1 + number % 24:02}",
            "authors": [f"Ada Ebb{month}x{number}"],
        })  # fmt: skip
    folder.mkdir(exist_ok=True)
    (folder / f"2024-{month:02}-26.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))


def seen(warehouse: Path, table: Table) -> list[str]:
    path = warehouse / table.name.replace(".", "/")
    rows: list[dict[str, Any]] = DeltaTable(str(path)).to_pyarrow_table().to_pylist()
    if table is TREND_TESTS or table is BURSTS:  # topics are tested by their own rules
        rows = [row for row in rows if row["kind"] == "term"]
    return sorted(json.dumps(row, default=str, sort_keys=True) for row in rows)


@pytest.mark.slow
def test_later_papers_leave_what_was_seen_as_it_was_and_figures_lead_to_papers(
    spark: SparkSession, flow: Flow, tmp_path: Path
) -> None:
    feed, warehouse = tmp_path / "feed", tmp_path / "warehouse"
    for month in range(1, 7):
        write_month(feed, month)
    options = {"as_of": AS_OF}
    flow(warehouse, {"papers": feed}, **options)
    before = {table.name: seen(warehouse, table) for table in SEEN}
    assert {json.loads(row)["as_of"] for row in before["gold.scores"]} == {str(AS_OF)}
    assert max(json.loads(row)["period"] for row in before["gold.period_totals"]) <= str(AS_OF)
    assert all(before[table.name] for table in SEEN if table not in (TREND_TESTS, BURSTS))

    for month in range(7, 10):
        write_month(feed, month, a_month=27)
    flow(warehouse, {"papers": feed}, **options)

    assert {table.name: seen(warehouse, table) for table in SEEN} == before
    register(spark, Warehouse.at(str(warehouse)))
    (query,) = (text for text in blocks("sql") if "gold.term_papers" in text)
    found = spark.sql(query).collect()
    assert found
    assert all(row["n"] == row["papers"] for row in found)

    flow(warehouse, {"papers": feed}, until="totals")
    assert seen(warehouse, PERIOD_TOTALS) != before["gold.period_totals"]
