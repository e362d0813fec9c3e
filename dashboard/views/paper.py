"""Paper: its fields and their sources, citations, neighbours, its records and why they are one."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from dashboard.parts import House, Row, line, outward, papers, source, table
from dashboard.text import escape, label, people
from jobs.tables.silver import PAPERS
from papertide import questions
from papertide.asking import papers_with_id, why_cites_none, why_none_cites
from papertide.duck import Query, ask

# Shown in their own places, or of no use to a reader.
_ELSEWHERE = ("title", "abstract", "sources", "records")
_LINKED = 8  # authors
_NAMED_AUTHORS = 30  # the table of fields has all
_SHOWN = 20  # papers of a list of citations


def paper(paper_id: str) -> Query:
    """All fields of a paper."""
    columns = ", ".join(PAPERS.column_names)
    return ask(f"select {columns}\nfrom silver.papers\nwhere paper_id = $id", id=paper_id)


def successors(paper_id: str) -> Query:
    """The papers that a former one was merged into, or split into."""
    return ask(
        """
with recursive led(paper_id) as (
  select $id
  union
  select f.paper_id
  from silver.paper_forwards f
  join led l on f.old_paper_id = l.paper_id
)
select p.paper_id, p.title, p.authors, p.venue, p.dated_on
from led l
join silver.papers p on p.paper_id = l.paper_id
order by p.paper_id
""",
        id=paper_id,
    )


def apart(paper_id: str) -> Query:
    """Records that came close to those of a paper and were kept apart, and why."""
    return ask(
        """
with own as (select record_id from silver.identity where paper_id = $id)
select o.record_id, other.record_id as other_record, other.paper_id as other_paper,
  e.weight, e.rule, e.reason, e.evidence
from silver.identity_edges e
join own o on o.record_id in (e.a, e.b)
join silver.identity other
  on other.record_id = case when e.a = o.record_id then e.b else e.a end
where e.verdict = 'apart' and other.paper_id <> $id
order by e.weight desc, o.record_id, other_record
limit 20
""",
        id=paper_id,
    )


def records(paper_id: str) -> Query:
    """The records of a paper, and what joined each to another."""
    return ask(
        """
select i.record_id, r.feed, r.shown_on, r.title, i.rule, i.score, i.evidence, i.joined_to
from silver.identity i
left join silver.records r on r.record_id = i.record_id
where i.paper_id = $id
order by i.rule <> 'first', r.shown_on, i.record_id
""",
        id=paper_id,
    )


def neighbors(paper_id: str) -> Query:
    """The nearest papers, nearest first, and whether each is earlier."""
    return ask(
        """
select n.rank, n.cosine, n.is_earlier, n.neighbor_id as paper_id,
  p.title, p.authors, p.venue, p.dated_on
from gold.neighbors n
join silver.papers p on p.paper_id = n.neighbor_id
where n.paper_id = $id
order by n.rank
""",
        id=paper_id,
    )


def topic(paper_id: str) -> Query:
    """The topic that a paper fits, if one does."""
    return ask(
        """
select t.topic_id, t.label, pt.similarity
from gold.paper_topics pt
join gold.topics t on t.topic_id = pt.topic_id and t.is_current
where pt.paper_id = $id and pt.fits
""",
        id=paper_id,
    )


def authors(paper_id: str) -> Query:
    """The first authors of a paper, as people."""
    return ask(
        f"""
select l.author_id, any_value(a.name) as name, min(l.position) as position
from silver.author_links l
join silver.authors a on a.author_id = l.author_id
where l.paper_id = $id
group by l.author_id
order by position, l.author_id
limit {_LINKED}
""",
        id=paper_id,
    )


def phrases(paper_id: str) -> Query:
    """The key phrases of a paper, the most telling first."""
    return ask(
        "select phrase, score from silver.keyphrases where paper_id = $id order by rank, phrase",
        id=paper_id,
    )


def scores(paper_id: str) -> Query:
    """The trending scores of a paper, the last day first."""
    return ask(
        """
select as_of, score, votes, votes_part, citations_part, recency_part, neighbors_part, terms_part,
  novelty
