"""Statements: cut at semicolons, but not at those in quotes and comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sql.statements import split, statements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1", ["select 1"]),
        ("select 1; select 2;", ["select 1", "select 2"]),
        ("select ';' as a; select 2", ["select ';' as a", "select 2"]),
        (r"select 'it\'s; so'; select 2", [r"select 'it\'s; so'", "select 2"]),
        ('select "a;b", `c;d` from t', ['select "a;b", `c;d` from t']),
        ("select 1 -- one; two\n; select 2", ["select 1 -- one; two", "select 2"]),
        ("select r'C:\\' as a; select 2", ["select r'C:\\' as a", "select 2"]),
        ("select bar'x;\\'y'", ["select bar'x;\\'y'"]),
        ("select /* a /* b */ ; c */ 1; select 2", ["select /* a /* b */ ; c */ 1", "select 2"]),
        ("select /* one; two */ 1; ", ["select /* one; two */ 1"]),
        ("select 1 - 2 / 3; select 4", ["select 1 - 2 / 3", "select 4"]),
        (" ;; -- nothing\n ; /* nor; here */", []),
        ("", []),
    ],
)
def test_statements_end_at_semicolons_outside_of_quotes_and_comments(
    text: str, expected: list[str]
) -> None:
    assert statements(text) == expected


def test_what_is_left_open_waits_for_more() -> None:
    assert split("select 1; select 'a;") == (["select 1"], " select 'a;")
    assert split("select /* a;") == ([], "select /* a;")


@given(st.lists(st.sampled_from(["'", '"', "`", "--", "/*", "*/", ";", "\\", "\n", "a", "-", "/"])))
def test_no_letter_of_any_text_is_lost(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole, rest = split(text)
    assert text.endswith(rest)
    assert sum(map(len, whole)) + len(rest) <= len(text)
    assert all(statement in text for statement in whole)
