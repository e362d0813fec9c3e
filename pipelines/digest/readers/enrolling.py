"""`papertide subscribers`: who gets the digest, and what they want."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from conf import Config
from pipelines.digest import daily, secrets, store
from pipelines.digest.inert import one_line
from pipelines.digest.readers import resolving
from pipelines.digest.readers import subscribers as known
from pipelines.digest.readers.subscribers import PENDING, Wishes
from storage.errors import UsageError
from storage.warehouse import Warehouse


def wishes(
    warehouse: Warehouse,
    topics: Sequence[str],
    categories: Sequence[str],
    authors: Sequence[str],
) -> Wishes:
    """Wishes in words, with the topics by their ids.

    Raises:
        UsageError: there is no such topic.
    """
    return Wishes(
        topics=resolving.topics(warehouse, topics),
        categories=tuple(filter(None, map(one_line, categories))),
        authors=tuple(filter(None, map(one_line, authors))),
    )


def add(
    config: Config,
    environ: Mapping[str, str],
    address: str,
    timezone: str,
    new_wishes: Wishes,
    likes: Sequence[str],
) -> str:
    """Add a subscriber and ask the address; of a known one the wishes change. Says what was done.

    Raises:
        UsageError: address, time zone or paper is none.
        PapertideError: the mail server does not take the mail; it is kept.
    """
    place = known.normal_address(address), known.zone(timezone)
    liked = resolving.papers(Warehouse.at(config.warehouse), likes)
    with _open_store(config) as db:
        who = known.add(db, *place, new_wishes, liked, datetime.now(UTC))
    if who.state != PENDING:
        return "wishes changed"
    if lacking := daily.missing(config.digest):
        return f"added, not asked yet: {', '.join(lacking)} not set; papertide digest --send asks"
    return f"added, asked to confirm\n{daily.ask(config, environ)}"


def list_subscribers(config: Config) -> list[dict[str, Any]]:
    """The subscribers, by address."""
    with _open_store(config) as db:
        return [
            {
                "address": who.address,
                "state": who.state,
                "timezone": who.timezone,
                "topics": ", ".join(who.wishes.topics),
                "categories": ", ".join(who.wishes.categories),
                "authors": ", ".join(who.wishes.authors),
                "likes": len(who.likes),
            }
            for who in known.everyone(db)
        ]


def pause(config: Config, address: str, resume: bool = False) -> None:
    """Send a subscriber nothing for now, or again.

    Raises:
        UsageError: there is none of this address, or it has not confirmed yet.
    """
    with _open_store(config) as db:
        who = known.by_address(db, known.normal_address(address))
        if not known.pause(db, who.id, resume):
            raise UsageError("this address has not confirmed yet")


def remove(config: Config, address: str) -> None:
    """Forget a subscriber.

    Raises:
        UsageError: there is none of this address.
    """
    with _open_store(config) as db:
        known.remove(db, known.by_address(db, known.normal_address(address)).id)


def serve(
    config: Config,
    environ: Mapping[str, str],
    end_alert: Callable[[str], object],
    host: str,
    port: int,
) -> None:
    """Answer links until the process is ended. Nothing is logged, as links stand for their reader.

    `end_alert` forgets the alert of an id, if it is still there.

    Raises:
        UsageError: there is no secret.
    """
    import uvicorn

    from pipelines.digest.readers.endpoint import application

    secret = secrets.link_secret(environ, config.digest.signing_block)
    file = store.place(config.digest, Warehouse.at(config.warehouse))
    app = application(file, secret, config.digest.sender_name, end_alert)
    uvicorn.run(app, host=host, port=port, access_log=False, log_level="warning")


@contextmanager
def _open_store(config: Config) -> Iterator[sqlite3.Connection]:
    with store.open_store(store.place(config.digest, Warehouse.at(config.warehouse))) as db:
        yield db
