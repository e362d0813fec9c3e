"""Requirements of scores: by hand, within their bounds, and of their day only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from pydantic import ValidationError
from pyspark.sql import DataFrame, SparkSession

from jobs.params import ScoresSettings
from jobs.scores import scores

AS_OF = date(2024, 5, 31)
SETTINGS = ScoresSettings(
    window_days=10,
    half_life_days=7,
    votes_weight=0.5,
    recency_weight=0.3,
    neighbors_weight=0.2,
)


class Paper(NamedTuple):
    """A paper as the scores see it."""

    paper_id: str
    dated_on: date | None
    first_shown_on: date
    votes: int | None = None
    is_withdrawn: bool = False


class Neighbor(NamedTuple):
    """A row of gold.neighbors without the rank."""

    paper_id: str
    neighbor_id: str
    cosine: float
    is_earlier: bool


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def scored(
    spark: SparkSession, papers: list[Paper], near: list[Neighbor], partitions: int = 2
) -> DataFrame:
    given = spark.createDataFrame(
        papers,
        "paper_id string, dated_on date, first_shown_on date, votes bigint, is_withdrawn boolean",
    )
    pairs = spark.createDataFrame(
        near, "paper_id string, neighbor_id string, cosine double, is_earlier boolean"
    )
    return scores(given.repartition(partitions), pairs.repartition(partitions), SETTINGS, AS_OF)


def by_paper(frame: DataFrame) -> dict[str, tuple[float | None, ...]]:
    return {r["paper_id"]: tuple(r)[2:] for r in frame.collect()}


PAPERS = [
    Paper("a", AS_OF, AS_OF, votes=99),
    Paper("b", ago(7), ago(7), votes=9),
    Paper("c", ago(14), ago(9)),
    Paper("old", ago(21), ago(21), votes=1000),
]
NEAR = [
    Neighbor("a", "b", 0.8, True),
    Neighbor("a", "c", 0.4, True),
    Neighbor("b", "a", 0.8, False),
    Neighbor("c", "old", 0.64, True),
]


def test_scores_by_hand(spark: SparkSession) -> None:
    made = by_paper(scored(spark, PAPERS, NEAR))
    # ln(1 + 99) is the most of the window, ln(1 + 9) half of it. Ages of 0, 7, 14 and 21 days are
    # worth 1, 1/2, 1/4 and 1/8. Neighbours: (.8/2 + .4/4) / 2; .8; .64/8.
    assert made == {
        "a": (0.85, 1.0, 1.0, 0.25, 0.2),
        "b": (0.56, 0.5, 0.5, 0.8, None),
        "c": (0.091, 0.0, 0.25, 0.08, 0.36),
    }


def test_one_row_a_paper_of_the_window_with_its_day(spark: SparkSession) -> None:
    edge = [Paper("in", ago(9), ago(9)), Paper("out", ago(10), ago(10))]
    made = scored(spark, edge, []).collect()
    assert [(r["paper_id"], r["as_of"]) for r in made] == [("in", AS_OF)]


def test_papers_shown_later_or_withdrawn_count_nowhere(spark: SparkSession) -> None:
    more = [
        Paper("later", AS_OF, ago(-1), votes=10**6),
        Paper("gone", AS_OF, AS_OF, votes=10**6, is_withdrawn=True),
    ]
    near = [Neighbor("a", "later", 1.0, True), Neighbor("b", "gone", 1.0, True)]
    assert by_paper(scored(spark, PAPERS + more, NEAR + near)) == by_paper(
        scored(spark, PAPERS, NEAR)
    )


def test_without_votes_dates_or_neighbours_the_day_shown_decides(spark: SparkSession) -> None:
    made = by_paper(scored(spark, [Paper("x", None, ago(7)), Paper("y", None, AS_OF)], []))
    assert made == {"x": (0.15, 0.0, 0.5, 0.0, None), "y": (0.3, 0.0, 1.0, 0.0, None)}


def test_parts_stay_within_bounds(spark: SparkSession) -> None:
    odd = [
        Paper("future", ago(-30), AS_OF, votes=-5),
        Paper("twin", AS_OF, AS_OF, votes=3),
        Paper("ancient", date(1837, 1, 1), AS_OF, votes=0),
    ]
    near = [
        Neighbor("future", "twin", 1.0, True),
        Neighbor("twin", "future", 1.0, False),
        Neighbor("ancient", "twin", -0.3, True),
    ]
    made = by_paper(scored(spark, odd, near))
    assert all(0 <= part <= 1 for parts in made.values() for part in parts if part is not None)
    assert made["future"] == (0.5, 0.0, 1.0, 1.0, 0.0)
    assert made["ancient"] == (0.0, 0.0, 0.0, 0.0, 1.0)


def test_rows_do_not_depend_on_order_or_partitions(spark: SparkSession) -> None:
    ids = [f"p{i:02}" for i in range(40)]
    papers = [Paper(p, ago(i % 13), ago(i % 10), votes=i * i % 17) for i, p in enumerate(ids)]
    near = [
        Neighbor(p, ids[(i * 7 + step) % 40], ((i * step) % 97) / 97, step % 2 == 0)
        for i, p in enumerate(ids)
        for step in range(1, 11)
    ]
    one = by_paper(scored(spark, papers, near, partitions=1))
    other = by_paper(scored(spark, papers[::-1], near[::-1], partitions=7))
    assert one == other


def test_weights_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"add up to 1\.2"):
        ScoresSettings(votes_weight=0.7)
