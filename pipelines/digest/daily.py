"""`papertide digest`: an edition, to each subscriber by mail or to everyone as pages and feeds."""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from itertools import islice
from pathlib import Path

from conf import Config
from conf.model import DigestConf
from pipelines.digest import secrets, site, store, telling
from pipelines.digest.choosing import Choices
from pipelines.digest.edition import Edition, edition
from pipelines.digest.mail import outbox
from pipelines.digest.mail.letters import Letters
from pipelines.digest.mail.outbox import CONFIRMATION, DIGEST, REFUSED, SENT, WAITING, History, Mail
from pipelines.digest.mail.sending import Clock, alone, deliver
from pipelines.digest.published import snapshot
from pipelines.digest.readers import subscribers
from pipelines.digest.readers.links import Links
from pipelines.digest.readers.subscribers import ACTIVE, PENDING, Subscriber, Wishes
from storage.errors import PapertideError, UsageError
from storage.warehouse import Warehouse

LOG = logging.getLogger("papertide")
# Mails composed and put into the outbox at once, so that memory holds no more.
_BATCH = 500


def edition_text(config: Config, day: date | None) -> str:
    """The edition for everyone, as plain text."""
    issue = _edition(config, day, ())
    if issue is None:
        return _nothing(day)
    selection = Choices(issue, config.digest).choose(Wishes(), (), History())
    return telling.text(selection, issue.topics) or _nothing(issue.as_of)


def write(config: Config, day: date | None, folder: Path, environ: Mapping[str, str]) -> str:
    """Pages and feeds into `folder`/site, the mails as they would go into `folder`/mail."""
    readers = _active(config)
    issue = _edition(config, day, readers)
    if issue is None:
        return _nothing(day)
    choices = Choices(issue, config.digest)
    files = site.write(folder / "site", choices, config.digest)
    mails = _write_previews(config, choices, readers, folder / "mail", environ) if readers else 0
    return f"{issue.as_of}: {files:,} files in {folder / 'site'}, {mails:,} mails"


def send(
    config: Config, day: date | None, environ: Mapping[str, str], clock: Clock | None = None
) -> str:
    """Send each subscriber the mail of a day, and what waits from before; says how that ended.

    Without a day, that of the last scores, to those in whose time zone the morning has come.

    Raises:
        UsageError: a setting or a secret is missing.
        PapertideError: mails are left that the server did not take.
    """
    clock = clock or Clock()
    settings = config.digest
    links = _links(settings, environ, for_sending=True)
    warehouse = Warehouse.at(config.warehouse)
    file = store.place(settings, warehouse)
    with alone(file), store.open_store(file) as db:
        now = clock.now()
        subscribers.forget_unconfirmed(db, now, settings.confirm_days)
        outbox.expire(db, now, settings.smtp.keep_days)
        outbox.tell(db, warehouse, now)
        everyone = subscribers.everyone(db)
        _ask(db, everyone, settings, links, warehouse, now)
        readers = [who for who in everyone if who.state == ACTIVE]
        issue = _edition(config, day, readers)
        words = _nothing(day)
        if issue:
            due = [who for who in readers if day or _is_morning(who, settings, now)]
            count = _compose(db, warehouse, Choices(issue, settings), due, links, now)
            words = f"{issue.as_of}: {count:,} of {len(readers):,} subscribers have news"
            if early := len(readers) - len(due):
                words += f", {early:,} wait for their morning"
        return f"{words}\n{_deliver(db, config, environ, warehouse, clock)}"


def ask(config: Config, environ: Mapping[str, str], clock: Clock | None = None) -> str:
    """Send pending subscribers the mail that asks them, and what waits; says how that ended.

    Raises: as `send`.
    """
    clock = clock or Clock()
    links = _links(config.digest, environ, for_sending=True)
    warehouse = Warehouse.at(config.warehouse)
    file = store.place(config.digest, warehouse)
    with alone(file), store.open_store(file) as db:
        now = clock.now()
        _ask(db, subscribers.everyone(db), config.digest, links, warehouse, now)
        return _deliver(db, config, environ, warehouse, clock)


def missing(settings: DigestConf) -> list[str]:
    """The settings without which nothing can be sent."""
    needed = {
        "digest.sender": settings.sender,
        "digest.endpoint_url": settings.endpoint_url,
        "digest.smtp.host": settings.smtp.host,
    }
    return [name for name, value in needed.items() if not value]


def _links(settings: DigestConf, environ: Mapping[str, str], for_sending: bool) -> Links:
    lacking = [name for name in missing(settings) if for_sending or name != "digest.smtp.host"]
    if lacking:
        raise UsageError(
            f"no mail can be made without {', '.join(lacking)}\n"
            "  set them in a settings file or with --set; docs/digest.md says more"
        )
    secret = secrets.link_secret(environ, settings.signing_block)
    return Links(secret, str(settings.endpoint_url))


def _edition(config: Config, day: date | None, readers: Iterable[Subscriber]) -> Edition | None:
    day_snapshot = snapshot(Warehouse.at(config.warehouse), day)
    everyone = list(readers)
    liked = {paper for who in everyone for paper in who.likes}
    disliked = {paper for who in everyone for paper in who.dislikes}
    return edition(day_snapshot, config, liked, disliked) if day_snapshot else None


