"""What is asked for profiles and networks: topics of a member, its partners, who writes together.

Members are authors, institutions, countries and venues. Papers that count are neither withdrawn nor
notices; each counts whole for each of its members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from jobs.tables.gold import MOST_MEMBERS, STRENGTHS
from jobs.trends.classes import UP
from papertide.duck import Query, ask
from storage.errors import UsageError


@dataclass(frozen=True)
class Kind:
    """A kind of members.

    Attributes:
        tables: what has to be published. members: SQL of rows paper_id, member.
        names: SQL of rows member, name; empty where a member is its own name.
    """

    tables: tuple[str, ...]
    members: str
    names: str = ""


KINDS: Mapping[str, Kind] = {
    "author": Kind(
        ("silver.author_links", "silver.authors"),
        "select paper_id, author_id as member from silver.author_links",
        "select author_id as member, name from silver.authors",
    ),
    "institution": Kind(
        ("silver.authorships", "silver.institutions"),
        "select paper_id, i.scheme || ':' || i.id as member "
        "from (select paper_id, unnest(institution_ids) as i from silver.authorships)",
        "select scheme || ':' || id as member, name from silver.institutions",
    ),
    "country": Kind(
        ("silver.authorships",),
        "select paper_id, unnest(countries) as member from silver.authorships",
    ),
    "venue": Kind(
        (), "select paper_id, venue as member from silver.papers where venue is not null"
    ),
}


class Span(NamedTuple):
    """Days of the papers that are counted; None: without a bound."""

    since: date | None
    until: date | None


MOST_NODES = 200
"""Of a network: more are no picture that a person reads."""


def kind_of(name: str) -> Kind:
    """A kind by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in KINDS:
        raise UsageError(f"kind: one of {', '.join(KINDS)}, not {name}")
    return KINDS[name]


def member(kind: str, asked: str) -> Query:
    """The institution or venue of an id or a whole name, in any case: id, name."""
    return ask(
        f"select member as id, name from ({_called(kind)}) "
        "where member = $asked or lower(name) = lower($asked) order by member = $asked desc, 1",
        asked=asked,
    )


def called(kind: str, asked: str, limit: int) -> Query:
    """Institutions or venues with letters in their name."""
    return ask(
        f"select name from ({_called(kind)}) where contains(lower(name), lower($asked)) "
        f"order by name limit {limit:d}",
        asked=asked,
    )


def _called(kind: str) -> str:
    """SQL of the members with their names, each once."""
    return (
        KINDS[kind].names or f"select distinct member, member as name from ({KINDS[kind].members})"
    )


def _begin(kind: str, span: Span) -> tuple[str, dict[str, Any]]:
    """Named parts of a query, `counted` papers and their `members`, and their parameters."""
    days = {name: day for name, day in span._asdict().items() if day is not None}
    bounds = {"since": "dated_on >= $since", "until": "dated_on <= $until"}
    where = " and ".join(["not is_withdrawn and notice is null", *(bounds[name] for name in days)])
    return (
        "with counted as (select paper_id, dated_on, date_basis from silver.papers "
        f"where {where}),\n"
        f"members as (select distinct paper_id, member from ({KINDS[kind].members}) "
        "join counted using (paper_id))",
        days,
    )


def by_year(kind: str, member: str, span: Span) -> Query:
    """Papers of a member by year from its first, beside all; undated ones are in none."""
    begin, days = _begin(kind, span)
    return ask(
        f"""{begin},
dated as (
  select year(dated_on)::int as year,
    paper_id in (select paper_id from members where member = $member) as is_own
  from counted where date_basis <> 'shown'
)
select year, count(*) filter (is_own) as papers, count(*) as all_papers
from dated
where year >= (select min(year) from dated where is_own)
group by year order by year""",
        member=member,
        **days,
    )


def papers(kind: str, member: str, span: Span) -> Query:
    """How many papers a member has."""
    begin, days = _begin(kind, span)
    return ask(
        f"{begin} select count(*) as papers from members where member = $member",
        member=member,
        **days,
    )


def topics(kind: str, member: str, span: Span, limit: int) -> Query:
    """The topics of a member with its specialisation in each, the topics of most papers first.

    `specialisation` is the activity index (Frame 1977; Balassa 1965 for trade): the topic's share
    among the member's papers through its share among all. `expected` are the papers that the member
    would have at the share of all: where it is small, the index says little.
    """
    begin, days = _begin(kind, span)
    return ask(
        f"""{begin},
placed as (
  select x.topic_id, x.paper_id in (select paper_id from members where member = $member) as is_own
  from gold.paper_topics x join counted using (paper_id) where x.fits
),
whole as (select count(*) as n, count(*) filter (is_own) as own from placed)
select t.topic_id, t.label, count(*) filter (is_own) as papers,
  round(count(*) filter (is_own) / whole.own, 6) as share,
  round(count(*) / whole.n, 6) as share_of_all,
  round(whole.own * count(*) / whole.n, 3) as expected,
  round(count(*) filter (is_own) * whole.n / (whole.own * count(*)), 3) as specialisation
from placed join gold.topics t on t.topic_id = placed.topic_id and t.is_current, whole
group by t.topic_id, t.label, whole.n, whole.own
having count(*) filter (is_own) > 0
order by papers desc, specialisation desc, t.topic_id limit {limit:d}""",
        member=member,
        **days,
    )


