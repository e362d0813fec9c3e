"""Map: the papers in the plane, like by like; a lasso around some is a list of papers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from math import isfinite
from typing import NamedTuple

import streamlit as st

from dashboard.charts import PLANE_HEIGHT, plane
from dashboard.look import PALETTE, ground, ink
from dashboard.parts import House, Row, choice, papers, several, source
from dashboard.text import count, label
from jobs.trends.classes import DOWN, UP
from papertide.duck import Query, ask
from papertide.members.profiles import surest

DRAWN = 2_500
"""Papers that are drawn, at most: more are neither told apart nor drawn while one waits."""
LISTED, SHOWN = 500, 20
"""Papers of a list, and those that the page shows."""
COLOURED = len(PALETTE)
LASSO, MOST_CORNERS = "lasso", 60
"""Name of the lasso in the address, and its corners there, at most."""
_CLEARED = "lassos taken away"
WAYS = ("topics that rise", "topics that fade")

Lasso = tuple[tuple[float, float], ...]
"""Corners of a polygon in the plane, in order; none where there is none."""


class Span(NamedTuple):
    """Days from the first to the last, both included."""

    since: date
    until: date


def months() -> Query:
    """The months in which papers of the map are dated."""
    return ask(
        """
select distinct date_trunc('month', p.dated_on)::date as month
from gold.map m
join silver.papers p on p.paper_id = m.paper_id
where p.dated_on is not null
order by month
"""
    )


_OF_TOPIC = """
left join gold.paper_topics pt on pt.paper_id = m.paper_id and pt.fits
left join gold.topics t on t.topic_id = pt.topic_id and t.is_current"""


def topic_counts(span: Span) -> Query:
    """The topics with all their papers of these days, the largest first; null for no topic."""
    return ask(
        f"""
select pt.topic_id, any_value(coalesce(t.label, pt.topic_id)) as name, count(*) as papers
from gold.map m
join silver.papers p on p.paper_id = m.paper_id{_OF_TOPIC}
where p.dated_on between $since and $until
group by pt.topic_id
order by papers desc, pt.topic_id
""",
        **span._asdict(),
    )


def points(span: Span) -> Query:
    """The papers of these days to draw: all, or a draw that is the same each time."""
    return ask(
        f"""
with m as (
  select m.*
  from gold.map m
  join silver.papers p on p.paper_id = m.paper_id
  where p.dated_on between $since and $until
  order by md5(m.paper_id), m.paper_id
  limit {DRAWN}
)
select m.paper_id, m.x, m.y, p.title, p.dated_on, pt.topic_id,
  coalesce(t.label, pt.topic_id) as name
from m
join silver.papers p on p.paper_id = m.paper_id{_OF_TOPIC}
order by m.paper_id
""",
        **span._asdict(),
    )


def growth() -> Query:
    """The topics that rise or fade, each by the grain that is surest."""
    up, both = (", ".join(f"'{name}'" for name in names) for names in (UP, UP + DOWN))
    return ask(
        f"""
select entity as topic_id, class in ({up}) as rises
from gold.trend_tests x
where kind = 'topic' and slice = 'all' and class in ({both}) and strength is not null
qualify row_number() over (
  partition by entity order by {surest("x")}, rank, grain) = 1
"""
    )


# A point is inside where a ray from it to the right crosses the edges an odd number of times. What
# is outside the rectangle around them all needs no ray.
_INSIDE = """
edges as (
  select unnest($x) as x0, unnest($y) as y0,
    unnest($x[2:] || $x[:1]) as x1, unnest($y[2:] || $y[:1]) as y1
),
inside as (
  select m.paper_id
  from gold.map m
  join edges e on (e.y0 > m.y) <> (e.y1 > m.y)
    and m.x < e.x0 + (m.y - e.y0) / (e.y1 - e.y0) * (e.x1 - e.x0)
  where m.x between list_min($x) and list_max($x) and m.y between list_min($y) and list_max($y)
  group by m.paper_id
  having count(*) % 2 = 1
),"""


def papers_in(span: Span, lasso: Lasso, topics: Sequence[str]) -> Query:
    """The papers in a lasso (none: everywhere) and of topics (none: of all)."""
    conditions = ["p.dated_on between $since and $until"]
    if topics:
        conditions.append("list_contains($topics, pt.topic_id)")
    return ask(
        f"""
