"""Requirements of forecasts of shares: intervals hold, and what nobody can tell is not told."""

from __future__ import annotations

import numpy as np
import pytest

from jobs.trends.smoothing import METHODS, forecast
from jobs.trends.statistics import Floats

AHEAD, SERIES, PERIODS = 4, 300, 72
TIMES = np.arange(PERIODS + AHEAD)
SWING = 0.05 * (1 + 0.7 * np.sin(2 * np.pi * TIMES / 12))


def drawn(course: Floats, papers: int = 400) -> tuple[Floats, Floats]:
    """Shares of so many series of one course, and those that come after."""
    n = np.random.default_rng(1).binomial(papers, np.tile(course, (SERIES, 1)))
    shares = n / papers
    return shares[:, :PERIODS], shares[:, PERIODS:]


@pytest.mark.parametrize(
    "course",
    [np.full(len(TIMES), 0.05), SWING, 0.02 + 0.001 * TIMES],
    ids=["flat", "season", "trend"],
)
def test_of_a_hundred_shares_ninety_five_come_within_the_interval(course: Floats) -> None:
    known, later = drawn(course)
    found = forecast(known, 12, AHEAD)
    assert found is not None
    inside = (found.low <= later) & (later <= found.high)
    assert 0.92 < inside.mean() < 0.98


def test_a_season_and_a_trend_are_told_better_than_naively_and_chance_is_not() -> None:
    by_course = {"season": SWING, "trend": 0.02 + 0.001 * TIMES, "flat": np.full(len(TIMES), 0.05)}
    certain = {}
    for name, course in by_course.items():
        known, later = drawn(course)
        found = forecast(known, 12, AHEAD)
        assert found is not None
        certain[name] = (found.p <= 0.05).mean()
        if name == "season":
            off = np.abs(found.share - later).mean()
            assert off < 0.6 * np.abs(known[:, -1:] - later).mean()
            assert {METHODS[number] for number in found.method} == {
                "season before",
                "level and season",
            }
            assert found.error.mean() == pytest.approx(off, rel=0.3)  # at a peak shares vary more
    assert certain["season"] > 0.95
    assert certain["trend"] > 0.5
    assert certain["flat"] <= 0.05


def test_a_period_that_tells_nothing_moves_no_season() -> None:
    known, later = drawn(SWING)
    known[:, [30, 41]] = np.nan
    found = forecast(known, 12, AHEAD)
    assert found is not None
    assert np.abs(found.share - later).mean() < 0.02


def test_what_later_periods_hold_changes_no_error_of_earlier_forecasts() -> None:
    known, _ = drawn(SWING)
    longer, shorter = forecast(known, 12, 1), forecast(known[:, :-1], 12, 1)
    assert longer is not None
    assert shorter is not None
    # Origins move on by one: the first of the shorter is gone, one is added.
    assert np.abs(longer.error - shorter.error).max() <= 2 / longer.origins * 0.2


def test_too_few_periods_and_none_at_all_give_nothing() -> None:
    known, _ = drawn(SWING)
    assert forecast(known[:, :24], 12, AHEAD) is None
    assert forecast(known[:, :30], 12, AHEAD) is not None  # a level at least
    flat = forecast(np.zeros((2, 60)), 12, AHEAD)
    assert flat is not None
    assert flat.share.max() == flat.high.max() == 0
    assert flat.p.min() > 0.05


def test_a_series_is_told_the_same_alone_and_in_company() -> None:
    known, _ = drawn(SWING)
    together, alone = forecast(known, 12, AHEAD), forecast(known[17:18], 12, AHEAD)
    assert together is not None
    assert alone is not None
    np.testing.assert_allclose(together.share[17], alone.share[0], rtol=1e-12)
    np.testing.assert_allclose(together.p[17], alone.p[0], rtol=1e-9)
