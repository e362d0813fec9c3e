"""Courses: the counts of each topic or term over the complete periods of a grain and slice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.series import Floats

SERIES = ["kind", "entity", "grain", "slice"]
# Days of the week and holidays, which no trend should be made of, rule the shares of days.
_GRAINS = ("week", "month", "quarter", "year")
_ROWS = 2_000  # series worked on at once: with 400 periods some 50 MB


def counted(trends: DataFrame, kind: str, entity: str) -> DataFrame:
    """What is counted of a kind of entity: rows SERIES, period, n."""
    return trends.where((F.col("n") > 0) & F.col("grain").isin(*_GRAINS)).select(
        F.lit(kind).alias("kind"), F.col(entity).alias("entity"), "grain", "slice", "period", "n"
    )


def courses(counts: DataFrame, totals: DataFrame, fewest: int) -> DataFrame:
    """A row for each of SERIES, sorted by slice: at and n, its periods with papers and how many.

    With periods and papers: the complete periods with papers of its grain and slice, at least
    `fewest`, and how many papers each has.

    Args:
        counts: rows as by `counted`.
        totals: gold.period_totals.
    """
    listed = (
        counts.groupBy(*SERIES)
        .agg(F.collect_list(F.struct("period", "n")).alias("counts"))
        .select(*SERIES, F.col("counts.period").alias("at"), F.col("counts.n").alias("n"))
    )
    return listed.join(
        F.broadcast(_periods(totals, fewest)), on=["grain", "slice"], how="inner"
    ).sortWithinPartitions("grain", "slice", "kind", "entity")


def _periods(totals: DataFrame, fewest: int) -> DataFrame:
    """The periods that count: a row a grain and slice, its complete periods with papers."""
    return (
        totals.where(F.col("is_complete") & (F.col("papers") > 0) & F.col("grain").isin(*_GRAINS))
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
