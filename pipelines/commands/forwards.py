"""Papers that were merged or split, followed to those that stand now."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import pyarrow.compute as pc

from jobs.tables.silver import IDENTITY, PAPER_FORWARDS
from storage import ledger
from storage.errors import UsageError
from storage.ledger import Publication
from storage.warehouse import Warehouse


def standing(warehouse: Warehouse, paper: str, published: Mapping[str, Publication]) -> list[str]:
    """The paper itself where it stands, else the papers that hold its records now.

    Raises:
        UsageError: no paper of that id was ever published.
    """
    papers: list[str] = []
    todo, visited = [paper], {paper}
    while todo:
        one = todo.pop()
        if _stands(warehouse, one, published):
            papers.append(one)
            continue
        rows = ledger.select(warehouse, PAPER_FORWARDS, published, pc.field("old_paper_id") == one)
        nexts = sorted({row["paper_id"] for row in rows} - visited)
        visited.update(nexts)
        todo += nexts
    if not papers:
        raise UsageError(
            f"no such paper: {paper} in {warehouse.root}\n"
            '  silver.papers holds the ids: papertide sql "select paper_id, title from '
            "silver.papers where title ilike '%…%'\""
        )
    return sorted(papers)


def of_papers(
    warehouse: Warehouse, papers: Set[str], published: Mapping[str, Publication]
) -> list[dict[str, Any]]:
    """The forwarding rows from and to papers, in order."""
    either = ledger.among("old_paper_id", papers) | ledger.among("paper_id", papers)
    rows = ledger.select(warehouse, PAPER_FORWARDS, published, either)
    return sorted(rows, key=lambda row: (row["old_paper_id"], row["paper_id"]))


def _stands(warehouse: Warehouse, paper: str, published: Mapping[str, Publication]) -> bool:
    return bool(ledger.select(warehouse, IDENTITY, published, pc.field("paper_id") == paper))
