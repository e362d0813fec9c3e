"""One harvest of one feed: day after day, page after page, from where the last one stopped.

After each page that has landed the state says with which token the next one is asked for. A harvest
that dies goes on there; a page that landed without the state knowing is known by its records. So
nothing lands twice, and nothing is left out: a list that comes to fewer records than the source
counts is begun again.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, timedelta
from pathlib import Path

from conf import Config
from conf.model import FeedHarvestConf
from pipelines.harvest import SOURCES, landing, state
from pipelines.harvest.client import Client, Clock, Fetched
from pipelines.harvest.core import Fault, Inquiry, Page, Refused, Source, Stale
from pipelines.harvest.state import Answer, Place, State
from storage.errors import PapertideError, UsageError

LOG = logging.getLogger("papertide")
# A token may run out while its list is gone through; one that runs out again is no accident.
_BEGINNINGS = 3


@dataclass
class Harvested:
    """What one harvest brought.

    Attributes:
        feed: the feed.
        since: first day that was asked for; None: there was none to ask for.
        until: last day.
        files: the files that landed.
        bytes: their bytes.
    """

    feed: str
    since: date | None
    until: date
    files: list[Path] = field(default_factory=list)
    bytes: int = 0

    def line(self) -> str:
        """The harvest in one line."""
        brought = f"{len(self.files):,} files, {self.bytes:,} bytes"
        days = f"{self.since} to {self.until}" if self.since else f"nothing due up to {self.until}"
        return f"{self.feed}: {brought}, {days}"


@dataclass
class _Harvest:
    """What the steps of one harvest share; `stands` and `brought` change as it goes on."""

    source: Source
    inquiry: Inquiry
    client: Client
    folder: Path
    yesterday: date
    since: date | None
    stands: State
    brought: Harvested

    def note(self, stands: State) -> None:
        """Remember where the harvest stands, on disk as well."""
        self.stands = stands
        state.write(self.folder, stands)

    def keep(self, fetched: Fetched, day: date) -> str:
        """Put an answer into the folder; returns the file's name."""
        file = landing.land(
            self.folder, day, self.source.suffix, fetched.body, one_page=self.source.one_page
        )
        self.brought.files.append(file)
        self.brought.bytes += len(fetched.body)
        LOG.info(f"{self.brought.feed}: {file.name}, {fetched.page.records:,} records")
        return file.name


def harvest(
    config: Config,
    feed: str,
    since: date | None = None,
    until: date | None = None,
    clock: Clock | None = None,
) -> Harvested:
    """Bring what is new of a feed into its folder.

    Args:
        config: the configuration; the feed must have a section `harvest`.
        feed: name of the feed.
        since: first day; None goes on after the last harvest, the first time some days back.
        until: last day; None is yesterday (UTC), the last day that is over.
        clock: time, for tests.

    Raises:
        UsageError: the feed cannot be harvested as it is configured, or not for these days.
        PapertideError: the harvest could not be brought to its end; what has landed stays.
    """
    clock = clock or Clock()
    section, source = _section_and_source(config, feed)
    inquiry = _inquiry(config, feed, section, source)
    source.request(inquiry, None)  # what cannot be asked is told before anything is touched
    today = clock.now().astimezone(UTC).date()
    _check_days(source, since, until, today)
    pause = source.pause_seconds if section.pause_seconds is None else section.pause_seconds
    with (
        landing.open_folder(feed, config.feeds[feed].path) as folder,
        Client(config.harvest, pause, clock) as client,
    ):
        stands = _stands(feed, folder, _digest(section, inquiry))
        yesterday = today - timedelta(days=1)
        last = (until or yesterday) if source.by_day else today
        first = _first(config, source, stands, since, last)
        brought = Harvested(feed, first if first <= last else None, last)
        _tell_days_left_out(feed, stands, first)
        job = _Harvest(source, inquiry, client, folder, yesterday, since, stands, brought)
        for day in _days(first, last):
            _harvest_day(job, day)
            job.note(job.stands.after(day, yesterday, _next_place(job, day, last)))
        return brought


