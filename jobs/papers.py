"""Papers: one row a paper, every field from the best of its records."""

from __future__ import annotations

import re
from typing import get_args

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

from jobs.identity.relations import notice
from jobs.identity.scoring import PREPRINT_DOIS, SCHEMES
from jobs.params import PaperField, PapersSettings

FIELDS: tuple[PaperField, ...] = get_args(PaperField)
_LISTS = ("authors", "categories", "keywords")
DELETED = "deleted"
_OF_PREPRINT = f"^({'|'.join(map(re.escape, PREPRINT_DOIS))})"
_PUBLISHED = ("published", "published month", "published year")
# Signs of an abstract that is not the text as its authors wrote it: signs that could not be
# decoded, markup, TeX commands, an end that was cut off.
_UNCLEAN = r"\uFFFD|</?[A-Za-z][^<>]*>|\\[A-Za-z]+\{|(?:\.\.\.|…)\s*$"


def papers(records: DataFrame, identity: DataFrame, settings: PapersSettings) -> DataFrame:
    """One row a paper of silver.papers.

    Of the records that one feed delivered under one id of its own the last counts, by the day
    shown, then by the file's last change; the others only count for votes, dates and first days. A
    field comes from the first record that has it, in the order of the feeds that the settings name
    for it, then of the day first shown, then of record_id. Of feeds trusted alike it is the longest
    abstract, a clean one before all others, the longest list of authors, the most votes; and of
    publication days the most trusted that names more than the year, the most exact, the earliest.
    `sources` names the record of each. No id is lost: those beside the one in its column are in
    `other_ids`. A paper is withdrawn when any record says so, and deleted when every feed that had
    it has deleted it; a deletion alone is no paper.

    Args:
        records: silver.records. identity: silver.identity.
    """
    joined = (
        _with_deletions(records)
        .join(identity.select("record_id", "paper_id"), on="record_id", how="inner")
        .repartition("paper_id")
    )  # once, for the window and the groups
    joined = joined.withColumn("is_last", F.row_number().over(last_first()) == 1)
    best = joined.groupBy("paper_id").agg(
        *(_best(name, _order(name, settings)) for name in FIELDS),
        *(_all_ids(scheme) for scheme in SCHEMES),
        F.min("shown_on").alias("first_shown_on"),
        F.min("listed_on").alias("first_listed_on"),
        F.max("arxiv_version").alias("arxiv_version"),
        _union("other_ids"),
        _union("dates"),
        _union("relations"),
        _withdrawn_as(),
        F.array_sort(F.collect_set("feed")).alias("feeds"),
        F.count(F.lit(1)).cast("int").alias("records"),
    )
    return _paper_columns(best)


def _with_deletions(records: DataFrame) -> DataFrame:
    """The records that describe a work, each with whether its feed has deleted it since."""
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


def last_first() -> WindowSpec:
    """The records of a paper that one feed delivered under one id, the last one first."""
    own_id = F.coalesce("native_id", "record_id")
    return (
        Window.partitionBy("paper_id", "feed", own_id)
        .orderBy(F.desc("shown_on"), F.desc("modified_at"), "record_id")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )


def _trust(name: PaperField, settings: PapersSettings) -> Column:
    """Place of the record's feed among those trusted with a field, from 1; others come after."""
    feeds = settings.field_priority.get(name, settings.feed_priority)
    ranking = F.array(*map(F.lit, feeds)).cast("array<string>")
    place = F.call_function("array_position", ranking, F.col("feed"))
    return F.when(place > 0, place).otherwise(len(feeds) + 1)


