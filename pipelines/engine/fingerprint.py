"""What a stage's result follows from, as one digest; where it is the last one, it is skipped.

Nothing here needs Spark: the ledger, the feeds' files, the settings and the code say it all.
"""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from jobs.source import function_digest
from jobs.tables.silver import PAPERS
from pipelines.engine.stage import Outcome, Output, Params, Run, Stage
from storage import ledger
from storage.errors import PapertideError


def params_of(stage: Stage, run: Run) -> Params:
    """What the stage may lean on in this run.

    Raises:
        PapertideError: the stage is dated, and no papers are published, or none was known by then.
    """
    as_of = None
    if stage.dated:
        run.shown_days = run.shown_days or _days_shown(run)
        first, last = run.shown_days
        run.as_of = run.as_of or last
        if first and run.as_of and run.as_of < first:
            raise PapertideError(
                f"nothing was known as of {run.as_of}: a feed first showed a paper on {first}\n"
                "  --as-of goes by what feeds had shown by then, not by the dates of papers;\n"
                "  papertide eval backtest goes by the dates of papers"
            )
        as_of = run.as_of
    return Params(run.config, as_of, run.listing if stage.lists else None, run.model)


def opening_row(stage: Stage, run: Run, params: Params) -> dict[str, Any]:
    """The stage's row of ops.stages as far as it is known at its beginning."""
    return {
        "run_id": run.run_id,
        "stage": stage.name,
        "started_at": (datetime.now(UTC) + run.behind).isoformat(),
        "fingerprint": _fingerprint(stage, run, params),
        "rows_in": sum(run.published[t.name].rows for t in stage.reads if t.name in run.published),
    }


def skip_outcome(stage: Stage, run: Run) -> Outcome | None:
    """The outcome of a stage that has nothing to do; None for one that must run.

    Raises:
        PapertideError: as `params_of`.
    """
    clock = time.monotonic()
    params = params_of(stage, run)
    is_due = params.listing is not None and bool(params.listing.due)
    if is_due or stage.name in run.forced:
        return None
    row = opening_row(stage, run, params)
    if run.fingerprints.get(stage.name) != row["fingerprint"]:
        return None
    return Outcome({**row, "verdict": "unchanged", "seconds": time.monotonic() - clock})


def _days_shown(run: Run) -> tuple[date | None, date | None]:
    """The first and the last day on which a feed showed a paper: what is known, not the clock."""
    publication = run.published.get(PAPERS.name)
    if publication is None:
        raise PapertideError("no papers are published yet: run the stages from the first")
    at, first, last = publication.version, "min(first_shown_on)", "max(first_shown_on)"
    days = ledger.aggregates(run.warehouse, PAPERS, at, first=first, last=last)
    return days["first"], days["last"]


def _fingerprint(stage: Stage, run: Run, params: Params) -> str:
    """Digest of all that the stage's result follows from; its own tables are no input here."""
    own_tables = {output.table for output in stage.writes}
    settings = stage.settings(params)
    if isinstance(settings, BaseModel):
        settings = settings.model_dump(mode="json")
    inputs = {
        "reads": {
            t.name: run.published[t.name].content
            for t in stage.reads
            if t not in own_tables and t.name in run.published
        },
        "writes": [_declaration(output) for output in stage.writes],
        "settings": settings,
        "as_of": str(params.as_of),
        "listing": params.listing.digest if params.listing else None,
        "code": code(stage),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def code(stage: Stage) -> str:
    """Digest of the code that the stage's result follows from."""
    return stage.code() if stage.code else function_digest(stage.transform)


def _declaration(output: Output) -> list[Any]:
    """What of a table's declaration decides on its rows and on those kept out; comments do not."""
    table = output.table
    columns = [(column.name, column.type) for column in table.columns]
    rules = [(rule.name, rule.holds, rule.reason) for rule in table.critical]
    return [table.name, output.mode, table.key, columns, rules]
