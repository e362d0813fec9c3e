"""Staging: a stage's output, written once beside the published tables and counted on the way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import mul

from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from jobs.ingest.ingest import NOTED
from jobs.tables.core import STAGED_KEY, Rule, Table
from jobs.tables.silver import QUARANTINE
from pipelines.engine.publish import RUN_COLUMN
from pipelines.engine.stage import Inputs, Mode, Output, Params, Run, Stage, empty
from storage.errors import PapertideError

# Columns by which a table of files says what became of their records.
COUNTED = ("delivered", "repeated")
TO_QUARANTINE = Output(QUARANTINE, Mode.UPSERT)


@dataclass(frozen=True)
class Staged:
    """One output in staging: where it waits and what was counted while it was written.

    Attributes:
        rows: rows staged.
        broken: rows that break a critical rule and go to quarantine instead.
        delivered: sum of the column of that name, where the table has one.
        repeated: sum of the column of that name, where the table has one.
    """

    output: Output
    location: str
    rows: int
    broken: int
    delivered: int
    repeated: int

    def frame(self, spark: SparkSession) -> DataFrame:
        """All staged rows, with the columns that only staging has."""
        return spark.read.parquet(self.location)

    def passing(self, spark: SparkSession) -> DataFrame:
        """The rows that meet every critical rule."""
        return self.frame(spark).where(_meets_all(self.output.table) == 1)


def stage_outputs(stage: Stage, run: Run, params: Params) -> list[Staged]:
    """Transform, and write each output to staging; rows kept out are staged for quarantine."""
    frames = dict(stage.transform(_inputs(stage, run), params))
    staged = [
        _write(run, stage, output, frames[output.table])
        for output in stage.writes
        if output.table is not QUARANTINE
    ]
    rejects = [_rejects(stage, run, item) for item in staged if item.broken]
    if QUARANTINE in frames:
        rejects.append(frames[QUARANTINE].withColumn(RUN_COLUMN, F.lit(run.run_id)))
    if rejects:
        everything = reduce(DataFrame.unionByName, map(QUARANTINE.conform, rejects))
        staged.append(_write(run, stage, TO_QUARANTINE, everything))
    return staged


def _inputs(stage: Stage, run: Run) -> Inputs:
    """Each table that the stage reads, at the version of this run."""
    published = {table: run.read(table) for table in stage.reads}
    return {
        table: empty(run.spark, table) if frame is None else frame
        for table, frame in published.items()
    }


def _write(run: Run, stage: Stage, output: Output, frame: DataFrame) -> Staged:
    table = output.table
    if RUN_COLUMN in table.column_names:
        frame = frame.withColumn(RUN_COLUMN, F.lit(run.run_id))
    names = {name.lower() for name in frame.columns}  # to Spark, case is nothing
    missing = [name for name in table.column_names if name.lower() not in names]
    if missing:
        raise PapertideError(
            f"stage {stage.name}: its rows for {table.name} lack {', '.join(missing)};"
            f" they have {', '.join(frame.columns)}\n"
            "  give them in the stage's function, or take them out of the table in jobs/tables/"
        )
    only_staged = [name for name in frame.columns if name not in table.column_names]
    typed = frame.select(
        *(F.col(c.name).cast(c.type).alias(c.name) for c in table.columns), *only_staged
    )
    flagged = typed.select("*", _short_key(table).alias(STAGED_KEY), *table.flags())
    observation = Observation()
    location = f"{run.warehouse.staging(stage.name, run.run_id)}/{table.name}"
    sums = [name for name in COUNTED if name in table.column_names]
    (
        flagged.observe(
            observation,
            F.count(F.lit(1)).alias("rows"),
            F.count_if(_meets_all(table) == 0).alias("broken"),
            *(F.sum(_count_column(name, only_staged)).alias(name) for name in sums),
        )
        .write.mode("overwrite")
        .parquet(location)
    )
    metrics = observation.get
    delivered, repeated = (metrics.get(name) or 0 for name in COUNTED)
    return Staged(output, location, metrics["rows"], metrics["broken"], delivered, repeated)


def _count_column(name: str, only_staged: list[str]) -> Column:
    return F.when(~F.col(NOTED), F.col(name)) if NOTED in only_staged else F.col(name)


def _key(table: Table) -> Column:
    if len(table.key) == 1:
        return F.col(table.key[0]).cast("string")
    return F.to_json(F.struct(*table.key))


def _short_key(table: Table) -> Column:
    """The key as one value of few bytes, by which the gate tells rows apart.

    Of several columns two hashes, 128 bits: of a billion keys no two have them in common.
    """
    if len(table.key) == 1:
        return _key(table)
    missing = [F.isnull(name) for name in table.key]  # a hash passes over what is null
    hashes = (F.xxhash64(F.lit(seed), *table.key, *missing) for seed in range(2))
    return F.concat(*(each.cast("binary") for each in hashes))


def _meets_all(table: Table) -> Column:
    """1 where a row meets every critical rule, else 0."""
    return reduce(mul, (F.col(rule.flag) for rule in table.critical), F.lit(1))


def _rejects(stage: Stage, run: Run, item: Staged) -> DataFrame:
    """A row for quarantine for each critical rule that a staged row breaks."""
    table, frame = item.output.table, item.frame(run.spark)
    known = frame.columns
    broken = frame.where(_meets_all(table) == 0).withColumn(
        "broken", F.explode(F.filter(F.array(*map(_broken, table.critical)), F.isnotnull))
    )
    return broken.select(
        _key(table).alias("subject_id"),
        F.lit(stage.name).alias("stage"),
        F.col("broken.rule").alias("rule"),
        *(F.col(c) if c in known else F.lit(None).alias(c) for c in ("feed", "file", "position")),
        (
            F.col("payload")
            if "payload" in known
            else F.to_json(F.struct(*(c for c in table.column_names)))
        ).alias("payload"),
        F.col("broken.reason").alias("reason"),
        F.lit(run.run_id).alias(RUN_COLUMN),
    )


def _broken(rule: Rule) -> Column:
    reason = F.expr(rule.reason) if rule.reason else F.lit(rule.why)
    return F.when(
        F.col(rule.flag) == 0, F.struct(F.lit(rule.name).alias("rule"), reason.alias("reason"))
    )
