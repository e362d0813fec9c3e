"""Clusters of records: joined while the evidence between two groups is for it, taken as a whole."""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from jobs.identity.scoring import DECISION, LOOSE_SCHEMES, NEAR, RELATION, SCHEMES, differing
from jobs.text.ids import work_doi

# Edges by component: the pair, its evidence, and of each end the ids and the paper it had.
EDGES = (
    "component string, a string, b string, weight double, rule string, score double, "
    "evidence string, reason string, a_ids array<string>, b_ids array<string>, "
    "a_paper string, b_paper string"
)
# A row a record (record_id is given) and a row a pair (a and b are given).
RESOLVED = (
    "record_id string, paper_id string, joined_to string, component string, a string, b string, "
    "weight double, rule string, score double, evidence string, verdict string, reason string"
)
JOINED, APART = "joined", "apart"
PAPER_ID_DIGITS = 20
_BY_TEXT = 1e-6  # less than any pair's weight for a join
_BATCH = 10_000  # rows that go back to Spark at once
_ARROW = pa.schema(
    [
        (name, pa.float64() if kind == "double" else pa.string())
        for name, kind in (column.split() for column in RESOLVED.split(", "))
    ]
)

Edge = Mapping[str, Any]
Rows = Iterator[dict[str, Any]]


def paper_id_of(record_id: str) -> str:
    """The id of the paper that a record founds."""
    return "p" + hashlib.sha256(record_id.encode()).hexdigest()[:PAPER_ID_DIGITS]


