"""What a page shows: the versions of all tables at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from deltalake import DeltaTable

from jobs.tables.ops import PUBLISHED
from jobs.tables.ops import TABLES as LEDGER
from pipelines import ledger
from pipelines.warehouse import Warehouse


@dataclass(frozen=True)
class Snapshot:
    """The version of each table that readers may see; equal ones show the same."""

    root: str
    versions: tuple[tuple[str, int], ...]

    def has(self, *tables: str) -> bool:
        """Whether all these tables are published."""
        return set(tables) <= dict(self.versions).keys()

    def only(self, table: str) -> Snapshot:
        """The same of one table alone: what is made of it is equal as long as that table is."""
        return Snapshot(self.root, tuple(pair for pair in self.versions if pair[0] == table))

    def version(self, table: str) -> int | None:
        """The version of a table; None where nothing of it is published."""
        return dict(self.versions).get(table)


def resolve(root: str) -> Snapshot:
    """The snapshot of now: of each table the last published version, of the ledger the newest."""
    warehouse = Warehouse.at(root)
    newest = {table.name: ledger.version(warehouse, table) for table in LEDGER}
    told = {name: version for name, version in newest.items() if version is not None}
    published = _published(root, told[PUBLISHED.name]) if PUBLISHED.name in told else ()
    return Snapshot(root, tuple(sorted((*told.items(), *published))))


@lru_cache(maxsize=8)
def _published(root: str, version: int) -> tuple[tuple[str, int], ...]:
    """What is published at a version of the ledger, which grows by a file each time."""
    table = DeltaTable(Warehouse.at(root).path(PUBLISHED), version=version)
    rows = table.to_pyarrow_table(columns=["table", "sequence", "version"]).to_pylist()
    latest = {row["table"]: row["version"] for row in sorted(rows, key=lambda r: r["sequence"])}
    return tuple(latest.items())
