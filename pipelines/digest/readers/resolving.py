"""What people call topics and papers, as the ids that a subscription keeps."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import pyarrow.compute as pc

from jobs.tables.gold import TOPICS
from jobs.tables.silver import PAPERS
from jobs.topics.fit import TOPIC
from pipelines.digest.inert import one_line
from pipelines.digest.published import Snapshot, snapshot
from storage import ledger
from storage.errors import UsageError
from storage.warehouse import Warehouse

_PAPER_IDS = ("paper_id", "arxiv_id", "doi", "acl_id", "pmid")
_NAMED = 20


def topics(warehouse: Warehouse, names: Sequence[str]) -> tuple[str, ...]:
    """The ids of topics that are named by id, by their whole name, or by one of its terms.

    Raises:
        UsageError: there is no such topic, or there are several.
    """
    if not names:
        return ()
    rows = _snapshot(warehouse).rows(
        TOPICS, ["topic_id", "label"], pc.field("is_current") & (pc.field("level") == TOPIC)
    )
    labels = {row["topic_id"]: one_line(row["label"]) for row in rows.to_pylist()}
    return tuple(_topic(name, labels) for name in names)


def papers(warehouse: Warehouse, ids: Sequence[str]) -> tuple[str, ...]:
    """The paper_ids of papers, by that or by their arXiv id, DOI, ACL or PubMed id.

    Raises:
        UsageError: no paper has such an id.
    """
    if not ids:
        return ()
    some = pc.scalar(False)
    for column in _PAPER_IDS:
        some |= ledger.among(column, {*ids, *(name.lower() for name in ids)})
    known: dict[str, str] = {}
    for row in _snapshot(warehouse).rows(PAPERS, _PAPER_IDS, some).to_pylist():
        known |= {row[column].lower(): row["paper_id"] for column in _PAPER_IDS if row[column]}
    if lacking := [name for name in ids if name.lower() not in known]:
        raise UsageError(f"no paper has the id {', '.join(lacking)}")
    return tuple(known[name.lower()] for name in ids)


def _snapshot(warehouse: Warehouse) -> Snapshot:
    current = snapshot(warehouse, None)
    if current is None:
        raise UsageError(f"no scores are published in {warehouse.root} yet: papertide run")
    return current


def _topic(name: str, labels: dict[str, str]) -> str:
    if name in labels:
        return name
    lower = name.casefold()
    matches = [key for key, label in labels.items() if label.casefold() == lower] or [
        key for key, label in labels.items() if lower in label.casefold().split(", ")
    ]
    if len(matches) == 1:
        return matches[0]
    near = matches or get_close_matches(name, labels.values(), n=_NAMED, cutoff=0.0)
    listing = "\n  ".join(labels.get(key, key) for key in near)
    raise UsageError(
        f"{'several topics are' if matches else 'no topic is'} called {name!r}:\n  {listing}"
    )
