"""Trends: shares of topics and terms over time, what rises and fades, and the papers behind it."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple

import streamlit as st

from dashboard.charts import shares
from dashboard.parts import House, Row, choice, controls, line, papers, several, source, table
from dashboard.text import label
from jobs.tables.gold import DOWN, UP
from papertide.duck import Query, ask

GRAINS = ("month", "week", "day", "quarter", "year")
SPANS = (24, 60, 120, 400)
MOVERS = 10
COMPARED = 6
OFFERED = 300
PAPERS = 20
UNASKED = 3  # compared as long as nobody has chosen


class Kind(NamedTuple):
    """What has trends: its kind, the table that counts it, its column there, its name in SQL."""

    kind: str
    table: str
    column: str
    name: str
    join: str


_CURRENT = "left join gold.topics t on t.topic_id = x.topic_id and t.is_current"
KINDS = {
    "terms": Kind("term", "gold.term_trends", "term", "x.term", ""),
    "topics": Kind(
        "topic", "gold.topic_trends", "topic_id", "coalesce(t.label, x.topic_id)", _CURRENT
    ),
}
# The papers of an entity: the table that says so, and its condition.
PAPERS_OF = {
    "terms": ("gold.term_papers", "x.term = $entity and (x.in_title or not $in_title)"),
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
select period, period_end, papers, is_complete, abstracts_differ, feeds_differ, terms_in
from gold.period_totals
where grain = $grain and slice = $slice
order by period desc
""",
        grain=grain,
        slice=cut,
    )


def movers(what: str, rising: bool, grain: str, cut: str) -> Query:
    """What is called to rise or to fade, the surest first."""
    kind = KINDS[what]
    return ask(
        f"""
select x.entity, {kind.name} as name, x.class, x.strength, x.rank, x.change, x.change_low,
  x.change_high, x.p_rose, x.p_fell, x.q_value, x.n_recent, x.why
from (select *, entity as topic_id, entity as term from gold.trend_tests) x
{kind.join}
where x.kind = '{kind.kind}' and x.grain = $grain and x.slice = $slice
  and x.class in ({_words(UP if rising else DOWN)})
order by x.rank, x.entity
limit {MOVERS}
""",
        grain=grain,
        slice=cut,
    )


def classes(what: str, grain: str, cut: str) -> Query:
    """How many entities are of each class."""
    return ask(
        f"""
select class, count(*) as n from gold.trend_tests
where kind = '{KINDS[what].kind}' and grain = $grain and slice = $slice
group by class order by n desc, class
""",
        grain=grain,
        slice=cut,
    )


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def bursting(what: str, grain: str, cut: str) -> Query:
    """The bursts that last, the weightiest first."""
    kind = KINDS[what]
    return ask(
        f"""
select x.entity, {kind.name} as name, x.begins, x.n, x.share, x.weight, x.q_value
from (select *, entity as topic_id, entity as term from gold.bursts) x
{kind.join}
where x.kind = '{kind.kind}' and x.grain = $grain and x.slice = $slice and x.is_open
order by x.weight desc, x.entity
limit {MOVERS}
""",
        grain=grain,
        slice=cut,
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


def forecasts(topics: list[str], grain: str, cut: str) -> Query:
    """The shares of topics in the next periods; without a share where naive is no worse."""
    parameters = {f"entity{number}": topic for number, topic in enumerate(topics)}
    return ask(
        f"""
select coalesce(t.label, x.topic_id) as name, x.period, x.beats_naive,
  x.share, x.share_low, x.share_high, x.method, x.error, x.naive_error, x.q_value
from gold.forecasts x
{_CURRENT}
where x.topic_id in ({", ".join(f"${name}" for name in parameters)})
  and x.grain = $grain and x.slice = $slice
order by x.topic_id, x.ahead
""",
        grain=grain,
        slice=cut,
        **parameters,
    )


def papers_of(
    what: str, entity: str, cut: str, grain: str, since: date, until: date, in_title: bool
) -> Query:
    """The papers of an entity that are dated in a span and count in a slice, the newest first.

    Of a term where it is counted: in titles alone (`in_title`), or in abstracts too.
    """
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
        **({"in_title": in_title} if what == "terms" else {}),
    )