def _nothing(day: date | None) -> str:
    return f"nothing new: no scores are published{f' as of {day}' if day else ''}"


def _active(config: Config) -> list[Subscriber]:
    """The active subscribers; none where there is no file of them."""
    warehouse = Warehouse.at(config.warehouse)
    if not (config.digest.subscribers or warehouse.is_local):
        return []
    file = store.place(config.digest, warehouse)
    if not file.exists():
        return []
    with store.open_store(file) as db:
        return [who for who in subscribers.everyone(db) if who.state == ACTIVE]


def _is_morning(who: Subscriber, settings: DigestConf, now: datetime) -> bool:
    return who.local(now).hour >= settings.morning_hour


def _histories(choices: Choices, warehouse: Warehouse) -> Mapping[str, History]:
    """What readers have had, as far back as anything of the edition can have been told."""
    issue = choices.edition
    since = min(issue.first_day, issue.risen.period_end if issue.risen else issue.as_of)
    return outbox.histories(warehouse, since)


def _compose(
    db: sqlite3.Connection,
    warehouse: Warehouse,
    choices: Choices,
    due: Sequence[Subscriber],
    links: Links,
    now: datetime,
) -> int:
    """Put the mails of those who have news into the outbox; returns how many have."""
    as_of = choices.edition.as_of
    histories = _histories(choices, warehouse)
    fresh = [who for who in due if as_of not in histories.get(who.recipient, History()).days]
    mails = _mails(choices, fresh, histories, links, now)
    count = len(due) - len(fresh)
    while batch := list(islice(mails, _BATCH)):
        outbox.put(db, batch, now)
        count += len(batch)
    outbox.tell(db, warehouse, now)
    return count


def _mails(
    choices: Choices,
    readers: Iterable[Subscriber],
    histories: Mapping[str, History],
    links: Links,
    moment: datetime,
) -> Iterator[Mail]:
    """The mail of each reader who has news."""
    issue = choices.edition
    letters = Letters(choices.settings, links, issue.topics)
    for who in readers:
        history = histories.get(who.recipient, History())
        selection = choices.choose(who.wishes, who.likes, history, who.dislikes)
        if selection:
            key = outbox.delivery_id(who.recipient, DIGEST, issue.as_of)
            yield Mail(
                delivery_id=key,
                subscriber=who.id,
                recipient=who.recipient,
                kind=DIGEST,
                as_of=issue.as_of,
                papers=tuple(paper.paper_id for paper in selection.papers),
                risen_period=selection.risen.period if selection.risen else None,
                message=letters.digest(who, selection, key, moment),
            )


def _ask(
    db: sqlite3.Connection,
    everyone: Iterable[Subscriber],
    settings: DigestConf,
    links: Links,
    warehouse: Warehouse,
    now: datetime,
) -> None:
    """Put the mails that ask pending subscribers into the outbox, each once."""
    letters = Letters(settings, links, {})
    asked = {
        outbox.delivery_id(who.recipient, CONFIRMATION, who.asked_at): who
        for who in everyone
        if who.state == PENDING
    }
    new = asked.keys() - outbox.known_deliveries(warehouse, list(asked))
    mails = [
        Mail(
            delivery_id=key,
            subscriber=asked[key].id,
            recipient=asked[key].recipient,
            kind=CONFIRMATION,
            as_of=None,
            papers=(),
            risen_period=None,
            message=letters.confirmation(
                asked[key], _until(asked[key], settings.confirm_days), key, now
            ),
        )
        for key in sorted(new)
    ]
    outbox.put(db, mails, now)
    outbox.tell(db, warehouse, now)


def _until(who: Subscriber, days: int) -> date:
    return who.asked_at.astimezone(UTC).date() + timedelta(days=days)


def _deliver(
    db: sqlite3.Connection,
    config: Config,
    environ: Mapping[str, str],
    warehouse: Warehouse,
    clock: Clock,
) -> str:
    try:
        outcomes = deliver(db, config.digest, environ, clock)
    finally:
        outbox.tell(db, warehouse, clock.now())
    if outcomes[WAITING]:
        raise PapertideError(
            f"{_sums(outcomes)}; {outcomes[WAITING]:,} are left that the mail server did not take\n"
            "  nothing is lost: they go with the next papertide digest --send"
        )
    return _sums(outcomes)


def _sums(outcomes: Counter[str]) -> str:
    refused = f", refused for good {outcomes[REFUSED]:,}" if outcomes[REFUSED] else ""
    return f"sent {outcomes[SENT]:,}{refused}"


def _write_previews(
    config: Config,
    choices: Choices,
    readers: Sequence[Subscriber],
    folder: Path,
    environ: Mapping[str, str],
) -> int:
    """Write the mails that a day would send, for nobody else's eyes; returns how many."""
    try:
        links = _links(config.digest, environ, for_sending=False)
    except UsageError as error:
        LOG.info("no mails are written: %s", error)
        return 0
    histories = _histories(choices, Warehouse.at(config.warehouse))
    midnight = datetime.combine(choices.edition.as_of, time_of_day(), UTC)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    mails = list(_mails(choices, readers, histories, links, midnight))
    for mail in mails:
        file = folder / f"{mail.delivery_id}.eml"
        file.touch(mode=0o600)
        file.write_bytes(mail.message)
    return len(mails)
