"""A small warehouse, written without Spark: what a run of one day would have published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from conf import Config, load
from jobs.tables.catalog import BY_NAME
from jobs.tables.ops import PUBLISHED
from storage import ledger
from storage.warehouse import Warehouse

DAY = date(2025, 3, 1)
WEEK = date(2025, 2, 17)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[click](javascript:alert(1)) **now**",
    "Tide\r\nBcc: everyone@example.org\r\n\r\nbody",
    "\u202egnisrever\u2066 of \u2067tides\x00\x1b[31m",
    "]]> & &lt;b&gt; \ud800 {{ 7 * 7 }} %s",
)

Rows = Iterable[Mapping[str, Any]]


def paper(key: str, **given: Any) -> dict[str, Any]:
    """A row of silver.papers."""
    return {
        "paper_id": key,
        "title": f"Title of {key}",
        "abstract": f"Abstract of {key}.",
        "authors": [{"name": "Ada Ebb"}],
        "categories": ["arxiv:cs.CL"],
        "url": f"https://example.org/{key}",
        "first_shown_on": DAY,
        "dated_on": DAY,
        "is_withdrawn": False,
        **given,
    }


def score(key: str, value: float, as_of: date = DAY) -> dict[str, Any]:
    """A row of gold.scores."""
    return {"paper_id": key, "as_of": as_of, "score": value}


def topic(key: str, label: str, *terms: str) -> dict[str, Any]:
    """A row of gold.topics."""
    told = [{"term": term, "score": 1.0} for term in terms]
    return {
        "topic_id": key, "version": 1, "level": 3, "label": label, "terms": told,
        "is_current": True,
    }  # fmt: skip


def fit(key: str, topic_id: str) -> dict[str, Any]:
    """A row of gold.paper_topics."""
    return {"paper_id": key, "topic_id": topic_id, "similarity": 0.8, "fits": True}


def trend(
    name: str, rank: int, kind: str = "topic", part: str = "all", verdict: str = "rising",
    strength: str | None = "likely",
) -> dict[str, Any]:  # fmt: skip
    """A row of gold.trend_tests."""
    return {
        "kind": kind, "entity": name, "grain": "week", "slice": part, "class": verdict,
        "strength": strength, "rank": rank,
        "why": "14 of 120 papers in the week from 17 February 2025 against 30 of 600",
    }  # fmt: skip


def week(period: date = WEEK, complete: bool = True) -> dict[str, Any]:
    """A row of gold.period_totals."""
    end = period + timedelta(days=6)
    return {"grain": "week", "period": period, "period_end": end, "slice": "all", "papers": 120,
            "is_complete": complete}  # fmt: skip


def publish(
    house: Warehouse, tables: Mapping[str, Rows], minute: int = 0, run: str = "run-1"
) -> None:
    """Publish rows as the whole of each table, in this order, the first in a minute of the day."""
    begun = datetime(2025, 3, 1, 6, minute, tzinfo=UTC)
    for number, (name, rows) in enumerate(tables.items()):
        write(house, name, rows)
        table = BY_NAME[name]
        seen = ledger.published(house).get(name)
        row = {
            "table": name,
            "sequence": seen.sequence + 1 if seen else 1,
            "version": ledger.version(house, table),
            "rows": 1,
            "run_id": run,
            "stage": "test",
            "published_at": begun + timedelta(seconds=number),
        }
        ledger.append(house, PUBLISHED, [row])


def write(house: Warehouse, name: str, rows: Rows) -> None:
    """Write rows as the whole of a table, without publishing it."""
    table = BY_NAME[name]
    ledger.create(house, table)
    delta = DeltaTable(house.path(table))
    schema = pa.schema(delta.schema().to_arrow())
    full = [{column: row.get(column) for column in table.column_names} for row in rows]
    write_deltalake(delta, pa.Table.from_pylist(full, schema=schema), mode="overwrite")


def some_day(house: Warehouse) -> None:
    """Three papers of two topics, one of which rose, with a term; one paper is like another."""
    publish(
        house,
        {
            "silver.papers": [
                paper("a", authors=[{"name": "Ada Ebb"}, {"name": "Finn Flow"}]),
                paper("b", categories=["arxiv:cs.CV"]),
                paper("c", categories=["arxiv:stat.ML"], authors=[{"name": "Grace Tide"}]),
                paper("old", first_shown_on=DAY - timedelta(days=300)),
            ],
            "gold.topics": [topic("t1", "sea, tides", "ebb"), topic("t2", "land, dunes", "sand")],
            "gold.paper_topics": [fit("a", "t1"), fit("b", "t2"), fit("c", "t2")],
            "gold.period_totals": [week()],
            "gold.trend_tests": [
                trend("t1", 1),
                trend("ebb", 1, kind="term"),
                trend("sand", 2, kind="term"),
            ],
            "gold.neighbors": [
                {"paper_id": "c", "rank": 1, "neighbor_id": "old", "cosine": 0.8},
                {"paper_id": "b", "rank": 1, "neighbor_id": "old", "cosine": 0.3},
            ],
            "gold.scores": [score("a", 0.9), score("b", 0.8), score("c", 0.7)],
        },
    )


def settings(folder: Path, *overrides: str) -> Config:
    """Settings with which mails can be made; the warehouse is in `folder`."""
    return load(
        [],
        [
            f"warehouse={folder / 'warehouse'}",
            "digest.sender=papers@papertide.example",
            "digest.endpoint_url=https://papertide.example/mail",
            "digest.smtp.host=127.0.0.1",
            "digest.smtp.security=none",
            "digest.smtp.wait_seconds=1",
            *overrides,
        ],
        {},
    )


SECRETS = {"PAPERTIDE_DIGEST_SECRET": "a secret of tides and ebbs"}
