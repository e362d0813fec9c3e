"""What readers saw when a day's scores were published: versions of the tables, and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from jobs.tables.core import Table
from papertide.snapshot import score_days
from storage import ledger
from storage.errors import PapertideError
from storage.warehouse import Warehouse


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
    """The state that the scores of a day, or of the last, were published in; None: no scores."""
    for scored_on, versions in score_days(warehouse):
        if day in (None, scored_on):
            return Snapshot(warehouse, scored_on, versions)
    return None


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
            "  papertide digest without --for shows the last one"
        ) from error
