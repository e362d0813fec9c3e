"""What readers see: the versions of all tables at one moment, now or as of a day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from deltalake.exceptions import DeltaError

from jobs.tables.catalog import BY_NAME
from jobs.tables.gold import SCORES
from jobs.tables.ops import PUBLISHED
from jobs.tables.ops import TABLES as LEDGER
from storage import ledger
from storage.delta_log import open_delta
from storage.errors import PapertideError
from storage.warehouse import Warehouse

_TAG_LETTERS = 20


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

    @property
    def tag(self) -> str:
        """A name of what is published, the ledger left out; it changes when a table does."""
        ours = {table.name for table in LEDGER}
        pairs = repr([pair for pair in self.versions if pair[0] not in ours])
        return hashlib.sha256(pairs.encode()).hexdigest()[:_TAG_LETTERS]


def resolve(root: str) -> Snapshot:
    """The snapshot of now: of each table the last published version, of the ledger the newest.

    A table that an older Papertide wrote, without columns that this one knows, counts as not
    published: the next run makes it anew.
    """
    versions = _ledger(root)
    published = (
        _published_versions(root, versions[PUBLISHED.name]) if PUBLISHED.name in versions else ()
    )
    return Snapshot(root, tuple(sorted((*versions.items(), *published))))


def of_day(root: str, day: date) -> Snapshot:
    """What readers saw of the last scores that look no later than `day`.

    Raises:
        PapertideError: there are none, or their files are gone.
    """
    days = []
    for scored_on, versions in score_days(Warehouse.at(root)):
        if scored_on <= day:
            try:
                whole = {n: v for n, v in versions.items() if _is_whole(root, n, v)}
                for name, version in whole.items():
                    _check_files(root, name, version)
            except (DeltaError, FileNotFoundError) as error:
                raise PapertideError(
                    f"what readers saw as of {scored_on} is gone: {error}\n"
                    "  maintenance or `papertide erase` has removed it; the tables of now are there"
                ) from error
            return Snapshot(root, tuple(sorted({**_ledger(root), **whole}.items())))
        days.append(scored_on)
    first = f"the first day is {min(days)}" if days else "nothing has been scored yet"
    raise PapertideError(f"nothing was published as of {day} or before in {root}: {first}")


def score_days(warehouse: Warehouse) -> Iterator[tuple[date, dict[str, int]]]:
    """The days of published scores and the versions that readers saw then, the last first.

    Stages publish one after the other, the scores last. Of each table the version counts that was
    the latest when the scores became visible: a run that is under way, or that a gate stopped
    half-way, does not mix with them.

    Raises:
        PapertideError: the files of a version of the scores are gone.
    """
    publications = sorted(ledger.rows(warehouse, PUBLISHED), key=lambda row: int(row["sequence"]))
    for row in reversed([row for row in publications if row["table"] == SCORES.name]):
        if days := _days(warehouse, row["version"]):
            yield max(days), _versions_at(publications, row["published_at"])


def _days(warehouse: Warehouse, version: int) -> set[date]:
    try:
        table = ledger.dataset(warehouse, SCORES, version).to_table(columns=["as_of"])
    except FileNotFoundError as error:
        raise PapertideError(
            f"{SCORES.name}: the files of version {version} are gone, so that day cannot be told\n"
            "  maintenance.keep_days says how long they are kept"
        ) from error
    return {day for day in table["as_of"].unique().to_pylist() if day}


def _versions_at(publications: Sequence[Mapping[str, Any]], moment: object) -> dict[str, int]:
    """The latest version of each table at a moment; publications come in their order."""
    return {
        row["table"]: int(row["version"]) for row in publications if row["published_at"] <= moment
    }


def _ledger(root: str) -> dict[str, int]:
    """The newest version of each table of the ledger that is there."""
    warehouse = Warehouse.at(root)
    newest = {table.name: ledger.version(warehouse, table) for table in LEDGER}
    return {name: version for name, version in newest.items() if version is not None}


@lru_cache(maxsize=8)
def _published_versions(root: str, version: int) -> tuple[tuple[str, int], ...]:
    """What is published at a version of the ledger, which grows by a file each time."""
    data = ledger.dataset(Warehouse.at(root), PUBLISHED, version)
    rows = data.to_table(columns=["table", "sequence", "version"]).to_pylist()
    latest = {row["table"]: row["version"] for row in sorted(rows, key=lambda r: r["sequence"])}
    return tuple((name, number) for name, number in latest.items() if _is_whole(root, name, number))


@lru_cache(maxsize=1000)
def _is_whole(root: str, name: str, version: int) -> bool:
    if name not in BY_NAME:
        return False
    delta = open_delta(Warehouse.at(root).path(BY_NAME[name]), version=version)
    return set(BY_NAME[name].column_names) <= {field.name for field in delta.schema().fields}


def _check_files(root: str, name: str, version: int) -> None:
    """See that the files of a version are there: maintenance leaves its log longer than those.

    Raises:
        FileNotFoundError: one is not.
    """
    dataset = ledger.dataset(Warehouse.at(root), BY_NAME[name], version)
    for file in dataset.filesystem.get_file_info(dataset.files):
        if not file.is_file:
            raise FileNotFoundError(f"{name}, version {version}: {file.base_name}")
