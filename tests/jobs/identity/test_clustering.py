"""Requirements of clusters: joined by all their evidence, against none that forbids it."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.identity.clustering import EDGES, paper_id_of, resolve_edges
from jobs.identity.scoring import DECISION, NEAR, SCHEMES, TITLE

Edge = dict[str, Any]
NONE = [None] * len(SCHEMES)
_TYPES = {"string": pa.string(), "double": pa.float64(), "array<string>": pa.list_(pa.string())}
_SCHEMA = pa.schema([(n, _TYPES[t]) for n, t in (c.split() for c in EDGES.split(", "))])


def edge(a: str, b: str, weight: float, rule: str = TITLE, **more: Any) -> Edge:
    """An edge; `ids` and `papers` are those of records by name."""
    ids, papers = more.get("ids", {}), more.get("papers", {})
    return {
        "component": "",
        "a": a,
        "b": b,
        "weight": weight,
        "rule": rule,
        "score": 0.9,
        "evidence": "{}",
        "reason": None if weight > 0 else "titles disagree",
        **{f"{end}_ids": [*ids.get(name, []), *NONE][: len(SCHEMES)] for end, name in zip("ab", (a, b), strict=True)},
        **{f"{end}_paper": papers.get(name) for end, name in zip("ab", (a, b), strict=True)},
    }  # fmt: skip


def rows_of(edges: list[Edge]) -> list[dict[str, Any]]:
    # Three rows a batch: components go on from one batch to the next.
    table = pa.Table.from_pylist(edges, schema=_SCHEMA)
    rows = [
        r for batch in resolve_edges(table.to_batches(max_chunksize=3)) for r in batch.to_pylist()
    ]
    return sorted(rows, key=lambda row: str((row["record_id"], row["a"], row["b"])))


def papers_of(edges: list[Edge]) -> set[str]:
    """The clusters, each as its records in one word."""
    found: dict[str, str] = {}
    for row in rows_of(edges):
        if row["record_id"]:
            found[row["paper_id"]] = found.get(row["paper_id"], "") + row["record_id"]
    return set(found.values())


def verdicts(edges: list[Edge]) -> dict[str, tuple[str, str | None]]:
    return {r["a"] + r["b"]: (r["verdict"], r["reason"]) for r in rows_of(edges) if r["a"]}


def test_a_chain_of_near_misses_does_not_hold_against_those_that_disagree() -> None:
    chain = [edge(a, b, 0.2) for a, b in ("ab", "bc", "cd")]
    assert papers_of(chain) == {"abcd"}
    against = [edge(a, b, -0.5) for a, b in ("ac", "bd", "ad")]
    assert papers_of(chain + against) == {"ab", "cd"}
    assert verdicts(chain + against)["bc"] == ("apart", "core")
    assert verdicts(chain + against)["ac"] == ("apart", "titles disagree")


def by_text(a: str, b: str) -> Edge:
    """Two titles over one abstract."""
    return edge(a, b, 0.3, NEAR) | {"reason": "titles disagree"}


def of_one_text(a: str, b: str) -> Edge:
    """A record and its repeat, or one that another feed delivers."""
    return edge(a, b, 1.0) | {"evidence": '{"title":1.0,"jaccard":1.0}'}


def test_a_new_title_over_the_same_abstract_joins_a_paper_however_often_it_was_repeated() -> None:
    # A repeat meets only what it repeats.
    assert papers_of([by_text("a", "n"), of_one_text("a", "b"), of_one_text("a", "c")]) == {"abcn"}
    told = [by_text("a", "n"), by_text("a", "m"), of_one_text("a", "b"), of_one_text("n", "m")]
    assert papers_of(told) == {"abmn"}


def test_a_title_of_one_work_over_the_abstract_of_another_ties_neither_however_often_repeated() -> (
    None
):
    bridge = [edge("a", "z", 0.5), by_text("w", "z")]  # z has the title of a, the abstract of w
    assert papers_of(bridge) == {"az", "w"}
    again = [edge("a", "y", 0.5), by_text("w", "y"), of_one_text("y", "z")]
    assert papers_of(bridge + again) == {"ayz", "w"}
    repeats = [of_one_text("a", "b"), of_one_text("v", "w")]
    assert papers_of(bridge + repeats) == {"abz", "vw"}


def test_the_strongest_evidence_is_followed_first() -> None:
    edges = [edge("a", "b", 0.1), edge("b", "c", 0.4), edge("a", "c", -0.3)]
    assert papers_of(edges) == {"a", "bc"}


def test_two_ids_of_a_scheme_never_come_together() -> None:
    ids = {"a": ["2401.00001"], "d": ["2401.00002"]}
    edges = [edge("a", "b", 0.9, ids=ids), edge("b", "c", 0.8), edge("c", "d", 0.7, ids=ids)]
    assert papers_of(edges) == {"ab", "cd"}
    assert verdicts(edges)["bc"] == ("apart", "veto arxiv_id")


def test_a_preprints_doi_stands_beside_one_publishers_but_not_two() -> None:
    ids = {
        "a": [None, "10.48550/arxiv.2401.00001"],
        "b": [None, "10.1/x"],
        "c": [None, "10.1/y"],
    }
    edges = [edge("a", "b", 0.5, ids=ids), edge("a", "c", 0.4, ids=ids)]
    assert papers_of(edges) == {"ab", "c"}


def test_decisions_stand_above_evidence_and_ids() -> None:
    ids = {"a": ["2401.00001"], "b": ["2401.00002"]}
    joined = edge("a", "b", 1.0, DECISION, ids=ids)
    assert papers_of([joined]) == {"ab"}
    split = edge("a", "c", -1.0, DECISION)
    assert papers_of([edge("a", "b", 0.9), edge("b", "c", 0.9), split]) in (
        {"ab", "c"},
        {"a", "bc"},
    )


def test_a_paper_stays_with_the_record_that_founded_it() -> None:
    papers = {"b": paper_id_of("b"), "c": paper_id_of("b")}
    rows = rows_of([edge("a", "b", 0.5, papers=papers), edge("b", "c", -0.1, papers=papers)])
    by_record = {row["record_id"]: row for row in rows if row["record_id"]}
    assert by_record["a"]["paper_id"] == by_record["b"]["paper_id"] == paper_id_of("b")
    assert (by_record["b"]["rule"], by_record["a"]["joined_to"]) == ("first", "b")


NODES = "abcdefgh"


@st.composite
def graphs(draw: st.DrawFn) -> list[Edge]:
    """Graphs of records with few ids, so that many joins are in conflict."""
    some_id = st.sampled_from([None, None, "x", "y"])
    ids = {n: [draw(some_id), draw(some_id)] for n in NODES}
    pairs = draw(st.lists(st.sampled_from(list(combinations(NODES, 2))), unique=True))
    weights = st.sampled_from([-0.3, 0.1, 0.2, 0.9])
    return [edge(a, b, draw(weights), ids=ids) for a, b in pairs]


@settings(max_examples=200, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_clusters_respect_ids_and_do_not_depend_on_order(
    edges: list[Edge], draw: random.Random
) -> None:
    found = rows_of(edges)
    assert rows_of(draw.sample(edges, len(edges))) == found
    ids = {e[end]: e[f"{end}_ids"] for e in edges for end in "ab"}
    told = {row["record_id"]: row for row in found if row["record_id"]}
    held = {e["a"] for e in edges if e["weight"] > 0} | {e["b"] for e in edges if e["weight"] > 0}
    assert told.keys() == held
    members: dict[str, set[str]] = {}
    for row in told.values():
        members.setdefault(row["paper_id"], set()).add(row["record_id"])
    by_pair = {(e["a"], e["b"]): e for e in edges}
    for paper, records in members.items():
        assert paper == paper_id_of(min(records))
        assert len({ids[r][0] for r in records} - {None}) <= 1
        inside = [e["weight"] for e in edges if {e["a"], e["b"]} <= records]
        assert len(records) == 1 or sum(inside) > 0
    for row in told.values():
        if row["rule"] == "first":
            assert row["joined_to"] is None
        else:
            tie = by_pair[tuple(sorted((row["record_id"], row["joined_to"])))]
            assert tie["weight"] > 0
            assert told[row["joined_to"]]["paper_id"] == row["paper_id"]
    assert sorted((r["a"], r["b"]) for r in found if r["a"]) == sorted(by_pair)
