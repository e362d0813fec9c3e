"""Identity: which records tell of one paper, by which rule and on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache, reduce

import orjson
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.identity.blocking import fresh_blocks, met, unmet
from jobs.identity.clustering import EDGES, PAPER_ID_DIGITS, RESOLVED, resolved
from jobs.identity.components import components
from jobs.identity.features import described, sketched
from jobs.identity.scoring import DECISION, SCHEMES, Judgement, Side, is_hopeless, judged
from jobs.params import IdentitySettings
from jobs.tables.core import Table
from jobs.tables.silver import HOT_BLOCKS, IDENTITY, IDENTITY_EDGES, PAPER_FORWARDS, SIGNATURES

_JUDGED = [
    column.name for column in IDENTITY_EDGES.columns if column.name not in ("verdict", "run")
]
_PAIR = (
    "a string, b string, weight double, rule string, score double, evidence string, reason string"
)
HOT, TAKEN_BACK = "hot block", "decision taken back"
_EDGE_NAMES = [column.split()[0] for column in EDGES.split(", ")]


@dataclass(frozen=True)
class Known:
    """What runs before have published, and what people have decided, each as its table."""

    identity: DataFrame
    signatures: DataFrame
    hot_blocks: DataFrame
    edges: DataFrame
    forwards: DataFrame
    decisions: DataFrame


def identify(
    records: DataFrame, known: Known, settings: IdentitySettings
) -> Mapping[Table, DataFrame]:
    """Give every new record its paper, and judge again what the new ones touch.

    New records meet others in blocks (jobs/identity/blocking.py); each pair that comes close is
    judged by its evidence (jobs/identity/scoring.py); the records that pairs tie are joined to
    clusters (jobs/identity/clustering.py). What pairs come close and how they are judged follows
    from the two records alone, and clusters from all their pairs, so it does not matter in which
    order or in how many batches records come. Only components that a new pair or a decision
    touches are resolved again.

    Args:
        records: silver.records, all of them.

    Returns:
        SIGNATURES of the new records, HOT_BLOCKS that grew, IDENTITY_EDGES and IDENTITY of what was
        resolved, and PAPER_FORWARDS, all of them.
    """
    known = _pruned(known)
    fresh = records.join(known.identity.select("record_id"), on="record_id", how="left_anti")
    sketches = _kept(sketched(fresh, settings))
    is_small = sketches.count() <= settings.probe_records  # its rows are kept for what follows
    blocks = fresh_blocks(sketches, records, known.signatures, known.hot_blocks, is_small, settings)
    pairs = _kept(met(blocks, settings).unionByName(_taken_back(known)).distinct())
    edges = _kept(_judged_pairs(pairs, sketches, records, known.identity, settings))
    decided = _decided(known.decisions, records)
    lost = _kept(unmet(blocks, known.signatures, known.hot_blocks, known.edges, settings))
    nodes, again = _touched([edges, decided, lost, _taken_back(known)], lost, fresh, known)
    found = _kept(_resolved(edges, again, decided, nodes, records, settings))
    identity = _kept(_identity(found, nodes))
    return {
        SIGNATURES: blocks.signatures,
        HOT_BLOCKS: blocks.hot,
        IDENTITY_EDGES: found.where("a is not null").select(*_JUDGED, "verdict"),
        PAPER_FORWARDS: _forwards(identity, known.forwards),
        IDENTITY: identity.drop("known_paper"),
    }


def _pruned(known: Known) -> Known:
    """What is empty, seen as such before it is planned: a first run joins with nothing."""
    if known.identity.isEmpty():
        names = (field.name for field in fields(known))
        nothing = {name: getattr(known, name).where("false") for name in names}
        return Known(**{**nothing, "decisions": _seen(known.decisions)})
    return replace(known, hot_blocks=_seen(known.hot_blocks), decisions=_seen(known.decisions))


def _seen(frame: DataFrame) -> DataFrame:
    return frame.where("false") if frame.isEmpty() else frame


def _kept(frame: DataFrame) -> DataFrame:
    """Computed once, and its plan forgotten: a plan that holds plans takes minutes to plan."""
    return frame.localCheckpoint()


def _taken_back(known: Known) -> DataFrame:
    """Pairs whose decision was taken back: their evidence, which it stood for, is judged anew."""
    return known.decisions.where("kind = 'none'").select("a", "b")


def _judged_pairs(
    pairs: DataFrame,
    sketches: DataFrame,
    records: DataFrame,
    identity: DataFrame,
    settings: IdentitySettings,
) -> DataFrame:
    """The pairs that come close, with their evidence (_PAIR)."""
    ends = pairs.select(F.explode(F.array("a", "b")).alias("record_id")).distinct()
    old = identity.select("record_id").join(F.broadcast(ends), on="record_id", how="left_semi")
    met_again = records.join(F.broadcast(old), on="record_id", how="left_semi")
    of_old = _kept(described(met_again, settings))  # both ends of a pair ask for it
    names = of_old.columns
    every = sketches.select(*names).unionByName(of_old)
    a, b = (
        every.select(*(F.col(name).alias(f"{end}_{name}") for name in names)) for end in ("a", "b")
    )
    shared = F.size(F.array_intersect("a_pairs", "b_pairs"))
    both = (
        pairs.join(a, on=pairs["a"] == a["a_record_id"], how="inner")
        .join(b, on=pairs["b"] == b["b_record_id"], how="inner")
        .withColumn("shared", shared)
        .where(_may_be_close(settings))
        .select("a_told", "b_told", "shared")
    )
    return both.mapInArrow(_judge(settings), _PAIR)


def _may_be_close(settings: IdentitySettings) -> Column:
    """Whether a pair that met in a block has enough in common for its evidence to be weighed."""
    words = F.size(F.array_intersect("a_words", "b_words")) / F.least(
        F.size("a_words"), F.size("b_words")
    )
    texts = F.col("shared") / F.least(F.size("a_pairs"), F.size("b_pairs"))
    same_id = F.exists(F.arrays_zip("a_ids", "b_ids"), lambda both: both["a_ids"] == both["b_ids"])
    return (
        F.coalesce(words >= settings.close_titles, F.lit(False))
        | F.coalesce(texts >= settings.jaccard / 2, F.lit(False))
        | F.coalesce(same_id, F.lit(False))
        | (F.array_join("a_words", "") == F.array_join("b_words", ""))
        | ((F.col("a_place") == F.col("b_place")) & (F.col("a_place") != ""))
        | (F.size("a_related") > 0)
        | (F.size("b_related") > 0)
        | ((F.col("a_native") == F.col("b_native")) & (F.col("a_native") != ""))
    )


def _judge(
    settings: IdentitySettings,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    names = [column.split()[0] for column in _PAIR.split(", ")]
    types = [pa.float64() if " double" in column else pa.string() for column in _PAIR.split(", ")]
    schema = pa.schema(list(zip(names, types, strict=True)))

    def judge(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows = []
            for told, other, shared in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                a, b = _side(told), _side(other)
                if is_hopeless(a, b, shared, settings.jaccard, settings.close_score):
                    continue
                found = judged(a, b, shared, settings.jaccard)
                if _is_close(found, settings):
                    rows.append({"a": a.record_id, "b": b.record_id, **found._asdict()})
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return judge


@lru_cache(maxsize=1 << 12)  # pairs come sorted by one of their records
def _side(told: bytes) -> Side:
    return Side(*orjson.loads(told))


def _is_close(found: Judgement, settings: IdentitySettings) -> bool:
    """Whether a pair is kept: it speaks for one work, or someone may ask why it does not."""
    return found.weight > 0 or found.score >= settings.close_score


def _decided(decisions: DataFrame, records: DataFrame) -> DataFrame:
    """What people decided, as judged pairs that no evidence outweighs; their records exist."""
    ids = records.select("record_id")
    weight = F.when(F.col("kind") == "join", 1.0).otherwise(-1.0)
    told = F.to_json(F.struct("kind", "decided_by", "decided_at", "note"))
    stands = F.broadcast(decisions.where("kind <> 'none'"))
    return (
        stands.join(ids.withColumnRenamed("record_id", "a"), on="a", how="left_semi")
        .join(ids.withColumnRenamed("record_id", "b"), on="b", how="left_semi")
        .select(
            "a",
            "b",
            weight.alias("weight"),
            F.lit(DECISION).alias("rule"),
            F.lit(1.0).alias("score"),
            told.alias("evidence"),
            F.when(F.col("kind") == "split", DECISION).alias("reason"),
        )
    )


def _touched(
    pairs: Sequence[DataFrame], lost: DataFrame, fresh: DataFrame, known: Known
) -> tuple[DataFrame, DataFrame]:
    """The records to be resolved, with the papers they had, and what pairs of them were judged."""
    ends = reduce(DataFrame.unionByName, (frame.select("a", "b") for frame in pairs))
    ends = ends.select(F.explode(F.array("a", "b")).alias("record_id")).distinct()
    before = known.identity.select(
        "record_id",
        "component",
        F.col("paper_id").alias("known_paper"),
        F.col("previous_paper_id").alias("known_previous"),
    )
    parts = before.join(F.broadcast(ends), on="record_id", how="left_semi").select("component")
    old = _kept(before.join(F.broadcast(parts.distinct()), on="component", how="left_semi"))
    nodes = old.drop("component").unionByName(fresh.select("record_id"), allowMissingColumns=True)
    ids = F.broadcast(old.select("record_id"))
    again = known.edges.select(*_JUDGED)
    for end in ("a", "b"):
        again = again.join(ids.withColumnRenamed("record_id", end), on=end, how="left_semi")
    is_lost = F.broadcast(lost.withColumn("is_lost", F.lit(True)))
    again = again.join(is_lost, on=["a", "b"], how="left").withColumns(
        {
            "weight": F.when(F.col("is_lost"), 0.0).otherwise(F.col("weight")),
            "reason": F.when(F.col("is_lost"), HOT).otherwise(F.col("reason")),
        }
    )
    return nodes, again.select(*_JUDGED)


def _resolved(
    edges: DataFrame,
    again: DataFrame,
    decided: DataFrame,
    nodes: DataFrame,
    records: DataFrame,
    settings: IdentitySettings,
) -> DataFrame:
    """Rows of RESOLVED of all records and pairs that are resolved."""
    pair = ["a", "b"]
    judged_anew = edges.join(decided, on=pair, how="left_anti")
    is_taken_back = F.col("rule") == DECISION  # for what stands is in `decided`
    again = again.withColumns(
        {
            "weight": F.when(is_taken_back, 0.0).otherwise(F.col("weight")),
            "reason": F.when(is_taken_back, TAKEN_BACK).otherwise(F.col("reason")),
        }
    )
    kept = again.join(edges, on=pair, how="left_anti")
    every = judged_anew.unionByName(kept.join(decided, on=pair, how="left_anti"))
    every = _kept(every.unionByName(decided))
    ids = F.array(*SCHEMES).alias("ids")
    told = nodes.join(records.select("record_id", ids), on="record_id", how="inner")
    ends = [
        told.select(
            F.col("record_id").alias(end),
            F.col("ids").alias(f"{end}_ids"),
            F.col("known_paper").alias(f"{end}_paper"),
        )
        for end in pair
    ]
    parted = _parted(every, settings)
    rows = parted.join(ends[0], on="a", how="inner").join(ends[1], on="b", how="inner")
    rows = rows.repartition("component").sortWithinPartitions("component")
    return rows.select(*_EDGE_NAMES).mapInArrow(resolved, RESOLVED)


def _parted(edges: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Edges with the component that they are resolved in; few of them are one for all."""
    if edges.limit(settings.local_edges + 1).count() <= settings.local_edges:
        return edges.withColumn("component", F.lit(""))
    part = components(edges.where("weight > 0").select("a", "b"))
    first = part.select(F.col("node").alias("a"), "component")
    return edges.join(first, on="a", how="left").withColumn(
        "component", F.coalesce("component", "a")
    )


