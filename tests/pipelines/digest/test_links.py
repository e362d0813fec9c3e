"""Links: whole ones do what they say, and nothing else is believed."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.digest.readers.links import CONFIRM, LIKE, UNSUBSCRIBE, Links, read, still_holds

SECRET = b"a secret of tides and ebbs"
LINKS = Links(SECRET, "https://papertide.example/mail/")


def token(link: str) -> str:
    return parse_qs(urlsplit(link).query)["t"][0]


def test_a_link_says_what_it_was_made_for() -> None:
    link = LINKS.confirm("abc", date(2025, 3, 8))
    assert link.startswith("https://papertide.example/mail/confirm?t=")
    assert read(SECRET, CONFIRM, token(link)) == ("abc", "2025-03-08")
    assert read(SECRET, UNSUBSCRIBE, token(LINKS.unsubscribe("abc"))) == ("abc", "")
    odd = "p.1/&?ü"
    assert read(SECRET, LIKE, token(LINKS.like("abc", odd))) == ("abc", odd)


def test_a_link_serves_no_other_purpose_person_or_secret() -> None:
    made = token(LINKS.unsubscribe("abc"))
    assert read(SECRET, CONFIRM, made) is None
    assert read(b"another secret of tides", UNSUBSCRIBE, made) is None
    assert read(SECRET, UNSUBSCRIBE, made.replace("abc", "abd")) is None


@given(st.text())
def test_whatever_is_no_token_is_not_believed(text: str) -> None:
    for action in (CONFIRM, UNSUBSCRIBE, LIKE):
        assert read(SECRET, action, text) is None


@given(st.integers(min_value=0), st.characters(exclude_characters="\0"))
def test_one_changed_letter_is_seen(place: int, letter: str) -> None:
    made = token(LINKS.like("abc", "p1"))
    at = place % len(made)
    changed = made[:at] + letter + made[at + 1 :]
    assert (read(SECRET, LIKE, changed) is None) == (changed != made)


@pytest.mark.parametrize(("today", "holds"), [("2025-03-08", True), ("2025-03-09", False)])
def test_a_link_to_confirm_holds_to_the_end_of_its_day(today: str, holds: bool) -> None:
    assert still_holds("2025-03-08", date.fromisoformat(today)) is holds
