"""Erase: the people whom a file names leave all tables, and the tables' history.

First the tables that hold what feeds deliver change, in one publication; then all that is made of
them is made again; then their older versions go. Each step can be repeated, so that an erasure that
dies is finished by the next `papertide erase`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pyarrow import fs

from conf import Config
from jobs.stores import open_location
from jobs.tables.bronze import RAW_RECORDS
from jobs.tables.gold import SCORES
from jobs.tables.ops import STAGES
from jobs.tables.silver import (
    AFFILIATIONS,
    AUTHOR_LINKS,
    AUTHORS,
    AUTHORSHIPS,
    IDENTITY,
    IDENTITY_EDGES,
    PAPERS,
    QUARANTINE,
    RECORDS,
    REFERENCES,
    SIGNATURES,
)
from pipelines.commands.purge import old_versions, purge
from pipelines.engine.stage import Outcome, Run
from pipelines.flows import report
from storage import ledger
from storage.errors import UsageError
from storage.warehouse import Warehouse

if TYPE_CHECKING:
    from jobs.people.erased import Erased

PERSONAL = (
    RAW_RECORDS, RECORDS, QUARANTINE, SIGNATURES, IDENTITY_EDGES, IDENTITY, PAPERS, REFERENCES,
    AFFILIATIONS, AUTHORSHIPS, AUTHOR_LINKS, AUTHORS,
)  # fmt: skip
"""The tables that hold data of people (docs/people.md)."""
STAGE = "erase"
Row = dict[str, Any]


def erase(config: Config) -> list[Row]:
    """Erase the people whom the file of the setting `erased` names.

    Returns:
        A row a table: rows that changed and rows that are gone, old files and versions removed.

    Raises:
        UsageError: no file is set, it cannot be read, or a line of it names nobody.
        GateStoppedError: a gate stopped a stage; the older versions are still there.
        PapertideError: a run is writing.
    """
    _check_named(config)
    from pipelines.engine.run_context import open_run
    from pipelines.engine.runner import run_stage
    from pipelines.stages import ERASE, EVERY, PIPELINE

    with open_run(config, None, None, None, EVERY, (ERASE.name,)) as run:
        # What a run that stopped has left unread is read first: then it is known who is in it.
        unread = [s for s in PIPELINE if s.name == "parse" and RAW_RECORDS.name in run.published]
        outcomes = [run_stage(stage, run) for stage in (*unread, ERASE)]
        for stage in PIPELINE:
            is_made = any(output.table.name in run.published for output in stage.writes)
            if is_made and not stage.lists:
                outcomes.append(run_stage(stage, run))
        return _account(outcomes, _purge(run))


def remaining(config: Config) -> list[Row]:
    """What is still there of the people whom the file names: a row a table that has some.

    Returns:
        Rows that tell of them, and versions from before they were erased.

    Raises:
        UsageError: as `erase`.
    """
    people = _check_named(config)
    from jobs.people.erasing import Held, telling_rows
    from pipelines.engine.run_context import looking
    from pipelines.engine.stage import empty
    from pipelines.stages import HELD, feed_columns

    warehouse = Warehouse.at(config.warehouse)
    run = looking("", config, warehouse, None, ())
    read = {table: run.read(table) for table in HELD}
    frames = (empty(run.spark, t) if frame is None else frame for t, frame in read.items())
    telling = telling_rows(Held(*frames), people, feed_columns(config))
    rows = {t.name: frame.count() for t, frame in telling.items()}
    old = _versions_from_before(warehouse)
    return [
        {"table": t.name, "rows": rows.get(t.name, 0), "old_versions": old.get(t.name, 0)}
        for t in PERSONAL
        if rows.get(t.name) or old.get(t.name)
    ]


def _check_named(config: Config) -> Erased:
    from pipelines.engine.stage import Params
    from pipelines.own_files import erased_people

    if config.erased is None:
        raise UsageError(
            "erase: no file says whom: name one with --set erased=FILE, or in the settings\n"
            "  an id a line: docs/people.md, under 'Personal data'"
        )
    people = erased_people(Params(config, None, None, ("", "")))
    if not any(people):
        raise UsageError(f"erase: {config.erased} names nobody")
    return people


def _versions_from_before(warehouse: Warehouse) -> dict[str, int]:
    """Of each table how many versions there are from before people were erased last."""
    erased = [
        row["started_at"]
        for row in ledger.rows(warehouse, STAGES)
        if row["stage"] == STAGE and row["verdict"] in ("passed", "warned")
    ]
    found: dict[str, int] = {}
    for table in PERSONAL if erased else ():
        rows = ledger.publications(warehouse, table)
        # The first since then is without them; a table without one never told of them. Numbers
        # begin anew where `papertide repair` has begun a table anew.
        since = [row["version"] for row in rows if row["published_at"] > max(erased)]
        clean = since or [row["version"] for row in rows[-1:]]
        found[table.name] = old_versions(warehouse, table, min(clean, default=0))
    return {name: count for name, count in found.items() if count}


def _purge(run: Run) -> dict[str, Mapping[str, int]]:
    """Remove what is from before; what was removed of which table."""
    old = _versions_from_before(run.warehouse)
    removed = {t.name: purge(run.warehouse, t, run.run_id) for t in PERSONAL if t.name in old}
    if removed:
        _remove_damaged(run.warehouse)
        scores = ledger.published(run.warehouse).get(SCORES.name)
        if scores:  # so that the last day is read with the tables as they are now
            ledger.publish_again(run.warehouse, SCORES, run.run_id, scores.version)
    return removed


def _remove_damaged(warehouse: Warehouse) -> None:
    """What `papertide repair` has put aside is from before, too."""
    system, root = open_location(warehouse.root)
    if system.get_file_info(f"{root}/_damaged").type == fs.FileType.Directory:
        system.delete_dir(f"{root}/_damaged")
        report.say("removed _damaged, which papertide repair had put aside")


def _account(outcomes: Iterable[Outcome], removed: Mapping[str, Mapping[str, int]]) -> list[Row]:
    counts: dict[str, Row] = {}
    nothing = {"changed": 0, "gone": 0, "old_files": 0, "old_versions": 0}
    for entry in (entry for outcome in outcomes for entry in outcome.outputs):
        row = counts.setdefault(entry["table"], dict(nothing))
        row["changed"] += entry["changed"]
        row["gone"] += entry["gone"]
    for name, of in removed.items():
        row = counts.setdefault(name, dict(nothing))
        row |= {"old_files": of["files"], "old_versions": of["versions"]}
    return [{"table": name, **row} for name, row in counts.items()]
