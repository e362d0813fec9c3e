"""The mail server: TLS or nothing, who may log in, and no word of it kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conf.model import SmtpConf
from pipelines.digest.mail.outbox import Handed
from pipelines.digest.mail.smtp import GoneError, connect, hand_over
from storage.errors import PapertideError, UsageError
from tests.pipelines.digest.mailing import (
    PASSWORD,
    USER,
    Mailbox,
    Server,
    authenticator,
    certificate,
)

MAIL = Handed("0123", "ada@example.org", b"Subject: Tides\r\n\r\n.\r\nFlood\r\n", 1)
WORD = {"PAPERTIDE_SMTP_PASSWORD": PASSWORD}


def settings(server: Server, **given: Any) -> SmtpConf:
    return SmtpConf(host="127.0.0.1", port=server.port, timeout_seconds=20, **given)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_over_tls_after_a_login(security: str, tmp_path: Path) -> None:
    context, pem = certificate(tmp_path)
    box = Mailbox()
    options: dict[str, Any] = (
        {"ssl_context": context, "auth_require_tls": False}
        if security == "tls"
        else {"tls_context": context, "require_starttls": True}
    )
    with Server(box, authenticator=authenticator, auth_required=True, **options) as server:
        conf = settings(server, security=security, ca_file=str(pem), user=USER)
        with connect(conf, WORD) as connection:
            assert hand_over(connection, "p@papertide.example", MAIL).state == "sent"
        assert box.taken == [("ada@example.org", MAIL.message)]
        assert security == "tls" or box.sessions[-1].ssl
        with (
            pytest.raises(PapertideError, match=r"digest\.smtp\.user in: 535"),
            connect(conf, {"PAPERTIDE_SMTP_PASSWORD": "flood"}),
        ):
            pass


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_ends_it(security: Any, tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    options = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    with (
        Server(Mailbox(), **options) as server,
        pytest.raises(PapertideError, match="TLS with 127.0.0.1"),
        connect(settings(server, security=security), {}),
    ):
        pass


def test_a_certificate_for_another_name_ends_it(tmp_path: Path) -> None:
    context, pem = certificate(tmp_path, host="127.0.0.2")
    with (
        Server(Mailbox(), tls_context=context) as server,
        pytest.raises(PapertideError, match="TLS with 127.0.0.1"),
        connect(settings(server, ca_file=str(pem)), {}),
    ):
        pass


def test_a_server_without_tls_hears_nothing_but_where_it_is_on_this_machine() -> None:
    box = Mailbox()
    with Server(box) as server:
        with pytest.raises(PapertideError, match="STARTTLS"), connect(settings(server), WORD):
            pass
        assert box.taken == []
        with connect(settings(server, security="none"), {}) as connection:
            assert hand_over(connection, "p@papertide.example", MAIL).state == "sent"
    elsewhere = SmtpConf(host="mail.example.org", security="none")
    with pytest.raises(UsageError, match="another machine"), connect(elsewhere, {}):
        pass


def test_a_user_without_a_password_is_told() -> None:
    conf = SmtpConf(host="127.0.0.1", user=USER)
    with pytest.raises(UsageError, match="PAPERTIDE_SMTP_PASSWORD"), connect(conf, {}):
        pass


def test_a_server_that_is_silent_is_gone_after_its_time() -> None:
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        conf = SmtpConf(host="127.0.0.1", port=silent.getsockname()[1], security="none",
                        timeout_seconds=0.2)  # fmt: skip
        with pytest.raises(GoneError), connect(conf, {}):
            pass


@pytest.mark.parametrize(
    ("answer", "state", "kept"),
    [
        ("450 4.2.1 ada@example.org is busy", "waiting", "450 4.2.1"),
        ("550 5.1.1 ada@example.org unknown", "refused", "550 5.1.1"),
        ("550 ada@example.org unknown", "refused", "550"),
        ("554 see 5.7.1 of ada@example.org", "refused", "554"),
    ],
)
@pytest.mark.parametrize("where", ["recipients", "contents"])
def test_of_an_answer_the_codes_are_kept_and_no_word(
    where: str, answer: str, state: str, kept: str
) -> None:
    box = Mailbox()
    setattr(box, where, lambda _: answer)
    with Server(box) as server, connect(settings(server, security="none"), {}) as connection:
        outcome = hand_over(connection, "p@papertide.example", MAIL)
    assert (outcome.state, outcome.answer) == (state, kept)


def test_a_server_that_closes_is_gone() -> None:
    box = Mailbox(recipients=lambda _: "421 4.3.2 closing for ada@example.org")
    with (
        Server(box) as server,
        connect(settings(server, security="none"), {}) as connection,
        pytest.raises(GoneError, match=r"^421 4\.3\.2$"),
    ):
        hand_over(connection, "p@papertide.example", MAIL)
