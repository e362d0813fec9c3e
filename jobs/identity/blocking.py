"""Candidates: pairs of records that meet in a block, and blocks too large to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from jobs.identity.features import BAND, CONTENT, KINDS, may_be_one
from jobs.params import IdentitySettings


@dataclass(frozen=True)
class Blocks:
    """Where the new records of a run meet.

    Attributes:
        signatures: rows of silver.signatures of the new records.
        hot: rows of silver.hot_blocks that are new or have grown.
        repeats: pairs (a, b) of a new record and one that says the same.
        members: rows (block, record_id, likeness, is_new) of the blocks that are compared.
        cooled: the same of the blocks that were compared before, and are hot from now on.
    """

    signatures: DataFrame
    hot: DataFrame
    repeats: DataFrame
    members: DataFrame
    cooled: DataFrame


def fresh_blocks(
    sketches: DataFrame,
    records: DataFrame,
    known: DataFrame,
    hot: DataFrame,
    is_small: bool,
    settings: IdentitySettings,
) -> Blocks:
    """Put new records into blocks, beside those that are there.

    Of records that say the same, one stands in the blocks and the others are paired with it, so
    that a paper delivered every day for years costs a pair a day. A block of more than
    `settings.block_records` others is hot: it is set aside for good and told in silver.hot_blocks.

    Args:
        sketches: the new records (jobs/identity/features.py). records: silver.records.
        known: silver.signatures. hot: silver.hot_blocks.
        is_small: whether the new records are few, so that every executor can hold their blocks.
    """
    lead = _leads(sketches, known, is_small).localCheckpoint()
    alone = sketches.join(lead.where("record_id <> lead"), on="record_id", how="left_anti")
    kinds = F.array(*map(F.lit, KINDS))
    zipped = alone.select(
        "record_id", "likeness", F.explode(F.arrays_zip("blocks", "kinds")).alias("of")
    )
    is_band = F.col("of.kinds") == KINDS.index(BAND)
    own = zipped.select(
        "record_id",
        F.col("of.blocks").alias("block"),
        F.col("of.kinds").alias("kind"),
        F.when(is_band, F.col("likeness")).alias("likeness"),
    )
    with_kinds = own.withColumn("kind", F.element_at(kinds, F.col("kind") + 1))
    contents = sketches.select("record_id", F.col("content").alias("block"))
    contents = contents.withColumn("kind", F.lit(CONTENT))
    signatures = with_kinds.unionByName(contents, allowMissingColumns=True)
    cool = own.join(F.broadcast(hot.select("block")), on="block", how="left_anti")
    touched = cool.select("block").distinct()
    there = known.where(F.col("kind") != CONTENT).join(
        F.broadcast(touched) if is_small else touched, on="block", how="left_semi"
    )
    there = there.select("block", "record_id", "likeness", F.lit(False).alias("is_new"))
    there = there.localCheckpoint()  # counted, and then compared
    mine = cool.select("block", "record_id", "likeness", F.lit(True).alias("is_new"))
    every = mine.unionByName(there)
    sizes = every.groupBy("block").agg(F.count(F.lit(1)).alias("records")).where("records > 1")
    sizes = sizes.localCheckpoint()
    large = sizes.where(F.col("records") > settings.block_records)
    if large.isEmpty():  # as on most days; then what follows of it is not planned
        large = large.where("false")
    compared = sizes.where(F.col("records") <= settings.block_records).select("block")
    return Blocks(
        signatures,
        _hot(every, large, with_kinds, records, hot),
        lead.where("record_id <> lead").select(
            F.least("record_id", "lead").alias("a"), F.greatest("record_id", "lead").alias("b")
        ),
        every.join(compared, on="block", how="left_semi"),
        there.join(F.broadcast(large.select("block")), on="block", how="left_semi"),
    )


def _leads(sketches: DataFrame, known: DataFrame, is_small: bool) -> DataFrame:
    """Of each new record the one that stands for all that say the same: (record_id, lead)."""
    contents = sketches.select("record_id", F.col("content").alias("block"))
    whole = Window.partitionBy("block").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    least = contents.withColumn("least", F.min("record_id").over(whole))
    new = contents.select("block").distinct()
    before = (
        known.where(F.col("kind") == CONTENT)
        .join(F.broadcast(new) if is_small else new, on="block", how="left_semi")
        .groupBy("block")
        .agg(F.min("record_id").alias("before"))
    )
    return least.join(before, on="block", how="left").select(
        "record_id", F.coalesce("before", "least").alias("lead")
    )


def _hot(
    every: DataFrame, large: DataFrame, with_kinds: DataFrame, records: DataFrame, hot: DataFrame
) -> DataFrame:
    """Rows of silver.hot_blocks: blocks that have grown too large, and those that grew since."""
    examples = every.join(F.broadcast(large), on="block", how="inner")
    examples = examples.groupBy("block", "records").agg(F.min("record_id").alias("example"))
    members = with_kinds.join(F.broadcast(large.select("block")), on="block", how="left_semi")
    kinds = members.groupBy("block").agg(F.min("kind").alias("kind"))
    new = examples.join(kinds, on="block", how="inner")
    titles = records.select(F.col("record_id").alias("example"), "title")
    new = titles.join(F.broadcast(new), on="example", how="inner")
    more = with_kinds.groupBy("block").agg(F.count(F.lit(1)).alias("more"))
    grown = F.broadcast(hot).join(more, on="block", how="inner")
    grown = grown.withColumn("records", F.col("records") + F.col("more"))
    names = ("block", "kind", "records", "example", "title")
    return reduce(DataFrame.unionByName, (frame.select(*names) for frame in (new, grown)))


def candidate_pairs(blocks: Blocks, settings: IdentitySettings) -> DataFrame:
    """Pairs (a, b), a < b, of which one at least is new, that may be like or say the same."""
    pairs = _pairs(blocks.members, settings, "a_is_new or b_is_new")
    return pairs.unionByName(blocks.repeats).distinct()


def stale_pairs(
    blocks: Blocks, known: DataFrame, hot: DataFrame, edges: DataFrame, settings: IdentitySettings
) -> DataFrame:
    """Pairs (a, b) of `edges` that met in blocks now hot and share none that is not.

    Were they kept, what is joined would hang on which records came before a block was full.

    Args:
        known: silver.signatures. hot: silver.hot_blocks. edges: silver.identity_edges.
    """
    pairs = _pairs(blocks.cooled, settings)
    pairs = pairs.join(edges.select("a", "b"), on=["a", "b"], how="left_semi").localCheckpoint()
    if pairs.isEmpty():  # as on most days; then all signatures need not be read
        return pairs
    ends = pairs.select(F.explode(F.array("a", "b")).alias("record_id")).distinct()
    still = known.join(F.broadcast(ends), on="record_id", how="left_semi")
    for cold in (hot, blocks.cooled):
        still = still.join(F.broadcast(cold.select("block").distinct()), "block", "left_anti")
    return pairs.join(_pairs(still, settings), on=["a", "b"], how="left_anti")


def _pairs(members: DataFrame, settings: IdentitySettings, which: str = "true") -> DataFrame:
    """Pairs (a, b), a < b, that share a block, and in one of titles have titles that may be like.

    Args:
        which: condition on the members' columns, with `a_` or `b_` before them.
    """
    others = [name for name in members.columns if name not in ("block", "record_id")]
    a, b = (
        members.select(
            "block",
            F.col("record_id").alias(end),
            *(F.col(name).alias(f"{end}_{name}") for name in others),
        )
        for end in ("a", "b")
    )
    like = may_be_one(F.col("a_likeness"), F.col("b_likeness"), settings)
    pairs = a.join(b, on="block", how="inner").where("a < b").where(which).where(like)
    return pairs.select("a", "b").distinct()
