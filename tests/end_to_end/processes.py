"""Real processes of the command line, and what they leave in a warehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyspark

from jobs.session import java_home
from jobs.tables import bronze, gold, silver
from jobs.tables.core import Table
from pipelines.sample.sample import write_sample
from storage import ledger
from storage.warehouse import Warehouse

PAPERTIDE = Path(sys.executable).with_name("papertide")
DATA = (*bronze.TABLES, *silver.TABLES, *gold.TABLES)
# Which run wrote a row is no part of what the row says.
APART = ("run",)


def start(*arguments: object) -> subprocess.Popen[str]:
    """The command as a process of its own, its output caught."""
    return subprocess.Popen(
        [str(PAPERTIDE), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,  # so that all it starts can be ended with it
    )


def beeline(address: str, query: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Hive's own client, asking a Thrift server one query."""
    spark = Path(pyspark.__file__).parent
    return subprocess.run(
        [
            str(spark / "bin" / "beeline"),
            "-u",
            address,
            *options,
            "--outputformat=csv2",
            "-e",
            query,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "JAVA_HOME": str(java_home()), "SPARK_HOME": str(spark)},
    )


def call(*arguments: object, status: int = 0) -> subprocess.CompletedProcess[str]:
    """The command run to its end; its exit status must be `status`."""
    process = start(*arguments)
    out, err = process.communicate(timeout=1800)
    assert process.returncode == status, f"{arguments}\n{out}\n{err}"
    return subprocess.CompletedProcess(list(map(str, arguments)), process.returncode, out, err)


def sample(folder: Path, papers: int, days: int) -> Path:
    """A sample feed."""
    write_sample(folder, papers, days, seed=7)
    return folder


def published(warehouse: Path | str, table: Table) -> list[str]:
    """The rows of a table that readers see, as sorted JSON texts."""
    house = Warehouse.at(str(warehouse))
    seen = ledger.published(house).get(table.name)
    if seen is None:
        return []
    rows = ledger.dataset(house, table, seen.version).to_table().to_pylist()
    return sorted(
        json.dumps({k: v for k, v in row.items() if k not in APART}, sort_keys=True, default=str)
        for row in rows
    )


def column(warehouse: Path | str, table: Table, name: str) -> list[Any]:
    """One column of a published table: of a large one, rows as texts take a minute."""
    house = Warehouse.at(str(warehouse))
    version = ledger.published(house)[table.name].version
    values: list[Any] = ledger.dataset(house, table, version).to_table([name])[name].to_pylist()
    return values


def state(warehouse: Path | str) -> dict[str, list[str]]:
    """All published data tables."""
    return {table.name: rows for table in DATA if (rows := published(warehouse, table))}


def versions(warehouse: Path | str) -> dict[str, int]:
    """Newest Delta version of every data table, published or not."""
    house = Warehouse.at(str(warehouse))
    found = {table.name: ledger.version(house, table) for table in DATA}
    return {name: version for name, version in found.items() if version is not None}
