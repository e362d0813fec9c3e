"""The stage runner: the same six steps for every stage.

Resolve the published inputs, stage the output, split off what breaks a critical rule, hold it
against the gate, publish, record. Once its gates are passed a stage leaves an intent beside its
staged files; whoever finds an intent finishes it, and finishing it twice changes nothing. Staged
files without an intent are thrown away, and so is an intent that came when a later run had cleared
up: it is of a process that slept, and woke when its warehouse was another's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.session import fit_to
from jobs.tables.bronze import FILES
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED, STAGES
from jobs.tables.silver import QUARANTINE
from pipelines.engine import small
from pipelines.engine.fingerprint import opening_row, params_of, skip_outcome
from pipelines.engine.orphans import INTENT, has_left
from pipelines.engine.publish import Changes, changes, publish
from pipelines.engine.small import staged_rows
from pipelines.engine.stage import Mode, Outcome, Output, Params, Run, Stage
from pipelines.engine.staging import TO_QUARANTINE, Staged, stage_outputs
from pipelines.lineage import reported
from storage import files, lease, ledger
from storage.errors import GateStoppedError
from storage.soundness import check_sound

if TYPE_CHECKING:
    from expectations.gate import Verdict

_JUDGING = "pipelines.engine.gate_runner"


def run_stage(stage: Stage, run: Run) -> Outcome:
    """Run one stage to its publication.

    Raises:
        GateStoppedError: a critical expectation was not met; nothing was published.
    """
    clock = time.monotonic()
    folder = run.warehouse.staging(stage.name, run.run_id)
    if has_left(run.warehouse, stage.name, run.run_id):  # an attempt failed while it published
        begun = _finish(run, folder, stage.writes)
        files.delete(run.spark, folder)
        if begun is not None:
            ended = replace(begun, row={**begun.row, "seconds": time.monotonic() - clock})
            run.outcomes.append(ended)
            return ended
    outcome = skip_outcome(stage, run)
    if outcome is not None:
        return _note(run, outcome, quality=[])
    params = params_of(stage, run)
    run.spark.sparkContext.setJobGroup(run.run_id, stage.name, interruptOnCancel=True)
    with reported(stage, run):
        return _run_changed(stage, run, params, opening_row(stage, run, params), clock)


def _run_changed(
    stage: Stage, run: Run, params: Params, row: dict[str, Any], clock: float
) -> Outcome:
    folder, jobs = run.warehouse.staging(stage.name, run.run_id), _jobs(run.spark)
    fit_to(run.spark, run.config.session, run.records(params.listing))
    # There will be something to judge: Great Expectations is imported while Spark works.
    Thread(target=import_module, args=(_JUDGING,), daemon=True).start()
    try:
        staged = stage_outputs(stage, run, params)
    finally:
        run.spark.catalog.clearCache()  # what the transform kept for its several outputs
    gate_clock = time.monotonic()
    small_rows = {
        item.output.table: rows
        for item in staged
        if _says_something(item, run) and (rows := staged_rows(item, run)) is not None
    }
    verdicts = _verdicts(stage, staged, small_rows, run)
    row |= {
        "gate_seconds": time.monotonic() - gate_clock,
        "docs": verdicts[0].docs if verdicts else None,
        "bytes": files.bytes_in(run.spark, folder),
        **_counts(staged),
    }
    quality = [entry for verdict in verdicts for entry in _quality_rows(row, verdict)]
    failures = [failure for verdict in verdicts for failure in verdict.failures]
    if any(failure.error for failure in failures):  # perhaps a published file that it read
        check_sound(run.warehouse, thorough=True)
    if failures:
        row |= {"verdict": "stopped", "seconds": time.monotonic() - clock}
        _note(run, Outcome(row), quality)
        raise GateStoppedError(_stop_message(stage, run, staged, verdicts))

    outputs = [entry for item in staged if (entry := _plan(item, small_rows, run))]
    warnings = tuple(f"{v.table}: {w.name}: {w.observed}" for v in verdicts for w in v.warnings)
    row |= {
        "verdict": "warned" if warnings else "passed" if outputs else "unchanged",
        **{f"rows_{kind}": sum(o[kind] for o in outputs if o["table"] != QUARANTINE.name)
           for kind in ("new", "changed", "gone")},
    }  # fmt: skip
    epoch = lease.epoch(run.warehouse.root)
    intent = {"row": row, "quality": quality, "outputs": outputs, "epoch": epoch}
    if outputs:
        files.write_text(run.spark, f"{folder}/{INTENT}", json.dumps(intent))
        known = {item.output.table.name: item.output for item in staged}
        _publish_intent(run, intent, known, folder)
    row |= {"seconds": time.monotonic() - clock, "jobs": _jobs(run.spark) - jobs}
    outcome = _note(run, Outcome(row, warnings, tuple(outputs)), quality)
    files.delete(run.spark, folder)
    return outcome


def recover(run: Run, stages: Sequence[Stage]) -> list[str]:
    """Finish what a run that died had taken past its gates, drop the rest; names the finished.

    Only then is anything removed: of an intent that comes later it is known that it is late.
    """
    every = [output for stage in stages for output in stage.writes]
    own = {stage.name: stage.writes for stage in stages}  # two may write a table, each in its mode
    finished = []
    folders = files.folders(run.spark, run.warehouse.staging(""))
    for folder in folders:
        name = folder.partition(".")[0]  # the rest is the run's
        if _finish(run, run.warehouse.staging(folder), own.get(name, every)):
            finished.append(name)
    lease.clear(run.warehouse.root)
    for folder in folders:
        files.delete(run.spark, run.warehouse.staging(folder))
    return finished


def _finish(run: Run, folder: str, outputs: Sequence[Output]) -> Outcome | None:
    """Finish the intent that stands in a folder of staging, if one does that is not late."""
    text = files.read_text(run.spark, f"{folder}/{INTENT}")
    intent = json.loads(text) if text is not None else None
    # Those who wrote no epoch had a warehouse without a lease, or a version from before there were.
    if intent is None or lease.is_late(run.warehouse.root, intent.get("epoch", 0)):
        return None
    known = {output.table.name: output for output in (*outputs, TO_QUARANTINE)}
    _publish_intent(run, intent, known, folder)
    row = {"seconds": None, **intent["row"]}
    recorded = {(r["run_id"], r["stage"]) for r in ledger.rows(run.warehouse, STAGES)}
    if (row["run_id"], row["stage"]) not in recorded:
        ledger.note_stages(run.warehouse, [row], intent["quality"])
    return Outcome(row, outputs=tuple(intent["outputs"]))


def _publish_intent(
    run: Run, intent: Mapping[str, Any], outputs: Mapping[str, Output], folder: str
) -> None:
    """Publish every table of an intent, then make all of them visible in one commit."""
    row = intent["row"]
    note = {"run": row["run_id"], "stage": row["stage"]}
    recorded = ledger.published(run.warehouse)
    visible = []
    for entry in intent["outputs"]:
        if entry["table"] in recorded and recorded[entry["table"]].sequence >= entry["sequence"]:
            continue  # before it died, or by a run that took the warehouse over
        output = outputs[entry["table"]]
        item = Staged(output, f"{folder}/{output.table.name}", entry["rows"], 0, 0, 0)
        rows = staged_rows(item, run)
        if rows is None:
            frame = item.passing(run.spark)
            version = publish(run.spark, run.warehouse, output, frame, entry["sequence"], note)
        else:
            passing = small.passing(output.table, rows)
            version = small.publish(run.warehouse, output, passing, entry["sequence"], note)
        published = {"version": version, "published_at": datetime.now(UTC)}
        visible.append({**entry, **published, "run_id": row["run_id"], "stage": row["stage"]})
    if len(visible) < len(intent["outputs"]):
        lease.check(run.warehouse.root)  # who has lost it did not publish what is there
    ledger.append(run.warehouse, PUBLISHED, visible)
    run.published.update(ledger.published(run.warehouse))


def _plan(item: Staged, small_rows: Mapping[Table, pa.Table], run: Run) -> dict[str, Any] | None:
    """What publishing an output would do; None when readers would see no difference."""
    table = item.output.table
    before = run.published.get(table.name)
    if table in small_rows:
        difference = small.changes(
            item.output,
            small.passing(table, small_rows[table]),
            ledger.dataset(run.warehouse, table, before.version) if before else None,
        )
    elif item.rows > item.broken or item.output.mode is Mode.REPLACE:
        passing, rows = item.passing(run.spark), item.rows - item.broken
        difference = changes(item.output, passing, rows, run.read(table))
    else:
        difference = Changes(0, 0, 0)
    if not difference:
        return None
    return {
        "table": table.name,
        "sequence": before.sequence + 1 if before else 1,
        "rows": (before.rows if before else 0) + difference.new - difference.gone,
        **asdict(difference),
    }


def _says_something(item: Staged, run: Run) -> bool:
    """Nothing staged says nothing where that may be: in tables that only grow."""
    if item.output.table is FILES and run.listing and run.listing.due:
        return True
    return item.rows > 0 or item.output.mode is Mode.REPLACE


def _verdicts(
    stage: Stage, staged: Sequence[Staged], small_rows: Mapping[Table, pa.Table], run: Run
) -> list[Verdict]:
    guarded = [item for item in staged if _says_something(item, run)]
    if not guarded:
        return []
    from pipelines.engine.gate_runner import judge_stage

    return judge_stage(stage.name, guarded, small_rows, run)


def _quality_rows(row: Mapping[str, Any], verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "run_id": row["run_id"],
            "stage": row["stage"],
            "table": verdict.table,
            "expectation": result.name,
            "severity": result.severity.value,
            "met": result.met,
            "observed": result.observed,
            "why": result.why,
            "docs": verdict.docs,
        }
        for result in verdict.results
    ]


def _counts(staged: Sequence[Staged]) -> dict[str, int]:
    quarantined = sum(s.rows for s in staged if s.output.table is QUARANTINE)
    return {
        "rows_staged": sum(s.rows for s in staged if s.output.table is not QUARANTINE),
        "delivered": sum(s.delivered for s in staged),
        "repeated": sum(s.repeated for s in staged),
        "quarantined": quarantined,
    }


def _note(run: Run, outcome: Outcome, quality: list[dict[str, Any]]) -> Outcome:
    ledger.note_stages(run.warehouse, [outcome.row], quality)
    run.outcomes.append(outcome)
    return outcome


def _stop_message(
    stage: Stage, run: Run, staged: Sequence[Staged], verdicts: Sequence[Verdict]
) -> str:
    lines = [f"stopped by the gate: stage {stage.name} published nothing"]
    for verdict in verdicts:
        for failure in verdict.failures:
            lines += [
                f"  suite {verdict.table}, expectation {failure.name}: observed {failure.observed}",
                f"    measured: {failure.measured}",
                f"    why: {failure.why}",
                f"    Data Docs: {verdict.docs}",
            ]
    for item in staged:
        if item.output.table is QUARANTINE:
            lines += [*_reasons(item, run), "    all of them: papertide quarantine --stopped"]
    lines.append(
        "  what was published stays as it was; what was staged is kept until the next run in "
        f"{run.warehouse.staging(stage.name, run.run_id)}"
    )
    return "\n".join(lines)


def _reasons(quarantine: Staged, run: Run) -> list[str]:
    """The commonest reasons of the rows kept out, with an example of each."""
    rows = (
        quarantine.frame(run.spark)
        .groupBy("feed", "rule")
        .agg(F.count(F.lit(1)).alias("n"), F.min(F.struct("file", "reason")).alias("example"))
        .orderBy(F.desc("n"), "feed", "rule")
        .limit(5)
        .collect()
    )
    return [
        f"  kept out of {row['feed'] or 'all'}: {row['n']} by {row['rule']}, such as "
        f"{row['example']['file'] or '-'}: {row['example']['reason']}"
        for row in rows
    ]


def _jobs(spark: SparkSession) -> int:
    return int(spark.sparkContext._jsc.sc().dagScheduler().numTotalJobs())
