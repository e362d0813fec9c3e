"""The Thrift server behind LDAP and TLS, and behind a proxy that asks for passwords."""

from __future__ import annotations

import os
import signal
import socketserver
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from jobs.session import java_home
from tests.end_to_end import processes
from tests.end_to_end.processes import PAPERTIDE, free_port, wait_for

USER, PASSWORD = "ada", "low-water"
_BASE = "ou=people,dc=tide"
_STORE = "of-the-store"
_BIND, _BOUND = 0x60, 0x61
_SUCCESS, _WRONG_PASSWORD = 0, 49


class Directory(socketserver.BaseRequestHandler):
    """An LDAP server that knows one user and answers simple binds (RFC 4511, short lengths)."""

    def handle(self) -> None:
        while message := self.request.recv(4096):
            number, at = message[4], 5  # 30 length 02 01 number, then what is asked
            if message[at] != _BIND:
                return
            name_at = at + 5  # 60 length 02 01 version
            name, password_at = _text(message, name_at)
            password, _ = _text(message, password_at)
            known = (name, password) == (f"uid={USER},{_BASE}", PASSWORD)
            answer = bytes([0x0A, 1, _SUCCESS if known else _WRONG_PASSWORD, 4, 0, 4, 0])
            body = bytes([2, 1, number, _BOUND, len(answer)]) + answer
            self.request.sendall(bytes([0x30, len(body)]) + body)


def _text(message: bytes, at: int) -> tuple[str, int]:
    """The text whose tag stands at a place, and the place after it."""
    end = at + 2 + message[at + 1]
    return message[at + 2 : end].decode(), end


class Proxy(BaseHTTPRequestHandler):
    """What stands before a server that asks nobody: it lets those through whose password is right.

    Attributes:
        port: the server's.
    """

    port: int
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        right = b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        status, answer = 401, b""
        if self.headers["Authorization"] == f"Basic {right}":
            server = HTTPConnection("127.0.0.1", self.port)
            server.request("POST", self.path, asked, dict(self.headers))
            answered = server.getresponse()
            status, answer = answered.status, answered.read()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Content-Type", "application/x-thrift")
        self.end_headers()
        self.wfile.write(answer)


@contextmanager
def served(whole: Path, folder: Path, hive: Mapping[str, str], *arguments: str) -> Iterator[int]:
    """The port of a server with these settings of Hive's."""
    port, conf, log = free_port(), folder / "conf.yaml", folder / "thrift.log"
    conf.write_text(yaml.safe_dump({"warehouse": str(whole), "thrift": {"hive": dict(hive)}}))
    with log.open("w") as told:
        process = subprocess.Popen(
            [str(PAPERTIDE), "thrift", "--port", str(port), "--conf", str(conf), "--set",
             "session.driver_memory=1g", *arguments],
            stderr=told, stdout=told, start_new_session=True,
        )  # fmt: skip
    try:
        wait_for(log, "serving jdbc:hive2://")
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def guarded(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server at all interfaces, with what a client needs to trust it."""
    folder = tmp_path_factory.mktemp("guarded")
    store = folder / "tide.p12"
    subprocess.run(
        [str(java_home() / "bin" / "keytool"), "-genkeypair", "-alias", "tide", "-keyalg", "RSA",
         "-dname", "CN=localhost", "-storetype", "PKCS12", "-keystore", str(store),
         "-storepass", _STORE],
        check=True, capture_output=True,
    )  # fmt: skip
    with listening(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Directory)) as directory:
        hive = {
            "hive.server2.authentication": "LDAP",
            "hive.server2.authentication.ldap.url": f"ldap://127.0.0.1:{directory}",
            "hive.server2.authentication.ldap.baseDN": _BASE,
            "hive.server2.use.SSL": "true",
            "hive.server2.keystore.path": str(store),
            "hive.server2.keystore.password": _STORE,
        }
        with served(whole, folder, hive, "--host", "0.0.0.0") as port:
            trust = f"ssl=true;sslTrustStore={store};trustStorePassword={_STORE}"
            yield f"jdbc:hive2://localhost:{port}/;{trust}"


@contextmanager
def listening(server: socketserver.TCPServer) -> Iterator[int]:
    """The port of a server in a thread of its own."""
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def beeline(address: str, password: str) -> subprocess.CompletedProcess[str]:
    query = "select count(*) > 0 as there from silver.papers"
    return processes.beeline(address, query, "-n", USER, "-p", password)


@pytest.mark.slow
def test_who_the_directory_knows_is_answered_and_nobody_else(guarded: str) -> None:
    known = beeline(guarded, PASSWORD)
    assert known.stdout.strip().splitlines()[-1] == "true", known.stderr
    unknown = beeline(guarded, "high-water")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "Error validating the login" in unknown.stderr


@pytest.mark.slow
def test_without_encryption_there_is_no_answer(guarded: str) -> None:
    plain = beeline(guarded.replace("ssl=true", "ssl=false"), PASSWORD)
    assert (plain.returncode, plain.stdout) == (1, "")
    assert "Could not open client transport" in plain.stderr


@pytest.mark.slow
def test_a_proxy_with_passwords_stands_before_a_server_without(whole: Path, tmp_path: Path) -> None:
    hive = {"hive.server2.transport.mode": "http"}
    with served(whole, tmp_path, hive) as port:
        proxy = type("ItsProxy", (Proxy,), {"port": port})
        with listening(ThreadingHTTPServer(("127.0.0.1", 0), proxy)) as before:
            address = f"jdbc:hive2://127.0.0.1:{before}/;transportMode=http;httpPath=cliservice"
            known = beeline(address, PASSWORD)
            assert known.stdout.strip().splitlines()[-1] == "true", known.stderr
            unknown = beeline(address, "high-water")
            assert unknown.returncode == 1
            assert "HTTP Response code: 401" in unknown.stderr
