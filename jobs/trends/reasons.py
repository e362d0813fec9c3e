"""Why something is called: its papers, how many groups of authors they are of, and the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.trends import periods
from jobs.trends.classes import UP
from jobs.trends.totals import IN_TEXT, known_papers
from jobs.trends.trend_tests import Tests, trend_tests

_ENTITY = ["kind", "entity"]
_FIRST = "first_paper string, first_on date"
_GROUPS = "grains array<struct<grain:string,groups:int>>"
_ALONE = 1  # group of authors: what one group alone writes of is a name of theirs, so far


def tests_with_reasons(
    topic_trends: DataFrame,
    term_trends: DataFrame,
    entity_trends: DataFrame,
    totals: DataFrame,
    papers: DataFrame,
    paper_topics: DataFrame,
    term_papers: DataFrame,
    entity_papers: DataFrame,
    settings: TrendsSettings,
    as_of: date,
) -> Tests:
    """What `trend_tests` finds, its tests with what `with_reasons` adds."""
    tested = trend_tests(topic_trends, term_trends, totals, settings, entity_trends)
    tests = with_reasons(
        tested.tests, papers, paper_topics, term_papers, totals, as_of, entity_papers
    )
    return tested._replace(tests=tests)


def with_reasons(
    tests: DataFrame,
    papers: DataFrame,
    paper_topics: DataFrame,
    term_papers: DataFrame,
    totals: DataFrame,
    as_of: date,
    entity_papers: DataFrame | None = None,
) -> DataFrame:
    """The rows of `trend_tests` with author_groups, first_title, first_on and why.

    Authors who stand on one paper are one group, and so are groups that share an author (by name).
    Groups are counted of the recent papers of what is called in the slice of all papers; what a
    single group has written is no more than `watch` there.

    Args:
        tests: by `trend_tests`. papers: silver.papers. paper_topics: gold.paper_topics.
        term_papers: gold.term_papers. totals: gold.period_totals.
        entity_papers: gold.entity_papers, if entities were tested.
    """
    calls = (
        tests.where("slice = 'all' and strength is not null")
        .withColumn("until", periods.end(F.col("grain"), F.col("to_period")))
        .groupBy(*_ENTITY)
        .agg(F.collect_list(F.struct("grain", "recent_from", "until")).alias("asked"))
        .withColumn("since", F.array_min("asked.recent_from"))
    )
    dated = known_papers(papers, as_of).where("date_basis <> 'shown'")
    named = F.filter("authors", lambda one: one["name"].isNotNull())  # not who was erased
    names = F.transform(named, lambda one: F.xxhash64(F.lower(F.trim(one["name"]))))
    # Those that the paper counts in: its date may be known to the year alone.
    grains = periods.starts(F.col("dated_on"), F.col("date_basis"))["grain"].alias("grains")
    rows = (
        _having(paper_topics, term_papers, entity_papers, totals)
        .join(dated.select("paper_id", "dated_on", grains, names.alias("names")), on="paper_id")
        .join(F.broadcast(calls), on=_ENTITY, how="left")  # a row an entity that is called
    )
    by_entity = rows.groupBy(*_ENTITY).agg(
        F.min(F.struct("dated_on", "paper_id")).alias("first"),
        F.first("asked", ignorenulls=True).alias("asked"),
        F.collect_list(
            F.when(F.col("dated_on") >= F.col("since"), F.struct("dated_on", "grains", "names"))
        ).alias("recent"),
    )
    first_papers = by_entity.select(
        *_ENTITY, F.col("first.paper_id").alias("first_paper"),
        F.col("first.dated_on").alias("first_on"), "asked", "recent",
    ).mapInArrow(_count_groups, f"kind string, entity string, {_FIRST}, {_GROUPS}")  # fmt: skip
    titles = papers.select(
        F.col("paper_id").alias("first_paper"), F.col("title").alias("first_title"), "date_basis"
    )
    reasons = first_papers.join(titles, on="first_paper", how="left")
    return _with_why(tests.join(reasons, on=_ENTITY, how="left"))


def _having(
    paper_topics: DataFrame,
    term_papers: DataFrame,
    entity_papers: DataFrame | None,
    totals: DataFrame,
) -> DataFrame:
    """Rows (kind, entity, paper_id): the papers that count, as in the slice of all papers."""
    in_text = totals.where("slice = 'all'").select("terms_in").distinct()
    said = term_papers.select(
        F.lit("term").alias("kind"), F.col("term").alias("entity"), "paper_id", "in_title"
    )
    if entity_papers is not None:
        used = entity_papers.where("role <> 'mentions'").select(
            F.lit("entity").alias("kind"),
            F.col("entity_id").alias("entity"),
            "paper_id",
            "in_title",
        )
        said = said.unionByName(used)
    counted = (
        said.crossJoin(F.broadcast(in_text))  # one row
        .where((F.col("terms_in") == IN_TEXT) | F.col("in_title"))
        .drop("terms_in", "in_title")
    )
    topics = paper_topics.where("fits").select(
        F.lit("topic").alias("kind"), F.col("topic_id").alias("entity"), "paper_id"
    )
    return counted.unionByName(topics)


def _count_groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Rows with the groups of authors of each grain in which an entity is called."""
    for batch in batches:
        grains = [
            [
                {"grain": one["grain"], "groups": groups(
                    paper["names"] for paper in recent
                    if one["grain"] in paper["grains"]
                    and one["recent_from"] <= paper["dated_on"] <= one["until"]
                )}
                for one in calls or ()
            ]
            for calls, recent in zip(
                batch["asked"].to_pylist(), batch["recent"].to_pylist(), strict=True
            )
        ]  # fmt: skip
        columns: dict[str, Any] = {
            name: batch[name] for name in (*_ENTITY, "first_paper", "first_on")
        }
        columns["grains"] = pa.array(
            grains, pa.list_(pa.struct([("grain", pa.string()), ("groups", pa.int32())]))
        )
        yield pa.RecordBatch.from_pydict(columns)


