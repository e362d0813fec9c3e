"""The files of the index: made once for each version of a table, mapped from the disk.

Under PAPERTIDE_HOME/search, a folder a warehouse, in it one a version of a table. Whoever reads
that publication first makes them; other processes of this machine find them there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock

import duckdb
import pyarrow as pa
from deltalake.exceptions import DeltaError
from pyarrow import ipc

from jobs.tables.catalog import BY_NAME
from papertide.index.contents import PARTS
from papertide.index.views import connect, parquet, quote
from papertide.snapshot import Snapshot
from storage.delta_log import open_delta
from storage.home import scratch
from storage.warehouse import Warehouse

_ROOT = "root"  # the file that says of which warehouse a folder is
_KEPT = 3  # versions of a table: this one, the one before, and one that is looked back at
_DRAFT, _DRAFT_SECONDS = "draft-", 24 * 3600  # a day: no index takes as long
_KEPT_SECONDS = 30 * 24 * 3600  # of a warehouse that nobody has read since
_ROWS = 10_000  # at once
_TEXTS = 50_000  # whose words are sorted in memory at once


def register(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> None:
    """Make the file of a part a relation of a connection; the caller holds its lock."""
    if PARTS[name].of_texts:
        segments = [str(segment) for segment in sorted(file.iterdir())]
        connection.execute(f"create or replace temp view {name} as from {parquet(segments)}")
    else:
        connection.register(name, _map(file))


def ensure_part(name: str, snapshot: Snapshot) -> Path:
    """The file of a part, or the folder of its segments; made where it is not there."""
    own = snapshot.only(PARTS[name].source)
    with _making_lock(name, own):
        file = _file(name, own)
        if not file.exists():
            folder = file.parent
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder.parent / _ROOT).exists():
                (folder.parent / _ROOT).write_text(own.root)
            draft = Path(mkdtemp(dir=folder, prefix=_DRAFT))
            try:
                _make(name, own, draft / "part")
                _place(draft / "part", file)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
            _clean(own)
        with suppress(FileNotFoundError):  # another process has removed it: whoever reads sees that
            os.utime(file.parent)
        return file


def is_made(snapshot: Snapshot) -> bool:
    """Whether all parts of a snapshot's index are there."""
    return all(
        _file(name, snapshot.only(part.source)).exists()
        for name, part in PARTS.items()
        if snapshot.has(part.source)
    )


def forget() -> None:
    """Let go of what is mapped: a file that is removed keeps its place on the disk until then."""
    _map.cache_clear()
    connect.cache_clear()


def remove(root: str) -> None:
    """Remove the index of a warehouse from this machine; readers make it again."""
    shutil.rmtree(_of_warehouse(root), ignore_errors=True)


@lru_cache(maxsize=16)
def _making_lock(name: str, own: Snapshot) -> Lock:
    """Held while a part is made, so that two who need it make it once."""
    return Lock()


def _make(name: str, own: Snapshot, file: Path) -> None:
    connection, lock = connect(own)
    if PARTS[name].of_texts:
        file.mkdir()
        texts = _map(ensure_part("search_texts", own))
        for at in range(0, max(1, texts.num_rows), _TEXTS):
            some = duckdb.connect(config={"threads": _half_of_the_cores()})
            some.register("search_texts", texts.slice(at, _TEXTS))
            some.execute(f"copy ({PARTS[name].sql}) to {quote(f'{file}/{at:012d}.parquet')}")
        return
    with lock:
        connection.execute(f"set threads = {_half_of_the_cores()}")
        rows = connection.sql(PARTS[name].sql).to_arrow_reader(_ROWS)
        with ipc.new_file(file, rows.schema) as out:
            for batch in rows:
                out.write_batch(batch)


def _half_of_the_cores() -> int:
    """The others are left to whoever reads meanwhile."""
    return max(1, (os.cpu_count() or 1) // 2)


def _place(draft: Path, file: Path) -> None:
    """Give a draft its name, unless another process was first."""
    try:
        draft.rename(file)
    except OSError:
        if not file.exists():
            raise


@lru_cache(maxsize=16)
def _map(file: Path) -> pa.Table:
    """The rows of an Arrow file, whose pages the system reads when they are looked at."""
    return ipc.open_file(pa.memory_map(str(file))).read_all()


def _file(name: str, own: Snapshot) -> Path:
    """The file of a part, in the folder of a version of a table.

    Its name tells the statement that it is made by, with those of the parts that are read there. A
    table made anew counts its versions from 0 again, so the folder has the id of the table.
    """
    ((table, version),) = own.versions
    made_by = "".join(part.sql for other, part in PARTS.items() if other in PARTS[name].sql)
    folder = _of_warehouse(own.root) / f"{table}-{_table_id(own)}-{version}"
    return folder / f"{name}-{_digest(PARTS[name].sql + made_by)}"


@lru_cache(maxsize=100)
def _table_id(own: Snapshot) -> str:
    ((name, version),) = own.versions
    delta = open_delta(Warehouse.at(own.root).path(BY_NAME[name]), version=version)
    return str(delta.metadata().id)


def _of_warehouse(root: str) -> Path:
    return scratch("search") / _digest(root)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _clean(own: Snapshot) -> None:
    """Remove what nobody should read any more.

    Versions that were read before the last ones, or that the table no longer has (erased people are
    in them); drafts of processes that died; warehouses that are gone or that nobody reads.
    """
    ((table, _),) = own.versions
    here = _of_warehouse(own.root)
    versions = sorted(here.glob(f"{table}-*"), key=_age)
    for place, folder in enumerate(versions):
        if place >= _KEPT or not _is_there(own.root, table, folder.name):
            shutil.rmtree(folder, ignore_errors=True)
    for draft in here.glob(f"*/{_DRAFT}*"):
        if _age(draft) > _DRAFT_SECONDS:
            shutil.rmtree(draft, ignore_errors=True)
    for file in folder.parent.parent.glob(f"*/{_ROOT}"):
        root = Warehouse.at(file.read_text())
        is_gone = root.is_local and not Path(root.root).exists()
        if is_gone or all(_age(version) > _KEPT_SECONDS for version in file.parent.iterdir()):
            shutil.rmtree(file.parent, ignore_errors=True)


def _is_there(root: str, table: str, folder: str) -> bool:
    """Whether the table still has the version of a folder."""
    _, _, version = folder.rpartition("-")
    try:
        open_delta(Warehouse.at(root).path(BY_NAME[table]), version=int(version))
    except DeltaError:
        return False
    return True


def _age(folder: Path) -> float:
    """Seconds since somebody used it."""
    try:
        return time.time() - folder.stat().st_mtime
    except FileNotFoundError:  # another process was first
        return 0.0
