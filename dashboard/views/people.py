"""People: profiles of authors, institutions, countries and venues, and who writes with whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.charts import NETWORK_HEIGHT, network, papers_by_year
from dashboard.look import ground, ink
from dashboard.parts import House, Row, choice, controls, line, papers, source, table
from dashboard.text import count, escape, label
from papertide.duck import Query, ask
from papertide.members import profiles
from papertide.members.network import Network
from papertide.reader import Reader
from storage.errors import PapertideError

KINDS = ("institution", "author", "country", "venue")
SHOWN = 20
"""Topics, partners and papers of a member."""
LISTED = 60
"""Members that are listed."""
SIZES = (50, 100, profiles.MOST_NODES)
"""Nodes of a network."""
ALL = profiles.Span(None, None)


def recent(kind: str, member: str) -> Query:
    """The newest papers of a member."""
    return ask(
        f"""
select p.paper_id, p.title, p.authors, p.venue, p.dated_on
from silver.papers p
where not p.is_withdrawn and p.notice is null
  and p.paper_id in (select paper_id from ({profiles.KINDS[kind].members}) where member = $member)
order by p.dated_on desc nulls last, p.paper_id
limit {SHOWN}
""",
        member=member,
    )


def show(house: House) -> None:
    """The page."""
    head = st.empty()  # a profile has the name of its member there
    if not house.snapshot.has("silver.papers"):
        head.title("People")
        st.info("No papers are published yet. `papertide run` makes them.")
        return
    there = [kind for kind in KINDS if house.snapshot.has(*profiles.KINDS[kind].tables)]
    with controls():
        kind = choice("Who", KINDS, "kind", index=KINDS.index(there[0]))
        asked = st.text_input(
            "Name or id", key="who", bind="query-params", placeholder=_HINTS[kind], width=320
        )
    if not asked:
        head.title("People")
    if kind not in there:
        told = house.snapshot.has("silver.authorships")
        st.info(_NONE[kind] if told else "Authors are not read yet. `papertide run` reads them.")
        return
    reader = Reader(house.snapshot, house.embed)
    if not asked:
        _overview(house, reader, kind)
        return
    try:
        profile = reader.profile(kind, asked, limit=SHOWN)
    except PapertideError as error:
        st.warning(label(str(error)))
        return
    _profile(house, profile)


_HINTS = {
    "institution": "Reed Lab, ror:05xg72x27",
    "country": "NO, USA",
    "author": "Ada Lovelace, an ORCID iD",
    "venue": "Journal of Tides",
}


def member_link(house: House, kind: str, who: str, name: str) -> None:
    """The name of a member, which leads to its profile."""
    st.page_link(house.pages["people"], label=label(name), query_params={"kind": kind, "who": who})


def _overview(house: House, reader: Reader, kind: str) -> None:
    """Those of the most papers, and who writes with whom among them."""
    query = profiles.nodes(kind, ALL, LISTED)
    rows = reader.named(kind, house.rows(query))
    if not rows:
        st.info(_NONE[kind])
        return
    if kind != "venue":
        with controls():
            size = choice("In the picture", SIZES, "size", index=1)
        _network(reader.network(kind, limit=size))
    st.header(_PLURALS[kind].title())
    st.caption(f"Those of the most papers, at most {LISTED}. A name leads to its profile.")
    _members(house, kind, rows)
    source(house, f"people-{kind}", query)


_PLURALS = {
    "institution": "institutions", "country": "countries", "author": "authors", "venue": "venues",
}  # fmt: skip
_NONE = {
    "institution": "No paper names an institution by an id. Feeds that do are OpenAlex, ACL and "
    "Crossref; `papertide setup --ror FILE` finds the others by their addresses.",
    "country": "No paper names where its authors work.",
    "author": "No paper names an author.",
    "venue": "No paper names a venue.",
}


def _network(graph: Network) -> None:
    """The picture of a network, and its files."""
    if not graph.edges:
        st.caption(f"No two {_PLURALS[graph.kind]} among the {len(graph.nodes)} write together.")
        return
    st.echarts_chart(
        network(graph.nodes, graph.edges, graph.places, (ink(), ground())),
        height=NETWORK_HEIGHT, key=f"net-{graph.kind}",
        alt=f"{_PLURALS[graph.kind].title()} as points, a line between those with common papers",
    )  # fmt: skip
    st.caption(
        f"{len(graph.nodes)} {_PLURALS[graph.kind]} of the most papers, "
        f"{count(len(graph.edges), 'pair')} with common papers. Area of a point: papers; width of "
        "a line: common papers, each by 1 / (members − 1). Move it by mouse or finger; the list "
        "below has the same."
    )
    with st.container(horizontal=True, gap="small"):
        for form, (title, ending, text) in _FILES.items():
            st.download_button(
                title,
                data=text(graph).encode(),
                file_name=f"{graph.kind}-network.{ending}",
                on_click="ignore",
                key=f"{form} {graph.kind}",
            )


_FILES = {
    "graphml": ("GraphML", "graphml", Network.graphml),
    "vosviewer": ("VOSviewer", "json", Network.vosviewer),
}


def _members(house: House, kind: str, rows: Sequence[Row]) -> None:
    for row in rows:
        with st.container(gap=None):
            member_link(house, kind, row["id"], row["name"])
            line(count(row["papers"], "paper"))


def _profile(house: House, profile: dict[str, Any]) -> None:
    kind, who = profile["kind"], profile["id"]
    st.html(f'<h1 class="pt-title">{escape(profile["name"])}</h1>')
    line(kind, who if who != profile["name"] else None, count(profile["papers"], "paper"))
    if not profile["papers"]:
        st.info("None of its papers counts: withdrawn papers and notices do not.")
        return
    _years(house, profile)
    _topics(house, profile)
    _rising(house, profile)
    _partners(house, profile)
    st.header("Newest papers")
    query = recent(kind, who)
    papers(house, house.rows(query))
    source(house, f"papers-of-{kind}", query)


def _years(house: House, profile: dict[str, Any]) -> None:
    st.header("Papers by year")
    if not profile["years"]:
        st.caption("None of its papers is dated.")
        return
    st.vega_lite_chart(papers_by_year(profile["years"], ink()), key="years")
    st.caption("Papers that no feed dates are in no year.")
    source(house, "years", profiles.by_year(profile["kind"], profile["id"], ALL))


def _topics(house: House, profile: dict[str, Any]) -> None:
    st.header("What it writes of")
    if not profile["topics"]:
        st.caption("None of its papers fits a topic, or no topics are published yet.")
        return
    st.caption(
        "Specialisation: the topic's share among its papers, divided by that among all papers (the "
        "activity index); above 1 it writes more of it than others. Expected: papers that it would "
        "have at the share of all; where they are few, the index says little."
    )
    for row in profile["topics"][:SHOWN]:
        with st.container(gap=None):
            st.page_link(
                house.pages["trends"],
                label=label(row["label"] or row["topic_id"]),
                query_params={"what": "topics", "topics": row["topic_id"]},
            )
            line(
                count(row["papers"], "paper"),
                f"{row['share']:.1%} of its papers, {row['share_of_all']:.1%} of all",
                f"specialisation {row['specialisation']:.1f} ×",
                f"{row['expected']:,.1f} expected",
            )
    source(house, "topics-of", profiles.topics(profile["kind"], profile["id"], ALL, SHOWN))


def _rising(house: House, profile: dict[str, Any]) -> None:
    st.header("What rises in its papers")
    for note in profile["notes"]:
        st.caption(label(note))
    if profile["rising"]:
        table(
            profile["rising"],
            {"name": "what", "grain": "by", "class": "class", "strength": "how sure",
             "times": "times", "n": "papers", "why": "why"},
        )  # fmt: skip


def _partners(house: House, profile: dict[str, Any]) -> None:
    kind = profile["kind"]
    if kind == "venue":
        return
    st.header("Whom it writes with")
    if not profile["partners"]:
        st.caption(f"No other {kind} is named on its papers.")
        return
    for row in profile["partners"]:
        with st.container(gap=None):
            member_link(house, kind, row["id"], row["name"])
            line(count(row["papers"], "common paper"))
    source(house, "partners", profiles.partners(kind, profile["id"], ALL, SHOWN))
