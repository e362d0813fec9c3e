"""Periods: days, ISO weeks, months, quarters and years, by their first day."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F

from jobs.trends.spans import MONTHS

GRAINS = ("day", "week", "month", "quarter", "year")
# Grains that a date of that exactness may count in.
_EXACT_IN: dict[str, tuple[str, ...]] = {
    "published year": ("year",),
    "published month": ("month", "quarter", "year"),
    # When a file was made says nothing of when its papers were written.
    "shown": (),
}


def starts(day: Column, basis: Column) -> Column:
    """The periods that hold `day`: array<struct<grain:string,period:date>>.

    A date known to the month or the year alone (`basis`) counts in periods no shorter than that:
    else every January would be full of papers of unknown month. Of no period are papers that no
    feed dates: that on which a feed showed them is no evidence of a trend.
    """
    every = F.array(*(_start(grain, day) for grain in GRAINS))
    chosen = every
    for known, grains in _EXACT_IN.items():
        exact = F.filter(every, _is_one_of(grains))
        chosen = F.when(basis == known, exact).otherwise(chosen)
    return chosen


def _is_one_of(grains: tuple[str, ...]) -> Callable[[Column], Column]:
    return lambda one: one["grain"].isin(*grains)


def _start(grain: str, day: Column) -> Column:
    first = day if grain == "day" else F.trunc(day, grain)  # weeks begin on Monday
    return F.struct(F.lit(grain).alias("grain"), first.alias("period"))


def shift(grain: Column, period: Column, number: Column | int) -> Column:
    """First day of the period that lies `number` periods after (before, if negative)."""
    by = F.lit(number) if isinstance(number, int) else number
    days = F.when(grain == "day", by).when(grain == "week", by * 7)
    months = F.lit(0)
    for name, length in MONTHS.items():
        months = F.when(grain == name, by * length).otherwise(months)
    return F.when(days.isNotNull(), F.date_add(period, days)).otherwise(
        F.add_months(period, months)
    )


def end(grain: Column, period: Column) -> Column:
    """Last day of a period."""
    return F.date_sub(shift(grain, period, 1), 1)


def number(grain: Column, period: Column) -> Column:
    """A whole number that grows by one from each period of a grain to the next."""
    days = F.datediff(period, F.lit("1970-01-05").cast("date"))  # a Monday
    months = F.year(period) * 12 + F.month(period)
    index = F.when(grain == "day", days).when(grain == "week", F.floor(days / 7))
    for name, length in MONTHS.items():
        index = index.when(grain == name, F.floor((months - 1) / length))
    return index.cast("long")
