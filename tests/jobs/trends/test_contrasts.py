"""Requirements of changes: power where papers carry it, silence where dates are shuffled."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest, false_discovery_control

from jobs.trends.contrasts import Changes, changes, correct_p_values, horizons
from jobs.trends.statistics import Floats

RATIO, FEWEST = 1.25, 10
PAPERS = {"week": 60.0, "month": 260.0, "quarter": 800.0, "year": 3000.0}
PERIODS = {"week": 80, "month": 36, "quarter": 16, "year": 20}


def found(n: Floats, papers: Floats, grain: str) -> Changes:
    return changes(n, papers, horizons(grain, len(papers)), RATIO, FEWEST)


def calls(moved: Changes, way: int) -> dict[str, NDArray[np.bool_]]:
    """Which entities each strength, or a surer one, calls in a direction."""
    beyond = moved.rose if way > 0 else moved.fell
    sure = (moved.q <= 0.05) & (beyond >= 0.8)
    return {
        "established": sure.any(axis=1),
        "likely": (beyond >= 0.8).any(axis=1),
        "watch": (beyond >= 0.5).any(axis=1),
    }


def still(rng: np.random.Generator, papers: Floats, many: int) -> Floats:
    """Counts of entities without a trend: as many papers as terms of a corpus have."""
    shares = np.exp(rng.normal(np.log(0.008), 1.0, many)).clip(0.001, 0.2)
    return rng.binomial(papers.astype(int), shares[:, None]).astype(float)


def test_the_chance_is_that_of_the_exact_test_by_mid_p() -> None:
    # Two parts that scatter as little as may be, and hardly any of all papers: nothing is widened.
    papers = np.full(5, 1e7)
    n = np.array([[4.0, 4.0, 4.0, 4.0, 12.0]])
    moved = changes(n, papers, [(1, 4)], RATIO, FEWEST)
    tail = binomtest(12, 28, 0.2, "greater").pvalue + binomtest(13, 28, 0.2, "greater").pvalue
    assert moved.p[0, 0] == pytest.approx(tail, rel=1e-4)  # twice the mean of the two


def test_all_tests_are_corrected_together_as_scipy_does_times_those_that_are_still() -> None:
    p = np.array([[0.001, 0.02], [np.nan, 0.3], [0.04, 0.9]])
    assert np.isnan(correct_p_values(p)[1, 0])
    known = p[~np.isnan(p)]
    expected = false_discovery_control(known) * min((1 + 1) / (0.5 * 5), 1)
    assert correct_p_values(p)[~np.isnan(p)] == pytest.approx(np.maximum(expected, known))


def test_counts_that_scatter_say_less() -> None:
    papers = np.full(18, 300.0)
    even = np.array([[10.0] * 12 + [16.0] * 6])
    wild = np.array([[0.0, 20.0] * 6 + [0.0, 32.0] * 3])
    for n in (even, wild):
        assert n[0, 12:].sum() == 96
    calm, rough = (changes(n, papers, [(6, 12)], RATIO, FEWEST) for n in (even, wild))
    assert calm.p[0, 0] < 0.01 < rough.p[0, 0]


def test_a_short_course_compares_with_what_there_is_and_never_with_less() -> None:
    assert horizons("month", 40) == [(3, 9), (6, 12), (12, 12)]
    assert horizons("month", 14) == [(3, 9), (6, 8)]
    assert horizons("month", 5) == [(2, 3)]
    assert horizons("quarter", 4) == [(1, 3), (2, 2)]


@pytest.mark.parametrize("grain", ["week", "month", "quarter", "year"])
def test_shuffled_dates_are_called_no_oftener_than_the_rate_says(grain: str) -> None:
    rng = np.random.default_rng(11)
    growth = np.linspace(0.5, 1.5, PERIODS[grain])
    papers = np.round(PAPERS[grain] * growth)
    total = still(rng, papers, 150).sum(axis=1).astype(int)
    runs, false = 200, dict.fromkeys(("established", "likely", "watch"), 0)
    with_one = 0
    for _ in range(runs):
        n = rng.multinomial(total, papers / papers.sum()).astype(float)
        moved = found(n, papers, grain)
        up, down = calls(moved, 1), calls(moved, -1)
        for name in false:
            false[name] += int((up[name] | down[name]).sum())
        with_one += bool((up["established"] | down["established"]).any())
    # Where nothing moves, the false-discovery rate is the chance of a run to establish anything.
    assert with_one <= 0.05 * runs + 3 * np.sqrt(0.05 * 0.95 * runs)
    assert false["established"] <= 0.001 * runs * 150
    assert false["likely"] <= 0.002 * runs * 150
    assert false["watch"] <= 0.05 * runs * 150


def planted(
    rng: np.random.Generator, grain: str, times: float, papers_of: int, shape: str
) -> tuple[Floats, Floats]:
    """Fifty courses that change `times` in the last third of a longest horizon, among still ones.

    Each has `papers_of` papers expected in the periods compared.
    """
    papers = np.full(PERIODS[grain], PAPERS[grain])
    recent, before = horizons(grain, PERIODS[grain])[1]
    way = np.ones(PERIODS[grain])
    if shape == "step":
        way[-recent:] = times
    elif shape == "ramp":
        way[-recent:] = np.linspace(1, 2 * times - 1, recent) if recent > 1 else times
    else:  # a pulse that began a little before the recent periods and ends in them
        way[-recent - 1 : -recent // 3 or None] = times
    share = papers_of / (way[-recent - before :].sum() * PAPERS[grain])
    moving = rng.binomial(papers.astype(int), np.clip(share * way, 0, 0.9), (50, len(papers)))
    return np.vstack([moving.astype(float), still(rng, papers, 400)]), papers


def recall(grain: str, times: float, papers_of: int, shape: str, strength: str) -> float:
    rng = np.random.default_rng(5)
    n, papers = planted(rng, grain, times, papers_of, shape)
    return float(calls(found(n, papers, grain), 1 if times > 1 else -1)[strength][:50].mean())


@pytest.mark.parametrize(
    ("grain", "times", "papers_of", "strength", "least"),
    [
        ("quarter", 2.0, 100, "watch", 0.8), ("quarter", 0.5, 100, "watch", 0.5),
        ("quarter", 2.0, 200, "established", 0.95), ("quarter", 0.5, 200, "established", 0.75),
        ("month", 2.0, 100, "watch", 0.7), ("month", 0.5, 200, "established", 0.8),
        ("month", 3.0, 50, "likely", 0.8), ("month", 5.0, 20, "watch", 0.8),
        ("week", 5.0, 20, "watch", 0.8), ("week", 3.0, 50, "likely", 0.8),
        ("year", 2.0, 200, "established", 0.9), ("year", 0.5, 200, "likely", 0.75),
    ],
)  # fmt: skip
def test_planted_changes_are_called(
    grain: str, times: float, papers_of: int, strength: str, least: float
) -> None:
    assert recall(grain, times, papers_of, "step", strength) >= least


@pytest.mark.parametrize(("shape", "times", "least"),
                         [("step", 3.0, 0.85), ("ramp", 3.0, 0.85), ("pulse", 5.0, 0.8)])  # fmt: skip
def test_a_rise_of_fifty_papers_is_seen_whatever_its_course(
    shape: str, times: float, least: float
) -> None:
    assert recall("month", times, 50, shape, "watch") >= least


def test_a_stronger_word_is_given_to_no_more_courses_and_power_grows_with_papers() -> None:
    curve = {
        many: [recall("month", 2.0, many, "step", name) for name in
               ("established", "likely", "watch")]
        for many in (20, 50, 200)
    }  # fmt: skip
    for one in curve.values():
        assert one == sorted(one)
    assert curve[20][2] <= curve[50][2] <= curve[200][2]
    assert curve[200][0] >= 0.9


@pytest.mark.parametrize("grain", ["week", "month", "quarter"])
def test_a_change_lies_in_its_interval_however_little_the_family_moves(grain: str) -> None:
    papers = np.full(PERIODS[grain], 11.0)
    n = np.ones((300, len(papers)))
    n[0], n[1] = 0, 0
    n[0, -2:], n[1, -6:-4] = 1, 1
    moved = found(n, papers, grain)
    assert (moved.low <= moved.change).all()
    assert (moved.change <= moved.high).all()
    assert (moved.low == moved.high).any()  # as sure of no change as all that
