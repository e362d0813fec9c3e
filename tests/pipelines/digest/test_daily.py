"""`papertide digest` from published tables to a real mail server."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from conf import Config
from jobs.tables.ops import DELIVERIES
from pipelines.digest import daily, store
from pipelines.digest.mail.sending import Clock
from pipelines.digest.readers import subscribers
from pipelines.digest.readers.subscribers import Subscriber, Wishes
from storage import ledger
from storage.errors import PapertideError, UsageError
from storage.warehouse import Warehouse
from tests.pipelines.digest import house as the
from tests.pipelines.digest.mailing import DROP, TAKE_AND_DROP, Mailbox, Server, plain

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


class Place:
    """A warehouse with subscribers and a mail server."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.config: Config = the.settings(folder, f"digest.smtp.port={port}")
        self.house = Warehouse.at(self.config.warehouse)
        self.now = NOON
        self.waits: list[float] = []

    @property
    def file(self) -> Path:
        return store.place(self.config.digest, self.house)

    def subscribe(
        self, address: str, wishes: Wishes | None = None, likes: tuple[str, ...] = (),
        timezone: str = "UTC",
    ) -> Subscriber:  # fmt: skip
        with store.open_store(self.file) as db:
            who = subscribers.add(db, address, timezone, wishes or Wishes(), likes, self.now)
            subscribers.confirm(db, who.id)
            return who

    def send(self, *overrides: str, environ: dict[str, str] | None = None, **given: object) -> str:
        config = self.config
        if overrides:
            port = f"digest.smtp.port={config.digest.smtp.port}"
            config = the.settings(self.folder, port, *overrides)
        clock = Clock(lambda: self.now, self.waits.append)
        secrets = the.SECRETS if environ is None else environ
        return daily.send(config, given.get("day"), secrets, clock)  # type: ignore[arg-type]

    def deliveries(self) -> list[tuple[str, str]]:
        """Kind and state of each row, in their order."""
        rows = ledger.rows(self.house, DELIVERIES)
        return sorted((row["kind"], row["state"]) for row in rows)


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def place(tmp_path: Path, box: Mailbox) -> Iterator[Place]:
    with Server(box) as server:
        made = Place(tmp_path, server.port)
        the.some_day(made.house)
        yield made


def test_each_subscriber_gets_one_mail_of_what_they_wished_for(place: Place, box: Mailbox) -> None:
    place.subscribe("all@example.org")
    place.subscribe("sea@example.org", Wishes(topics=("t1",)))
    place.subscribe("vision@example.org", Wishes(categories=("cs.CV",)))
    place.subscribe("author@example.org", Wishes(authors=("Tide, Grace",)))
    place.subscribe("nothing@example.org", Wishes(categories=("q-bio.BM",)))
    assert "4 of 5 subscribers have news" in place.send()
    told = dict(zip(box.addresses, map(plain, box.mails), strict=True))

    def titles(address: str) -> set[str]:
        return {key for key in "abc" if f"Title of {key}" in told[address]}

    assert titles("all@example.org") == {"a", "b", "c"}
    assert titles("sea@example.org") == {"a"}
    assert titles("vision@example.org") == {"b"}
    assert titles("author@example.org") == {"c"}
    assert "nothing@example.org" not in told


def test_nothing_is_told_twice_and_nothing_is_sent_on_a_day_with_nothing(
    place: Place, box: Mailbox
) -> None:
    place.subscribe("all@example.org")
    place.send()
    assert "sent 0" in place.send()
    assert len(box.taken) == 1

    tomorrow = the.DAY + timedelta(days=1)
    day_two = {
        "gold.scores": [
            *(the.score(key, 0.5) for key in "abc"),
            *(the.score(key, 0.5, tomorrow) for key in "abc"),
        ]
    }
    the.publish(place.house, day_two, minute=10)
    assert "0 of 1 subscribers have news" in place.send()
    assert len(box.taken) == 1

    news = [the.paper(key) for key in "abc"] + [the.paper("d", first_shown_on=tomorrow)]
    the.publish(place.house, {"silver.papers": news, "gold.scores": [
        the.score(key, 0.5, tomorrow) for key in "abcd"]}, minute=20)  # fmt: skip
    place.send()
    assert len(box.taken) == 2
    body = plain(box.mails[1])
    assert "Title of d" in body
    assert "Title of a" not in body
    assert "WHAT ROSE" not in body  # the week was told the day before


