"""What readers ask of the published tables, as SQL for DuckDB: one place for all ways in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.tables.gold import ROLES
from jobs.trends.classes import UP
from papertide.duck import Query, ask
from papertide.index.contents import fold_sql
from papertide.members.profiles import KINDS, surest

LISTED = (
    "paper_id", "title", "authors", "venue", "dated_on", "date_basis", "doi", "arxiv_id", "url",
    "categories", "language", "votes", "abstract",
)  # fmt: skip
"""Columns of silver.papers in a list of papers."""

MOST_WORDS = 8
"""Words of a filter. Of a name with more the others are left out, which hardly any name has."""


def _has_words(table: str, column: str, parameter: str, behind: str) -> str:
    """The condition that a text of a paper has all words of a parameter, `behind` each a sign."""
    words_sql = (
        f"select list_transform(string_split({fold_sql(f'${parameter}')}, ' '), "
        f"lambda w: ' ' || w || {behind}) as asked"
    )
    has_each = " and ".join(
        f"contains({column}, coalesce(asked[{n + 1}], ' '))" for n in range(MOST_WORDS)
    )
    return f"p.paper_id in (select paper_id from {table}, ({words_sql}) where {has_each})"


CONDITIONS = {
    "feed": "list_contains(p.feeds, $feed)",
    # `cs.CL` is `arxiv:cs.CL` as well.
    "category": "(list_contains(p.categories, $category) or len(list_filter(p.categories, "
    "lambda c: ends_with(c, ':' || $category))) > 0)",
    "venue": "p.venue = $venue",
    "language": "p.language = $language",
    "country": "list_contains(p.countries, $country)",
    "institution": f"p.paper_id in (select paper_id from ({KINDS['institution'].members}) "
    "where member = $institution)",
    "since": "p.dated_on >= $since",
    "until": "p.dated_on <= $until",
    # A letter alone begins a word of a name.
    "author": _has_words(
        "search_authors", "name", "author", "case when length(w) = 1 then '' else ' ' end"
    ),
    "words": _has_words("search_texts", "text", "words", "' '"),
    "topic": "p.paper_id in (select paper_id from gold.paper_topics "
    "where fits and list_contains($topic, topic_id))",
    "term": "p.paper_id in (select paper_id from gold.term_papers where term = $term)",
    "entity": "p.paper_id in (select paper_id from gold.entity_papers "
    "where entity_id = $entity and role <> 'mentions')",
}
"""What may narrow a list of papers: the condition on silver.papers p."""

ORDERS = {
    "newest": "p.dated_on desc nulls last, p.paper_id",
    "oldest": "p.dated_on nulls last, p.paper_id",
    "votes": "p.votes desc nulls last, p.paper_id",
    "title": "lower(p.title), p.paper_id",
}
GRAINS = ("week", "month", "quarter", "year")
_OF_PAIRS = {
    "kind": "kind = $kind",
    "grain": "grain = $grain",
    "member": "(a = $member or b = $member)",
    "since": "period >= $since",
    "until": "period <= $until",
}
"""What narrows gold.collaborations."""


def conditions(narrowed: Mapping[str, Any]) -> list[str]:
    """The conditions of filters by name."""
    return [CONDITIONS[name] for name in narrowed]


def papers(narrowed: Mapping[str, Any], order: str, limit: int, offset: int) -> Query:
    """Papers that meet all filters, withdrawn ones left out; `hits` counts them all."""
    return _listed(conditions(narrowed), narrowed, order, limit, offset)


def _listed(
    where: Sequence[str], narrowed: Mapping[str, Any], order: str, limit: int, offset: int
) -> Query:
    return _page(
        f"""select {", ".join(f"p.{name}" for name in LISTED)}, {{hits}}
from silver.papers p
where {" and ".join(["not p.is_withdrawn", *where])}
order by {ORDERS[order]}""",
        limit,
        offset,
        narrowed,
    )


def meeting(ids: Sequence[str], narrowed: Mapping[str, Any]) -> Query:
    """The paper_ids among these that meet all filters, in their order."""
    return ask(
        f"""select p.paper_id from silver.papers p
