"""Now: the papers that trend as of a day, and why."""

from __future__ import annotations

from datetime import date, timedelta

import streamlit as st

from dashboard import calls
from dashboard.look import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION
from dashboard.parts import (
    House,
    Row,
    bars,
    choice,
    controls,
    fold_abstract,
    line,
    outward,
    paper_link,
    source,
)
from dashboard.text import escape, label, people
from jobs.tables.gold import STRENGTHS
from jobs.trends.classes import DOWN, UP
from papertide.duck import Query, ask

# Constants of the SQL: what people may order by, and the column that it is.
ORDERS = {
    "score": "score",
    "votes": "votes_part",
    "citations": "citations_part",
    "recency": "recency_part",
    "neighbours": "neighbors_part",
    "rising terms": "terms_part",
    "novelty": "novelty",
}
COLOURS = {
    "votes": BLUE,
    "citations": VERMILLION,
    "recency": ORANGE,
    "neighbours": GREEN,
    "rising terms": SKY,
    "novelty": PURPLE,
}
LENGTHS = (10, 20, 50)
MOVES = 8  # of either way; the page Trends has all
DAYS_BACK = {"yesterday": 1, "last week": 7}


def days() -> Query:
    """The days as of which scores are held, the last first."""
    return ask("select distinct as_of from gold.scores order by as_of desc")


def trending(day: date, order: str, number: int, with_topics: bool) -> Query:
    """The first papers of a day by one of ORDERS, and their places the day and the week before."""
    label, join = (
        ("t.label", _TOPIC) if with_topics else ("null", "")
    )  # a warehouse that stopped before topics has scores of none
    return ask(
        f"""
with ranked as (
  select *, row_number() over (
    partition by as_of order by {ORDERS[order]} desc nulls last, paper_id) as place
  from gold.scores
  where as_of in ($day, $day_before, $week_before)
    -- withdrawn, or merged into another, since it was scored
    and paper_id in (select paper_id from silver.papers where not is_withdrawn and notice is null)
)
select n.place, n.paper_id, p.title, p.authors, p.venue, p.dated_on, n.votes, {label} as topic,
  p.doi, p.arxiv_id, p.url, p.abstract,
  n.score, n.votes_part, n.citations_part, n.recency_part, n.neighbors_part, n.terms_part,
  n.novelty,
  d.place as place_day_before, w.place as place_week_before
from ranked n
join silver.papers p on p.paper_id = n.paper_id
left join ranked d on d.paper_id = n.paper_id and d.as_of = $day_before
left join ranked w on w.paper_id = n.paper_id and w.as_of = $week_before{join}
where n.as_of = $day and n.place <= $number
order by n.place
""",
        day=day,
        day_before=day - timedelta(days=DAYS_BACK["yesterday"]),
        week_before=day - timedelta(days=DAYS_BACK["last week"]),
        number=number,
    )


def moves(rising: bool) -> Query:
    """The surest calls of one way, by the grain that is surest of each entity.

    An entity that rose by quarter and falls by week stands on the surer side alone.
    """
    sure = " ".join(f"when '{name}' then {place}" for place, name in enumerate(STRENGTHS))
    way, both = (
        ", ".join(f"'{name}'" for name in names) for names in (UP if rising else DOWN, UP + DOWN)
    )
    return ask(
        f"""
with called as (
  select *, case strength {sure} end as place,
    row_number() over (
      partition by kind, entity order by case strength {sure} end, rank, grain) as best
  from gold.trend_tests
  where kind <> 'entity' and slice = 'all' and class in ({both})
)
select c.kind, c.entity, coalesce(t.label, c.entity) as name, c.grain, c.class, c.strength,
  c.change, c.change_low, c.change_high, c.q_value, c.why
from called c
left join gold.topics t on c.kind = 'topic' and t.topic_id = c.entity and t.is_current
where c.best = 1 and c.class in ({way})
order by c.place, c.rank, c.kind desc, c.entity
limit {MOVES}
"""
    )


