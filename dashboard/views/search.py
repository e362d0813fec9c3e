"""Search: papers by the words of title and abstract, by meaning, or both; and papers like one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from dashboard.parts import House, Row, choice, controls, fold_abstract, line, paper_link, source
from dashboard.text import count, people
from dashboard.views.paper import neighbors
from jobs.text.countries import country_name
from papertide import ranked
from papertide.duck import Query, ask
from papertide.index.contents import fold_sql as fold
from papertide.index.ready import searchable
from papertide.meaning import embed_query, model
from papertide.questions import CONDITIONS

CHOICES = 300
_TOPICS = f"""
select topic_id as value, coalesce(label, topic_id) as name, papers
from gold.topics t
where is_current and topic_id not in (
  select parent from gold.topics where is_current and parent is not null
)
order by papers desc nulls last, topic_id
limit {CHOICES}
"""
"""The topics that papers are placed in: those without others below."""
_INSTITUTIONS = f"""
select scheme || ':' || id as value, name, papers
from silver.institutions
order by papers desc, value
limit {CHOICES}
"""
_CHOICES = {
    "topic": (_TOPICS, ("gold.topics",)),
    "institution": (_INSTITUTIONS, ("silver.institutions", "silver.authorships")),
}
"""Filters whose choices have names in a table of their own, and the tables they need."""
MOST_WORDS = 8
FOUND = 30
ORDERS = {
    "words in title": "in_title desc, dated_on desc nulls last",
    "newest": "dated_on desc nulls last",
    "votes": "votes desc nulls last",
}
# What may narrow a search: the condition on silver.papers, and where its choices come from.
FILTERS = {
    name: (CONDITIONS[name], value)
    for name, value in {
        "feed": "unnest(feeds)",
        "category": "unnest(categories)",
        "venue": "venue",
        "language": "language",
        "country": "unnest(countries)",
        "institution": "scheme || ':' || id",
        "topic": "topic_id",
        "since": None,
        "until": None,
    }.items()
}
WAYS = ("words", "meaning", "both")
MOST_CHARS = 10_000
"""Characters of a query, as of `papertide search`."""
_QUOTED_OR_WORD = re.compile(r'"([^"]+)"|(\S+)')


def words(text: str) -> list[str]:
    """The words and "quoted phrases" of what someone typed."""
    return [phrase or word for phrase, word in _QUOTED_OR_WORD.findall(text)][:MOST_WORDS]


def papers_with(typed: list[str], narrowed: Mapping[str, Any], order: str) -> Query:
    """Papers that have all words, each at the beginning of a word, and meet all filters.

    `narrowed` holds values by the names of FILTERS; `order` is one of ORDERS. The column `hits` is
    the number of all that were found.
    """
    parameters = {f"word{number}": word for number, word in enumerate(typed)}
    texts = {name: _sought(name, word) for name, word in parameters.items()}
    conditions = [_has(name, word) for name, word in parameters.items()]
    conditions += [condition for name, (condition, _) in FILTERS.items() if name in narrowed]
    titles = " + ".join(f"contains(s.title, {text})::int" for text in texts.values()) or "0"
    parameters |= {f"{name}_end": end for name, word in parameters.items() if (end := _end(word))}
    return ask(
        f"""
with hits as (
  select s.paper_id, p.dated_on, p.votes, {titles} as in_title
  from search_texts s
  join silver.papers p on p.paper_id = s.paper_id
  where {f"{chr(10)}    and ".join(conditions) or "true"}
),
first as (
  select *, count(*) over () as hits
  from hits
  order by {ORDERS[order]}, paper_id
  limit {FOUND}
)
select f.hits, p.paper_id, p.title, p.authors, p.venue, p.dated_on, p.votes, p.abstract
from first f
join silver.papers p on p.paper_id = f.paper_id
order by {", ".join(f"f.{part}" for part in ORDERS[order].split(", "))}, p.paper_id
""",
        **parameters,
        **narrowed,
    )


def _has(name: str, word: str) -> str:
    """The condition that a text has the parameter; single words are looked up in the index."""
    if _end(word) is None:
        return f"contains(s.text, {_sought(name, word)})"
    return (
        "s.number in (select number from search_words "
        f"where word >= lower(${name}) and word < ${name}_end)"
    )


def _end(word: str) -> str | None:
    """What comes after all that begin with a plain word, in the order of their bytes."""
    if not (word.isascii() and word.isalnum()):
        return None
    return word[:-1].lower() + chr(ord(word[-1].lower()) + 1)


def _sought(name: str, word: str) -> str:
    """The parameter as it stands in the texts; scripts without spaces have no word beginnings."""
    sought = fold(f"${name}")
    return f"' ' || {sought}" if word.isascii() else sought


def choices(kind: str) -> Query:
    """The values of a filter, those of the most papers first."""
    if kind in _CHOICES:
        return ask(_CHOICES[kind][0])
    value = FILTERS[kind][1]
    return ask(
        f"""
