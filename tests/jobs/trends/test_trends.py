"""Totals and shares of a handful of papers, by hand."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.tables.gold import PERIOD_TOTALS, TERM_TRENDS, TOPIC_TRENDS
from jobs.tables.silver import KEYPHRASES, PAPERS
from jobs.terms.vocabulary import vocabulary
from jobs.text.phrases import all_phrases
from jobs.trends.coverage import wilson
from jobs.trends.totals import period_totals
from jobs.trends.trends import term_trends, topic_trends
from tests.frames import frame_of

AS_OF = date(2024, 5, 31)
SETTINGS = TrendsSettings(min_term_papers=1)


def paper(paper_id: str, day: str, **fields: Any) -> dict[str, Any]:
    on = date.fromisoformat(day)
    return {
        "paper_id": paper_id, "title": f"Ebb {paper_id}", "abstract": "Tidal flats.",
        "dated_on": on, "first_shown_on": on, "date_basis": "published", "is_withdrawn": False,
        "feeds": ["a"], **fields,
    }  # fmt: skip


def papers(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    full = [tuple(row.get(name) for name in PAPERS.column_names) for row in rows]
    return frame_of(spark, full, PAPERS.schema())


GIVEN = (
    paper("1", "2024-01-10", authors=[("Ada Ebb", None, "Tides, Tidal University")]),
    paper("2", "2024-01-20", categories=["cs"], countries=["DK", "NO"], feeds=["a", "b"]),
    paper("3", "2024-03-05", abstract=None),
    paper("4", "2024-05-02"),
    paper("5", "2024-05-20", is_withdrawn=True),
    paper("6", "2024-06-20"),
)


@pytest.fixture(scope="module")
def given(spark: SparkSession) -> DataFrame:
    return papers(spark, *GIVEN)


@pytest.fixture(scope="module")
def totals(given: DataFrame) -> DataFrame:
    return PERIOD_TOTALS.conform(period_totals(given, SETTINGS, AS_OF)).localCheckpoint()


@pytest.fixture(scope="module")
def trends(spark: SparkSession, given: DataFrame, totals: DataFrame) -> dict[Any, Row]:
    """Shares of topic t (papers 1 and 3), u (4) and v (1)."""
    assigned = frame_of(
        spark,
        [(p, t, 0.9, True) for p, t in ("1t", "3t", "4u", "1v")],
        "paper_id string, topic_id string, similarity double, fits boolean",
    )
    told = TOPIC_TRENDS.conform(topic_trends(given, assigned, totals, SETTINGS, AS_OF)).collect()
    return {(r["topic_id"], r["grain"], str(r["period"]), r["slice"]): r for r in told}


def test_shares_and_growth_are_those_computed_by_hand(trends: dict[Any, Row]) -> None:
    january, march = (trends["t", "month", f"2024-0{m}-01", "all"] for m in (1, 3))
    assert (january["n"], january["papers"], january["share"]) == (1, 2, 0.5)
    assert january["growth"] is None
    assert march["share"] == 1.0
    assert march["growth"] == pytest.approx(math.log(1.0 / 0.5), abs=1e-9)
    assert march["growth_shrunk"] == pytest.approx(math.log((1 + 5) / (0.5 + 5)), abs=1e-9)


def test_a_topic_that_stops_has_rows_of_zero_and_falls(trends: dict[Any, Row]) -> None:
    may = trends["t", "month", "2024-05-01", "all"]
    assert (may["n"], may["papers"], may["share"]) == (0, 1, 0.0)
    assert may["growth_shrunk"] < 0
    assert ("t", "day", "2024-05-02", "all") not in trends


def test_a_period_without_papers_has_no_share(trends: dict[Any, Row]) -> None:
    february = trends["v", "month", "2024-02-01", "all"]
    assert (february["papers"], february["share"], february["share_low"]) == (0, None, None)


def test_what_is_older_than_the_totals_begins_a_series_and_is_counted_nowhere(
    spark: SparkSession, given: DataFrame
) -> None:
    recent = SETTINGS.model_copy(update={"max_periods": 3})
    totals = PERIOD_TOTALS.conform(period_totals(given, recent, AS_OF))
    assigned = spark.createDataFrame(
        [(paper_id, "t", 0.9, True) for paper_id in "13"],
        "paper_id string, topic_id string, similarity double, fits boolean",
    )
    rows = topic_trends(given, assigned, totals, recent, AS_OF)
    months = rows.where("grain = 'month' and slice = 'all'").orderBy("period").collect()
    assert [(str(r["period"]), r["n"]) for r in months] == [
        ("2024-03-01", 1), ("2024-04-01", 0), ("2024-05-01", 0),
    ]  # fmt: skip
    # Of May's one paper one was expected, as of the months before that of March had it: not two.
    assert months[2]["growth_shrunk"] == pytest.approx(math.log(5 / (1 + 5)), abs=1e-9)


def test_terms_are_counted_where_they_stand_and_not_where_they_are_keyphrases(
    spark: SparkSession, given: DataFrame, totals: DataFrame
) -> None:
    phrases = frame_of(spark, [("1", "tidal flats", 1.0, 1)], KEYPHRASES.schema())
    found = vocabulary(given, all_phrases(given).localCheckpoint(), phrases, SETTINGS, AS_OF).papers
    told = TERM_TRENDS.conform(term_trends(given, found, totals, SETTINGS, AS_OF))
    (year,) = told.where("grain = 'year' and slice = 'all'").collect()
    assert (year["term"], year["n"], year["papers"]) == ("tidal flats", 3, 4)


@pytest.mark.parametrize(
    ("n", "papers", "low", "high"),
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_the_interval_is_wilsons(
    spark: SparkSession, n: int, papers: int, low: float, high: float
) -> None:
    frame = frame_of(spark, [(n, papers)], "n bigint, papers bigint")
    (row,) = frame.select(*(end.alias(str(i)) for i, end in
                            enumerate(wilson(F.col("n"), F.col("papers"))))).collect()  # fmt: skip
    assert (round(row["0"], 4), round(row["1"], 4)) == (low, high)
