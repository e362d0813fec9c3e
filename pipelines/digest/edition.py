"""The edition of a day: what there is to tell, before it is known to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from conf import Config
from jobs.tables.gold import (
    NEIGHBORS,
    PAPER_TOPICS,
    PERIOD_TOTALS,
    SCORES,
    STRENGTHS,
    TOPIC_LINEAGE,
    TOPICS,
    TREND_TESTS,
)
from jobs.tables.silver import PAPER_FORWARDS, PAPERS
from jobs.text.folding import fold_words
from jobs.text.ids import address
from jobs.topics.fit import TOPIC
from jobs.trends.classes import UP
from pipelines.digest.inert import one_line, web_address
from pipelines.digest.published import Snapshot
from storage import ledger

ALL = "all"
Near = Mapping[str, tuple[tuple[float, str], ...]]
_SCHEMES = ("arxiv_id", "acl_id", "doi", "pmid")
_PAPER_COLUMNS = ["paper_id", "title", "abstract", "authors", "venue", "categories", "url",
                  "first_shown_on", *_SCHEMES]  # fmt: skip


@dataclass(frozen=True)
class Paper:
    """A paper as it is told: every text is one inert line."""

    paper_id: str
    title: str
    abstract: str
    authors: tuple[str, ...]
    venue: str
    categories: tuple[str, ...]
    address: str | None
    first_shown_on: date
    topic_id: str | None


@dataclass(frozen=True)
class Rise:
    """A topic or term whose share of the papers rose: its class, how sure it is, and why."""

    name: str
    topic_id: str | None
    slice: str
    verdict: str
    strength: str
    why: str


@dataclass(frozen=True)
class Risen:
    """What rose up to the last complete period: the surest first, topics and terms apart."""

    grain: str
    period: date
    period_end: date
    topics: tuple[Rise, ...]
    terms: tuple[Rise, ...]


@dataclass(frozen=True)
class Edition:
    """What there is to tell of a day.

    Attributes:
        papers: the papers that may be told, by id.
        trending: ids of the scored papers, best first.
        alike: liked paper → (cosine, new paper like it), nearest first.
        unlike: disliked paper → (cosine, paper like it), nearest first.
        liked_titles: liked paper → its title.
        topics: topic id → its name, of the current topics, by name.
        topic_terms: topic id → its telling terms.
        heirs: topic id of an earlier fit → ids of the topics that it became.
        merged: paper id → the id of the paper that it was merged into.
    """

    as_of: date
    papers: Mapping[str, Paper]
    trending: tuple[str, ...]
    risen: Risen | None
    alike: Near = field(default_factory=dict)
    unlike: Near = field(default_factory=dict)
    liked_titles: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    topic_terms: Mapping[str, frozenset[str]] = field(default_factory=dict)
    heirs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    merged: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def first_day(self) -> date:
        """The first day on which any of the papers was shown: no earlier digest can hold one."""
        return min((paper.first_shown_on for paper in self.papers.values()), default=self.as_of)


def edition(
    snapshot: Snapshot, config: Config, liked: Iterable[str], disliked: Iterable[str] = ()
) -> Edition:
    """The edition of a snapshot's day; the like of `liked` papers is looked for, or left out."""
    merged = _merge_targets(snapshot)
    days = max(config.scores.window_days, config.digest.like_days)
    papers = _papers(snapshot, days)
    topics = _current_topics(snapshot)
    likes, dislikes = ({merged.get(paper, paper) for paper in some} for some in (liked, disliked))
    first = snapshot.as_of - timedelta(days=config.digest.like_days - 1)
    new = {paper.paper_id for paper in papers.values() if paper.first_shown_on >= first}
    return Edition(
        as_of=snapshot.as_of,
        papers=papers,
        trending=_trending(snapshot, papers),
        risen=_find_rises(snapshot, config, topics),
        alike=_near(snapshot, config, new - likes, likes),
        unlike=_near(snapshot, config, papers.keys(), dislikes),
        liked_titles=_titles(snapshot, likes),
        topics={row["topic_id"]: one_line(row["label"]) for row in topics},
        topic_terms={
            row["topic_id"]: frozenset(term["term"] for term in row["terms"] or ())
            for row in topics
        },
        heirs=_heirs(snapshot.rows(TOPIC_LINEAGE, ["version", "old_topic_id", "new_topic_id"])),
        merged=merged,
    )


