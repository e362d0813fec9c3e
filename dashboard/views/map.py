"""Map: the papers in the plane, like by like; a box in it is a list of papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import streamlit as st

from dashboard.charts import BOX, plane
from dashboard.duck import Query, ask
from dashboard.look import PALETTE
from dashboard.parts import House, papers, several, source
from dashboard.text import label

DRAWN = 2_500
"""Papers that are drawn, at most: more are neither told apart nor drawn while one waits."""
LISTED, SHOWN = 500, 20
"""Papers of a list, and those that the page shows."""
COLOURED = len(PALETTE)
_CHART = "map"
_EDGES = ("x0", "x1", "y0", "y1")


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


def counted(span: Span) -> Query:
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
select m.paper_id, m.x, m.y, p.title, p.dated_on, coalesce(t.label, pt.topic_id) as name
from m
join silver.papers p on p.paper_id = m.paper_id{_OF_TOPIC}
order by m.paper_id
""",
        **span._asdict(),
    )


def listed(span: Span, box: Mapping[str, float], topics: Sequence[str]) -> Query:
    """The papers in a box (x0, x1, y0, y1; none: everywhere) and of topics (none: of all)."""
    conditions = ["p.dated_on between $since and $until"]
    if box:
        conditions += ["m.x between $x0 and $x1", "m.y between $y0 and $y1"]
    if topics:
        conditions.append("list_contains($topics, pt.topic_id)")
    return ask(
        f"""
with found as (
  select m.*, p.dated_on, count(*) over () as hits
  from gold.map m
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
        **box,
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
    found = house.rows(counted(span))
    names = {row["topic_id"]: row["name"] for row in found if row["topic_id"]}
    chosen = several(
        "Topics",
        names,
        "topics",
        max_selections=COLOURED,
        placeholder=f"the {COLOURED} largest are coloured; or choose",
    )
    box = _box()
    _picture(house, span, [names.get(topic, topic) for topic in chosen or list(names)[:COLOURED]],
             box, sum(row["papers"] for row in found))  # fmt: skip
    _list(house, span, box, chosen)


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


def _box() -> dict[str, float]:
    """The box of the session, else of the address, which holds it from now on."""
    told = st.session_state.setdefault(BOX, st.query_params.get(BOX, ""))
    box = _read(told)
    if box:
        st.query_params[BOX] = told
    elif BOX in st.query_params:
        del st.query_params[BOX]
    return box


def _read(told: str) -> dict[str, float]:
    """A box of an address; none where it is not one."""
    try:
        numbers = [float(number) for number in told.split("_")]
    except ValueError:
        return {}
    whole = len(numbers) == len(_EDGES) and numbers[0] < numbers[1] and numbers[2] < numbers[3]
    return dict(zip(_EDGES, numbers, strict=True)) if whole else {}


def _drawn() -> None:
    """Keep the box that was drawn, or that there is none."""
    box = st.session_state[_CHART].selection.get(BOX) or {}
    edges = [edge for name in ("x", "y") for edge in sorted(box.get(name, ()))]
    whole = len(edges) == len(_EDGES)
    st.session_state[BOX] = "_".join(f"{edge:.3f}" for edge in edges) if whole else ""


def _picture(
    house: House, span: Span, names: Sequence[str], box: Mapping[str, float], papers: int
) -> None:
    query = points(span)
    rows = house.rows(query)
    drawn: dict[str, Any] = {}
    if box:
        drawn = {"x": [box["x0"], box["x1"]], "y": [box["y0"], box["y1"]]}
    st.vega_lite_chart(
        plane(rows, names, drawn), width="stretch", key=_CHART, on_select=_drawn,
        selection_mode=BOX, alt="Papers as points of the plane, like papers near to each other",
    )  # fmt: skip
    part = f", of which {len(rows):,} are drawn, always the same" if papers > len(rows) else ""
    st.caption(
        f"{papers:,} papers{part}. Near means alike; left, right, up and down mean nothing. Draw "
        "a box for a list of all papers in it."
    )
    if box:
        st.button("Take the box away", on_click=_no_box)
    source(house, "map", query)


def _no_box() -> None:
    st.session_state[BOX] = ""


def _list(house: House, span: Span, box: Mapping[str, float], topics: Sequence[str]) -> None:
    if not (box or topics):
        return
    query = listed(span, box, topics)
    rows = house.rows(query)
    hits = rows[0]["hits"] if rows else 0
    st.subheader("In the box" if box else "Of these topics")
    more = f"; the newest {SHOWN}" if hits > SHOWN else ""
    st.caption(label(f"{hits:,} {'paper' if hits == 1 else 'papers'}{more}"))
    papers(house, rows[:SHOWN])
    source(house, "map-list", query)
