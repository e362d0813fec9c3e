"""What each authorship of a paper is compared by, and the block in which it meets others.

    p1 "Silt of tides", 2001: 1 Ada Fern (Harbour College), 2 Elm B., 3 Fern Collaboration

    block   paper  position  given  co-authors  in full    title      affiliation
    fern a  p1     1         ada    elm b       -          silt tides harbour college
    elm b   p1     2         b      fern a      fern ada   silt tides -

The block is surname and first initial, as is usual (Levin et al. 2012). A collaboration is no
person and stands in none. Words and names are 64-bit hashes: a block of thousands fits in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from jobs.text.folding import fold_words
from jobs.text.names import PersonName, read_name
from jobs.text.stop_words import FUNCTION_WORDS, words

MOST_AUTHORS = 100
"""Authors of a paper whose co-authors tell something; in longer lists everybody meets everybody."""
_SHORTEST = 3  # letters of a word that is compared
# Words of venues and affiliations that stand in most.
_EMPTY_WORDS = words(
    "and the for der die das des und fur les department dept university universite universitat "
    "universidad universita institute school faculty college center centre laboratory lab research "
    "proceedings conference international workshop annual meeting journal transactions"
)


def sketch_paper(paper: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of a paper's authorships that are people's.

    Args:
        paper: paper_id, title, venue, year, digest (jobs/people/authors.py) and `authors`:
            rows of silver.authorships by position.
    """
    authors = [
        (row, read_name(row["name"], row["given"], row["family"])) for row in paper["authors"]
    ]
    people = [(row, name) for row, name in authors if name]
    is_short = len(people) <= MOST_AUTHORS
    title = _words(paper["title"], FUNCTION_WORDS)
    venue = _words(paper["venue"], _EMPTY_WORDS)
    for place, (row, name) in enumerate(people):
        others = [other for at, (_, other) in enumerate(people) if at != place and is_short]
        yield {
            "block": block_of(name),
            "paper_id": paper["paper_id"],
            "position": row["position"],
            "given": list(name.given),
            "orcid": row["orcid"],
            "ids": _ids(row["author_ids"]),
            "coauthors": _hashes(map(block_of, others)),
            "full_coauthors": _hashes(
                f"{other.family} {other.given[0]}" for other in others if other.is_full
            ),
            "title": title,
            "venue": venue,
            "affiliation": sorted(
                {*_words(" ".join(row["affiliations"] or ()), _EMPTY_WORDS)}
                | {_hash(institution) for institution in _ids(row["institution_ids"])}
            ),
            "year": paper["year"],
            "digest": paper["digest"],
        }  # fmt: skip


def block_of(name: PersonName) -> str:
    """The block of a name: surname and first initial."""
    return f"{name.family} {name.given[0][0]}" if name.given else name.family


def _ids(rows: Sequence[Mapping[str, str]] | None) -> list[str]:
    return sorted(f"{of['scheme']}:{of['id']}" for of in rows or ())


def _words(text: str | None, without: frozenset[str]) -> list[int]:
    return _hashes(
        word
        for word in fold_words(text or "")
        if len(word) >= _SHORTEST and word not in without and not word.isdigit()
    )


def _hashes(texts: Iterable[str]) -> list[int]:
    return sorted({_hash(text) for text in texts})


@lru_cache(maxsize=1 << 16)
def _hash(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