def test_a_merged_paper_is_the_one_that_was_told(place: Place, box: Mailbox) -> None:
    place.subscribe("all@example.org")
    place.send()
    tomorrow = the.DAY + timedelta(days=1)
    the.publish(place.house, {
        "silver.paper_forwards": [
                {"old_paper_id": "a", "paper_id": "b", "kind": "merge"},
                {"old_paper_id": "b", "paper_id": "new", "kind": "merge"},
            ],
            "silver.papers": [the.paper("new")],
        "gold.scores": [the.score("new", 0.5, tomorrow)],
    }, minute=10)  # fmt: skip
    place.send()
    assert len(box.taken) == 1


def test_without_scores_of_the_day_there_is_nothing_new(place: Place, box: Mailbox) -> None:
    place.subscribe("all@example.org")
    assert "nothing new" in place.send(day=the.DAY + timedelta(days=1))
    assert box.taken == []


def test_a_run_that_a_gate_stopped_sends_nothing_and_shows_nothing(
    place: Place, box: Mailbox
) -> None:
    """It had published papers already; the scores are those of the run before."""
    place.subscribe("all@example.org")
    the.publish(place.house, {"silver.papers": [the.paper("a", title="Half done")]}, minute=10)
    place.send()
    (mail,) = box.mails
    assert "Half done" not in mail.as_string()
    the.publish(place.house, {"silver.papers": [the.paper("new")]}, minute=20)
    assert "sent 0" in place.send()


def test_what_is_new_like_what_was_liked_is_told_with_the_reason(
    place: Place, box: Mailbox
) -> None:
    place.subscribe("likes@example.org", Wishes(categories=("cs.CV",)), likes=("old",))
    place.send()
    (mail,) = box.mails
    body = plain(mail)
    assert "NEW, LIKE WHAT YOU LIKED" in body
    assert "Title of c" in body.split("NEW, LIKE")[1]
    assert "Like: Title of old" in body


def test_a_mail_goes_when_the_readers_morning_has_come(place: Place, box: Mailbox) -> None:
    place.now = datetime(2025, 3, 1, 6, 30, tzinfo=UTC)
    place.subscribe("utc@example.org")
    place.subscribe("east@example.org", timezone="Asia/Tokyo")
    assert "1 wait for their morning" in place.send()
    assert box.addresses == ["east@example.org"]
    assert box.mails[0]["Date"].endswith("+0900")
    place.now += timedelta(hours=1)
    place.send()
    assert box.addresses == ["east@example.org", "utc@example.org"]


def test_pending_and_paused_get_no_digest(place: Place, box: Mailbox) -> None:
    with store.open_store(place.file) as db:
        subscribers.add(db, "asked@example.org", "UTC", Wishes(), (), place.now)
        who = subscribers.add(db, "paused@example.org", "UTC", Wishes(), (), place.now)
        subscribers.confirm(db, who.id)
        subscribers.pause(db, who.id)
    place.send()
    place.send()
    assert box.addresses == ["asked@example.org"]  # asked once
    assert "Do you want" in box.mails[0]["Subject"]
    assert place.deliveries() == [("confirmation", "intended"), ("confirmation", "sent")]


def test_who_does_not_confirm_is_forgotten(place: Place, box: Mailbox) -> None:
    with store.open_store(place.file) as db:
        subscribers.add(db, "asked@example.org", "UTC", Wishes(), (), place.now)
    place.now += timedelta(days=9)
    place.send()
    with store.open_store(place.file) as db:
        assert subscribers.everyone(db) == []
    assert box.taken == []