def _stands(feed: str, folder: Path, digest: str) -> State:
    """Where the harvest stands; after a change of what is asked for, only the last day holds."""
    stands = state.read(folder) or State(asked=digest)
    if stands.asked != digest:
        LOG.info(
            f"{feed}: what is asked for has changed; earlier days, if they are wanted, take --from"
        )
        stands = State(asked=digest, through=stands.through)
    return stands


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _next_place(job: _Harvest, day: date, last: date) -> Place | None:
    return _beginning(job, day + timedelta(days=1)) if day < last else None


def _beginning(job: _Harvest, day: date) -> Place:
    """The place before the first page of a day."""
    return Place(since=job.since, day=day, token=None, records=0)


def _section_and_source(config: Config, feed: str) -> tuple[FeedHarvestConf, Source]:
    """The feed's section and its source."""
    with_source = sorted(name for name, conf in config.feeds.items() if conf.harvest)
    section = config.feeds[feed].harvest if feed in config.feeds else None
    if section is None:
        problem = "has no section harvest" if feed in config.feeds else "is not in the settings"
        raise UsageError(
            f"feed {feed} {problem}; feeds that can be harvested: {', '.join(with_source) or '-'}"
        )
    if section.source not in SOURCES:
        raise UsageError(
            f"feed {feed}: no source {section.source!r}; known are {', '.join(sorted(SOURCES))}"
        )
    return section, SOURCES[section.source]


def _inquiry(config: Config, feed: str, section: FeedHarvestConf, source: Source) -> Inquiry:
    """What is asked of the source, but for the day."""
    if config.harvest.contact is None:
        raise UsageError(
            "no contact: sources want to know whom to write to before they shut a harvester out\n"
            "  name your e-mail address: --set harvest.contact=YOU@EXAMPLE.ORG"
        )
    unknown = sorted(set(section.parameters) - set(source.parameters))
    missing = sorted(set(source.required) - set(section.parameters))
    if unknown or missing:
        problem = f"no parameter {unknown[0]}" if unknown else f"parameter {missing[0]} is missing"
        known = ", ".join(source.parameters) or "none"
        raise UsageError(f"feed {feed}: {problem}; {source.name} knows {known}")
    date_field = section.date_field or source.date_fields[0]
    if date_field not in source.date_fields:
        known = ", ".join(filter(None, source.date_fields)) or "none"
        raise UsageError(f"feed {feed}: no date_field {date_field}; {source.name} has {known}")
    if section.api_key and not source.takes_key:
        raise UsageError(f"feed {feed}: {source.name} knows no api_key")
    return Inquiry(
        section.base_url or source.base_url,
        section.parameters,
        date_field,
        date.min,
        config.harvest.contact,
        section.api_key.get_secret_value() if section.api_key else None,
    )


def _digest(section: FeedHarvestConf, inquiry: Inquiry) -> str:
    """A digest of the list that is asked for, whoever asks."""
    facts = [section.source, inquiry.base_url, dict(inquiry.parameters), inquiry.date_field]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _check_days(source: Source, since: date | None, until: date | None, today: date) -> None:
    if not source.by_day and (since or until):
        raise UsageError(f"{source.name} delivers what is new today; it knows no --from and --to")
    for option, day in (("--from", since), ("--to", until)):
        if day and day > today:
            raise UsageError(f"{option} {day}: that day is still to come (today is {today}, UTC)")
    if since and until and since > until:
        raise UsageError(f"--from {since} is after --to {until}")


def _first(config: Config, source: Source, stands: State, since: date | None, last: date) -> date:
    """The first day to ask for: where a harvest stopped, else what the caller says, else on."""
    if not source.by_day:
        return last
    if stands.place and stands.place.since == since:
        return stands.place.day
    if since:
        return since
    if stands.through:
        return stands.through + timedelta(days=1 - config.harvest.overlap_days)
    return last - timedelta(days=config.harvest.first_days - 1)


def _tell_days_left_out(feed: str, stands: State, first: date) -> None:
    """Say which days no later harvest asks for, where one begins beyond where the last ended."""
    begin = stands.place.day if stands.place else stands.through and stands.through + timedelta(1)
    if begin and begin < first:
        LOG.warning(
            f"{feed}: {begin} to {first - timedelta(1)} are left out, now and by later harvests; "
            f"if they are wanted: --from {begin}"
        )


