"""What links in mails lead to: an ASGI application that needs no login and changes nothing on GET.

GET shows a page with one button; POST, by that button or by a mail program (RFC 8058), does what
the link says. Doing it again changes nothing. `application` can be mounted in another one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from jinja2 import Template
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from pipelines.digest import store, telling
from pipelines.digest.readers import links, subscribers

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_LONGEST_BODY = 64 * 1024
_LONGEST_TOKEN = 1000
_BAD, _TOO_LONG, _GONE = 400, 413, 410

# What each page asks, and what its button says.
_ASKED = {
    links.CONFIRM: ("Do you want {name}, once a day?", "Yes, send it"),
    links.UNSUBSCRIBE: ("Do you want no more mails of {name}?", "Unsubscribe"),
    links.LIKE: ("Do you want more papers like this one?", "More like this"),
    links.DISLIKE: ("Do you want no papers like this one?", "Not interested"),
    links.END_ALERT: ("Do you want no more mails of this alert?", "End the alert"),
}
_DONE = {
    links.CONFIRM: "You are subscribed.",
    links.UNSUBSCRIBE: "You are no longer subscribed, and your address is forgotten.",
    links.LIKE: "Noted: new papers like it will be in your mails.",
    links.DISLIKE: "Noted: papers like it will not be in your mails.",
    links.END_ALERT: "The alert has ended, and what it asked for is forgotten.",
}


def application(
    file: Path,
    secret: bytes,
    name: str,
    end_alert: Callable[[str], object],
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
) -> Starlette:
    """The application.

    Args:
        file: the subscribers.
        secret: what links are signed with.
        name: what the mails are called.
        end_alert: forgets the alert of an id, if it is still there.
        today: the day (UTC), which ends links that confirm.
    """
    page = telling.environment().get_template("endpoint.html")

    def answer(action: str) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            token = request.query_params.get("t", "")[:_LONGEST_TOKEN]
            claim = links.read(secret, action, token)
            if claim is None:
                return _page(page, name, "This link is not whole, or not ours.", _BAD)
            if action == links.CONFIRM and not links.still_holds(claim[1], today()):
                return _page(page, name, "This link has expired. Ask for a new one.", _GONE)
            if request.method != "POST":
                question, button = _ASKED[action]
                return _page(page, name, question.format(name=name), button=button)
            if not await _read_through(request):
                return _page(page, name, "That is too much.", _TOO_LONG)
            if action == links.END_ALERT:
                await run_in_threadpool(end_alert, claim[0])
                return _page(page, name, _DONE[action])
            known = await run_in_threadpool(_carry_out, file, action, *claim)
            no_more = "This subscription has ended."
            return _page(page, name, _DONE[action] if known else no_more, 200 if known else _GONE)

        return endpoint

    return Starlette(
        routes=[Route(f"/{action}", answer(action), methods=["GET", "POST"]) for action in _ASKED]
    )


def _carry_out(file: Path, action: str, subscriber: str, extra: str) -> bool:
    """Do what a link says; False: there is no such subscriber any more."""
    with store.open_store(file) as db:
        if action == links.CONFIRM:
            return subscribers.confirm(db, subscriber)
        if action == links.LIKE:
            return subscribers.like(db, subscriber, [extra])
        if action == links.DISLIKE:
            return subscribers.dislike(db, subscriber, extra)
        subscribers.remove(db, subscriber)
        return True


async def _read_through(request: Request) -> bool:
    """Read the body, which says nothing that the link does not; False: it is too long."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _LONGEST_BODY:
            return False
    return True


def _page(page: Template, name: str, words: str, status: int = 200, button: str = "") -> Response:
    return HTMLResponse(page.render(name=name, words=words, button=button), status, _HEADERS)
