"""Sketches of authorships for tests: papers as a line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jobs.people.sketches import sketch_paper

Row = dict[str, Any]


def author(name: str, *, orcid: str | None = None, ids: Iterable[str] = (), at: str = "") -> Row:
    """An author by name, with ids as `s2 7`, and an affiliation."""
    return {
        "name": name,
        "given": None,
        "family": None,
        "orcid": orcid,
        "author_ids": [dict(zip(("scheme", "id"), one.split(" "), strict=True)) for one in ids],
        "affiliations": [at] if at else [],
        "institution_ids": [],
    }


def paper(paper_id: str, *authors: Row | str, title: str = "", venue: str = "", year: int | None = 2020) -> Row:  # fmt: skip
    """A paper; an author may be a name alone."""
    rows = [author(one) if isinstance(one, str) else one for one in authors]
    return {
        "paper_id": paper_id, "title": title, "venue": venue, "year": year, "digest": 1,
        "authors": [{**row, "position": place} for place, row in enumerate(rows, 1)],
    }  # fmt: skip


def block_of(block: str, *papers: Row) -> list[Row]:
    """The sketches of one block, of people not known before."""
    rows = [row for one in papers for row in sketch_paper(one)]
    return [{**row, "known": None} for row in rows if row["block"] == block]


def people_of(rows: Iterable[Row]) -> set[frozenset[str]]:
    """The papers of each person."""
    by_person: dict[str, set[str]] = {}
    for row in rows:
        by_person.setdefault(row["author_id"], set()).add(row["paper_id"])
    return {frozenset(papers) for papers in by_person.values()}
