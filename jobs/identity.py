"""Identity: which records tell of one paper, by which rule and on what evidence."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.storagelevel import StorageLevel

from jobs.clusters import ARXIV_DOI, CLUSTERED, EDGES, KNOWN, NEAR, RULES, SCHEMES, TITLE, clustered
from jobs.components import components
from jobs.params import IdentitySettings
from jobs.sketches import sketched

PAPER_ID_DIGITS = 20
_EDGE_NAMES = [column.split()[0] for column in EDGES.split(", ")]


def identify(records: DataFrame, known: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Give every record its paper.

    Records meet in blocks (an equal id, an equal title with a surname or year, an equal MinHash
    band); in a block each is compared with the first and with the one before it, so that a block of
    any size costs no more than its length. What holds on comparison is a join; joins make clusters
    (jobs/clusters.py). A record that has a paper keeps it, unless its cluster holds records of
    several: then the least of their ids is kept, and `previous_paper_id` records the merge.

    Args:
        records: silver.records, all of them. known: silver.identity.

    Returns:
        Rows of silver.identity, one for each record.
    """
    described = _described(records, known, settings)
    edges = _verified(_candidates(described, settings), described, settings)
    edges = edges.unionByName(_known_edges(known, described)).persist(
        StorageLevel.MEMORY_AND_DISK  # asked for its size, and then for its rows
    )
    if edges.limit(settings.local_edges + 1).count() <= settings.local_edges:
        parted = edges.coalesce(1)
    else:
        part = components(edges).select(F.col("node").alias("a"), "component")
        parted = edges.join(part, on="a", how="inner").repartition("component")
    clusters = parted.select(*_EDGE_NAMES).mapInArrow(clustered, CLUSTERED)
    return _assigned(records, known, clusters)


def _described(records: DataFrame, known: DataFrame, settings: IdentitySettings) -> DataFrame:
    """What records are compared by, one row a record."""
    told = records.select("record_id", "year", F.array(*SCHEMES).alias("ids"), *SCHEMES)
    sketches = sketched(records, settings)
    papers = known.select("record_id", F.col("paper_id").alias("paper"))
    return (
        told.join(sketches, on="record_id", how="inner")
        .join(papers, on="record_id", how="left")
        .persist(StorageLevel.MEMORY_AND_DISK)  # asked for blocks, and for both ends of each pair
    )