def _order(name: PaperField, settings: PapersSettings) -> Column:
    """Order of the records that may give a field, the best first; null for all others."""
    trust, turn = _trust(name, settings), F.struct("shown_on", "record_id")
    if name == "votes":  # of all records: a count that went down was counted otherwise
        return F.when(F.col(name).isNotNull(), F.struct(trust, -F.col(name), turn))
    has = F.size(name) > 0 if name in _LISTS else F.col(name).isNotNull()
    before = {
        "abstract": [F.col(name).rlike(_UNCLEAN), trust, -F.length(name)],
        "authors": [trust, -F.size(name)],
        "doi": [F.col(name).rlike(_OF_PREPRINT), trust],  # the publisher's DOI says more
        "published_on": [_exactness() >= len(_PUBLISHED) - 1, trust, _exactness(), F.col(name)],
    }.get(name, [trust])
    return F.when(has & F.col("is_last"), F.struct(*before, turn))


def _exactness() -> Column:
    """Place of the basis of a publication day, the most exact first; of none the last."""
    ranking, basis = F.array(*map(F.lit, _PUBLISHED)), F.coalesce("date_basis", F.lit(""))
    place = F.call_function("array_position", ranking, basis)
    return F.when(place > 0, place - 1).otherwise(len(_PUBLISHED))


def _best(name: PaperField, order: Column) -> Column:
    """The field of the first record by `order`, with that record.

    A day comes with its basis, the authors with their countries.
    """
    beside = {"published_on": [F.col("date_basis")], "authors": [_countries().alias("countries")]}
    value = F.struct(
        F.col(name).alias("value"), F.col("record_id").alias("record"), *beside.get(name, [])
    )
    return F.min_by(value, order).alias(name)


def _countries() -> Column:
    """The countries of a record's authors, each once, in order; null where it names none."""
    each = F.flatten(F.transform("authorships", lambda author: author["countries"]))
    return F.when(F.size(each) > 0, F.array_sort(F.array_distinct(each)))


def _all_ids(scheme: str) -> Column:
    """All ids of a scheme that records of the paper have, as scheme:id."""
    return F.collect_set(F.concat(F.lit(f"{_short(scheme)}:"), scheme)).alias(f"every_{scheme}")


def _short(scheme: str) -> str:
    return scheme.removesuffix("_id")


def _union(name: str) -> Column:
    """All entries of a list, each once, in order."""
    return F.array_sort(F.array_distinct(F.flatten(F.collect_list(name)))).alias(name)


def _withdrawn_as() -> Column:
    """How a paper is withdrawn: as any record says; deleted only where no feed has it any more."""
    reason = F.col("withdrawn_as")
    return (
        F.when(F.max(reason == "retracted"), "retracted")
        .when(F.max(reason == "withdrawn"), "withdrawn")
        .when(F.min("is_deleted"), DELETED)
        .alias("withdrawn_as")
    )


def _paper_columns(best: DataFrame) -> DataFrame:
    entries = F.filter(
        F.array(
            *(
                F.when(
                    F.col(name).isNotNull(),
                    F.struct(F.lit(name).alias("key"), F.col(f"{name}.record").alias("value")),
                )
                for name in sorted(FIELDS)
            )
        ),
        F.isnotnull,
    )
    column_ids = F.array(
        *(F.concat(F.lit(f"{_short(scheme)}:"), F.col(f"{scheme}.value")) for scheme in SCHEMES)
    )
    beside = F.array_except(F.concat("other_ids", *(f"every_{s}" for s in SCHEMES)), column_ids)
    published, listed, shown = F.col("published_on.value"), "first_listed_on", "first_shown_on"
    return best.select(
        "paper_id",
        *(F.col(f"{name}.value").alias(name) for name in FIELDS),
        shown,
        F.coalesce(published, listed, shown).alias("dated_on"),
        F.coalesce(
            F.col("published_on.date_basis"),
            F.when(F.col(listed).isNotNull(), "listed"),
            F.lit("shown"),
        ).alias("date_basis"),
        F.array_sort(beside).alias("other_ids"),
        "arxiv_version",
        "dates",
        "relations",
        notice(F.col("title.value"), F.col("work_type.value")).alias("notice"),
        F.col("authors.countries").alias("countries"),
        F.col("withdrawn_as").isNotNull().alias("is_withdrawn"),
        "withdrawn_as",
        "feeds",
        "records",
        F.map_from_entries(entries).alias("sources"),
    )
