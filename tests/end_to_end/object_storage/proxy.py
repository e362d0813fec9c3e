"""What stands between clients and a server of S3: it counts requests, and for a while it fails.

It is a process of its own: delta-rs keeps Python from all else while it waits for an answer. It is
asked for its counts, and told to fail, by requests too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any
from urllib.request import urlopen

SILENT_SECONDS = 2.0
"""How long a request stays without answer where the store is silent."""
_OWN = "/-/"
# Of one connection only; how long bodies are is told anew.
_OF_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "expect"}
_SLOW_DOWN = (
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
)
_LOCK = Lock()


@dataclass
class Counts:
    """What the proxy was asked, how much of it it did not answer as the store did, until when."""

    requests: int = 0
    failed: int = 0
    failing_until: float = 0.0


@dataclass(frozen=True)
class Proxy:
    """A running proxy, told by its port on 127.0.0.1."""

    port: int

    def counts(self) -> Counts:
        return Counts(**self._ask("counts"))

    def fail_for(self, seconds: float) -> None:
        """Fail for so long: refuse, keep silent, or do what is asked and lose the answer."""
        self._ask(f"fail/{seconds}")

    def _ask(self, what: str) -> dict[str, Any]:
        with urlopen(f"http://127.0.0.1:{self.port}{_OWN}{what}") as answer:  # noqa: S310 - http
            return dict(json.load(answer))


@contextmanager
def proxy_to(upstream: int, port: int) -> Iterator[Proxy]:
    """A proxy on `port` of the server on `upstream`, both of 127.0.0.1."""
    process = subprocess.Popen([sys.executable, __file__, str(port), str(upstream)])
    try:
        yield Proxy(port)
    finally:
        process.terminate()
        process.wait(timeout=30)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of an answer leave together
    counts = Counts()
    upstream: int

    def setup(self) -> None:
        super().setup()
        self.store = HTTPConnection("127.0.0.1", self.upstream, timeout=60)

    def finish(self) -> None:
        self.store.close()
        with suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""

    def handle_expect_100(self) -> bool:
        """Say at once that a body may come: Hadoop's client waits three seconds for that word."""
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def _hand_on(self) -> None:
        if self.path.startswith(_OWN):
            self._about_itself(self.path.removeprefix(_OWN))
            return
        with _LOCK:
            self.counts.requests += 1
            fails = time.monotonic() < self.counts.failing_until
            self.counts.failed += fails
            turn = self.counts.failed % 3 if fails else None
        body = self._body()
        if turn is None:
            self._answer(*self._ask(body))
        elif turn == 0:
            self._answer(503, [("Content-Type", "application/xml")], _SLOW_DOWN)
        elif turn == 1:
            time.sleep(SILENT_SECONDS)
            self.close_connection = True
        else:
            self._ask(body)
            self.close_connection = True

    def _body(self) -> bytes:
        """The body of a request, of which Arrow's client does not say beforehand how long it is."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():  # what may stand behind the last part
            pass
        return b"".join(parts)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that had what it wanted
            super().handle()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _hand_on  # noqa: N815 - so they are called

    def _about_itself(self, what: str) -> None:
        if what.startswith("fail/"):
            self.counts.failing_until = time.monotonic() + float(what.removeprefix("fail/"))
        self._answer(200, [], json.dumps(asdict(self.counts)).encode())

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the store says to a request that is the sender's own, who has signed it."""
        try:
            return self._ask_once(body)
        except (HTTPException, OSError):  # it has closed a connection that was idle
            self.store.close()
            return self._ask_once(body)

    def _ask_once(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        self.store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _OF_CONNECTION:
                self.store.putheader(name, value)
        if body or "Content-Length" in self.headers:
            self.store.putheader("Content-Length", str(len(body)))
        self.store.endheaders(body or None)
        answer = self.store.getresponse()
        return answer.status, answer.getheaders(), answer.read()

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        is_head = self.command == "HEAD"
        size = next((value for name, value in headers if name.lower() == "content-length"), "0")
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _OF_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", size if is_head else str(len(body)))
        self.end_headers()
        if not is_head:
            self.wfile.write(body)
        self.wfile.flush()


if __name__ == "__main__":
    handler = type("Handler", (_Handler,), {"upstream": int(sys.argv[2])})
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler) as server:
        server.daemon_threads = True
        server.serve_forever()