where {" and ".join(["list_contains($ids, p.paper_id)", *conditions(narrowed)])}
order by list_position($ids, p.paper_id)""",
        ids=list(ids),
        **narrowed,
    )


def of_ids(ids: Sequence[str], columns: Sequence[str]) -> Query:
    """Papers of these ids, in their order."""
    return ask(
        f"select {', '.join(f'p.{name}' for name in columns)} from silver.papers p "
        "join (select unnest($ids) as id, unnest(range(len($ids))) as place) on id = p.paper_id "
        "order by place",
        ids=list(ids),
    )


def with_id(column: str, value: str) -> Query:
    """The paper_ids of papers that have an id."""
    return ask(
        f"select p.paper_id from silver.papers p where p.{column} = $id order by p.paper_id",
        id=value,
    )


def merged_into(paper_id: str) -> Query:
    """The papers that a former one was merged into, or split into."""
    return ask(
        """with recursive led(paper_id) as (
  select $id
  union
  select f.paper_id from silver.paper_forwards f join led l on f.old_paper_id = l.paper_id
)
select p.paper_id from led l join silver.papers p on p.paper_id = l.paper_id order by p.paper_id""",
        id=paper_id,
    )


def similar(paper_id: str, limit: int) -> Query:
    """The nearest papers by gold.neighbors, the nearest first."""
    return ask(
        f"""select n.rank, n.cosine, n.is_earlier, {", ".join(f"p.{name}" for name in LISTED)}
from gold.neighbors n
join silver.papers p on p.paper_id = n.neighbor_id
where n.paper_id = $id
order by n.rank
limit {limit:d}""",
        id=paper_id,
    )


def cites(paper_id: str, limit: int, offset: int = 0) -> Query:
    """The held papers that a paper cites, in the order of its list; `hits` counts them all."""
    return _page(
        f"""select r.position, {", ".join(f"p.{name}" for name in LISTED)}, {{hits}}
from silver.references r
join silver.papers p on p.paper_id = r.cited_paper_id
where r.paper_id = $id
order by r.position""",
        limit,
        offset,
        {"id": paper_id},
    )


def cited_by(paper_id: str, limit: int, offset: int = 0) -> Query:
    """The held papers that cite a paper, as they are counted, the newest first; with `hits`."""
    return _page(
        f"""select {", ".join(f"p.{name}" for name in LISTED)}, {{hits}}
from silver.references r
join silver.papers p on p.paper_id = r.paper_id
where r.cited_paper_id = $id and not p.is_withdrawn and p.notice is null
order by {ORDERS["newest"]}""",
        limit,
        offset,
        {"id": paper_id},
    )


def references(paper_id: str) -> Query:
    """How many references a paper has, and how many the feeds name at all; one row."""
    return ask(
        "select count(*) filter (where paper_id = $id) as own, count(*) as named "
        "from silver.references",
        id=paper_id,
    )


def citations(paper_id: str) -> Query:
    """How often a paper is cited, and when; no row where it is not."""
    return ask("select * from gold.citation_counts where paper_id = $id", id=paper_id)


def authorships(paper_id: str, limit: int, offset: int) -> Query:
    """The authors of a paper in order, with what its records say of them."""
    return _page(
        "select * exclude (paper_id), {hits} from silver.authorships where paper_id = $id "
        "order by position",
        limit,
        offset,
        {"id": paper_id},
    )


_IS_AUTHOR = (
    "(a.author_id = $author or a.orcid = $author or "
    "list_contains(list_transform(a.ids, lambda i: i.scheme || ':' || i.id), $author) or "
    "list_contains(a.ids, {'scheme': 'orcid', 'id': $author}))"
)


def authors(name: str, limit: int, offset: int) -> Query:
    """People one of whose names has all words of `name`, that of the most papers first."""
    names = "list_append(a.other_names, a.name)"
    words = f"string_split({fold_sql('n')}, ' ')"
    asked = f"string_split({fold_sql('$name')}, ' ')"
    return _page(
        f"select a.*, {{hits}} from silver.authors a "
        f"where len(list_filter({names}, lambda n: list_has_all({words}, {asked}))) > 0 "
        "order by a.papers desc, a.author_id",
        limit,
        offset,
        {"name": name},
    )


def author(author: str) -> Query:
    """The person of an author_id, an ORCID iD or a feed's id as scheme:id."""
    return ask(
        f"select a.* from silver.authors a where {_IS_AUTHOR} order by a.papers desc, a.author_id",
        author=author,
    )


def links(author_id: str) -> Query:
    """The papers of a person, the newest first, and what ties each authorship to the others."""
    return ask(
        """select l.paper_id, l.position, p.title, p.dated_on, s.name, l.basis, l.score,
  l.with_paper_id, l.with_position, l.evidence, l.decided
from silver.author_links l
join silver.papers p on p.paper_id = l.paper_id
left join silver.authorships s on s.paper_id = l.paper_id and s.position = l.position
where l.author_id = $id
order by p.dated_on desc nulls last, l.paper_id""",
        id=author_id,
    )


def coauthors(author_id: str, limit: int) -> Query:
    """The people with whom one wrote the most papers."""
    return ask(
        f"""select o.author_id, a.name, count(distinct l.paper_id) as papers
from silver.author_links l
join silver.author_links o on o.paper_id = l.paper_id and o.author_id <> l.author_id
join silver.authors a on a.author_id = o.author_id
where l.author_id = $id
group by o.author_id, a.name
order by papers desc, o.author_id
limit {limit:d}""",
        id=author_id,
    )


