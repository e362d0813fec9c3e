"""Word of failures and recoveries, to a real webhook and a real mail server on this machine."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from prefect import flow

from pipelines.flows import environment, notices
from storage.errors import PapertideError

pytestmark = pytest.mark.slow


@flow(name="inner tide", **notices.WATCHED)
def inner(sinks: bool) -> None:
    if sinks:
        raise PapertideError("the gauge is under water")


@flow(name="tide", **notices.WATCHED)
def tide(sinks: bool) -> None:
    inner(sinks)


class Hook(BaseHTTPRequestHandler):
    """A webhook that keeps what it is told, and answers with `status`."""

    told: list[dict[str, str]] = []
    status = 200

    def do_POST(self) -> None:  # noqa: N802
        """Take a notice."""
        length = int(self.headers["Content-Length"])
        self.told.append(json.loads(self.rfile.read(length)))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    Hook.told, Hook.status = [], 200
    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_port}/well", Hook.told
    server.shutdown()


def run(sinks: bool) -> None:
    if sinks:
        with pytest.raises(PapertideError):
            tide(sinks)
    else:
        tide(sinks)


def test_a_failure_is_told_each_time_and_a_recovery_once(
    harness: None, webhook: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, told = webhook
    monkeypatch.setenv(environment.NOTICES, address)
    for sinks in (False, True, True, False, False):
        run(sinks)
    assert [notice["title"] for notice in told] == [
        "papertide: tide has failed",
        "papertide: tide has failed",
        "papertide: tide is well again",
    ]
    assert [notice["type"] for notice in told] == ["failure", "failure", "success"]
    assert "the gauge is under water" in told[0]["message"]
    assert "flow run " in told[2]["message"]


def test_a_webhook_that_refuses_changes_nothing_and_its_address_is_not_told(
    harness: None,
    webhook: tuple[str, list[dict[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    address, told = webhook
    Hook.status = 500
    monkeypatch.setenv(environment.NOTICES, f"{address}/sesame nonsense")
    monkeypatch.setattr(notices.LOG, "propagate", True)
    run(sinks=True)
    assert told
    assert "not every address" in caplog.text
    assert "address 2 of PAPERTIDE_NOTICES" in caplog.text
    assert "sesame" not in caplog.text
    run(sinks=False)


def test_a_notice_comes_by_mail(harness: None, monkeypatch: pytest.MonkeyPatch) -> None:
    mails: list[bytes] = []

    class Sink:
        """A mail server that takes everything."""

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            """Take a mail."""
            mails.append(envelope.content)
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(Sink(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        monkeypatch.setenv(
            environment.NOTICES,
            f"mailto://127.0.0.1:{port}?from=tide@example.org&to=watch@example.org",
        )
        run(sinks=True)
        monkeypatch.delenv(environment.NOTICES)
        run(sinks=True)
    finally:
        server.stop()
    (mail,) = mails
    message = message_from_bytes(mail)
    assert message["Subject"] == "papertide: tide has failed"
    assert "watch@example.org" in message["To"]
    body = message.get_payload(decode=True) or message.get_payload(0).get_payload(decode=True)  # type: ignore[union-attr]
    assert b"the gauge is under water" in body
