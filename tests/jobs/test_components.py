"""Requirements of components and clusters: the same as the plain methods on small graphs."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.clusters import EDGES, RULES, SCHEMES, clustered
from jobs.components import components

Edge = tuple[str, str]


def plain_components(edges: list[Edge]) -> dict[str, str]:
    """Every node's least reachable node, by walking."""
    near: dict[str, set[str]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    found: dict[str, str] = {}
    for start in sorted(near):
        todo = [start]
        while todo:
            node = todo.pop()
            if node not in found:
                found[node] = start
                todo += near[node]
    return found


def random_edges(seed: int, nodes: int, edges: int) -> list[Edge]:
    draw = random.Random(seed)
    names = [f"n{draw.randrange(10**6):06}" for _ in range(nodes)]
    picked = [(draw.choice(names), draw.choice(names)) for _ in range(edges)]
    return [(a, b) for a, b in picked if a != b]


PATH = [f"n{i:03}" for i in random.Random(7).sample(range(1000), 40)]


@pytest.mark.parametrize(
    "edges",
    [
        pytest.param([], id="none"),
        pytest.param([("b", "a"), ("a", "b"), ("a", "b")], id="repeats"),
        pytest.param(list(zip(PATH, PATH[1:], strict=False)), id="path"),
        pytest.param([("hub", f"n{i}") for i in range(50)], id="star"),
        pytest.param(random_edges(1, 60, 45), id="sparse"),
        pytest.param(random_edges(2, 40, 120), id="dense"),
    ],
)
def test_components_are_those_of_a_walk(spark: SparkSession, edges: list[Edge]) -> None:
    frame = spark.createDataFrame(edges, "a string, b string").repartition(3)
    found = [(row["node"], row["component"]) for row in components(frame).collect()]
    expected = plain_components(edges)
    # A node without a link to another one has no edge that counts.
    assert sorted(found) == sorted(expected.items())


def edge(
    a: str, b: str, rule: str, ids: dict[str, list[str | None]], **more: Any
) -> dict[str, Any]:
    return {
        "component": more.get("component", ""),
        "a": a,
        "b": b,
        "strength": RULES.index(rule),
        "rule": rule,
        "score": more.get("score", 1.0),
        "evidence": "{}",
        "a_ids": ids.get(a, [None] * len(SCHEMES)),
        "b_ids": ids.get(b, [None] * len(SCHEMES)),
        "a_paper": None,
        "b_paper": None,
    }


_TYPES = {
    "string": pa.string(), "int": pa.int32(), "double": pa.float64(),
    "array<string>": pa.list_(pa.string()),
}  # fmt: skip
_SCHEMA = pa.schema([(n, _TYPES[t]) for n, t in (c.split() for c in EDGES.split(", "))])


def clusters_of(edges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # Three rows a batch: components go on from one batch to the next.
    table = pa.Table.from_pylist(edges, schema=_SCHEMA)
    out = clustered(table.to_batches(max_chunksize=3))
    rows = [row for batch in out for row in batch.to_pylist()]
    return sorted(rows, key=lambda row: str(row["record_id"]))


NODES = "abcdefgh"


@st.composite
def graphs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Graphs of records with few ids, so that many joins are in conflict."""
    some_id = st.sampled_from([None, None, "x", "y"])
    ids = {n: [draw(some_id), draw(some_id), *[None] * (len(SCHEMES) - 2)] for n in NODES}
    pairs = draw(st.lists(st.sampled_from(list(combinations(NODES, 2))), unique=True))
    rules = st.sampled_from(["acl_id", "title", "near duplicate"])
    scores = st.sampled_from([0.7, 0.8])
    return [edge(a, b, draw(rules), ids, score=draw(scores)) for a, b in pairs]


@settings(max_examples=200, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_clusters_respect_ids_and_do_not_depend_on_order(
    edges: list[dict[str, Any]], draw: random.Random
) -> None:
    found = clusters_of(edges)
    shuffled = draw.sample(edges, len(edges))
    assert clusters_of(shuffled) == found
    ids = {e[end]: e[f"{end}_ids"] for e in edges for end in "ab"}
    assert sorted(ids) == [row["record_id"] for row in found]
    members: dict[str, set[str]] = {}
    for row in found:
        members.setdefault(row["cluster"], set()).add(row["record_id"])
    for cluster, records in members.items():
        assert cluster == min(records)
        for place in range(2):
            assert len({ids[r][place] for r in records} - {None}) <= 1
    by_pair = {(e["a"], e["b"]): e for e in edges}
    cluster_of = {row["record_id"]: row["cluster"] for row in found}
    for row in found:
        if row["record_id"] == row["cluster"]:
            assert row["joined_to"] is row["rule"] is None
        else:
            told = by_pair[tuple(sorted((row["record_id"], row["joined_to"])))]
            assert (told["rule"], told["score"]) == (row["rule"], row["score"])
            assert cluster_of[row["joined_to"]] == row["cluster"]
    # No join that was left out would have been possible.
    for a, b in by_pair:
        if cluster_of[a] != cluster_of[b]:
            both = members[cluster_of[a]] | members[cluster_of[b]]
            assert any(len({ids[r][place] for r in both} - {None}) > 1 for place in range(2))


def test_stronger_joins_are_made_first() -> None:
    none = [None] * (len(SCHEMES) - 1)
    ids = {"a": ["x", *none], "c": ["y", *none]}
    weak, strong = edge("a", "b", "title", ids), edge("b", "c", "acl_id", ids)
    assert [r["cluster"] for r in clusters_of([weak, strong])] == ["a", "b", "b"]
    likely = edge("b", "c", "title", ids, score=1.0)
    less = edge("a", "b", "title", ids, score=0.8)
    assert [r["cluster"] for r in clusters_of([less, likely])] == ["a", "b", "b"]


def test_components_that_follow_each_other_give_what_they_give_together() -> None:
    together = [
        edge("a", "b", "title", {}),
        edge("c", "d", "title", {}),
        edge("d", "e", "pmid", {}),
    ]
    parted = [{**e, "component": min(e["a"], "c")} for e in together]
    assert clusters_of(parted) == clusters_of(together)
    assert [r["cluster"] for r in clusters_of(parted)] == ["a", "a", "c", "c", "c"]
