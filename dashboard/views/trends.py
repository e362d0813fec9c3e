"""Trends: shares of topics and terms over time, what rises and fades, and the papers behind it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import streamlit as st

from dashboard.charts import shares
from dashboard.duck import Query, ask
from dashboard.parts import House, Row, line, papers, source
from dashboard.text import label

GRAINS = ("month", "week", "day", "quarter", "year")
SPANS = (24, 60, 120, 400)
MOVERS = 10
COMPARED = 6
OFFERED = 300
PAPERS = 20


class Kind(NamedTuple):
    """What has trends: the table that counts it, its column there, and its name in SQL."""

    table: str
    column: str
    name: str
    join: str


_CURRENT = "left join gold.topics t on t.topic_id = x.topic_id and t.is_current"
KINDS = {
    "terms": Kind("gold.term_trends", "term", "x.term", ""),
    "topics": Kind("gold.topic_trends", "topic_id", "coalesce(t.label, x.topic_id)", _CURRENT),
}
# The papers of an entity: the table that says so, and its condition.
PAPERS_OF = {
    "terms": ("silver.keyphrases", "x.phrase = $entity"),
    "topics": ("gold.paper_topics", "x.topic_id = $entity and x.fits"),
}
# The papers of a slice.
_SLICED = {
    "all": "true",
    "feed": "list_contains(p.feeds, $named)",
    "category": "list_contains(p.categories, $named)",
    "venue": "p.venue = $named",
    "language": "p.language = $named",
}
# A date known to the month or the year alone counts in no shorter period.
_VAGUE = {
    "day": ("published month", "published year"),
    "week": ("published month", "published year"),
    "month": ("published year",),
    "quarter": ("published year",),
    "year": (),
}


def slices(what: str) -> Query:
    """The slices in which entities are counted, by kind and name."""
    return ask(f"select distinct slice from {KINDS[what].table} order by slice <> 'all', slice")


def periods(grain: str, cut: str) -> Query:
    """The periods of a grain and slice with their denominators, the last first."""
    return ask(
        """
select period, period_end, papers, is_complete
from gold.period_totals
where grain = $grain and slice = $slice
order by period desc
""",
        grain=grain,
        slice=cut,
    )


def movers(what: str, rising: bool, grain: str, cut: str, period: date) -> Query:
    """What rose or faded most in a period against those before, by its shrunken growth."""
    kind = KINDS[what]
    sign, order = (">", "desc") if rising else ("<", "asc")
    return ask(
        f"""
select x.{kind.column} as entity, {kind.name} as name,
  x.n, x.papers, x.share, x.share_low, x.share_high, x.growth_shrunk
from {kind.table} x
{kind.join}
where x.grain = $grain and x.slice = $slice and x.period = $period and x.growth_shrunk {sign} 0
order by x.growth_shrunk {order}, entity
limit {MOVERS}
""",
        grain=grain,
        slice=cut,
        period=period,
    )


def offered(what: str, grain: str, cut: str, since: date) -> Query:
    """What may be compared, that of the most papers first."""
    kind = KINDS[what]
    return ask(
        f"""
select x.{kind.column} as entity, any_value({kind.name}) as name, sum(x.n) as n
from {kind.table} x
{kind.join}
where x.grain = $grain and x.slice = $slice and x.period >= $since
group by entity
order by n desc, entity
limit {OFFERED}
""",
        grain=grain,
        slice=cut,
        since=since,
    )


def series(what: str, entities: list[str], grain: str, cut: str, since: date) -> Query:
    """Shares of entities over time, each with its 95 % interval."""
    kind = KINDS[what]
    parameters = {f"entity{number}": entity for number, entity in enumerate(entities)}
    return ask(
        f"""
select x.{kind.column} as entity, {kind.name} as name, x.period,
  x.n, x.papers, x.share, x.share_low, x.share_high, x.is_complete
from {kind.table} x
{kind.join}
where x.{kind.column} in ({", ".join(f"${name}" for name in parameters)})
  and x.grain = $grain and x.slice = $slice and x.period >= $since
order by entity, x.period
""",
        grain=grain,
        slice=cut,
        since=since,
        **parameters,
    )


def papers_of(what: str, entity: str, cut: str, grain: str, since: date, until: date) -> Query:
    """The papers of an entity that are dated in a span and count in a slice, the newest first."""
    table, condition = PAPERS_OF[what]
    kind, _, name = cut.partition("=")
    vague = ", ".join(f"'{basis}'" for basis in _VAGUE[grain])
    exact = f"\n  and p.date_basis not in ({vague})" if vague else ""
    named = {"named": name} if name else {}
    return ask(
        f"""
select p.paper_id, p.title, p.authors, p.venue, p.dated_on, count(*) over () as hits
from {table} x
join silver.papers p on p.paper_id = x.paper_id
where {condition} and {_SLICED[kind]}
  and p.dated_on between $since and $until and not p.is_withdrawn{exact}
