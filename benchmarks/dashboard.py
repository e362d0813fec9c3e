"""Figures of the web page: its first page and its interactions, on tables made without Spark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from jobs.tables.catalog import BY_NAME
from pipelines import ledger
from pipelines.warehouse import Warehouse

DAY = date(2026, 3, 1)
DAYS = 365
TERMS = 500
TOPICS = 60
FEEDS = ("arxiv", "acl")
WORDS = 4000
TEXT_WORDS = 150
NEIGHBORS = 10
RUN = "20260301T060000-000000"
_SEED = 1


def write_warehouse(root: str, papers: int) -> Warehouse:
    """A published warehouse of so many papers: the tables that the page reads, drawn by a seed."""
    warehouse = Warehouse.at(root)
    draw = np.random.default_rng(_SEED)
    ids = np.array([f"p{number:020x}" for number in draw.permutation(papers)])
    age = draw.integers(0, DAYS, papers)
    days = [DAY - timedelta(days=int(back)) for back in age]
    feeds = draw.integers(0, len(FEEDS), papers)
    tables = {
        "silver.papers": _papers(draw, ids, days, feeds),
        "silver.records": {
            "record_id": ids,
            "feed": np.array(FEEDS)[feeds],
            "shown_on": days,
            "title": ["A record"] * papers,
        },
        "silver.identity": {
            "record_id": ids,
            "paper_id": ids,
            "rule": ["first"] * papers,
            "score": np.ones(papers),
            "run": [RUN] * papers,
        },
        "gold.paper_topics": {
            "paper_id": ids,
            "topic_id": np.char.add("t", draw.integers(0, TOPICS, papers).astype(str)),
            "similarity": draw.random(papers),
            "fits": np.ones(papers, dtype=bool),
        },
        "gold.topics": {
            "topic_id": [f"t{number}" for number in range(TOPICS)],
            "version": [1] * TOPICS,
            "label": [f"topic {number}, its terms" for number in range(TOPICS)],
            "is_current": [True] * TOPICS,
        },
        "gold.neighbors": _neighbors(draw, ids, age),
        "gold.scores": _scores(draw, ids[age < 2 * 30]),
        "gold.period_totals": _trends(draw, {"all": "all"}, papers),
        "gold.topic_trends": _trends(
            draw, {f"t{number}": "topic_id" for number in range(TOPICS)}, papers
        ),
        "gold.term_trends": _trends(
            draw, {f"term {number}": "term" for number in range(TERMS)}, papers
        ),
    }
    for name, columns in tables.items():
        _write(warehouse, name, columns)
    _tell(warehouse, {name: len(next(iter(c.values()))) for name, c in tables.items()})
    return warehouse


def _papers(draw: Any, ids: Any, days: list[date], feeds: Any) -> Mapping[str, Any]:
    words = np.array([f"{a}{b}{c}" for a in _FIRST for b in _SECOND for c in _THIRD])[:WORDS]
    # Words of texts follow Zipf's law, more or less.
    drawn = words[(WORDS * draw.random((len(ids), TEXT_WORDS)) ** 3).astype(int)]
    texts = [" ".join(row) for row in drawn]
    return {
        "paper_id": ids,
        "title": [text[:70].capitalize() for text in texts],
        "abstract": texts,
        "authors": [[{"name": f"Ada {row[0].title()}"}, {"name": f"Ben {row[1].title()}"}]
                    for row in drawn],
        "venue": [f"Venue {number}" for number in draw.integers(0, 30, len(ids))],
        "year": [day.year for day in days],
        "published_on": days,
        "first_shown_on": days,
        "dated_on": days,
        "date_basis": ["published"] * len(ids),
        "categories": [[f"arxiv:cs.{number}"] for number in draw.integers(0, 20, len(ids))],
        "language": ["en"] * len(ids),
        "votes": draw.integers(0, 300, len(ids)),
        "is_withdrawn": np.zeros(len(ids), dtype=bool),
        "feeds": [[FEEDS[feed]] for feed in feeds],
        "records": np.ones(len(ids), dtype=int),
        "sources": [[("title", paper), ("abstract", paper)] for paper in ids],
    }  # fmt: skip


_FIRST = ("tide", "wave", "reef", "sand", "gull", "moon", "salt", "kelp", "foam", "pier")
_SECOND = ("al", "er", "ing", "or", "un", "ist", "ev", "am", "ot", "ic")
_THIRD = tuple(f"{a}{b}" for a in "bdfgklmnprstvz" for b in "aeiou")[:40]


def _neighbors(draw: Any, ids: Any, age: Any) -> Mapping[str, Any]:
    papers = np.repeat(np.arange(len(ids)), NEIGHBORS)
    others = draw.integers(0, len(ids), len(papers))
    return {
        "paper_id": ids[papers],
        "rank": np.tile(np.arange(1, NEIGHBORS + 1), len(ids)),
        "neighbor_id": ids[others],
        "cosine": np.round(draw.random(len(papers)), 6),
        "is_earlier": age[others] > age[papers],
    }


def _scores(draw: Any, ids: Any) -> Mapping[str, Any]:
    days = [DAY - timedelta(days=back) for back in range(30)]
    rows = len(ids) * len(days)
    parts = {name: np.round(draw.random(rows), 6)
             for name in ("votes_part", "recency_part", "neighbors_part", "novelty")}  # fmt: skip
    return {
        "paper_id": np.tile(ids, len(days)),
        "as_of": [day for day in days for _ in ids],
        "score": np.round(np.mean(list(parts.values())[:3], axis=0), 6),
        **parts,
    }


def _trends(draw: Any, entities: Mapping[str, str], papers: int) -> Mapping[str, Any]:
    """Days, weeks and months of each entity, in three slices."""
    weeks = [DAY - timedelta(days=DAY.weekday() + 7 * back) for back in range(52)]
    months = [date(2026 - (back + 9) // 12, 12 - (back + 9) % 12, 1) for back in range(12)]
    days = [DAY - timedelta(days=back) for back in range(DAYS)]
    periods = [("day", d) for d in days] + [("week", d) for d in weeks]
    periods += [("month", d) for d in months]
    slices = ["all", *(f"feed={feed}" for feed in FEEDS)]
    names = list(entities)
    rows = [(name, *p, s) for name in names for s in slices for p in periods]
    columns = dict(
        zip(("entity", "grain", "period", "slice"), zip(*rows, strict=True), strict=True)
    )
    n = draw.integers(0, 50, len(rows))
    totals = np.full(len(rows), max(100, papers // 52))
    kind = entities[names[0]]
    common = {**{name: columns[name] for name in ("grain", "period", "slice")}, "papers": totals,
              "is_complete": [period < months[0] for period in columns["period"]]}  # fmt: skip
    if kind == "all":
        return {**common, "period_end": columns["period"], "papers_with_abstract": totals}
    growth = draw.normal(0, 0.5, len(rows))
    return {
        kind: columns["entity"],
        **common,
        "n": n,
        "share": n / totals,
        "share_low": 0.9 * n / totals,
        "share_high": 1.1 * n / totals,
        "growth": growth,
        "growth_shrunk": growth,
    }


def _write(warehouse: Warehouse, name: str, columns: Mapping[str, Any]) -> None:
    table = BY_NAME[name]
    ledger.create(warehouse, table)
    delta = DeltaTable(warehouse.path(table))
    schema = pa.schema(delta.schema().to_arrow())
    rows = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns
        else pa.nulls(rows, field.type)
        for field in schema
    ]  # fmt: skip
    write_deltalake(delta, pa.Table.from_arrays(arrays, schema=schema), mode="append")


def _tell(warehouse: Warehouse, rows: Mapping[str, int]) -> None:
    """What a run writes of itself into the ledger."""
    at = datetime(2026, 3, 1, 6, tzinfo=UTC)
    ledger.append(
        warehouse,
        BY_NAME["ops.published"],
        [
            {"table": name, "sequence": 1, "version": 1, "rows": count, "run_id": RUN,
             "stage": "bench", "published_at": at}
            for name, count in rows.items()
        ],
    )  # fmt: skip
    ledger.append(
        warehouse,
        BY_NAME["ops.runs"],
        [{"run_id": RUN, "state": state, "at": at, "feeds": []} for state in ("started", "done")],
    )