def _candidates(described: DataFrame, settings: IdentitySettings) -> DataFrame:
    """Pairs (a, b, rule), a < b, that share a block of that rule."""
    blocks = described.select(
        "record_id", F.explode(F.concat(*_block_keys(settings))).alias("block")
    ).select("record_id", "block.*")
    in_order = (
        Window.partitionBy("rule", "key")
        .orderBy("record_id")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    before = Window.partitionBy("rule", "key").orderBy("record_id")  # lag has its own frame
    met = F.array_distinct(
        F.array(F.first("record_id").over(in_order), F.lag("record_id").over(before))
    )
    return (
        blocks.withColumn("met", met)
        .select("rule", F.col("record_id").alias("b"), F.explode("met").alias("a"))
        .where("a < b")
        .distinct()
    )


def _block_keys(settings: IdentitySettings) -> list[Column]:
    """The blocks of a record, as arrays of (rule, key)."""
    none = F.array().cast("array<struct<rule:string,key:string>>")
    ids = [
        F.when(F.col(scheme).isNotNull(), F.array(_block(scheme, F.col(scheme)))).otherwise(none)
        for scheme in SCHEMES
    ]
    title, year = F.col("title_key"), F.col("year")
    by_author = F.transform("surnames", lambda name: _block(TITLE, F.concat_ws("\n", title, name)))
    years = F.sequence(year, year + settings.years_apart)
    by_year = F.transform(years, lambda y: _block(TITLE, F.concat_ws("\n", title, y)))
    long_enough = F.size(F.split(title, " ")) >= settings.title_words
    titles = [
        F.when(long_enough, by_author).otherwise(none),
        F.when(long_enough & year.isNotNull(), by_year).otherwise(none),
    ]
    bands = F.transform("bands", lambda band: _block(NEAR, band.cast("string")))
    return [*ids, *titles, bands]


def _block(rule: str, key: Column) -> Column:
    return F.struct(F.lit(rule).alias("rule"), key.alias("key"))


def _verified(pairs: DataFrame, described: DataFrame, settings: IdentitySettings) -> DataFrame:
    """The pairs whose evidence holds, as EDGES; of several rules that join a pair the strongest."""
    ends = [
        described.select(*(F.col(name).alias(f"{end}_{name}") for name in described.columns))
        for end in ("a", "b")
    ]
    both = pairs.join(ends[0], on=pairs["a"] == ends[0]["a_record_id"], how="inner").join(
        ends[1], on=pairs["b"] == ends[1]["b_record_id"], how="inner"
    )
    pairs_shared = _jaccard("a_pairs", "b_pairs")
    judged = both.withColumn(
        "judged",
        F.when(F.col("rule") == NEAR, _near(pairs_shared, settings))
        .when(F.col("rule") == TITLE, _by_title(settings))
        .otherwise(_by_id(settings)),
    ).where("judged is not null")
    places = F.create_map(*(F.lit(told) for pair in enumerate(RULES) for told in pair[::-1]))
    strength = places[F.col("rule")]
    kept = F.min_by(F.struct("rule", "judged", "a_ids", "b_ids", "a_paper", "b_paper"), strength)
    return judged.groupBy("a", "b").agg(kept.alias("kept")).select(
        "a", "b", "kept.rule", "kept.judged.*", "kept.a_ids", "kept.b_ids", "kept.a_paper",
        "kept.b_paper",
    )  # fmt: skip


def _judgement(score: Column, **evidence: Column) -> Column:
    told = F.to_json(F.struct(*(value.alias(name) for name, value in evidence.items())))
    return F.struct(F.round(score, 6).alias("score"), told.alias("evidence"))


def _jaccard(one: str, other: str) -> Column:
    """Jaccard of two arrays without repeats; null where both are empty."""
    shared = F.size(F.array_intersect(one, other))
    return shared / (F.size(one) + F.size(other) - shared)


def _near(shared: Column, settings: IdentitySettings) -> Column:
    agreed = _judgement(shared, jaccard=F.round(shared, 4))
    return F.when((shared >= settings.jaccard) & ~_conflict(len(SCHEMES)), agreed)


def _by_title(settings: IdentitySettings) -> Column:
    """Equal titles, and a surname in common; where one names no authors, years that agree."""
    names = F.array_intersect("a_surnames", "b_surnames")
    apart = F.abs(F.col("a_year") - F.col("b_year"))
    nameless = (F.size("a_surnames") == 0) | (F.size("b_surnames") == 0)
    agrees = (F.size(names) > 0) | (nameless & (apart <= settings.years_apart))
    evidence = _judgement(F.lit(1.0), title=F.col("a_title_key"), authors=names, years_apart=apart)
    same = F.col("a_title_key") == F.col("b_title_key")
    return F.when(same & agrees & ~_conflict(len(SCHEMES)), evidence)


def _by_id(settings: IdentitySettings) -> Column:
    """An equal id of the rule's scheme, and no better scheme that tells the two apart."""
    titles = _jaccard("a_title_words", "b_title_words")
    found = F.lit(None)
    for place, scheme in reversed(list(enumerate(SCHEMES))):
        same = F.col(f"a_{scheme}") == F.col(f"b_{scheme}")
        agreed = same & ~_conflict(place)
        if scheme == "doi":
            agreed = agreed & (titles >= settings.doi_titles)
        told = _judgement(F.lit(1.0), **{scheme: F.col(f"a_{scheme}")})
        found = F.when((F.col("rule") == scheme) & agreed, told).otherwise(found)
    return found


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


def _known_edges(known: DataFrame, described: DataFrame) -> DataFrame:
    """What earlier runs joined: each record of a paper tied to the paper's first."""
    whole = Window.partitionBy("paper").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    told = described.where(F.col("paper").isNotNull()).select("record_id", "ids", "paper")
    first = F.min(F.struct("record_id", "ids")).over(whole)
    return (
        told.withColumn("first", first)
        .where("record_id <> first.record_id")
        .select(
            F.col("first.record_id").alias("a"),
            F.col("record_id").alias("b"),
            F.lit(KNOWN).alias("rule"),
            F.lit(1.0).alias("score"),
            F.lit(None).cast("string").alias("evidence"),
            F.col("first.ids").alias("a_ids"),
            F.col("ids").alias("b_ids"),
            F.col("paper").alias("a_paper"),
            F.col("paper").alias("b_paper"),
        )
    )


def _assigned(records: DataFrame, known: DataFrame, clusters: DataFrame) -> DataFrame:
    """Rows of silver.identity: what was known stays as it was, the rest follows its cluster."""
    before = known.select(
        "record_id", *(F.col(c).alias(f"known_{c}") for c in known.columns if c != "record_id")
    )
    least = F.coalesce("cluster", "record_id")
    minted = F.concat(F.lit("p"), F.substring(F.sha2(least, 256), 1, PAPER_ID_DIGITS))
    is_known = F.col("known_paper_id").isNotNull()
    is_merged = is_known & (F.col("kept_paper") != F.col("known_paper_id"))
    # A known record is explained anew where the join that merged its paper begins.
    is_old = is_known & (F.col("rule").isNull() | (F.col("rule") == KNOWN))

    def told(name: str, otherwise: Column) -> Column:
        return F.when(is_old, F.col(f"known_{name}")).otherwise(otherwise).alias(name)

    return (
        records.select("record_id")
        .join(before, on="record_id", how="left")
        .join(clusters, on="record_id", how="left")
        .select(
            "record_id",
            F.coalesce("kept_paper", "known_paper_id", minted).alias("paper_id"),
            told("rule", F.coalesce("rule", F.lit("first"))),
            told("score", F.coalesce("score", F.lit(1.0))),
            told("evidence", F.col("evidence")),
            told("joined_to", F.col("joined_to")),
            F.when(is_merged, F.col("known_paper_id"))
            .otherwise(F.col("known_previous_paper_id"))
            .alias("previous_paper_id"),
        )
    )