def partners(kind: str, member: str, span: Span, limit: int) -> Query:
    """With whom a member wrote most papers; `weight` is 1 / (n - 1) of a paper of n members."""
    begin, days = _begin(kind, span)
    return ask(
        f"""{begin},
sized as (select paper_id, count(*) as n from members group by paper_id)
select m.member as id, any_value(n.name) as name, count(*) as papers,
  round(sum(1 / (s.n - 1)), 6) as weight
from members o join members m on m.paper_id = o.paper_id and m.member <> o.member
join sized s on s.paper_id = o.paper_id left join ({_names(kind)}) n on n.member = m.member
where o.member = $member and s.n <= {MOST_MEMBERS:d}
group by m.member order by papers desc, weight desc, m.member limit {limit:d}""",
        member=member,
        **days,
    )


def _names(kind: str) -> str:
    """SQL of rows member, name."""
    return KINDS[kind].names or "select null::varchar as member, null::varchar as name where false"


def surest(tests: str) -> str:
    """SQL of the place of a test's strength, 1 the surest; null where nothing is called."""
    names = ", ".join(f"'{each}'" for each in STRENGTHS)
    return f"list_position([{names}], {tests}.strength)"


def rising(slice: str, limit: int) -> Query:  # noqa: A002
    """What rises among the papers of a slice, the surest first, each by its surest grain."""
    up = ", ".join(f"'{name}'" for name in UP)
    return ask(
        f"""with risen as (
  select * from gold.trend_tests x
  where kind <> 'entity' and slice = $slice and class in ({up}) and strength is not null
  qualify row_number() over (partition by kind, entity
    order by {surest("x")}, lfsr, grain) = 1
)
select x.kind, x.entity, coalesce(t.label, x.entity) as name, x.grain, x.class, x.strength,
  round(exp(x.change), 2) as times, x.n, x.why
from risen x
left join gold.topics t on x.kind = 'topic' and t.topic_id = x.entity and t.is_current
order by {surest("x")}, x.rank nulls last, x.kind, x.entity
limit {limit:d}""",
        slice=slice,
    )


def first_movers(kind: str, of: str, names: Sequence[str], limit: int) -> Query:
    """The members that had the first papers of a topic, term or entity, the earliest first.

    Args:
        kind: of members. of: topic, term or entity. names: the term, the entity_id, or the topic's
            ids with those below.
    """
    having = {
        "topic": "select paper_id from gold.paper_topics where fits and topic_id",
        "term": "select paper_id from gold.term_papers where term",
        "entity": "select paper_id from gold.entity_papers where role <> 'mentions' and entity_id",
    }
    begin, days = _begin(kind, Span(None, None))
    return ask(
        f"""{begin},
about as (
  select c.paper_id, c.dated_on, c.date_basis from counted c
  where c.date_basis <> 'shown' and c.paper_id in ({having[of]} in (select unnest($names)))
),
firsts as (
  select m.member, count(*) as papers, min(a.dated_on) as first_on,
    arg_min(a.paper_id, (a.dated_on, a.paper_id)) as first_paper_id,
    arg_min(a.date_basis, (a.dated_on, a.paper_id)) as date_basis
  from members m join about a on a.paper_id = m.paper_id
  group by m.member
)
select f.member as id, any_value(n.name) as name, any_value(f.first_on) as first_on,
  any_value(f.date_basis) as date_basis, any_value(f.papers) as papers,
  any_value(f.first_paper_id) as first_paper_id, any_value(p.title) as first_title
from firsts f
join silver.papers p on p.paper_id = f.first_paper_id
left join ({_names(kind)}) n on n.member = f.member
group by f.member
order by first_on, papers desc, f.member limit {limit:d}""",
        names=list(names),
        **days,
    )


def nodes(kind: str, span: Span, limit: int) -> Query:
    """The members of the most papers."""
    begin, days = _begin(kind, span)
    return ask(
        f"""{begin}, largest as (
  select member, count(*) as papers from members group by member
  order by papers desc, member limit {limit:d}
)
select l.member as id, any_value(n.name) as name, any_value(l.papers) as papers
from largest l left join ({_names(kind)}) n on n.member = l.member
group by l.member order by papers desc, l.member""",
        **days,
    )


def edges(kind: str, ids: list[str], span: Span) -> Query:
    """The pairs among members that wrote papers together, those with the most first."""
    begin, days = _begin(kind, span)
    return ask(
        f"""{begin},
sized as (select paper_id, count(*) as n from members group by paper_id),
chosen as (select * from members where list_contains($ids, member))
select a.member as a, b.member as b, count(*) as papers, round(sum(1 / (s.n - 1)), 6) as weight
from chosen a join chosen b on b.paper_id = a.paper_id and a.member < b.member
join sized s on s.paper_id = a.paper_id where s.n <= {MOST_MEMBERS:d}
group by a.member, b.member order by papers desc, weight desc, a.member, b.member""",
        ids=ids,
        **days,
    )
