"""Requirements of gold.forecasts: planted courses, chance, months that are not over, later papers."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from pyspark.sql import DataFrame, Row, SparkSession

from jobs.params import TrendsSettings
from jobs.tables.gold import FORECASTS, PAPER_TOPICS, PERIOD_TOTALS, TOPIC_TRENDS
from jobs.tables.silver import PAPERS
from jobs.trends.forecasts import forecasts
from jobs.trends.totals import period_totals
from jobs.trends.trends import topic_trends
from tests.frames import frame_of

MONTHS = [date(2018 + m // 12, 1 + m % 12, 1) for m in range(78)]
KNOWN = 72  # whole months; the next is not over, and those after it are still to come
PAPERS_A_MONTH = 400
CHANCE = 200
SLICES = {"chance": "category=chance", "rare": "category=rare", "gap": "category=gap"}
GAP = range(KNOWN - 27, KNOWN - 3)  # months without a paper


def table(spark: SparkSession, rows: list[dict[str, Any]], kind: Any) -> DataFrame:
    full = [tuple(row.get(name) for name in kind.column_names) for row in rows]
    return frame_of(spark, full, kind.schema())


def season(month: int) -> float:
    return 0.05 * (1 + 0.7 * float(np.sin(2 * np.pi * month / 12)))


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> tuple[dict[Any, Row], dict[str, list[float]]]:
    """Forecasts of a season and of chance; of the former also what came after."""
    rng = np.random.default_rng(2)
    totals, counts = [], []
    for number, month in enumerate(MONTHS[: KNOWN + 1]):
        totals += [
            {"grain": "month", "period": month, "slice": name, "papers": PAPERS_A_MONTH,
             "is_complete": number < KNOWN}
            | ({"papers": 0} if name == SLICES["gap"] and number in GAP else {})
            for name in ("all", *SLICES.values())
        ]  # fmt: skip
    shares = {"season": [season(month) for month in range(len(MONTHS))]}
    shares |= {f"chance {number}": [0.05] * len(MONTHS) for number in range(CHANCE)}
    shares["gap"] = [0.05] * len(MONTHS)
    shares["rare"] = [0.0] * (KNOWN - 5) + [0.0025] * 11
    came = {name: [float(rng.binomial(PAPERS_A_MONTH, share)) for share in course]
            for name, course in shares.items()}  # fmt: skip
    for name, course in came.items():
        for number, month in enumerate(MONTHS[: KNOWN + 1]):
            n = int(course[number]) if number < KNOWN else 0
            if name == "gap" and number in GAP:
                continue
            counts.append(
                {"topic_id": name, "grain": "month", "period": month, "n": n,
                 "slice": SLICES.get(name.split()[0], "all")}
            )  # fmt: skip
    found = forecasts(
        table(spark, counts, TOPIC_TRENDS), table(spark, totals, PERIOD_TOTALS), TrendsSettings()
    )
    rows = FORECASTS.conform(found).collect()
    return {(row["topic_id"], row["ahead"]): row for row in rows}, came


def test_a_season_comes_within_its_interval_and_errs_less_than_naive(made: Any) -> None:
    rows, came = made
    for ahead in range(1, 5):
        row = rows["season", ahead]
        assert row["beats_naive"]
        assert row["period"] == MONTHS[KNOWN - 1 + ahead]  # the month that is not over comes first
        share = came["season"][KNOWN - 1 + ahead] / PAPERS_A_MONTH
        assert row["share_low"] <= share <= row["share_high"]
        assert row["error"] < 0.6 * row["naive_error"]
        assert row["q_value"] <= 0.05


def test_of_chance_nothing_is_forecast(made: Any) -> None:
    chance = [row for (name, _), row in made[0].items() if name.startswith("chance")]
    assert len(chance) == 4 * CHANCE
    assert not any(row["beats_naive"] for row in chance)
    assert {(row["share"], row["share_low"], row["share_high"]) for row in chance} == {(None,) * 3}


def test_a_topic_of_few_papers_has_no_rows(made: Any) -> None:
    assert ("rare", 1) not in made[0]


def test_of_a_step_whose_past_no_month_tells_no_error_is_known(made: Any) -> None:
    rows = [made[0]["gap", ahead] for ahead in range(1, 5)]
    errors = [row[name] for row in rows for name in ("error", "naive_error")]
    assert None in errors
    assert not any(error is not None and math.isnan(error) for error in errors)
    assert not any(row["beats_naive"] for row in rows)


START = date(2018, 1, 1)


def known(spark: SparkSession, days: int, partitions: int = 1) -> tuple[DataFrame, DataFrame]:
    """A paper every day, whose topic changes with the season, and their topics."""
    rows, topics = [], []
    for number in range(days):
        day = START + timedelta(days=number)
        rows.append(
            {"paper_id": f"p{number}", "title": "Ebb", "dated_on": day, "first_shown_on": day,
             "date_basis": "published", "is_withdrawn": False, "feeds": ["a"]}
        )  # fmt: skip
        is_first = (day.month <= 6) == (number % 9 > 0)
        topics.append({"paper_id": f"p{number}", "topic_id": "ab"[is_first], "fits": True})
    return (
        table(spark, rows[::-1] if partitions > 1 else rows, PAPERS).repartition(partitions),
        table(spark, topics, PAPER_TOPICS).repartition(partitions),
    )


def seen(spark: SparkSession, days: int, as_of: date, partitions: int = 1) -> list[Row]:
    papers, topics = known(spark, days, partitions)
    settings = TrendsSettings(max_slices=1)
    totals = PERIOD_TOTALS.conform(period_totals(papers, settings, as_of)).localCheckpoint()
    counted = TOPIC_TRENDS.conform(topic_trends(papers, topics, totals, settings, as_of))
    found = forecasts(counted.localCheckpoint(), totals, settings)
    return sorted(FORECASTS.conform(found).collect())


def test_later_papers_order_and_partitions_change_nothing(spark: SparkSession) -> None:
    as_of = START + timedelta(days=4 * 365 + 9)
    before = seen(spark, 4 * 365 + 10, as_of)
    months = [row for row in before if row["grain"] == "month" and row["slice"] == "all"]
    assert {row["topic_id"]: row["beats_naive"] for row in months if row["ahead"] == 1} == {
        "a": True, "b": True,
    }  # fmt: skip
    assert seen(spark, 5 * 365, as_of, partitions=5) == before
    assert seen(spark, 5 * 365, as_of + timedelta(days=200)) != before
