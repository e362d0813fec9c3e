"""The digest for one subscriber and for ten thousand, to a mail server on this machine."""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from benchmarks.figures import PAPERTIDE, Figure
from jobs.tables.gold import TOPICS
from pipelines.digest import store
from pipelines.digest.readers import subscribers
from pipelines.digest.readers.subscribers import Wishes
from storage import ledger
from storage.warehouse import Warehouse

MANY = 10_000
_BARE = """
from pipelines import ledger
from jobs.tables.gold import SCORES
from pipelines.warehouse import Warehouse
ledger.dataset(Warehouse.at({path!r}), SCORES).to_table()
"""


class Sink:
    """A mail server that takes everything: how many mails, and of how many bytes."""

    def __init__(self) -> None:
        self.mails = 0
        self.bytes = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail."""
        self.mails += 1
        self.bytes += len(envelope.content)
        return "250 OK"


def mails(warehouse: Path) -> Iterator[Figure]:
    """Seconds from the command to the last answer of the server, over a warehouse that was run."""
    bare = _seconds(sys.executable, "-c", _BARE.format(path=str(warehouse)))
    seconds, _, _, _ = _time_digest(warehouse, 1)
    yield Figure("digest for 1 subscriber", seconds, "seconds", bare,
                 "start of Python and of Arrow, gold.scores read")  # fmt: skip
    seconds, mails, size, plain = _time_digest(warehouse, MANY)
    news = f"{mails:,} have news, {size / 1e6:,.0f} MB"
    yield Figure(f"digest for {MANY:,} subscribers ({news})", seconds,
                 "seconds", plain, "as many of that size, ready made, by smtplib")  # fmt: skip


def _time_digest(warehouse: Path, readers: int) -> tuple[float, int, int, float]:
    """Seconds of the digest, its mails and their bytes, and seconds of sending as much plainly."""
    _forget(warehouse)
    _subscribe(warehouse, readers)
    sink = Sink()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    try:
        seconds = _seconds(
            str(PAPERTIDE), "digest", "--send", "--set", f"warehouse={warehouse}",
            "--set", "digest.sender=papers@papertide.example",
            "--set", "digest.endpoint_url=https://papertide.example",
            "--set", "digest.morning_hour=0", "--set", "digest.smtp.host=127.0.0.1",
            "--set", "digest.smtp.security=none", "--set", f"digest.smtp.port={port}",
        )  # fmt: skip
        mails, size = sink.mails, sink.bytes
        assert mails, "the digest sent nothing"
        return seconds, mails, size, _plainly(port, mails, size // mails)
    finally:
        server.stop()
        _forget(warehouse)


def _forget(warehouse: Path) -> None:
    shutil.rmtree(warehouse / "_private", ignore_errors=True)
    shutil.rmtree(warehouse / "ops" / "deliveries", ignore_errors=True)


def _subscribe(warehouse: Path, readers: int) -> None:
    """Readers of two topics each, the first without wishes."""
    house = Warehouse.at(str(warehouse))
    topics = sorted(ledger.values(house, TOPICS, "topic_id", ledger.published(house)))
    with store.open_store(warehouse / "_private" / "subscribers.sqlite") as db:
        db.execute("pragma synchronous=off")  # preparing is not measured
        for number in range(readers):
            wishes = [topics[(number + n) % len(topics)] for n in (0, 1)] if number else []
            who = subscribers.add(
                db, f"r{number}@example.org", "UTC", Wishes(tuple(wishes)), (), datetime.now(UTC)
            )
            subscribers.confirm(db, who.id)


def _plainly(port: int, number: int, size: int) -> float:
    line = b"tide " * 14 + b"\r\n"
    content = b"Subject: Tides\r\n\r\n" + line * (size // len(line))
    start = time.monotonic()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for place in range(number):
            server.sendmail("papers@papertide.example", [f"r{place}@example.org"], content)
    return time.monotonic() - start


def _seconds(*command: str) -> float:
    environ = {**os.environ, "PAPERTIDE_DIGEST_SECRET": "a secret of tides and ebbs"}
    start = time.monotonic()
    process = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return time.monotonic() - start
