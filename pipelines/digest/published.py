"""What readers saw when a day's scores were published: versions of the tables, and their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jobs.tables.core import Table
from jobs.tables.gold import SCORES
from jobs.tables.ops import PUBLISHED
from pipelines import ledger
from pipelines.errors import PapertideError
from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class Snapshot:
    """One state of the warehouse: the version of each table that readers saw."""

    warehouse: Warehouse
    as_of: date
    versions: Mapping[str, int]

    def rows(
        self, table: Table, columns: Sequence[str], condition: pc.Expression | None = None
    ) -> pa.Table:
        """Columns of the rows that meet a condition; none where the table was not published.

        Raises:
            PapertideError: the files of that version are gone.
        """
        version = self.versions.get(table.name)
        if version is None:
            return pa.table({name: pa.array([], pa.null()) for name in columns})
        return _read(self.warehouse, table, version, columns, condition)


def snapshot(warehouse: Warehouse, day: date | None) -> Snapshot | None:
    """The state that the scores of a day, or of the last one, were published in; None: no scores.

    Stages publish one after the other, the scores last. Of each table the version counts that was
    the latest when the scores became visible: a run that is under way, or that a gate stopped
    half-way, does not mix with them.
    """
    publications = ledger.rows(warehouse, PUBLISHED)
    scored = [row for row in publications if row["table"] == SCORES.name]
    for row in sorted(scored, key=lambda row: int(row["sequence"]), reverse=True):
        found = _days(warehouse, row["version"])
        if found and (day is None or max(found) == day):
            return Snapshot(warehouse, max(found), _seen(publications, row["published_at"]))
    return None


def _days(warehouse: Warehouse, version: int) -> set[date]:
    found = _read(warehouse, SCORES, version, ["as_of"])["as_of"].unique().to_pylist()
    return {day for day in found if day}


def _seen(publications: Iterable[Mapping[str, Any]], moment: object) -> dict[str, int]:
    """The latest version of each table at a moment."""
    seen = {}
    for row in sorted(publications, key=lambda row: int(row["sequence"])):
        if row["published_at"] <= moment:
            seen[row["table"]] = int(row["version"])
    return seen


def _read(
    warehouse: Warehouse,
    table: Table,
    version: int,
    columns: Sequence[str],
    condition: pc.Expression | None = None,
) -> pa.Table:
    try:
        data = ledger.dataset(warehouse, table, version)
        return data.to_table(columns=list(columns), filter=condition)
    except FileNotFoundError as error:
        raise PapertideError(
            f"{table.name}: the files of version {version} are gone, so that day cannot be told\n"
            "  papertide digest without --for tells of the last one"
        ) from error