def test_what_is_refused_for_now_is_given_again_after_growing_waits(
    place: Place, box: Mailbox
) -> None:
    answers = iter(["450 4.2.0 grey@example.org is new here", "451 4.3.0 busy", None])
    box.recipients = lambda address: next(answers) if address.startswith("grey") else None
    place.subscribe("grey@example.org")
    place.subscribe("plain@example.org")
    assert "sent 2" in place.send()
    assert place.waits == [1, 2]
    assert sorted(box.addresses) == ["grey@example.org", "plain@example.org"]
    sent = [row for row in ledger.rows(place.house, DELIVERIES) if row["state"] == "sent"]
    assert sorted(row["attempts"] for row in sent) == [1, 3]


def test_what_is_refused_for_good_is_not_given_again(place: Place, box: Mailbox) -> None:
    box.recipients = lambda address: (
        "550 5.1.1 no gone@example.org here" if address.startswith("gone") else None
    )
    place.subscribe("gone@example.org")
    place.subscribe("here@example.org")
    assert "sent 1, refused for good 1" in place.send()
    assert place.waits == []
    (row,) = [row for row in ledger.rows(place.house, DELIVERIES) if row["state"] == "refused"]
    assert row["answer"] == "550 5.1.1"
    assert "sent 0" in place.send()
    assert box.addresses == ["here@example.org"]


def test_a_server_that_stays_busy_keeps_nothing_from_going_later(
    place: Place, box: Mailbox
) -> None:
    box.contents = lambda content: "452 4.3.1 full"
    place.subscribe("all@example.org")
    with pytest.raises(PapertideError, match="1 are left"):
        place.send("digest.smtp.attempts=3")
    assert place.deliveries() == [("digest", "intended")]
    box.contents = lambda content: None
    assert "sent 1" in place.send()
    assert place.deliveries() == [("digest", "intended"), ("digest", "sent")]


def test_a_mail_that_nobody_takes_is_given_up_in_the_end(place: Place, box: Mailbox) -> None:
    box.contents = lambda content: "452 4.3.1 full"
    place.subscribe("all@example.org")
    with pytest.raises(PapertideError):
        place.send("digest.smtp.attempts=1")
    place.now += timedelta(days=6)
    place.send("digest.smtp.attempts=1")
    assert place.deliveries() == [("digest", "expired"), ("digest", "intended")]
    with store.open_store(place.file) as db:
        assert db.execute("select count(*) from outbox").fetchone()[0] == 0


def test_a_dropped_connection_loses_no_mail_and_sends_none_twice(
    place: Place, box: Mailbox
) -> None:
    drops = iter([DROP, None, DROP])
    box.contents = lambda content: next(drops, None)
    for number in range(6):
        place.subscribe(f"reader{number}@example.org")
    assert "sent 6" in place.send()
    assert sorted(box.addresses) == [f"reader{number}@example.org" for number in range(6)]


def test_a_mail_whose_answer_was_lost_is_given_again_as_the_same(
    place: Place, box: Mailbox
) -> None:
    answers = iter([TAKE_AND_DROP])
    box.contents = lambda content: next(answers, None)
    place.subscribe("all@example.org")
    assert "sent 1" in place.send()
    first, second = box.taken
    assert first == second
    assert box.mails[0]["Message-ID"] == box.mails[1]["Message-ID"]


def test_no_server_is_told_and_everything_waits(place: Place, box: Mailbox) -> None:
    place.subscribe("all@example.org")
    with pytest.raises(PapertideError, match="1 are left"):
        place.send("digest.smtp.port=1")
    assert len(place.waits) == 4
    place.send()
    assert len(box.taken) == 1


def test_a_sender_that_is_refused_stops_everything_and_loses_nothing(
    place: Place, box: Mailbox
) -> None:
    box.senders = lambda address: "550 5.7.1 papers@papertide.example may not"
    place.subscribe("all@example.org")
    with pytest.raises(PapertideError, match=r"digest\.sender: 550 5\.7\.1"):
        place.send()
    box.senders = lambda address: None
    assert "sent 1" in place.send()