def show(house: House) -> None:
    """The page."""
    st.title("Trends")
    held = [what for what, kind in KINDS.items() if house.snapshot.has(kind.table)]
    if not held or not house.snapshot.has("gold.period_totals", "gold.topics"):
        st.info("No trends are published yet. `papertide run` makes them.")
        return
    what, grain, cut, span = _chosen(house, held)
    known = house.rows(periods(grain, cut))[:span]
    if not known:
        st.info("No paper is dated in such a period and slice.")
        return
    days = tuple((row["period"], row["period_end"]) for row in known)
    view = View(what, grain, cut, days, known[0]["terms_in"] == "title")
    whole = next((row for row in known if row["is_complete"] and row["papers"]), None)
    entities = _compared(house, view, whole)
    if entities:
        _shares(house, view, entities)
    if not known[0]["is_complete"]:
        st.caption(f"The last {grain}, from {known[0]['period']}, is not over: it tells no trend.")
    if entities and view.what == "topics" and house.snapshot.has("gold.forecasts"):
        _forecasts(house, view, entities)
    if entities:
        _papers(house, view, entities)
    if whole:
        _movers(house, view, whole)


_DIFFERS = {
    "abstracts_differ": "the share of papers with an abstract is off",
    "feeds_differ": "the shares of the feeds are off",
}


class View(NamedTuple):
    """What was chosen: terms or topics, by which period, in which slice, in which periods.

    A period is its first and its last day; the last period comes first. `in_title` is whether the
    terms of the slice are counted in titles alone.
    """

    what: str
    grain: str
    cut: str
    periods: tuple[tuple[date, date], ...]
    in_title: bool

    @property
    def since(self) -> date:
        """The first day of all."""
        return self.periods[-1][0]


def _chosen(house: House, held: list[str]) -> tuple[str, str, str, int]:
    """What, by which period, in which slice and how far back, as the address has it."""
    with controls():
        what = choice("What", held, "what")
        grain = choice("By", GRAINS, "grain")
        cuts = [row["slice"] for row in house.rows(slices(what))] or ["all"]
        cut = choice("Among", cuts, "among", help=_AMONG)
        span = choice("Periods", SPANS, "periods")
    return what, grain, cut, span


_AMONG = (
    "The papers among which the shares are taken: all, or those of one feed, category, venue, "
    "language or institution."
)


def _movers(house: House, view: View, whole: Row) -> None:
    st.subheader(f"Up to the {view.grain} from {whole['period']}")
    if not house.snapshot.has("gold.trend_tests"):
        st.info("No trends are tested yet. `papertide run` tests them.")
        return
    st.caption(
        "Recent papers against those before, by the horizon that tells most. *Established*: under "
        "the false-discovery rate; *likely*: four of five sure; *watch*: more likely than not. The "
        "ratio of shares stands with its 95 % interval. A name leads to its shares and papers."
    )
    differs = [told for name, told in _DIFFERS.items() if whole[name]]
    if differs:
        st.caption(f"Take care: {' and '.join(differs)} in this {view.grain}.")
    for side, title, rising in zip(st.columns(2), ("Rising", "Fading"), (True, False), strict=True):
        query = movers(view.what, rising, view.grain, view.cut)
        with side:
            st.markdown(f"#### {title}")
            found = house.rows(query)
            if not found:
                st.caption(_nothing(house, view))
            for row in found:
                with st.container(gap=None):
                    _mover(row, view.what)
            source(house, f"{title.lower()}-{view.what}-{whole['period']}", query)
    if house.snapshot.has("gold.bursts"):
        _bursting(house, view)


def _nothing(house: House, view: View) -> str:
    """Why nothing is called: what there was to look at, and what it came to."""
    found = house.rows(classes(view.what, view.grain, view.cut))
    if not found:
        return (
            f"nothing: a test needs four whole {view.grain}s and {view.what} that have papers there"
        )
    counted = ", ".join(f"{row['n']:,} {row['class']}" for row in found)
    return f"nothing of {sum(row['n'] for row in found):,} {view.what}: {counted}"


def _bursting(house: House, view: View) -> None:
    """What bursts, with the chance that it does not."""
    query = bursting(view.what, view.grain, view.cut)
    st.markdown("#### Bursting")
    found = house.rows(query)
    if not found:
        st.caption("nothing")
        return
    for row in found:
        with st.container(gap=None):
            _leading(row, view.what, "burst")
            line(
                f"since {row['begins']}",
                f"{row['n']:,} papers",
                f"{row['share']:.2%}",
                f"weight {row['weight']:.1f}",
                _chance(row["q_value"]),
            )
    source(house, f"bursting-{view.what}-{view.grain}", query)


def _chance(q_value: float | None) -> str | None:
    """How likely chance alone does this, corrected for how much was tested."""
    return None if q_value is None else f"q {q_value:.2g}"


