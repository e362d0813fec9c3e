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
from jobs.trends import period_totals, term_trends, topic_trends, wilson

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
    return spark.createDataFrame(full, PAPERS.schema())


GIVEN = (
    paper("1", "2024-01-10"),
    paper("2", "2024-01-20", categories=["cs"], feeds=["a", "b"]),
    paper("3", "2024-03-05", abstract=None),
    paper("4", "2024-05-02"),
    paper("5", "2024-05-20", is_withdrawn=True),
    paper("6", "2024-06-20"),
)


def totals_of(spark: SparkSession, *rows: dict[str, Any]) -> dict[tuple[str, str, str], Row]:
    frame = period_totals(papers(spark, *rows), SETTINGS, AS_OF)
    told = PERIOD_TOTALS.conform(frame).collect()
    return {(row["grain"], str(row["period"]), row["slice"]): row for row in told}


def test_months_are_counted_with_empty_ones_between(spark: SparkSession) -> None:
    totals = totals_of(spark, *GIVEN)
    months = {period: row for (grain, period, s), row in totals.items()
              if (grain, s) == ("month", "all")}  # fmt: skip
    assert {period: row["papers"] for period, row in months.items()} == {
        "2024-01-01": 2, "2024-02-01": 0, "2024-03-01": 1, "2024-04-01": 0, "2024-05-01": 1,
    }  # fmt: skip
    assert months["2024-03-01"]["papers_with_abstract"] == 0
    assert months["2024-01-01"]["period_end"] == date(2024, 1, 31)


def test_withdrawn_and_later_papers_count_nowhere(spark: SparkSession) -> None:
    totals = totals_of(spark, *GIVEN)
    assert totals["year", "2024-01-01", "all"]["papers"] == 4


def test_the_last_period_is_incomplete_until_a_feed_shows_something_later(
    spark: SparkSession,
) -> None:
    totals = totals_of(spark, *GIVEN)
    assert totals["month", "2024-04-01", "all"]["is_complete"]
    assert not totals["month", "2024-05-01", "all"]["is_complete"]
    # Feed b has shown nothing since January: what it has of January is not all of it.
    assert not totals["month", "2024-01-01", "feed=b"]["is_complete"]


def test_slices_have_their_own_papers(spark: SparkSession) -> None:
    totals = totals_of(spark, *GIVEN)
    assert totals["year", "2024-01-01", "feed=a"]["papers"] == 4
    assert totals["year", "2024-01-01", "feed=b"]["papers"] == 1
    assert totals["year", "2024-01-01", "category=cs"]["papers"] == 1


def test_totals_do_not_depend_on_order(spark: SparkSession) -> None:
    assert totals_of(spark, *GIVEN) == totals_of(spark, *reversed(GIVEN))


def topics_of(spark: SparkSession, rows: list[tuple[str, str]]) -> dict[tuple[Any, ...], Row]:
    given = papers(spark, *GIVEN)
    totals = period_totals(given, SETTINGS, AS_OF)
    assigned = spark.createDataFrame(
        [(p, t, 0.9, True) for p, t in rows],
        "paper_id string, topic_id string, similarity double, fits boolean",
    )
    told = TOPIC_TRENDS.conform(topic_trends(given, assigned, totals, SETTINGS, AS_OF)).collect()
    return {(r["topic_id"], r["grain"], str(r["period"]), r["slice"]): r for r in told}


def test_shares_and_growth_are_those_computed_by_hand(spark: SparkSession) -> None:
    trends = topics_of(spark, [("1", "t"), ("3", "t"), ("4", "u")])
    january, march = (trends["t", "month", f"2024-0{m}-01", "all"] for m in (1, 3))
    assert (january["n"], january["papers"], january["share"]) == (1, 2, 0.5)
    assert january["growth"] is None
    assert march["share"] == 1.0
    assert march["growth"] == pytest.approx(math.log(1.0 / 0.5), abs=1e-9)
    assert march["growth_shrunk"] == pytest.approx(math.log((1 + 5) / (0.5 + 5)), abs=1e-9)


def test_a_topic_that_stops_has_rows_of_zero_and_falls(spark: SparkSession) -> None:
    trends = topics_of(spark, [("1", "t"), ("3", "t"), ("4", "u")])
    may = trends["t", "month", "2024-05-01", "all"]
    assert (may["n"], may["papers"], may["share"]) == (0, 1, 0.0)
    assert may["growth_shrunk"] < 0
    assert ("t", "day", "2024-05-02", "all") not in trends


def test_a_period_without_papers_has_no_share(spark: SparkSession) -> None:
    trends = topics_of(spark, [("1", "t")])
    february = trends["t", "month", "2024-02-01", "all"]
    assert (february["papers"], february["share"], february["share_low"]) == (0, None, None)


def test_terms_are_counted_where_they_stand_and_not_where_they_are_keyphrases(
    spark: SparkSession,
) -> None:
    given = papers(spark, *GIVEN)
    phrases = spark.createDataFrame([("1", "tidal flats", 1.0, 1)], KEYPHRASES.schema())
    totals = period_totals(given, SETTINGS, AS_OF)
    told = TERM_TRENDS.conform(term_trends(given, phrases, totals, SETTINGS, AS_OF))
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
    frame = spark.createDataFrame([(n, papers)], "n bigint, papers bigint")
    (row,) = frame.select(*(end.alias(str(i)) for i, end in
                            enumerate(wilson(F.col("n"), F.col("papers"))))).collect()  # fmt: skip
    assert (round(row["0"], 4), round(row["1"], 4)) == (low, high)
