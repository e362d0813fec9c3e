"""What share of the papers the topics will have in the next periods, where that can be told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.trends import periods
from jobs.trends.count_series import SERIES, courses, dense, groups, series_counts
from jobs.trends.smoothing import FEWEST_PERIODS, METHODS, forecast
from jobs.trends.statistics import Floats
from jobs.trends.trend_tests import q_value_column

_SEASON = {"week": 52, "month": 12, "quarter": 4, "year": 1}  # periods of a year
_BY_AHEAD = ("share", "share_low", "share_high", "error", "naive_error")
# A smaller gain over the naive forecast helps no one, and half of the false calls are smaller.
_WORTH = 0.9
_DIGITS = 9
_FOUND = (
    "kind string, entity string, grain string, slice string, last date, method string, "
    "origins int, p_value double, " + ", ".join(f"{name} array<double>" for name in _BY_AHEAD)
)


def forecasts(topic_trends: DataFrame, totals: DataFrame, settings: TrendsSettings) -> DataFrame:
    """Shares of the topics in the next `settings.forecast_periods` periods: gold.forecasts.

    A topic, grain (but days) and slice has rows when there are enough complete periods; see
    `jobs.trends.smoothing.forecast`. A share is forecast only where past forecasts of that distance
    erred a tenth less than naive ones, and those of the series certainly less: by a chance of at
    most `settings.false_rate`, corrected for the topics of its grain and slice (Benjamini and
    Hochberg 1995).

    Args:
        topic_trends: gold.topic_trends. totals: gold.period_totals.
    """
    every = Window.partitionBy("grain", "slice").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    tested = (
        courses(series_counts(topic_trends, "topic", "topic_id"), totals, FEWEST_PERIODS)
        .mapInArrow(partial(_forecast, settings=settings), _FOUND)
        .withColumn(
            "q_value", q_value_column(F.col("p_value"), F.count("p_value").over(every), "entity")
        )
        .select("*", F.posexplode(F.arrays_zip(*_BY_AHEAD)).alias("place", "told"))
        .withColumn("ahead", F.col("place") + 1)
    )
    # Of a step whose past no period tells, nothing is known.
    by_name = {name: F.nanvl(F.col(f"told.{name}"), F.lit(None)) for name in _BY_AHEAD}
    is_better = F.col("q_value") <= settings.false_rate
    beats_naive = F.coalesce(
        is_better & (by_name["error"] < _WORTH * by_name["naive_error"]), F.lit(False)
    )
    shares = [F.when(beats_naive, by_name[name]).alias(name) for name in _BY_AHEAD[:3]]
    return tested.select(
        F.col("entity").alias("topic_id"),
        "grain",
        "slice",
        "ahead",
        periods.shift(F.col("grain"), F.col("last"), F.col("ahead")).alias("period"),
        beats_naive.alias("beats_naive"),
        *shares,
        "method",
        by_name["error"].alias("error"),
        by_name["naive_error"].alias("naive_error"),
        "origins",
        F.round("p_value", 12).alias("p_value"),
        "q_value",
    )


def _forecast(
    batches: Iterable[pa.RecordBatch], settings: TrendsSettings
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for begin, end in groups(batch):
            yield from _of_group(batch.slice(begin, end - begin), settings)


def _of_group(rows: pa.RecordBatch, settings: TrendsSettings) -> Iterator[pa.RecordBatch]:
    grain = rows["grain"][0].as_py()
    known = np.asarray(rows["periods"][0].values)
    shares = dense(rows, known) / np.asarray(rows["papers"][0].values)
    many = dense(rows, known).sum(axis=1) >= settings.min_test_papers
    if not many.any():
        return
    place = _places(known, grain)
    # A period that is not complete tells nothing, and the season goes on.
    course = np.full((int(many.sum()), place[-1] + 1), np.nan)
    course[:, place] = shares[many]
    best = forecast(course, _SEASON[grain], settings.forecast_periods)
    if best is None:
        return
    by_ahead = (best.share, best.low, best.high, best.error, best.naive_error)
    columns: dict[str, Any] = {
        **{name: rows[name].filter(pa.array(many)) for name in SERIES},
        "last": known[np.full(len(course), -1)],
        "method": [METHODS[number] for number in best.method],
        "origins": np.full(len(course), best.origins, dtype=np.int32),
        "p_value": best.p,
        **{name: _lists(values) for name, values in zip(_BY_AHEAD, by_ahead, strict=True)},
    }
    yield pa.RecordBatch.from_pydict(columns)


def _places(known: Any, grain: str) -> Any:
    """Which period, counted from the first, each of these first days begins."""
    if grain == "week":
        return (known - known[0]).astype("timedelta64[D]").astype(int) // 7
    months = known.astype("datetime64[M]").astype(int)
    return (months - months[0]) * _SEASON[grain] // 12


def _lists(values: Floats) -> pa.ListArray:
    ends = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(np.round(values, _DIGITS).ravel()))
