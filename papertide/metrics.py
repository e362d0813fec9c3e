"""What monitoring asks of a warehouse: gauges in Prometheus's text format.

Times are seconds since 1970 (UTC), so that an alarm can say how long ago is too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from jobs.tables.bronze import FILES
from jobs.tables.ops import PUBLISHED, RUNS
from papertide import duck
from papertide.duck import ask
from papertide.snapshot import Snapshot

_TABLES = ask(
    """
select "table", max_by("rows", sequence) as "rows", epoch(max(published_at)) as at
from ops.published group by "table" order by "table"
"""
)
_RUNS = ask(
    """
select state, count(*) as runs, epoch(max("at")) as at
from ops.runs where state in ('done', 'failed', 'stopped') group by state order by state
"""
)
_FEEDS = ask(
    """
select feed, sum(records)::bigint as new, sum(repeated)::bigint as repeated,
  sum(quarantined)::bigint as quarantined, count(*) filter (status <> 'read') as unread,
  epoch(max(shown_on) filter (status = 'read')) as shown
from bronze.files group by feed order by feed
"""
)


class _Value(NamedTuple):
    name: str
    meaning: str
    labels: dict[str, str]
    value: float | None


def text(snapshot: Snapshot) -> bytes:
    """The gauges of what is published at a snapshot; a warehouse without runs has none."""
    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for name, meaning, labels, value in _values(snapshot):
        if value is None:
            continue
        if name not in gauges:
            gauges[name] = Gauge(f"papertide_{name}", meaning, [*labels], registry=registry)
        gauges[name].labels(**labels).set(value)
    return generate_latest(registry)


def _values(snapshot: Snapshot) -> Iterator[_Value]:
    for row in _rows(snapshot, PUBLISHED.name, _TABLES):
        of = {"table": row["table"]}
        yield _Value("table_rows", "Rows of a published table.", of, row["rows"])
        yield _Value("table_published_seconds", "When a table was last published.", of, row["at"])
    for row in _rows(snapshot, RUNS.name, _RUNS):
        of = {"state": row["state"]}
        yield _Value("runs", "Runs by how they ended.", of, row["runs"])
        yield _Value("run_last_end_seconds", "When a run last ended so.", of, row["at"])
    for row in _rows(snapshot, FILES.name, _FEEDS):
        of = {"feed": row["feed"]}
        for fate in ("new", "repeated", "quarantined"):
            meaning = "Records that a feed delivered, by what became of them."
            yield _Value("feed_records", meaning, {**of, "fate": fate}, row[fate])
        yield _Value("feed_unread_files", "Files that could not be read.", of, row["unread"])
        yield _Value("feed_last_shown_seconds", "Last day that a feed showed.", of, row["shown"])


def _rows(snapshot: Snapshot, table: str, query: duck.Query) -> list[dict[str, Any]]:
    return duck.rows(snapshot, query) if snapshot.has(table) else []
