"""The parts of the index, each the rows of a statement over published tables."""

from __future__ import annotations

from typing import NamedTuple


def words_of(text: str) -> str:
    """SQL of the words of a text (SQL itself), split as by jobs/vectors/search.py, a space between.

    In lower case; of scripts without spaces each letter is one.
    """
    unspaced = r"([\p{Han}\p{Hiragana}\p{Katakana}])"
    return (
        f"trim(regexp_replace(regexp_replace(lower({text}), '{unspaced}', ' \\1 ', 'g'), "
        r"'[^\pL\pM\pN]+', ' ', 'g'))"
    )


def fold_sql(text: str) -> str:
    """SQL of a text (SQL itself) in small letters and digits without accents, one space between."""
    return f"trim(regexp_replace(strip_accents(lower({text})), '[^\\pL\\pN]+', ' ', 'g'))"


class Part(NamedTuple):
    """A part of the index.

    Attributes:
        source: the published table that it is made of.
        sql: its rows.
        of_texts: whether they are made of search_texts, some texts after others.
    """

    source: str
    sql: str
    of_texts: bool = False


PARTS = {
    # Small letters and digits without accents, a space before, between and behind words, so that a
    # word can be looked for from its beginning; the words as such where they differ from that.
    "search_texts": Part(
        "silver.papers",
        rf"""with read as (
  select paper_id, title, concat_ws(' ', title, abstract) as text
  from silver.papers
  where not is_withdrawn
),
folded as (
  select paper_id,
    ' ' || regexp_replace(strip_accents(lower(title)), '[^\pL\pN]+', ' ', 'g') as title,
    ' ' || trim(regexp_replace(strip_accents(lower(text)), '[^\pL\pN]+', ' ', 'g')) || ' ' as text,
    {words_of("text")} as words
  from read
)
select (row_number() over ())::int as number, paper_id, title, text,
  nullif(' ' || words || ' ', text) as other_words,
  (words <> '')::int + strlen(words) - strlen(replace(words, ' ', '')) as length
from folded""",
    ),
    # How often a word stands in the text of a number; 0 where it stands there with accents alone.
    "search_words": Part(
        "silver.papers",
        """select word, number, sum(times)::int as n
from (
  select unnest(string_split(coalesce(other_words, text), ' ')) as word, number, 1 as times
  from search_texts
  union all
  select unnest(string_split(text, ' ')), number, 0 from search_texts where other_words is not null
)
where word <> ''
group by word, number
order by word, number""",
        of_texts=True,
    ),
    # A row a name, a space before, between and behind its words.
    "search_authors": Part(
        "silver.papers",
        rf"""select paper_id, ' ' || {fold_sql("author.name")} || ' ' as name
from (select paper_id, unnest(authors) as author from silver.papers where not is_withdrawn)
where author.name is not null""",
    ),
    "search_vectors": Part(
        "silver.embeddings", "select paper_id, model, vector from silver.embeddings"
    ),
}