def groups(papers: Iterable[list[int] | None]) -> int:
    """Groups of authors who share no paper, directly or through others; papers by their authors."""
    above: dict[int, int] = {}

    def top(one: int) -> int:
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for names in filter(None, papers):
        for name in names:
            above.setdefault(name, name)
            above[top(name)] = top(names[0])
    return sum(one == over for one, over in above.items())


def _with_why(rows: DataFrame) -> DataFrame:
    """Rows with `why`, and with the strength that one group of authors alone can bear."""
    mine = F.filter("grains", lambda one: one["grain"] == F.col("grain"))
    is_all = F.col("slice") == "all"
    many = F.when(is_all, F.get(mine, F.lit(0))["groups"])
    known = F.col("author_groups") > 0
    of_authors = F.when(
        known,
        F.concat(
            F.format_number("author_groups", 0),
            F.when(F.col("author_groups") == 1, " group").otherwise(" groups"),
            F.lit(" of authors"),
        ),
    )
    day = (
        F.when(F.col("date_basis") == "published year", F.date_format("first_on", "yyyy"))
        .when(F.col("date_basis") == "published month", F.date_format("first_on", "MMMM yyyy"))
        .otherwise(F.date_format("first_on", "d MMMM yyyy"))
    )
    first = F.concat(F.lit("first: "), F.col("first_title"), F.lit(", "), day)
    alone = (F.col("author_groups") <= _ALONE) & F.col("class").isin(*UP)
    return (
        rows.withColumn("author_groups", many)
        .withColumn("why", F.concat_ws("; ", "counted", of_authors, first))
        .withColumn(
            "strength",
            F.when(alone & F.col("strength").isNotNull() & known, "watch").otherwise(
                F.col("strength")
            ),
        )
    )