def author_key(name: str) -> str:
    """A name in whatever order of its words, case and accents."""
    return " ".join(sorted(fold_words(name)))


def _papers(snapshot: Snapshot, days: int) -> dict[str, Paper]:
    """The papers first shown in so many days up to the day, that are not withdrawn."""
    first_shown = pc.field("first_shown_on")
    rows = snapshot.rows(
        PAPERS,
        _PAPER_COLUMNS,
        (first_shown > snapshot.as_of - timedelta(days=days))
        & (first_shown <= snapshot.as_of)
        & ~pc.field("is_withdrawn")
        & pc.field("notice").is_null(),
    )
    topics = snapshot.rows(
        PAPER_TOPICS,
        ["paper_id", "topic_id"],
        pc.field("fits") & pc.field("paper_id").isin(rows["paper_id"].combine_chunks()),
    )
    topic_of = dict(
        zip(topics["paper_id"].to_pylist(), topics["topic_id"].to_pylist(), strict=True)
    )
    return {row["paper_id"]: _paper(row, topic_of.get(row["paper_id"])) for row in rows.to_pylist()}


def _paper(row: Mapping[str, Any], topic_id: str | None) -> Paper:
    return Paper(
        paper_id=row["paper_id"],
        title=one_line(row["title"]),
        abstract=one_line(row["abstract"]),
        authors=tuple(filter(None, (one_line(who["name"]) for who in row["authors"] or ()))),
        venue=one_line(row["venue"]),
        categories=tuple(filter(None, map(one_line, row["categories"] or ()))),
        address=_address(row),
        first_shown_on=row["first_shown_on"],
        topic_id=topic_id,
    )


def _merge_targets(snapshot: Snapshot) -> dict[str, str]:
    """The paper that each paper which is no more was merged into, over however many merges."""
    rows = snapshot.rows(
        PAPER_FORWARDS, ["old_paper_id", "paper_id"], pc.field("kind") == "merge"
    ).to_pylist()
    into = {row["old_paper_id"]: row["paper_id"] for row in rows}

    def last(paper: str) -> str:
        visited = {paper}
        while (following := into.get(paper)) and following not in visited:
            visited.add(following)
            paper = following
        return paper

    return {paper: last(paper) for paper in into}


def _titles(snapshot: Snapshot, papers: set[str]) -> dict[str, str]:
    if not papers:
        return {}
    some = ledger.among("paper_id", papers)
    rows = snapshot.rows(PAPERS, ["paper_id", "title"], some)
    return {row["paper_id"]: one_line(row["title"]) for row in rows.to_pylist()}


def _address(row: Mapping[str, Any]) -> str | None:
    """Where the paper is: by the id that leads to the text soonest, else what a feed says."""
    known = (web_address(address(name, row[name])) for name in _SCHEMES if row[name])
    return next(filter(None, known), None) or web_address(row["url"])


def _trending(snapshot: Snapshot, papers: Mapping[str, Paper]) -> tuple[str, ...]:
    scored = snapshot.rows(SCORES, ["paper_id", "score"], pc.field("as_of") == snapshot.as_of)
    order = scored.sort_by([("score", "descending"), ("paper_id", "ascending")])
    return tuple(paper for paper in order["paper_id"].to_pylist() if paper in papers)


def _current_topics(snapshot: Snapshot) -> list[dict[str, Any]]:
    rows = snapshot.rows(
        TOPICS,
        ["topic_id", "label", "terms"],
        pc.field("is_current") & (pc.field("level") == TOPIC),
    )
    topics: list[dict[str, Any]] = rows.to_pylist()
    return sorted(topics, key=lambda row: (row["label"], row["topic_id"]))


