"""Trends: shares of topics and terms over time, what rises and fades, and the papers behind it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import streamlit as st

from dashboard import calls
from dashboard.charts import shares
from dashboard.look import ink
from dashboard.parts import House, Row, choice, controls, line, papers, several, source, table
from dashboard.text import chance, count, label
from jobs.trends.classes import DOWN, UP
from papertide.duck import Query, ask

GRAINS = ("month", "week", "day", "quarter", "year")
CLASSES = ("all", *UP, *DOWN)
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
    "entities": Kind(
        "entity",
        "gold.entity_trends",
        "entity_id",
        "coalesce(e.name || ' (' || e.kind || ')', x.entity_id)",
        "left join gold.entities e on e.entity_id = x.entity_id",
    ),
}
# The papers of an entity: the table that says so, and its condition.
PAPERS_OF = {
    "terms": ("gold.term_papers", "x.term = $entity and (x.in_title or not $in_title)"),
    "topics": ("gold.paper_topics", "x.topic_id = $entity and x.fits"),
    "entities": (
        "gold.entity_papers",
        "x.entity_id = $entity and x.role <> 'mentions' and (x.in_title or not $in_title)",
    ),
}
# The papers of a slice.
_SLICED = {
    "all": "true",
    "feed": "list_contains(p.feeds, $named)",
    "category": "list_contains(p.categories, $named)",
    "venue": "p.venue = $named",
    "language": "p.language = $named",
    "country": "list_contains(p.countries, $named)",
}
# A date known to the month or the year alone counts in no shorter period, and the day on which a
# feed showed an undated paper in none.
_VAGUE = {
    "day": ("shown", "published month", "published year"),
    "week": ("shown", "published month", "published year"),
    "month": ("shown", "published year"),
    "quarter": ("shown", "published year"),
    "year": ("shown",),
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


def movers(what: str, rising: bool, grain: str, cut: str, only: str = "all") -> Query:
    """What is called to rise or to fade, or of that `only` one class, the surest first."""
    kind = KINDS[what]
    classes = [name for name in (UP if rising else DOWN) if only in ("all", name)]
    return ask(
        f"""
select x.entity, {kind.name} as name, x.class, x.strength, x.rank, x.change, x.change_low,
  x.change_high, x.p_rose, x.p_fell, x.q_value, x.n_recent, x.why
from (select *, entity as {kind.column} from gold.trend_tests) x
{kind.join}
where x.kind = '{kind.kind}' and x.grain = $grain and x.slice = $slice
  and x.class in ({", ".join(f"'{name}'" for name in classes) or "null"})
order by x.rank, x.entity
limit {MOVERS}
""",
        grain=grain,
        slice=cut,
    )


def grains_called(what: str, cut: str) -> Query:
    """The grains by which something is called to rise or to fade."""
    return ask(
        f"""
select distinct grain from gold.trend_tests
where kind = '{KINDS[what].kind}' and slice = $slice and strength is not null
""",
        slice=cut,
    )


def bursting(what: str, grain: str, cut: str) -> Query:
    """The bursts that last, the weightiest first."""
    kind = KINDS[what]
    return ask(
        f"""
select x.entity, {kind.name} as name, x.begins, x.n, x.share, x.weight, x.q_value
from (select *, entity as {kind.column} from gold.bursts) x
{kind.join}
where x.kind = '{kind.kind}' and x.grain = $grain and x.slice = $slice and x.is_open
order by x.weight desc, x.entity
limit {MOVERS}
""",
        grain=grain,
        slice=cut,
    )


def choices_of(what: str, grain: str, cut: str, since: date) -> Query:
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

    Of terms and entities where they are counted: in titles alone (`in_title`), or abstracts too.
    """
    table, condition = PAPERS_OF[what]
    kind, _, name = cut.partition("=")
    vague = ", ".join(f"'{basis}'" for basis in _VAGUE[grain])
    named = {"named": name} if name else {}
    return ask(
        f"""
select p.paper_id, p.title, p.authors, p.venue, p.dated_on, count(*) over () as hits
from {table} x
join silver.papers p on p.paper_id = x.paper_id
where {condition} and {_SLICED[kind]}
  and p.dated_on between $since and $until and not p.is_withdrawn
  and p.date_basis not in ({vague})
order by p.dated_on desc, p.paper_id
limit {PAPERS}
""",
        entity=entity,
        since=since,
        until=until,
        **named,
        **({"in_title": in_title} if what in ("terms", "entities") else {}),
    )


