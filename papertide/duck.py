"""Questions to the published tables: parametrised SQL, answered by DuckDB as Arrow tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from papertide.index.contents import PARTS
from papertide.index.files import ensure_part, register
from papertide.index.views import connect
from papertide.snapshot import Snapshot


@dataclass(frozen=True)
class Query:
    """SQL with `$name` for each parameter. What people type in becomes a parameter, never SQL."""

    sql: str
    parameters: tuple[tuple[str, Any], ...] = ()

    @property
    def parts(self) -> list[str]:
        """The parts of the index that it reads."""
        return [name for name in PARTS if name in self.sql]

    def runnable(self) -> str:
        """The SQL as a person can run it, with what the index is made from."""
        needed = [
            name for name in PARTS
            if name in self.parts or any(name in PARTS[part].sql for part in self.parts)
        ]  # fmt: skip
        statements = [f"create table {name} as\n{PARTS[name].sql};\n\n" for name in needed]
        return "".join(statements) + self.sql


def ask(sql: str, **parameters: Any) -> Query:
    """A query; lists among the parameters become tuples, so that equal queries are one."""
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}
    return Query(sql.strip(), tuple(sorted(values.items())))


@lru_cache(maxsize=256)
def answer(snapshot: Snapshot, query: Query) -> pa.Table:
    """The rows of a query at a snapshot; a tuple among the parameters is a list to SQL."""
    return answer_once(snapshot, query)


def answer_once(snapshot: Snapshot, query: Query) -> pa.Table:
    """The same, not kept for who asks again: for large answers."""
    try:
        return _ask_duckdb(snapshot, query)
    except (FileNotFoundError, duckdb.IOException):
        if not query.parts:
            raise
    return _ask_duckdb(snapshot, query)  # another process has removed the index meanwhile


def _ask_duckdb(snapshot: Snapshot, query: Query) -> pa.Table:
    connection, lock = connect(snapshot)
    parameters = {k: list(v) if isinstance(v, tuple) else v for k, v in query.parameters}
    # Other questions are answered while one waits for the index.
    files = {name: ensure_part(name, snapshot) for name in query.parts}
    with lock:
        for name, file in files.items():
            register(connection, name, file)
        return connection.sql(query.sql, params=parameters).to_arrow_table()


def rows(snapshot: Snapshot, query: Query) -> list[dict[str, Any]]:
    """The same as dicts by column name."""
    return answer(snapshot, query).to_pylist()  # type: ignore[no-any-return]
