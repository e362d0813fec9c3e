"""Why a paper is one: its records, what joined them, and what came close and was kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from conf import Config
from jobs.identity.scoring import SCHEMES
from jobs.tables.core import Table
from jobs.tables.silver import DECISIONS, IDENTITY, IDENTITY_EDGES, RECORDS
from pipelines.commands import forwards
from storage import ledger
from storage.ledger import Publication
from storage.warehouse import Warehouse

Row = dict[str, Any]
Seen = Mapping[str, Publication]
_SHOWN = ("feed", "shown_on", "title", "year", "venue", "native_id", *SCHEMES)


def why(config: Config, paper: str) -> dict[str, list[Row]]:
    """All that is known of the identity of a paper, without Spark: sections of rows, by name.

    `records`: the records of the paper, or where it was merged or split of those that stand for it,
    and what joined each. `joined`: pairs of them that were compared. `apart`: pairs of one of them
    and a record of another paper that came close, the closest first, and what kept them apart.
    `forwards`: merges and splits that lead from or to the papers. `decisions`: what people decided
    on the records.

    Raises:
        UsageError: no paper of that id was ever published.
    """
    warehouse = Warehouse.at(config.warehouse)
    published = ledger.published(warehouse)
    papers = forwards.standing(warehouse, paper, published)
    identity = ledger.select(warehouse, IDENTITY, published, ledger.among("paper_id", papers))
    mine = {row["record_id"] for row in identity}
    edges = _touching(warehouse, IDENTITY_EDGES, mine, published)
    together, apart = (
        [edge for edge in edges if edge["verdict"] == verdict] for verdict in ("joined", "apart")
    )
    ends = {end for edge in apart for end in _ends(edge)} - mine
    beyond = ledger.select(warehouse, IDENTITY, published, ledger.among("record_id", ends))
    paper_of = {row["record_id"]: row["paper_id"] for row in (*identity, *beyond)}
    rows = ledger.select(warehouse, RECORDS, published, ledger.among("record_id", paper_of))
    records = {row["record_id"]: row for row in rows}
    return {
        "records": [_record(row, records) for row in sorted(identity, key=_by_paper)],
        "joined": [_only(edge, "a", "b", *_EVIDENCE) for edge in together],
        "apart": [_close(edge, mine, paper_of, records) for edge in apart],
        "forwards": forwards.of_papers(warehouse, {paper, *papers}, published),
        "decisions": _touching(warehouse, DECISIONS, mine, published),
    }


_EVIDENCE = ("rule", "score", "weight", "evidence")


def _touching(warehouse: Warehouse, table: Table, records: Set[str], published: Seen) -> list[Row]:
    """Rows of a table of pairs that name one of the records, those with the highest score first."""
    either = ledger.among("a", records) | ledger.among("b", records)
    rows = ledger.select(warehouse, table, published, either)
    return sorted(rows, key=lambda row: (-row.get("score", 0), *_ends(row)))


def _ends(pair: Row) -> tuple[str, str]:
    return pair["a"], pair["b"]


def _by_paper(row: Row) -> tuple[str, bool, str]:
    """A paper's first record before those that were joined to it."""
    return row["paper_id"], row["joined_to"] is not None, row["record_id"]


def _record(identity: Row, records: Mapping[str, Row]) -> Row:
    record = records[identity["record_id"]]
    authors = "; ".join(author["name"] or "-" for author in record["authors"] or ())
    names = ("paper_id", "record_id", "rule", "score", "joined_to", "evidence")
    return _only(identity, *names) | _only(record, *_SHOWN) | {"authors": authors}


def _close(
    edge: Row, mine: Set[str], paper_of: Mapping[str, str], records: Mapping[str, Row]
) -> Row:
    """A pair that was kept apart, from the side of the paper."""
    record, other = sorted(_ends(edge), key=lambda end: end not in mine)
    return {
        "record_id": record,
        "other": other,
        "of_paper": paper_of[other],
        "title": records[other]["title"],
        "reason": edge["reason"],
        **_only(edge, *_EVIDENCE),
    }


def _only(row: Row, *names: str) -> Row:
    return {name: row[name] for name in names}