def show(house: House) -> None:
    """The page."""
    st.title("Trends")
    kinds = [what for what, kind in KINDS.items() if house.snapshot.has(kind.table)]
    if not kinds or not house.snapshot.has("gold.period_totals", "gold.topics"):
        st.info("No trends are published yet. `papertide run` makes them.")
        return
    what, cut, grain, only, span = _choose(house, kinds)
    known = house.rows(periods(grain, cut))[:span]
    if not known:
        st.info(f"No paper is dated in a {grain} of this slice. Choose another of either above.")
        return
    days = tuple((row["period"], row["period_end"]) for row in known)
    view = View(what, grain, cut, days, known[0]["terms_in"] == "title", only)
    whole = next((row for row in known if row["is_complete"] and row["papers"]), None)
    # What a reader has chosen comes first; else what rises and fades.
    has_chosen = bool(st.session_state.get(what) or st.query_params.get_all(what))
    first, second = st.container(), st.container()
    with second if has_chosen else first:
        _movers(house, view, whole)
    with first if has_chosen else second:
        _comparison(house, view, whole)


def _comparison(house: House, view: View, whole: Row | None) -> None:
    """Terms or topics side by side, and their papers."""
    st.header(f"Compare {view.what}")
    entities = _to_compare(house, view, whole)
    if not entities:
        st.caption(f"No {view.what} have papers in these periods. Choose another grain or slice.")
        return
    _shares(house, view, entities)
    if view.what == "topics" and house.snapshot.has("gold.forecasts"):
        _forecasts(house, view, entities)
    _papers(house, view, entities)


_DIFFERS = {
    "abstracts_differ": "the share of papers with an abstract is off",
    "feeds_differ": "the shares of the feeds are off",
}


class View(NamedTuple):
    """What was chosen: terms or topics, by which period, in which slice, in which periods.

    A period is its first and its last day; the last period comes first. `in_title` is whether the
    terms of the slice are counted in titles alone, `only` the class that is listed.
    """

    what: str
    grain: str
    cut: str
    periods: tuple[tuple[date, date], ...]
    in_title: bool
    only: str

    @property
    def since(self) -> date:
        """The first day of all."""
        return self.periods[-1][0]


def _choose(house: House, kinds: list[str]) -> tuple[str, str, str, str, int]:
    """What, in which slice, by which period, of which class and how far back: as in the address."""
    with controls():
        what = choice("What", kinds, "what")
        cuts = [row["slice"] for row in house.rows(slices(what))] or ["all"]
        cut = choice("Among", cuts, "among", help=_AMONG)
        usual = _usual_grain(house, what, cut)
        grain = choice("By", GRAINS, "grain", index=GRAINS.index(usual))
        only = choice("Class", CLASSES, "class")
        span = choice("Periods", SPANS, "periods")
    if grain == usual != calls.GRAINS[0]:
        st.caption(
            f"By {calls.GRAINS[0]} no {KINDS[what].kind} is called to rise or fade: "
            f"these are the trends by {grain}."
        )
    return what, cut, grain, only, span


def _usual_grain(house: House, what: str, cut: str) -> str:
    """The first grain by which there are calls; of none, the first."""
    if not house.snapshot.has("gold.trend_tests"):
        return calls.GRAINS[0]
    called_grains = {row["grain"] for row in house.rows(grains_called(what, cut))}
    return next((grain for grain in calls.GRAINS if grain in called_grains), calls.GRAINS[0])


_AMONG = (
    "The papers among which the shares are taken: all, or those of one feed, category, venue, "
    "language, country, institution or group of authors."
)


def _movers(house: House, view: View, whole: Row | None) -> None:
    """What rises and fades, ranked, with its reason."""
    if not house.snapshot.has("gold.trend_tests"):
        st.info("No trends are tested yet. `papertide run` tests them.")
        return
    kind = KINDS[view.what].kind
    sides = [
        (title, rising, movers(view.what, rising, view.grain, view.cut, view.only))
        for title, rising in (("Rising", True), ("Fading", False))
        if view.only in ("all", *(UP if rising else DOWN))
    ]
    by_title = {title: house.rows(query) for title, _, query in sides}
    if any(by_title.values()):
        st.caption(_SURE)
        differs = [text for name, text in _DIFFERS.items() if whole and whole[name]]
        if differs:
            st.caption(f"Take care: {' and '.join(differs)} in this {view.grain}.")
    keys = [(kind, row["entity"], view.grain) for rows in by_title.values() for row in rows]
    courses = calls.courses(house, keys, view.cut)
    for side, (title, _, query) in zip(st.columns(len(sides)), sides, strict=True):
        with side:
            st.header(title)
            if not by_title[title]:
                way = title.lower() if view.only == "all" else view.only
                st.caption(calls.nothing(house, (kind,), way, view.cut, view.grain))
            for row in by_title[title]:
                with st.container(gap=None):
                    _leading(row, view.what, "mover")
                    course = courses.get((kind, row["entity"], view.grain), [])
                    calls.show(row, view.grain, course)
            source(house, f"{title.lower()}-{view.what}-{view.grain}", query)
    if house.snapshot.has("gold.bursts"):
        _bursting(house, view)


