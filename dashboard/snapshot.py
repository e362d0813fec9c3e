"""What a page shows: the versions of all tables at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from deltalake import DeltaTable

from jobs.tables.catalog import BY_NAME
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
    """The snapshot of now: of each table the last published version, of the ledger the newest.

    A table that an older Papertide wrote, without columns that this one knows, counts as not
    published: the next run makes it anew.
    """
    warehouse = Warehouse.at(root)
    newest = {table.name: ledger.version(warehouse, table) for table in LEDGER}
    told = {name: version for name, version in newest.items() if version is not None}
    published = _published(root, told[PUBLISHED.name]) if PUBLISHED.name in told else ()
    return Snapshot(root, tuple(sorted((*told.items(), *published))))


@lru_cache(maxsize=8)
def _published(root: str, version: int) -> tuple[tuple[str, int], ...]:
    """What is published at a version of the ledger, which grows by a file each time."""
    seen = ledger.dataset(Warehouse.at(root), PUBLISHED, version)
    rows = seen.to_table(columns=["table", "sequence", "version"]).to_pylist()
    latest = {row["table"]: row["version"] for row in sorted(rows, key=lambda r: r["sequence"])}
    return tuple((name, number) for name, number in latest.items() if _is_whole(root, name, number))


def _is_whole(root: str, name: str, version: int) -> bool:
    if name not in BY_NAME:
        return False
    delta = DeltaTable(Warehouse.at(root).path(BY_NAME[name]), version=version)
    return set(BY_NAME[name].column_names) <= {field.name for field in delta.schema().fields}
