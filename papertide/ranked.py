"""Papers ranked by words, by meaning and by both, as SQL: the rules of jobs/vectors/search.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from jobs.vectors.search import FUSED, K1, RANK_OFFSET, B, spellings
from jobs.vectors.vectors import DIGITS
from papertide.duck import Query, ask
from papertide.index.contents import words_of

_CLOSE = 50
"""Papers more than asked for, whose order floats may tell otherwise than doubles do."""


def words(text: str) -> Query:
    """The words of what someone typed: one row, a list."""
    return ask(f"select string_split({words_of('$text')}, ' ') as words", text=text)


def by_words(
    query_words: Sequence[str], conditions: Sequence[str], narrowed: Mapping[str, Any], number: int
) -> Query:
    """The best papers by BM25 that meet conditions on silver.papers p; `hits` counts them all."""
    bm25, parameters = _bm25(query_words)
    return _ranks(
        f"""{bm25},
words as (
  select b.paper_id, b.bm25, count(*) over () as found
  from bm25 b{_narrow("b", conditions)}
  order by b.bm25 desc, b.paper_id
  limit {number}
)""",
        "words",
        ("bm25",),
        {**parameters, **narrowed},
        more=", r.found as hits",
    )


def by_meaning(
    vector: Sequence[float], model: str, conditions: Sequence[str], narrowed: Mapping[str, Any],
    number: int,
) -> Query:  # fmt: skip
    """The papers nearest to a vector of a model, that meet conditions on silver.papers p."""
    return _ranks(
        f"near as (\n{_near(conditions, number)}\n)",
        "near",
        ("cosine",),
        {"vector": list(vector), "model": model, **narrowed},
    )


def by_both(
    query_words: Sequence[str], vector: Sequence[float], model: str, conditions: Sequence[str],
    narrowed: Mapping[str, Any], number: int,
) -> Query:  # fmt: skip
    """The papers of two lists, by words and by meaning, by the sum of 1 / (60 + rank)."""
    bm25, parameters = _bm25(query_words)
    parts = " + ".join(
        f"coalesce(1 / ({RANK_OFFSET} + {value}.rank), 0)" for value in ("words", "near")
    )
    ranks = """select *, row_number() over (order by {value} desc, paper_id) as rank
  from ({ranked})"""
    worded = f"""  select b.paper_id, b.bm25
  from bm25 b{_narrow("b", conditions)}
  order by b.bm25 desc, b.paper_id
  limit {FUSED}"""
    return _ranks(
        f"""{bm25},
words as (
  {ranks.format(value="bm25", ranked=chr(10) + worded)}
),
near as (
  {ranks.format(value="cosine", ranked=chr(10) + _near(conditions, FUSED))}
),
fused as (
  select coalesce(words.paper_id, near.paper_id) as paper_id,
    round({parts}, {DIGITS}) as score, words.bm25, near.cosine
  from words
  full join near on near.paper_id = words.paper_id
  order by score desc, paper_id
  limit {number}
)""",
        "fused",
        ("score", "bm25", "cosine"),
        {"vector": list(vector), "model": model, **parameters, **narrowed},
    )


def _narrow(relation: str, conditions: Sequence[str]) -> str:
    """SQL that keeps of a relation the papers that meet conditions; texts are of none withdrawn."""
    if not conditions:
        return ""
    return (
        f"\n  join silver.papers p on p.paper_id = {relation}.paper_id"
        f"\n  where {f'{chr(10)}    and '.join(conditions)}"
    )


def _near(conditions: Sequence[str], number: int) -> str:
    """The papers nearest to a vector: by floats more than are asked for, of those by doubles."""
    if conditions:
        kept = f"""
    join silver.papers p on p.paper_id = f.paper_id
    where {f"{chr(10)}      and ".join(["not p.is_withdrawn", *conditions])}"""
    else:  # a few ids to leave out are found sooner than all papers
        kept = """
    where f.paper_id not in (select paper_id from silver.papers where is_withdrawn)"""
    return f"""  select v.paper_id,
    round(list_dot_product(v.vector::double[], $vector::double[]), {DIGITS}) as cosine
  from (
    select f.paper_id
    from (
      select paper_id, list_dot_product(vector, $vector::float[]) as about
      from search_vectors
      where model = $model
    ) f{kept}
    order by f.about desc, f.paper_id
    limit {number + _CLOSE}
  ) c
  join search_vectors v on v.paper_id = c.paper_id and v.model = $model
  join silver.papers p on p.paper_id = c.paper_id
  order by cosine desc, v.paper_id
  limit {number}"""


def _bm25(query_words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The query `bm25` (paper_id, bm25) over all texts, and its parameters."""
    of_word: dict[str, list[str]] = defaultdict(list)
    parameters: dict[str, str] = {}
    for number, (spelling, word) in enumerate(spellings(query_words).items()):
        parameters[f"word{number}"] = spelling
        of_word[word].append(f"$word{number}")
    numbered = list(enumerate(", ".join(names) for names in of_word.values()))
    rare = "ln(1 + (papers - having{0} + 0.5) / (having{0} + 0.5))"
    long = f"n{{0}} + {K1} * ({1 - B} + {B} * length / mean)"
    of_each = "coalesce(sum(n) filter (word in ({1})), 0)::int as n{0}"
    part = f"({rare} * n{{0}} * {K1 + 1} / ({long}))::decimal(20, 12)"
    return (
        f"""counted as (
  select number, {", ".join(of_each.format(at, names) for at, names in numbered)}
  from search_words
  where word in ({", ".join(f"${name}" for name in parameters)}) and n > 0
  group by number
),
total as (
  select greatest(avg(length), 1) as mean, count(*) as papers from search_texts
),
rare as (
  select {", ".join(f"count(*) filter (n{at} > 0) as having{at}" for at, _ in numbered)}
  from counted
),
bm25 as (
  select t.paper_id,
    round({" + ".join(part.format(at) for at, _ in numbered)}, {DIGITS})::double as bm25
  from counted c
  join search_texts t on t.number = c.number, total, rare
)""",
        parameters,
    )


def with_papers(ranks: Query) -> Query:
    """Ranked papers with what a page shows of each."""
    return ask(
        f"""
select r.*, p.title, p.authors, p.venue, p.dated_on, p.abstract
from (
{ranks.sql}
) r
join silver.papers p on p.paper_id = r.paper_id
order by r.rank
""",
        **dict(ranks.parameters),
    )


def _ranks(
    tables: str, ranked: str, values: Sequence[str], parameters: Mapping[str, Any], more: str = ""
) -> Query:  # fmt: skip
    """The ranked papers, the best first; `values` are what they are ranked by.

    Their texts are not read here: of a hundred papers that are fused a person looks at ten.
    """
    return ask(
        f"""
with {tables}
select row_number() over (order by r.{values[0]} desc, r.paper_id) as rank, r.paper_id,
  {", ".join(f"r.{value}" for value in values)}{more}
from {ranked} r
order by rank
""",
        **parameters,
    )
