"""Requirements of the statistics: published values, planted courses, and chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jobs.trends.statistics import Floats, absence, bursting, macd, mann_kendall


def test_mann_kendall_agrees_with_values_computed_by_hand() -> None:
    # Nine of ten pairs rise: S = 8; variance 5·4·15/18 = 50/3; z = 7 / 4.0825 = 1.7146.
    found = mann_kendall(np.array([[1.0, 2.0, 4.0, 3.0, 5.0]]))
    assert found.s[0] == 8
    assert found.tau[0] == pytest.approx(0.8)
    assert found.p[0] == pytest.approx(0.08641, abs=1e-5)
    assert found.slope[0] == 1.0


def test_ties_narrow_the_variance() -> None:
    # Ties of two and three: (6·5·17 − 2·1·9 − 3·2·11) / 18 = 23.667; S = 11; z = 10 / 4.8648.
    found = mann_kendall(np.array([[1.0, 1.0, 2.0, 2.0, 2.0, 3.0]]))
    assert found.s[0] == 11
    assert found.p[0] == pytest.approx(0.03980, abs=1e-4)


def test_autocorrelation_makes_a_course_less_certain() -> None:
    rng = np.random.default_rng(5)
    wander = np.cumsum(rng.normal(size=(400, 24)), axis=1)
    order = np.argsort(rng.random(24))
    # The same values in random order have no autocorrelation: chance alone is called rarely.
    assert np.mean(mann_kendall(wander[:, order]).p < 0.05) < 0.09
    lagged = wander - np.outer(mann_kendall(wander).slope, np.arange(24))
    drift = np.outer(np.ones(400), np.arange(24) * 0.2)
    assert np.median(mann_kendall(lagged + drift).p) > np.median(
        mann_kendall(lagged[:, order] + drift).p
    )


@pytest.mark.parametrize("rate", [1, 3, 20])
def test_no_more_chance_courses_are_called_than_the_rate_says(rate: int) -> None:
    shares = np.random.default_rng(rate).poisson(rate, (4000, 12)) / 100
    assert np.mean(mann_kendall(shares).p <= 0.05) <= 0.05


@given(arrays(np.float64, (1, 10), elements=st.integers(0, 5).map(float)))
def test_time_reversed_turns_the_trend_around(x: Floats) -> None:
    there, back = mann_kendall(x), mann_kendall(x[:, ::-1])
    assert there.s[0] == -back.s[0]
    assert there.slope[0] == pytest.approx(-back.slope[0])
    assert there.p[0] == pytest.approx(back.p[0])


def test_a_planted_burst_is_found_from_its_first_to_its_last_period() -> None:
    papers = np.full(60, 500.0)
    n = np.full((1, 60), 10.0)
    n[0, 30:38] = 40
    states, gain = bursting(n, papers, times=2, gamma=1)
    assert np.flatnonzero(states[0]).tolist() == list(range(30, 38))
    assert gain[0, 30:38].sum() > 50


def test_a_growing_feed_is_no_burst() -> None:
    papers = np.linspace(100, 5000, 60)
    states, _ = bursting(np.round(papers * 0.02)[None, :], papers, times=2, gamma=1)
    assert not states.any()


def test_weights_are_log_likelihood_ratios_and_chance_rarely_reaches_the_bound() -> None:
    rng = np.random.default_rng(2)
    papers = np.full(60, 500.0)
    n = rng.binomial(500, 0.02, (3000, 60)).astype(float)
    states, gain = bursting(n, papers, times=2, gamma=1)
    # At most a burst or two a series: the sum over all is no less than the largest alone.
    weight = np.where(states, gain, 0).sum(axis=1)
    assert np.mean(60 * np.exp(-weight) <= 0.05) <= 0.05


def test_entities_in_all_or_no_papers_burst_nowhere() -> None:
    papers = np.full(10, 5.0)
    states, gain = bursting(np.array([[0.0] * 10, [5.0] * 10]), papers, times=2, gamma=1)
    assert not states.any()
    assert np.isfinite(gain).all()


def test_macd_is_positive_where_a_share_rises_and_negative_where_it_falls() -> None:
    shares = np.concatenate([np.full(20, 0.1), np.full(5, 0.3), np.full(20, 0.1)])[None, :]
    check = macd(shares)[0]
    assert check[:20].max() == pytest.approx(0)
    assert check[20] > 0
    assert check[26] < 0


def test_absence_is_the_binomial_chance() -> None:
    many, few = absence(np.array([3.0, 0.0]), np.array([3.0, 4.0]), 0.5)
    assert many.tolist() == [0.125, 1.0]
    assert few[1] == 0.0625
