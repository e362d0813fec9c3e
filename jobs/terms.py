"""Candidate terms of a text: word sequences that can name something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame

from jobs.stop_words import STOP_WORDS

DOCUMENT_TERMS = "paper_id string, term string, words int, occurrences int, position double"
LONGEST = 3  # words of a term
_LINK = "of"
_SHORTEST = 3  # letters of a term of one word
# Words with their hyphens, versions (gpt-3.5) and plus signs (c++); anything that parts clauses.
_TOKEN = re.compile(r"[^\W_]+(?:(?:-|\.(?=\d)|['’](?=[^\W\d_]))[^\W_]+)*(?:\+\+)?|[^\w\s-]")
_POSSESSIVE = re.compile(r"['’]s$")


def document_terms(papers: DataFrame) -> DataFrame:
    """The terms of each paper's title and abstract, one row a paper and term.

    Args:
        papers: rows with paper_id, title and abstract (may be null).

    Returns:
        Rows by DOCUMENT_TERMS: `words` of the term, `occurrences` in title and abstract, and
        `position` of the first, 0 in the title, else the share of the abstract before it, to 1.
    """
    return papers.select("paper_id", "title", "abstract").mapInArrow(_counted, DOCUMENT_TERMS)


def _counted(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        columns: tuple[list[Any], ...] = ([], [], [], [], [])
        for paper_id, title, abstract in rows:
            for told in _of_paper(paper_id, title or "", abstract or ""):
                for column, value in zip(columns, told, strict=True):
                    column.append(value)
        names = [column.split()[0] for column in DOCUMENT_TERMS.split(", ")]
        types = (pa.string(), pa.string(), pa.int32(), pa.int32(), pa.float64())
        arrays = [pa.array(c, t) for c, t in zip(columns, types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names=names)


def _of_paper(
    paper_id: str, title: str, abstract: str
) -> Iterator[tuple[str, str, int, int, float]]:
    found: Counter[str] = Counter()
    position: dict[str, float] = {}
    length = max(len(abstract), 1)
    for text, is_title in ((title, True), (abstract, False)):
        for term, place in terms(text):
            found[term] += 1
            position.setdefault(term, 0.0 if is_title else (place + 1) / (length + 1))
    for term in sorted(found):
        yield paper_id, term, term.count(" ") + 1, found[term], round(position[term], 6)


def terms(text: str) -> Iterator[tuple[str, int]]:
    """The terms of a text in lower case, each time with its place in characters.

    One to three words within a clause, that keep their hyphens. None is a stop word, but for "of"
    between two others, and the last holds a letter; a single word has three letters or signs.
    """
    clause: list[tuple[str, int]] = []
    for token in _TOKEN.finditer(text):
        word = _POSSESSIVE.sub("", token[0].lower())
        if word[0].isalnum():
            clause.append((word, token.start()))
        else:
            yield from _of_clause(clause)
            clause = []
    yield from _of_clause(clause)


def _of_clause(clause: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    words = [word for word, _ in clause]
    for begin, (word, place) in enumerate(clause):
        if word in STOP_WORDS:
            continue
        for end in range(begin, min(begin + LONGEST, len(words))):
            last = words[end]
            if last in STOP_WORDS:
                if last != _LINK:
                    break
            elif any(map(str.isalpha, last)) and (end > begin or len(word) >= _SHORTEST):
                yield " ".join(words[begin : end + 1]), place
