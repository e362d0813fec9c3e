"""Publishing: the moment a stage's output becomes what readers see.

Every write carries the publication's number as Delta's transaction version, so that a publication
that is repeated after a crash is a no-op.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from delta.tables import DeltaTable
from deltalake import DeltaTable as DeltaLog
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs.tables.core import Table
from pipelines.engine.stage import Mode, Output
from storage import lease, ledger
from storage.delta_log import open_delta
from storage.lease import LostLeaseError
from storage.warehouse import Warehouse

# A column that says which run wrote a row; it is no part of what the row says.
RUN_COLUMN = "run"
_LOOKED_AT = 5
"""Commits among which a publication's own is looked for; nothing but a new layout follows it."""


@dataclass(frozen=True)
class Changes:
    """Rows that a publication would add, change and remove."""

    new: int
    changed: int
    gone: int

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def changes(output: Output, staged: DataFrame, rows: int, published: DataFrame | None) -> Changes:
    """How `rows` staged rows differ from the published ones, by key, value by value."""
    if published is None or output.mode is Mode.APPEND:
        return Changes(rows, 0, 0)
    table = output.table
    removes = output.mode is Mode.REPLACE
    if not removes:  # few rows as a rule: what they cannot meet need not be shuffled
        keys = staged.select(*table.key).alias("s")
        published = published.alias("t").join(keys, on=F.expr(same_key(table)), how="left_semi")
    joined = staged.alias("s").join(
        published.alias("t"), on=F.expr(same_key(table)), how="full" if removes else "left"
    )
    row = joined.agg(*(F.expr(sql).alias(name) for name, sql in count_sql(table).items())).first()
    assert row is not None  # an aggregate without groups has one row
    return Changes(row["new"], row["changed"], row["gone"])


def publish(
    spark: SparkSession,
    warehouse: Warehouse,
    output: Output,
    staged: DataFrame,
    sequence: int,
    note: dict[str, str],
) -> int:
    """Write the staged rows as publication number `sequence`; returns the Delta version.

    A repeat with the same number changes nothing.

    Raises:
        LostLeaseError: another run has taken the warehouse over.
    """
    lease.check(warehouse.root)
    table = output.table
    ledger.create(warehouse, table)
    frame = staged.select(*table.column_names)
    app = app_id(table)
    if output.mode in (Mode.APPEND, Mode.REPLACE) or sequence == 1:  # nothing there to merge with
        (
            frame.write.format("delta")
            .mode("append" if output.mode is Mode.APPEND else "overwrite")
            .option("txnAppId", app)
            .option("txnVersion", sequence)
            .option("userMetadata", json.dumps(note, sort_keys=True))
            .save(warehouse.path(table))
        )
    else:
        values: dict[str, str | Column] = {name: f"s.`{name}`" for name in table.column_names}
        with _session_transaction(spark, app, sequence, note):
            (
                DeltaTable.forPath(spark, warehouse.path(table))
                .alias("t")
                .merge(frame.alias("s"), same_key(table))
                # By name: a column that is no longer declared may still be there.
                .whenMatchedUpdate(condition=comparison(table), set=values)
                .whenNotMatchedInsert(values=values)
                .execute()
            )
    return own_version(open_delta(warehouse.path(table)), table, note)


def own_version(log: DeltaLog, table: Table, note: Mapping[str, str]) -> int:
    """The newest version of a table, if this publication wrote it, as its note says.

    Under the same number a run may have written that slept when it had begun to, or one that came
    when this one slept: then nothing was written here.

    Raises:
        LostLeaseError: another run wrote it.
    """
    own = json.dumps(note, sort_keys=True)
    if any(entry.get("userMetadata") == own for entry in log.history(limit=_LOOKED_AT)):
        return int(log.version())
    raise LostLeaseError(
        f"run {note['run']} did not publish {table.name}: another run has written to it meanwhile\n"
        "  papertide run, when no other runs, says what to do, or does what is left"
    )


@contextmanager
def _session_transaction(
    spark: SparkSession, app: str, sequence: int, note: dict[str, str]
) -> Iterator[None]:
    """MERGE takes its transaction from the session; it must not stay there for the next write."""
    settings = {
        "spark.databricks.delta.write.txnAppId": app,
        "spark.databricks.delta.write.txnVersion": str(sequence),
        "spark.databricks.delta.commitInfo.userMetadata": json.dumps(note, sort_keys=True),
    }
    for key, value in settings.items():
        spark.conf.set(key, value)
    try:
        yield
    finally:
        for key in settings:
            spark.conf.unset(key)


def app_id(table: Table) -> str:
    """Name under which Delta counts the publications of a table."""
    return f"papertide/{table.name}"


def count_sql(table: Table) -> dict[str, str]:
    """What a full join of staged rows `s` with published rows `t` counts, by name.

    This SQL and that below is Spark's and DuckDB's alike: both ways of publishing speak it.
    """
    new, gone = (" AND ".join(f"{side}.{key} IS NULL" for key in table.key) for side in "ts")
    return {
        "new": f"count_if({new})",
        "changed": f"count_if(NOT ({new}) AND NOT ({gone}) AND ({comparison(table)}))",
        "gone": f"count_if({gone})",
    }


def same_key(table: Table) -> str:
    """Whether rows `s` and `t` have one key."""
    return " AND ".join(f"s.{key} IS NOT DISTINCT FROM t.{key}" for key in table.key)


def comparison(table: Table) -> str:
    """Whether any value of `s` and `t` differs; of maps, which have no order, their entries do."""
    columns = [c for c in table.columns if c.name not in (*table.key, RUN_COLUMN)]
    pairs = (
        f"array_sort(map_entries(s.{c.name})) IS DISTINCT FROM array_sort(map_entries(t.{c.name}))"
        if c.type.startswith("map<")
        else f"s.{c.name} IS DISTINCT FROM t.{c.name}"
        for c in columns
    )
    return " OR ".join(pairs) or "false"
