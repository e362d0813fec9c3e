"""What links lead to: GET changes nothing, POST does what the link says, once or often."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from pipelines.digest import store
from pipelines.digest.readers import subscribers
from pipelines.digest.readers.endpoint import application
from pipelines.digest.readers.links import Links
from pipelines.digest.readers.subscribers import Subscriber, Wishes

SECRET = b"a secret of tides and ebbs"
LINKS = Links(SECRET, "http://papertide.example")
TODAY = date(2025, 3, 1)
UNTIL = date(2025, 3, 8)


class Endpoint:
    """The application with one pending subscriber."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.ended: list[str] = []
        self.app = application(file, SECRET, "Papertide", self.ended.append, lambda: TODAY)
        with store.open_store(file) as db:
            self.ada = subscribers.add(
                db, "ada@example.org", "UTC", Wishes(), (), datetime(2025, 3, 1, tzinfo=UTC)
            )

    def ask(self, method: str, link: str, **given: object) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(method, link, **given)  # type: ignore[arg-type]

        return asyncio.run(asked())

    def everyone(self) -> list[Subscriber]:
        with store.open_store(self.file) as db:
            return subscribers.everyone(db)

    def content(self) -> list[str]:
        """All that the file says."""
        with sqlite3.connect(self.file) as db:
            return list(db.iterdump())


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    yield Endpoint(tmp_path / "private" / "subscribers.sqlite")


def links(who: Subscriber) -> list[str]:
    of_a_paper = [LINKS.like(who.id, "p1"), LINKS.dislike(who.id, "p1")]
    return [LINKS.confirm(who.id, UNTIL), LINKS.unsubscribe(who.id), *of_a_paper]


def test_get_changes_nothing_and_shows_a_button(endpoint: Endpoint) -> None:
    before = endpoint.content()
    for link in links(endpoint.ada):
        for method in ("GET", "HEAD"):
            answer = endpoint.ask(method, link)
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert '<form method="post">' in endpoint.ask("GET", link).text
        assert "ada@" not in endpoint.ask("GET", link).text
    assert endpoint.content() == before


def test_one_click_unsubscribes_as_mail_programs_do_it(endpoint: Endpoint) -> None:
    """RFC 8058: a POST without cookies, as a form or multipart, answered without a redirect."""
    link = LINKS.unsubscribe(endpoint.ada.id)
    body = {"List-Unsubscribe": "One-Click"}
    answer = endpoint.ask("POST", link, data=body)
    assert answer.status_code == 200
    assert endpoint.everyone() == []
    again = endpoint.ask("POST", link, files={"List-Unsubscribe": (None, "One-Click")})
    assert again.status_code == 200
    assert endpoint.ask("POST", LINKS.confirm(endpoint.ada.id, UNTIL)).status_code == 410
    assert endpoint.everyone() == []


def test_confirming_and_liking_do_what_they_say(endpoint: Endpoint) -> None:
    for _ in range(2):
        assert endpoint.ask("POST", LINKS.confirm(endpoint.ada.id, UNTIL)).status_code == 200
        assert endpoint.ask("POST", LINKS.like(endpoint.ada.id, "p1")).status_code == 200
    (ada,) = endpoint.everyone()
    assert (ada.state, ada.likes) == ("active", ("p1",))


def test_the_last_that_a_reader_says_of_a_paper_holds(endpoint: Endpoint) -> None:
    for link, likes, dislikes in (
        (LINKS.dislike, (), ("p1",)),
        (LINKS.like, ("p1",), ()),
        (LINKS.dislike, (), ("p1",)),
    ):
        for _ in range(2):
            assert endpoint.ask("POST", link(endpoint.ada.id, "p1")).status_code == 200
        (ada,) = endpoint.everyone()
        assert (ada.likes, ada.dislikes) == (likes, dislikes)
    endpoint.ask("POST", LINKS.unsubscribe(endpoint.ada.id))
    assert endpoint.ask("POST", LINKS.dislike(endpoint.ada.id, "p1")).status_code == 410


def test_subscribers_of_an_earlier_version_can_dislike(endpoint: Endpoint) -> None:
    with sqlite3.connect(endpoint.file) as db:
        db.execute("drop table dislikes")
        db.execute("pragma user_version = 1")
    assert endpoint.ask("POST", LINKS.dislike(endpoint.ada.id, "p1")).status_code == 200
    assert endpoint.everyone()[0].dislikes == ("p1",)


def test_a_link_to_confirm_ends_with_its_day(endpoint: Endpoint) -> None:
    late = LINKS.confirm(endpoint.ada.id, date(2025, 2, 28))
    for method in ("GET", "POST"):
        assert endpoint.ask(method, late).status_code == 410
    assert endpoint.everyone()[0].state == "pending"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_no_link_of_ours_does_nothing(endpoint: Endpoint, method: str) -> None:
    before = endpoint.content()
    forged = Links(b"another secret of tides", LINKS.endpoint)
    as_other = LINKS.unsubscribe(endpoint.ada.id).replace("/unsubscribe", "/confirm")
    bad = [forged.unsubscribe(endpoint.ada.id), as_other, "http://papertide.example/unsubscribe",
           "http://papertide.example/confirm?t=%00%ff..", f"http://papertide.example/like?t={'a' * 5000}"]  # fmt: skip
    for link in bad:
        assert endpoint.ask(method, link).status_code == 400
    assert endpoint.ask(method, "http://papertide.example/").status_code == 404
    for method_too in ("PUT", "DELETE", "PATCH"):
        assert endpoint.ask(method_too, LINKS.unsubscribe(endpoint.ada.id)).status_code == 405
    assert endpoint.content() == before


def test_a_link_ends_its_alert_when_its_button_is_pressed(endpoint: Endpoint) -> None:
    link = LINKS.end_alert("a1")
    asked = endpoint.ask("GET", link)
    assert (asked.status_code, endpoint.ended) == (200, [])
    assert "End the alert" in asked.text
    for _ in range(2):
        done = endpoint.ask("POST", link)
        assert (done.status_code, "has ended" in done.text) == (200, True)
    assert endpoint.ended == ["a1", "a1"]
    as_other = LINKS.unsubscribe("a1").replace("/unsubscribe", "/end-alert")
    assert endpoint.ask("POST", as_other).status_code == 400
    assert len(endpoint.ended) == 2
    assert len(endpoint.everyone()) == 1


def test_a_long_body_is_not_read_to_its_end(endpoint: Endpoint) -> None:
    link = LINKS.unsubscribe(endpoint.ada.id)
    assert endpoint.ask("POST", link, content=b"x" * 100_000).status_code == 413
    assert len(endpoint.everyone()) == 1


def test_it_can_be_mounted_in_another_application(endpoint: Endpoint) -> None:
    inner = endpoint.app
    endpoint.app = Starlette(routes=[Mount("/mail", inner)])
    parts = urlsplit(LINKS.unsubscribe(endpoint.ada.id))
    answer = endpoint.ask("POST", f"http://papertide.example/mail{parts.path}?{parts.query}")
    assert answer.status_code == 200
    assert endpoint.everyone() == []
