"""Requirements of citation counts: which papers count, from when, and as of which day."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
from pyspark.sql import SparkSession

from jobs.citations.counts import citation_counts
from jobs.tables.gold import CITATION_COUNTS
from jobs.tables.silver import REFERENCES
from tests.jobs.records import frame
from tests.jobs.trends.test_trends import paper, papers

AS_OF = date(2024, 5, 31)
Pairs = list[tuple[str, str]]
Rows = list[tuple[Any, ...]]
"""paper_id, cited_by, cited_by_last_year, first_cited_on, last_cited_on."""


def counted(
    spark: SparkSession,
    cites: Pairs,
    given: list[dict[str, Any]],
    as_of: date = AS_OF,
    partitions: int = 1,
) -> Rows:
    rows = [
        {"paper_id": a, "position": n, "scheme": "doi", "id": f"10.1/{b}", "cited_paper_id": b}
        for n, (a, b) in enumerate(cites, 1)
    ]
    rows.append({"paper_id": "x", "position": 99, "scheme": "doi", "id": "10.1/gone"})
    told = frame(spark, REFERENCES, rows).repartition(partitions)
    found = citation_counts(told, papers(spark, *given), as_of)
    return sorted(tuple(row) for row in CITATION_COUNTS.conform(found).collect())


def test_papers_are_counted_with_their_days(spark: SparkSession) -> None:
    given = [
        paper("old", "2020-01-01"),
        paper("a", "2021-02-03"),
        paper("b", "2024-05-30"),
        paper("undated", "2024-05-01", date_basis="shown"),
        paper("withdrawn", "2024-05-01", is_withdrawn=True),
        paper("notice", "2024-05-01", notice="erratum"),
    ]
    cites = [(row["paper_id"], "old") for row in given[1:]] + [("undated", "a")]
    assert counted(spark, cites, given) == [
        ("a", 1, 0, None, None),
        ("old", 3, 1, date(2021, 2, 3), date(2024, 5, 30)),
    ]


def test_a_year_ends_with_the_day_of_the_run(spark: SparkSession) -> None:
    days = {"in": "2023-06-02", "out": "2023-06-01", "ahead": "2024-06-01", "last": "2024-05-31"}
    given = [paper("old", "2020-01-01")]
    given += [paper(name, day, first_shown_on=AS_OF) for name, day in days.items()]
    [(_, cited_by, last_year, first, last)] = counted(spark, [(n, "old") for n in days], given)
    assert (cited_by, last_year) == (4, 2)
    assert (first, last) == (date(2023, 6, 1), date(2024, 6, 1))


def test_what_was_shown_later_is_not_seen(spark: SparkSession) -> None:
    given = [
        paper("old", "2020-01-01"),
        paper("a", "2021-01-01"),
        paper("late", "2021-01-01", first_shown_on=AS_OF + timedelta(days=1)),
    ]
    cites = [("a", "old"), ("late", "old"), ("a", "late")]
    assert counted(spark, cites, given) == [("old", 1, 0, date(2021, 1, 1), date(2021, 1, 1))]
    after = counted(spark, cites, given, AS_OF + timedelta(days=1))
    assert [row[:2] for row in after] == [("late", 1), ("old", 2)]


def test_a_withdrawn_paper_is_still_cited(spark: SparkSession) -> None:
    given = [paper("gone", "2020-01-01", is_withdrawn=True), paper("a", "2021-01-01")]
    assert [row[:2] for row in counted(spark, [("a", "gone")], given)] == [("gone", 1)]


def test_without_references_nothing_is_cited(spark: SparkSession) -> None:
    assert counted(spark, [], [paper("a", "2021-01-01")]) == []


def test_counts_are_those_of_pandas_in_any_order_of_rows(spark: SparkSession) -> None:
    draw = random.Random(3)
    names = [f"p{number:02}" for number in range(40)]
    given = [
        paper(
            name,
            str(AS_OF - timedelta(days=draw.randrange(-20, 800))),
            is_withdrawn=draw.random() < 0.1,
            notice="comment" if draw.random() < 0.1 else None,
        )
        for name in names
    ]
    pairs = sorted({(draw.choice(names), draw.choice(names)) for _ in range(300)})
    pairs = [(a, b) for a, b in pairs if a != b]
    seen = pd.DataFrame(given)
    seen = seen[seen.first_shown_on <= AS_OF]
    citing = seen[~seen.is_withdrawn & seen.notice.isna()]
    both = pd.DataFrame(pairs, columns=["paper_id", "cited"]).merge(citing, on="paper_id")
    both = both[both.cited.isin(seen.paper_id)]
    both["is_last_year"] = [0 <= (AS_OF - day).days < 365 for day in both.dated_on]
    told = both.groupby("cited").agg(
        n=("paper_id", "nunique"), year=("is_last_year", "sum"),
        first=("dated_on", "min"), last=("dated_on", "max"),
    )  # fmt: skip
    expected = sorted(told.reset_index().itertuples(index=False, name=None))
    assert len(expected) > 20
    assert counted(spark, pairs, given) == expected
    draw.shuffle(pairs)
    assert counted(spark, pairs, given, partitions=4) == expected
