"""Sending: what waits in the outbox goes to the server, in rounds, each mail once."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conf.model import DigestConf
from pipelines.digest.mail import outbox
from pipelines.digest.mail.outbox import WAITING, Outcome
from pipelines.digest.mail.smtp import GoneError, connect, hand_over
from storage.errors import PapertideError

LOG = logging.getLogger("papertide")
# Connections that end before any mail was answered for; then the server is left alone for a while.
_VAIN_CONNECTIONS = 3


@dataclass(frozen=True)
class Clock:
    """Time as the sender sees it: the moment (UTC), and waiting."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Be the only sender for the subscribers in `file`; the lock ends with the process.

    Raises:
        PapertideError: another process is sending.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.with_suffix(".sending").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PapertideError(
                "another process is sending; nothing was done, let it end"
            ) from None
        yield


def deliver(
    db: sqlite3.Connection, settings: DigestConf, environ: Mapping[str, str], clock: Clock
) -> Counter[str]:
    """Give the server what waits; returns how many mails ended how.

    What the server refuses for now is given again in the next round, after a wait that doubles.
    What is left after the last round waits for the next call.

    Raises:
        PapertideError: the server takes nothing from us, until a person has done something.
    """
    if unsure := outbox.count_interrupted(db):
        LOG.info("the server may have %d mail already; it is given again as the same", unsure)
    outcomes: Counter[str] = Counter()
    for number in range(settings.smtp.attempts):
        queue = deque(outbox.waiting(db))
        if not queue:
            break
        if number:
            wait = settings.smtp.wait_seconds * 2 ** (number - 1)
            LOG.info("%d mails are left; again in %.0f s", len(queue), wait)
            clock.sleep(wait)
        try:
            _round(db, queue, settings, environ, clock, outcomes)
        except GoneError as gone:
            LOG.info("the mail server: %s", gone)
    outcomes[WAITING] = len(outbox.waiting(db))
    return outcomes


def _round(
    db: sqlite3.Connection,
    queue: deque[str],
    settings: DigestConf,
    environ: Mapping[str, str],
    clock: Clock,
    outcomes: Counter[str],
) -> None:
    """Give the server each mail of the queue once, over as many connections as it takes."""
    vain = 0
    while queue and vain < _VAIN_CONNECTIONS:
        with connect(settings.smtp, environ) as server:
            before = outcomes.total()

            def give(mail: outbox.Handed) -> Outcome:
                return hand_over(server, str(settings.sender), mail)  # noqa: B023 - used within

            if undelivered := _session(db, queue, give, clock, outcomes):
                if (
                    outcomes.total() > before
                ):  # it took some, and may want a new connection for more
                    queue.appendleft(undelivered)
                    vain = 0
                else:
                    vain += 1


def _session(
    db: sqlite3.Connection,
    queue: deque[str],
    give: Callable[[outbox.Handed], Outcome],
    clock: Clock,
    outcomes: Counter[str],
) -> str | None:
    """Give mails over one connection; returns the one during which it was lost, or None."""
    last: Outcome | None = None
    key = ""
    try:
        while queue:
            key = queue.popleft()
            mail = outbox.advance(db, last, key, clock.now())
            last = None
            if mail:
                last = give(mail)
                outcomes[last.state] += 1
    except GoneError as gone:
        last = Outcome(key, WAITING, str(gone))
        return key
    except PapertideError:
        last = Outcome(key, WAITING)
        raise
    finally:
        outbox.advance(db, last, None, clock.now())
    return None
