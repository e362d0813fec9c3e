"""A run with nothing to do, found and recorded without Spark and without Prefect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from deltalake.exceptions import DeltaError

from conf import Config
from pipelines.engine.fingerprint import skip_outcome
from pipelines.engine.orphans import has_left
from pipelines.engine.run_context import chosen_feeds, list_feeds, looking, open_run
from pipelines.engine.stage import Stage
from pipelines.flows import report
from pipelines.flows.report import Report
from pipelines.stages import EVERY
from storage import ledger
from storage.soundness import check_ledger, check_sound
from storage.warehouse import Warehouse


def records_to_do(
    config: Config,
    feeds: Mapping[str, str],
    received: date | None,
    as_of: date | None,
    stages: Sequence[Stage],
    forced: Sequence[str] = (),
) -> int | None:
    """About how many raw records a run has to do with.

    None where it would find nothing to do, and nothing that another run has left.

    Arguments and errors are those of the flow and of `open_run`; nothing is written.
    """
    chosen = chosen_feeds(config, feeds)
    warehouse = Warehouse.at(config.warehouse)
    check_ledger(warehouse)
    run = looking("", config, warehouse, as_of, forced)
    try:
        run.listing = list_feeds(run, chosen, received)
        run.fingerprints, run.behind = ledger.fingerprints(warehouse), ledger.behind(warehouse)
        if not has_left(warehouse) and all(skip_outcome(stage, run) for stage in stages):
            return None
        return run.records(run.listing)
    except (OSError, DeltaError):  # a table of which something is missing: then say what
        check_sound(warehouse)
        raise


def record_unchanged(
    config: Config,
    feeds: Mapping[str, str],
    received: date | None,
    as_of: date | None,
    stages: Sequence[Stage],
) -> Report:
    """The run that was found to have nothing to do, in the ledger as every run is.

    What another run may have published since then is no matter: the stage then runs.
    """
    with open_run(config, feeds, received, as_of, EVERY) as run:
        for stage in stages:
            outcome = skip_outcome(stage, run)
            if outcome is None:
                from pipelines.engine.runner import run_stage

                outcome = run_stage(stage, run)
            else:
                run.outcomes.append(outcome)
            report.progress(outcome)
        ledger.note_stages(
            run.warehouse, [o.row for o in run.outcomes if o.row["verdict"] == "unchanged"]
        )
        return report.of(run)