def test_who_unsubscribes_meanwhile_gets_nothing_more(place: Place, box: Mailbox) -> None:
    box.contents = lambda content: "452 full"
    who = place.subscribe("all@example.org")
    with pytest.raises(PapertideError):
        place.send("digest.smtp.attempts=1")
    with store.open_store(place.file) as db:
        subscribers.remove(db, who.id)
    box.contents = lambda content: None
    place.send()
    assert box.taken == []
    assert place.deliveries() == [("digest", "dropped"), ("digest", "intended")]


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_ledger_that_cannot_be_written_loses_nothing(
    call: int, place: Place, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever telling fails, the next call makes up for it and sends nothing twice."""
    place.subscribe("all@example.org")
    place.subscribe("too@example.org")
    calls = iter(range(1, 100))
    real = ledger.append

    def failing(*arguments: object) -> None:
        if next(calls) == call:
            raise OSError("disk full")
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "append", failing)
    try:
        place.send()
    except OSError:
        place.send()
    assert sorted(box.addresses) == ["all@example.org", "too@example.org"]
    assert place.deliveries() == [("digest", "intended")] * 2 + [("digest", "sent")] * 2


def test_one_sender_at_a_time(place: Place) -> None:
    from pipelines.digest.mail.sending import alone

    with alone(place.file), pytest.raises(PapertideError, match="another process is sending"):
        place.send()


def test_no_address_leaves_the_file_of_the_subscribers(
    place: Place, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    box.recipients = lambda address: "550 5.1.1 <needle@example.org> unknown"
    place.subscribe("needle@example.org")
    told = place.send()
    box.contents = lambda content: "452 needle@example.org is over quota"
    box.recipients = lambda address: None
    place.subscribe("needle2@example.org")
    with pytest.raises(PapertideError) as error:
        place.send()
    assert "needle" not in told + str(error.value) + caplog.text
    for folder, _, files in os.walk(place.house.root):
        for name in files:
            file = Path(folder) / name
            if place.file.name not in name:
                assert b"needle" not in file.read_bytes(), file
    assert place.file.stat().st_mode & 0o077 == 0
    rows = DeltaTable(place.house.path(DELIVERIES)).to_pyarrow_table().to_pylist()
    assert "needle" not in str(rows)


def test_what_was_sent_or_left_is_gone_from_the_file_as_well(place: Place, box: Mailbox) -> None:
    who = place.subscribe("needle@example.org")
    place.send()
    with store.open_store(place.file) as db:
        assert db.execute("select count(*) from outbox").fetchone()[0] == 0
        subscribers.remove(db, who.id)
    assert b"needle" not in place.file.read_bytes()


@pytest.mark.parametrize("key", ["digest.sender", "digest.endpoint_url", "digest.smtp.host"])
def test_a_setting_that_is_missing_is_named(place: Place, key: str) -> None:
    with pytest.raises(UsageError, match=key):
        place.send(f"{key}=null")


def test_without_a_secret_no_mail_is_made(place: Place) -> None:
    with pytest.raises(UsageError, match="PAPERTIDE_DIGEST_SECRET"):
        place.send(environ={})
    with pytest.raises(UsageError, match="shorter than 16"):
        place.send(environ={"PAPERTIDE_DIGEST_SECRET": "tide"})


def test_an_earlier_day_is_told_as_it_was(place: Place) -> None:
    later = the.DAY + timedelta(days=1)
    the.publish(place.house, {
        "silver.papers": [the.paper("a", title="Retitled"), the.paper("new", first_shown_on=later)],
        "gold.scores": [the.score("a", 0.9, later), the.score("new", 0.5, later)],
    }, minute=30)  # fmt: skip
    assert "Retitled" in daily.edition_text(place.config, None)
    then = daily.edition_text(place.config, the.DAY)
    assert "Title of a" in then
    assert "Retitled" not in then


def test_the_files_of_subscribers_may_not_be_read_by_others(place: Place) -> None:
    place.subscribe("all@example.org")
    place.file.chmod(0o644)
    with pytest.raises(PapertideError, match="chmod 600"):
        place.send()


def test_a_file_that_is_no_database_is_told(place: Place) -> None:
    place.file.parent.mkdir()
    place.file.write_text("tides " * 1000)
    place.file.chmod(0o600)
    with pytest.raises(PapertideError, match="not a database") as error:
        place.send()
    assert isinstance(error.value.__cause__, sqlite3.DatabaseError)
