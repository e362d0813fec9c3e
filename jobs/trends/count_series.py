"""Courses: the counts of each topic or term over the complete periods of a grain and slice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.trends.statistics import Floats

SERIES = ["kind", "entity", "grain", "slice"]
# Days of the week and holidays, which no trend should be made of, rule the shares of days.
_GRAINS = ("week", "month", "quarter", "year")
_ROWS = 2_000  # series worked on at once: with 400 periods some 50 MB


def series_counts(trends: DataFrame, kind: str, entity: str) -> DataFrame:
    """What is counted of a kind of entity: rows SERIES, period, n."""
    return trends.where((F.col("n") > 0) & F.col("grain").isin(*_GRAINS)).select(
        F.lit(kind).alias("kind"), F.col(entity).alias("entity"), "grain", "slice", "period", "n"
    )


def courses(counts: DataFrame, totals: DataFrame, fewest: int) -> DataFrame:
    """A row for each of SERIES, sorted by slice: at and n, its periods with papers and how many.

    With periods and papers: the periods that count of its grain and slice, at least `fewest`, and
    how many papers each has. That are the complete ones, and before the last of them those that are
    cut by a hole where the feeds have their usual shares: a share has its own denominator, and a
    year without its spring is still one in which a term was written or not.

    Args:
        counts: rows as by `series_counts`.
        totals: gold.period_totals.
    """
    series = (
        counts.groupBy(*SERIES)
        .agg(F.collect_list(F.struct("period", "n")).alias("counts"))
        .select(*SERIES, F.col("counts.period").alias("at"), F.col("counts.n").alias("n"))
    )
    return series.join(
        F.broadcast(_periods(totals, fewest)), on=["grain", "slice"], how="inner"
    ).sortWithinPartitions("grain", "slice", "kind", "entity")


def _periods(totals: DataFrame, fewest: int) -> DataFrame:
    """The periods that count: a row a grain and slice."""
    following = (
        Window.partitionBy("grain", "slice")
        .orderBy("period")
        .rowsBetween(Window.currentRow, Window.unboundedFollowing)
    )
    is_over = F.max("is_complete").over(following)
    counts = F.col("is_complete") | (F.col("is_over") & ~F.col("feeds_differ"))
    return (
        totals.where(F.col("grain").isin(*_GRAINS))
        .withColumn("is_over", is_over)
        .where(counts & (F.col("papers") > 0))
        .groupBy("grain", "slice")
        .agg(F.array_sort(F.collect_list(F.struct("period", "papers"))).alias("all"))
        .where(F.size("all") >= fewest)
        .select("grain", "slice", F.col("all.period").alias("periods"),
                F.col("all.papers").alias("papers"))
    )  # fmt: skip


def groups(batch: pa.RecordBatch) -> Iterator[tuple[int, int]]:
    """Runs of rows of one grain and slice, which have the same periods; at most `_ROWS` each."""
    names = list(zip(batch["grain"].to_pylist(), batch["slice"].to_pylist(), strict=True))
    begin = 0
    for row in range(1, len(names) + 1):
        if row == len(names) or names[row] != names[begin] or row - begin == _ROWS:
            yield begin, row
            begin = row


FAMILY = ["kind", "grain", "slice"]


def by_family(rows: DataFrame) -> DataFrame:
    """Rows as by `courses`, all those of a kind, grain and slice one after the other."""
    return rows.repartition(*FAMILY).sortWithinPartitions(*FAMILY, "entity")


def families(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of each family whole, from batches sorted by family that may cut one in two."""
    parts: list[pa.RecordBatch] = []
    family: tuple[str, ...] = ()
    for batch in batches:
        names = list(zip(*(batch[name].to_pylist() for name in FAMILY), strict=True))
        begin = 0
        for row in range(1, len(names) + 1):
            if row == len(names) or names[row] != names[begin]:
                if parts and family != names[begin]:
                    yield _join_batches(parts)
                    parts = []
                family = names[begin]
                parts.append(batch.slice(begin, row - begin))
                begin = row
    if parts:
        yield _join_batches(parts)


def _join_batches(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    whole = pa.Table.from_batches(parts).combine_chunks().to_batches()
    (batch,) = whole
    return batch


def dense(rows: pa.RecordBatch, periods: Any) -> Floats:
    """Counts of the group as rows × periods; those of other periods are left out."""
    at, counts = rows["at"], rows["n"]
    row = np.repeat(np.arange(len(rows)), np.asarray(at.value_lengths()))
    day, many = np.asarray(at.flatten()), np.asarray(counts.flatten())
    column = np.minimum(np.searchsorted(periods, day), len(periods) - 1)
    is_there = periods[column] == day
    n = np.zeros((len(rows), len(periods)))
    n[row[is_there], column[is_there]] = many[is_there]
    return n
