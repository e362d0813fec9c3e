"""A run's beginning and end: session, lock, recovery, listing, and its rows in the ledger."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta

from conf import Config
from conf.model import FeedConf
from conf.near import near
from jobs.feeds import FEEDS
from jobs.ingest.listing import NoFilesError, list_all
from jobs.tables.bronze import FILES
from jobs.tables.ops import RUNS
from pipelines.commands import restore
from pipelines.engine.orphans import end_orphans, has_left, remove_folders
from pipelines.engine.stage import Listing, Run, Stage
from pipelines.engine.upgrade import upgrade_tables
from pipelines.flows import report
from storage import lease, ledger
from storage.errors import GateStoppedError, PapertideError, UsageError
from storage.home import home
from storage.models import model_folder, model_id
from storage.soundness import check_ledger, check_sound
from storage.warehouse import Warehouse, one_writer

_CLOCKS_DIFFER = timedelta(minutes=1)
"""So much two machines may be apart without a word."""


@contextmanager
def open_run(
    config: Config,
    feeds: Mapping[str, str] | None,
    received: date | None,
    as_of: date | None,
    stages: Sequence[Stage],
    forced: Sequence[str] = (),
) -> Iterator[Run]:
    """A run that may write: what a dead run left is finished first, and its end is recorded.

    Args:
        feeds: paths of feeds by name, as `chosen_feeds` takes them; None for a run that reads none.
        stages: all that write, so that what any of them left can be finished.
        forced: names of the stages that run even if nothing has changed.

    Raises:
        UsageError: a feed is not known, or no feed has a path.
        PapertideError: another run is writing, or a feed's files cannot be listed.
    """
    chosen = {} if feeds is None else chosen_feeds(config, feeds)
    warehouse = Warehouse.at(config.warehouse)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    with one_writer(warehouse, home(), run_id, config.run.wait_seconds):
        check_ledger(warehouse)
        end_orphans()
        remove_folders()
        run = looking(run_id, config, warehouse, as_of, forced)
        facts = {
            "run_id": run_id,
            "feeds": {name: str(feed.path) for name, feed in chosen.items()},
            "as_of": as_of,
            "config_digest": hashlib.sha256(config.model_dump_json().encode()).hexdigest(),
        }

        def note(state: str, message: str | None = None) -> None:
            row = {**facts, "state": state, "at": datetime.now(UTC), "message": message}
            ledger.append(warehouse, RUNS, [row])

        note("started")
        try:
            _make_ready(run, stages, note)
            run.listing = list_feeds(run, chosen, received) if chosen else None
            yield run
        except GateStoppedError as error:
            note("stopped", str(error))
            raise
        except BaseException as error:
            from pipelines.engine.faults import in_words, is_damage  # knows Spark's errors

            with suppress(Exception):  # a full disk takes no note either
                note("failed", in_words(error) or f"{type(error).__name__}: {error}")
            # Who stumbles over a file seldom says of which table it is; our own errors do, and what
            # they say must not have all tables read.
            if not isinstance(error, PapertideError) and is_damage(error):
                lease.check(warehouse.root)  # who has lost it finds its staged files gone
                check_sound(warehouse, thorough=True)
            raise
        note("done")


def _make_ready(run: Run, stages: Sequence[Stage], note: Callable[[str, str], None]) -> None:
    """Finish what a dead run left, look whether tables are sound, and upgrade them."""
    if restore.finish(run.warehouse):
        run.published = ledger.published(run.warehouse)
        report.say("finished a restore that died")
    recovered = _recover(run, stages)
    if recovered:
        text = f"finished what a run that died had taken past its gates: {recovered}"
        report.say(text)
        note("recovered", text)
    check_sound(run.warehouse)
    for row in upgrade_tables(run.warehouse, run.run_id):
        report.say(f"upgraded {row['table']}: {', '.join(row['added']) or 'comments'}")
    run.published.update(ledger.published(run.warehouse))
    run.fingerprints = ledger.fingerprints(run.warehouse)
    run.behind = ledger.behind(run.warehouse)
    if run.behind > _CLOCKS_DIFFER:
        report.say(
            f"this machine's clock is {timedelta(seconds=run.behind.total_seconds() // 1)} "
            "behind the last run in ops.stages: set it right; nothing is lost by it"
        )


def looking(
    run_id: str, config: Config, warehouse: Warehouse, as_of: date | None, forced: Sequence[str]
) -> Run:
    """A run that sees what is published now; it has no listing and knows no fingerprints yet."""
    return Run(
        run_id=run_id,
        warehouse=warehouse,
        config=config,
        published=ledger.published(warehouse),
        fingerprints={},
        model=(str(model_folder(config.embed, home())), model_id(config.embed)),
        as_of=as_of,
        forced=frozenset(forced),
    )


def _recover(run: Run, stages: Sequence[Stage]) -> list[str]:
    if not has_left(run.warehouse):
        lease.clear(run.warehouse.root)
        return []
    from pipelines.engine.runner import recover  # brings Spark

    return recover(run, stages)


def chosen_feeds(config: Config, paths: Mapping[str, str]) -> dict[str, FeedConf]:
    """The feeds of a run: those that `paths` names, else those with a path in the configuration.

    Raises:
        UsageError: a feed is neither in the configuration nor a format, its format is unknown, or
            none is left.
    """
    known = sorted({*config.feeds, *FEEDS})
    unknown = sorted(set(paths) - set(known))
    if unknown:
        raise UsageError(
            f"no such feed: {', '.join(name + near(name, known) for name in unknown)};"
            f" known are {', '.join(known)}\n"
            "  a feed of your own is a few lines in a file: papertide run --conf FILE, as\n"
            "  docs/how-to.md says under 'Add a feed'"
        )
    with_paths = {
        name: config.feeds.get(name, FeedConf(format=name)).model_copy(update={"path": path})
        for name, path in paths.items()
    }
    chosen = with_paths or {name: feed for name, feed in config.feeds.items() if feed.path}
    if not chosen:
        raise UsageError(
            "no feed to read: name one with --feed NAME=PATH, or give it a path in the settings\n"
            f"  known feeds: {', '.join(known)}"
        )
    for name, feed in chosen.items():
        if feed.format not in FEEDS:
            raise UsageError(
                f"feed {name}: no format {feed.format!r}; known are {', '.join(sorted(FEEDS))}"
            )
    return chosen


def list_feeds(run: Run, feeds: Mapping[str, FeedConf], received: date | None) -> Listing:
    """The feeds' files, a digest of them, and the feeds that must show one.

    Raises:
        PapertideError: a feed's files cannot be listed.
    """
    readers = {name: (FEEDS[feed.format], str(feed.path)) for name, feed in feeds.items()}
    try:
        files = list_all(readers, received)
    except NoFilesError as error:
        raise PapertideError(f"{error}\n  check the path; nothing was read") from error
    file_rows = [
        [*file[:5], str(file.modified_at), str(file.shown_on), file.shown_basis] for file in files
    ]
    digest = hashlib.sha256(json.dumps(file_rows).encode()).hexdigest()
    known = ledger.values(run.warehouse, FILES, "feed", run.published)
    with_files = {file.feed for file in files if not file.left_out}
    due = tuple(name for name in sorted(feeds) if name not in known or name not in with_files)
    return Listing(tuple(files), digest, due)
