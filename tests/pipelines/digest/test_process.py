"""The commands as processes of their own: killed, started again, and talked to."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from jobs.tables.ops import DELIVERIES
from pipelines.digest import store
from pipelines.digest.readers import subscribers
from pipelines.digest.readers.subscribers import Wishes
from storage import ledger
from storage.warehouse import Warehouse
from tests.end_to_end.processes import PAPERTIDE
from tests.pipelines.digest import house as the
from tests.pipelines.digest.mailing import Mailbox, Server, free_port, plain, read, until

pytestmark = pytest.mark.slow

READERS = 30


class Place:
    """A warehouse with a day, thirty subscribers, and a server that may hold its answers."""

    def __init__(self, folder: Path, port: int, box: Mailbox) -> None:
        self.box = box
        self.options = [
            f"warehouse={folder / 'warehouse'}",
            "digest.sender=papers@papertide.example",
            "digest.endpoint_url=http://127.0.0.1:8025",
            "digest.smtp.host=127.0.0.1",
            f"digest.smtp.port={port}",
            "digest.smtp.security=none",
            "digest.smtp.wait_seconds=0.1",
        ]
        self.house = Warehouse.at(str(folder / "warehouse"))
        self.file = folder / "warehouse" / "_private" / "subscribers.sqlite"
        the.some_day(self.house)
        with store.open_store(self.file) as db:
            for number in range(READERS):
                who = subscribers.add(
                    db, f"r{number}@example.org", "UTC", Wishes(), (), datetime.now(UTC)
                )
                subscribers.confirm(db, who.id)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        settings = [part for option in self.options for part in ("--set", option)]
        return subprocess.Popen(
            [str(PAPERTIDE), *arguments, *settings],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **the.SECRETS},
        )

    def send(self) -> subprocess.Popen[str]:
        return self.start("digest", "--send", "--for", str(the.DAY))

    def sent(self) -> str:
        """Send to the end; what was said."""
        process = self.send()
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out + err

    def states(self) -> list[str]:
        return sorted(row["state"] for row in ledger.rows(self.house, DELIVERIES))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    box = Mailbox()
    with Server(box) as server:
        yield Place(tmp_path, server.port, box)


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()  # nothing where it has ended by itself
    process.communicate()


def everyone() -> list[str]:
    return sorted(f"r{number}@example.org" for number in range(READERS))


def all_told(place: Place) -> None:
    assert place.states() == ["intended"] * READERS + ["sent"] * READERS


def test_killed_after_it_meant_to_and_before_it_gave_one_everyone_gets_one(place: Place) -> None:
    """The server keeps the first recipient waiting: every mail is intended, none is given."""
    reached = threading.Event()
    place.box.recipients = lambda address: reached.set() or "421 wait"  # type: ignore[func-returns-value]
    process = place.send()
    until(reached.is_set)
    kill(process)
    place.box.recipients = lambda address: None
    place.sent()
    assert sorted(place.box.addresses) == everyone()
    all_told(place)


def test_killed_between_two_mails_nobody_gets_two(place: Place) -> None:
    """It dies in the middle of a mail that the server has not answered for."""
    process = place.send()

    def kill_at_the_tenth(content: bytes) -> str | None:
        if len(place.box.taken) == 10 and process.poll() is None:
            kill(process)
            return "451 nobody there"
        return None

    place.box.contents = kill_at_the_tenth
    process.wait(timeout=120)
    assert len(place.box.taken) == 10
    assert "may have 1 mail already" in place.sent()
    assert sorted(place.box.addresses) == everyone()
    all_told(place)


def test_killed_before_it_heard_the_answer_the_mail_comes_again_as_the_same(place: Place) -> None:
    """What SMTP cannot tell: the server has the mail, and nobody knows. It knows it by its id."""
    process = place.send()

    def kill_and_take(content: bytes) -> str | None:
        if len(place.box.taken) == 10 and process.poll() is None:
            kill(process)
        return None

    place.box.contents = kill_and_take
    process.wait(timeout=120)
    place.sent()
    assert len(place.box.taken) == READERS + 1
    assert len(set(place.box.taken)) == READERS  # address and mail, byte for byte
    assert sorted({address for address, _ in place.box.taken}) == everyone()
    assert len({mail["Message-ID"] for mail in place.box.mails}) == READERS
    all_told(place)


def test_killed_again_and_again_at_any_moment_everyone_gets_one(place: Place) -> None:
    """At most the mail under way at each death comes twice, and then it is the same."""
    kills = 0
    for more in range(1, 7):
        aim = len(place.box.taken) + more
        process = place.send()
        until(lambda p=process, n=aim: len(place.box.taken) >= n or p.poll() is not None)  # type: ignore[misc]
        kills += process.poll() is None
        kill(process)
    place.sent()
    assert kills
    assert len(set(place.box.taken)) == READERS
    assert len(place.box.taken) <= READERS + kills
    assert sorted({address for address, _ in place.box.taken}) == everyone()
    all_told(place)


def test_a_subscription_from_the_first_word_to_the_last(place: Place) -> None:
    """Added, asked by mail, confirmed by the link, mailed, and ended by one click."""
    port = free_port()
    place.options[2] = f"digest.endpoint_url=http://127.0.0.1:{port}"
    endpoint = place.start("subscribers", "serve", "--port", str(port))
    try:
        added = place.start("subscribers", "add", "ada@example.org", "--topic", "sea, tides")
        out, err = added.communicate(timeout=120)
        assert added.returncode == 0, err
        assert "asked to confirm" in out
        (mail,) = place.box.mails
        link = next(line for line in plain(mail).splitlines() if "/confirm?t=" in line)
        until(lambda: answers(link))
        assert httpx.post(link).status_code == 200

        place.sent()
        digest = next(read(raw) for to, raw in place.box.taken[1:] if to == "ada@example.org")
        assert "Title of a" in plain(digest)
        assert "Title of b" not in plain(digest)
        leave = digest["List-Unsubscribe"].strip("<>")
        assert httpx.get(leave).status_code == 200
        assert "ada@example.org" in listed(place)
        answer = httpx.post(leave, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.is_redirect) == (200, False)
        assert "ada@example.org" not in listed(place)
    finally:
        endpoint.terminate()
        told = "".join(endpoint.communicate(timeout=60))
    assert "?t=" not in told  # a link in a log would serve whoever reads it


def listed(place: Place) -> str:
    process = place.start("subscribers", "list", "--format", "csv")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def answers(link: str) -> bool:
    try:
        return httpx.get(link).status_code == 200
    except httpx.TransportError:
        return False