def institutions(like: str | None, country: str | None, limit: int, offset: int) -> Query:
    """Institutions, that of the most papers first."""
    asked = {"like": like, "country": country}
    sql = {"like": "contains(lower(name), lower($like))", "country": "country = upper($country)"}
    narrowed = {name: value for name, value in asked.items() if value is not None}
    where = " and ".join(["true", *(sql[name] for name in narrowed)])
    return _page(
        f"select *, {{hits}} from silver.institutions where {where} "
        "order by papers desc, scheme, id",
        limit,
        offset,
        narrowed,
    )


def collaborations(narrowed: Mapping[str, Any], limit: int, offset: int) -> Query:
    """Pairs that write papers together, over all periods asked for, those with the most first.

    Institutions come with their names.
    """
    where = " and ".join(_OF_PAIRS[name] for name in narrowed)
    names = ", ".join(
        f"(select name from silver.institutions where scheme || ':' || id = {side}) as {side}_name"
        for side in ("a", "b")
        if narrowed["kind"] == "institution"
    )
    # Each paper is in one period of a grain, so that counts of periods add up.
    return _page(
        f"""select a, b, {names + ", " if names else ""}sum(papers)::bigint as papers,
  round(sum(weight), 6) as weight, min(period) as first_period, max(period) as last_period, {{hits}}
from gold.collaborations where {where}
group by a, b order by papers desc, weight desc, a, b""",
        limit,
        offset,
        narrowed,
    )


def topics() -> Query:
    """The topics in use with their areas, the largest first."""
    return ask(
        """select t.topic_id, t.label, t.level, t.parent, a.label as parent_label, t.terms,
  t.papers, t.cohesion, t.fitted_as_of
from gold.topics t
left join gold.topics a on a.topic_id = t.parent and a.is_current
where t.is_current
order by t.level, t.papers desc, t.topic_id"""
    )


def trends(
    wanted: Mapping[str, str | None], like: str | None, limit: int, offset: int, has_labels: bool,
    has_entities: bool,
) -> Query:  # fmt: skip
    """Rows of gold.trend_tests with the name of what was tested; `hits` counts them all.

    Args:
        wanted: values that columns must have, by column; None where any will do.
        like: a part of the name.
        has_labels: whether gold.topics is there to name topics. has_entities: gold.entities.
    """
    filters = {name: value for name, value in wanted.items() if value is not None}
    same = [f'x."{name}" = ${_parameter(name)}' for name in filters]
    names = ["t.label"] * has_labels + ["e.name"] * has_entities
    name = f"coalesce({', '.join([*names, 'x.entity'])})"
    joins = [
        "left join gold.topics t on x.kind = 'topic' and t.topic_id = x.entity and t.is_current"
    ] * has_labels + [
        "left join gold.entities e on x.kind = 'entity' and e.entity_id = x.entity"
    ] * has_entities
    join = "\n".join(joins)
    if like is not None:
        same.append(f"contains(lower({name}), lower($like))")
    sure = f"{surest('x')} nulls last, x.rank nulls last"
    return _page(
        f"""select {name} as name, x.*, {{hits}}
from gold.trend_tests x
{join}
where {" and ".join(same) or "true"}
order by {sure}, x.kind, x.entity, x.grain, x.slice""",
        limit,
        offset,
        {**{_parameter(name): value for name, value in filters.items()}}
        | ({} if like is None else {"like": like}),
    )


def _parameter(column: str) -> str:
    return f"of_{column}"


def values(table: str, column: str) -> Query:
    """The different values of a column."""
    return ask(
        f'select distinct "{column}" as value from {table} where value is not null order by 1'
    )


def course(kind: str, entity: str, grain: str, cut: str) -> Query:
    """The periods of a topic, term or entity with its share in each, the first first."""
    table, column = TREND_TABLES[kind]
    return ask(
        f"select * from {table} where {column} = $entity and grain = $grain and slice = $slice "
        "order by period",
        entity=entity,
        grain=grain,
        slice=cut,
    )


TREND_TABLES = {
    "topic": ("gold.topic_trends", "topic_id"),
    "term": ("gold.term_trends", "term"),
    "entity": ("gold.entity_trends", "entity_id"),
}


def evidence(narrowed: Mapping[str, Any], limit: int) -> Query:
    """The newest papers that are counted in trends, those that a feed dates, and meet filters."""
    where = [*conditions(narrowed), "p.date_basis <> 'shown'"]
    return _listed(where, narrowed, "newest", limit, 0)


