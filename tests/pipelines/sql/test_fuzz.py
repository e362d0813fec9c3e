"""Statements of all kinds by a guest: nothing is written, read elsewhere, called or set."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from conf import load
from jobs.tables.catalog import TABLES
from jobs.tables.core import Table
from jobs.tables.gold import TOPICS
from jobs.tables.ops import PUBLISHED
from pipelines.sql.guard import SETTABLE
from pipelines.sql.reader import open_reader
from storage import ledger
from storage.warehouse import Warehouse
from tests.pipelines.sql.grammar import statements

# Statements of the run of the tests; by hand many more: PAPERTIDE_FUZZ=100000.
EXAMPLES = int(os.environ.get("PAPERTIDE_FUZZ", "600"))
SEED = int(os.environ.get("PAPERTIDE_FUZZ_SEED", "1"))
SECRET = "guarded-by-the-tide"
CALLED = "papertide.called"
_KINDS = ("text", "csv", "json", "parquet", "orc", "delta")
GUESTS = 4  # of each of the two readers
# Commands run at once; of many queries so many are made and planned for one that is run.
FETCHED = max(1, EXAMPLES // 10_000)
# Delta sets them when it first reads.
_OF_DELTA = ("spark.sql.parquet.fieldid.read.enabled", "spark.sql.parquet.fieldid.write.enabled")
# After so many statements of a guest the files are looked at.
_LOOKED_AT = 100


@pytest.fixture(scope="module")
def elsewhere(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is none of the warehouse's, with a secret in every format."""
    folder = tmp_path_factory.mktemp("elsewhere")
    rows = spark.sql(f"SELECT '{SECRET}' AS value").coalesce(1)
    for kind in _KINDS:
        rows.write.format(kind).save(str(folder / kind))
    return folder


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with two rows a published table; of topics another version is not published."""
    warehouse = Warehouse.at(str(tmp_path_factory.mktemp("fuzz") / "w"))
    for table in TABLES:
        ledger.create(warehouse, table)
        if not table.name.startswith("ops."):
            _write(warehouse, table, "a", "b")
    long_ago = datetime.now(UTC) - timedelta(days=9)
    ledger.append(warehouse, PUBLISHED, [
        {"table": table.name, "sequence": 1, "version": 1, "rows": 2, "run_id": "r", "stage": "s",
         "published_at": long_ago}
        for table in TABLES if not table.name.startswith("ops.")
    ])  # fmt: skip
    _write(warehouse, TOPICS, SECRET)
    staged = Path(warehouse.staging("topics"))
    staged.mkdir(parents=True)
    (staged / "staged.txt").write_text(SECRET)
    return warehouse


def _write(warehouse: Warehouse, table: Table, *keys: str) -> None:
    """Rows that hold nothing but a text in the first column that takes one."""
    delta = DeltaTable(warehouse.path(table))
    schema = pa.schema(delta.schema().to_arrow())
    name = next(field.name for field in schema if pa.types.is_string(field.type))
    rows = [dict.fromkeys(schema.names) | {name: key} for key in keys]
    write_deltalake(delta, pa.Table.from_pylist(rows, schema=schema), mode="append")


@pytest.fixture(scope="module", params=[None, 1000], ids=["alone", "served"])
def reader(request: Any, spark: SparkSession, house: Warehouse) -> SparkSession:
    """The session of `papertide sql`, and that of the Thrift server."""
    return open_reader(load([], [f"warehouse={house.root}"], {}), house, request.param).spark


def test_no_statement_writes_reads_elsewhere_calls_or_sets(
    spark: SparkSession,
    reader: SparkSession,
    house: Warehouse,
    elsewhere: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The warehouse stands still: what is published need not be looked up for each statement.
    monkeypatch.setattr(ledger, "version", lru_cache(ledger.version))
    spark.sparkContext.setLogLevel("OFF")  # Spark tells of each failed task
    functions = [row[0] for row in reader.sql("show functions").collect()]
    names = [name for name in functions if name.isidentifier()]
    places = Path(house.root), elsewhere
    whole = _digest(places)

    def ask(number: int) -> Counter[str]:
        """What one guest of several asks, in a session of their own."""
        session, drawn = reader.newSession(), statements(SEED + number, names)
        kept, ends = _Kept(session), Counter[str]()
        said: list[str] = []
        for asked in range(EXAMPLES // (2 * GUESTS)):
            statement = _filled(drawn(), house, elsewhere)
            said = [*said[-_LOOKED_AT:], statement]
            ends[_end(session, statement, asked % FETCHED == 0)] += 1
            kept.check(statement)
            if asked % _LOOKED_AT == 0:
                assert _digest(places) == whole, said
        return ends

    with ThreadPoolExecutor(GUESTS) as pool:
        ends = sum(pool.map(ask, range(GUESTS)), Counter[str]())
    assert _digest(places) == whole
    assert _known(spark) <= {table.name for table in TABLES}
    print(f"{ends.total():,} statements: {dict(ends)}")
    assert min(ends["refused"], ends["answered"]) > ends.total() / 20, ends


def _filled(statement: str, house: Warehouse, elsewhere: Path) -> str:
    values = {"{w}": house.root, "{s}": str(elsewhere), "{c}": CALLED}
    return re.sub("|".join(map(re.escape, values)), lambda place: values[place[0]], statement)


def _end(session: SparkSession, statement: str, is_fetched: bool) -> str:
    """How a statement ends: it is refused, wrong, or answered; nothing said holds a secret."""
    try:
        frame, end = session.sql(statement), "answered"
        found = str(frame.collect()) if is_fetched else ""
    except Exception as error:
        found = str(error)
        end = "refused" if "reader" in found else "wrong"
    assert SECRET not in found, statement
    return end


class _Kept:
    """What of the JVM and of a session stays as it is, but for the few settings."""

    def __init__(self, session: SparkSession) -> None:
        jvm: Any = session._jvm
        self._properties = jvm.java.lang.System.getProperties()
        self._session: Any = session._jsparkSession
        self._called = self._properties.hashCode()
        self._settings, self._seen = self._closed(), set[int]()

    def check(self, statement: str) -> None:
        assert self._properties.hashCode() == self._called, statement
        found = self._session.sessionState().conf().getAllConfs().hashCode()
        if found not in self._seen:  # their hash is had at once, they themselves one by one
            assert self._closed() == self._settings, statement
            self._seen.add(found)

    def _closed(self) -> dict[str, str]:
        """The settings that are not open to readers."""
        entries = self._session.sessionState().conf().getAllConfs().iterator()
        found = {}
        while entries.hasNext():
            entry = entries.next()
            if entry._1().lower() not in (*SETTABLE, *_OF_DELTA):
                found[entry._1()] = entry._2()
        return found


def _known(spark: SparkSession) -> set[str]:
    """The tables and views that all sessions see."""
    layers = [row[0] for row in spark.sql("SHOW DATABASES").collect()]
    return {
        f"{row['namespace']}.{row['tableName']}"
        for layer in layers
        for row in spark.sql(f"SHOW TABLES IN {layer}").collect()
        if not row["isTemporary"]
    }


def _digest(places: Iterable[Path]) -> str:
    """The same for the same files with the same bytes."""
    whole = hashlib.sha256()
    for place in places:
        for file in sorted(place.rglob("*")):
            whole.update(str(file).encode() + (file.read_bytes() if file.is_file() else b""))
    return whole.hexdigest()
