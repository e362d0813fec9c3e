"""Connected components in Spark, for graphs that one task cannot hold."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F


def components(edges: DataFrame) -> DataFrame:
    """The component of each node that has an edge: rows (node, component), the least node in it.

    Alternating large and small stars (Kiveris et al., 2014): a few rounds, each of two shuffles,
    whatever the longest path; it ends when a round changes nothing.

    Args:
        edges: rows (a, b) of comparable nodes; direction and repeats do not matter.
    """
    links = edges.select(F.greatest("a", "b").alias("u"), F.least("a", "b").alias("v")).where(
        "u <> v"
    )
    links = links.distinct().localCheckpoint()  # else every round computes all before it again
    while True:
        starred = _small_star(_large_star(links)).localCheckpoint()
        if not _differ(links, starred):
            break
        links = starred
    centres = links.select(F.col("v").alias("node"), F.col("v").alias("component")).distinct()
    return links.select(F.col("u").alias("node"), F.col("v").alias("component")).unionByName(
        centres
    )


def _least_neighbour() -> Column:
    whole = Window.partitionBy("u").rowsBetween(
        Window.unboundedPreceding, Window.unboundedFollowing
    )
    return F.min("v").over(whole)


def _large_star(links: DataFrame) -> DataFrame:
    """Every node's larger neighbours are tied to the least of all its neighbours and itself."""
    both = links.unionByName(links.select(F.col("v").alias("u"), F.col("u").alias("v")))
    least = F.least(_least_neighbour(), F.col("u"))
    return (
        both.withColumn("least", least)
        .where("v > u")
        .select(F.col("v").alias("u"), F.col("least").alias("v"))
        .distinct()
    )


def _small_star(links: DataFrame) -> DataFrame:
    """Every node and its smaller neighbours are tied to the least of them; u > v in every link."""
    tied = links.withColumn("least", _least_neighbour())
    neighbours = tied.where("v <> least").select(F.col("v").alias("u"), F.col("least").alias("v"))
    nodes = tied.select("u", F.col("least").alias("v"))
    return neighbours.unionByName(nodes).distinct()


def _differ(before: DataFrame, after: DataFrame) -> bool:
    """Whether two sets of links differ, by number and a digest that no order changes."""
    digests = [
        frame.agg(F.count(F.lit(1)), F.bit_xor(F.xxhash64("u", "v"))).first()
        for frame in (before, after)
    ]
    return digests[0] != digests[1]