with {_INSIDE if lasso else ""}
found as (
  select m.*, p.dated_on, count(*) over () as hits
  from gold.map m{f"{chr(10)}  join inside i on i.paper_id = m.paper_id" if lasso else ""}
  join silver.papers p on p.paper_id = m.paper_id
  left join gold.paper_topics pt on pt.paper_id = m.paper_id and pt.fits
  where {f"{chr(10)}    and ".join(conditions)}
  order by p.dated_on desc, m.paper_id
  limit {LISTED}
)
select f.hits, p.paper_id, p.title, p.authors, p.venue, p.dated_on, f.x, f.y
from found f
join silver.papers p on p.paper_id = f.paper_id
order by p.dated_on desc, p.paper_id
""",
        **span._asdict(),
        **({"x": [x for x, _ in lasso], "y": [y for _, y in lasso]} if lasso else {}),
        **({"topics": list(topics)} if topics else {}),
    )


def show(house: House) -> None:
    """The page."""
    st.title("Map")
    known = ("gold.map", "silver.papers", "gold.paper_topics", "gold.topics")
    dated = house.rows(months()) if house.snapshot.has(*known) else []
    if not dated:
        st.info("No map is published yet. `papertide run` makes it as soon as there are topics.")
        return
    span = _span([row["month"] for row in dated])
    rows = house.rows(topic_counts(span))
    names = {row["topic_id"]: row["name"] for row in rows if row["topic_id"]}
    chosen = several(
        "Topics",
        names,
        "topics",
        max_selections=COLOURED,
        placeholder=f"the {COLOURED} largest are coloured; or choose",
    )
    lasso = _lasso()
    coloured = [names.get(topic, topic) for topic in chosen or list(names)[:COLOURED]]
    picture, listed = st.container(), st.container()
    with listed:  # sent first: whoever drew a lasso waits for it, and has the picture
        _list(house, span, lasso, chosen)
    with picture:
        _picture(house, span, coloured, lasso, sum(row["papers"] for row in rows))


def _span(months: list[date]) -> Span:
    """The months that the slider is at, as days."""
    names = {f"{month:%Y-%m}": month for month in months}
    if len(names) == 1:
        return Span(months[0], _end(months[0]))
    first, last = st.select_slider(
        "Dated from … to …",
        list(names),
        value=(min(names), max(names)),
        key="months",
        bind="query-params",
    )
    return Span(names[first], _end(names[last]))


def _end(month: date) -> date:
    """The last day of a month."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _lasso() -> Lasso:
    """The lasso of the session, else of the address, which holds it from now on."""
    address = st.session_state.setdefault(LASSO, st.query_params.get(LASSO, ""))
    lasso = from_address(address)
    if lasso:
        st.query_params[LASSO] = address
    elif LASSO in st.query_params:
        del st.query_params[LASSO]
    return lasso


def from_address(text: str) -> Lasso:
    """The lasso of an address; none where it is not one."""
    try:
        numbers = [float(number) for number in text.split("_")]
    except ValueError:
        return ()
    corners = tuple(zip(numbers[::2], numbers[1::2], strict=False))
    whole = len(numbers) % 2 == 0 and 3 <= len(corners) <= MOST_CORNERS  # noqa: PLR2004 - a triangle
    return corners if whole and all(map(isfinite, numbers)) else ()


def to_address(corners: Sequence[Sequence[float]]) -> str:
    """A lasso for an address; where a hand left many corners, some of them, evenly."""
    step = -(-len(corners) // MOST_CORNERS)
    return "_".join(f"{number:.3f}" for corner in corners[::step] for number in corner)


def _chart() -> str:
    """The chart's key: another one is another chart, without what was drawn in the last."""
    return f"map {st.session_state.get(_CLEARED, 0)}"


def _keep_lasso() -> None:
    """Keep the lasso that was drawn, or that there is none."""
    areas = st.session_state[_chart()].selection.areas
    st.session_state[LASSO] = to_address(areas[0]["coord_range"]) if areas else ""


def _clear() -> None:
    st.session_state[LASSO] = ""
    st.session_state[_CLEARED] = st.session_state.get(_CLEARED, 0) + 1


def _picture(house: House, span: Span, names: Sequence[str], lasso: Lasso, papers: int) -> None:
    query = points(span)
    rows = house.rows(query)
    by, others = choice("Colour by", ("topic", "year", "growth"), "colour"), "all other topics"
    groups = [row["name"] for row in rows]
    if by == "year":
        names, others = _years(rows), "earlier"
        groups = [str(row["dated_on"].year) for row in rows]
    elif by == "growth":
        names = WAYS
        ways = _ways(house)
        groups = [ways.get(row["topic_id"]) for row in rows]
        if not ways:
            st.caption("No topic rises or fades, or trends are not tested yet.")
    grouped = [{**row, "group": group} for row, group in zip(rows, groups, strict=True)]
    chart = st.session_state.get(_chart())
    shows_it = chart is not None and chart.selection.areas  # of an address it does not
    st.echarts_chart(
        plane(grouped, names, others, () if shows_it else lasso, (ink(), ground())),
        height=PLANE_HEIGHT, key=_chart(), on_select=_keep_lasso,
        alt="Papers as points of the plane, like papers near to each other",
    )  # fmt: skip
    part = f", of which the same {len(rows):,} are always drawn" if papers > len(rows) else ""
    st.caption(
        f"{papers:,} papers{part}. Papers that lie near each other are alike; the directions mean "
        "nothing. To list papers, take the lasso at the top left and draw around them, or choose "
        "topics and months above. The largest topics are named where there is room."
    )
    if lasso:
        st.button("Take the lasso away", on_click=_clear)
    source(house, "map", query)


def _ways(house: House) -> dict[str, str]:
    """One of WAYS by topic, of those that rise or fade."""
    if not house.snapshot.has("gold.trend_tests"):
        return {}
    rising, fading = WAYS
    return {row["topic_id"]: rising if row["rises"] else fading for row in house.rows(growth())}


def _years(rows: Sequence[Row]) -> list[str]:
    """The last years in which papers are dated, as many as there are colours."""
    return [str(year) for year in sorted({row["dated_on"].year for row in rows})[-COLOURED:]]


def _list(house: House, span: Span, lasso: Lasso, topics: Sequence[str]) -> None:
    if not (lasso or topics):
        return
    query = papers_in(span, lasso, topics)
    rows = house.rows(query)
    hits = rows[0]["hits"] if rows else 0
    st.header("In the lasso" if lasso else "Of these topics")
    more = f"; the newest {SHOWN}" if hits > SHOWN else ""
    st.caption(label(f"{count(hits, 'paper')}{more}"))
    papers(house, rows[:SHOWN])
    source(house, "map-list", query)
