"""Where events go: a webhook, a mail address, a chat. Each takes one event at a time."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import httpx

from conf import Config
from conf.model import DigestConf
from pipelines.alerts import telling
from pipelines.alerts.mail import compose, link_to_end
from pipelines.alerts.store import FEED, Alert
from pipelines.digest.mail.outbox import REFUSED, SENT, Handed
from pipelines.digest.mail.smtp import GoneError, connect, hand_over
from pipelines.digest.readers.subscribers import normal_address
from storage.errors import PapertideError, UsageError

LOG = logging.getLogger("papertide")
TIMEOUT_SECONDS = 20.0
_MAIL = "mailto:"
_MAIL_SCHEMES = ("mailto", "mailtos")


class Refusal(NamedTuple):
    """Why a receiver has not taken an event, and whether it never will."""

    why: str
    is_final: bool = False


def normal_target(target: str, settings: DigestConf) -> str:
    """A target in its one spelling.

    Raises:
        UsageError: it is none, or a mail address, and the settings name no mail server.
    """
    if target == FEED or (is_web(target) and _has_name(target)):
        return target
    if target.startswith(_MAIL):
        needs = {"digest.sender": settings.sender, "digest.smtp.host": settings.smtp.host}
        if missing := [name for name, value in needs.items() if not value]:
            raise UsageError(
                f"alerts: no mail goes out without {', '.join(missing)}\n"
                "  set them in a settings file or with --set"
            )
        return _MAIL + normal_address(target.removeprefix(_MAIL))
    if _is_chat(target):
        return target
    raise UsageError(
        "alerts: --to is a webhook (https://…), mailto:ADDRESS, an address that Apprise knows "
        "(slack://…, matrix://…), or atom"
    )


def public_target(target: str) -> str:
    """A target as it may be listed: the address of a webhook, or of Apprise's, is a secret."""
    if target == FEED or target.startswith(_MAIL):
        return target
    if is_web(target):
        url = httpx.URL(target)
        return f"{url.scheme}://{url.host}/…"
    return f"{target.partition(':')[0]}://…"


def give(
    alert: Alert, event: sqlite3.Row, config: Config, environ: Mapping[str, str]
) -> Refusal | None:
    """Give an event to its receiver; None: it has it."""
    if alert.target.startswith(_MAIL):
        refusal = _send_mail(alert, event, config.digest, environ)
    elif is_web(alert.target):
        refusal = _post(alert, event)
    else:
        refusal = _notify(alert, event)
    if refusal:
        LOG.info("alert %s: not taken: %s", alert.id, refusal.why)
    return refusal


def signature(secret: str, body: bytes) -> str:
    """What a webhook gets as `X-Papertide-Signature`: HMAC-SHA256 of the body, in hex."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _post(alert: Alert, event: sqlite3.Row) -> Refusal | None:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": event["id"],
        "X-Papertide-Signature": signature(alert.secret, event["body"]),
    }
    try:
        answer = httpx.post(
            alert.target,
            content=event["body"],
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return Refusal(f"{type(error).__name__}: {error}")
    return None if answer.is_success else Refusal(f"status {answer.status_code}")


def _send_mail(
    alert: Alert, event: sqlite3.Row, settings: DigestConf, environ: Mapping[str, str]
) -> Refusal | None:
    address = alert.target.removeprefix(_MAIL)
    moment = datetime.fromisoformat(event["at"])
    words = telling.in_words(json.loads(event["body"]))
    try:
        end = link_to_end(settings, environ, alert.id)
        message = compose(settings, address, words, alert.id, end, event["id"], moment)
        with connect(settings.smtp, environ) as server:
            mail = Handed(event["id"], address, message, event["attempts"])
            outcome = hand_over(server, str(settings.sender), mail)
    except (GoneError, PapertideError) as error:
        return Refusal(str(error))
    return (
        None
        if outcome.state == SENT
        else Refusal(outcome.answer or outcome.state, outcome.state == REFUSED)
    )


def _notify(alert: Alert, event: sqlite3.Row) -> Refusal | None:
    from apprise import Apprise, NotifyFormat  # takes a second

    words = telling.in_words(json.loads(event["body"]))
    chat = Apprise()
    chat.add(alert.target)
    is_sent = chat.notify(telling.plain(words), words.subject, body_format=NotifyFormat.TEXT)
    return None if is_sent else Refusal("the chat did not take it")


def is_web(target: str) -> bool:
    """Whether a target is a webhook."""
    try:
        url = httpx.URL(target)
    except httpx.InvalidURL:
        return False
    return url.scheme in ("http", "https") and bool(url.host)


def _has_name(target: str) -> bool:
    """Whether the host of a webhook has a name that can be asked for."""
    try:
        httpx.URL(target).host.encode("idna")
    except UnicodeError:
        return False
    return True


def _is_chat(target: str) -> bool:
    from apprise import Apprise

    # Mails of Apprise's have no Message-ID that lasts, by which a second one is known.
    return target.partition(":")[0] not in _MAIL_SCHEMES and bool(Apprise().add(target))
