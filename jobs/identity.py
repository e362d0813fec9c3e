"""Identity: which records tell of one paper, by which rule and on what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from jobs.clusters import (
    ARXIV_DOI,
    CLUSTERED,
    EDGES,
    KNOWN,
    NATIVE,
    NEAR,
    RULES,
    SCHEMES,
    TITLE,
    clustered,
)
from jobs.components import components
from jobs.params import IdentitySettings
from jobs.sketches import sketched
from jobs.tables.core import Table
from jobs.tables.silver import (
    HOT_BLOCKS,
    IDENTITY,
    IDENTITY_EDGES,
    PAPER_FORWARDS,
    SIGNATURES,
)

PAPER_ID_DIGITS = 20
# Venues that only say that a paper is a preprint.
_PREPRINT = r"(?i)rxiv|preprint|^\s*corr\s*$"
_TOLD = ("rule", "score", "evidence", "joined_to")
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
    """Give every record its paper.

    Records meet in blocks (an equal id, an equal title with a surname or year, an equal MinHash
    band); in a block each is compared with the first and with the one before it, so that a block of
    any size costs no more than its length. What holds on comparison is a join; joins make clusters
    (jobs/clusters.py). A record that has a paper keeps it, unless its cluster holds records of
    several: then the least of their ids is kept, and `previous_paper_id` records the merge.

    Args:
        records: silver.records, all of them.

    Returns:
        A frame for each of SIGNATURES, HOT_BLOCKS, IDENTITY_EDGES, PAPER_FORWARDS and IDENTITY.
    """
    described = _described(records, known.identity, settings)
    pairs = _met(described).unionByName(_joined_before(described)).distinct()
    edges = _verified(pairs, described, settings).persist(
        StorageLevel.MEMORY_AND_DISK  # asked for its size, and then for its rows
    )
    if edges.limit(settings.local_edges + 1).count() <= settings.local_edges:
        parted = edges.withColumn("component", F.lit("")).coalesce(1)
    else:
        part = components(edges).select(F.col("node").alias("a"), "component")
        parted = (
            edges.join(part, on="a", how="inner")
            .repartition("component")
            .sortWithinPartitions("component")
        )
    clusters = parted.select(*_EDGE_NAMES).mapInArrow(clustered, CLUSTERED)
    identity = _assigned(records, known.identity, clusters)
    return {
        SIGNATURES: described.select("record_id", F.explode("blocks").alias("block")).select(
            "record_id", "block.block", "block.kind"
        ),
        HOT_BLOCKS: known.hot_blocks,
        IDENTITY_EDGES: _judged_edges(edges, identity),
        PAPER_FORWARDS: _forwards(identity, known),
        IDENTITY: identity,
    }


def _judged_edges(edges: DataFrame, identity: DataFrame) -> DataFrame:
    papers = [
        identity.select(F.col("record_id").alias(end), F.col("paper_id").alias(f"{end}_now"))
        for end in ("a", "b")
    ]
    joined = F.col("a_now") == F.col("b_now")
    return (
        edges.join(papers[0], on="a", how="inner")
        .join(papers[1], on="b", how="inner")
        .select(
            "a",
            "b",
            F.col("score").alias("weight"),
            "rule",
            "score",
            "evidence",
            F.when(joined, "joined").otherwise("apart").alias("verdict"),
            F.when(~joined, "core").alias("reason"),
        )
    )


def _forwards(identity: DataFrame, known: Known) -> DataFrame:
    before = known.identity.select("record_id", F.col("paper_id").alias("old_paper_id"))
    moved = (
        identity.join(before, on="record_id", how="inner")
        .where("old_paper_id <> paper_id")
        .groupBy("old_paper_id", "paper_id")
        .agg(F.lit("merge").alias("kind"), F.count(F.lit(1)).alias("records"))
    )
    return known.forwards.drop("run").unionByName(moved)


def _described(records: DataFrame, known: DataFrame, settings: IdentitySettings) -> DataFrame:
    """What records are compared by and how they were joined before, one row a record."""
    told = records.select(
        "record_id",
        "year",
        (F.col("venue").isNotNull() & ~F.col("venue").rlike(_PREPRINT)).alias("in_print"),
        F.concat_ws("\n", F.when(F.col("native_id").isNotNull(), F.col("feed")), "native_id").alias(
            NATIVE
        ),
        *SCHEMES,
        "title",
        "abstract",
        F.col("authors.name").alias("names"),
    )
    before = known.select("record_id", F.col("paper_id").alias("paper"), *_TOLD)
    blocked = sketched(told, settings).withColumn("blocks", _blocks(settings))
    return (
        blocked.drop("bands")
        .join(before, on="record_id", how="left")
        .persist(StorageLevel.MEMORY_AND_DISK)  # asked for blocks, and for both ends of each pair
    )


def _blocks(settings: IdentitySettings) -> Column:
    """The blocks of a record, as hashes: two that share one by chance fail on comparison."""
    title, year = F.col("title_key"), F.col("year")
    with_surname = F.transform("surnames", lambda name: F.xxhash64(F.lit(TITLE), title, name))
    years = F.sequence(year, year + settings.years_apart)
    with_year = F.transform(years, lambda each: F.xxhash64(F.lit("year"), title, each))
    words, none = F.size("title_words"), F.array().cast("array<bigint>")
    by_id = F.array(
        F.when(F.col(NATIVE) != "", F.xxhash64(F.lit(NATIVE), F.col(NATIVE))),
        *(F.when(F.col(s).isNotNull(), F.xxhash64(F.lit(s), F.col(s))) for s in SCHEMES),
    )
    found = F.concat(
        F.filter(by_id, F.isnotnull),
        F.when(words >= settings.title_words, with_surname).otherwise(none),
        F.when((words >= settings.bare_title_words) & year.isNotNull(), with_year).otherwise(none),
        "bands",
    )
    return F.transform(
        F.array_distinct(found),
        lambda block: F.struct(block.alias("block"), F.lit("block").alias("kind")),
    )


def _met(described: DataFrame) -> DataFrame:
    """Pairs (a, b), a < b, of each record with the first of each block and with the one before."""
    blocks = described.select("record_id", F.explode("blocks.block").alias("block"))
    before = Window.partitionBy("block").orderBy("record_id")  # lag has its own frame
    in_order = before.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    met = F.array(F.first("record_id").over(in_order), F.lag("record_id").over(before))
    return (
        blocks.select("record_id", F.array_distinct(met).alias("met"))
        .select(F.explode("met").alias("a"), F.col("record_id").alias("b"))
        .where("a < b")
    )


def _joined_before(described: DataFrame) -> DataFrame:
    """The pairs that earlier runs joined."""
    return described.where(F.col("joined_to").isNotNull()).select(
        F.least("record_id", "joined_to").alias("a"),
        F.greatest("record_id", "joined_to").alias("b"),
    )


def _verified(pairs: DataFrame, described: DataFrame, settings: IdentitySettings) -> DataFrame:
    """The pairs whose evidence holds, without their component as EDGES, by the strongest rule."""
    a, b = (
        described.select(*(F.col(name).alias(f"{end}_{name}") for name in described.columns))
        for end in ("a", "b")
    )
    both = pairs.join(a, on=pairs["a"] == a["a_record_id"], how="inner").join(
        b, on=pairs["b"] == b["b_record_id"], how="inner"
    )
    found = [
        _known("a", "b"),
        _known("b", "a"),
        _same_native(settings),
        *(_same_id(place, settings) for place in range(len(SCHEMES))),
        _same_title(settings),
        _near(settings),
    ]
    ids = (F.array(*(f"{end}_{scheme}" for scheme in SCHEMES)) for end in ("a", "b"))
    return (
        both.withColumn("found", F.coalesce(*found))
        .where("found is not null")
        .select(
            "a",
            "b",
            "found.*",
            *(column.alias(f"{end}_ids") for column, end in zip(ids, ("a", "b"), strict=True)),
            "a_paper",
            "b_paper",
        )
    )


def _judged(strength: str, rule: Column, score: Column, evidence: Column) -> Column:
    return F.struct(
        F.lit(RULES.index(strength)).alias("strength"),
        rule.alias("rule"),
        score.alias("score"),
        evidence.alias("evidence"),
    )


def _agreed(rule: str, score: Column, **evidence: Column) -> Column:
    told = F.to_json(F.struct(*(value.alias(name) for name, value in evidence.items())))
    return _judged(rule, F.lit(rule), F.round(score, 6), told)


def _known(child: str, parent: str) -> Column:
    """A join of an earlier run, as it was told then."""
    told = (F.col(f"{child}_{name}") for name in ("rule", "score", "evidence"))
    was_joined = F.col(f"{child}_joined_to") == F.col(f"{parent}_record_id")
    return F.when(was_joined, _judged(KNOWN, *told))


def _same_native(settings: IdentitySettings) -> Column:
    """One feed's own id stands for one work; a feed that gives it twice differs in the titles."""
    same = (F.col(f"a_{NATIVE}") == F.col(f"b_{NATIVE}")) & (F.col(f"a_{NATIVE}") != "")
    for end in ("a", "b"):  # a deletion names no title, and would tie all that bear the id
        same = same & (F.size(f"{end}_title_words") > 0)
    alike = _jaccard("a_title_words", "b_title_words") >= settings.doi_titles
    alike = _titles_match(settings) | alike
    native = F.substring_index(F.col(f"a_{NATIVE}"), "\n", -1)
    return F.when(same & alike, _agreed(NATIVE, F.lit(1.0), native_id=native))


