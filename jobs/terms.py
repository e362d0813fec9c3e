"""Terms of a text: word sequences that can name something, each within a noun phrase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from jobs.noun_phrases import HEADS, Phrase, noun_phrases
from jobs.stop_words import EMPTY_MODIFIERS, EMPTY_NOUNS

LONGEST = 4  # words of a term; of experts' keyphrases one in twenty has more
_SHORTEST = 3  # letters of a term of one word
_LINK = "of"
_FOLDED_FROM = 4  # letters of the shortest word whose plural is folded
_DIGITS = 6

_COUNTED = (("occurrences", pa.int32()), ("position", pa.float64()))
DOCUMENT_TERMS = pa.schema(
    [
        ("paper_id", pa.string()),
        ("term", pa.string()),
        ("words", pa.int32()),
        *_COUNTED,
        ("is_whole", pa.bool_()),
    ]
)
DOCUMENT_PHRASES = pa.schema(
    [
        ("paper_id", pa.string()),
        ("phrase", pa.string()),
        ("words", pa.list_(pa.string())),
        ("is_new", pa.list_(pa.bool_())),
        *_COUNTED,
    ]
)

Row = tuple[Any, ...]


def document_terms(papers: DataFrame) -> DataFrame:
    """The terms of each paper's title and abstract, one row a paper and term.

    Args:
        papers: rows with paper_id, title and abstract (may be null).

    Returns:
        Rows by DOCUMENT_TERMS: `words` of the term, `occurrences` in title and abstract,
        `position` of the first, 0 in the title, else the share of the abstract before it, to 1, and
        whether it `is_whole`, a noun phrase by itself, anywhere.
    """
    return _told(papers, DOCUMENT_TERMS, _terms_of_paper)


def document_phrases(papers: DataFrame) -> DataFrame:
    """The terms of each paper that are whole noun phrases, one row a paper and phrase.

    Singular and plural are one phrase, in the form that comes first.

    Args:
        papers: rows with paper_id, title and abstract (may be null).

    Returns:
        Rows by DOCUMENT_PHRASES: `words` in the singular, and whether each `is_new`, in no row of
        the paper before, so that papers can be counted by word; the others as in `document_terms`.
    """
    return _told(papers, DOCUMENT_PHRASES, _phrases_of_paper)


def _told(
    papers: DataFrame, schema: pa.Schema, of_paper: Callable[[str, str], Iterator[Row]]
) -> DataFrame:
    work = partial(_batches, schema=schema, of_paper=of_paper)
    return papers.select("paper_id", "title", "abstract").mapInArrow(
        work, from_arrow_schema(schema)
    )


def _batches(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    of_paper: Callable[[str, str], Iterator[Row]],
) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        papers = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        rows = [
            (paper_id, *row)
            for paper_id, title, abstract in papers
            for row in of_paper(title or "", abstract or "")
        ]
        columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
        arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _terms_of_paper(title: str, abstract: str) -> Iterator[Row]:
    found: Counter[str] = Counter()
    position: dict[str, float] = {}
    whole: set[str] = set()
    for text, is_title in ((title, True), (abstract, False)):
        for term, place, is_whole in terms(text):
            found[term] += 1
            position.setdefault(term, _position(place, is_title, abstract))
            if is_whole:
                whole.add(term)
    for term in sorted(found):
        yield term, term.count(" ") + 1, found[term], position[term], term in whole


def _phrases_of_paper(title: str, abstract: str) -> Iterator[Row]:
    found: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], tuple[str, float]] = {}
    for text, is_title in ((title, True), (abstract, False)):
        for phrase in filter(_is_whole, noun_phrases(text)):
            words = tuple(map(singular, phrase.words))
            found[words] += 1
            position = _position(phrase.places[0], is_title, abstract)
            first.setdefault(words, (" ".join(phrase.words), position))
    told: set[str] = set()
    for words in sorted(found):
        name, position = first[words]
        # A word twice in one phrase is new at its first place alone.
        is_new = [word not in told and word not in words[:at] for at, word in enumerate(words)]
        told.update(words)
        yield name, words, is_new, found[words], position


def _position(place: int, is_title: bool, abstract: str) -> float:
    return 0.0 if is_title else round((place + 1) / (len(abstract) + 1), _DIGITS)


def _is_whole(phrase: Phrase) -> bool:
    """Whether a whole noun phrase is a term."""
    return len(phrase.words) <= LONGEST and _names(phrase.words)


def _names(words: tuple[str, ...]) -> bool:
    return len(words) > 1 or (len(words[0]) >= _SHORTEST and words[0] not in EMPTY_NOUNS)


def singular(word: str) -> str:
    """The word without a plural's ending, to count both forms as one; no word for readers."""
    if len(word) < _FOLDED_FROM or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") and len(word) > _FOLDED_FROM else word[:-1]


def singular_column(term: str) -> Column:
    """The column `term` with each word as `singular` makes it."""
    in_y = F.regexp_replace(term, r"(?<=\w\w)ies(?!\S)", "y")
    return F.regexp_replace(in_y, r"(?<=\S\S[^sui])s(?!\S)", "")


def terms(text: str) -> Iterator[tuple[str, int, bool]]:
    """The terms of a text in lower case, each time with its place and whether it is a whole phrase.

    A term is a noun phrase of up to LONGEST words or a part of one that ends with a noun; it keeps
    its hyphens. None begins with a modifier that says nothing. A single word has three letters or
    signs and names something by itself. A noun and a phrase of one word linked by "of" are one
    term as well ("chain of thought").
    """
    phrases = list(noun_phrases(text))
    for phrase in phrases:
        yield from _parts(phrase)
    for left, right in pairwise(phrases):
        begin = left.places[-1]
        linked = [left.words[-1], _LINK, right.words[0]]
        if len(right.words) == 1 and text[begin : right.places[0]].lower().split() == linked[:2]:
            yield " ".join(linked), begin, True


def _parts(phrase: Phrase) -> Iterator[tuple[str, int, bool]]:
    for begin, (word, place) in enumerate(zip(phrase.words, phrase.places, strict=True)):
        if word in EMPTY_MODIFIERS:
            continue
        for end in range(begin, min(begin + LONGEST, len(phrase.words))):
            words = phrase.words[begin : end + 1]
            if phrase.classes[end] in HEADS and _names(words):
                yield " ".join(words), place, len(words) == len(phrase.words)
