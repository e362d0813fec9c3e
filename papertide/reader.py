"""A warehouse as its readers see it: tables, papers, search, topics, trends; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from conf import Config
from conf.near import near
from jobs.entities.spelling import key_of
from jobs.entities.words import KINDS
from jobs.params import EmbedSettings
from jobs.tables.catalog import BY_NAME
from jobs.tables.core import Table as Declared
from jobs.tables.gold import COLLABORATIONS, PAIR_GRAINS, PAIR_KINDS, ROLES
from jobs.tables.silver import AUTHOR_LINKS, AUTHORS, AUTHORSHIPS, INSTITUTIONS, PAPERS, REFERENCES
from jobs.text import ids
from jobs.text.countries import country_code, country_name
from jobs.vectors.search import FUSED
from papertide import duck, questions
from papertide.asking import (
    day_of,
    papers_with_id,
    span_of,
    text_of,
    why_cites_none,
    why_no_author,
    why_no_authors,
    why_no_institution,
    why_no_pairs,
    why_none_cites,
    why_none_match,
    words_of,
)
from papertide.export import NEEDED
from papertide.found import Found, as_html, as_polars
from papertide.members import profiles
from papertide.members.network import Network
from papertide.search import Hit, Search
from papertide.snapshot import Snapshot, of_day, resolve
from storage import ledger
from storage.errors import PapertideError, UsageError
from storage.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas
    import polars

LIMIT = 10
"""Rows of a list, where nobody says how many."""
_ALL = 10**9
_CITED = ("paper_id", "title", "dated_on", "url")
_LISTED = 20  # values that an error names


class NotPublishedError(PapertideError):
    """A table that is asked for is not published, or was not by the day that is looked at."""


@dataclass(frozen=True)
class Table:
    """A published table at one version."""

    declared: Declared
    version: int
    warehouse: Warehouse

    @property
    def name(self) -> str:
        """Its name, as `gold.topics`."""
        return self.declared.name

    def arrow(self, *columns: str) -> pa.Table:
        """All rows, or some columns of them, as an Arrow table."""
        return self._dataset().to_table(columns=list(columns or self.declared.column_names))

    def df(self, *columns: str) -> pandas.DataFrame:
        """The same as a data frame of pandas."""
        return self.arrow(*columns).to_pandas()  # type: ignore[no-any-return]

    def pl(self, *columns: str) -> polars.DataFrame:
        """The same as a data frame of Polars, which must be installed."""
        return as_polars(self.arrow(*columns))

    def duckdb(self) -> duckdb.DuckDBPyRelation:
        """The same as a relation of DuckDB, which reads what is asked of it."""
        return duckdb.connect().from_arrow(self._dataset())

    def __len__(self) -> int:
        return int(self._dataset().count_rows())

    def __repr__(self) -> str:
        columns = "\n".join(f"  {c.name}: {c.type}" for c in self.declared.columns)
        return f"{self._summary()}\n{columns}"

    def _repr_html_(self) -> str:
        rows = [
            {"column": c.name, "type": c.type, "meaning": c.comment} for c in self.declared.columns
        ]
        return as_html(rows, ["column", "type", "meaning"], [self._summary()])

    def _summary(self) -> str:
        return f"{self.name}: {len(self):,} rows at version {self.version}; {self.declared.grain}"

    def _dataset(self) -> Any:
        return ledger.dataset(self.warehouse, self.declared, self.version)


@dataclass(frozen=True)
class Reader:
    """One state of a warehouse, which stays as it is while runs publish; `now` gives the newest.

    Filters of papers, which `papers`, `search` and `export` take by name: author, category
    (`cs.CL` or `arxiv:cs.CL`), country (code of ISO 3166-1), entity, feed, language, term, topic
    (id or label; an area is all its topics), venue, words (all of them in title or abstract), since
    and until (days).
    """

    snapshot: Snapshot
    embed: EmbedSettings
    day: date | None = None

    # States

    def now(self) -> Reader:
        """The same warehouse at what is published now."""
        return replace(self, snapshot=resolve(self.snapshot.root), day=None)

    def as_of(self, day: date | str) -> Reader:
        """The warehouse as readers saw it when the last scores up to a day were published.

        Raises:
            PapertideError: nothing was scored by then, or its files are gone.
        """
        last_day = day_of("as_of", day)
        return replace(self, snapshot=of_day(self.snapshot.root, last_day), day=last_day)

    # Tables

    @property
    def tables(self) -> list[str]:
        """Names of the tables that can be read."""
        return [name for name in BY_NAME if self.snapshot.has(name)]

    def table(self, name: str) -> Table:
        """A table by its name.

        Raises:
            UsageError: there is none of that name.
            NotPublishedError: nothing of it is published.
        """
        if name not in BY_NAME:
            raise UsageError(f"no table {name}{near(name, BY_NAME)}")
        self._must_have(name)
        version = dict(self.snapshot.versions)[name]
        return Table(BY_NAME[name], version, Warehouse.at(self.snapshot.root))

    def sql(self, query: str, **parameters: Any) -> Found:
        """The rows of one SELECT of DuckDB over the tables, by their names; `$name` is a parameter.

        Raises:
            UsageError: it is no SELECT, or wrong.
        """
        try:
            kinds = [statement.type.name for statement in duckdb.extract_statements(query)]
            if kinds not in (["SELECT"], ["EXPLAIN"]):
                raise UsageError("sql: give one SELECT; this is for reading")
            table = duck.answer_once(
                self.snapshot, duck.ask(query.rstrip().rstrip(";"), **parameters)
            )
        except duckdb.Error as error:
            raise UsageError(f"sql: {str(error).strip()}") from error
        return Found(table, len(table), whole=self._whole)

    # Papers

    def papers(
        self, *, order: str = "newest", limit: int = LIMIT, offset: int = 0, **filters: Any
    ) -> Found:
        """Papers that meet all filters, by `order`: newest, oldest, votes or title.

        Raises:
            UsageError: a filter or value that there is not.
        """
        self._must_have(PAPERS.name)
        if order not in questions.ORDERS:
            raise UsageError(f"order: one of {', '.join(questions.ORDERS)}, not {order}")
        narrowed = self._check_filters(filters)
        result = self._page(questions.papers(narrowed, order, *span_of(limit, offset)))
        return result if offset else _or_why_none(result, narrowed)

    def paper(self, paper: str) -> dict[str, Any]:
        """All fields of a paper by its paper_id or any other id; one that was merged leads on.

        `cites` and `cited_by` begin the lists that the methods of these names give; `total` counts
        them whole.

        Raises:
            UsageError: no paper has the id.
        """
        self._must_have(PAPERS.name)
        paper_id = self._paper_id(paper)
        (row,) = self._whole([paper_id], PAPERS.column_names).to_pylist()
        return {
            **row,
            "sources": dict(row["sources"] or []),
            "cites": _first_papers(self.cites(paper_id)),
            "cited_by": _first_papers(self.cited_by(paper_id)),
        }

    def cites(self, paper: str, *, limit: int = LIMIT, offset: int = 0) -> Found:
        """The papers of the feeds that one cites, in the order of its list of references.

        Raises:
            UsageError: no paper has the id.
        """
        return self._linked_papers(questions.cites, why_cites_none, paper, limit, offset)

    def cited_by(self, paper: str, *, limit: int = LIMIT, offset: int = 0) -> Found:
        """The papers of the feeds that cite one, the newest first; notices are left out.

        Raises:
            UsageError: no paper has the id.
        """
        return self._linked_papers(questions.cited_by, why_none_cites, paper, limit, offset)

    def authorships(self, paper: str, *, limit: int = LIMIT, offset: int = 0) -> Found:
        """The authors of a paper in order: names, ids, affiliations, institutions, countries.

        Raises:
            UsageError: no paper has the id.
        """
        self._must_have(PAPERS.name)
        query = questions.authorships(self._paper_id(paper), *span_of(limit, offset))
        return self._page_of(AUTHORSHIPS, query, offset, why_no_authors(self.snapshot))

    def authors(self, name: str, *, limit: int = LIMIT, offset: int = 0) -> Found:
        """The people of a name, however it is ordered, that of the most papers first."""
        query = questions.authors(text_of(name), *span_of(limit, offset))
        return self._page_of(AUTHORS, query, offset, why_no_author(self.snapshot))

    def author(self, author: str) -> dict[str, Any]:
        """A person: names, ids, papers and co-authors, and why each paper is the person's.

        `papers` has of each authorship its `basis`, the authorship that it is tied to, and what
        speaks for one person (silver.author_links); `coauthors` are the first by papers in common.

        Args:
            author: an author_id, an ORCID iD, a feed's id as scheme:id, or a name that one has.

        Raises:
            UsageError: nobody is meant, or several people are.
        """
        self._must_have(AUTHORS.name, AUTHOR_LINKS.name, PAPERS.name)
        asked = text_of(author)
        people = self._rows(questions.author(ids.orcid(asked) or asked))
        people = people or self._rows(questions.authors(asked, _LISTED, 0))
        if len(people) != 1:
            each = ", ".join(f"{row['author_id']} ({row['papers']} papers)" for row in people)
            raise UsageError(
                f"author: {author} is the name of several people: {each}"
                if people
                else f"author: nobody has the id or name {author}"
            )
        (row,) = people
        row.pop("hits", None)
        papers = self._rows(questions.links(row["author_id"]))
        return {
            **row,
            "number_of_papers": row["papers"],
            "papers": [{**paper, "evidence": dict(paper["evidence"] or [])} for paper in papers],
            "coauthors": self._rows(questions.coauthors(row["author_id"], LIMIT)),
        }

    def institutions(
        self, like: str | None = None, *, country: str | None = None, limit: int = LIMIT,
        offset: int = 0,
    ) -> Found:  # fmt: skip
        """Institutions that feeds have ids of, that of the most papers first.

        Args:
            like: letters of the name. country: code of ISO 3166-1, as NO.
        """
        query = questions.institutions(like, country, *span_of(limit, offset))
        return self._page_of(INSTITUTIONS, query, offset, why_no_institution(self.snapshot))

    def collaborations(
        self, kind: str = "country", *, member: str | None = None, grain: str = "year",
        since: date | str | None = None, until: date | str | None = None, limit: int = LIMIT,
        offset: int = 0,
    ) -> Found:  # fmt: skip
        """Pairs of countries or institutions with papers together, those with the most first.

        `papers` counts each paper whole, `weight` as 1 / (n - 1) for n countries or institutions.

        Args:
            kind: country or institution.
            member: only its pairs: a code of ISO 3166-1, or scheme:id of an institution.
            grain: month, quarter or year; papers whose date is less exact are left out.
            since, until: of periods that begin then.

        Raises:
            UsageError: a kind or grain that there is not, or no day.
        """
        for name, value, known in (("kind", kind, PAIR_KINDS), ("grain", grain, PAIR_GRAINS)):
            if value not in known:
                raise UsageError(f"{name}: one of {', '.join(known)}, not {value}")
        if kind == "country" and member is not None:
            member = member.upper()
        asked = {"kind": kind, "grain": grain, "member": member, "since": since, "until": until}
        narrowed = {
            name: day_of(name, value) if name in ("since", "until") else value
            for name, value in asked.items()
            if value is not None
        }
        query = questions.collaborations(narrowed, *span_of(limit, offset))
        return self._page_of(COLLABORATIONS, query, offset, why_no_pairs(self.snapshot))

    def profile(
        self, kind: str, member: str, *, since: date | str | None = None,
        until: date | str | None = None, limit: int = LIMIT,
    ) -> dict[str, Any]:  # fmt: skip
        """What an author, an institution, a country or a venue writes of, with whom, what rises.

        `years`, `topics` (with the specialisation in each), `partners`, `rising` among its papers
        where trends are tested there, and `notes` on what is not known.

        Args:
            kind: author, institution, country or venue.
            member: an author as for `author`; an institution by scheme:id or its whole name; a
                country by its code of ISO 3166-1; a venue by its name.
            since, until: count papers of these days alone; `rising` is of all.
            limit: topics, partners and risen things at most.

        Raises:
            UsageError: there is no such kind or member, or several are meant.
        """
        self._must_have(PAPERS.name, *profiles.kind_of(kind).tables)
        id_, name = self._member(kind, member)
        span = _span(since, until)
        limit = span_of(limit)[0]
        has_topics = self.snapshot.has("gold.paper_topics") and self.snapshot.has("gold.topics")
        of_topics = profiles.topics(kind, id_, span, limit) if has_topics else None
        # Slices by institution go by the names in addresses, the others by ids.
        in_slice = name if kind == "institution" else id_
        rising, notes = self._rising(f"{kind}={in_slice}", name, limit)
        return {
            "kind": kind,
            "id": id_,
            "name": name,
            **self._rows(profiles.papers(kind, id_, span))[0],
            "years": self._rows(profiles.by_year(kind, id_, span)),
            "topics": self._rows(of_topics) if of_topics else [],
            "partners": self.named(kind, self._rows(profiles.partners(kind, id_, span, limit))),
            "rising": rising,
            "notes": notes,
        }

    def network(
        self, kind: str = "country", *, since: date | str | None = None,
        until: date | str | None = None, limit: int = profiles.MOST_NODES,
    ) -> Network:  # fmt: skip
        """Who writes with whom, among the members of the most papers.

        Args:
            kind: author, institution or country.
            since, until: count papers of these days alone.
            limit: nodes, at most 200.

        Raises:
            UsageError: a kind that has no network, or too many nodes.
        """
        if kind == "venue":
            raise UsageError("network: a paper has one venue; give author, institution or country")
        if not 0 < limit <= profiles.MOST_NODES:
            raise UsageError(f"network: from 1 to {profiles.MOST_NODES} nodes, not {limit}")
        self._must_have(PAPERS.name, *profiles.kind_of(kind).tables)
        span = _span(since, until)
        nodes = self.named(kind, self._rows(profiles.nodes(kind, span, limit)))
        edges = self._rows(profiles.edges(kind, [node["id"] for node in nodes], span))
        notes = () if nodes else (f"No paper that is counted names any {kind}.",)
        return Network(kind, nodes, edges, notes)

    def first_movers(
        self, kind: str, entity: str, *, by: str = "author", limit: int = LIMIT
    ) -> list[dict[str, Any]]:
        """Who had the first papers of a topic, term or entity, and who followed, in that order.

        `first_on` is as exact as `date_basis` says; papers without a date do not count.

        Args:
            kind: topic, term or entity. entity: its id or label, the term, or the name.
            by: author, institution, country or venue.

        Raises:
            UsageError: there is no such kind, topic or kind of members.
        """
        self._must_have(PAPERS.name, *profiles.kind_of(by).tables)
        if kind == "topic":
            names = self._topic_ids(entity)
        else:
            names = [self._entity(kind, entity)]
            self._must_have(f"gold.{kind}_papers")
        query = profiles.first_movers(by, kind, names, span_of(limit)[0])
        return self.named(by, self._rows(query))

    def similar(self, paper: str, *, limit: int = LIMIT) -> Found:
        """The papers nearest to one by their vectors, nearest first, and whether each is earlier.

        Raises:
            UsageError: no paper has the id.
        """
        self._must_have(PAPERS.name, "gold.neighbors")
        paper_id = self._paper_id(paper)
        result = self._page(questions.similar(paper_id, span_of(limit)[0]))
        if len(result):
            return result
        why = "withdrawn papers have none, and those that no run has embedded yet"
        return replace(result, notes=(f"{paper_id} has no neighbours: {why}",))

    def search(
        self, query: str, *, by: str | None = None, limit: int = LIMIT, offset: int = 0,
        **filters: Any,
    ) -> Found:  # fmt: skip
        """Papers by the words of title and abstract, by meaning, by an author's name or an id.

        An id finds its paper. A query that is the name of an author finds the author's papers
        first. A word that no text has is searched as the known word nearest to it, and the notes
        say so. The column `matched` says by what each paper was found.

        Args:
            by: words (BM25), meaning (cosine of vectors) or both (ranks fused); None: both where
                this machine has the model and the warehouse its vectors, else words.

        Raises:
            UsageError: no word, too many of them, or a filter that there is not.
            PapertideError: a meaning is asked for that can't be computed here.
        """
        self._must_have(PAPERS.name)
        limit, offset = span_of(limit, offset)
        narrowed = self._check_filters(filters)
        searcher = Search(self.snapshot, self.embed, text_of(query), by, narrowed, limit + offset)
        hits = searcher.run()[offset : offset + limit]
        return self._list_hits(hits, offset, searcher.total, searcher.notes)

    # Topics, trends, terms, scores

    def topics(self) -> Found:
        """The topics in use, areas first, the largest first."""
        self._must_have("gold.topics")
        return self._page(questions.topics())

    def trends(
        self, kind: str | None = None, *, grain: str = "month", slice: str = "all",  # noqa: A002
        verdict: str | None = None, entity: str | None = None, like: str | None = None,
        limit: int = LIMIT, offset: int = 0,
    ) -> Found:  # fmt: skip
        """What rises, fades, bursts or is new, the surest first: gold.trend_tests with names.

        Args:
            kind: topic, term or entity; None: all.
            grain: week, month, quarter or year.
            slice: all, or the papers among which shares are taken, as `category=arxiv:cs.CL`.
            verdict: only of this class, as rising or falling.
            entity: only this topic_id, term or entity_id.
            like: only names with these letters in them.

        Raises:
            UsageError: a kind, grain, slice or class that there is not; the error names those.
        """
        self._must_have("gold.trend_tests")
        wanted = {"kind": kind, "grain": grain, "slice": slice, "class": verdict, "entity": entity}
        has_labels, has_entities = map(self.snapshot.has, ("gold.topics", "gold.entities"))
        query = questions.trends(wanted, like, *span_of(limit, offset), has_labels, has_entities)
        result = self._page(query)
        if len(result):
            return result
        for name in ("kind", "grain", "slice", "class"):
            self._must_be_known("gold.trend_tests", name, wanted[name])
        criteria = ", ".join(f"{name} {value}" for name, value in wanted.items() if value)
        return replace(result, notes=(f"nothing was tested that is of {criteria}",))

    def slices(self) -> Found:
        """The slices in which trends are tested: all, or some papers, as `category=arxiv:cs.CL`."""
        self._must_have("gold.trend_tests")
        return self._page(questions.values("gold.trend_tests", "slice"))

    def course(
        self,
        kind: str,
        entity: str,
        *,
        grain: str = "month",
        slice: str = "all",  # noqa: A002
    ) -> Found:
        """The shares of a topic (by id or label), term or entity over time, with 95 % intervals.

        Raises:
            UsageError: no such kind or topic.
        """
        name = self._entity(kind, entity)
        self._must_have(questions.TREND_TABLES[kind][0])
        result = self._page(questions.course(kind, name, grain, slice))
        if len(result):
            return result
        return replace(result, notes=(f"{kind} {entity} is not counted by {grain} among {slice}",))

    def evidence(self, kind: str, entity: str, *, limit: int = 3, **filters: Any) -> Found:
        """The newest papers that a topic (by id or label), term or entity is counted by.

        Raises:
            UsageError: no such kind or topic.
        """
        self._must_have(PAPERS.name)
        narrowed = self._check_filters({**filters, kind: self._entity(kind, entity)})
        result = self._page(questions.evidence(narrowed, span_of(limit)[0]))
        return _or_why_none(result, narrowed)

    def shown(self, trends: Found, papers: int) -> list[dict[str, Any]]:
        """Trends as rows, each with some of the papers that it is counted by, as `evidence`."""
        rows = trends.rows()
        for row in rows if papers else ():
            evidence = self.evidence(row["kind"], row["entity"], limit=papers).rows()
            row["evidence"] = [{name: one[name] for name in _CITED} for one in evidence]
        return rows

    def terms(self, like: str | None = None, *, limit: int = LIMIT, offset: int = 0) -> Found:
        """Terms whose trends are counted, that of the most papers first."""
        self._must_have("gold.terms")
        return self._page(questions.terms(like, *span_of(limit, offset)))

    def entities(
        self, like: str | None = None, *, kind: str | None = None, rising: bool = False,
        limit: int = LIMIT, offset: int = 0,
    ) -> Found:  # fmt: skip
        """Models, data sets, methods, tools and tasks that papers name, the most used first.

        Each with the surest call of its trend, if there is one.

        Args:
            like: letters of a name, in any spelling. kind: model, dataset, method, tool or task.
            rising: only what is used more than before, the surest first.

        Raises:
            UsageError: a kind that there is not.
        """
        if kind is not None and kind not in KINDS:
            raise UsageError(f"kind: one of {', '.join(KINDS)}, not {kind}")
        self._must_have("gold.entities")
        if rising:
            self._must_have("gold.trend_tests")
        asked = None if like is None else text_of(like)
        narrowed = {"kind": kind, "like": asked, "key": None if asked is None else key_of(asked)}
        narrowed = {name: value for name, value in narrowed.items() if value is not None}
        has_tests = self.snapshot.has("gold.trend_tests")
        return self._page(questions.entities(narrowed, rising, has_tests, *span_of(limit, offset)))

    def entity(
        self, entity: str, *, role: str | None = None, limit: int = LIMIT, offset: int = 0
    ) -> Found:
        """The papers that name an entity, those that introduce it first, with the words there.

        Args:
            entity: its name in any spelling. role: introduces, uses or mentions; None: all.

        Raises:
            UsageError: there is no such entity or role.
        """
        if role is not None and role not in ROLES:
            raise UsageError(f"role: one of {', '.join(ROLES)}, not {role}")
        self._must_have("gold.entities", "gold.entity_papers", PAPERS.name)
        asked = self._entity_id(text_of(entity))
        result = self._page(questions.entity_papers(asked, role, *span_of(limit, offset)))
        if len(result) or offset:
            return result
        names = [row["name"] for row in self.entities(entity, limit=_LISTED).rows()]
        if role is not None and asked in map(key_of, names):
            return replace(result, notes=(f"no paper {role} {entity}",))
        listed = f"; with these letters there are {', '.join(names)}" if names else ""
        raise UsageError(f"no entity {entity}{listed}\n  entities lists them")

    def scores(
        self, day: date | str | None = None, *, limit: int = LIMIT, offset: int = 0
    ) -> Found:
        """The papers that trend on a day, or the last one, with the parts of their scores."""
        self._must_have("gold.scores", PAPERS.name)
        score_day = None if day is None else day_of("day", day)
        result = self._page(questions.scores(score_day, *span_of(limit, offset)))
        if len(result) or score_day is None or offset:
            return result
        return replace(result, notes=(f"no paper was scored as of {score_day}",))

    # Out

    def selected(
        self, *, query: str | None = None, search: str | None = None, **more: Any
    ) -> Found:
        """Papers to take along.

        Args:
            query: SQL, which stands alone; as papers its rows need a paper_id.
            search: words, with `by`; without `limit` the first 100.
            more: filters of papers, `order`, `limit`; without these all papers.
        """
        options = {name: value for name, value in more.items() if value is not None}
        if query is not None:
            if options or search is not None:
                raise UsageError("export: a query stands alone, without search or filters")
            return self.sql(query)
        if search is not None:
            return self.search(search, **{"limit": FUSED, **options})
        return self.papers(**{"limit": _ALL, **options})

    def export(self, form: str, file: str | Path | None = None, **selection: Any) -> str:
        """Papers that are `selected`, as bibtex, ris, csl-json, csv or jsonl; also into a file."""
        return self.selected(**selection).export(form, file)

    def __repr__(self) -> str:
        names = ", ".join(self.tables) or "nothing is published yet"
        return f"{self._summary()}: {names}"

    def _repr_html_(self) -> str:
        rows = [
            {"table": name, "version": self.snapshot.version(name), "holds": BY_NAME[name].grain}
            for name in self.tables
        ]
        return as_html(rows, ["table", "version", "holds"], [self._summary()])

    # What the questions share

    def _linked_papers(
        self, question: Callable[[str, int, int], duck.Query],
        why_none: Callable[[Snapshot, str], str], paper: str, limit: int, offset: int,
    ) -> Found:  # fmt: skip
        """Papers that references link with one; where there are none, why."""
        self._must_have(PAPERS.name)
        paper_id = self._paper_id(paper)
        if not self.snapshot.has(REFERENCES.name):
            result = Found(self._whole([], questions.LISTED), 0, whole=self._whole)
        else:
            result = self._page(question(paper_id, *span_of(limit, offset)))
        if len(result) or offset:
            return result
        return replace(result, hits=0, notes=(why_none(self.snapshot, paper_id),))

    def _summary(self) -> str:
        return f"Papertide at {self.snapshot.root}" + (f" as of {self.day}" if self.day else "")

    def _page_of(self, table: Declared, query: duck.Query, offset: int, why_none: str) -> Found:
        """Rows of a table that no run may have had rows for; where there are none, why."""
        if not self.snapshot.has(table.name):
            return Found(pa.table({}), 0, (why_none,), self._whole)
        result = self._page(query)
        return result if len(result) or offset else replace(result, hits=0, notes=(why_none,))

    def _member(self, kind: str, member: str) -> tuple[str, str]:
        """The id and name of a member of a kind."""
        asked = text_of(member)
        if kind == "author":
            person = self.author(asked)
            return person["author_id"], person["name"]
        if kind == "country":
            code = country_code(asked)
            if code is None:
                raise UsageError(f"country: no code of ISO 3166-1 is {asked}; NO is Norway's")
            return code, country_name(code) or code
        found = self._rows(profiles.member(kind, asked))
        if len(found) == 1 or (found and found[0]["id"] == asked):
            return found[0]["id"], found[0]["name"]
        if found:
            each = ", ".join(row["id"] for row in found[:_LISTED])
            raise UsageError(f"{kind}: several are called {asked}: {each}")
        names = [row["name"] for row in self._rows(profiles.called(kind, asked, _LISTED))]
        raise UsageError(
            f"{kind}: there is no {asked}"
            + (f"; with these letters there are {', '.join(names)}" if names else "")
        )

    def named(self, kind: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Members with a name: a country's, else their id where they have none."""
        named = country_name if kind == "country" else str
        return [row | {"name": row["name"] or named(row["id"]) or row["id"]} for row in rows]

    def _rising(self, slice_: str, name: str, limit: int) -> tuple[list[dict[str, Any]], list[str]]:
        """What rises among a member's papers, or a note why that is not known."""
        if not self.snapshot.has("gold.trend_tests"):
            return [], ["Trends are not published yet: papertide run makes them."]
        known = {row["value"] for row in self._rows(questions.values("gold.trend_tests", "slice"))}
        if slice_ not in known:
            return [], [
                f"Trends are not tested among the papers of {name} alone: they are of the largest "
                "countries, institutions by the name in addresses, and venues (trends.max_slices), "
                "and of groups of authors that a file names (trends.groups)."
            ]
        rising = self._rows(profiles.rising(slice_, limit))
        return rising, [] if rising else [f"Nothing is called rising among the papers of {name}."]

    def _must_have(self, *names: str) -> None:
        missing = [name for name in names if not self.snapshot.has(name)]
        if missing:
            as_of = f" as of {self.day}" if self.day else ""
            raise NotPublishedError(
                f"{missing[0]} is not published{as_of} in {self.snapshot.root}\n"
                "  papertide run makes it"
            )

    def _must_be_known(self, table: str, column: str, value: str | None) -> None:
        """Refuse a value that no row has, and name those that there are."""
        if value is None:
            return
        known = [row["value"] for row in self._rows(questions.values(table, column))]
        if value not in known:
            names = ", ".join(known[:_LISTED]) + (", …" if len(known) > _LISTED else "")
            raise UsageError(f"{column}: no {value}{near(value, known)}; there are {names}")

    def _rows(self, query: duck.Query) -> list[dict[str, Any]]:
        return duck.rows(self.snapshot, query)

    def _page(self, query: duck.Query) -> Found:
        """Rows whose column `hits`, where there is one, is the number of all."""
        table = duck.answer(self.snapshot, query)
        hits = None
        if "hits" in table.column_names:
            hits = table["hits"][0].as_py() if len(table) else None
            table = table.drop_columns(["hits"])
        return Found(table, hits, whole=self._whole)

    def _whole(self, paper_ids: Sequence[str], columns: Sequence[str] = NEEDED) -> pa.Table:
        return duck.answer_once(self.snapshot, questions.of_ids(paper_ids, columns))

    def _check_filters(self, filters: Mapping[str, Any]) -> dict[str, Any]:
        """Filters as parameters of their conditions."""
        values = {name: value for name, value in filters.items() if value is not None}
        for name in values.keys() - questions.CONDITIONS.keys():
            known = questions.CONDITIONS
            raise UsageError(f"no filter {name}{near(name, known)}; there are {', '.join(known)}")
        for name in values.keys() & {"since", "until"}:
            values[name] = day_of(name, values[name])
        if "author" in values and not words_of(self.snapshot, values["author"]):
            raise UsageError("author: no letter in that name")
        if "words" in values:
            count = len(words_of(self.snapshot, values["words"]))
            if not 0 < count <= questions.MOST_WORDS:
                raise UsageError(
                    f"words: {count}; from 1 to {questions.MOST_WORDS} can be asked for"
                )
        if "topic" in values:
            values["topic"] = tuple(self._topic_ids(values["topic"]))
        if "country" in values:
            values["country"] = country_code(values["country"]) or values["country"]
        if "institution" in values:
            self._must_have(*profiles.kind_of("institution").tables)
            values["institution"], _ = self._member("institution", values["institution"])
        if "term" in values:
            self._must_have("gold.term_papers")
            values["term"] = values["term"].strip().lower()
        if "entity" in values:
            self._must_have("gold.entity_papers")
            values["entity"] = self._entity_id(values["entity"])
        return values

    def _entity_id(self, asked: str) -> str:
        """The entity_id of an entity by that id or by its name in any spelling."""
        entity_id = asked.strip()
        if self.snapshot.has("gold.entities") and self._rows(questions.entity(entity_id)):
            return entity_id  # which, read as a name, may be that of another
        return key_of(entity_id)

    def _entity(self, kind: str, entity: str) -> str:
        """The topic_id of a topic by id or label, or a term or entity as it is counted."""
        if kind not in questions.TREND_TABLES:
            raise UsageError(f"kind: topic, term or entity, not {kind}")
        if kind == "topic":
            return self._topic_ids(entity)[0]
        return self._entity_id(entity) if kind == "entity" else entity.strip().lower()

    def _topic_ids(self, topic: str) -> list[str]:
        """The id of a topic, by id or label; of an area those of its topics behind it."""
        self._must_have("gold.topics", "gold.paper_topics")
        topics = self._rows(questions.topics())
        wanted = topic.strip().lower()
        same = [r for r in topics if wanted in (r["topic_id"].lower(), (r["label"] or "").lower())]
        if not same:
            labels = [row["label"] for row in topics if row["label"]]
            raise UsageError(f"no topic {topic}{near(topic, labels)}\n  topics lists them")
        own = {row["topic_id"] for row in same}
        return [*sorted(own), *(row["topic_id"] for row in topics if row["parent"] in own)]

    def _paper_id(self, paper: str) -> str:
        """The paper_id of an id of any scheme.

        Raises:
            UsageError: no paper has it, or a former paper was split into several.
        """
        identifier = text_of(paper)
        paper_ids = papers_with_id(self.snapshot, identifier, surely=False)
        if not paper_ids and self.snapshot.has("silver.paper_forwards"):
            paper_ids = [row["paper_id"] for row in self._rows(questions.merged_into(identifier))]
            if len(paper_ids) > 1:
                raise UsageError(
                    f"{identifier} is no more: its records are of {', '.join(paper_ids)} now"
                )
        if not paper_ids:
            raise UsageError(
                f"no paper has the id {identifier}\n"
                "  search finds papers by words; the column paper_id has the ids"
            )
        return paper_ids[0]

    def _list_hits(
        self, hits: Sequence[Hit], offset: int, total: int | None, notes: Sequence[str]
    ) -> Found:
        """Hits as a list of papers: what each was found and ranked by, then the paper."""
        papers = self._whole([hit.paper_id for hit in hits], questions.LISTED)
        ranks = range(offset + 1, offset + 1 + len(hits))
        columns: dict[str, Any] = {"rank": pa.array(ranks, pa.int64())}
        for name in hits[0].values if hits else ():
            columns[name] = pa.array([hit.values.get(name) for hit in hits], pa.float64())
        columns["matched"] = pa.array([hit.matched for hit in hits], pa.string())
        columns |= {name: papers[name] for name in papers.column_names}
        return Found(pa.table(columns), total, tuple(notes), self._whole)


def _or_why_none(found: Found, narrowed: Mapping[str, Any]) -> Found:
    """Papers, or why none meet the filters."""
    if len(found) or not narrowed:
        return found
    return replace(found, notes=(why_none_match(narrowed),))


def _first_papers(papers: Found) -> dict[str, Any]:
    """The first papers of a list, how many there are in all, and its notes."""
    rows = [{name: row[name] for name in _CITED} for row in papers.rows()]
    return {"total": papers.hits, "notes": list(papers.notes), "papers": rows}


def _span(since: date | str | None, until: date | str | None) -> profiles.Span:
    """Days that someone gave, as days."""
    return profiles.Span(
        None if since is None else day_of("since", since),
        None if until is None else day_of("until", until),
    )


def reader_of(config: Config) -> Reader:
    """The warehouse of a configuration, as its readers see it now."""
    return Reader(resolve(Warehouse.at(config.warehouse).root), config.embed)