order by p.dated_on desc, p.paper_id
limit {PAPERS}
""",
        entity=entity,
        since=since,
        until=until,
        **named,
    )


def show(house: House) -> None:
    """The page."""
    st.title("Trends")
    held = [what for what, kind in KINDS.items() if house.snapshot.has(kind.table)]
    if not held or not house.snapshot.has("gold.period_totals", "gold.topics"):
        st.info("No trends are published yet. `papertide run` makes them.")
        return
    what, grain, cut, span = _chosen(house, held)
    known = house.rows(periods(grain, cut))
    if not known:
        st.info("No paper is dated in such a period and slice.")
        return
    since = known[: int(span)][-1]["period"]
    whole = next((row for row in known if row["is_complete"] and row["papers"]), None)
    if not known[0]["is_complete"]:
        st.caption(f"The last {grain}, from {known[0]['period']}, is not over: it tells no trend.")
    if whole:
        _movers(house, what, grain, cut, whole)
    entities = _compared(house, what, grain, cut, since, whole)
    if entities:
        _shares(house, what, entities, grain, cut, since)
        _papers(house, what, entities, grain, cut, known[: int(span)])


def _chosen(house: House, held: list[str]) -> tuple[str, str, str, int]:
    """What, by which period, in which slice and how far back, as the address has it."""
    first, second, third, fourth = st.columns(4)
    what = first.selectbox("What", held, key="what", bind="query-params")
    grain = second.selectbox("By", GRAINS, key="grain", bind="query-params")
    cuts = [row["slice"] for row in house.rows(slices(what))] or ["all"]
    known = [cut for cut in cuts if cut.partition("=")[0] in _SLICED]
    cut = third.selectbox("Among", known, key="among", bind="query-params", help=_AMONG)
    span = fourth.selectbox("Periods", SPANS, key="periods", bind="query-params")
    return what, grain, cut, span


_AMONG = (
    "The papers among which the shares are taken: all, or those of one feed, category, venue or "
    "language."
)


def _movers(house: House, what: str, grain: str, cut: str, period: Row) -> None:
    st.subheader(f"In the {grain} from {period['period']}")
    st.caption(
        f"The last whole {grain}, {period['papers']:,} papers, against those before. Growth is the "
        "logarithm of the ratio of shares, shrunk to 0 where papers are few."
    )
    for side, title, rising in zip(st.columns(2), ("Rising", "Fading"), (True, False), strict=True):
        query = movers(what, rising, grain, cut, period["period"])
        with side:
            st.markdown(f"#### {title}")
            found = house.rows(query)
            if not found:
                st.caption("nothing")
            for row in found:
                _mover(row, what)
            source(house, f"{title.lower()}-{what}-{period['period']}", query)


def _mover(row: Row, what: str) -> None:
    """An entity that moved; its name puts it into the comparison below, with its papers."""
    st.button(
        label(row["name"]),
        key=f"mover {row['entity']}",
        type="tertiary",
        on_click=_compare_only,
        args=(what, row["entity"]),
    )
    line(
        f"growth {row['growth_shrunk']:+.2f}",
        f"{row['n']:,} papers",
        f"{row['share']:.2%} ({row['share_low']:.2%} to {row['share_high']:.2%})",
    )


def _compare_only(what: str, entity: str) -> None:
    st.session_state[what] = [entity]


def _compared(
    house: House, what: str, grain: str, cut: str, since: date, whole: Row | None
) -> list[str]:
    """The entities to compare: those of the address, else what rose most."""
    st.subheader("Compared")
    names = {r["entity"]: r["name"] for r in house.rows(offered(what, grain, cut, since))}
    wanted = [*st.query_params.get_all(what), *st.session_state.get(what, [])]
    options = [*names, *(entity for entity in dict.fromkeys(wanted) if entity not in names)]
    chosen = st.multiselect(
        what.title(),
        options,
        format_func=lambda entity: names.get(entity, entity),
        key=what,
        bind="query-params",
        max_selections=COMPARED,
        accept_new_options=what == "terms",
        placeholder="up to six, to see their shares and papers",
    )
    if not chosen and whole:
        rising = house.rows(movers(what, True, grain, cut, whole["period"]))
        return [row["entity"] for row in rising[:3]]
    return [entity.strip().lower() if what == "terms" else entity for entity in chosen]


def _shares(
    house: House, what: str, entities: list[str], grain: str, cut: str, since: date
) -> None:
    query = series(what, entities, grain, cut, since)
    found = house.rows(query)
    missing = set(entities) - {row["entity"] for row in found}
    if missing:
        st.caption(f"Not counted: {', '.join(label(entity) for entity in sorted(missing))}.")
    if found:
        st.vega_lite_chart(shares(found, grain), width="stretch")
        st.caption(
            "Share of the papers, with its 95 % interval (Wilson). Hollow points: the period is "
            "not over."
        )
        source(house, f"shares-{what}-{grain}", query)


def _papers(
    house: House, what: str, entities: list[str], grain: str, cut: str, known: list[Row]
) -> None:
    """The papers of each compared entity in the periods shown."""
    table, _ = PAPERS_OF[what]
    if not house.snapshot.has(table, "silver.papers"):
        return
    st.subheader("Their papers")
    names = {row["entity"]: row["name"] for row in house.rows(
        series(what, entities, grain, cut, known[-1]["period"]))}  # fmt: skip
    spans = ["all shown", *(str(row["period"]) for row in known)]
    span = st.selectbox(f"In the {grain}", spans, key="of", bind="query-params")
    ends = {str(row["period"]): (row["period"], row["period_end"]) for row in known}
    since, until = ends.get(span, (known[-1]["period"], known[0]["period_end"]))
    for entity in entities:
        query = papers_of(what, entity, cut, grain, since, until)
        found = house.rows(query)
        hits = found[0]["hits"] if found else 0
        with st.container(border=True, gap="small"):
            st.markdown(f"#### {label(names.get(entity, entity))}")
            st.caption(f"{hits:,} papers{f'; the newest {PAPERS}' if hits > PAPERS else ''}")
            papers(house, found)
            source(house, f"papers-{what}-{entities.index(entity)}", query)
