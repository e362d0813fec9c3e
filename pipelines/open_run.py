"""A run's beginning and end: session, lock, recovery, listing, and its rows in the ledger."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime

from jobs.session import build_session

from conf import Config
from expectations.gate import open_context
from pipelines import ledger, report
from pipelines.errors import GateStoppedError
from pipelines.setup.home import home
from pipelines.setup.model import model_folder, model_id
from pipelines.stage import Run, Stage
from pipelines.warehouse import Warehouse, one_writer


@contextmanager
def open_run(
    config: Config,
    feeds: Mapping[str, str],
    received: date | None,
    as_of: date | None,
    stages: Sequence[Stage],
) -> Iterator[Run]:
    """A run that may write: what a dead run left is finished first, and its end is recorded.

    Raises:
        UsageError: a feed is not known, or no feed has a path.
        PapertideError: another run is writing, or a feed's files cannot be listed.
    """
    chosen = chosen_feeds(config, feeds)
    warehouse = Warehouse.at(config.warehouse)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    with one_writer(warehouse, home(), run_id, config.run.wait_seconds):
        spark = build_session(config.session, home())
        run = Run(
            run_id=run_id,
            spark=spark,
            warehouse=warehouse,
            config=config,
            gate=open_context(warehouse.docs(run_id, home())),
            published=ledger.published(warehouse),
            fingerprints={},
            model=(str(model_folder(config.embed, home())), model_id(config.embed)),
            as_of=as_of,
        )
        facts = {
            "run_id": run_id,
            "feeds": {name: str(feed.path) for name, feed in chosen.items()},
            "as_of": as_of,
            "config_digest": hashlib.sha256(config.model_dump_json().encode()).hexdigest(),
        }
        note = _noter(warehouse, facts)
        note("started")
        try:
            for name in (recovered := _recovered(run, stages)):
                report.say(f"{name}: finished what an earlier run had passed its gates with")
            if recovered:
                note("recovered", f"finished {', '.join(recovered)}")
            run.fingerprints = ledger.fingerprints(warehouse)
            run.listing, run.due_feeds = _listing(run, chosen, received)
            yield run
        except GateStoppedError as error:
            note("stopped", str(error))
            raise
        except BaseException as error:
            note("failed", f"{type(error).__name__}: {error}")
            raise
        note("done")
