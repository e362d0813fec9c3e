"""Topics: areas, their fields and topics, each with its course, its trend and its papers."""

from __future__ import annotations

import streamlit as st

from dashboard import calls
from dashboard.parts import House, Row, choice, controls, several, source, spark
from dashboard.text import count, escape, label
from papertide.duck import Query, ask

SHOWN = 60
"""Topics that are drawn at once; a reader chooses an area for the others."""
FILTER = "under"


def tree() -> Query:
    """The topics in use, of all levels: 1 areas, 2 fields, 3 topics."""
    return ask(
        """
select topic_id, coalesce(label, topic_id) as label, level, parent, description,
  coalesce(papers, 0) as papers
from gold.topics
where is_current
order by papers desc, topic_id
"""
    )


def shares(grain: str) -> Query:
    """The last shares of each topic; of an area or field those of all topics under it together."""
    return ask(
        f"""
with recursive led(root, topic_id) as (
  select topic_id, topic_id from gold.topics where is_current
  union
  select l.root, t.topic_id
  from led l
  join gold.topics t on t.parent = l.topic_id and t.is_current
),
summed as (
  select l.root, x.period, sum(x.n) / max(x.papers) as share, bool_and(x.is_complete) as complete
  from led l
  join gold.topic_trends x on x.topic_id = l.topic_id
  where x.grain = $grain and x.slice = 'all' and x.papers > 0
  group by l.root, x.period
)
select root as topic_id, list(share order by period)[-{calls.COURSE}:] as shares,
  list(complete order by period)[-{calls.COURSE}:] as complete
from summed
group by root
order by root
""",
        grain=grain,
    )


def show(house: House) -> None:
    """The page."""
    st.title("Topics")
    query = tree()
    rows = house.rows(query) if house.snapshot.has("gold.topics") else []
    if not rows:
        st.info("No topics are published yet. `papertide run` finds them.")
        return
    below = under(rows)
    top = below[None]
    names = {row["topic_id"]: row["label"] for row in top}
    with controls():
        grain = choice("Shares by", calls.GRAINS, "grain")
    chosen = several("Areas", names, FILTER, placeholder="all; or choose some")
    roots = [row for row in top if not chosen or row["topic_id"] in chosen]
    entries = in_tree_order(below, roots)
    courses: dict[str, calls.Course] = {}
    if house.snapshot.has("gold.topic_trends"):
        for row in house.rows(shares(grain)):
            courses[row["topic_id"]] = list(zip(row["shares"], row["complete"], strict=True))
    st.caption(
        f"{len(rows):,} areas, fields and topics. Bars: share of papers by {grain}, hollow where "
        "the period is not over. The name of a topic leads to its trend and papers."
    )
    for row, depth in entries[:SHOWN]:
        course = courses.get(row["topic_id"], [])
        _entry(house, row, depth, grain, course, row["topic_id"] not in below)
    if len(entries) > SHOWN:
        st.caption(f"{len(entries) - SHOWN:,} more are not shown. Choose an area to see all of it.")
    source(house, "topics", query)


def under(rows: list[Row]) -> dict[str | None, list[Row]]:
    """Topics by their parent; of none, or of one that is not in use: under None."""
    known = {row["topic_id"] for row in rows}
    below: dict[str | None, list[Row]] = {None: []}
    for row in rows:
        parent = row["parent"] if row["parent"] in known else None
        below.setdefault(parent, []).append(row)
    return below


def in_tree_order(below: dict[str | None, list[Row]], roots: list[Row]) -> list[tuple[Row, int]]:
    """Topics in the order of the tree, each with its depth."""
    rows: list[tuple[Row, int]] = []
    for row in roots:
        rows.append((row, 0))
        children = below.get(row["topic_id"], [])
        rows += [(child, depth + 1) for child, depth in in_tree_order(below, children)]
    return rows


def _entry(
    house: House, row: Row, depth: int, grain: str, course: calls.Course, is_leaf: bool
) -> None:
    """A topic, moved to the right by its depth; trends are counted of the leaves of the tree."""
    with st.container(gap=None, key=f"pt-depth-{depth}-{row['topic_id']}"):
        if course and is_leaf:
            st.page_link(
                house.pages["trends"],
                label=label(row["label"]),
                query_params={"what": "topics", "grain": grain, "topics": row["topic_id"]},
            )
        else:
            st.html(f'<div class="pt-area">{escape(row["label"])}</div>')
        text = " · ".join(filter(None, [count(row["papers"], "paper"), escape(row["description"])]))
        st.html(
            f'<div class="pt-call"><div class="pt-line">{text}</div>{spark(course, grain)}</div>'
        )
