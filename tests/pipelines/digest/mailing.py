"""A real SMTP server on this machine, which refuses, delays, drops and remembers."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "tide", "ebb and flow"


@dataclass
class Mailbox:
    """The handler: `taken` are the mails that the server answered for, in their order.

    `recipients` and `contents` are asked before a recipient or a mail is taken: an answer of theirs
    is given in place of ours, and DROP ends the connection without one. `asked` counts connections.
    """

    recipients: Callable[[str], str | None] = lambda address: None
    contents: Callable[[bytes], str | None] = lambda content: None
    senders: Callable[[str], str | None] = lambda address: None
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    sessions: list[Any] = field(default_factory=list)

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, host: str) -> str:  # noqa: N802
        session.host_name = host
        self.sessions.append(session)
        return "250 HELP"

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if answer := self.senders(address):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if (answer := self.recipients(address)) == DROP:
            server.transport.abort()
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        content = envelope.original_content
        answer = self.contents(content)
        if answer is None or answer == TAKE_AND_DROP:
            with self.lock:
                self.taken.append((envelope.rcpt_tos[0], content))
        if answer in (DROP, TAKE_AND_DROP):
            server.transport.abort()
        return answer or "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken, read."""
        return [read(content) for _, content in self.taken]

    @property
    def addresses(self) -> list[str]:
        """Whom it was for."""
        return [address for address, _ in self.taken]


DROP, TAKE_AND_DROP = "drop", "take and drop"


def read(content: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def plain(mail: EmailMessage) -> str:
    """A mail as who reads plain text sees it."""
    return part(mail, "plain")


def html(mail: EmailMessage) -> str:
    """A mail as who reads HTML gets it."""
    return part(mail, "html")


def part(mail: EmailMessage, kind: str) -> str:
    """One of the parts of a mail."""
    found = mail.get_body((kind,))
    assert found is not None
    text: str = found.get_content()
    return text.replace("\r\n", "\n")


class Server:
    """A server for a mailbox; a context manager."""

    def __init__(self, mailbox: Mailbox, **options: Any) -> None:
        self.port = free_port()
        self._controller = Controller(
            mailbox, hostname="127.0.0.1", port=self.port, ready_timeout=60, **options
        )

    def __enter__(self) -> Server:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


def authenticator(
    server: Any, session: Any, envelope: Any, mechanism: str, data: Any
) -> AuthResult:
    """Lets one user in."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (
        USER.encode(), PASSWORD.encode(),
    )  # fmt: skip
    return AuthResult(success=right, handled=right)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate for an address, and the file of who signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tide")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "ca.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context, pem


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to be so."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)
