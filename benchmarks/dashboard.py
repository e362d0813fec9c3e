"""Figures of the web page in a real browser: start, each page, each interaction.

The tables are made without Spark.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

from benchmarks.figures import Figure
from dashboard.server import LOOK_EVERY_SECONDS
from jobs.params import EmbedSettings
from jobs.tables.catalog import BY_NAME
from jobs.vectors.vectors import arrow
from storage import ledger
from storage.models import model_id
from storage.warehouse import Warehouse
from tests.dashboard.browser import CHROMIUM, END, Browser, browser, served
from tests.dashboard.rows import paper, publish, tested

SIZES = (5_000, 100_000)
PAGES = {
    "now": "/",
    "trends": "/trends",
    "map": "/map",
    "search": "/search?q=gull",
    "search by both": "/search?q=gull+moon&by=both",
    "paper": f"/paper?id=p{1:020x}",
    "health": "/health",
}
DAY = date(2026, 3, 1)
DAYS = 365
TERMS = 500
TOPICS = 60
CALLED = 20  # terms that rise
FEEDS = ("arxiv", "acl")
WORDS = 4000
TEXT_WORDS = 150
NEIGHBORS = 10
DIMENSIONS = 384
RUN = "20260301T060000-000000"
_SEED = 1


def pages(folder: Path) -> Iterator[Figure]:
    """Seconds until a page stands or has followed, beside the same of a warehouse of nothing."""
    if CHROMIUM is None:
        print("no figures of the dashboard: no chromium", file=sys.stderr)
        return
    bare = dict(_time(str(folder / "nothing"), _open_pages))
    for papers in SIZES:
        root = str(folder / f"{papers}-papers")
        write_warehouse(root, papers)
        for name, seconds in _time(root, _open_pages):
            yield Figure(f"dashboard, {name}, {papers:,} papers", seconds, "seconds", bare[name],
                         "the same with nothing published")  # fmt: skip
        for name, seconds in chain(
            _time(root, _follow_links), _time(root, partial(_search_after_run, root))
        ):
            yield Figure(f"dashboard, {name}, {papers:,} papers", seconds, "seconds", 0.5,
                         "the aim")  # fmt: skip


Timed = Iterator[tuple[str, float]]


def _time(root: str, steps: Callable[[Browser, str], Timed]) -> Timed:
    start = time.monotonic()
    # Children of the browser write a last time after it has gone.
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with served(root) as address, folder as profile:
        if steps is _open_pages:
            yield "start", time.monotonic() - start
        with browser(Path(profile)) as page:
            page.resize(1200, 1000, "light")
            page.open("about:blank", "")
            yield from steps(page, address)


def _open_pages(page: Browser, address: str) -> Timed:
    """The first page that a browser opens, scripts and fonts with it; then each page anew."""
    yield "first page", page.open(address, END)
    for name, path in PAGES.items():
        yield f"page {name}", page.open(address + path, END)


def _follow_links(page: Browser, address: str) -> Timed:
    """What follows a click or a key: another page, a comparison, a search, an order."""
    page.open(address, END)
    link = "document.querySelector('main [data-testid=stPageLink] a[href*=paper]')"
    yield "from now to a paper", _after(page, f"{link}.click()", "location.pathname == '/paper'")
    page.open(f"{address}/trends", END)
    button = "document.querySelector('main [kind=tertiary]')"
    yield "comparing a term", _after(page, f"{button}.click()", "location.search != ''")
    page.open(f"{address}/search?q=gull", END)
    caption = "document.querySelector('main [data-testid=stCaptionContainer]').innerText"
    first_result = "document.querySelector('main [data-testid=stPageLink]').innerText"
    yield "another search", _time_query(page, caption)
    page.open(f"{address}/search?q=gull&by=both", END)
    page.open(f"{address}/search?q=gull&by=both", END)  # the vectors are in memory now
    link = "[...document.querySelectorAll('main a')].find(a => a.innerText == 'More like this')"
    yield "more like a paper", _after(page, f"{link}.click()", "location.search.includes('like')")
    page.open(f"{address}/search?q=gull&by=meaning", END)
    yield "another search by meaning", _time_query(page, first_result)
    page.open(f"{address}/map", END)
    place = page.place("main canvas")
    page.drag(place(16, 16))  # the tool
    corners = ((50, 100), (100, 60), (400, 80), (450, 200), (300, 300), (60, 250))
    start = page.drag(*(place(*corner) for corner in corners))
    page.wait_until("location.search.includes('lasso')")
    page.wait_for("In the lasso")
    yield "a lasso in the map", time.monotonic() - start


def _search_after_run(root: str, page: Browser, address: str) -> Timed:
    """A search as soon as a run has published papers."""
    page.open(f"{address}/search?q=gull", END)
    time.sleep(2 * LOOK_EVERY_SECONDS)
    caption = "document.querySelector('main [data-testid=stCaptionContainer]').innerText"
    publish(root, {"silver.papers": [paper("new", "A gull in the moonlight")]})
    yield "a search after a run", _time_query(page, caption)


def _time_query(page: Browser, expression: str) -> float:
    """Seconds from another query to the end of a page whose `expression` has changed."""
    before = page.run(expression)
    page.run("document.querySelector('main input').select()")
    page.call("Input.insertText", text="moon reef")
    start = time.monotonic()
    page.press("Enter", 13, text="\r")
    page.wait_until(f"{expression} != {before!r}")
    page.wait_for(END)
    return time.monotonic() - start


def _after(page: Browser, act: str, condition: str) -> float:
    start = time.monotonic()
    page.run(act)
    page.wait_until(condition)
    page.wait_for(END)
    return time.monotonic() - start


def write_warehouse(root: str, papers: int) -> Warehouse:
    """A published warehouse of so many papers: the tables that the page reads, drawn by a seed."""
    warehouse = Warehouse.at(root)
    draw = np.random.default_rng(_SEED)
    ids = np.array([f"p{number:020x}" for number in draw.permutation(papers)])
    age = draw.integers(0, DAYS, papers)
    days = [DAY - timedelta(days=int(back)) for back in age]
    feeds = draw.integers(0, len(FEEDS), papers)
    vectors = draw.normal(size=(papers, DIMENSIONS))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    places = draw.normal(0, 0.3, (papers, 2)).clip(-1, 1)
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
        "silver.embeddings": {
            "paper_id": ids,
            "model": [model_id(EmbedSettings())] * papers,
            "vector": arrow(unit),
        },
        "gold.map": {"paper_id": ids, "x": places[:, 0], "y": places[:, 1]},
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
    called = [tested(f"term {number}", "rising", "likely", 0.01) for number in range(CALLED)]
    tables["gold.trend_tests"] = {name: [row[name] for row in called] for name in called[0]}
    for name, columns in tables.items():
        _write(warehouse, name, columns)
    _tell(warehouse, {name: len(next(iter(c.values()))) for name, c in tables.items()})
    return warehouse


def _papers(draw: Any, ids: Any, days: list[date], feeds: Any) -> Mapping[str, Any]:
    words = np.array([f"{a}{b}{c}" for a in _FIRST for b in _SECOND for c in _THIRD])[:WORDS]
    # Words of texts follow Zipf's law, more or less.
    text_words = words[(WORDS * draw.random((len(ids), TEXT_WORDS)) ** 3).astype(int)]
    texts = [" ".join(row) for row in text_words]
    return {
        "paper_id": ids,
        "title": [text[:70].capitalize() for text in texts],
        "abstract": texts,
        "authors": [[{"name": f"Ada {row[0].title()}"}, {"name": f"Ben {row[1].title()}"}]
                    for row in text_words],
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
             for name in ("votes_part", "recency_part", "neighbors_part", "terms_part",
                          "novelty", "citations_part")}  # fmt: skip
    return {
        "paper_id": np.tile(ids, len(days)),
        "as_of": [day for day in days for _ in ids],
        "score": np.round(np.mean(list(parts.values())[:4], axis=0), 6),
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
              "is_complete": [period < months[0] for period in columns["period"]],
              "terms_in": ["title and abstract"] * len(rows)}  # fmt: skip
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
