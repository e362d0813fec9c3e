"""Requirements of components: the same as a walk on small graphs."""

from __future__ import annotations

import random

import pytest
from pyspark.sql import SparkSession

from jobs.identity.components import components
from tests.frames import frame_of

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
    frame = frame_of(spark, edges, "a string, b string").repartition(3)
    found = [(row["node"], row["component"]) for row in components(frame).collect()]
    expected = plain_components(edges)
    # A node without a link to another one has no edge that counts.
    assert sorted(found) == sorted(expected.items())
