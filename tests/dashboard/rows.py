"""A published warehouse of a few rows, written without Spark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs.tables.catalog import BY_NAME
from storage import ledger
from storage.warehouse import Warehouse

RUN = "20260301T060000-aaaaaa"
DAY = date(2026, 3, 1)
AT = datetime(2026, 3, 1, 6, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> [go](javascript:alert(3)) "
    "**bold** $x^2$ :smile: :material/home: :red[red] https://evil.example www.evil.example"
)


def paper(paper_id: str, title: str, dated_on: date = DAY, **more: Any) -> dict[str, Any]:
    """A row of silver.papers."""
    return {
        "paper_id": paper_id,
        "title": title,
        "dated_on": dated_on,
        "first_shown_on": dated_on,
        "date_basis": "published",
        "is_withdrawn": False,
        "feeds": ["daily"],
        "records": 1,
        "sources": [("title", f"r-{paper_id}")],
        **more,
    }


def score(paper_id: str, value: float, as_of: date = DAY, **more: Any) -> dict[str, Any]:
    """A row of gold.scores."""
    parts = {
        "votes_part": value,
        "citations_part": None,
        "recency_part": 0.5,
        "neighbors_part": 0.25,
        "terms_part": 0.1,
        "novelty": None,
    }
    return {"paper_id": paper_id, "as_of": as_of, "score": value, **parts, **more}


def trend(entity: str, name: str, period: date, n: int, **more: Any) -> dict[str, Any]:
    """A monthly row of gold.term_trends or gold.topic_trends; `name` is the entity's column."""
    return {
        name: entity,
        "grain": "month",
        "period": period,
        "slice": "all",
        "n": n,
        "papers": 10,
        "share": n / 10,
        "share_low": max(0.0, n / 10 - 0.1),
        "share_high": n / 10 + 0.1,
        "growth_shrunk": (n - 3) / 10,
        "is_complete": period < date(2026, 3, 1),
        **more,
    }


def total(period: date, papers: int = 10) -> dict[str, Any]:
    """A monthly row of gold.period_totals."""
    after = (period.replace(day=28) + timedelta(days=4)).replace(day=1)
    return {
        "grain": "month",
        "period": period,
        "slice": "all",
        "period_end": after - timedelta(days=1),
        "papers": papers,
        "papers_with_abstract": papers,
        "is_complete": period < date(2026, 3, 1),
        "abstracts_differ": False,
        "feeds_differ": period == date(2026, 2, 1),
        "terms_in": "title and abstract",
    }


def tested(
    entity: str, verdict: str, strength: str | None, q_value: float | None, kind: str = "term"
) -> dict[str, Any]:
    """A monthly row of gold.trend_tests."""
    return {
        "kind": kind,
        "entity": entity,
        "grain": "month",
        "slice": "all",
        "class": verdict,
        "strength": strength,
        "rank": 1,
        "change": math.log(2),
        "change_low": math.log(1.5),
        "change_high": math.log(3),
        "q_value": q_value,
        "n_recent": 6,
        "why": "6 of 20 papers in February 2026 against 3 of 40 in the 2 months before",
        "is_explained": False,
    }


