"""A real server on this machine that plays back answers and misbehaves, and answers for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from conf import Config, load
from pipelines.harvest.client import Clock


@dataclass(frozen=True)
class Reply:
    """An answer, and how badly it is given.

    `cut`: bytes of the body after which the connection ends; `drip`: pause before each byte.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request as the server saw it."""

    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]


class Service:
    """The server: `reply` makes the answers, `seen` holds the requests in their order."""

    def __init__(self) -> None:
        self.reply: Callable[[Seen], Reply] = lambda seen: Reply(status=404)
        self.seen: list[Seen] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # noqa: N802
                parts = urlsplit(self.path)
                values = {key: value[-1] for key, value in parse_qs(parts.query).items()}
                headers = {key.lower(): value for key, value in self.headers.items()}
                seen = Seen(parts.path, values, headers)
                service.seen.append(seen)
                self.give(service.reply(seen))

            def give(self, reply: Reply) -> None:
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(reply.body)))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if reply.drip:
                    for byte in reply.body:
                        time.sleep(reply.drip)
                        self.wfile.write(bytes([byte]))
                else:
                    self.wfile.write(reply.body[: reply.cut])
                self.close_connection = reply.cut is not None

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that has had enough

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def asked(self, parameter: str) -> list[str | None]:
        """The values of a parameter, request by request."""
        return [seen.parameters.get(parameter) for seen in self.seen]


class Time:
    """Time that passes only where somebody sleeps: 06:00 UTC on 2026-11-24 at first."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []
        self.start = datetime(2026, 11, 24, 6, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)

    def passed(self) -> float:
        return sum(self.sleeps)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed())

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=self.passed, now=self.now, sleep=self.sleep)


def config(
    source: str,
    url: str,
    folder: object,
    *overrides: str,
    environ: Mapping[str, str] | None = None,
    **parameters: str,
) -> Config:
    """Settings with one feed, `feed`, of this source at this address."""
    feed = {
        "format": "papers",
        "path": str(folder),
        "harvest": {"source": source, "base_url": url, "parameters": parameters},
    }
    own = [f"feeds.feed={json.dumps(feed)}", "harvest.contact=someone@example.org"]
    return load(overrides=[*own, *overrides], environ=environ)


def oai_page(ids: Sequence[str], token: str | None = None, deleted: Sequence[str] = ()) -> bytes:
    """An OAI-PMH answer; like a real one it names the moment at which it was given."""
    records = "".join(
        f"<record><header{' status=' + chr(34) + 'deleted' + chr(34) if one in deleted else ''}>"
        f"<identifier>oai:arXiv.org:{one}</identifier></header></record>"
        for one in ids
    )
    more = f"<resumptionToken>{escape(token)}</resumptionToken>" if token else ""
    return oai(f"<ListRecords>{records}{more}</ListRecords>")


def oai_error(code: str) -> bytes:
    return oai(f'<error code="{code}">so it is</error>')


def oai(inside: str) -> bytes:
    moment = datetime.now(UTC).isoformat()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>{moment}</responseDate>{inside}</OAI-PMH>"
    ).encode()


class Repository:
    """An OAI-PMH repository: days with their ids, a few records a page; tokens are `day|start`."""

    def __init__(self, days: Mapping[str, Sequence[str]], page: int = 2) -> None:
        self.days, self.page = days, page

    def __call__(self, seen: Seen) -> Reply:
        token = seen.parameters.get("resumptionToken")
        day, start = token.split("|") if token else (seen.parameters["from"], "0")
        ids, end = self.days.get(day, ()), int(start) + self.page
        if not ids:
            return Reply(oai_error("noRecordsMatch"))
        more = f"{day}|{end}" if end < len(ids) else None
        return Reply(oai_page(ids[int(start) : end], more))


def atom_page(ids: Sequence[str], start: int, total: int) -> bytes:
    entries = "".join(f"<entry><id>http://arxiv.org/abs/{one}</id></entry>" for one in ids)
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        f"<opensearch:totalResults>{total}</opensearch:totalResults>"
        f"<opensearch:startIndex>{start}</opensearch:startIndex>{entries}</feed>"
    ).encode()


def atom_error(words: str) -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry>'
        "<id>http://arxiv.org/api/errors#no</id><title>Error</title>"
        f"<summary>{words}</summary></entry></feed>"
    ).encode()


def rss(ids: Sequence[str]) -> bytes:
    items = "".join(f"<item><guid>{one}</guid></item>" for one in ids)
    built = datetime.now(UTC).isoformat()
    return (
        f'<rss version="2.0"><channel><lastBuildDate>{built}</lastBuildDate>{items}</channel></rss>'
    ).encode()


def openalex_page(records: Sequence[Any], token: str | None, total: int) -> bytes:
    return json.dumps(
        {"meta": {"count": total, "next_cursor": token}, "results": list(records)}
    ).encode()


def crossref_page(records: Sequence[Any], token: str | None, total: int) -> bytes:
    message = {"total-results": total, "items": list(records), "next-cursor": token}
    return json.dumps({"status": "ok", "message": message}).encode()


def europepmc_page(records: Sequence[Any], token: str | None, total: int) -> bytes:
    page: dict[str, Any] = {"hitCount": total, "resultList": {"result": list(records)}}
    return json.dumps(page | ({"nextCursorMark": token} if token else {})).encode()