_TOPIC = """
left join gold.paper_topics pt on pt.paper_id = n.paper_id
left join gold.topics t on t.topic_id = pt.topic_id and t.is_current"""


def show(house: House) -> None:
    """The page."""
    st.title("Now")
    if not house.snapshot.has("gold.scores", "silver.papers"):
        st.info("No scores are published yet. `papertide run` makes them.")
        return
    scored_days = [row["as_of"] for row in house.rows(days())]
    if not scored_days:
        st.info("No paper was shown in the days that scores look at.")
        return
    _moves(house)
    st.header("Trending papers")
    with controls():
        day = choice("As of", scored_days, "day", format_func=str)
        order = choice("By", list(ORDERS), "by")
        number = choice("Papers", LENGTHS, "show", index=1)
    absent = [
        name for name, back in DAYS_BACK.items() if day - timedelta(days=back) not in scored_days
    ]
    query = trending(day, order, number, house.snapshot.has("gold.paper_topics", "gold.topics"))
    rows = house.rows(query)
    if absent:
        st.caption(
            f"There are no scores of {' or '.join(absent)}, so moves since then are unknown."
        )
    compared = [name for name in DAYS_BACK if name not in absent]
    parts = [name for name in COLOURS if any(row[ORDERS[name]] for row in rows)]
    for row in rows:
        with st.container(border=True, gap="small"):
            _card(house, row, compared, parts)
    source(house, f"now-{day}", query)


def _moves(house: House) -> None:
    """What rises and fades, and why; what a reader came for, so it stands first."""
    if not house.snapshot.has("gold.trend_tests", "gold.topics", "gold.period_totals"):
        return
    sides = [("Rising", moves(True)), ("Fading", moves(False))]
    by_title = {title: house.rows(query) for title, query in sides}
    if not any(by_title.values()):
        st.info(calls.nothing(house, ("term", "topic"), "rising or fading", "all", None))
        return
    keys = [
        (row["kind"], row["entity"], row["grain"]) for rows in by_title.values() for row in rows
    ]
    courses = calls.courses(house, keys, "all")
    for column, (title, query) in zip(st.columns(2), sides, strict=True):
        with column:
            st.header(title)
            if not by_title[title]:
                st.caption(calls.nothing(house, ("term", "topic"), title.lower(), "all", None))
            for row in by_title[title]:
                with st.container(gap=None):
                    _mover(house, row, courses)
            source(house, f"now-{title.lower()}", query)


def _mover(house: House, row: Row, courses: dict[calls.Key, calls.Course]) -> None:
    """What rises or fades; its name leads to its shares and papers."""
    what = f"{row['kind']}s"
    st.page_link(
        house.pages["trends"],
        label=label(row["name"]),
        query_params={"what": what, "grain": row["grain"], what: row["entity"]},
    )
    calls.show(row, row["grain"], courses.get((row["kind"], row["entity"], row["grain"]), []))


def _card(house: House, row: Row, compared: list[str], parts: list[str]) -> None:
    paper_link(house, row["paper_id"], row["title"], prefix=f"{row['place']}. ")
    votes = f"{row['votes']:,} votes" if row["votes"] is not None else None
    line(people(row["authors"]), row["venue"], row["dated_on"], votes, row["topic"])
    before = {"yesterday": row["place_day_before"], "last week": row["place_week_before"]}
    facts = [f"score {row['score']:.3f}"]
    facts += [_move_text(row["place"], before[name], name) for name in compared]
    text = " · ".join([*map(escape, facts), *filter(None, [outward(row)])])
    values = [(name, row[ORDERS[name]], COLOURS[name]) for name in parts]
    st.html(f'<div class="pt-line">{text}</div>{bars(values)}')
    if row["abstract"]:
        fold_abstract(row["abstract"])


def _move_text(place: int, before: int | None, when: str) -> str:
    """How a place has changed, in words and with a sign."""
    if before is None:
        return f"new since {when}"
    if before == place:
        return f"= as {when}"
    return f"{'▲' if before > place else '▼'} {abs(before - place)} since {when}"
