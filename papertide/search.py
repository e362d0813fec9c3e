"""Search in a snapshot: by id, by an author's name, by words and by meaning, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from conf.near import nearest
from jobs.params import EmbedSettings
from jobs.vectors.search import FUSED
from papertide import duck, questions, ranked
from papertide.asking import papers_with_id, why_none_match, words_of
from papertide.meaning import embed_query, model
from papertide.snapshot import Snapshot
from storage.errors import PapertideError, UsageError

WAYS = ("words", "meaning", "both")


class Hit(NamedTuple):
    """A paper that was found, by what (id, author or text), and the values it was ranked by."""

    paper_id: str
    matched: str
    values: dict[str, float | None]


@dataclass
class Search:
    """One search: what is asked where; `run` gives the hits, the best first.

    Attributes:
        text: what someone typed.
        by: one of WAYS; None: both where that can be, else words.
        narrowed: values of filters, by the names of questions.CONDITIONS.
        most: hits that are wanted.
        notes: what a person should know of it, once it has run.
        total: how many there are in all; None where nobody counted.
    """

    snapshot: Snapshot
    embed: EmbedSettings
    text: str
    by: str | None
    narrowed: Mapping[str, Any]
    most: int
    notes: list[str] = field(default_factory=list)
    total: int | None = None

    def run(self) -> list[Hit]:
        """The hits.

        Raises:
            UsageError: no such way, or too many words.
            PapertideError: a meaning is asked for that can't be told here.
        """
        ids = papers_with_id(self.snapshot, self.text, surely=True)
        if ids:
            return self._with_ids(ids)
        way = self._way()
        typed = words_of(self.snapshot, self.text)
        words = typed if way == "meaning" else self._known_words(typed)
        hits = self._rank(way, words) if words or way == "meaning" else []
        hits = self._with_authors(typed, words, hits)
        if not hits:
            self.notes.append(self._why_nothing(words))
        return hits

    def _with_ids(self, ids: list[str]) -> list[Hit]:
        rows = duck.rows(self.snapshot, questions.meeting(ids, self.narrowed))
        self.total = len(rows)
        if not rows:
            self.notes.append(why_none_match(self.narrowed, f"for “{self.text}” "))
        return [Hit(row["paper_id"], "id", {}) for row in rows]

    def _way(self) -> str:
        if self.by not in (*WAYS, None):
            raise UsageError(f"by: one of {', '.join(WAYS)}, not {self.by}")
        if self.by == "words":
            return self.by
        missing = why_no_meaning(self.snapshot, self.embed)
        if missing and self.by:
            raise PapertideError(f"search by {self.by}: {missing}")
        return "words" if missing else self.by or "both"

    def _known_words(self, words: list[str]) -> list[str]:
        """The words, those that no text has as the known ones nearest to them."""
        if not words:
            return []
        (counts,) = duck.rows(self.snapshot, questions.text_counts(words))
        known = []
        for at, word in enumerate(words):
            other = None if counts[f"n{at}"] else nearest(word, vocabulary(self.snapshot))
            if other:
                self.notes.append(f"no title or abstract has “{word}”; “{other}” was searched")
            known.append(other or word)
        return list(dict.fromkeys(known))

    def _rank(self, way: str, words: list[str]) -> list[Hit]:
        where = questions.conditions(self.narrowed)
        if way == "words":
            query = ranked.by_words(words, where, self.narrowed, self.most)
            values = ["bm25"]
        else:
            name = model(self.embed)
            assert name is not None  # else there is no such way
            vector = embed_query(self.text, self.embed)
            if way == "meaning":
                query = ranked.by_meaning(vector, name, where, self.narrowed, self.most)
                values = ["cosine"]
            else:
                most = max(self.most, FUSED)
                query = ranked.by_both(words, vector, name, where, self.narrowed, most)
                values = ["score", "bm25", "cosine"]
        rows = duck.rows(self.snapshot, query)
        if way == "words":
            self.total = rows[0]["hits"] if rows else 0
        return [Hit(row["paper_id"], "text", {v: row[v] for v in values}) for row in rows]

    def _with_authors(self, typed: list[str], words: list[str], hits: list[Hit]) -> list[Hit]:
        """The hits with the papers of authors of that name.

        They come first where the query is more of a name than of a subject: all of its two or more
        words are in one author's name, or its one word is in as many names as texts. Else a note
        says that there are some.
        """
        if "author" in self.narrowed or not any(len(word) > 1 for word in typed):
            return hits
        filters = {**self.narrowed, "author": self.text}
        of_name = [
            row["paper_id"] for row in duck.rows(self.snapshot, questions.papers_by_author(filters))
        ]
        if not of_name:
            return hits
        in_texts = len(hits) if self.total is None else self.total
        if len(typed) == 1 and len(of_name) < in_texts and words == typed:
            self.notes.append(
                f"papers with an author of that name: {len(of_name):,}; filter author={self.text}"
            )
            return hits
        self.notes.clear()  # a name is no misspelt word
        values: dict[str, float | None] = dict.fromkeys(hits[0].values) if hits else {}
        of_author = set(of_name)
        rest = [hit for hit in hits if hit.paper_id not in of_author] if words == typed else []
        if words != typed:
            self.total = len(of_name)
        elif self.total is not None:
            self.total += len(of_name) - self._hits_of(words, filters)
        return [*(Hit(paper_id, "author", values) for paper_id in of_name), *rest]

    def _hits_of(self, words: list[str], narrowed: Mapping[str, Any]) -> int:
        """How many papers with words meet filters."""
        query = ranked.by_words(words, questions.conditions(narrowed), narrowed, 1)
        rows = duck.rows(self.snapshot, query)
        return rows[0]["hits"] if rows else 0

    def _why_nothing(self, words: list[str]) -> str:
        if self.narrowed:
            return why_none_match(self.narrowed, f"for “{self.text}” ")
        if not words:
            return f"“{self.text}” holds no word"
        quoted = " or ".join(f"“{word}”" for word in words)
        return (
            f"no title, abstract, author or id has {quoted}, and no known word is near; "
            "fewer letters or another spelling may find it"
        )


@lru_cache(maxsize=8)
def vocabulary(snapshot: Snapshot) -> tuple[str, ...]:
    """The words of all titles, those of the most papers first."""
    return tuple(row["word"] for row in duck.rows(snapshot, questions.VOCABULARY))


def why_no_meaning(snapshot: Snapshot, embed: EmbedSettings) -> str | None:
    """Why nothing can be searched by meaning; None where it can."""
    name = model(embed)
    if name is None:
        return "the embedding model is not on this machine; papertide model brings it"
    if not snapshot.has("silver.embeddings"):
        return "no vectors are published; papertide run makes them"
    models = [
        r["value"] for r in duck.rows(snapshot, questions.values("silver.embeddings", "model"))
    ]
    if name in models:
        return None
    return f"the vectors published are of {', '.join(models)}, and the settings name {name}"