def _same_id(place: int, settings: IdentitySettings) -> Column:
    """An equal id, and no scheme that tells works apart better speaks against it."""
    scheme = SCHEMES[place]
    same = (F.col(f"a_{scheme}") == F.col(f"b_{scheme}")) & ~_conflict(place)
    if scheme == "doi":
        alike = _jaccard("a_title_words", "b_title_words") >= settings.doi_titles
        same = same & (_titles_match(settings) | (alike & (F.size(_surnames()) > 0)))
    return F.when(same, _agreed(scheme, F.lit(1.0), **{scheme: F.col(f"a_{scheme}")}))


def _titles_match(settings: IdentitySettings) -> Column:
    """Whether one title holds all words of the other, but for a slip in spelling or spacing."""
    only_a = F.array_join(F.array_except("a_title_words", "b_title_words"), "")
    only_b = F.array_join(F.array_except("b_title_words", "a_title_words"), "")
    slip = F.levenshtein(only_a, only_b) <= settings.title_slip * F.greatest(
        F.length(only_a), F.length(only_b)
    )
    return (only_a == "") | (only_b == "") | slip


def _same_title(settings: IdentitySettings) -> Column:
    """Titles alike and a surname in common; or, where one names no authors, equal long titles."""
    apart = F.abs(F.col("a_year") - F.col("b_year"))
    # A preprint comes out earlier; what is in print twice, as at a conference and in a journal
    # the year after, is two works.
    may_be_apart = F.when(F.col("a_in_print") & F.col("b_in_print"), 0).otherwise(
        settings.years_apart
    )
    equal = F.col("a_title_key") == F.col("b_title_key")
    pieces = _jaccard("a_title_pieces", "b_title_pieces")
    same_numbers = F.col("a_title_numbers") == F.col("b_title_numbers")
    alike = (pieces >= settings.title_pieces) & same_numbers & _titles_match(settings)
    nameless = (F.size("a_surnames") == 0) | (F.size("b_surnames") == 0)
    words = F.least(F.size("a_title_words"), F.size("b_title_words"))
    by_name = (F.size(_surnames()) > 0) & (equal | alike) & (words >= settings.title_words)
    by_year = nameless & apart.isNotNull() & equal & (words >= settings.bare_title_words)
    same = (by_name | by_year) & F.coalesce(apart <= may_be_apart, F.lit(True))
    score = F.when(equal, 1.0).otherwise(pieces)
    told = _agreed(TITLE, score, title=F.round(score, 4), surnames=_surnames(), years_apart=apart)
    return F.when(same & ~_conflict(len(SCHEMES)), told)


