"""Saved searches tell each new thing once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from lxml import etree
from starlette.testclient import TestClient

from conf import Config, load
from dashboard.views.alerts import FILTERS
from papertide.reader import Reader
from pipelines import cli
from pipelines.alerts import channels, news, telling
from pipelines.alerts import saved as alerts
from pipelines.alerts.store import Alert
from pipelines.digest.readers import endpoint
from storage.errors import PapertideError, UsageError
from tests.dashboard.rows import HOSTILE, paper, publish, score
from tests.dashboard.rows import tested as trend
from tests.pipelines.digest import mailing

ATOM = "{http://www.w3.org/2005/Atom}"


class Receiver:
    """A webhook that answers with these statuses, then with 200; `got` holds what it took."""

    def __init__(self, *statuses: int) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        waiting, got = list(statuses), self.got

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = waiting.pop(0) if waiting else 200
                if status == 200:
                    got.append((dict(self.headers), body))
                if status == 0:  # it takes the event, and the sender dies before the answer
                    got.append((dict(self.headers), body))
                    os.kill(int(os.environ["PAPERTIDE_TEST_SENDER"]), signal.SIGKILL)
                    return
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/hook"


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    root = str(tmp_path / "warehouse")
    publish(root, {"silver.papers": [paper("old", "Tides of the sea")], "gold.scores": [score("old", 1)],
                   "gold.trend_tests": [trend("tides", "steady", None, 0.9)]})  # fmt: skip
    yield load([], [f"warehouse={root}"], {})


def titles(receiver: Receiver) -> list[list[str]]:
    return [[row["title"] for row in json.loads(body)["papers"]] for _, body in receiver.got]


def quick(_: float) -> None:
    """No waits in tests."""


def test_a_webhook_that_fails_twice_is_told_once_and_signed(config: Config) -> None:
    receiver = Receiver(500, 503)
    alert = alerts.add(config, "tides", {"words": "tides"}, receiver.address)
    assert alerts.run(config, {}, sleep=quick).startswith("0 new")
    publish(
        config.warehouse, {"silver.papers": [paper("new", "Tides again"), paper("other", "Reefs")]}
    )
    assert "1 new for 1 alerts; 1 events told" in alerts.run(config, {}, sleep=quick)
    assert alerts.run(config, {}, sleep=quick).startswith("0 new")
    assert titles(receiver) == [["Tides again"]]
    headers, body = receiver.got[0]
    assert headers["X-Papertide-Signature"] == channels.signature(alert.secret, body)
    assert headers["Idempotency-Key"] == json.loads(body)["id"]
    assert alerts.list_alerts(config)[0]["told"] == 1


def test_what_a_receiver_never_takes_waits_for_the_next_run(config: Config) -> None:
    receiver = Receiver(*[500] * 4)
    alerts.add(config, "tides", {"words": "tides"}, receiver.address)
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
    with pytest.raises(PapertideError, match="not all were taken"):
        alerts.run(config, {}, sleep=quick)
    assert alerts.list_alerts(config)[0]["waiting"] == 1
    alerts.run(config, {}, sleep=quick)
    assert titles(receiver) == [["Tides again"]]


@pytest.mark.slow
def test_a_death_during_a_call_loses_nothing_and_tells_the_same_again(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver(0)
    alerts.add(config, "tides", {"words": "tides"}, receiver.address)
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "alerts", "run",
               "--set", f"warehouse={config.warehouse}"]  # fmt: skip
    # Not `with`, which would wait for it before the receiver can know whom to kill.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    monkeypatch.setenv("PAPERTIDE_TEST_SENDER", str(process.pid))
    assert process.wait(60) == -signal.SIGKILL
    alerts.run(config, {}, sleep=quick)
    alerts.run(config, {}, sleep=quick)
    assert titles(receiver) == [["Tides again"], ["Tides again"]]
    assert receiver.got[0][1] == receiver.got[1][1]
    assert len({headers["Idempotency-Key"] for headers, _ in receiver.got}) == 1


def test_a_feed_has_each_paper_once_and_is_inert(config: Config, tmp_path: Path) -> None:
    alert = alerts.add(config, "all <of> them", {"feed": "daily"}, "atom")
    for paper_id, title in (("new", "Tides\x1b again"), ("bad", HOSTILE)):
        publish(
            config.warehouse, {"silver.papers": [paper(paper_id, title, url="javascript:alert(1)")]}
        )
        alerts.run(config, {}, tmp_path / "feeds")
    alerts.run(config, {}, tmp_path / "feeds")
    feed = etree.parse(str(tmp_path / "feeds" / f"{alert.id}.xml")).getroot()
    entries = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert entries == [HOSTILE, "Tides again"]
    assert not list(feed.iter(f"{ATOM}link"))
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == 2


def test_a_feed_leads_to_its_papers(config: Config, tmp_path: Path) -> None:
    alert = alerts.add(config, "tides", {"words": "tides"}, "atom")
    address = "https://shore.example.org/new"
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again", url=address)]})
    alerts.run(config, {}, tmp_path / "feeds")
    feed = etree.parse(str(tmp_path / "feeds" / f"{alert.id}.xml")).getroot()
    [link] = feed.iter(f"{ATOM}link")
    assert (link.get("href"), link.get("rel")) == (address, "alternate")


def test_the_scheme_of_a_webhook_may_be_in_capitals(config: Config) -> None:
    receiver = Receiver()
    alerts.add(config, "tides", {"words": "tides"}, receiver.address.replace("http", "HTTP", 1))
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
    alerts.run(config, {}, sleep=quick)
    assert titles(receiver) == [["Tides again"]]


def test_papers_near_one_or_a_text_are_told_when_they_come_among_the_nearest(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, asked = Receiver(), []

    def search(self: Reader, query: str, **options: Any) -> Any:
        asked.append((query, options))
        return self.selected(words="meant") if len(asked) > 1 else self.selected(words="nothing")

    monkeypatch.setattr(Reader, "search", search)
    publish(config.warehouse, {"gold.neighbors": []})
    for filters in ({"near": "old"}, {"meaning": "the sea", "feed": "daily"}):
        alerts.add(config, "near", filters, receiver.address)
    publish(config.warehouse, {
        "silver.papers": [paper("next", "Ebb"), paper("far", "Reefs"), paper("m", "What is meant")],
        "gold.neighbors": [{"paper_id": "old", "rank": 1, "neighbor_id": "next", "cosine": 0.8,
                            "is_earlier": False}],
    })  # fmt: skip
    assert alerts.run(config, {}, sleep=quick).startswith("2 new for 2 alerts")
    assert sorted(titles(receiver)) == [["Ebb"], ["What is meant"]]
    assert asked[0] == ("the sea", {"by": "meaning", "limit": 10, "feed": "daily"})
    assert alerts.run(config, {}, sleep=quick).startswith("0 new")


@pytest.mark.parametrize(
    ("filters", "words"),
    [({"near": "nobody"}, "nobody"), ({"near": "old", "words": "a"}, "nothing else"),
     ({"meaning": "a", "words": "b"}, "not both")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(
    config: Config, filters: dict[str, str], words: str
) -> None:
    publish(config.warehouse, {"gold.neighbors": []})
    with pytest.raises(UsageError, match=words):
        alerts.add(config, "wrong", filters, "atom")


def test_an_alert_that_cannot_be_asked_any_more_keeps_no_other_from_telling(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    monkeypatch.setattr(Reader, "search", lambda self, *_, **__: self.selected(words="nothing"))
    lost = alerts.add(config, "by meaning", {"meaning": "the sea"}, receiver.address)
    alerts.add(config, "tides", {"words": "tides"}, receiver.address)
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})

    def fails(self: Reader, *_: Any, **__: Any) -> Any:
        raise PapertideError("the model is not here")

    monkeypatch.setattr(Reader, "search", fails)
    with pytest.raises(PapertideError, match=f"1 events told; (.|\n)*{lost.id}: the model is not"):
        alerts.run(config, {}, sleep=quick)
    assert titles(receiver) == [["Tides again"]]


def test_a_term_that_begins_to_rise_is_told(config: Config) -> None:
    receiver = Receiver()
    alerts.add(config, "rise", {"rising": "term", "like": "tid"}, receiver.address)
    publish(config.warehouse, {"gold.trend_tests": [trend("tides", "rising", "established", 0.01), trend("reefs", "rising", "established", 0.01),
                                                    trend("tidal", "falling", "established", 0.01)]})  # fmt: skip
    alerts.run(config, {}, sleep=quick)
    alerts.run(config, {}, sleep=quick)
    (told,) = [json.loads(body)["trends"] for _, body in receiver.got]
    assert [(row["entity"], row["class"]) for row in told] == [("tides", "rising")]


def test_an_entity_that_begins_to_rise_is_told_by_its_name(config: Config) -> None:
    receiver = Receiver()
    named = {"entity_id": "tidenet", "name": "TideNet", "kind": "model"}
    publish(config.warehouse, {"gold.entities": [named]})
    alerts.add(config, "rise", {"rising": "entity", "like": "tide"}, receiver.address)
    rising = trend("tidenet", "rising", "established", 0.01, kind="entity")
    publish(config.warehouse, {"gold.trend_tests": [rising]})
    alerts.run(config, {}, sleep=quick)
    (told,) = [json.loads(body)["trends"] for _, body in receiver.got]
    assert [(row["kind"], row["name"]) for row in told] == [("entity", "TideNet")]


def test_wrong_alerts_are_refused_and_gone_ones_forgotten(config: Config) -> None:
    for asked, target, told in (
        ({}, "atom", "ask for something"),
        ({"words": "x"}, "nosuch://x", "--to"),
        ({"topic": "x"}, "atom", "gold.topics is not published"),
    ):
        with pytest.raises(PapertideError, match=told):
            alerts.add(config, "x", asked, target)
    alert = alerts.add(config, "x", {"words": "tides"}, "atom")
    alerts.remove(config, alert.id)
    assert alerts.list_alerts(config) == []
    with pytest.raises(UsageError, match="no alert"):
        alerts.remove(config, alert.id)


def test_the_file_is_for_nobody_else(config: Config) -> None:
    alerts.add(config, "x", {"words": "tides"}, "atom")
    file = Path(config.warehouse) / "_private" / "alerts.sqlite"
    assert file.stat().st_mode & 0o077 == 0


def mailed(config: Config, server: mailing.Server) -> Config:
    """The configuration with a mail server."""
    smtp = {"host": "127.0.0.1", "port": server.port, "security": "none"}
    mail = {"sender": "tide@example.org", "smtp": smtp}
    return config.model_copy(
        update={"digest": type(config.digest).model_validate(config.digest.model_dump() | mail)}
    )


def test_a_mail_is_told_once_though_the_server_fails_twice(config: Config) -> None:
    answers = ["451 later", "421 closing", None]
    box = mailing.Mailbox(contents=lambda _: answers.pop(0))
    with mailing.Server(box) as server:
        there = mailed(config, server)
        alert = alerts.add(there, "my <tides>", {"feed": "daily"}, "mailto:Ada@Example.org")
        publish(config.warehouse, {"silver.papers": [
            paper("new", "Tides again", abstract="The sea\u202e rises.", url="https://example.org/1"),
            paper("bad", HOSTILE, url="javascript:alert(1)")]})  # fmt: skip
        alerts.run(there, {}, sleep=quick)
        alerts.run(there, {}, sleep=quick)
    (mail,) = box.mails
    assert box.addresses == ["Ada@example.org"]
    assert mail["Subject"] == "my <tides>: 2 new papers"
    text, html = mailing.plain(mail), mailing.html(mail)
    assert "2. Tides again" in text
    assert "   https://example.org/1\n   The sea rises." in text
    assert f"papertide alerts remove {alert.id}" in text
    assert 'href="https://example.org/1"' in html
    for harm in ("<script", 'javascript:alert(1)"', "\u202e"):
        assert harm not in html


def test_a_mail_has_the_same_bytes_each_time_it_is_given(config: Config) -> None:
    taken: list[bytes] = []

    def later(content: bytes) -> str:
        taken.append(content)
        return "451 later"

    box = mailing.Mailbox(contents=later)
    with mailing.Server(box) as server:
        there = mailed(config, server)
        alerts.add(there, "rise", {"rising": "term"}, "mailto:ada@example.org")
        rising = trend("tides", "rising", "established", 0.01) | {"why": "12 of 340 papers in May"}
        publish(config.warehouse, {"gold.trend_tests": [rising]})
        for _ in range(2):
            with pytest.raises(PapertideError, match=r"not all were taken\n  alert \w+: 451"):
                alerts.run(there, {}, sleep=quick)
    assert len(taken) == 8
    assert len(set(taken)) == 1
    mail = mailing.read(taken[0])
    assert mail["Message-ID"].endswith("@example.org>")
    assert "1. tides\n   rising, established\n   12 of 340 papers in May" in mailing.plain(mail)


def test_whoever_gets_a_mail_can_end_its_alert(config: Config, tmp_path: Path) -> None:
    box, environ = mailing.Mailbox(), {"PAPERTIDE_DIGEST_SECRET": "a secret of tides and ebbs"}
    with mailing.Server(box) as server:
        mail = mailed(config, server)
        digest = mail.digest.model_copy(update={"endpoint_url": "https://tide.example.org/m"})
        there = mail.model_copy(update={"digest": digest})
        alert = alerts.add(there, "tides", {"words": "tides"}, "mailto:ada@example.org")
        alerts.add(there, "seas", {"words": "seas"}, "atom")
        publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
        with pytest.raises(PapertideError, match="no PAPERTIDE_DIGEST_SECRET"):
            alerts.run(there, {}, tmp_path, sleep=quick)
        alerts.run(there, environ, tmp_path, sleep=quick)
    (letter,) = box.mails
    link = letter["List-Unsubscribe"].strip("<>")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"End it: {link}" in mailing.plain(letter)
    assert f'<a href="{link}">End it</a>' in mailing.html(letter)
    application = endpoint.application(
        tmp_path / "subscribers.sqlite", environ["PAPERTIDE_DIGEST_SECRET"].encode(), "Papertide",
        partial(alerts.end, there),
    )  # fmt: skip
    path = link.removeprefix("https://tide.example.org/m")
    client = TestClient(application)
    assert client.get(path).status_code == 200
    assert alert.id in {row["id"] for row in alerts.list_alerts(there)}
    for _ in range(2):
        assert client.post(path).status_code == 200
    assert [row["asks"] for row in alerts.list_alerts(there)] == ["words seas"]


def test_an_alert_that_ends_while_it_is_asked_holds_up_no_other(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver()
    first, second = (alerts.add(config, n, {"words": "tides"}, receiver.address) for n in "ab")
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
    find = news.find_news

    def ended(reader: Reader, alert: Alert) -> dict[str, dict[str, Any]]:
        rows = find(reader, alert)
        alerts.end(config, first.id)
        return rows

    monkeypatch.setattr(news, "find_news", ended)
    assert alerts.run(config, {}, sleep=quick).startswith("1 new")
    assert [json.loads(body)["alert"] for _, body in receiver.got] == [second.id]


def test_what_a_server_refuses_for_good_is_given_up(config: Config) -> None:
    box = mailing.Mailbox(recipients=lambda _: "550 nobody here")
    with mailing.Server(box) as server:
        there = mailed(config, server)
        alerts.add(there, "tides", {"words": "tides"}, "mailto:ada@example.org")
        publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
        with pytest.raises(PapertideError, match="550"):
            alerts.run(there, {}, sleep=quick)
        assert alerts.run(there, {}, sleep=quick).startswith("0 new")
    assert [row["given_up"] for row in alerts.list_alerts(there)] == [1]
    with pytest.raises(UsageError, match=r"digest\.sender, digest\.smtp\.host"):
        alerts.add(config, "tides", {"words": "tides"}, "mailto:ada@example.org")


def test_a_chat_gets_the_words_and_its_address_is_listed_without_its_secret(
    config: Config,
) -> None:
    receiver = Receiver()
    chat = receiver.address.replace("http://", "json://secret:word@")
    alerts.add(config, "tides", {"words": "tides"}, chat)
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
    alerts.run(config, {}, sleep=quick)
    alerts.run(config, {}, sleep=quick)
    ((_, body),) = receiver.got
    assert json.loads(body)["title"] == "tides: 1 new paper"
    assert "1. Tides again" in json.loads(body)["message"]
    assert [row["to"] for row in alerts.list_alerts(config)] == ["json://…"]


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = [{"title": f"Paper {n}", "authors": [{"name": "Ada"}] * 5} for n in range(60)]
    found = telling.in_words({"name": "all", "papers": rows})
    assert (found.subject, len(found.lines), found.more) == ("all: 60 new papers", 50, 10)
    assert telling.plain(found).endswith("and 10 more")
    assert found.lines[0].about == "Ada, Ada, Ada and 2 more"


def test_page_and_command_ask_by_the_same() -> None:
    every = {*alerts.FILTERS, "meaning", "near"}
    assert set(FILTERS) == every
    options = {option.name for option in cli.add_alert.params}
    assert every | {"rising", "like"} <= options


def test_a_feed_without_a_folder_is_told_and_holds_up_no_other(config: Config) -> None:
    receiver = Receiver()
    alerts.add(config, "tides", {"words": "tides"}, receiver.address)
    feed = alerts.add(config, "feed", {"words": "tides"}, "atom")
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
    with pytest.raises(PapertideError, match=f"alert {feed.id}: it is a feed.*--out"):
        alerts.run(config, {}, sleep=quick)
    assert titles(receiver) == [["Tides again"]]


def test_a_host_that_is_no_name_is_refused_and_one_kept_before_holds_up_no_other(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="webhook"):
        alerts.add(config, "bad", {"words": "tides"}, "http://a..b/")
    with monkeypatch.context() as before:
        before.setattr(channels, "_has_name", lambda target: True)
        alerts.add(config, "bad", {"words": "tides"}, "http://a..b/")
    receiver = Receiver()
    alerts.add(config, "tides", {"words": "tides"}, receiver.address)
    publish(config.warehouse, {"silver.papers": [paper("new", "Tides again")]})
    with pytest.raises(PapertideError, match="not all were taken"):
        alerts.run(config, {}, sleep=quick)
    assert titles(receiver) == [["Tides again"]]


def test_the_address_of_a_webhook_is_not_listed(config: Config) -> None:
    alerts.add(config, "tides", {"words": "tides"}, "https://hooks.example.org/services/T0/SECRET")
    assert alerts.list_alerts(config)[0]["to"] == "https://hooks.example.org/…"