def _identity(found: DataFrame, nodes: DataFrame) -> DataFrame:
    """Rows of silver.identity of all records that are resolved, and the papers they had."""
    minted = F.concat(F.lit("p"), F.substring(F.sha2("record_id", 256), 1, PAPER_ID_DIGITS))
    rows = found.where("record_id is not null").drop("a", "b", "weight", "verdict", "reason")
    paper = F.coalesce("paper_id", minted)  # whom nothing ties founds a paper of its own
    moved = F.col("known_paper").isNotNull() & (F.col("known_paper") != paper)
    return nodes.join(rows, on="record_id", how="left").select(
        "record_id",
        paper.alias("paper_id"),
        F.coalesce("rule", F.lit("first")).alias("rule"),
        F.coalesce("score", F.lit(1.0)).alias("score"),
        "evidence",
        "joined_to",
        F.when(moved, F.col("known_paper"))
        .otherwise(F.col("known_previous"))
        .alias("previous_paper_id"),
        F.coalesce("component", "record_id").alias("component"),
        "known_paper",
    )


def _forwards(identity: DataFrame, known: DataFrame) -> DataFrame:
    """Rows of silver.paper_forwards: those known, led on to papers that stand, and those of now."""
    minted = F.concat(F.lit("p"), F.substring(F.sha2("record_id", 256), 1, PAPER_ID_DIGITS))
    # A paper stands where the record that founded it does.
    moved = (
        identity.where("known_paper is not null and known_paper <> paper_id")
        .groupBy(F.col("known_paper").alias("old_paper_id"), "paper_id")
        .agg(
            F.when(F.max(minted == F.col("known_paper")), "merge").otherwise("split").alias("kind"),
            F.count(F.lit(1)).alias("records"),
        )
    )
    gone = moved.where("kind = 'merge'").select(
        F.col("old_paper_id").alias("paper_id"), F.col("paper_id").alias("next_paper_id")
    )
    stands = identity.where("rule = 'first'").select(F.col("paper_id").alias("old_paper_id"))
    led_on = (
        known.join(stands.withColumn("kind", F.lit("merge")), ["old_paper_id", "kind"], "left_anti")
        .join(gone, on="paper_id", how="left")
        .select(
            "old_paper_id",
            F.coalesce("next_paper_id", "paper_id").alias("paper_id"),
            "kind",
            "records",
        )
    )
    return (
        led_on.unionByName(moved)
        .where("old_paper_id <> paper_id")
        .groupBy("old_paper_id", "paper_id")
        .agg(F.min("kind").alias("kind"), F.sum("records").alias("records"))
    )
