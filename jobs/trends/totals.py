"""The denominators of every trend: papers of each period and slice, and what was delivered."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from jobs.params import TrendsSettings
from jobs.trends import periods
from jobs.trends.coverage import Delivery, delivery, differs, last_covered, partial_periods

KEYS = ["grain", "period", "slice"]
_GROUP = "group"
IN_TITLE, IN_TEXT = "title", "title and abstract"
# Part of an affiliation that names the institution rather than a department or a town.
_INSTITUTION = (
    r"(?i)\b(univ|institut|college|academ|polytech|école|ecole|eth\b|epfl|mit\b|"
    r"laborator|labs?\b|research|hospital|corp|inc\b|gmbh|ltd)"
)
_FIRST = r"(?i)\b(univ|polytech|college)"


def period_totals(papers: DataFrame, settings: TrendsSettings, as_of: date) -> DataFrame:
    """Papers of every period and slice: rows of gold.period_totals.

    Counted are the papers that had been shown by `as_of`, are dated by then and not withdrawn.
    Those that no feed dates (`date_basis` shown) are counted apart, in no period (`undated`).
    Slices are all papers, and of each kind (feed, category, venue, language, country, institution)
    those with the most papers, at most `settings.max_slices`; and each group of authors that a
    person has named. A paper counts whole in each of its slices. Every period from the first paper
    of a slice to the newest of the grain has a row, also without papers, but at most
    `settings.max_periods` of a grain, counted back from the newest.

    A period is complete when papers of feeds that delivered it in part (`partial_periods`) are
    under a tenth of it. Where the share of papers with an abstract is more than
    `settings.coverage_change` off in any period of a slice, its terms are counted in titles alone,
    which all papers have (`terms_in`): counted in abstracts they would grow with these.

    Args:
        papers: silver.papers, with `groups` where there are any (`jobs.trends.author_groups`).
    """
    known = known_papers(papers, as_of)
    deliveries = delivery(known)
    # By feeds and abstract, which is all that is asked of the papers below.
    mix = (
        place_papers(known, _largest_slices(known, settings), "feeds", "has_abstract")
        .groupBy(*KEYS, "feeds", "has_abstract")
        .agg(F.count(F.lit(1)).alias("papers"))
        .persist()
    )
    last = deliveries.bounds.select("feed", "last", "last_of_years")
    dense = _fill_periods(_count_papers(mix, deliveries), last, settings)
    undated = (
        known.where("date_basis = 'shown'")
        .select(F.explode(_slices(known)).alias("slice"))
        .groupBy("slice")
        .agg(F.count(F.lit(1)).alias("undated"))
    )
    rows = dense.join(_feeds_of(mix, last, settings), on=KEYS, how="left").join(
        undated, on="slice", how="left"
    )
    return _flag_coverage(rows, settings)


def _count_papers(mix: DataFrame, deliveries: Delivery) -> DataFrame:
    """Rows KEYS, papers, papers_with_abstract, papers_in_part (all their feeds cut the period)."""
    partly = (
        partial_periods(deliveries, mix.select("grain", "period").distinct())
        .groupBy("grain", "period")
        .agg(F.collect_set("feed").alias("partly"))
    )
    is_part = F.size(F.array_except("feeds", F.coalesce("partly", F.array()))) == 0
    return (
        mix.join(F.broadcast(partly), on=["grain", "period"], how="left")  # a row a period
        .groupBy(*KEYS)
        .agg(
            F.sum("papers").alias("papers"),
            F.sum(F.when(F.col("has_abstract"), F.col("papers"))).alias("papers_with_abstract"),
            F.sum(F.when(is_part, F.col("papers"))).alias("papers_in_part"),
        )
    )


def known_papers(papers: DataFrame, as_of: date) -> DataFrame:
    """The papers that count: shown and dated by `as_of`, not withdrawn."""
    day = F.lit(as_of)
    return papers.where(
        (F.col("first_shown_on") <= day) & (F.col("dated_on") <= day) & ~F.col("is_withdrawn")
    ).withColumn("has_abstract", F.col("abstract").isNotNull())


def place_papers(known: DataFrame, slices: DataFrame, *columns: str) -> DataFrame:
    """A row for every paper, slice and period that it counts in: paper_id, KEYS and `columns`.

    Args:
        slices: rows (slice), those that are counted; a bounded number.
    """
    return (
        known.select(
            "paper_id",
            *columns,
            periods.starts(F.col("dated_on"), F.col("date_basis")).alias("starts"),
            F.explode(_slices(known)).alias("slice"),
        )
        .join(F.broadcast(slices), on="slice", how="left_semi")
        .select("paper_id", *columns, "slice", F.explode("starts").alias("start"))
        .select("paper_id", *columns, "slice", "start.*")
    )


def kind_of(name: Column) -> Column:
    """The kind of a slice: what stands before its `=`."""
    return F.substring_index(name, "=", 1)


def institution(affiliation: Column) -> Column:
    """The part of an affiliation that names an institution, else its first part."""
    parts = F.transform(F.split(affiliation, r"[,;]"), F.trim)
    best = F.filter(parts, lambda part: part.rlike(_FIRST))
    good = F.filter(parts, lambda part: part.rlike(_INSTITUTION))
    return F.coalesce(F.get(best, F.lit(0)), F.get(good, F.lit(0)), F.get(parts, F.lit(0)))


def _slices(papers: DataFrame) -> Column:
    """The slices of a paper, before the rare ones are left out."""

    def of(kind: str, values: Column) -> Column:
        nonempty = F.filter(values, lambda value: F.length(value) > 0)
        labels = F.transform(nonempty, lambda value: F.concat(F.lit(f"{kind}="), value))
        return F.coalesce(F.array_distinct(labels), F.array().cast("array<string>"))

    return F.concat(
        F.array(F.lit("all")),
        of("feed", F.col("feeds")),
        of("category", F.col("categories")),
        of("venue", F.array("venue")),
        of("language", F.array("language")),
        of("country", F.col("countries")),
        of("institution", F.transform("authors", lambda one: institution(one["affiliation"]))),
        *([of(_GROUP, F.col("groups"))] if "groups" in papers.columns else []),
    )


def _largest_slices(known: DataFrame, settings: TrendsSettings) -> DataFrame:
    """The slices with the most papers of each kind, and all groups of authors: rows (slice)."""
    most_first = (
        Window.partitionBy(kind_of(F.col("slice")))
        .orderBy(F.desc("papers"), "slice")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    return (
        known.select(F.explode(_slices(known)).alias("slice"))
        .groupBy("slice")
        .agg(F.count(F.lit(1)).alias("papers"))
        .withColumn("place", F.row_number().over(most_first))
        .where(
            (F.col("place") <= settings.max_slices)
            | (F.col("slice") == "all")
            | (kind_of(F.col("slice")) == _GROUP)  # each was asked for
        )
        .select("slice")
    )


def _fill_periods(counts: DataFrame, last: DataFrame, settings: TrendsSettings) -> DataFrame:
    """`counts` with its empty periods, ends and completeness."""
    grain, period = F.col("grain"), F.col("period")
    of_grain = Window.partitionBy("grain").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    spans = (
        counts.groupBy("grain", "slice")
        .agg(F.min("period").alias("first"), F.max("period").alias("latest"))
        .withColumn("newest", F.max("latest").over(of_grain))
        .withColumn("earliest", periods.shift(grain, F.col("newest"), 1 - settings.max_periods))
        .withColumn("first", F.greatest("first", "earliest"))
    )
    steps = periods.number(grain, F.col("newest")) - periods.number(grain, F.col("first"))
    dense = spans.select(
        "grain", "slice", "first", F.explode(F.sequence(F.lit(0), steps.cast("int"))).alias("step")
    ).select("grain", "slice", periods.shift(grain, F.col("first"), F.col("step")).alias("period"))
    of_slice = last.select(F.concat(F.lit("feed="), "feed").alias("slice"), *last.columns[1:])
    whole = last.agg(F.max("last").alias("last_of_all"), F.max("last_of_years").alias("all_years"))
    covered = F.coalesce(last_covered(), last_covered("last_of_all", "all_years"))
    end = periods.end(grain, period)
    papers, in_part = F.coalesce("papers", F.lit(0)), F.coalesce("papers_in_part", F.lit(0))
    return (
        dense.join(counts, on=KEYS, how="left")
        .join(F.broadcast(of_slice), on="slice", how="left")  # a row a feed
        .crossJoin(F.broadcast(whole))  # one row
        .select(
            *KEYS,
            end.alias("period_end"),
            papers.alias("papers"),
            F.coalesce("papers_with_abstract", F.lit(0)).alias("papers_with_abstract"),
            ((end <= covered) & (in_part <= (1 - settings.delivered_share) * papers)).alias(
                "is_complete"
            ),
        )
    )


def _feeds_of(mix: DataFrame, last: DataFrame, settings: TrendsSettings) -> DataFrame:
    """What the feeds of each slice do: rows KEYS, feeds_started, feeds_stopped, feeds_differ."""
    counts = (
        mix.select(*KEYS, "papers", F.explode("feeds").alias("feed"))
        .groupBy(*KEYS, "feed")
        .agg(F.sum("papers").alias("count"))
    )
    whole = Window.unboundedPreceding, Window.unboundedFollowing
    of_slice = Window.partitionBy("grain", "slice").rowsBetween(*whole)
    of_feed = Window.partitionBy("grain", "slice", "feed").rowsBetween(*whole)
    of_period = Window.partitionBy(*KEYS).rowsBetween(*whole)
    period = F.col("period")
    starts = (F.min(period).over(of_feed) == period) & (F.min(period).over(of_slice) < period)
    stops = (
        (F.max(period).over(of_feed) == period)
        & (F.max(period).over(of_slice) > period)
        & (last_covered() <= periods.end(F.col("grain"), period))
    )
    feed_counts = (
        counts.join(F.broadcast(last), on="feed", how="left")  # a row a feed
        .withColumn("starts", starts)
        .withColumn("stops", stops)
        .withColumn("overall", F.sum("count").over(of_feed) / F.sum("count").over(of_slice))
        .withColumn("of_period", F.sum("count").over(of_period))
    )
    differing = differs(
        F.col("count"), F.col("of_period"), F.col("overall"), settings.coverage_change
    )
    names = {"feeds_started": F.col("starts"), "feeds_stopped": F.col("stops")}
    return feed_counts.groupBy(*KEYS).agg(
        *(
            F.array_sort(F.collect_set(F.when(condition, F.col("feed")))).alias(name)
            for name, condition in names.items()
        ),
        # In the slice of a feed the others are companions, not a change of what is delivered.
        (F.max(differing) & (kind_of(F.col("slice")) != "feed")).alias("feeds_differ"),
    )


def _flag_coverage(dense: DataFrame, settings: TrendsSettings) -> DataFrame:
    """Rows with the changes of coverage, and where terms are counted."""
    whole = Window.unboundedPreceding, Window.unboundedFollowing
    of_grain = Window.partitionBy("grain", "slice").rowsBetween(*whole)
    of_slice = Window.partitionBy("slice").rowsBetween(*whole)
    overall = F.sum("papers_with_abstract").over(of_grain) / F.sum("papers").over(of_grain)
    differing = differs(
        F.col("papers_with_abstract"), F.col("papers"), F.col("overall"), settings.coverage_change
    )
    empty = F.array().cast("array<string>")
    return (
        dense.withColumn("overall", overall)
        .withColumn("abstracts_differ", differing)
        .select(
            *KEYS,
            "period_end",
            "papers",
            "papers_with_abstract",
            F.coalesce("undated", F.lit(0)).alias("undated"),
            "is_complete",
            "abstracts_differ",
            F.coalesce("feeds_differ", F.lit(False)).alias("feeds_differ"),
            F.coalesce("feeds_started", empty).alias("feeds_started"),
            F.coalesce("feeds_stopped", empty).alias("feeds_stopped"),
            F.when(F.max("abstracts_differ").over(of_slice), F.lit(IN_TITLE))
            .otherwise(F.lit(IN_TEXT))
            .alias("terms_in"),
        )
    )
