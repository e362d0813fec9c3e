"""Papers: one row a paper, every field from the best of its records."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from jobs.evidence import SCHEMES
from jobs.params import PapersSettings

# Taken each by itself from the best record that has it.
_SINGLE = (
    "title", *SCHEMES, "venue", "volume", "number", "pages", "year", "categories", "keywords",
    "language", "url", "license", "work_type",
)  # fmt: skip
_SOURCED = (*_SINGLE, "abstract", "authors", "votes", "published_on")
DELETED = "deleted"
_PUBLISHED = ("published", "published month", "published year")


def papers(records: DataFrame, identity: DataFrame, settings: PapersSettings) -> DataFrame:
    """One row a paper of silver.papers.

    Of the records that one feed delivered under one id of its own the last counts, by the day
    shown, then by the file's last change; the others only count for votes and first days. A field
    comes from the first record that has it, in the order of `settings.feed_priority`, then of the
    day first shown, then of record_id; but of feeds trusted alike the longest abstract and list of
    authors, of all the most votes, and the most exact publication day, of those the earliest.
    `sources` names the record of each. A paper is withdrawn when any record says so, and deleted
    when every feed that had it has deleted it; a deletion alone is no paper.

    Args:
        records: silver.records. identity: silver.identity.
    """
    joined = (
        _with_deletions(records)
        .join(identity.select("record_id", "paper_id"), on="record_id", how="inner")
        .repartition("paper_id")
    )  # once, for the window and the groups
    joined = joined.withColumns(
        {
            "turn": F.struct(_priority(settings), "shown_on", "record_id"),
            "is_last": F.row_number().over(_last_first()) == 1,
        }
    )
    best = joined.groupBy("paper_id").agg(
        *(_best(name, _given(name), F.struct("turn")) for name in _SINGLE),
        _best("abstract", _given("abstract"), _fullest(F.length("abstract"))),
        _best("authors", F.size("authors") > 0, _fullest(F.size("authors"))),
        _best("votes", _given("votes"), F.struct(-F.col("votes"), "turn"), of_all=True),
        _best_published(),
        F.min("shown_on").alias("first_shown_on"),
        F.min("listed_on").alias("first_listed_on"),
        _union("other_ids"),
        _union("relations"),
        _withdrawn_as(),
        F.array_sort(F.collect_set("feed")).alias("feeds"),
        F.count(F.lit(1)).cast("int").alias("records"),
    )
    return _told(best)


def _with_deletions(records: DataFrame) -> DataFrame:
    """The records that tell of a work, each with whether its feed has deleted it since."""
    deletions = (
        records.where(F.col("withdrawn_as") == DELETED)
        .groupBy("feed", "native_id")
        .agg(F.max("shown_on").alias("deleted_on"))
    )
    is_deleted = F.coalesce(F.col("deleted_on") >= F.col("shown_on"), F.lit(False))
    return (
        records.where(~F.col("withdrawn_as").eqNullSafe(DELETED))
        .join(deletions, on=["feed", "native_id"], how="left")
        .withColumn("is_deleted", is_deleted)
    )


def _last_first() -> WindowSpec:
    """The records of a paper that one feed delivered under one id, the last one first."""
    own_id = F.coalesce("native_id", "record_id")
    return (
        Window.partitionBy("paper_id", "feed", own_id)
        .orderBy(F.desc("shown_on"), F.desc("modified_at"), "record_id")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )


def _priority(settings: PapersSettings) -> Column:
    """Place of the record's feed among the trusted ones; after all of them if it is not named."""
    place = F.lit(len(settings.feed_priority))
    for number, feed in reversed(list(enumerate(settings.feed_priority))):
        place = F.when(F.col("feed") == feed, number).otherwise(place)
    return place.alias("priority")


def _given(name: str) -> Column:
    if name in ("categories", "keywords"):
        return F.size(name) > 0
    return F.col(name).isNotNull()


def _union(name: str) -> Column:
    """All entries of a list, each once, in order."""
    return F.array_sort(F.array_distinct(F.flatten(F.collect_list(name)))).alias(name)


def _withdrawn_as() -> Column:
    """How a paper is withdrawn: as any record says; deleted only where no feed has it any more."""
    told = F.col("withdrawn_as")
    return (
        F.when(F.max(told == "retracted"), "retracted")
        .when(F.max(told == "withdrawn"), "withdrawn")
        .when(F.min("is_deleted"), DELETED)
        .alias("withdrawn_as")
    )


def _best(name: str, has: Column, order: Column, of_all: bool = False) -> Column:
    """The field of the first record, by `order`, that has it, with the record: (value, record)."""
    value = F.struct(F.col(name).alias("value"), F.col("record_id").alias("record"))
    counts = has if of_all else has & F.col("is_last")
    return F.min_by(value, F.when(counts, order)).alias(name)


def _fullest(size: Column) -> Column:
    """Order of records by the trust in their feed, then by the size of a field."""
    return F.struct("turn.priority", -size, "turn")


def _best_published() -> Column:
    exactness = F.lit(len(_PUBLISHED))
    for place, basis in enumerate(_PUBLISHED):
        exactness = F.when(F.col("date_basis") == basis, place).otherwise(exactness)
    value = F.struct(
        F.col("published_on").alias("value"), F.col("record_id").alias("record"), "date_basis"
    )
    has = F.col("published_on").isNotNull() & F.col("is_last")
    order = F.when(has, F.struct(exactness, "published_on", "turn"))
    return F.min_by(value, order).alias("published_on")


def _told(best: DataFrame) -> DataFrame:
    entries = F.filter(
        F.array(
            *(
                F.when(
                    F.col(name).isNotNull(),
                    F.struct(F.lit(name).alias("key"), F.col(f"{name}.record").alias("value")),
                )
                for name in sorted(_SOURCED)
            )
        ),
        F.isnotnull,
    )
    published, listed, shown = F.col("published_on.value"), "first_listed_on", "first_shown_on"
    return best.select(
        "paper_id",
        *(F.col(f"{name}.value").alias(name) for name in _SOURCED),
        shown,
        F.coalesce(published, listed, shown).alias("dated_on"),
        F.coalesce(
            F.col("published_on.date_basis"),
            F.when(F.col(listed).isNotNull(), "listed"),
            F.lit("shown"),
        ).alias("date_basis"),
        "other_ids",
        "relations",
        F.col("withdrawn_as").isNotNull().alias("is_withdrawn"),
        "withdrawn_as",
        "feeds",
        "records",
        F.map_from_entries(entries).alias("sources"),
    )
