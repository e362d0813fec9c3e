"""Clusters of records: joins taken from the strongest to the weakest, none against the evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

# Schemes of ids, from the one that tells works apart best to the one that does it least.
SCHEMES = ("arxiv_id", "doi", "acl_id", "pmid", "openalex_id", "s2_id")
KNOWN, NATIVE, TITLE, NEAR = "known", "native_id", "title", "near duplicate"
# Rules from the strongest to the weakest. A feed's own ids join, but tell no works apart: others
# have ids of their own.
RULES = (KNOWN, NATIVE, *SCHEMES, TITLE, NEAR)
EDGES = (
    "component string, a string, b string, strength int, rule string, score double, "
    "evidence string, a_ids array<string>, b_ids array<string>, a_paper string, b_paper string"
)
CLUSTERED = (
    "record_id string, cluster string, kept_paper string, joined_to string, rule string, "
    "score double, evidence string"
)
ARXIV_DOI = "10.48550/arxiv."


@dataclass
class _Cluster:
    """Members of a cluster while it grows, and the ids they bear by scheme."""

    members: list[str]
    ids: list[set[str]] = field(default_factory=lambda: [set() for _ in SCHEMES])


def clustered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Edges (EDGES), components whole and in sequence, to one row a record (CLUSTERED).

    Joins are made as Kruskal (1956) takes edges: what earlier runs joined, then by rule, score and
    ids. A join is refused when the two clusters bear different ids of a scheme that tells works
    apart better than the rule does. The ids of a cluster only grow, so a refused join stays so, and
    a second run over the same edges changes nothing. Each record but the first of its cluster is
    given the edge that ties it towards the first, a record of the kept paper where one is known.

    Memory holds one component at a time. `component` parts the edges; it need not be connected.
    """
    edges = chain.from_iterable(batch.to_pylist() for batch in batches)
    parts = (list(part) for _, part in groupby(edges, key=itemgetter("component")))
    rows: list[dict[str, Any]] = []
    for part in parts:
        rows += _clusters(part)
        if len(rows) >= _BATCH:
            yield pa.RecordBatch.from_pylist(rows, schema=_ARROW)
            rows = []
    yield pa.RecordBatch.from_pylist(rows, schema=_ARROW)


_BATCH = 10_000  # rows that go back to Spark at once


def _clusters(edges: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of all clusters that the edges make."""
    edges.sort(key=_order)
    tree: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    papers: dict[str, str] = {}
    cluster_of: dict[str, _Cluster] = {}
    for edge in edges:
        first, second = (_cluster(cluster_of, papers, edge, end) for end in ("a", "b"))
        if first is not second and _may_join(edge["strength"], first, second):
            _join(cluster_of, first, second)
            tree[edge["a"]].append(edge)
            tree[edge["b"]].append(edge)
    for cluster in _each(cluster_of):
        yield from _told(cluster, tree, papers)


_ARROW = pa.schema(
    [
        (name, pa.float64() if kind == "double" else pa.string())
        for name, kind in (column.split() for column in CLUSTERED.split(", "))
    ]
)


def _order(edge: Mapping[str, Any]) -> tuple[Any, ...]:
    return edge["strength"], -edge["score"], edge["a"], edge["b"]


def _cluster(
    cluster_of: dict[str, _Cluster], papers: dict[str, str], edge: Mapping[str, Any], end: str
) -> _Cluster:
    """The cluster of one end of an edge; a new one where it has none yet."""
    record = edge[end]
    if record not in cluster_of:
        ids = [{value} if counts(value) else set() for value in edge[f"{end}_ids"]]
        cluster_of[record] = _Cluster([record], ids)
        if edge[f"{end}_paper"] is not None:
            papers[record] = edge[f"{end}_paper"]
    return cluster_of[record]


def counts(value: str | None) -> bool:
    """Whether an id can tell works apart; a DOI that arXiv gives stands beside the publisher's."""
    return value is not None and not value.startswith(ARXIV_DOI)


def _may_join(strength: int, first: _Cluster, second: _Cluster) -> bool:
    """Whether no scheme before the rule in RULES, so none at all for what is known, is against."""
    better = RULES[1:strength]
    schemes = zip(SCHEMES, first.ids, second.ids, strict=True)
    return all(not a or not b or len(a | b) == 1 for scheme, a, b in schemes if scheme in better)


def _join(cluster_of: dict[str, _Cluster], first: _Cluster, second: _Cluster) -> None:
    """The smaller goes into the larger, so that no record moves more than log n times."""
    small, large = sorted((first, second), key=lambda c: len(c.members))
    large.members += small.members
    large.ids = [a | b for a, b in zip(large.ids, small.ids, strict=True)]
    cluster_of.update(dict.fromkeys(small.members, large))


def _each(cluster_of: Mapping[str, _Cluster]) -> Iterator[_Cluster]:
    seen: set[int] = set()
    for record in sorted(cluster_of):
        cluster = cluster_of[record]
        if id(cluster) not in seen:
            seen.add(id(cluster))
            yield cluster


def _told(
    cluster: _Cluster, tree: Mapping[str, list[Mapping[str, Any]]], papers: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """A row for each member, walking the joins from the first record of the kept paper."""
    members = sorted(cluster.members)
    kept = min((papers[m] for m in members if m in papers), default=None)
    first = next(m for m in members if kept is None or papers.get(m) == kept)
    told: dict[str, Any] = {"cluster": members[0], "kept_paper": kept}
    todo: list[tuple[str, dict[str, Any]]] = [(first, {})]
    seen = {first}
    while todo:
        record, by = todo.pop()
        yield {"record_id": record, **told, **by}
        for edge in tree.get(record, ()):
            other = edge["b"] if edge["a"] == record else edge["a"]
            if other not in seen:
                seen.add(other)
                joined = {name: edge[name] for name in ("rule", "score", "evidence")}
                todo.append((other, {"joined_to": record, **joined}))
