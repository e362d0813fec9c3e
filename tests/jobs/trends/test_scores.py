"""Requirements of scores: by hand, within their bounds, and of their day only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError
from pyspark.sql import DataFrame, Row, SparkSession

from jobs.params import ScoresSettings
from jobs.trends.scores import scores, votes_of
from tests.frames import frame_of

AS_OF = date(2024, 5, 31)
SETTINGS = ScoresSettings(window_days=10, half_life_days=7)


class Paper(NamedTuple):
    """A paper as the scores see it."""

    paper_id: str
    dated_on: date | None
    first_shown_on: date
    is_withdrawn: bool = False
    date_basis: str = "published"


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


class Given(NamedTuple):
    """What the scores read."""

    papers: list[Paper]
    votes: list[tuple[str, date, int]] = []
    near: list[tuple[str, str, float, bool]] = []
    terms: list[tuple[str, str]] = []
    tests: list[tuple[str, str, str, str, str, str | None, float]] = []
    citations: list[tuple[str, int]] = []


def scored(
    spark: SparkSession,
    given: Given,
    as_of: date = AS_OF,
    partitions: int = 2,
    settings: ScoresSettings = SETTINGS,
) -> Any:
    def frame(rows: list[Any], columns: str) -> DataFrame:
        return frame_of(spark, rows, columns).repartition(partitions)

    return scores(
        frame(given.papers, "paper_id string, dated_on date, first_shown_on date, "
                            "is_withdrawn boolean, date_basis string"),
        frame(given.votes, "paper_id string, shown_on date, votes bigint"),
        frame(given.citations, "paper_id string, cited_by_last_year bigint"),
        frame(given.near, "paper_id string, neighbor_id string, cosine double, is_earlier boolean"),
        frame(given.terms, "term string, paper_id string"),
        frame(given.tests, "kind string, entity string, grain string, slice string, class string, "
                           "strength string, change double"),
        settings,
        as_of,
    )  # fmt: skip


def by_paper(frame: DataFrame) -> dict[str, Row]:
    return {row["paper_id"]: row for row in frame.collect()}


LN2 = 0.6931471805599453
GIVEN = Given(
    papers=[
        Paper("a", AS_OF, AS_OF),
        Paper("b", ago(7), ago(7)),
        Paper("b2", ago(7), ago(7)),
        Paper("b3", ago(7), ago(7)),
        Paper("c", ago(14), ago(9)),
        Paper("old", ago(21), ago(21)),
        Paper("late", AS_OF, ago(-1)),
        Paper("gone", AS_OF, AS_OF, is_withdrawn=True),
    ],
    votes=[
        ("b", ago(7), 3), ("b", ago(2), 9), ("b2", ago(7), 5), ("b3", ago(7), 5),
        ("b2", ago(-2), 1000), ("old", ago(21), 99), ("late", ago(-1), 5000),
    ],
    near=[
        ("a", "b", 0.8, True), ("a", "c", 0.4, True), ("b", "a", 0.8, False),
        ("c", "old", 0.64, True), ("a", "late", 1.0, False), ("b", "gone", 1.0, True),
    ],
    terms=[("tide", "a"), ("ebb", "a"), ("salt", "a"), ("tide", "c"), ("marsh", "c")],
    tests=[
        ("term", "tide", "month", "all", "rising", "likely", LN2),
        ("term", "tide", "week", "all", "steady", None, 5.0),
        ("term", "ebb", "week", "all", "bursting", "established", 2 * LN2),
        ("term", "salt", "month", "all", "falling", "likely", -LN2),
        ("term", "marsh", "year", "all", "rising", "likely", LN2),
        ("topic", "ebb", "week", "all", "bursting", "likely", 9.0),
    ],
)  # fmt: skip


@pytest.fixture(scope="module")
def made(spark: SparkSession) -> dict[str, Row]:
    return by_paper(scored(spark, GIVEN))


def test_only_papers_of_the_window_known_by_the_day_are_scored(made: dict[str, Row]) -> None:
    assert set(made) == {"a", "b", "b2", "b3", "c"}
    assert {row["as_of"] for row in made.values()} == {AS_OF}


def test_votes_count_against_papers_of_the_same_age_and_fade(made: dict[str, Row]) -> None:
    # Seven days old: the standing of 9 among 5, 5, 9 is 1, halved once; 5 stands at 0.
    assert (made["b"]["votes"], made["b"]["votes_part"]) == (9, 0.5)
    assert (made["b2"]["votes"], made["b2"]["votes_part"]) == (5, 0.0)
    assert made["a"]["votes_part"] is None


def test_parts_by_hand(made: dict[str, Row]) -> None:
    # Ages of 0, 7, 14 and 21 days are worth 1, 1/2, 1/4 and 1/8. Terms: (1/2 + 3/4 + 0) / 3.
    assert made["a"]["recency_part"] == 1.0
    assert made["a"]["neighbors_part"] == 0.25
    assert made["a"]["terms_part"] == 0.416667
    assert made["c"]["neighbors_part"] == 0.08
    assert made["c"]["terms_part"] == 0.166667


def test_scores_by_hand_with_and_without_votes(made: dict[str, Row]) -> None:
    assert made["b"]["score"] == pytest.approx(0.5 * 0.5 + 0.3 * 0.5 + 0.1 * 0.8, abs=1e-6)
    # The half of the votes that are not there goes to neighbours and terms, a quarter to each.
    assert made["a"]["score"] == pytest.approx(0.3 + 0.35 * (0.25 + 0.416667), abs=1e-6)


CITED = GIVEN._replace(
    papers=[*GIVEN.papers, Paper("d", ago(365), ago(8))],
    citations=[("b", 1), ("b2", 3), ("d", 73), ("old", 50), ("gone", 9)],
)


def test_citations_count_by_their_rate_against_papers_of_the_same_age(spark: SparkSession) -> None:
    made = by_paper(scored(spark, CITED))
    # Shown a week and more ago are b, b2, b3, c and d: 1/7, 3/7, 0, 0 and 73/365 a day.
    parts = {name: row["citations_part"] for name, row in made.items()}
    assert parts == {"a": None, "b": 0.5, "b2": 1.0, "b3": 0.0, "c": 0.0, "d": 0.75}
    others = by_paper(scored(spark, CITED._replace(citations=[])))
    for name, part in parts.items():
        score = others[name]["score"]  # where none of its age is cited its citations tell nothing
        expected = score if part is None else 0.9 * score + 0.1 * part
        assert made[name]["score"] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    "citations", [[], [("old", 5)], [("b", 2), ("b2", 2), ("b3", 2), ("c", 4)]]
)
def test_where_citations_tell_nothing_apart_scores_are_those_of_the_other_parts(
    spark: SparkSession, made: dict[str, Row], citations: list[tuple[str, int]]
) -> None:
    most = ScoresSettings(window_days=10, half_life_days=7, citations_weight=0.9)
    given = GIVEN._replace(citations=citations)
    assert by_paper(scored(spark, given, settings=most)) == made
    assert {row["citations_part"] for row in made.values()} == {None}


def test_novelty_is_the_place_among_the_papers_of_the_month(spark: SparkSession) -> None:
    ids = [f"p{i:02}" for i in range(11)]
    papers = [Paper(p, ago(i % 9), ago(i % 9)) for i, p in enumerate(ids)]
    base = Paper("base", ago(60), ago(60))
    near = [(p, "base", 0.9 - i / 20, True) for i, p in enumerate(ids)]
    more = [("p00", q, c, True) for q, c in (("p08", 0.9), ("p07", 0.9), ("p06", 0.1))]
    made = by_paper(scored(spark, Given([*papers, base], near=near + more)))
    # Of p00 the three nearest count, and the fourth does not.
    assert made["p00"]["distance"] == pytest.approx(0.1)
    assert (made["p00"]["novelty"], made["p05"]["novelty"], made["p10"]["novelty"]) == (0, 0.5, 1)
    assert made["p10"]["distance"] == pytest.approx(0.6)


def test_rows_do_not_depend_on_order_partitions_or_what_comes_later(spark: SparkSession) -> None:
    ids = [f"p{i:02}" for i in range(40)]
    given = Given(
        papers=[Paper(p, ago(i % 13), ago(i % 10)) for i, p in enumerate(ids)],
        votes=[(p, ago(i % 10), i * i % 17) for i, p in enumerate(ids)],
        near=[(p, ids[(i * 7 + step) % 40], ((i * step) % 97) / 97, step % 2 == 0)
              for i, p in enumerate(ids) for step in range(1, 11)],
        terms=[(term, p) for i, p in enumerate(ids) for term in ("tide", "ebb")[: i % 3]],
        tests=GIVEN.tests,
        citations=[(p, i * i % 11) for i, p in enumerate(ids) if i % 3],
    )  # fmt: skip
    turned = Given._make(rows[::-1] for rows in given)
    one = by_paper(scored(spark, given, partitions=1))
    assert one == by_paper(scored(spark, turned, partitions=5))
    assert all(
        0 <= row[part] <= 1
        for row in one.values()
        for part in (
            "score",
            "votes_part",
            "citations_part",
            "recency_part",
            "neighbors_part",
            "terms_part",
        )
    )
    more = Given(
        papers=[*given.papers, Paper("z", ago(-3), ago(-3))],
        votes=[*given.votes, ("p01", ago(-3), 10**6), ("z", ago(-3), 5)],
        near=[*given.near, ("z", "p01", 0.9, True), ("p01", "z", 0.9, False)],
        terms=[*given.terms, ("tide", "z")],
        tests=given.tests,
        citations=[*given.citations, ("z", 99)],
    )
    assert one == by_paper(scored(spark, more))


def test_votes_are_those_of_the_records_of_a_paper(spark: SparkSession) -> None:
    records = frame_of(
        spark,
        [("r1", AS_OF, 3), ("r2", ago(1), None), ("r3", ago(2), 7)],
        "record_id string, shown_on date, votes bigint",
    )
    identity = frame_of(
        spark, [("r1", "p"), ("r2", "p"), ("r3", "q")], "record_id string, paper_id string"
    )
    found = {tuple(row) for row in votes_of(records, identity).collect()}
    assert found == {("p", AS_OF, 3), ("q", ago(2), 7)}


def test_weights_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"add up to 1\.2"):
        ScoresSettings(votes_weight=0.7)


def test_a_paper_that_no_feed_dates_is_not_fresh_nor_are_its_neighbors(spark: SparkSession) -> None:
    given = Given(
        papers=[
            Paper("undated", AS_OF, AS_OF, date_basis="shown"),
            Paper("dated", AS_OF, AS_OF),
        ],
        near=[("dated", "undated", 0.9, True), ("undated", "dated", 0.9, False)],
    )
    found = by_paper(scored(spark, given))
    assert (found["undated"]["recency_part"], found["dated"]["recency_part"]) == (0.0, 1.0)
    assert (found["undated"]["neighbors_part"], found["dated"]["neighbors_part"]) == (0.9, 0.0)