def publish(root: str, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Append rows to tables and publish them, as one run after another would."""
    warehouse = Warehouse.at(root)
    seen = ledger.published(warehouse)
    entries = []
    for name, rows in tables.items():
        table = BY_NAME[name]
        ledger.append(warehouse, table, rows)
        before = seen[name].sequence if name in seen else 0
        version = ledger.version(warehouse, table)
        entries.append(
            {"table": name, "sequence": before + 1, "version": version, "rows": len(rows),
             "run_id": RUN, "stage": "test", "published_at": AT}
        )  # fmt: skip
    ledger.append(warehouse, BY_NAME["ops.published"], entries)


def small(root: str) -> str:
    """A warehouse with every table that the page reads, of three papers, one of a hostile feed."""
    january, february, march = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    week_before = DAY - timedelta(days=7)
    publish(
        root,
        {
            "bronze.files": [
                {"feed": "daily", "file": "a.jsonl", "digest": "d", "bytes": 1, "modified_at": AT,
                 "shown_on": DAY, "is_there": True, "status": "read", "delivered": 5,
                 "records": 4, "repeated": 0, "quarantined": 1},
            ],
            "silver.papers": [
                paper("p1", "Tidal graphs", abstract="Graphs of déjà vu tides, self-supervised.",
                      doi="10.1000/tide", venue="Journal of Tides", votes=7, language="en",
                      url="javascript:alert(1)", categories=["arxiv:cs.LG"], records=2,
                      countries=["NO", "SE"]),
                paper("p2", HOSTILE, week_before, abstract=HOSTILE, venue=HOSTILE, feeds=["weekly"],
                      authors=[{"name": HOSTILE}], url="https://example.org/p2"),
                paper("p3", "Reef peptides", date(2026, 1, 5), abstract="No tide but a graph."),
            ],
            "silver.records": [
                {"record_id": f"r-{name}", "feed": "daily", "shown_on": DAY, "title": name}
                for name in ("p1", "p1b", "p2", "p3")
            ],
            "silver.identity": [
                {"record_id": "r-p1", "paper_id": "p1", "rule": "first", "score": 1.0},
                {"record_id": "r-p1b", "paper_id": "p1", "rule": "title", "score": 0.9,
                 "evidence": '{"title": "tidal graphs"}', "joined_to": "r-p1",
                 "previous_paper_id": "p0", "component": "r-p1"},
                {"record_id": "r-p2", "paper_id": "p2", "rule": "first", "score": 1.0},
                {"record_id": "r-p3", "paper_id": "p3", "rule": "first", "score": 1.0},
            ],
            "silver.identity_edges": [
                {"a": "r-p1", "b": "r-p3", "weight": -0.2, "rule": "title", "score": 0.4,
                 "evidence": "{}", "verdict": "apart", "reason": "years disagree"},
            ],
            "silver.paper_forwards": [
                {"old_paper_id": "p0", "paper_id": "p1", "kind": "merge", "records": 1},
                {"old_paper_id": "p00", "paper_id": "p0", "kind": "merge", "records": 1},
                {"old_paper_id": "ps", "paper_id": "p1", "kind": "split", "records": 1},
                {"old_paper_id": "ps", "paper_id": "p3", "kind": "split", "records": 1},
            ],
            "silver.references": [
                {"paper_id": "p1", "position": 1, "text": "Fern, 1990"},
                {"paper_id": "p1", "position": 2, "scheme": "doi", "id": "10.1000/p3",
                 "cited_paper_id": "p3"},
                {"paper_id": "p2", "position": 1, "scheme": "doi", "id": "10.1000/p3",
                 "cited_paper_id": "p3"},
                {"paper_id": "p2", "position": 2, "scheme": "doi", "id": "10.1000/tide",
                 "cited_paper_id": "p1"},
                {"paper_id": "p3", "position": 1, "scheme": "doi", "id": "10.1000/gone"},
            ],
            "silver.authorships": [
                {"paper_id": "p1", "position": 1, "name": "Ada Lovelace", "family": "Lovelace",
                 "affiliations": ["Silt Lab, Norway"], "countries": ["NO"],
                 "institution_ids": [{"scheme": "ror", "id": "0silt"}], "record_id": "r-p1"},
                {"paper_id": "p1", "position": 2, "name": "Ben Reed", "countries": ["SE"],
                 "record_id": "r-p1"},
            ],
            "silver.authors": [
                {"author_id": "a1", "name": "Ada Lovelace", "other_names": ["A. Lovelace"],
                 "orcid": "0000-0002-1825-0097", "ids": [{"scheme": "s2", "id": "7"}], "papers": 2},
                {"author_id": "a2", "name": "Ben Reed", "other_names": [], "ids": [], "papers": 1},
                {"author_id": "a3", "name": "Ann Reed", "other_names": [], "ids": [], "papers": 1},
                {"author_id": "a4", "name": HOSTILE, "other_names": [], "ids": [], "papers": 1},
            ],
            "silver.author_links": [
                {"paper_id": "p1", "position": 1, "author_id": "a1", "basis": "name and evidence",
                 "score": 0.9, "with_paper_id": "p3", "with_position": 1,
                 "evidence": {"before": -1.5, "co-authors": 3.7}},
                {"paper_id": "p1", "position": 2, "author_id": "a2", "basis": "single"},
                {"paper_id": "p2", "position": 1, "author_id": "a4", "basis": "single"},
                {"paper_id": "p3", "position": 1, "author_id": "a1", "basis": "name and evidence",
                 "score": 0.9, "with_paper_id": "p1", "with_position": 1,
                 "evidence": {"before": -1.5, "co-authors": 3.7}},
            ],
            "silver.institutions": [
                {"scheme": "ror", "id": "0reed", "name": "Reed Lab", "country": "SE", "papers": 1},
                {"scheme": "ror", "id": "0silt", "name": "Silt Lab", "country": "NO", "papers": 2},
            ],
            "silver.keyphrases": [
                {"paper_id": "p1", "phrase": "graphs", "score": 1.0, "rank": 1},
                {"paper_id": "p2", "phrase": HOSTILE, "score": 1.0, "rank": 1},
                {"paper_id": "p3", "phrase": "graphs", "score": 1.0, "rank": 1},
            ],
            "silver.quarantine": [
                {"subject_id": "q", "stage": "parse", "rule": "parsed", "feed": "daily",
                 "payload": HOSTILE, "reason": HOSTILE},
            ],
            "gold.citation_counts": [
                {"paper_id": "p1", "cited_by": 1, "cited_by_last_year": 1,
                 "first_cited_on": week_before, "last_cited_on": week_before},
                {"paper_id": "p3", "cited_by": 2, "cited_by_last_year": 1,
                 "first_cited_on": date(2024, 1, 1), "last_cited_on": DAY},
            ],
            "gold.collaborations": [
                {"kind": "country", "a": "NO", "b": "SE", "grain": "year",
                 "period": date(2023, 1, 1), "papers": 1, "weight": 1.0},
                {"kind": "country", "a": "NO", "b": "SE", "grain": "year",
                 "period": date(2024, 1, 1), "papers": 2, "weight": 1.5},
                {"kind": "country", "a": "DK", "b": "SE", "grain": "year",
                 "period": date(2024, 1, 1), "papers": 1, "weight": 0.5},
                {"kind": "institution", "a": "ror:0reed", "b": "ror:0silt", "grain": "year",
                 "period": date(2024, 1, 1), "papers": 1, "weight": 1.0},
            ],
            "gold.entities": [{"entity_id": "tidenet", "name": "TideNet", "kind": "model"}],
            "gold.topics": [
                {"topic_id": "t1", "version": 1, "label": "old name", "is_current": False},
                {"topic_id": "t1", "version": 2, "label": "tides, graphs", "is_current": True,
                 "description": HOSTILE},
            ],
            "gold.paper_topics": [
                {"paper_id": "p1", "topic_id": "t1", "similarity": 0.8, "fits": True},
                {"paper_id": "p2", "topic_id": None, "similarity": 0.1, "fits": False},
            ],
            "gold.map": [
                {"paper_id": "p1", "x": 0.5, "y": 0.5},
                {"paper_id": "p2", "x": 0.4, "y": 0.6},
                {"paper_id": "p3", "x": -0.5, "y": -0.5},
            ],
            "gold.neighbors": [
                {"paper_id": "p1", "rank": 1, "neighbor_id": "p2", "cosine": 0.7, "is_earlier": True},
                {"paper_id": "p2", "rank": 1, "neighbor_id": "p1", "cosine": 0.7, "is_earlier": False},
            ],
            "gold.period_totals": [total(january), total(february), total(march, 3)],
            "gold.topic_trends": [trend("t1", "topic_id", p, 4) for p in (january, february, march)],
            "gold.term_trends": [
                *(trend("graphs", "term", p, n) for p, n in ((january, 2), (february, 6), (march, 1))),
                *(trend("reefs", "term", p, n) for p, n in ((january, 6), (february, 1))),
                trend(HOSTILE, "term", february, 5),
            ],
            "gold.term_papers": [
                {"term": "graphs", "paper_id": "p1", "in_title": True},
                {"term": "graphs", "paper_id": "p3", "in_title": False},
                {"term": HOSTILE, "paper_id": "p2", "in_title": True},
            ],
            "gold.trend_tests": [
                tested("graphs", "rising", "established", 0.004),
                tested("reefs", "falling", "watch", None),
                tested("graphs", "steady", None, 0.9, kind="topic"),
            ],
            "gold.bursts": [
                {"kind": "term", "entity": "graphs", "grain": "month", "slice": "all",
                 "begins": february, "last": february, "is_open": True, "n": 6, "papers": 10,
                 "share": 0.6, "weight": 7.5, "q_value": 0.01},
                {"kind": "term", "entity": "reefs", "grain": "month", "slice": "all",
                 "begins": january, "last": january, "is_open": False, "n": 6, "papers": 10,
                 "share": 0.6, "weight": 9.5, "q_value": 0.01},
            ],
            "gold.forecasts": [
                {"topic_id": "t1", "grain": "month", "slice": "all", "ahead": ahead,
                 "period": march, "beats_naive": share is not None, "share": share,
                 "share_low": share, "share_high": share, "method": "level",
                 "error": 0.02, "naive_error": 0.03, "q_value": 0.01}
                for ahead, share in ((1, 0.125), (2, None))
            ],
            "gold.scores": [
                score("p1", 0.9, citations_part=0.75), score("p2", 0.8), score("p3", 0.1),
                score("p2", 0.7, week_before), score("p1", 0.2, week_before),
            ],
        },
    )  # fmt: skip
    _tell(root)
    return root


def _tell(root: str) -> None:
    """A run that is done, and a later one that its gate has stopped."""
    warehouse = Warehouse.at(root)
    later, stopped = AT + timedelta(hours=1), "20260301T070000-bbbbbb"
    runs = [
        {"run_id": RUN, "state": "started", "at": AT, "feeds": []},
        {"run_id": RUN, "state": "done", "at": AT + timedelta(seconds=90), "feeds": []},
        {"run_id": stopped, "state": "started", "at": later, "feeds": []},
        {"run_id": stopped, "state": "stopped", "at": later + timedelta(seconds=5), "feeds": [],
         "message": "silver.papers: unique_key was not met"},
    ]  # fmt: skip
    stages = [
        {"run_id": run, "stage": "papers", "verdict": verdict, "started_at": AT, "seconds": 9.0,
         "gate_seconds": 1.0, "bytes": 10, "jobs": 3}
        for run, verdict in ((RUN, "passed"), (stopped, "stopped"))
    ]  # fmt: skip
    quality = [
        {"run_id": stopped, "stage": "papers", "table": "silver.papers", "expectation": "unique_key",
         "severity": "critical", "met": False, "observed": "2 twice", "why": "a key names one row"},
    ]  # fmt: skip
    for name, rows in (("ops.runs", runs), ("ops.stages", stages), ("ops.quality", quality)):
        ledger.append(warehouse, BY_NAME[name], rows)
