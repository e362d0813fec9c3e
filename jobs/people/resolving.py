"""Blocks to people with ids: what a block is cut into, who keeps which id, and why.

block   paper  position  known     →   author  basis              with   score
fern a  p1     1         a7            a7      name and evidence  p2 1   .97
fern a  p2     1         a7            a7      name and evidence  p1 1   .97
fern a  p3     1         -             a2      single             -      -
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count, groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa

from jobs.people.clustering import cluster, cluster_by_ids
from jobs.people.evidence import Authorship, Pairs, given_names

SINGLE, BY_ORCID, BY_FEED, BY_EVIDENCE = "single", "orcid", "feed id", "name and evidence"
RESOLVED = pa.schema(
    {
        "paper_id": pa.string(),
        "position": pa.int32(),
        "author_id": pa.string(),
        "basis": pa.string(),
        "score": pa.float64(),
        "with_paper_id": pa.string(),
        "with_position": pa.int32(),
        "evidence": pa.map_(pa.string(), pa.float64()),
        "block": pa.string(),
        "digest": pa.int64(),
    }
)
_ID_DIGITS = 20  # as ids of papers have: two of a billion are one with a chance below 1e-6
_BATCH = 10_000  # rows that go back to Spark at once

Row = dict[str, Any]


def author_id_of(block: str, paper_id: str, position: int, turn: int = 0) -> str:
    """The id of the person whose least authorship this is at birth.

    Args:
        turn: how many ids of this authorship others bear already.
    """
    text = "\n".join((block, paper_id, str(position), *([str(turn)] if turn else [])))
    return "a" + hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]


def resolve_blocks(
    most: int,
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Sketches by block, those of a block in sequence, to rows of RESOLVED.

    Memory holds the sketches of one block at a time, and the pairs of at most `most` of them.
    """

    def resolve(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        sketches = chain.from_iterable(batch.to_pylist() for batch in batches)
        rows: list[Row] = []
        for _, block in groupby(sketches, key=itemgetter("block")):
            rows += resolve_block(list(block), most)
            if len(rows) >= _BATCH:
                yield pa.RecordBatch.from_pylist(rows, schema=RESOLVED)
                rows = []
        yield pa.RecordBatch.from_pylist(rows, schema=RESOLVED)

    return resolve


def resolve_block(sketches: list[Row], most: int) -> list[Row]:
    """The rows of RESOLVED of one block, whatever the order of its sketches."""
    sketches.sort(key=lambda row: (row["paper_id"], row["position"]))
    block = [authorship_of(row) for row in sketches]
    names = given_names(block)
    people: list[list[int]] = []
    links: dict[int, Row] = {}
    for part in _parts(block, most):
        those = [block[place] for place in part]
        is_compared = 1 < len(those) <= most  # most names stand alone, and a hot one costs too much
        pairs = Pairs.of(those, names) if is_compared else None
        for group in cluster(those, pairs) if pairs else cluster_by_ids(those):
            people.append([part[place] for place in group])
            for place in group:
                links[part[place]] = _link(those, group, place, pairs)
    people.sort()
    ids = _ids(sketches[0]["block"], [[block[place] for place in one] for one in people])
    author_of = {place: own for one, own in zip(people, ids, strict=True) for place in one}
    keep = ("paper_id", "position", "block", "digest")
    return [
        {**{name: row[name] for name in keep}, "author_id": author_of[place], **links[place]}
        for place, row in enumerate(sketches)
    ]


def authorship_of(row: Mapping[str, Any]) -> Authorship:
    """What is compared of a sketch (jobs/people/sketches.py)."""
    return Authorship(
        row["paper_id"],
        row["position"],
        tuple(row["given"]),
        row["orcid"] or "",
        frozenset(row["ids"]),
        row["coauthors"],
        row["full_coauthors"],
        row["title"],
        row["venue"],
        row["affiliation"],
        float("nan") if row["year"] is None else float(row["year"]),
        row["known"] or "",
        frozenset(row.get("apart") or ()),
    )


def _parts(block: Sequence[Authorship], most: int) -> list[list[int]]:
    """The places of a block that are compared.

    Of a hot one these are those of each first given name; whom ids join over several names is a
    part alone.
    """
    if len(block) <= most:
        return [list(range(len(block)))]
    firsts = [authorship.given[0] if authorship.given else "" for authorship in block]
    joined = [
        group for group in cluster_by_ids(block) if len({firsts[place] for place in group}) > 1
    ]
    over_several = set(chain.from_iterable(joined))
    parts: dict[str, list[int]] = defaultdict(list)
    for place, first in enumerate(firsts):
        if place not in over_several:
            parts[first].append(place)
    return [*joined, *(parts[first] for first in sorted(parts))]


def _link(block: Sequence[Authorship], group: list[int], place: int, pairs: Pairs | None) -> Row:
    """What ties an authorship to its person: the least that shares an id, else the closest."""
    others = [other for other in group if other != place]
    mine = block[place]
    if not others:
        return {"basis": SINGLE}
    for basis, ids in ((BY_ORCID, {mine.orcid} - {""}), (BY_FEED, mine.ids)):
        for other in others:
            theirs = {block[other].orcid} if basis == BY_ORCID else block[other].ids
            if ids & theirs:
                return {"basis": basis, "score": 1.0, **_partner(block[other])}
    assert pairs is not None  # of a hot block ids alone make a group
    closest = max(others, key=lambda other: (pairs.scores[place, other], -other))
    odds = float(np.exp(pairs.scores[place, closest]))
    return {
        "basis": BY_EVIDENCE,
        "score": round(odds / (1 + odds), 4),
        **_partner(block[closest]),
        "evidence": pairs.explain(place, closest),
    }


def _partner(other: Authorship) -> Row:
    return {"with_paper_id": other.paper_id, "with_position": other.position}


def _ids(block: str, people: Sequence[Sequence[Authorship]]) -> list[str]:
    """The id of each person.

    An id stays with the person who has most of the authorships that had it, then with the least
    id, then with the person of the least authorship. Who keeps none is named by the least
    authorship.
    """
    had = [Counter(a.known for a in one if a.known) for one in people]
    claims = sorted(
        (-often, known, place) for place, ids in enumerate(had) for known, often in ids.items()
    )
    names: dict[int, str] = {}
    taken: set[str] = set()
    for _, known, place in claims:
        if place not in names and known not in taken:
            names[place] = known
            taken.add(known)
    for place, one in enumerate(people):
        if place not in names:
            turns = (author_id_of(block, *one[0][:2], turn) for turn in count())
            names[place] = next(name for name in turns if name not in taken)
            taken.add(names[place])
    return [names[place] for place in range(len(people))]
