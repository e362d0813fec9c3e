"""Requirements of venues: one name, in full or abbreviated, and issues of one journal."""

from __future__ import annotations

import pytest

from jobs.identity.venues import editions_apart, issues_apart, same_venue

NAMES = [
    ("Transactions on Tidal Systems", "Trans. Tidal Syst.", True),
    ("Proceedings of the 3rd Conference on Very Wet Data Banks", "VWDB", True),
    ("ACM Tidal Letters", "Tidal Letters", True),
    ("SIGOSM", "International Conference on Ordering of Smooth Marbles", True),
    ("Tidal Systems", "Hydrography", False),
    ("Proceedings of the Conference", "Proceedings of the Conference", False),
    ("Te", "Tectonics", False),
]
ISSUES = [
    ("Tides 3 1", "Tides 3 2", True),
    ("Tides 3", "Tides 3 2", False),
    ("Tides", "Tides 3", False),
    ("Tides 2020", "Tides 2021", False),
]


def words(name: str) -> list[str]:
    return name.casefold().replace(".", "").split()


@pytest.mark.parametrize(("one", "other", "same"), NAMES)
def test_a_venue_is_known_by_its_name_or_what_is_short_for_it(
    one: str, other: str, same: bool
) -> None:
    assert same_venue(words(one), words(other)) == same
    assert same_venue(words(other), words(one)) == same


@pytest.mark.parametrize(("one", "other", "apart"), ISSUES)
def test_issues_differ_where_both_tell_theirs(one: str, other: str, apart: bool) -> None:
    assert issues_apart(words(one), words(other)) == apart
    assert issues_apart(words(other), words(one)) == apart


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Tides 2020", "Tides 2021", True),
        ("5th Workshop on Tides", "6th Workshop on Tides", True),
        ("Tides 2020", "Tides", False),
        ("5th Tides 2020", "Tides 2020", False),
        ("36th Workshop on Tides", "Workshop on Tides 2019", False),
        ("5th Tides 2020", "5th Tides 2021", False),
    ],
)
def test_meetings_differ_where_both_name_theirs(one: str, other: str, apart: bool) -> None:
    assert editions_apart(words(one), words(other)) == apart
    assert editions_apart(words(other), words(one)) == apart
