"""Requirements of the denominators: counted by hand, and by feeds with planted faults."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.tables.gold import PERIOD_TOTALS
from jobs.trends.totals import institution, period_totals
from tests.frames import frame_of
from tests.jobs.trends.test_trends import AS_OF, GIVEN, paper, papers

Totals = dict[tuple[str, str, str], Row]
SETTINGS = TrendsSettings()
END = date(2024, 6, 16)


def totals_of(spark: SparkSession, *rows: dict[str, Any], as_of: date = AS_OF) -> Totals:
    told = PERIOD_TOTALS.conform(period_totals(papers(spark, *rows), SETTINGS, as_of)).collect()
    return {(row["grain"], str(row["period"]), row["slice"]): row for row in told}


@pytest.fixture(scope="module")
def few(spark: SparkSession) -> Totals:
    return totals_of(spark, *GIVEN)


def test_months_are_counted_with_empty_ones_between(few: Totals) -> None:
    months = {period: row for (grain, period, s), row in few.items()
              if (grain, s) == ("month", "all")}  # fmt: skip
    assert {period: row["papers"] for period, row in months.items()} == {
        "2024-01-01": 2, "2024-02-01": 0, "2024-03-01": 1, "2024-04-01": 0, "2024-05-01": 1,
    }  # fmt: skip
    assert months["2024-03-01"]["papers_with_abstract"] == 0
    assert months["2024-01-01"]["period_end"] == date(2024, 1, 31)


def test_withdrawn_and_later_papers_count_nowhere(few: Totals) -> None:
    assert few["year", "2024-01-01", "all"]["papers"] == 4


def test_the_last_period_is_incomplete_until_a_feed_shows_something_later(few: Totals) -> None:
    assert few["month", "2024-04-01", "all"]["is_complete"]
    assert not few["month", "2024-05-01", "all"]["is_complete"]
    # Feed b has shown nothing since January: what it has of January is not all of it.
    assert not few["month", "2024-01-01", "feed=b"]["is_complete"]


def test_years_of_a_feed_that_gives_years_do_not_end_with_the_month_that_it_names_once(
    spark: SparkSession,
) -> None:
    shown = {"first_shown_on": END}
    rows = [
        paper(f"{year}-{n}", f"{year}-01-01", date_basis="published year", **shown)
        for year in range(2010, 2024)
        for n in range(2)
    ]
    month = paper("m", "2012-05-01", date_basis="published month", **shown)
    told = totals_of(spark, *rows, month, as_of=END)
    complete = {period for (grain, period, s), row in told.items()
                if (grain, s) == ("year", "all") and row["is_complete"]}  # fmt: skip
    assert complete == {f"{year}-01-01" for year in range(2010, 2024)}
    assert told["year", "2023-01-01", "feed=a"]["is_complete"]
    # A year that a feed of exact days names once does not go on beyond the days.
    days = [paper(f"d{n}", f"2023-05-{n:02}", **shown) for n in range(1, 29)]
    told = totals_of(spark, *days, *rows[-1:], as_of=END)
    assert not told["year", "2023-01-01", "all"]["is_complete"]


def test_slices_have_their_own_papers(few: Totals) -> None:
    assert few["year", "2024-01-01", "feed=a"]["papers"] == 4
    assert few["year", "2024-01-01", "feed=b"]["papers"] == 1
    assert few["year", "2024-01-01", "category=cs"]["papers"] == 1
    assert few["year", "2024-01-01", "institution=Tidal University"]["papers"] == 1
    assert few["year", "2024-01-01", "country=DK"]["papers"] == 1
    assert few["year", "2024-01-01", "country=NO"]["papers"] == 1


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(n) for n in range((last - first).days + 1)]


def daily(feed: str, first: date, last: date, a_day: int = 2, **fields: Any) -> list[Any]:
    return [
        paper(f"{feed}-{day}-{n}", str(day), feeds=[feed], **fields)
        for day in days(first, last)
        for n in range(a_day)
    ]


@pytest.fixture(scope="module")
def planted(spark: SparkSession) -> Totals:
    """From October to mid-June: one feed without fault, and one for each fault."""
    first = date(2023, 10, 2)
    rows = [
        *daily("whole", first, END),
        # Delivered again after half a month without anything.
        *daily("hole", first, date(2024, 3, 8)),
        *daily("hole", date(2024, 3, 26), END),
        *daily("stops", first, date(2024, 4, 10)),
        *daily("starts", date(2024, 4, 20), END, a_day=6),
        *daily("abstracts", first, date(2024, 2, 29)),
        *daily("abstracts", date(2024, 3, 1), END, abstract=None),
    ]
    # A daily feed shows its papers three days late.
    late = [
        {**row, "paper_id": f"late-{row['paper_id']}", "feeds": ["late"],
         "first_shown_on": row["dated_on"] + timedelta(3)}
        for row in daily("l", first, date(2024, 5, 30))
    ]  # fmt: skip
    return totals_of(spark, *rows, *late, as_of=END)


def incomplete(totals: Totals, slice_: str, grain: str = "month") -> list[str]:
    return sorted(
        period[:7]
        for (its_grain, period, name), row in totals.items()
        if (its_grain, name) == (grain, slice_) and row["papers"] and not row["is_complete"]
    )


def test_a_month_that_is_not_over_is_not_complete(planted: Totals) -> None:
    assert incomplete(planted, "feed=whole") == ["2024-06"]


def test_a_half_delivered_month_is_not_complete_though_the_calendar_says_so(
    planted: Totals,
) -> None:
    assert incomplete(planted, "feed=hole") == ["2024-03", "2024-06"]


def test_the_months_in_which_a_feed_starts_or_stops_are_not_complete(planted: Totals) -> None:
    assert incomplete(planted, "feed=stops") == ["2024-04"]
    assert incomplete(planted, "feed=starts") == ["2024-04", "2024-06"]


def test_a_month_waits_for_papers_that_are_usually_late(planted: Totals) -> None:
    # It shows papers until June 2, but those of May 31 would come on June 3.
    assert incomplete(planted, "feed=late") == ["2024-05"]


def test_a_month_of_several_feeds_is_complete_when_nearly_all_of_it_is(planted: Totals) -> None:
    assert {"2024-03", "2024-04", "2024-06"} <= set(incomplete(planted, "all"))


def test_a_step_in_the_share_of_abstracts_is_flagged_and_terms_counted_in_titles(
    planted: Totals,
) -> None:
    assert planted["month", "2024-05-01", "feed=abstracts"]["abstracts_differ"]
    assert planted["month", "2024-05-01", "feed=abstracts"]["terms_in"] == "title"
    assert planted["month", "2023-11-01", "feed=abstracts"]["terms_in"] == "title"
    assert planted["month", "2024-05-01", "feed=whole"]["terms_in"] == "title and abstract"


def test_feeds_that_start_or_stop_are_named(planted: Totals) -> None:
    april = planted["month", "2024-04-01", "all"]
    assert (april["feeds_started"], april["feeds_stopped"]) == (["starts"], ["stops"])
    assert planted["month", "2024-05-01", "all"]["feeds_differ"]
    assert not planted["month", "2024-05-01", "feed=starts"]["feeds_differ"]


@pytest.mark.parametrize(
    ("affiliation", "name"),
    [
        ("Department of Tides, University of Ebb, Flood", "University of Ebb"),
        ("Institute for Waves; Ebb", "Institute for Waves"),
        ("Ebb & Sons", "Ebb & Sons"),
    ],
)
def test_an_affiliation_is_cut_to_its_institution(
    spark: SparkSession, affiliation: str, name: str
) -> None:
    frame = frame_of(spark, [(affiliation,)], "affiliation string")
    (row,) = frame.select(institution(F.col("affiliation")).alias("name")).collect()
    assert row["name"] == name
