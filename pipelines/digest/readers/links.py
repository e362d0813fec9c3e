"""Signed links: who holds one may do the one thing that it says, without a login.

A token is `subscriber.extra.signature`, with an alert's id for the subscriber where it ends one.
The signature covers the action as well, so that a link to unsubscribe confirms nothing. No address
stands in a link.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

CONFIRM, UNSUBSCRIBE, END_ALERT = "confirm", "unsubscribe", "end-alert"
LIKE, DISLIKE = "like", "dislike"
_SIGNATURE_BYTES = 16  # nobody guesses 128 bits


class Links(NamedTuple):
    """What makes links: the secret, and the address of the endpoint."""

    secret: bytes
    endpoint: str

    def confirm(self, subscriber: str, until: date) -> str:
        """The link that confirms a subscription, up to and with a day (UTC)."""
        return self._link(CONFIRM, subscriber, until.isoformat())

    def unsubscribe(self, subscriber: str) -> str:
        """The link that ends a subscription; it holds as long as the secret does."""
        return self._link(UNSUBSCRIBE, subscriber, "")

    def like(self, subscriber: str, paper_id: str) -> str:
        """The link that says: more like this paper."""
        return self._link(LIKE, subscriber, paper_id)

    def dislike(self, subscriber: str, paper_id: str) -> str:
        """The link that says: nothing like this paper."""
        return self._link(DISLIKE, subscriber, paper_id)

    def end_alert(self, alert: str) -> str:
        """The link that ends an alert; it holds as long as the secret does."""
        return self._link(END_ALERT, alert, "")

    def _link(self, action: str, subscriber: str, extra: str) -> str:
        token = f"{subscriber}.{extra}.{signature(self.secret, action, subscriber, extra)}"
        return f"{self.endpoint.rstrip('/')}/{action}?t={quote(token, safe='')}"


def signature(secret: bytes, action: str, subscriber: str, extra: str) -> str:
    """HMAC-SHA-256 of an action, URL-safe."""
    message = "\0".join((action, subscriber, extra)).encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, message, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def read(secret: bytes, action: str, token: str) -> tuple[str, str] | None:
    """The subscriber and the extra of a token made for this action; None: it is none of ours."""
    subscriber, _, rest = token.partition(".")
    extra, _, signed = rest.rpartition(".")
    right = signature(secret, action, subscriber, extra)
    if not hmac.compare_digest(right.encode(), signed.encode("utf-8", "surrogatepass")):
        return None
    return subscriber, extra


def still_holds(until: str, today: date) -> bool:
    """Whether a link to confirm holds today."""
    return today <= date.fromisoformat(until)
