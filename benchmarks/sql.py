"""Figures of the ways to ask: five of the questions by shell, Thrift and DuckDB."""

from __future__ import annotations

import io
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from deltalake import DeltaTable
from pyhive import hive
from pyspark.sql import SparkSession

from benchmarks.figures import Figure
from conf import load
from jobs.tables.catalog import BY_NAME
from pipelines.sql.query import run_query
from pipelines.sql.questions import questions
from pipelines.sql.reader import open_reader
from storage import ledger
from storage.warehouse import Warehouse

ASKED = (
    "What terms grew most in the last whole month?",
    "What trends today, and what is it about?",
    "Who works on it: the authors with most papers of the largest topic?",
    "Which phrases go together in one paper?",
    "How many papers a month, and how many of them have an abstract?",
)
_TIMES = 3
# DuckDB unnests where Spark explodes, and calls the parts of what it unnests by another name.
_IN_DUCKDB = {"explode(p.authors)": "unnest(p.authors)"}


def asking(warehouse: Path) -> Iterator[Figure]:
    """Seconds to the last row of each question, the median of three after a first, by each way."""
    queries = {question: questions()[question] for question in ASKED}
    bare = {
        question: _seconds(partial(_duckdb, warehouse, query))
        for question, query in queries.items()
    }
    reader = open_reader(load([], [f"warehouse={warehouse}"], {}), Warehouse.at(str(warehouse)))
    with _serve(warehouse) as cursor:
        for question, query in queries.items():
            ways: dict[str, Callable[[], Any]] = {
                "shell": partial(_run_query, reader.spark, query),
                "Thrift": partial(_fetch, cursor, query),
            }
            for way, ask in ways.items():
                yield Figure(f"{way}: {question}", _seconds(ask), "seconds", bare[question],
                             "DuckDB, from opening the tables")  # fmt: skip


def _seconds(ask: Callable[[], Any]) -> float:
    ask()
    times = []
    for _ in range(_TIMES):
        clock = time.monotonic()
        ask()
        times.append(time.monotonic() - clock)
    return statistics.median(times)


def _duckdb(warehouse: Path, query: str) -> list[Any]:
    """The rows by DuckDB, which opens the tables that the question names at what is published."""
    house = Warehouse.at(str(warehouse))
    connection = duckdb.connect()
    for name, publication in ledger.published(house).items():
        if name in query:
            data = DeltaTable(house.path(BY_NAME[name]), version=publication.version)
            connection.register(name.replace(".", "_"), data.to_pyarrow_dataset())
            query = query.replace(name, name.replace(".", "_"))
    for theirs, ours in _IN_DUCKDB.items():
        query = query.replace(theirs, ours)
    return connection.sql(query).fetchall()


def _run_query(spark: SparkSession, query: str) -> int:
    return run_query(spark, query, "table", io.StringIO())


def _fetch(cursor: Any, query: str) -> list[Any]:
    cursor.execute(query)
    rows: list[Any] = cursor.fetchall()
    return rows


@contextmanager
def _serve(warehouse: Path) -> Iterator[Any]:
    """A cursor at a Thrift server of its own process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    papertide = Path(sys.executable).with_name("papertide")
    process = subprocess.Popen(
        [str(papertide), "thrift", "--port", str(port), "--set", f"warehouse={warehouse}"],
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        while True:
            try:
                cursor = hive.connect("127.0.0.1", port, username="bench").cursor()
                break
            except Exception as error:  # whatever the client makes of a port not open yet
                if process.poll() is not None:
                    raise RuntimeError("the Thrift server has ended") from error
                time.sleep(1)
        yield cursor
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=60)