def _mover(row: Row, what: str) -> None:
    """An entity that moved; its name puts it into the comparison, with its papers."""
    _leading(row, what, "mover")
    low, ratio, high = (math.exp(row[name]) for name in ("change_low", "change", "change_high"))
    line(
        f"{row['class']}, {row['strength']}",
        f"× {ratio:.2f} ({low:.2f} to {high:.2f})",
        _chance(row["q_value"]),
    )
    line(row["why"])


def _leading(row: Row, what: str, place: str) -> None:
    """The name of an entity, which leads to its shares and papers."""
    st.button(
        label(row["name"]),
        key=f"{place} {row['entity']}",
        type="tertiary",
        on_click=_compare_only,
        args=(what, row["entity"]),
    )


def _compare_only(what: str, entity: str) -> None:
    st.session_state[what] = [entity]


def _compared(house: House, view: View, whole: Row | None) -> list[str]:
    """The entities to compare: those of the address, else what rises most, or has most papers."""
    offer = house.rows(offered(view.what, view.grain, view.cut, view.since))
    names = {row["entity"]: row["name"] for row in offer}
    chosen = several(
        f"Compared {view.what}",
        names,
        view.what,
        max_selections=COMPARED,
        accept_new_options=view.what == "terms",
        placeholder="what rose most; or choose up to six",
    )
    if not chosen and whole:
        risen = []
        if house.snapshot.has("gold.trend_tests"):
            risen = house.rows(movers(view.what, True, view.grain, view.cut))
        return [row["entity"] for row in risen or offer][:UNASKED]
    return [entity.strip().lower() if view.what == "terms" else entity for entity in chosen]


def _shares(house: House, view: View, entities: list[str]) -> None:
    query = series(view.what, entities, view.grain, view.cut, view.since)
    found = house.rows(query)
    missing = set(entities) - {row["entity"] for row in found}
    if missing:
        st.caption(f"Not counted: {', '.join(label(entity) for entity in sorted(missing))}.")
    if found:
        found.sort(key=lambda row: entities.index(row["entity"]))
        st.vega_lite_chart(shares(found, view.grain), width="stretch")
        st.caption(
            "Share of the papers, with its 95 % interval (Wilson). A hollow point "
            "is of a period that is not over."
        )
        source(house, f"shares-{view.what}-{view.grain}", query)


def _forecasts(house: House, view: View, topics: list[str]) -> None:
    """The next shares of each compared topic that can be told, and which cannot."""
    query = forecasts(topics, view.grain, view.cut)
    found = house.rows(query)
    told = [row for row in found if row["beats_naive"]]
    silent = sorted({row["name"] for row in found} - {row["name"] for row in told})
    if told:
        st.markdown("#### What comes")
        table(told, {"name": "topic", "period": f"{view.grain} from", "share": "share",
                     "share_low": "at least", "share_high": "at most", "method": "by",
                     "error": "past error", "naive_error": "of naive"})  # fmt: skip
    if silent:
        names = ", ".join(label(name) for name in silent)
        st.caption(f"No forecast of {names}: none has erred less than a naive one.")
    if found:
        source(house, f"forecasts-{view.grain}", query)


def _papers(house: House, view: View, entities: list[str]) -> None:
    """The papers of each compared entity, in all periods shown or in one of them."""
    table, _ = PAPERS_OF[view.what]
    if not house.snapshot.has(table, "silver.papers"):
        return
    st.subheader("Their papers")
    if view.cut.partition("=")[0] not in _SLICED:
        st.caption("The papers of an institution are counted and not listed.")
        return
    found = house.rows(series(view.what, entities, view.grain, view.cut, view.since))
    names = {row["entity"]: row["name"] for row in found}
    by_name = {str(first): (first, last) for first, last in view.periods}
    span = choice(f"In the {view.grain} from", ["all of them", *by_name], "of")
    since, until = by_name.get(span, (view.since, view.periods[0][1]))
    for tab, entity in zip(
        st.tabs([label(names.get(entity, entity)) for entity in entities]), entities, strict=True
    ):
        query = papers_of(view.what, entity, view.cut, view.grain, since, until, view.in_title)
        rows = house.rows(query)
        hits = rows[0]["hits"] if rows else 0
        with tab:
            st.caption(f"{hits:,} papers{f'; the newest {PAPERS}' if hits > PAPERS else ''}")
            papers(house, rows)
            source(house, f"papers-{view.what}-{entities.index(entity)}", query)
