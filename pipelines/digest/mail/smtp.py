"""A mail server, by SMTP with TLS: connecting, and giving it one mail at a time.

What the server says is kept as its status codes alone: its words may quote the address.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from conf.model import SmtpConf
from pipelines.digest import secrets
from pipelines.digest.mail.outbox import REFUSED, SENT, WAITING, Handed, Outcome
from storage.errors import PapertideError, UsageError

_FOR_NOW = range(400, 500)
_CLOSING = 421
_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")


class GoneError(Exception):
    """The server cannot be reached or went away; it may be back later. The message says how."""


@contextmanager
def connect(settings: SmtpConf, environ: Mapping[str, str]) -> Iterator[smtplib.SMTP]:
    """A connection to the server, encrypted and logged in as the settings say.

    Raises:
        GoneError: it cannot be reached for now.
        PapertideError: it does not let us in, or TLS fails: a person must act.
    """
    host = str(settings.host)
    if settings.security == "none" and not _is_this_machine(host):
        raise UsageError(
            f"digest.smtp.security is none, and {host} is another machine: mails and addresses "
            "would be read on the way\n  set it to starttls or tls"
        )
    word = secrets.password(environ, settings.password_block) if settings.user else ""
    try:
        server = _greet(host, settings)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError) as error:
        raise GoneError(_error_text(error)) from None
    except ssl.SSLError as error:
        raise PapertideError(
            f"TLS with {host}:{settings.port} fails: {error.reason or error}\n"
            "  its certificate must be valid for this name, by an authority of the system or of "
            "digest.smtp.ca_file"
        ) from None
    except smtplib.SMTPException as error:
        raise PapertideError(
            f"{host}:{settings.port} does not speak as digest.smtp.security = {settings.security} "
            f"expects: {_error_text(error)}"
        ) from None
    except OSError as error:
        raise GoneError(f"{host}:{settings.port} is out of reach: {error}") from None
    try:
        if settings.user:
            _log_in(server, settings.user, word)
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def hand_over(server: smtplib.SMTP, sender: str, mail: Handed) -> Outcome:
    """Give the server one mail, and say how that ended.

    Raises:
        GoneError: the server went away before it answered for the mail, or says that it will.
        PapertideError: it takes nothing from this sender.
    """
    try:
        server.sendmail(sender, [mail.address], mail.message)
    except smtplib.SMTPSenderRefused as error:
        _sender_refused(error.smtp_code, error)
        return Outcome(mail.delivery_id, WAITING, _error_text(error))
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return _outcome(mail, code, smtplib.SMTPResponseException(code, words))
    except smtplib.SMTPResponseException as error:  # of DATA, or of the mail's end
        return _outcome(mail, error.smtp_code, error)
    except (smtplib.SMTPException, OSError) as error:
        raise GoneError(_error_text(error)) from None
    return Outcome(mail.delivery_id, SENT, "250")


def _outcome(mail: Handed, code: int, error: smtplib.SMTPResponseException) -> Outcome:
    if code == _CLOSING:
        raise GoneError(_error_text(error)) from None
    state = WAITING if code in _FOR_NOW else REFUSED
    return Outcome(mail.delivery_id, state, _error_text(error))


def _sender_refused(code: int, error: smtplib.SMTPException) -> None:
    """A refusal that is not the recipient's: all mails would meet it."""
    if code == _CLOSING:
        raise GoneError(_error_text(error)) from None
    if code not in _FOR_NOW:
        raise PapertideError(
            f"the mail server takes no mail from digest.sender: {_error_text(error)}\n"
            "  nothing is lost: the mails wait, papertide digest --send"
        ) from None


def _greet(host: str, settings: SmtpConf) -> smtplib.SMTP:
    timeout = settings.timeout_seconds
    if settings.security == "tls":
        return smtplib.SMTP_SSL(host, settings.port, timeout=timeout, context=_context(settings))
    server = smtplib.SMTP(host, settings.port, timeout=timeout)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=_context(settings))
    except BaseException:
        server.close()
        raise
    return server


def _context(settings: SmtpConf) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"digest.smtp.ca_file {settings.ca_file}: {error}") from None


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    try:
        server.login(user, password)
    except smtplib.SMTPServerDisconnected as error:
        raise GoneError(_error_text(error)) from None
    except smtplib.SMTPException as error:  # before OSError, which it is one of
        if getattr(error, "smtp_code", None) in _FOR_NOW:
            raise GoneError(_error_text(error)) from None
        raise PapertideError(
            f"the mail server does not let digest.smtp.user in: {_error_text(error)}"
        ) from None
    except OSError as error:
        raise GoneError(_error_text(error)) from None


def _error_text(error: Exception) -> str:
    """What went wrong, without the server's words."""
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        text = words.decode("ascii", "replace") if isinstance(words, bytes) else str(words)
        enhanced = _ENHANCED.match(text)
        return f"{error.smtp_code} {enhanced[1]}" if enhanced else str(error.smtp_code)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the server closed the connection"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "it does not offer what is needed (STARTTLS or AUTH)"
    return type(error).__name__ if isinstance(error, smtplib.SMTPException) else str(error)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
