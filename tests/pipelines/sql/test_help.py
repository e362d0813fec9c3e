"""Completion: what may stand where the cursor is."""

from __future__ import annotations

import pytest

from jobs.tables.catalog import BY_NAME
from pipelines.sql import help

WORDS = ["select", "from", "where", "count"]


@pytest.mark.parametrize(
    ("text", "offered", "kept_back"),
    [
        ("sel", "select", "from"),
        ("select * from gold.top", "gold.topics", "gold.scores"),
        ("select * from gold.topics where lab", "label", "last"),
        ("select la from silver.papers p\nwhere p.tit", "p.title", "title"),
        ("select cos", "cosine", "count"),
        ("select cou", "count", "cosine"),
        ("\\d silver.pap", "silver.papers", "silver.records"),
        ("\\ti", "\\timing", "\\x"),
        ("select * from as_of('gold.scores', '2026-01-01') where nov", "novelty", "not"),
    ],
)
def test_words_are_offered_where_they_fit(text: str, offered: str, kept_back: str) -> None:
    found = [word for word, _ in help.suggestions(text, WORDS)]
    assert offered in found
    assert kept_back not in found


def test_columns_come_first_and_with_their_meaning() -> None:
    first, *_ = help.suggestions("select * from silver.papers where tit", WORDS)
    (title,) = [c for c in BY_NAME["silver.papers"].columns if c.name == "title"]
    assert first == ("title", title.comment)