def _find_rises(
    snapshot: Snapshot, config: Config, topics: Iterable[Mapping[str, Any]]
) -> Risen | None:
    """What rose up to the last complete period; None where none is complete."""
    settings = config.digest
    totals = snapshot.rows(
        PERIOD_TOTALS,
        ["period", "period_end"],
        (pc.field("grain") == settings.rising_grain)
        & (pc.field("slice") == ALL)
        & pc.field("is_complete"),
    ).to_pylist()
    if not totals:
        return None
    last = max(totals, key=lambda row: row["period"])
    labels = {row["topic_id"]: one_line(row["label"]) for row in topics}
    sure = STRENGTHS[: STRENGTHS.index(settings.rising_strength) + 1]
    rose = (
        (pc.field("grain") == settings.rising_grain)
        & pc.field("class").isin(list(UP))
        & pc.field("strength").isin(list(sure))
    )
    columns = ["kind", "entity", "slice", "class", "strength", "rank", "why"]
    rows = snapshot.rows(TREND_TESTS, columns, rose).to_pylist()
    rows.sort(
        key=lambda row: (
            STRENGTHS.index(row["strength"]), row["rank"], row["entity"], row["slice"]
        )
    )  # fmt: skip
    return Risen(
        grain=settings.rising_grain,
        period=last["period"],
        period_end=last["period_end"],
        topics=tuple(
            _rise(row, labels[row["entity"]], row["entity"])
            for row in rows
            if row["kind"] == "topic" and row["entity"] in labels
        ),
        terms=tuple(
            _rise(row, row["entity"], None)
            for row in rows
            if row["kind"] == "term" and row["slice"] == ALL
        ),
    )


def _rise(row: Mapping[str, Any], name: str, topic_id: str | None) -> Rise:
    return Rise(
        name=one_line(name),
        topic_id=topic_id,
        slice=row["slice"],
        verdict=row["class"],
        strength=row["strength"],
        why=one_line(row["why"]),
    )


def _near(snapshot: Snapshot, config: Config, papers: Set[str], marked: Set[str]) -> Near:
    """Of each marked paper those of `papers` near it, nearest first, whichever names the other."""
    if not marked or not papers:
        return {}
    pairs = snapshot.rows(
        NEIGHBORS,
        ["paper_id", "neighbor_id", "cosine"],
        (ledger.among("paper_id", marked) | ledger.among("neighbor_id", marked))
        & (pc.field("cosine") >= config.digest.like_cosine),
    )
    near: dict[str, dict[str, float]] = {}
    for row in pairs.to_pylist():
        one, other = row["paper_id"], row["neighbor_id"]
        for mine, theirs in ((one, other), (other, one)):
            if mine in marked and theirs in papers:
                near.setdefault(mine, {})[theirs] = row["cosine"]
    return {
        mine: tuple(
            sorted(((c, p) for p, c in found.items()), key=lambda pair: (-pair[0], pair[1]))
        )
        for mine, found in near.items()
    }


def _heirs(lineage: pa.Table) -> dict[str, frozenset[str]]:
    """What each topic of an earlier fit is called now: itself, what it merged into, its parts."""
    now: dict[str, set[str]] = {}
    steps: dict[int, dict[str, set[str]]] = {}
    for row in lineage.to_pylist():
        if row["old_topic_id"] and row["new_topic_id"]:
            step = steps.setdefault(row["version"], {})
            step.setdefault(row["old_topic_id"], set()).add(row["new_topic_id"])
    for _, step in sorted(steps.items()):
        for old in step:
            now.setdefault(old, {old})
        for old, current in now.items():
            now[old] = {new for topic in current for new in step.get(topic, {topic})}
    return {old: frozenset(current) for old, current in now.items()}
