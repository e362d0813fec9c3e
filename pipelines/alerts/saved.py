"""What people do with alerts: add, list, remove them, and have them report what is new."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from conf import Config
from papertide.reader import Reader, reader_of
from pipelines.alerts.channels import give, normal_target, public_target
from pipelines.alerts.feed import write_feed
from pipelines.alerts.news import find_news, know, note
from pipelines.alerts.store import (
    FEED,
    GIVEN_UP,
    TOLD,
    WAITING,
    Alert,
    all_alerts,
    now,
    open_store,
    place,
)
from pipelines.digest.mail.sending import alone
from pipelines.digest.store import writing
from storage.errors import PapertideError, UsageError

FILTERS = (
    "words", "author", "venue", "category", "topic", "term", "entity", "feed", "language",
    "country", "institution",
)  # fmt: skip
_WAITS_SECONDS = (0.0, 1.0, 5.0, 25.0)
"""Before each try of an event within one run; what is not taken then waits for the next."""
KEEP_DAYS = 5
"""Days after which an event that its receiver never took is given up: news are old by then."""
_ID_BYTES = 6


def add(config: Config, name: str, query: Mapping[str, str], target: str) -> Alert:
    """Add an alert; what it finds now is known, and not reported.

    Raises:
        UsageError: nothing is asked for, a filter that there is not, or no target.
    """
    if not query:
        raise UsageError(
            f"alerts: ask for something: {', '.join(FILTERS)}, meaning, near or rising"
        )
    target = normal_target(target, config.digest)
    alert = Alert(secrets.token_hex(_ID_BYTES), name, dict(query), target, secrets.token_hex(32))
    rows = find_news(reader_of(config), alert)  # refuses what can't be asked
    with open_store(config) as db, writing(db):
        db.execute(
            "insert into alerts values (?, ?, ?, ?, ?, ?)",
            (alert.id, name, json.dumps(alert.query), target, alert.secret, now().isoformat()),
        )
        know(db, alert, rows)
    return alert


def list_alerts(config: Config) -> list[dict[str, Any]]:
    """The alerts, with how many events were sent and how many wait."""
    with open_store(config) as db:
        counts = Counter(tuple(row) for row in db.execute("select alert, state from events"))
        return [
            {
                "id": alert.id,
                "name": alert.name,
                "asks": ", ".join(f"{name} {value}" for name, value in alert.query.items()),
                "to": public_target(alert.target),
                "told": counts[alert.id, TOLD],
                "waiting": counts[alert.id, WAITING],
                "given_up": counts[alert.id, GIVEN_UP],
            }
            for alert in all_alerts(db)
        ]


def remove(config: Config, alert: str) -> None:
    """Forget an alert and what it had to report.

    Raises:
        UsageError: there is none of this id.
    """
    if not end(config, alert):
        raise UsageError(f"no alert {alert}: papertide alerts list")


def end(config: Config, alert: str) -> bool:
    """Forget an alert and what it had to report; False: there is none of this id."""
    with open_store(config) as db, writing(db):
        return bool(db.execute("delete from alerts where id = ?", (alert,)).rowcount)


def run(
    config: Config,
    environ: Mapping[str, str],
    folder: Path | None = None,
    sleep: Callable[[float], None] | None = None,
) -> str:
    """Report what is new, and write feeds into `folder`; says how that ended.

    Raises:
        PapertideError: another run of alerts is under way, a feed has no folder, or events are left
            that a receiver did not take; they stay for the next run.
    """
    import time

    reader = reader_of(config)
    with alone(place(config)), open_store(config) as db:
        alerts = all_alerts(db)
        fresh, failures = _note_all(db, reader, alerts)
        for alert in alerts:
            if alert.target == FEED and folder is None:
                failures[alert.id] = "it is a feed, and no folder is named for it: --out FOLDER"
            elif alert.target == FEED and folder is not None:
                write_feed(db, alert, folder)
        events, why = _give_waiting(db, config, environ, sleep or time.sleep)
    why |= failures
    words = f"{fresh:,} new for {len(alerts):,} alerts; {events:,} events told"
    if why:
        reasons = "".join(f"\n  alert {alert}: {words}" for alert, words in sorted(why.items()))
        raise PapertideError(
            f"{words}; not all were {'asked' if failures else 'taken'}{reasons}\n"
            f"  nothing is lost: what waits goes with the next papertide alerts run, for "
            f"{KEEP_DAYS} days"
        )
    return words


def _note_all(
    db: sqlite3.Connection, reader: Reader, alerts: Sequence[Alert]
) -> tuple[int, dict[str, str]]:
    """How much is new for all alerts, and why some could not be asked, which holds up no other."""
    fresh, failures = 0, dict[str, str]()
    for alert in alerts:
        try:
            fresh += note(db, reader, alert)
        except PapertideError as error:
            failures[alert.id] = str(error)
    return fresh, failures


def _give_waiting(
    db: sqlite3.Connection,
    config: Config,
    environ: Mapping[str, str],
    sleep: Callable[[float], None],
) -> tuple[int, dict[str, str]]:
    """Give what waits to its receivers; returns how many events were taken, and why alerts wait."""
    alerts, count, why = {alert.id: alert for alert in all_alerts(db)}, 0, dict[str, str]()
    last = (now() - timedelta(days=KEEP_DAYS)).isoformat()
    with writing(db):
        db.execute(
            "update events set state = ? where state = ? and at < ?", (GIVEN_UP, WAITING, last)
        )
    for wait in _WAITS_SECONDS:
        waiting = "select * from events where state = ? order by at, id"
        rows = db.execute(waiting, (WAITING,)).fetchall()
        if not rows:
            break
        sleep(wait)
        for row in rows:
            if not db.execute("select 1 from events where id = ?", (row["id"],)).fetchone():
                continue  # its reader has ended the alert meanwhile
            refusal = give(alerts[row["alert"]], row, config, environ)
            state = TOLD if refusal is None else GIVEN_UP if refusal.is_final else WAITING
            with writing(db):
                db.execute(
                    "update events set state = ?, attempts = attempts + 1, answer = ? where id = ?",
                    (state, refusal and refusal.why, row["id"]),
                )
            why.pop(row["alert"], None)
            if refusal is None:
                count += 1
            else:
                why[row["alert"]] = refusal.why
    return count, why