def _harvest_day(job: _Harvest, day: date) -> None:
    """The list of one day, begun again where its token runs out.

    Raises:
        PapertideError: it cannot be brought to its end; the next harvest starts the day again.
    """
    for beginning in range(1, _BEGINNINGS + 1):
        try:
            return _harvest_list(job, day)
        except Stale as error:
            job.note(job.stands.at(_beginning(job, day)))
            if beginning == _BEGINNINGS:
                raise PapertideError(
                    f"feed {job.brought.feed}: {day} could not be harvested to its end: {error}\n"
                    f"  begun {_BEGINNINGS} times; to go on without it: --from "
                    f"{day + timedelta(days=1)}"
                ) from error
            LOG.info(f"{job.brought.feed}: {day} from its beginning: {error}")


def _harvest_list(job: _Harvest, day: date) -> None:
    """The pages of a day, from where the state stands to the last.

    Raises:
        Stale: the list must be begun again.
        PapertideError: as Client.fetch; or the pages lead in a circle.
    """
    place = job.stands.place
    if place is None or place.day != day or place.since != job.since:
        place = _beginning(job, day)
    lying = _lying(job, day)
    passed: set[str | None] = {place.token}
    while True:
        fetched = _fetch(job, place)
        if fetched is None:
            LOG.info(f"{job.brought.feed}: {day} is as it was")
            return
        page = fetched.page
        _no_circle(job, place, page, passed)
        if page.records and page.digest not in lying:
            lying[page.digest] = job.keep(fetched, day)
        if job.source.conditional and page.records:
            answer = Answer(
                file=lying[page.digest], etag=fetched.etag, last_modified=fetched.last_modified
            )
            job.note(job.stands.with_answer(_answer_key(job.source, day), answer))
        records = place.records + page.records
        if page.token is None:
            if page.total is not None and records < page.total:
                raise Stale(f"{records:,} records came of {page.total:,}")
            return
        place = place.model_copy(update={"token": page.token, "records": records})
        job.note(job.stands.at(place))


def _no_circle(job: _Harvest, place: Place, page: Page, passed: set[str | None]) -> None:
    """Note what has been passed; a token, or the same records, a second time are a circle.

    Raises:
        PapertideError: the pages lead in a circle.
    """
    signs = set() if job.source.same_tokens or page.token is None else {page.token}
    if page.records:
        signs.add(f"records {page.digest}")
    if signs & passed:
        job.note(job.stands.at(_beginning(job, place.day)))
        raise PapertideError(
            f"feed {job.brought.feed}: the pages of {place.day} lead in a circle after "
            f"{place.records:,} records; the source is at fault\n"
            "  the next harvest starts this day again"
        )
    passed |= signs


def _fetch(job: _Harvest, place: Place) -> Fetched | None:
    """The answer for a place; a no to a token means that the token has run out."""
    request = job.source.request(replace(job.inquiry, day=place.day), place.token)
    try:
        return job.client.fetch(request, job.source.read, _conditions(job, place.day))
    except Refused as error:
        if place.token is None:
            raise
        raise Stale(str(error)) from error


def _lying(job: _Harvest, day: date) -> dict[str, str]:
    """The pages that lie in the folder for the day: digest → name of the file."""
    files = landing.of_day(job.folder, day, job.source.suffix)
    last = job.stands.answers.get(_answer_key(job.source, day))
    if last and not job.source.by_day:
        files.append(job.folder / last.file)  # without news a feed stays as it was for days
    pages = ((file.name, _page(file, job.source)) for file in files)
    return {page.digest: name for name, page in pages if page}


def _page(file: Path, source: Source) -> Page | None:
    """What a file holds; None where it is no answer of the source, or is there no more."""
    try:
        return source.read(file.read_bytes())
    except (Fault, Stale, Refused, OSError):
        return None


def _conditions(job: _Harvest, day: date) -> dict[str, str]:
    """Headers that ask for a change only, as long as the answer before it still lies there."""
    answer = job.stands.answers.get(_answer_key(job.source, day))
    if answer is None or not (job.folder / answer.file).exists():
        return {}
    headers = {"If-None-Match": answer.etag, "If-Modified-Since": answer.last_modified}
    return {name: value for name, value in headers.items() if value}


def _answer_key(source: Source, day: date) -> str:
    """Under what an answer is remembered: its day, or for a source without days that it is last."""
    return day.isoformat() if source.by_day else "last"
