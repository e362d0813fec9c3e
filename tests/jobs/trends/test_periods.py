"""Periods by the calendar, checked against Python's own."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs.trends import periods
from tests.frames import frame_of


def starts(spark: SparkSession, day: date, basis: str = "published") -> dict[str, date]:
    frame = frame_of(spark, [(day, basis)], "day date, basis string")
    (row,) = frame.select(periods.starts(F.col("day"), F.col("basis")).alias("all")).collect()
    return {one["grain"]: one["period"] for one in row["all"]}


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2024, 12, 30), date(2024, 12, 30)),
        (date(2025, 1, 1), date(2024, 12, 30)),
        (date(2021, 1, 3), date(2020, 12, 28)),
        (date(2021, 1, 4), date(2021, 1, 4)),
    ],
)
def test_weeks_are_those_of_iso_also_at_the_turn_of_the_year(
    spark: SparkSession, day: date, week: date
) -> None:
    assert starts(spark, day)["week"] == week


def test_a_date_known_to_the_month_or_year_counts_in_no_shorter_period(
    spark: SparkSession,
) -> None:
    day = date(2024, 1, 1)
    assert set(starts(spark, day)) == set(periods.GRAINS)
    assert set(starts(spark, day, "published month")) == {"month", "quarter", "year"}
    assert set(starts(spark, day, "published year")) == {"year"}


def test_periods_of_many_days_hold_their_day_and_are_numbered_in_a_row(
    spark: SparkSession,
) -> None:
    first = date(2019, 12, 20)
    days = [(first + timedelta(days=n), "published") for n in range(800)]
    grain, period = F.col("start.grain"), F.col("start.period")
    rows = (
        frame_of(spark, days, "day date, basis string")
        .select("day", F.explode(periods.starts(F.col("day"), F.col("basis"))).alias("start"))
        .select(
            "day",
            grain.alias("grain"),
            period.alias("period"),
            periods.end(grain, period).alias("end"),
            periods.number(grain, period).alias("number"),
            periods.shift(grain, period, 1).alias("next"),
        )
        .collect()
    )
    number_of = {}
    for row in rows:
        assert row["period"] <= row["day"] <= row["end"]
        assert row["next"] == row["end"] + timedelta(days=1)
        number_of[row["grain"], row["period"]] = row["number"]
    for grain_name in periods.GRAINS:
        numbers = [n for (g, _), n in sorted(number_of.items()) if g == grain_name]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {row["period"].isocalendar().weekday for row in rows if row["grain"] == "week"} == {1}


def test_a_paper_that_no_feed_dates_counts_in_no_period(spark: SparkSession) -> None:
    assert starts(spark, date(2024, 1, 1), "shown") == {}
