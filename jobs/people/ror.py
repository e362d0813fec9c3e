"""The list of research organizations (ROR) as Papertide keeps it: one Parquet file, a row each.

`papertide setup --ror` writes it (pipelines/setup/ror.py). Its metadata say which release it is,
and the digest of what it was made of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LABEL, ALIAS, ACRONYM = "label", "alias", "acronym"
ACTIVE, WITHDRAWN = "active", "withdrawn"
_TEXTS = pa.list_(pa.string())
ORGANIZATIONS = pa.schema(
    {
        "id": pa.string(),  # without address
        "status": pa.string(),  # active, inactive or withdrawn
        "name": pa.string(),  # the one that ROR shows
        "names": pa.list_(pa.struct({"value": pa.string(), "kind": pa.string()})),
        "countries": _TEXTS,
        "cities": _TEXTS,
        "parents": _TEXTS,
        "successors": _TEXTS,
        "ids": pa.list_(pa.struct({"scheme": pa.string(), "id": pa.string()})),
    }
)
VERSION, DIGEST = b"ror_version", b"ror_digest"


class RorList(NamedTuple):
    """Where the list is, and its digest; no file: there is none."""

    file: str | None = None
    digest: str = ""


NO_LIST = RorList()


def read_list(ror: RorList) -> pa.Table:
    """The rows of the list; none where there is no list."""
    return pq.read_table(ror.file) if ror.file else ORGANIZATIONS.empty_table()


def standing(rows: Sequence[Mapping[str, Any]]) -> dict[str, str | None]:
    """Each id with the one that stands for it now: its own, or its successor's; None for none.

    Successors are followed until one is active. Where they part, or lead in a circle, an inactive
    organization stands for itself: papers of its time name it rightly. A withdrawn one was never
    right, and nothing stands for it.
    """
    by_id = {row["id"]: row for row in rows}
    return {own: _standing(own, by_id) for own in by_id}


def _standing(own: str, by_id: Mapping[str, Mapping[str, Any]]) -> str | None:
    visited, at = {own}, own
    while by_id[at]["status"] != ACTIVE:
        successors = sorted({*by_id[at]["successors"]} & by_id.keys())
        if len(successors) != 1 or successors[0] in visited:
            return None if by_id[own]["status"] == WITHDRAWN else own
        at = successors[0]
        visited.add(at)
    return at


def rors_of(table: pa.Table, ids: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """ROR ids of (scheme, id) that the list knows under another id, or that have a successor.

    An id that several organizations have tells none.
    """
    now = standing(table.select(["id", "status", "successors"]).to_pylist())
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for pair, row in _other_ids(table, ids):
        found[pair].add(row)
    for own in now:
        if ("ror", own) in ids:
            found["ror", own].add(own)
    current = {pair: {now[own] for own in owns} - {None} for pair, owns in found.items()}
    return {
        pair: own
        for pair, owns in current.items()
        if len(owns) == 1 and (own := min(filter(None, owns))) and pair != ("ror", own)
    }


def _other_ids(
    table: pa.Table, ids: Collection[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Those of `ids` by other schemes that the list has, each with the organization's own."""
    each = table["ids"].combine_chunks()
    pairs = each.flatten()
    names = pc.binary_join_element_wise(pairs.field("scheme"), pairs.field("id"), ":")
    wanted = pa.array(sorted(":".join(pair) for pair in ids), pa.string())
    at = pc.indices_nonzero(pc.is_in(names, wanted))
    owns = table["id"].combine_chunks().take(each.value_parent_indices().take(at))
    for pair, own in zip(pairs.take(at).to_pylist(), owns.to_pylist(), strict=True):
        yield (pair["scheme"], pair["id"]), own


def described(table: pa.Table, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """Rows of the organizations with these ids: id, name, country, city, parents, aliases."""
    mine = table.filter(pc.is_in(table["id"], pa.array(sorted(ids), pa.string())))
    for row in mine.to_pylist():
        yield {
            "id": row["id"],
            "name": row["name"],
            "country": next(iter(row["countries"]), None),
            "city": next(iter(row["cities"]), None),
            "parents": sorted(row["parents"]),
            "aliases": sorted({each["value"] for each in row["names"]} - {row["name"]}),
        }
