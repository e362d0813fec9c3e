"""Text of feeds as data."""

from __future__ import annotations

import pytest

from dashboard.text import chance, escape, label, link, people


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " JAVASCRIPT:x",
                                 "//host/x", "http://[broken", "", None])  # fmt: skip
def test_only_addresses_of_the_web_may_be_opened(url: str | None) -> None:
    assert link(url) is None


def test_an_address_of_the_web_stays_as_it_is() -> None:
    assert link(" https://example.org/a?b=c ") == "https://example.org/a?b=c"


def test_every_sign_of_markdown_is_escaped() -> None:
    assert label("[a](b) *c* <d> `e` $f$") == r"\[a\]\(b\) \*c\* \<d\> \`e\` \$f\$"


def test_what_backslashes_do_not_stop_is_broken_by_a_sign_without_width() -> None:
    told = label(":smile: https://x.org www.x.org a@b.org").replace("\\", "")
    for whole in (":smile:", "https://", "www.x", "a@b"):
        assert whole not in told
    assert told.replace("\u2060", "") == ":smile: https://x.org www.x.org a@b.org"


def test_html_is_text() -> None:
    assert escape('<a href="x">') == "&lt;a href=&quot;x&quot;&gt;"


def test_many_authors_are_counted() -> None:
    assert people([{"name": name} for name in "abcde"]) == "a, b, c and 2 more"


def test_a_chance_too_small_to_be_told_is_not_told_as_none() -> None:
    assert [chance(q) for q in (None, 0.0, 6.6e-7, 0.0001, 0.0437)] == [
        None, "q < 0.0001", "q < 0.0001", "q 0.0001", "q 0.044"
    ]  # fmt: skip