def terms(like: str | None, limit: int, offset: int) -> Query:
    """Terms whose trends are counted, that of the most papers first."""
    where = "where contains(term, lower($like))" if like is not None else ""
    return _page(
        f"select *, {{hits}} from gold.terms {where} order by papers desc, term",
        limit,
        offset,
        {} if like is None else {"like": like},
    )


def entities(
    narrowed: Mapping[str, Any], rising: bool, has_tests: bool, limit: int, offset: int
) -> Query:
    """Entities with the surest call of each, that of the most papers first.

    Args:
        narrowed: like, a part of a name; key, the same as names are compared; kind.
        rising: only what rises, the surest first. has_tests: whether gold.trend_tests is there.
    """
    where = [_OF_ENTITIES[name] for name in narrowed if name in _OF_ENTITIES]
    columns = "null::varchar as class, null::varchar as strength, null::varchar as why"
    begin, join, order = "", "", ""
    if has_tests:
        begin = f"""with called as (
  select * from gold.trend_tests x
  where kind = 'entity' and slice = 'all' and strength is not null
  qualify row_number() over (partition by entity order by {surest("x")}, lfsr, grain) = 1
)
"""
        columns = "c.grain, c.class, c.strength, round(exp(c.change), 2) as times, c.why"
        join = "left join called c on c.entity = e.entity_id"
    if rising:
        up = ", ".join(f"'{name}'" for name in UP)
        where.append(f"c.class in ({up})")
        order = f"{surest('c')}, c.rank, "
    return _page(
        f"""{begin}select e.*, {columns}, {{hits}}
from gold.entities e
{join}
where {" and ".join(where) or "true"}
order by {order}e.papers_using + e.papers_introducing desc, e.papers desc, e.entity_id""",
        limit,
        offset,
        narrowed,
    )


_OF_ENTITIES = {
    "like": "(contains(lower(e.name), lower($like)) "
    "or ($key <> '' and contains(e.entity_id, $key)))",
    "kind": "e.kind = $kind",
}
"""What narrows gold.entities."""


def entity(entity_id: str) -> Query:
    """The entity of an id."""
    return ask("select entity_id from gold.entities where entity_id = $id", id=entity_id)


def entity_papers(entity: str, role: str | None, limit: int, offset: int) -> Query:
    """The papers that name an entity: those that introduce it, use it, mention it; newest first."""
    roles = ", ".join(f"'{name}'" for name in ROLES)
    listed = ", ".join(f"p.{name}" for name in LISTED)
    return _page(
        f"""select x.role, x.written, x.evidence, {listed}, {{hits}}
from gold.entity_papers x
join silver.papers p on p.paper_id = x.paper_id
where x.entity_id = $entity and not p.is_withdrawn{"" if role is None else " and x.role = $role"}
order by list_position([{roles}], x.role), {ORDERS["newest"]}""",
        limit,
        offset,
        {"entity": entity} | ({} if role is None else {"role": role}),
    )


def scores(day: Any, limit: int, offset: int) -> Query:
    """The best papers of a day, or of the last one, with the parts of their scores."""
    last = "(select max(as_of) from gold.scores)" if day is None else "$day"
    listed = ", ".join(f"p.{name}" for name in LISTED if name != "votes")
    return _page(
        f"""select s.*, {listed}, {{hits}}
from gold.scores s
join silver.papers p on p.paper_id = s.paper_id
where s.as_of = {last} and not p.is_withdrawn and p.notice is null
order by s.score desc, s.paper_id""",
        limit,
        offset,
        {} if day is None else {"day": day},
    )


def papers_by_author(narrowed: Mapping[str, Any]) -> Query:
    """The papers that meet all filters, author among them, the newest first: their paper_ids."""
    return ask(
        f"select p.paper_id from silver.papers p "
        f"where {' and '.join(['not p.is_withdrawn', *conditions(narrowed)])} "
        f"order by {ORDERS['newest']}",
        **narrowed,
    )


def text_counts(words: Sequence[str]) -> Query:
    """The number of texts that have each of some words, one row."""
    names = [f"w{at}" for at in range(len(words))]
    counts = ", ".join(f"count(*) filter (word = ${name}) as n{name[1:]}" for name in names)
    among = ", ".join(f"${name}" for name in names)
    return ask(
        f"select {counts} from search_words where word in ({among}) and n > 0",
        **dict(zip(names, words, strict=True)),
    )


VOCABULARY = ask(
    """select word, count(*) as papers
from (select unnest(string_split(trim(title), ' ')) as word from search_texts)
where strlen(word) > 2
group by word
order by papers desc, word"""
)
"""The words of all titles without accents, those of the most papers first."""


def _page(sql: str, limit: int, offset: int, parameters: Mapping[str, Any]) -> Query:
    statement = sql.replace("{hits}", "count(*) over () as hits")
    return ask(f"{statement}\nlimit {limit:d} offset {offset:d}", **parameters)
