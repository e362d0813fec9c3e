"""Questions to the published tables: parametrised SQL, answered by DuckDB as Arrow tables."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable

from jobs.tables.catalog import BY_NAME
from jobs.tables.core import Table
from papertide.snapshot import Snapshot
from storage import ledger
from storage.warehouse import Warehouse


def words_of(text: str) -> str:
    """SQL of the words of a text (SQL itself), split as by jobs/vectors/search.py, a space between.

    In lower case; of scripts without spaces each letter is one.
    """
    unspaced = r"([\p{Han}\p{Hiragana}\p{Katakana}])"
    return (
        f"trim(regexp_replace(regexp_replace(lower({text}), '{unspaced}', ' \\1 ', 'g'), "
        r"'[^\pL\pM\pN]+', ' ', 'g'))"
    )


def fold_sql(text: str) -> str:
    """SQL of a text (SQL itself) in small letters and digits without accents, one space between."""
    return f"trim(regexp_replace(strip_accents(lower({text})), '[^\\pL\\pN]+', ' ', 'g'))"


# Read whole once for each version of what they are made of, and kept in memory.
# Small letters and digits without accents, a space before, between and behind words, so that a word
# can be looked for from its beginning; the words as such where they differ from that.
PREPARED = {
    "search_texts": rf"""with read as (
  select paper_id, title, concat_ws(' ', title, abstract) as text
  from silver.papers
  where not is_withdrawn
),
folded as (
  select paper_id,
    ' ' || regexp_replace(strip_accents(lower(title)), '[^\pL\pN]+', ' ', 'g') as title,
    ' ' || trim(regexp_replace(strip_accents(lower(text)), '[^\pL\pN]+', ' ', 'g')) || ' ' as text,
    {words_of("text")} as words
  from read
)
select paper_id, title, text, nullif(' ' || words || ' ', text) as other_words,
  (words <> '')::int + strlen(words) - strlen(replace(words, ' ', '')) as length
from folded""",
    # A row a name, a space before, between and behind its words.
    "search_authors": rf"""select paper_id, ' ' || {fold_sql("author.name")} || ' ' as name
from (select paper_id, unnest(authors) as author from silver.papers where not is_withdrawn)
where author.name is not null""",
    "search_vectors": "select paper_id, model, vector from silver.embeddings",
}
_SOURCES = {
    "search_texts": "silver.papers",
    "search_authors": "silver.papers",
    "search_vectors": "silver.embeddings",
}


@dataclass(frozen=True)
class Query:
    """SQL with `$name` for each parameter. What people type in becomes a parameter, never SQL."""

    sql: str
    parameters: tuple[tuple[str, Any], ...] = ()

    def runnable(self) -> str:
        """The SQL as a person can run it, with what it is prepared from."""
        statements = [
            f"create table {name} as\n{sql};\n\n"
            for name, sql in PREPARED.items()
            if name in self.sql
        ]
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
    connection, lock = _connection(snapshot)
    parameters = {k: list(v) if isinstance(v, tuple) else v for k, v in query.parameters}
    prepared = {
        name: _prepare_table(name, snapshot.only(source))
        for name, source in _SOURCES.items()
        if name in query.sql
    }
    with lock:  # other questions are answered while one waits for what is prepared
        for name, table in prepared.items():
            connection.register(name, table)
        return connection.sql(query.sql, params=parameters).to_arrow_table()


def rows(snapshot: Snapshot, query: Query) -> list[dict[str, Any]]:
    """The same as dicts by column name."""
    return answer(snapshot, query).to_pylist()  # type: ignore[no-any-return]


_READY: dict[str, Snapshot] = {}


def prepare(snapshot: Snapshot) -> None:
    """Read whole what is searched in at a snapshot, which from then on is `searchable`."""
    for name, source in _SOURCES.items():
        if snapshot.has(source):
            _prepare_table(name, snapshot.only(source))
    _READY[snapshot.root] = snapshot


def unready(root: str) -> None:
    """Take back what `prepare` has told: who searches in this warehouse waits for its reading."""
    _READY.pop(root, None)


def searchable(snapshot: Snapshot) -> Snapshot:
    """The snapshot to search in: this one, or while it is being read the one that was before."""
    last = _READY.get(snapshot.root)
    if last is None or not last.has("silver.papers"):
        return snapshot
    is_ready = all(last.only(source) == snapshot.only(source) for source in _SOURCES.values())
    return snapshot if is_ready else last


def _prepare_table(name: str, snapshot: Snapshot) -> pa.Table:
    with _reading(name, snapshot):
        return _read_prepared(name, snapshot)


@lru_cache(maxsize=8)
def _reading(name: str, snapshot: Snapshot) -> Lock:
    """Held while it is read, so that two who need it read it once."""
    return Lock()


# What is searched in meanwhile stays, too.
@lru_cache(maxsize=2 * len(_SOURCES))
def _read_prepared(name: str, snapshot: Snapshot) -> pa.Table:
    connection, lock = _connection(snapshot)
    with lock:
        # Half of the cores are left to whoever reads meanwhile.
        connection.execute(f"set threads = {max(1, (os.cpu_count() or 1) // 2)}")
        return connection.sql(PREPARED[name]).to_arrow_table()


@lru_cache(maxsize=6)
def _connection(snapshot: Snapshot) -> tuple[duckdb.DuckDBPyConnection, Lock]:
    """A database whose views are the tables of the snapshot; one query at a time."""
    connection = duckdb.connect(
        config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )
    warehouse = Warehouse.at(snapshot.root)
    for schema in {name.partition(".")[0] for name, _ in snapshot.versions}:
        connection.execute(f"create schema {schema}")
    for name, version in snapshot.versions:
        _view(connection, warehouse, BY_NAME[name], version)
    return connection, Lock()


def _view(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, table: Table, version: int
) -> None:
    """A view of a table at a version. DuckDB reads files of this machine itself.

    Its own reader looks into the columns of a filter before it reads the others, ten times as fast
    for one paper of many; Arrow's reads all of them, but knows object storage too, where DuckDB
    would have to fetch an extension first.
    """
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    if warehouse.is_local:
        files = DeltaTable(warehouse.path(table), version=version).file_uris()
        paths = ", ".join(_quote(file) for file in files)
        source = f"read_parquet([{paths}], union_by_name = true)"
        # A table without rows has no files; a column that is null in all rows may be in none.
        with suppress(duckdb.BinderException, duckdb.IOException):
            connection.execute(f"create view {table.name} as select {columns} from {source}")
            return
    registered = table.name.replace(".", "_")
    connection.register(registered, ledger.dataset(warehouse, table, version))
    connection.execute(f"create view {table.name} as select {columns} from {registered}")


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