_SURE = (
    "Recent papers against those before. Established: holds under the false-discovery rate; "
    "likely: four of five sure; watch: more likely than not. 2.0 × (1.5 to 3.0): the share "
    "doubled, with its 95 % interval. q: the chance that there is no change, corrected for all "
    "that was tested. Bars: share of papers by period, hollow where the period is not over. A "
    "name leads to its chart and papers."
)


def _bursting(house: House, view: View) -> None:
    """What bursts, with the chance that it does not."""
    query = bursting(view.what, view.grain, view.cut)
    st.header("Bursting")
    rows = house.rows(query)
    if not rows:
        kind = KINDS[view.what].kind
        st.caption(f"By {view.grain}, no {kind} is in a burst that lasts until now.")
        return
    for row in rows:
        with st.container(gap=None):
            _leading(row, view.what, "burst")
            line(
                f"since {row['begins']}",
                f"{row['n']:,} papers",
                f"{row['share']:.2%}",
                f"weight {row['weight']:.1f}",
                chance(row["q_value"]),
            )
    source(house, f"bursting-{view.what}-{view.grain}", query)


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


def _to_compare(house: House, view: View, whole: Row | None) -> list[str]:
    """The entities to compare: those of the address, else what rises most, or has most papers."""
    offer = house.rows(choices_of(view.what, view.grain, view.cut, view.since))
    names = {row["entity"]: row["name"] for row in offer}
    chosen = several(
        f"Up to {COMPARED} {view.what}",
        names,
        view.what,
        max_selections=COMPARED,
        accept_new_options=view.what == "terms",
        placeholder="those that rose most are shown; choose others",
    )
    if not chosen and whole:
        risen = []
        if house.snapshot.has("gold.trend_tests"):
            risen = house.rows(movers(view.what, True, view.grain, view.cut))
        return [row["entity"] for row in risen or offer][:UNASKED]
    return [entity.strip().lower() if view.what == "terms" else entity for entity in chosen]


def _shares(house: House, view: View, entities: list[str]) -> None:
    query = series(view.what, entities, view.grain, view.cut, view.since)
    rows = house.rows(query)
    missing = set(entities) - {row["entity"] for row in rows}
    if missing:
        st.caption(f"Not counted: {', '.join(label(entity) for entity in sorted(missing))}.")
    if rows:
        rows.sort(key=lambda row: entities.index(row["entity"]))
        st.vega_lite_chart(shares(rows, view.grain, ink()), width="stretch")
        open_since = [row["period"] for row in rows if not row["is_complete"]]
        caption = "Share of the papers, with its 95 % interval (Wilson)."
        if open_since:
            caption += (
                f" Hollow points: the {view.grain} from {min(open_since)} is not over, so "
                "its share can still change."
            )
        st.caption(caption)
        source(house, f"shares-{view.what}-{view.grain}", query)


def _forecasts(house: House, view: View, topics: list[str]) -> None:
    """The next shares of each compared topic that can be told, and which cannot."""
    query = forecasts(topics, view.grain, view.cut)
    rows = house.rows(query)
    better = [row for row in rows if row["beats_naive"]]
    silent = sorted({row["name"] for row in rows} - {row["name"] for row in better})
    if better:
        st.markdown("### What comes")
        table(better, {"name": "topic", "period": f"{view.grain} from", "share": "share",
                     "share_low": "at least", "share_high": "at most", "method": "by",
                     "error": "past error", "naive_error": "of naive"})  # fmt: skip
    if silent:
        names = ", ".join(label(name) for name in silent)
        st.caption(f"No forecast of {names}: none was better than repeating the last share.")
    if rows:
        source(house, f"forecasts-{view.grain}", query)


def _papers(house: House, view: View, entities: list[str]) -> None:
    """The papers of each compared entity, in all periods shown or in one of them."""
    table, _ = PAPERS_OF[view.what]
    if not house.snapshot.has(table, "silver.papers"):
        return
    st.header("Their papers")
    if view.cut.partition("=")[0] not in _SLICED:
        st.caption("The papers of such a slice are counted and not listed.")
        return
    points = house.rows(series(view.what, entities, view.grain, view.cut, view.since))
    names = {row["entity"]: row["name"] for row in points}
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
            st.caption(count(hits, "paper") + (f"; the newest {PAPERS}" if hits > PAPERS else ""))
            papers(house, rows)
            source(house, f"papers-{view.what}-{entities.index(entity)}", query)
