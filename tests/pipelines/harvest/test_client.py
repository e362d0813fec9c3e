"""The client: polite to a source that works, patient with one that does not, safe from one."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any

import httpx
import pytest

from conf.model import HarvestConf
from pipelines.harvest.client import Client, Fetched, LeftInPeaceError, _check_redirect
from pipelines.harvest.core import Refused, Request
from pipelines.harvest.daily import read
from storage.errors import PapertideError
from tests.pipelines.harvest.serving import Reply, Seen, Service, Time

GOOD = Reply(b'[{"id": 1}]')
HTML = Reply(b"<!DOCTYPE html><html><body>Back soon</body></html>")


def fetch(
    service: Service,
    time: Time,
    conditions: dict[str, str] | None = None,
    pause: float = 3.0,
    **settings: Any,
) -> Fetched | None:
    given = HarvestConf(contact="someone@example.org", **settings)
    with Client(given, pause, time.clock) as client:
        return client.fetch(Request(f"{service.url}/list", {"q": "a b"}), read, conditions)


def playing(*replies: Reply) -> Any:
    """These replies in turn; the last one for ever."""
    left: Iterator[Reply] = chain(replies, repeat(replies[-1]))
    return lambda seen: next(left)


def test_a_request_says_who_asks_and_how_to_reach_them(service: Service, time: Time) -> None:
    service.reply = playing(GOOD)
    fetched = fetch(service, time)
    assert fetched
    assert fetched.body == GOOD.body
    (seen,) = service.seen
    assert seen.headers["user-agent"].startswith("papertide/")
    assert seen.headers["user-agent"].endswith(" (mailto:someone@example.org)")
    assert (seen.path, seen.parameters) == ("/list", {"q": "a b"})


def test_parameters_join_those_of_the_address(service: Service, time: Time) -> None:
    service.reply = playing(GOOD)
    with Client(HarvestConf(contact="a@b.c"), 0.0, time.clock) as client:
        client.fetch(Request(f"{service.url}/?own=1", {"q": "[1 TO 2] & more"}), read)
    assert service.seen[0].parameters == {"own": "1", "q": "[1 TO 2] & more"}


@pytest.mark.parametrize(
    "bad",
    [
        *(Reply(status=status) for status in (408, 429, 500, 502, 503, 504)),
        Reply(GOOD.body, cut=4),
        Reply(b"", cut=0),
        HTML,
        Reply(b'\xef\xbb\xbf <!-- hm --> <HTML lang="en">'),
        Reply(b'[{"id": 1'),
        Reply(b"[1, 2]"),
        Reply(b"[NaN]"),
        Reply(b"[" * 100_000),
        Reply(b"", 204),
        Reply(b"no gzip", headers={"Content-Encoding": "gzip"}),
        Reply(status=302, headers={"Location": "/list"}),
        Reply(status=302, headers={"Location": "http://[::"}),
    ],
    ids=lambda bad: f"{bad.status} {bad.body[:12]!r} {list(bad.headers.values())}",
)
def test_what_is_wrong_for_a_moment_is_asked_for_again(
    service: Service, time: Time, bad: Reply
) -> None:
    in_a_circle = bad.headers.get("Location") == "/list"
    service.reply = playing(*[bad] * (6 if in_a_circle else 1), GOOD)
    fetched = fetch(service, time)
    assert fetched
    assert fetched.body == GOOD.body


def test_what_stays_wrong_ends_the_harvest_with_the_reason(service: Service, time: Time) -> None:
    service.reply = playing(HTML)
    with pytest.raises(PapertideError, match=r"/list: an HTML page.*\n.*asked 4 times"):
        fetch(service, time, attempts=4)
    assert len(service.seen) == 4


def test_waits_may_double_with_each_attempt_and_are_left_to_chance(service: Service) -> None:
    service.reply = playing(Reply(status=500))
    waits = []
    for _ in range(20):
        passing = Time()
        with pytest.raises(PapertideError):
            fetch(service, passing, pause=0, attempts=5, longest_wait_seconds=20)
        waits.append([sleep for sleep in passing.sleeps if sleep > 0])
    for longest, taken in zip([4, 8, 16, 20], zip(*waits, strict=True), strict=True):
        assert all(1 <= wait <= longest for wait in taken)
        assert len(set(taken)) == 20
        assert max(taken) > longest / 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", ["120", "Tue, 24 Nov 2026 06:02:03 GMT"])
def test_a_source_that_says_when_is_asked_again_then_and_not_before(
    service: Service, time: Time, status: int, asked: str
) -> None:
    service.reply = playing(Reply(status=status, headers={"Retry-After": asked}), GOOD)
    assert fetch(service, time)
    # The moment is counted from the answer, which the first pause of three seconds precedes.
    assert time.sleeps[1] == 120
    assert len(service.seen) == 2


@pytest.mark.parametrize("asked", ["3600", "Tue, 24 Nov 2026 07:00:03 GMT"])
def test_a_source_that_wants_long_peace_gets_it_and_the_moment_is_told(
    service: Service, time: Time, asked: str
) -> None:
    service.reply = playing(Reply(status=503, headers={"Retry-After": asked}))
    with pytest.raises(LeftInPeaceError, match="until 2026-11-24 07:00 UTC"):
        fetch(service, time, longest_wait_seconds=900)
    assert len(service.seen) == 1


@pytest.mark.parametrize("asked", ["soon", "", "-5", "9" * 400, "Tue, 99 Nov 2026 06:00:00 GMT"])
def test_a_retry_after_that_makes_no_sense_breaks_nothing(
    service: Service, time: Time, asked: str
) -> None:
    service.reply = playing(Reply(status=503, headers={"Retry-After": asked}), GOOD)
    if asked.isdigit():
        with pytest.raises(LeftInPeaceError):
            fetch(service, time)
    else:
        assert fetch(service, time)


def test_an_answer_is_an_answer_even_if_it_names_a_time_for_the_next(
    service: Service, time: Time
) -> None:
    service.reply = playing(Reply(GOOD.body, headers={"Retry-After": "99999"}))
    assert fetch(service, time)


def test_a_no_with_a_time_for_the_next_is_a_later(service: Service, time: Time) -> None:
    service.reply = playing(Reply(status=403, headers={"Retry-After": "60"}), GOOD)
    assert fetch(service, time)


def test_a_moment_that_has_passed_is_no_wait(service: Service, time: Time) -> None:
    passed = "Tue, 24 Nov 2020 06:00:00 GMT"
    service.reply = playing(Reply(status=503, headers={"Retry-After": passed}), GOOD)
    assert fetch(service, time)
    assert time.passed() == 6.0, "but the pause between requests stays"


def test_a_slow_answer_fails_as_a_whole_however_steadily_it_drips(
    service: Service, time: Time
) -> None:
    service.reply = playing(Reply(GOOD.body, drip=0.1))
    with pytest.raises(PapertideError, match=r"no whole answer within 0\.3 seconds"):
        fetch(service, time, timeout_seconds=0.3, attempts=2)
    assert len(service.seen) == 2


def test_no_server_at_all_is_told(time: Time, service: Service) -> None:
    service.close()
    with pytest.raises(PapertideError, match="asked 2 times"):
        fetch(service, time, attempts=2)


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_that_is_too_long_is_refused_packed_or_not(
    service: Service, time: Time, packed: bool
) -> None:
    body = b"[" + b" " * 2_000_000 + b"]"
    packing = {"Content-Encoding": "gzip"} if packed else {}
    service.reply = playing(Reply(gzip.compress(body) if packed else body, headers=packing))
    with pytest.raises(PapertideError, match="1,000,000 bytes.*\n.*harvest.max_page_bytes"):
        fetch(service, time, max_page_bytes=1_000_000)
    assert len(service.seen) == 1


def test_a_packed_answer_lands_unpacked(service: Service, time: Time) -> None:
    service.reply = playing(Reply(gzip.compress(GOOD.body), headers={"Content-Encoding": "gzip"}))
    fetched = fetch(service, time)
    assert fetched
    assert fetched.body == GOOD.body


def test_a_no_is_told_in_the_words_of_the_source_and_not_asked_again(
    service: Service, time: Time
) -> None:
    service.reply = playing(Reply(b'{"error": "no such day\\u001b[2J"}', 400))
    with pytest.raises(Refused) as no:
        fetch(service, time)
    assert "no such day" in str(no.value)
    assert "\x1b" not in str(no.value)
    service.reply = playing(Reply(b"nothing", 404))
    with pytest.raises(Refused, match=r"/list: status 404 Not Found$"):
        fetch(service, time)
    assert len(service.seen) == 2


def test_not_modified_without_a_condition_is_no_answer(service: Service, time: Time) -> None:
    service.reply = playing(Reply(status=304))
    assert fetch(service, time, {"If-None-Match": '"x"'}) is None
    with pytest.raises(PapertideError, match="status 304"):
        fetch(service, time, attempts=2)


def test_a_redirect_on_the_same_host_is_followed(service: Service, time: Time) -> None:
    def reply(seen: Seen) -> Reply:
        if seen.path == "/list":
            return Reply(status=301, headers={"Location": "/new/list?q=1"})
        return GOOD

    service.reply = reply
    assert fetch(service, time)
    assert service.seen[1].path == "/new/list"


@pytest.mark.parametrize(
    ("at", "to", "followed"),
    [
        ("http://a.org/x", "https://a.org/x", True),
        ("https://a.org/x", "/y", True),
        ("https://a.org/x", "http://a.org/x", False),
        ("https://a.org/x", "https://b.org/x", False),
        ("https://a.org/x", "//b.org/x", False),
        ("https://a.org/x", "https://a.org:8443/x", False),
        ("https://a.org/x", "https://a.org@b.org/x", False),
        ("https://a.org/x", "file:///etc/passwd", False),
    ],
)
def test_a_redirect_leads_to_the_same_host_or_nowhere(at: str, to: str, followed: bool) -> None:
    if followed:
        assert _check_redirect(httpx.URL(at), to).host == "a.org"
    else:
        with pytest.raises(Refused, match="not followed"):
            _check_redirect(httpx.URL(at), to)


def test_a_key_is_told_to_nobody_but_the_source(
    service: Service, time: Time, progress: pytest.LogCaptureFixture
) -> None:
    service.reply = playing(Reply(status=500))
    with (
        Client(HarvestConf(contact="a@b.c", attempts=2), 0.0, time.clock) as client,
        pytest.raises(PapertideError) as failed,
    ):
        client.fetch(Request(service.url, {"api_key": "secret"}), read)
    assert service.asked("api_key") == ["secret", "secret"]
    assert "secret" not in str(failed.value)
    assert "secret" not in progress.text
    assert "attempt 1" in progress.text
