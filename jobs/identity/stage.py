"""Identity: which records tell of one paper, by which rule and on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache, reduce

import orjson
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.identity.blocking import candidate_pairs, fresh_blocks, stale_pairs
from jobs.identity.clustering import EDGES, PAPER_ID_DIGITS, RESOLVED, resolve_edges
from jobs.identity.components import components
from jobs.identity.features import describe_records, sketch_records
from jobs.identity.scoring import DECISION, SCHEMES, Judgement, Side, is_hopeless, weigh_pair
from jobs.params import IdentitySettings
from jobs.tables.core import Table
from jobs.tables.silver import HOT_BLOCKS, IDENTITY, IDENTITY_EDGES, PAPER_FORWARDS, SIGNATURES

_PAIR_NAMES = [
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
    known = _prune_empty(known)
    fresh = records.join(known.identity.select("record_id"), on="record_id", how="left_anti")
    sketches = _checkpoint(sketch_records(fresh, settings))
    is_small = sketches.count() <= settings.probe_records  # its rows are kept for what follows
    blocks = fresh_blocks(sketches, records, known.signatures, known.hot_blocks, is_small, settings)
    pairs = _checkpoint(
        candidate_pairs(blocks, settings).unionByName(_revoked_pairs(known)).distinct()
    )
    edges = _checkpoint(_judge_pairs(pairs, sketches, records, known.identity, is_small, settings))
    decisions = _decision_edges(known.decisions, records)
    stale = _checkpoint(
        stale_pairs(blocks, known.signatures, known.hot_blocks, known.edges, settings)
    )
    nodes, again = _nodes_to_resolve(
        [edges, decisions, stale, _revoked_pairs(known)], stale, fresh, known, is_small
    )
    rows = _checkpoint(_resolve(edges, again, decisions, nodes, records, settings))
    identity = _checkpoint(_identity(rows, nodes))
    return {
        SIGNATURES: blocks.signatures,
        HOT_BLOCKS: blocks.hot,
        IDENTITY_EDGES: rows.where("a is not null").select(*_PAIR_NAMES, "verdict"),
        PAPER_FORWARDS: _forwards(identity, known.forwards),
        IDENTITY: identity.drop("known_paper"),
    }


def _prune_empty(known: Known) -> Known:
    """What is empty, seen as such before it is planned: a first run joins with nothing."""
    if known.identity.isEmpty():
        names = (field.name for field in fields(known))
        nothing = {name: getattr(known, name).where("false") for name in names}
        return Known(**{**nothing, "decisions": _mark_empty(known.decisions)})
    return replace(
        known, hot_blocks=_mark_empty(known.hot_blocks), decisions=_mark_empty(known.decisions)
    )


def _mark_empty(frame: DataFrame) -> DataFrame:
    return frame.where("false") if frame.isEmpty() else frame


def _checkpoint(frame: DataFrame) -> DataFrame:
    """Computed once, and its plan forgotten: a plan that holds plans takes minutes to plan."""
    return frame.localCheckpoint()


def _sent(frame: DataFrame, is_small: bool) -> DataFrame:
    """What follows from the new records, whole to every executor where these are few."""
    return F.broadcast(frame) if is_small else frame


def _revoked_pairs(known: Known) -> DataFrame:
    """Pairs whose decision was taken back: their evidence, which it stood for, is judged anew."""
    return known.decisions.where("kind = 'none'").select("a", "b")


def _judge_pairs(
    pairs: DataFrame,
    sketches: DataFrame,
    records: DataFrame,
    identity: DataFrame,
    is_small: bool,
    settings: IdentitySettings,
) -> DataFrame:
    """The pairs that come close, with their evidence (_PAIR)."""
    ends = pairs.select(F.explode(F.array("a", "b")).alias("record_id")).distinct()
    old = identity.select("record_id").join(_sent(ends, is_small), "record_id", "left_semi")
    old_records = records.join(_sent(old, is_small), on="record_id", how="left_semi")
    of_old = _checkpoint(describe_records(old_records, settings))  # both ends of a pair ask for it
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
            for one, other, shared in zip(*(c.to_pylist() for c in batch.columns), strict=True):
                a, b = _side(one), _side(other)
                if is_hopeless(a, b, shared, settings.jaccard, settings.close_score):
                    continue
                judgement = weigh_pair(a, b, shared, settings.jaccard)
                if _is_close(judgement, settings):
                    rows.append({"a": a.record_id, "b": b.record_id, **judgement._asdict()})
            yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return judge


@lru_cache(maxsize=1 << 12)  # pairs come sorted by one of their records
def _side(encoded: bytes) -> Side:
    return Side(*orjson.loads(encoded))


def _is_close(judgement: Judgement, settings: IdentitySettings) -> bool:
    """Whether a pair is kept: it speaks for one work, or someone may ask why it does not."""
    return judgement.weight > 0 or judgement.score >= settings.close_score


def _decision_edges(decisions: DataFrame, records: DataFrame) -> DataFrame:
    """What people decided, as judged pairs that no evidence outweighs; their records exist."""
    ids = records.select("record_id")
    weight = F.when(F.col("kind") == "join", 1.0).otherwise(-1.0)
    evidence = F.to_json(F.struct("kind", "decided_by", "decided_at", "note"))
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
            evidence.alias("evidence"),
            F.when(F.col("kind") == "split", DECISION).alias("reason"),
        )
    )


def _nodes_to_resolve(
    pairs: Sequence[DataFrame], stale: DataFrame, fresh: DataFrame, known: Known, is_small: bool
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
    parts = before.join(_sent(ends, is_small), "record_id", "left_semi").select("component")
    parts = _sent(parts.distinct(), is_small)
    old = _checkpoint(before.join(parts, on="component", how="left_semi"))
    nodes = old.drop("component").unionByName(fresh.select("record_id"), allowMissingColumns=True)
    ids = _sent(old.select("record_id"), is_small)
    again = known.edges.select(*_PAIR_NAMES)
    for end in ("a", "b"):
        again = again.join(ids.withColumnRenamed("record_id", end), on=end, how="left_semi")
    is_lost = _sent(stale.withColumn("is_lost", F.lit(True)), is_small)
    again = again.join(is_lost, on=["a", "b"], how="left").withColumns(
        {
            "weight": F.when(F.col("is_lost"), 0.0).otherwise(F.col("weight")),
            "reason": F.when(F.col("is_lost"), HOT).otherwise(F.col("reason")),
        }
    )
    return nodes, again.select(*_PAIR_NAMES)


def _resolve(
    edges: DataFrame,
    again: DataFrame,
    decisions: DataFrame,
    nodes: DataFrame,
    records: DataFrame,
    settings: IdentitySettings,
) -> DataFrame:
    """Rows of RESOLVED of all records and pairs that are resolved."""
    pair = ["a", "b"]
    new_edges = edges.join(decisions, on=pair, how="left_anti")
    is_taken_back = F.col("rule") == DECISION  # for what stands is in `decisions`
    again = again.withColumns(
        {
            "weight": F.when(is_taken_back, 0.0).otherwise(F.col("weight")),
            "reason": F.when(is_taken_back, TAKEN_BACK).otherwise(F.col("reason")),
        }
    )
    old_edges = again.join(edges, on=pair, how="left_anti")
    every = new_edges.unionByName(old_edges.join(decisions, on=pair, how="left_anti"))
    every = _checkpoint(every.unionByName(decisions))
    ids = F.array(*SCHEMES).alias("ids")
    node_ids = nodes.join(records.select("record_id", ids), on="record_id", how="inner")
    ends = [
        node_ids.select(
            F.col("record_id").alias(end),
            F.col("ids").alias(f"{end}_ids"),
            F.col("known_paper").alias(f"{end}_paper"),
        )
        for end in pair
    ]
    parts = _with_component(every, settings)
    rows = parts.join(ends[0], on="a", how="inner").join(ends[1], on="b", how="inner")
    rows = rows.repartition("component").sortWithinPartitions("component")
    return rows.select(*_EDGE_NAMES).mapInArrow(resolve_edges, RESOLVED)


def _with_component(edges: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Edges with the component that they are resolved in; few of them are one for all."""
    if edges.limit(settings.local_edges + 1).count() <= settings.local_edges:
        return edges.withColumn("component", F.lit(""))
    part = components(edges.where("weight > 0").select("a", "b"))
    first = part.select(F.col("node").alias("a"), "component")
    return edges.join(first, on="a", how="left").withColumn(
        "component", F.coalesce("component", "a")
    )


