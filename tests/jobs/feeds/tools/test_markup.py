"""Requirements of text out of HTML and JATS: known tags go, everything else stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds.tools.markup import plain
from jobs.text.text import clean_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<i>Tidal</i> <b>range</b>", "Tidal range"),
        ("10<sup>3</sup> m of H<sub>2</sub>O", "10^3 m of H_2O"),
        ("<p>One.</p><p>Two.</p>", "One. Two."),
        ("one<br/>two", "one two"),
        ("<jats:sec><jats:title>Aim</jats:title><jats:p>Low tide.</jats:p></jats:sec>",
         "Aim: Low tide."),
        ("<jats:title>Abstract</jats:title><jats:p>Low tide.</jats:p>", "Low tide."),
        ("p < 0.05 and q > 3", "p < 0.05 and q > 3"),
        ("the <obj> token", "the <obj> token"),
        ("<P CLASS='x'>Big</P>", "Big"),
        ("<inline-formula><tex-math>\\documentclass{x}\\begin{document}$a^2$\\end{document}"
         "</tex-math></inline-formula>", "$a^2$"),
    ],
)  # fmt: skip
def test_markup_becomes_text(text: str, expected: str) -> None:
    assert clean_text(plain(text)) == expected


@given(st.text("</pib =\"'x", max_size=40))
def test_without_an_end_nothing_is_a_tag(text: str) -> None:
    assert plain(text) == text


@given(st.lists(st.sampled_from(["<i>", "</p>", "<sup>", "x", "<obj>", " < "]), max_size=12))
def test_letters_and_unknown_tags_stay(parts: list[str]) -> None:
    text = "".join(parts)
    kept = plain(text)
    assert all(kept.count(sign) == text.count(sign) for sign in ("x", "<obj>", " < "))


def test_an_unclosed_tag_costs_time_in_proportion() -> None:
    begun = time.process_time()
    for sign in ("<p ", "<", "</", "\\documentclass\\begin{document}"):
        assert plain(sign * 10_000)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "text",
    ["<alternatives><tex-math>x</tex-math><math>" * 5_000, "a<i>b " * 50_000,
     "<p>\\documentclass\\begin{document}" * 10_000],
)  # fmt: skip
def test_markup_that_never_ends_is_read_once(text: str) -> None:
    """Read anew from each of its beginnings it would take hours."""
    assert len(plain(text)) <= len(text)
