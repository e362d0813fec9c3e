"""A person's decisions: records that are one paper, or two, whatever the evidence says.

They go the way of every table: one writer, staged, held against the gate, published in one moment.
The next run follows them, and so does every run after it, until another decision on the same
records takes their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations, product

import pyarrow.compute as pc

from conf import Config
from jobs.tables.silver import DECISIONS, IDENTITY
from pipelines.commands.forwards import standing
from storage import ledger
from storage.errors import UsageError
from storage.ledger import Publication
from storage.warehouse import Warehouse

JOIN, SPLIT, NONE = "join", "split", "none"
Pair = tuple[str, str]
Kinds = Mapping[Pair, str]
Seen = Mapping[str, Publication]
Wanted = Callable[[Warehouse, Seen], Kinds]


def join(config: Config, papers: Sequence[str], by: str, note: str) -> int:
    """Decide that papers are one; returns how many pairs of records are newly decided.

    One record of each paper is tied to one of the first paper. Where records of the papers had been
    decided apart, that is taken back.

    Raises:
        UsageError: fewer than two papers are named, or one is not there.
        PapertideError: a run is writing.
    """
    if len(set(papers)) < 2:  # noqa: PLR2004 - one paper is one already
        raise UsageError("join: name two papers or more")

    def kinds_of(warehouse: Warehouse, published: Seen) -> Kinds:
        now = dict.fromkeys(p for paper in papers for p in standing(warehouse, paper, published))
        records = [_records(warehouse, paper, published) for paper in now]
        across = {_pair(*p) for one, other in combinations(records, 2) for p in product(one, other)}
        apart = {pair for pair, kind in _decisions(warehouse, published).items() if kind == SPLIT}
        tied = {_pair(records[0][0], others[0]): JOIN for others in records[1:]}
        return dict.fromkeys(across & apart, NONE) | tied

    return _write(config, kinds_of, by, note)


def split(config: Config, paper: str, records: Sequence[str], by: str, note: str) -> int:
    """Decide that records are not of a paper; returns how many pairs are newly decided.

    Each of the records is kept apart from all others of the paper; among themselves the evidence
    counts as before. A record that is of another paper already stays out of this one.

    Raises:
        UsageError: the paper or a record is not there, or no record would be left in the paper.
        PapertideError: a run is writing.
    """

    def kinds_of(warehouse: Warehouse, published: Seen) -> Kinds:
        _check_known(warehouse, records, published)
        members = [
            r
            for p in standing(warehouse, paper, published)
            for r in _records(warehouse, p, published)
        ]
        rest = [record for record in members if record not in records]
        if not rest:
            raise UsageError(
                f"split: these are all records of {paper}: name those that do not belong to it\n"
                f"  papertide why {paper} shows them"
            )
        return {_pair(*pair): SPLIT for pair in product(records, rest)}

    return _write(config, kinds_of, by, note)


def _records(warehouse: Warehouse, paper: str, published: Seen) -> list[str]:
    """The records of a paper that stands, in order."""
    rows = ledger.select(warehouse, IDENTITY, published, pc.field("paper_id") == paper)
    return sorted(row["record_id"] for row in rows)


def _check_known(warehouse: Warehouse, records: Iterable[str], published: Seen) -> None:
    ids = list(records)
    rows = ledger.select(warehouse, IDENTITY, published, ledger.among("record_id", ids))
    unknown = sorted(set(ids) - {row["record_id"] for row in rows})
    if unknown:
        raise UsageError(
            f"no such record: {', '.join(unknown)}\n"
            "  papertide why PAPER_ID shows the records of a paper"
        )


def _decisions(warehouse: Warehouse, published: Seen) -> Kinds:
    rows = ledger.select(warehouse, DECISIONS, published)
    return {(row["a"], row["b"]): row["kind"] for row in rows}


def _pair(one: str, other: str) -> Pair:
    return min(one, other), max(one, other)


def _write(config: Config, kinds_of: Wanted, by: str, note: str) -> int:
    """Publish what is not yet decided so; the number of pairs."""
    warehouse = Warehouse.at(config.warehouse)
    # Before anything is started: a slip of the pen is told at once, and a repeat costs nothing.
    if not _new(warehouse, kinds_of, ledger.published(warehouse)):
        return 0
    from pipelines.engine.run_context import open_run
    from pipelines.engine.runner import run_stage
    from pipelines.stages import EVERY, decisions_stage

    with open_run(config, None, None, None, EVERY) as run:
        kinds = _new(warehouse, kinds_of, run.published)
        stamp = {"decided_by": by, "decided_at": datetime.now(UTC), "note": note}
        run_stage(
            decisions_stage([{"a": a, "b": b, "kind": k, **stamp} for (a, b), k in kinds]), run
        )
    return len(kinds)


def _new(warehouse: Warehouse, kinds_of: Wanted, published: Seen) -> list[tuple[Pair, str]]:
    """The decisions that do not stand yet, in order."""
    before = _decisions(warehouse, published)
    return sorted((p, k) for p, k in kinds_of(warehouse, published).items() if before.get(p) != k)
