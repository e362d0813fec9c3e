"""Text of feeds does nothing; addresses lead to pages and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.digest.inert import one_line, shorten, web_address


@pytest.mark.parametrize(
    ("given", "expect"),
    [
        ("Tides\r\nBcc: all@example.org", "Tides Bcc: all@example.org"),
        ("a\u2028b\u2029c\x85d\x0be\x1cf", "a b c d e f"),
        ("\u202egnisrever\u2066 \u2067tides\u2069", "gnisrever tides"),
        ("\x1b[31mred\x00", "[31mred"),
        ("ti\u200bdes\ufeff\ud800", "tides"),
        (None, ""),
    ],
)
def test_a_text_becomes_one_line_that_shows_all_it_holds(given: str, expect: str) -> None:
    assert one_line(given) == expect


@given(st.text(alphabet=st.characters()))
def test_nothing_of_a_line_breaks_or_cannot_be_written(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    line.encode()
    assert one_line(line) == line


@given(st.text(), st.integers(min_value=1, max_value=80))
def test_a_text_is_cut_to_its_length(text: str, longest: int) -> None:
    cut = shorten(text, longest)
    assert len(cut) <= longest
    assert cut == text or cut.endswith("…")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a?b=c&d=%20e#f",
        "http://example.org:8080/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_the_address_of_a_page_stays(url: str) -> None:
    assert web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//example.org/",
        "https:/example.org",
        "https://user:word@example.org/",
        "https://example.org\\@evil.example/",
        "https://example.org/\r\nSet-Cookie: a",
        "https://example.org:99999999/",
        "https://[::1/",
        "https://еxample.org/",
        "",
        None,
    ],
)
def test_anything_else_is_no_address(url: str | None) -> None:
    assert web_address(url) is None


@given(st.text())
def test_an_address_holds_nothing_that_ends_an_attribute(tail: str) -> None:
    found = web_address(f"https://example.org/{tail}")
    assert found is None or not set(found) & set('"<>\\ \n\r\t`')