def resolve_edges(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Edges (EDGES), those of a component in sequence, to rows of RESOLVED.

    A component may hold several that nothing ties. Memory holds one component at a time.
    """
    edges = chain.from_iterable(batch.to_pylist() for batch in batches)
    rows: list[dict[str, Any]] = []
    for _, part in groupby(edges, key=itemgetter("component")):
        for group in _connected_groups(list(part)):
            rows += _group_rows(group)
            if len(rows) >= _BATCH:
                yield pa.RecordBatch.from_pylist(rows, schema=_ARROW)
                rows = []
    yield pa.RecordBatch.from_pylist(rows, schema=_ARROW)


def _connected_groups(edges: list[Edge]) -> Iterator[list[Edge]]:
    """The edges of each group of records that edges for a join tie; edges between groups alone."""
    find = _root_finder(edge for edge in edges if edge["weight"] > 0)
    groups: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in edges:
        groups[find(edge["a"]), find(edge["b"])].append(edge)
    for key in sorted(groups):
        yield groups[key]


def _root_finder(edges: Iterable[Edge]) -> Callable[[str], str]:
    """Of each record the least that edges tie it to; itself where none does."""
    root: dict[str, str] = {}

    def find(node: str) -> str:
        while root.setdefault(node, node) != node:
            root[node] = node = root[root[node]]
        return node

    for edge in edges:
        first, second = find(edge["a"]), find(edge["b"])
        root[max(first, second)] = min(first, second)
    return find


def _group_rows(edges: list[Edge]) -> Rows:
    """The rows of one group of records, or of the edges between two."""
    edges.sort(key=lambda edge: (edge["a"], edge["b"]))
    if not any(edge["weight"] > 0 for edge in edges):
        yield from (_edge_row(edge, APART, edge["reason"]) for edge in edges)
        return
    groups = _Groups(edges)
    groups.join()
    component = min(groups.cluster_of)
    for root in sorted(groups.members):
        yield from _cluster_rows(sorted(groups.members[root]), groups, component)
    for edge in edges:
        if groups.cluster_of[edge["a"]] == groups.cluster_of[edge["b"]]:
            yield _edge_row(edge, JOINED, edge["reason"])
        else:
            yield _edge_row(edge, APART, groups.refusal(edge))


def _edge_row(edge: Edge, verdict: str, reason: str | None) -> dict[str, Any]:
    names = ("a", "b", "weight", "rule", "score", "evidence")
    return {**{name: edge[name] for name in names}, "verdict": verdict, "reason": reason}


class _Groups:
    """Records of a component while they are joined to clusters.

    Average linkage (Sokal and Michener 1958) over the weights of the pairs that were judged, the
    others counting as 0: the two clusters whose records speak most for one work, on average of all
    their pairs, are joined first, and none whose sum is against it. So a chain of near misses,
    each of which its neighbours believe, does not hold against the records that disagree. What a
    person joined is joined before, what a person kept apart stays apart, and so do clusters that
    bear different ids of a scheme. Ties go by record_id, so no order of the edges matters.

    Attributes:
        members: records by cluster, the cluster named by one of them. cluster_of: its inverse.
        texts: titles with their abstracts by cluster, each named by a record that has it.
        by_text: of two clusters the pairs of texts of which only the abstracts are one.
    """

    def __init__(self, edges: Sequence[Edge]) -> None:
        self.edges = edges
        self.papers: dict[str, str] = {}
        self.ids: dict[str, list[set[str]]] = {}
        self.sums: dict[str, dict[str, float]] = defaultdict(dict)
        self.forbidden: dict[str, set[str]] = defaultdict(set)
        self.related: dict[str, set[str]] = defaultdict(set)
        self.doubted: dict[str, set[str]] = defaultdict(set)
        self.by_text: dict[str, dict[str, set[frozenset[str]]]] = defaultdict(dict)
        self.firm: dict[str, set[str]] = defaultdict(set)
        text_of = _text_of(edges)
        for edge in edges:
            for end in ("a", "b"):
                record, paper = edge[end], edge[f"{end}_paper"]
                self.ids[record] = _ids(edge[f"{end}_ids"])
                if paper is not None:
                    self.papers[record] = paper
            a, b = edge["a"], edge["b"]
            self.sums[a][b] = self.sums[b][a] = edge["weight"]
            is_split = edge["rule"] == DECISION and edge["weight"] < 0
            is_relation = edge["rule"] == RELATION
            # What outweighs two ids of a pair does so for the clusters of its records.
            is_doubt = edge["weight"] > 0 and (differing(self.ids[a], self.ids[b]) in LOOSE_SCHEMES)
            is_bridge = edge["weight"] > 0 and _is_by_text_alone(edge)
            if is_bridge:
                self.by_text[a][b] = self.by_text[b][a] = {frozenset((text_of(a), text_of(b)))}
            is_firm = edge["weight"] > 0 and not is_bridge
            for known, holds in (
                (self.forbidden, is_split),
                (self.related, is_relation),
                (self.doubted, is_doubt),
                (self.firm, is_firm),
            ):
                if holds:
                    known[a].add(b)
                    known[b].add(a)
        self.members = {record: [record] for record in self.ids}
        self.texts = {record: {text_of(record)} for record in self.ids}
        self.cluster_of = {record: record for record in self.ids}
        self.changed: dict[str, int] = defaultdict(int)

    def join(self) -> None:
        """Join what the evidence joins."""
        for edge in self.edges:
            if edge["rule"] == DECISION and edge["weight"] > 0:
                a, b = self.cluster_of[edge["a"]], self.cluster_of[edge["b"]]
                if a != b and b not in self.forbidden[a]:
                    self._merge(a, b)
        heap = [self._entry(a, b) for a in self.sums for b, w in self.sums[a].items() if a < b]
        heap = [entry for entry in heap if entry[0] < 0]
        heapq.heapify(heap)
        while heap:
            _, a, b, at_a, at_b = heapq.heappop(heap)
            if (self.changed[a], self.changed[b]) != (at_a, at_b) or not self._may_join(a, b):
                continue
            root = self._merge(a, b)
            for other in self.sums[root]:
                entry = self._entry(*sorted((root, other)))
                if entry[0] < 0:
                    heapq.heappush(heap, entry)

    def _entry(self, a: str, b: str) -> tuple[float, str, str, int, int]:
        mean = self.sums[a][b] / (len(self.members[a]) * len(self.members[b]))
        if b not in self.firm[a]:  # after what titles tie
            mean = min(mean, _BY_TEXT)
        return -round(mean, 9), a, b, self.changed[a], self.changed[b]

    def _may_join(self, a: str, b: str) -> bool:
        if b in self.forbidden[a]:
            return False
        # A record with the title of one work and the abstract of another ties neither to the other,
        # however often it is delivered.
        if b not in self.firm[a]:
            pairs = len(self.texts[a]) * len(self.texts[b])
            if 2 * len(self.by_text[a].get(b, ())) <= pairs:
                return False
        scheme = differing(self.ids[a], self.ids[b])
        if scheme is None or b in self.related[a]:
            return True
        return scheme in LOOSE_SCHEMES and b in self.doubted[a]

    def _merge(self, a: str, b: str) -> str:
        """Join two clusters under the lesser name; what stood for either now is void."""
        root, child = min(a, b), max(a, b)
        self.members[root] += self.members.pop(child)
        self.texts[root] |= self.texts.pop(child)
        for record in self.members[root]:
            self.cluster_of[record] = root
        self.ids[root] = [x | y for x, y in zip(self.ids[root], self.ids.pop(child), strict=True)]
        self.changed[root] += 1
        self.changed[child] += 1
        for other, weight in self.sums.pop(child).items():
            del self.sums[other][child]
            if other != root:
                total = self.sums[root].get(other, 0.0) + weight
                self.sums[root][other] = self.sums[other][root] = total
        for other, pairs in self.by_text.pop(child, {}).items():
            del self.by_text[other][child]
            if other != root:
                every = self.by_text[root].get(other, set()) | pairs
                self.by_text[root][other] = self.by_text[other][root] = every
        for links in (self.forbidden, self.related, self.doubted, self.firm):
            for other in links.pop(child, ()):
                links[other].discard(child)
                links[other].add(root)
                links[root].add(other)
        return root

    def refusal(self, edge: Edge) -> str | None:
        """Why the records of an edge stand in two clusters."""
        if edge["weight"] <= 0:
            return str(edge["reason"])
        a, b = self.cluster_of[edge["a"]], self.cluster_of[edge["b"]]
        if b in self.forbidden[a]:
            return DECISION
        scheme = differing(self.ids[a], self.ids[b])
        return f"veto {scheme}" if scheme else "core"


def _is_by_text_alone(edge: Edge) -> bool:
    """Whether only the abstracts of a pair are one, and its titles are not."""
    return bool(edge["rule"] == NEAR and edge["reason"] == "titles disagree")


def _text_of(edges: Sequence[Edge]) -> Callable[[str], str]:
    """Of each record one that stands for all of its title and abstract: repeats tell nothing new.

    Of records that say the same only one is compared with others (jobs/identity/blocking.py).
    """
    if not any(map(_is_by_text_alone, edges)):  # as in most groups; then nobody asks
        return _root_finder(())
    return _root_finder(edge for edge in edges if _has_one_text(json.loads(edge["evidence"])))


def _has_one_text(evidence: Mapping[str, Any]) -> bool:
    return evidence.get("title") == evidence.get("jaccard") == 1


def _ids(values: Sequence[str | None]) -> list[set[str]]:
    """Ids by scheme; DOIs of the work, whatever version they name."""
    return [
        set() if value is None else {work_doi(value) if scheme == "doi" else value}
        for scheme, value in zip(SCHEMES, values, strict=True)
    ]


def _cluster_rows(members: list[str], groups: _Groups, component: str) -> Rows:
    """A row for each record of a cluster, each tied by its strongest edge towards the founder.

    A paper stays with the record that founded it; of several the least id is kept.
    """
    founders = {paper_id_of(m): m for m in members if groups.papers.get(m) == paper_id_of(m)}
    paper = min(founders, default=paper_id_of(members[0]))
    founder = founders.get(paper, members[0])
    common = {"paper_id": paper, "component": component}
    yield {**common, "record_id": founder, "rule": "first", "score": 1.0}
    inside = set(members)
    near: dict[str, list[Edge]] = defaultdict(list)
    for edge in groups.edges:
        if edge["weight"] > 0 and edge["a"] in inside and edge["b"] in inside:
            near[edge["a"]].append(edge)
            near[edge["b"]].append(edge)
    visited, heap = {founder}, [_tie(edge, founder) for edge in near[founder]]
    heapq.heapify(heap)
    while heap:
        _, record, joined_to, rule, score, evidence = heapq.heappop(heap)
        if record not in visited:
            visited.add(record)
            by = {"joined_to": joined_to, "rule": rule, "score": score, "evidence": evidence}
            yield {**common, "record_id": record, **by}
            for edge in near[record]:
                heapq.heappush(heap, _tie(edge, record))


def _tie(edge: Edge, joined_to: str) -> tuple[float, str, str, str, float, str]:
    other = edge["b"] if edge["a"] == joined_to else edge["a"]
    return -edge["weight"], other, joined_to, edge["rule"], edge["score"], edge["evidence"]