from gold.scores
where paper_id = $id
order by as_of desc
""",
        id=paper_id,
    )


def show(house: House) -> None:
    """The page."""
    head = st.empty()  # a paper has its own title further down
    if not house.snapshot.has("silver.papers"):
        head.title("Paper")
        st.info("No papers are published yet. `papertide run` makes them.")
        return
    wanted = st.text_input(
        "Paper",
        key="id",
        bind="query-params",
        placeholder="paper id, DOI, arXiv id, ACL id, PubMed id …",
    )
    if not wanted:
        head.title("Paper")
        st.info("Give an id, or come here from a title on another page.")
        return
    wanted = wanted.strip()
    found = papers_with_id(house.snapshot, wanted, surely=False)
    rows = house.rows(paper(found[0])) if found else _follow_forwards(house, wanted)
    if not rows:
        return
    row = rows[0]
    _head(house, row)
    record_rows = house.rows(records(row["paper_id"])) if _has_records(house) else []
    _fields(row, {record["record_id"]: record["feed"] for record in record_rows})
    source(house, f"paper-{row['paper_id']}", paper(row["paper_id"]))
    if house.snapshot.has("silver.authorships"):
        _places(house, row["paper_id"])
    _cites(house, row["paper_id"])
    _cited_by(house, row["paper_id"])
    if house.snapshot.has("gold.neighbors"):
        _neighbors(house, row["paper_id"])
    if record_rows:
        _records(house, row["paper_id"], record_rows)
    if house.snapshot.has("silver.identity_edges", "silver.identity"):
        _apart(house, row["paper_id"])
    if house.snapshot.has("gold.scores"):
        _scores(house, row["paper_id"])


def _has_records(house: House) -> bool:
    return house.snapshot.has("silver.identity", "silver.records")


def _follow_forwards(house: House, wanted: str) -> list[Row]:
    """The paper that a former one was merged into; where there are several, links to them."""
    has_forwards = house.snapshot.has("silver.paper_forwards")
    papers_now = house.rows(successors(wanted)) if has_forwards else []
    if len(papers_now) == 1:
        st.caption("That paper was merged into this one.")
        return house.rows(paper(papers_now[0]["paper_id"]))
    if papers_now:
        st.info("That paper is no more: its records are those of these papers now.")
        papers(house, papers_now)
    else:
        st.warning("No paper has this id.")
    return []


def _head(house: House, row: Row) -> None:
    st.html(f'<h1 class="pt-title">{escape(row["title"])}</h1>')
    if row["is_withdrawn"]:
        st.warning(f"This paper is {label(row['withdrawn_as'] or 'withdrawn')}.")
    names = people(row["authors"], _NAMED_AUTHORS)
    line(names, row["venue"], row["dated_on"], row["date_basis"])
    if links := outward(row):
        st.html(f'<div class="pt-line">{links}</div>')
    _authors(house, row["paper_id"])
    st.html(f'<div class="pt-text">{escape(row["abstract"] or "No record has an abstract.")}</div>')
    _subjects(house, row["paper_id"])


def _authors(house: House, paper_id: str) -> None:
    """Its first authors, each of whom leads to the profile."""
    if not house.snapshot.has("silver.author_links", "silver.authors"):
        return
    with st.container(horizontal=True, gap="small"):
        for row in house.rows(authors(paper_id)):
            st.page_link(
                house.pages["people"],
                label=label(row["name"]),
                query_params={"kind": "author", "who": row["author_id"]},
            )


def _subjects(house: House, paper_id: str) -> None:
    """Its topic and phrases, each of which leads to its trend."""
    with st.container(horizontal=True, gap="small"):
        if house.snapshot.has("gold.paper_topics", "gold.topics", "gold.topic_trends"):
            for row in house.rows(topic(paper_id)):
                st.page_link(
                    house.pages["trends"],
                    label=label(f"Topic: {row['label']}"),
                    query_params={"what": "topics", "topics": row["topic_id"]},
                )
        if house.snapshot.has("silver.keyphrases", "gold.term_trends"):
            for row in house.rows(phrases(paper_id)):
                st.page_link(
                    house.pages["trends"],
                    label=label(row["phrase"]),
                    query_params={"what": "terms", "terms": row["phrase"]},
                )


def _fields(row: Row, feeds: dict[str, str]) -> None:
    st.header("Fields and where they came from")
    sources = dict(row["sources"] or [])
    entries = [
        {
            "field": column.name,
            "value": _value(row[column.name]),
            "feed": feeds.get(sources.get(column.name, ""), ""),
            "record": sources.get(column.name, ""),
            "meaning": column.comment,
        }
        for column in PAPERS.columns
        if column.name not in _ELSEWHERE and row[column.name] not in (None, [], "")
    ]
    first = [{"field": name, "value": "(above)", "feed": feeds.get(sources.get(name, ""), ""),
              "record": sources[name], "meaning": name}
             for name in ("title", "abstract") if name in sources]  # fmt: skip
    table(
        [*first, *entries],
        {"field": "field", "value": "value", "feed": "feed", "record": "record"},
    )


def _value(value: Any) -> str:
    """A field as a person reads it."""
    if isinstance(value, list):
        return "; ".join(map(_value, value))
    if isinstance(value, dict):
        return ", ".join(str(item) for item in value.values() if item is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _places(house: House, paper_id: str) -> None:
    """Where its authors work, as far as a feed says."""
    query = questions.authorships(paper_id, _SHOWN, 0)
    rows = house.rows(query)
    if not any(row["countries"] or row["affiliations"] for row in rows):
        return
    st.header("Where its authors work")
    st.caption(_count_line(rows, "Authors"))
    table(
        [{**row, **{name: _value(row[name] or []) for name in ("countries", "affiliations")}}
         for row in rows],
        {"name": "author", "countries": "countries", "affiliations": "affiliations"},
    )  # fmt: skip
    source(house, f"places-{paper_id}", query)


def _cites(house: House, paper_id: str) -> None:
    query = questions.cites(paper_id, _SHOWN)
    cited = house.rows(query) if house.snapshot.has("silver.references") else []
    st.header("Cites")
    if not cited:
        st.caption(why_cites_none(house.snapshot, paper_id))
        return
    st.caption(_count_line(cited, "Papers of the feeds, in the order of its list of references"))
    papers(house, cited)
    source(house, f"cites-{paper_id}", query)


def _cited_by(house: House, paper_id: str) -> None:
    query = questions.cited_by(paper_id, _SHOWN)
    citing = house.rows(query) if house.snapshot.has("silver.references") else []
    st.header("Cited by")
    if not citing:
        st.caption(why_none_cites(house.snapshot, paper_id))
        return
    st.caption(_count_line(citing, "Papers of the feeds, the newest first"))
    if house.snapshot.has("gold.citation_counts"):
        for row in house.rows(questions.citations(paper_id)):
            days = {"first": row["first_cited_on"], "last": row["last_cited_on"]}
            dates = [f"{name} on {day}" for name, day in days.items() if day]
            line(f"{row['cited_by_last_year']:,} of the last year", *dates)
    papers(house, citing)
    source(house, f"cited-by-{paper_id}", query)


def _count_line(rows: list[Row], what: str) -> str:
    """How many there are, and of how many these are the first."""
    hits, count = rows[0]["hits"], len(rows)
    return f"{what}: {hits:,}" + (f", of which the first {count}" if hits > count else "")


def _neighbors(house: House, paper_id: str) -> None:
    query = neighbors(paper_id)
    rows = house.rows(query)
    st.header("Neighbours")
    for title, is_earlier in (("Earlier", True), ("The same day or later", False)):
        st.markdown(f"### {title}")
        side = [row for row in rows if row["is_earlier"] == is_earlier]
        if not side:
            st.caption("none among its nearest")
        papers(house, [{**row, "notes": (f"cosine {row['cosine']:.3f}",)} for row in side])
    source(house, f"neighbors-{paper_id}", query)


def _records(house: House, paper_id: str, rows: list[Row]) -> None:
    st.header("Its records, and why they are one paper")
    table(
        [{**record, "evidence": _evidence(record["evidence"])} for record in rows],
        {"record_id": "record", "feed": "feed", "shown_on": "shown", "title": "title as delivered",
         "rule": "joined by", "score": "score", "evidence": "evidence", "joined_to": "to record"},
    )  # fmt: skip
    source(house, f"records-{paper_id}", records(paper_id))


def _apart(house: House, paper_id: str) -> None:
    query = apart(paper_id)
    rows = house.rows(query)
    if not rows:
        return
    st.header("Close, but kept separate")
    table(
        [{**row, "evidence": _evidence(row["evidence"])} for row in rows],
        {"record_id": "record", "other_record": "other record", "other_paper": "of paper",
         "weight": "balance", "rule": "for it", "reason": "against it", "evidence": "evidence"},
    )  # fmt: skip
    source(house, f"apart-{paper_id}", query)


def _evidence(text: str | None) -> str:
    """What agreed, from its JSON object, as `name: value`."""
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return text or ""
    if not isinstance(values, dict):
        return text or ""
    return "; ".join(f"{name}: {value}" for name, value in values.items())


def _scores(house: House, paper_id: str) -> None:
    query = scores(paper_id)
    rows = house.rows(query)
    if not rows:
        return
    st.header("Trending scores")
    shown = rows[:10]
    by_citations = {"citations_part": "by citations"}  # of most warehouses nothing
    table(
        shown,
        {"as_of": "as of", "score": "score", "votes": "votes", "votes_part": "by votes",
         **(by_citations if any(row["citations_part"] is not None for row in shown) else {}),
         "recency_part": "recency", "neighbors_part": "neighbours", "terms_part": "rising terms",
         "novelty": "novelty"},
    )  # fmt: skip
    source(house, f"scores-{paper_id}", query)