select value, count(*) as papers
from (select {value} as value from silver.papers)
where value is not null
group by value
order by papers desc, value
limit {CHOICES}
"""
    )


def show(house: House) -> None:
    """The page."""
    st.title("Search")
    if not house.snapshot.has("silver.papers"):
        st.info("No papers are published yet. `papertide run` makes them.")
        return
    searched = searchable(house.snapshot)
    if searched != house.snapshot:
        st.caption(
            "A run has just published. Until that is read, what was there before is searched."
        )
        house = replace(house, snapshot=searched)
    like = st.query_params.get("like")
    if like and house.snapshot.has("gold.neighbors"):
        _like(house, like)
    else:
        _ask(house)


def _ask(house: House) -> None:
    text = st.text_input(
        "Words, or what it is about",
        key="q",
        bind="query-params",
        placeholder='graph "protein design"',
        max_chars=MOST_CHARS,
        help="By words: papers that have all of them, words in quotes together. By meaning: papers "
        "whose vectors are nearest to that of the text. Both: the two lists fused.",
    )
    name = model(house.embed) if house.snapshot.has("silver.embeddings") else None
    with controls():
        by = choice("By", WAYS if name else WAYS[:1], "by")
        order = choice("Order", list(ORDERS), "order") if by == "words" else None
    narrowed = _filters(house)
    text = (text or "").strip()
    if not text and (order is None or not narrowed):
        st.info("Give a word, or a filter." if order else "Say what to look for.")
    elif order:
        _by_words(house, text, narrowed, order)
    else:
        assert name is not None  # else there is no such way
        _show_ranked(house, text, by, name, narrowed)


def _by_words(house: House, text: str, narrowed: Mapping[str, Any], order: str) -> None:
    query = papers_with(words(text), narrowed, order)
    with st.spinner("Reading titles and abstracts …", show_time=True):
        rows = house.rows(query)
    hits = rows[0]["hits"] if rows else 0
    limit_note = f"; the first {len(rows)}" if hits > len(rows) else ""
    _list(house, rows, f"{count(hits, 'paper')}{limit_note}")
    source(house, "search", query)


def _show_ranked(house: House, text: str, by: str, name: str, narrowed: Mapping[str, Any]) -> None:
    """The papers nearest to a text, the best first."""
    conditions = [FILTERS[kind][0] for kind in narrowed]
    vector = embed_query(text, house.embed)
    (word_row,) = house.rows(ranked.words(text))
    if by == "meaning":
        ranks = ranked.by_meaning(vector, name, conditions, narrowed, FOUND)
    elif word_row["words"] == [""]:
        st.info("Give a word.")
        return
    else:
        ranks = ranked.by_both(word_row["words"], vector, name, conditions, narrowed, FOUND)
    query = ranked.with_papers(ranks)
    with st.spinner("Reading texts and vectors …", show_time=True):
        rows = house.rows(query)
    noted_rows = [
        {**row, "notes": [_note(row, value) for value in ("bm25", "cosine")]} for row in rows
    ]
    _list(
        house,
        noted_rows,
        f"the {len(rows)} best papers, as `papertide search --by {by}` ranks them",
    )
    source(house, "search", query)


def _note(row: Row, value: str) -> str | None:
    """What a paper was ranked by."""
    return None if row.get(value) is None else f"{value} {row[value]:.3f}"


def _filters(house: House) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    with st.expander("Filters", expanded=any(name in st.query_params for name in FILTERS)):
        for name, (_, value) in FILTERS.items():
            if value is None:
                chosen[name] = _day(name)
            else:
                chosen[name] = _one_of(house, name)
    return {name: value for name, value in chosen.items() if value is not None}


def _one_of(house: House, name: str) -> Any:
    """One of the values of a filter; a topic as the list that it is asked by."""
    _, needed = _CHOICES.get(name, ("", ()))
    rows = house.rows(choices(name)) if house.snapshot.has("silver.papers", *needed) else []
    if not rows:
        return None
    names = {row["value"]: row.get("name") or _name(name, row["value"]) for row in rows}
    value = st.selectbox(
        name.title(), list(names), index=None, key=name, bind="query-params", placeholder="any",
        format_func=lambda value: names.get(value, value),
    )  # fmt: skip
    return [value] if name == "topic" and value is not None else value


def _name(kind: str, value: str) -> str:
    return (country_name(value) if kind == "country" else None) or value


def _day(name: str) -> date | None:
    return st.date_input(
        "Dated since" if name == "since" else "Dated until",
        value=None, min_value=date(1665, 1, 1), key=name, bind="query-params",
    )  # fmt: skip


def _like(house: House, paper_id: str) -> None:
    st.query_params["like"] = paper_id  # a link from this page to itself leaves the address alone
    query = neighbors(paper_id)
    rows = house.rows(query)
    st.header("Papers most like")
    titles = house.rows(ask("select title from silver.papers where paper_id = $id", id=paper_id))
    paper_link(house, paper_id, titles[0]["title"] if titles else paper_id)
    st.page_link(house.pages["search"], label="Back to the search")
    noted_rows = [{**row, "notes": [_note(row, "cosine")]} for row in rows]
    _list(house, noted_rows, f"{len(rows)} papers")
    source(house, f"like-{paper_id}", query)


def _list(house: House, rows: list[Row], caption: str) -> None:
    st.caption(caption)
    for row in rows:
        with st.container(border=True, gap="small"):
            paper_link(house, row["paper_id"], row["title"])
            line(people(row["authors"]), row["venue"], row["dated_on"], *row.get("notes", ()))
            if row.get("abstract"):
                fold_abstract(row["abstract"])
            if house.snapshot.has("gold.neighbors"):
                st.page_link(
                    house.pages["search"],
                    label="More like this",
                    query_params={"like": row["paper_id"]},
                )
