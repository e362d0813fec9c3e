"""What an alert finds, and what of it is new."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from jobs.trends.classes import UP
from papertide.found import Found
from papertide.reader import Reader
from pipelines.alerts.store import FEED, TOLD, WAITING, Alert, now
from pipelines.digest.store import writing
from storage import output
from storage.errors import UsageError

NEAREST = 10
"""Papers that count as near a paper or a text: as many as one looks at."""


def find_news(reader: Reader, alert: Alert) -> dict[str, dict[str, Any]]:
    """What an alert finds, by the key by which each is reported once.

    Raises:
        UsageError: what the alert asks for is not there, or cannot be asked for together.
        PapertideError: a meaning is asked for, and this machine lacks the model.
    """
    query: dict[str, Any] = dict(alert.query)
    if rising := query.pop("rising", None):
        if others := query.keys() - {"like"}:
            raise UsageError(f"alerts: rising goes with like alone, not with {min(others)}")
        rows = [
            row
            for verdict in UP
            for row in _trends_of_class(reader, rising, verdict, query.get("like"))
        ]
        return {f"{row['kind']} {row['entity']} {row['class']}": row for row in rows}
    rows = _papers(reader, query).rows()
    return {f"paper {row['paper_id']}": row for row in rows}


def _papers(reader: Reader, query: dict[str, Any]) -> Found:
    near, meaning = query.pop("near", None), query.pop("meaning", None)
    if near is not None:
        if query or meaning is not None:
            raise UsageError("alerts: near goes with nothing else")
        return reader.similar(near, limit=NEAREST)
    if meaning is not None:
        if "words" in query:
            raise UsageError("alerts: words or meaning, not both")
        return reader.search(meaning, by="meaning", limit=NEAREST, **query)
    return reader.selected(**query)


def _trends_of_class(
    reader: Reader, kind: str, verdict: str, like: str | None
) -> list[dict[str, Any]]:
    """Trends of a class that the shift of feeds does not explain."""
    classes = {row["class"] for row in reader.sql("select distinct class from gold.trend_tests")}
    if verdict not in classes:
        return []
    rows = reader.trends(kind, verdict=verdict, like=like, limit=10**6).rows()
    return [row for row in rows if not row["is_explained"]]


def note(db: sqlite3.Connection, reader: Reader, alert: Alert) -> int:
    """Make an event of what is new, and note that it is known; returns how much it is."""
    known = {row[0] for row in db.execute("select key from known where alert = ?", (alert.id,))}
    fresh = {key: row for key, row in find_news(reader, alert).items() if key not in known}
    if not fresh:
        return 0
    event_id = hashlib.sha256(json.dumps([alert.id, sorted(fresh)]).encode()).hexdigest()[:32]
    kind = "trends" if "rising" in alert.query else "papers"
    body = {
        "id": event_id,
        "alert": alert.id,
        "name": alert.name,
        "asked": alert.query,
        kind: [fresh[key] for key in sorted(fresh)],
    }
    data = json.dumps(output.plain(body), ensure_ascii=True).encode()
    state = TOLD if alert.target == FEED else WAITING
    with writing(db):
        if not db.execute("select 1 from alerts where id = ?", (alert.id,)).fetchone():
            return 0  # its reader has ended it meanwhile
        db.execute(
            "insert or ignore into events (id, alert, body, state, at) values (?, ?, ?, ?, ?)",
            (event_id, alert.id, data, state, now().isoformat()),
        )
        know(db, alert, fresh)
    return len(fresh)


def know(db: sqlite3.Connection, alert: Alert, rows: Mapping[str, Any]) -> None:
    """Note that the rows of these keys need not be reported any more."""
    db.executemany("insert or ignore into known values (?, ?)", [(alert.id, key) for key in rows])