def _identity(resolution: DataFrame, nodes: DataFrame) -> DataFrame:
    """Rows of silver.identity of all records that are resolved, and the papers they had."""
    own_paper = F.concat(F.lit("p"), F.substring(F.sha2("record_id", 256), 1, PAPER_ID_DIGITS))
    rows = resolution.where("record_id is not null").drop("a", "b", "weight", "verdict", "reason")
    paper = F.coalesce("paper_id", own_paper)  # whom nothing ties founds a paper of its own
    has_moved = F.col("known_paper").isNotNull() & (F.col("known_paper") != paper)
    return nodes.join(rows, on="record_id", how="left").select(
        "record_id",
        paper.alias("paper_id"),
        F.coalesce("rule", F.lit("first")).alias("rule"),
        F.coalesce("score", F.lit(1.0)).alias("score"),
        "evidence",
        "joined_to",
        F.when(has_moved, F.col("known_paper"))
        .otherwise(F.col("known_previous"))
        .alias("previous_paper_id"),
        F.coalesce("component", "record_id").alias("component"),
        "known_paper",
    )


def _forwards(identity: DataFrame, known: DataFrame) -> DataFrame:
    """Rows of silver.paper_forwards: those known, led on to papers that stand, and those of now."""
    own_paper = F.concat(F.lit("p"), F.substring(F.sha2("record_id", 256), 1, PAPER_ID_DIGITS))
    # A paper stands where the record that founded it does.
    moves = (
        identity.where("known_paper is not null and known_paper <> paper_id")
        .groupBy(F.col("known_paper").alias("old_paper_id"), "paper_id")
        .agg(
            F.when(F.max(own_paper == F.col("known_paper")), "merge")
            .otherwise("split")
            .alias("kind"),
            F.count(F.lit(1)).alias("records"),
        )
    )
    merges = moves.where("kind = 'merge'").select(
        F.col("old_paper_id").alias("paper_id"), F.col("paper_id").alias("next_paper_id")
    )
    stands = identity.where("rule = 'first'").select(F.col("paper_id").alias("old_paper_id"))
    earlier = (
        known.join(stands.withColumn("kind", F.lit("merge")), ["old_paper_id", "kind"], "left_anti")
        .join(merges, on="paper_id", how="left")
        .select(
            "old_paper_id",
            F.coalesce("next_paper_id", "paper_id").alias("paper_id"),
            "kind",
            "records",
        )
    )
    return (
        earlier.unionByName(moves)
        .where("old_paper_id <> paper_id")
        .groupBy("old_paper_id", "paper_id")
        .agg(F.min("kind").alias("kind"), F.sum("records").alias("records"))
    )