def _near(settings: IdentitySettings) -> Column:
    """Texts alike, word pair by word pair."""
    shared = _jaccard("a_pairs", "b_pairs")
    told = _agreed(NEAR, shared, jaccard=F.round(shared, 4))
    return F.when((shared >= settings.jaccard) & ~_conflict(len(SCHEMES)), told)


def _surnames() -> Column:
    return F.array_intersect("a_surnames", "b_surnames")


def _jaccard(one: str, other: str) -> Column:
    """Jaccard of two arrays without repeats; null where both are empty."""
    shared = F.size(F.array_intersect(one, other))
    return shared / (F.size(one) + F.size(other) - shared)


def _conflict(until: int) -> Column:
    """Whether one of the first `until` schemes has two different ids; see clusters.counts."""
    conflict = F.lit(False)
    for scheme in SCHEMES[:until]:
        a, b = F.col(f"a_{scheme}"), F.col(f"b_{scheme}")
        differ = a.isNotNull() & b.isNotNull() & (a != b)
        if scheme == "doi":
            differ = differ & ~a.startswith(ARXIV_DOI) & ~b.startswith(ARXIV_DOI)
        conflict = conflict | differ
    return conflict


def _assigned(records: DataFrame, known: DataFrame, clusters: DataFrame) -> DataFrame:
    """Rows of silver.identity: what was known stays as it was, the rest follows its cluster."""
    before = known.select(
        "record_id", *(F.col(c).alias(f"known_{c}") for c in known.columns if c != "record_id")
    )
    least = F.coalesce("cluster", "record_id")
    minted = F.concat(F.lit("p"), F.substring(F.sha2(least, 256), 1, PAPER_ID_DIGITS))
    paper = F.coalesce("kept_paper", "known_paper_id", minted)
    stays = F.coalesce(F.col("known_paper_id") == paper, F.lit(False))
    now = {
        "rule": F.coalesce("rule", F.lit("first")),
        "score": F.coalesce("score", F.lit(1.0)),
        "evidence": F.col("evidence"),
        "joined_to": F.col("joined_to"),
        "previous_paper_id": F.col("known_paper_id"),
        "component": F.coalesce("cluster", "record_id"),
    }
    return (
        records.select("record_id")
        .join(before, on="record_id", how="left")
        .join(clusters, on="record_id", how="left")
        .select(
            "record_id",
            paper.alias("paper_id"),
            *(
                F.when(stays, F.col(f"known_{name}")).otherwise(column).alias(name)
                for name, column in now.items()
            ),
        )
    )
