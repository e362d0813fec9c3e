"""Papers ranked by words, by meaning and by both, as SQL: the rules of jobs/vectors/search.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from jobs.vectors.search import FUSED, K1, RANK_OFFSET, B, spellings
from jobs.vectors.vectors import DIGITS
from papertide.duck import Query, ask, words_of


def words(text: str) -> Query:
    """The words of what someone typed: one row, a list."""
    return ask(f"select string_split({words_of('$text')}, ' ') as words", text=text)


def by_words(
    query_words: Sequence[str], conditions: Sequence[str], narrowed: Mapping[str, Any], number: int
) -> Query:
    """The best papers by BM25 that meet conditions on silver.papers p; `hits` counts them all."""
    bm25, parameters = _bm25(query_words)
    return _ranked_papers(
        f"""{bm25},
words as (
  select b.paper_id, b.bm25, count(*) over () as found
  from bm25 b
  join silver.papers p on p.paper_id = b.paper_id
  where {_all(conditions)}
  order by b.bm25 desc, b.paper_id
  limit {number}
)""",
        "words",
        ("bm25",),
        {**parameters, **narrowed},
        hits="r.found",
    )


def by_meaning(
    vector: Sequence[float], model: str, conditions: Sequence[str], narrowed: Mapping[str, Any],
    number: int,
) -> Query:  # fmt: skip
    """The papers nearest to a vector of a model, that meet conditions on silver.papers p."""
    return _ranked_papers(
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
  from bm25 b
  join silver.papers p on p.paper_id = b.paper_id
  where {_all(conditions)}
  order by b.bm25 desc, b.paper_id
  limit {FUSED}"""
    return _ranked_papers(
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


def _all(conditions: Sequence[str]) -> str:
    return "\n    and ".join(["not p.is_withdrawn", *conditions])


def _near(conditions: Sequence[str], number: int) -> str:
    return f"""  select v.paper_id,
    round(list_dot_product(v.vector::double[], $vector::double[]), {DIGITS}) as cosine
  from search_vectors v
  join silver.papers p on p.paper_id = v.paper_id
  where v.model = $model and {_all(conditions)}
  order by cosine desc, v.paper_id
  limit {number}"""


def _bm25(query_words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """The query `bm25` (paper_id, bm25) over all texts, and its parameters."""
    of_word: dict[str, list[str]] = defaultdict(list)
    parameters: dict[str, str] = {}
    for number, (spelling, word) in enumerate(spellings(query_words).items()):
        parameters[f"word{number}"] = f" {spelling} "
        of_word[word].append(f"$word{number}")
    having = " or ".join(f"contains(words, ${name})" for name in parameters)
    # With two spaces between words no word shares one with the next.
    counts = [
        " + ".join(
            f"(strlen(spaced) - strlen(replace(spaced, {name}, ''))) // strlen({name})"
            for name in names
        )
        for names in of_word.values()
    ]
    numbered = list(enumerate(counts))
    rare = "ln(1 + (papers - having{0} + 0.5) / (having{0} + 0.5))"
    long = f"n{{0}} + {K1} * ({1 - B} + {B} * length / mean)"
    part = f"({rare} * n{{0}} * {K1 + 1} / ({long}))::decimal(20, 12)"
    return (
        f"""counted as (
  select paper_id, length, {", ".join(f"{count} as n{at}" for at, count in numbered)}
  from (
    select paper_id, length, replace(words, ' ', '  ') as spaced
    from (select *, coalesce(other_words, text) as words from search_texts)
    where {having}
  )
),
total as (
  select greatest(avg(length), 1) as mean, count(*) as papers from search_texts
),
rare as (
  select {", ".join(f"count(*) filter (n{at} > 0) as having{at}" for at, _ in numbered)}
  from counted
),
bm25 as (
  select paper_id,
    round({" + ".join(part.format(at) for at, _ in numbered)}, {DIGITS})::double as bm25
  from counted, total, rare
)""",
        parameters,
    )


def _ranked_papers(
    tables: str, ranked: str, values: Sequence[str], parameters: Mapping[str, Any],
    hits: str = "count(*) over ()",
) -> Query:  # fmt: skip
    """The ranked papers with what a list shows of each; `values` are what they are ranked by."""
    return ask(
        f"""
with {tables}
select {hits} as hits, p.paper_id, p.title, p.authors, p.venue, p.dated_on, p.abstract,
  {", ".join(f"r.{value}" for value in values)}
from {ranked} r
join silver.papers p on p.paper_id = r.paper_id
order by r.{values[0]} desc, p.paper_id
""",
        **parameters,
    )
