"""Publishing: the moment a stage's output becomes what readers see.

Every write carries the publication's number as Delta's transaction version, so that a publication
that is repeated after a crash is a no-op.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import MapType

from jobs.tables.core import Table
from pipelines import ledger
from pipelines.warehouse import Warehouse

# A column that says which run wrote a row; it is no part of what the row says.
RUN_COLUMN = "run"


class Mode(StrEnum):
    """How staged rows meet the published ones.

    `append` adds them, `upsert` adds or changes by key, `replace` also removes what is not staged:
    where anything differs it writes the table anew. Rows lie in no order, so that to merge a few
    changes would write most files anew as well, after two joins.
    """

    APPEND = "append"
    UPSERT = "upsert"
    REPLACE = "replace"


@dataclass(frozen=True)
class Output:
    """A table that a stage writes, and how."""

    table: Table
    mode: Mode


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
        published = published.alias("t").join(keys, on=F.expr(_same_key(table)), how="left_semi")
    joined = staged.alias("s").join(
        published.alias("t"), on=F.expr(_same_key(table)), how="full" if removes else "left"
    )
    missing = " AND ".join(f"{{side}}.{key} IS NULL" for key in table.key)
    new, gone = missing.format(side="t"), missing.format(side="s")
    row = joined.agg(
        F.count_if(F.expr(new)).alias("new"),
        F.count_if(F.expr(gone)).alias("gone"),
        F.count_if(F.expr(f"NOT ({new}) AND NOT ({gone}) AND ({_differs(table)})")).alias(
            "changed"
        ),
    ).first()
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
    """
    table = output.table
    ledger.create(warehouse, table)
    frame = staged.select(*table.column_names)
    app = f"papertide/{table.name}"
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
                .merge(frame.alias("s"), _same_key(table))
                # By name: a column that is no longer declared may still be there.
                .whenMatchedUpdate(condition=_differs(table), set=values)
                .whenNotMatchedInsert(values=values)
                .execute()
            )
    version = ledger.version(warehouse, table)
    assert version is not None  # it was created above
    return version


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


def _same_key(table: Table) -> str:
    return " AND ".join(f"s.{key} <=> t.{key}" for key in table.key)


def _differs(table: Table) -> str:
    """Whether any value differs; maps cannot be compared, their sorted entries can."""
    told = [c for c in table.schema() if c.name not in (*table.key, RUN_COLUMN)]
    pairs = (
        f"array_sort(map_entries(s.{c.name})) <=> array_sort(map_entries(t.{c.name}))"
        if isinstance(c.dataType, MapType)
        else f"s.{c.name} <=> t.{c.name}"
        for c in told
    )
    return " OR ".join(f"NOT ({pair})" for pair in pairs) or "false"
