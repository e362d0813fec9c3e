"""Statistics of our own against a library that does the same sum."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.cluster.vq import kmeans2, vq
from scipy.linalg import orthogonal_procrustes
from scipy.stats import (
    binom,
    entropy,
    false_discovery_control,
    kendalltau,
    norm,
    theilslopes,
    ttest_1samp,
)

from jobs.identity.features import _hash_texts, band_hashes
from jobs.topics.fit import adjusted_rand, nearest, settle_centroids
from jobs.topics.tree import cut, merges
from jobs.trends.contrasts import correct_for
from jobs.trends.smoothing import _chance
from jobs.trends.statistics import Floats, absence, bursting, mann_kendall
from jobs.vectors.tsne import align
from pipelines.evaluate.topics import mutual_information

courses = arrays(np.float64, (1, 12), elements=st.integers(0, 9).map(float))
groups = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=40)


@given(courses)
def test_sens_slope_is_that_of_scipy(x: Floats) -> None:
    assert mann_kendall(x).slope[0] == pytest.approx(theilslopes(x[0]).slope)


def test_kendalls_tau_is_that_of_scipy_where_nothing_ties() -> None:
    rows = np.random.default_rng(1).normal(size=(50, 15))
    taus = [kendalltau(np.arange(15), row).statistic for row in rows]
    assert mann_kendall(rows).tau == pytest.approx(np.array(taus))


def test_mann_kendall_is_never_surer_than_kendalls_test_and_mostly_as_sure() -> None:
    # With ties, and a correction for continuity, which scipy leaves out.
    rows = np.random.default_rng(2).integers(0, 9, (300, 12)).astype(np.float64)
    found = mann_kendall(rows)
    p = np.array([kendalltau(np.arange(12), row, method="asymptotic").pvalue for row in rows])
    s = np.abs(found.s)
    spread = np.divide(s, norm.isf(p / 2), out=np.ones_like(s), where=s > 0)
    theirs = np.where(s > 0, 2 * norm.sf((s - 1) / spread), 1.0)
    assert np.all(found.p >= theirs - 1e-9)  # autocorrelation only widens
    assert np.mean(np.isclose(found.p, theirs)) > 0.5


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=30))
def test_the_correction_for_many_tests_is_that_of_scipy(p: list[float]) -> None:
    ours = correct_for(np.array(p), len(p))
    assert ours == pytest.approx(false_discovery_control(p))


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.05, 0.95))
def test_absence_is_the_binomial_tail_of_scipy(recent: int, more: int, share: float) -> None:
    many, few = absence(np.array([float(recent)]), np.array([float(recent + more)]), share)
    assert many[0] == pytest.approx(binom.sf(recent - 1, recent + more, share))
    assert few[0] == pytest.approx(binom.cdf(recent, recent + more, share))


def test_forecasts_one_period_ahead_are_compared_by_the_t_test() -> None:
    gain = np.random.default_rng(4).normal(0.1, 1, (30, 20, 1))
    theirs = ttest_1samp(gain[:, :, 0], 0, axis=1, alternative="greater").pvalue
    assert _chance(gain) == pytest.approx(theirs)


def test_a_burst_is_the_cheapest_of_all_courses_of_states() -> None:
    rng = np.random.default_rng(5)
    papers = rng.integers(30, 60, 8).astype(np.float64)
    n = rng.binomial(papers.astype(int), rng.choice([0.1, 0.4], (30, 8))).astype(np.float64)
    states, gain = bursting(n, papers, times=2, gamma=1)
    every = np.array(list(itertools.product([False, True], repeat=8)))
    ups = (every & ~np.hstack([np.zeros((len(every), 1), bool), every[:, :-1]])).sum(axis=1)
    costs = np.log(8) * ups - gain @ every.T
    chosen = np.array([np.flatnonzero((every == row).all(axis=1))[0] for row in states])
    assert costs[np.arange(30), chosen] == pytest.approx(costs.min(axis=1))


def test_the_tree_is_wards_of_scipy() -> None:
    points = np.random.default_rng(6).normal(size=(30, 4))
    tree = merges(points, np.ones(30, dtype=np.int64))
    theirs = linkage(points, method="ward")
    # What the squared distances within grow by is half the square of Ward's distance.
    assert np.sqrt([2 * merge.cost for merge in tree]) == pytest.approx(theirs[:, 2], abs=1e-6)
    for number in (2, 5, 12):
        ours, other = cut(tree, number), fcluster(theirs, number, "maxclust")
        assert adjusted_rand(ours, other) == pytest.approx(1)


def test_the_nearest_centroid_is_that_of_scipy_and_settling_is_k_means() -> None:
    rng = np.random.default_rng(7)
    middles = np.eye(4)[:3]
    vectors = middles[rng.integers(0, 3, 90)] + rng.normal(0, 0.1, (90, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.array_equal(nearest(vectors, middles)[0], vq(vectors, middles)[0])
    ours = nearest(vectors, settle_centroids(vectors, middles, 20))[0]
    assert np.array_equal(ours, kmeans2(vectors, middles, 20, minit="matrix")[1])


def test_a_map_is_turned_as_scipy_turns_it() -> None:
    rng = np.random.default_rng(8)
    places, before = rng.normal(size=(2, 40, 2))
    theirs = places @ orthogonal_procrustes(places, before)[0]
    assert align(places, before) == pytest.approx(theirs, abs=1e-4)


@given(groups)
def test_mutual_information_is_that_of_the_entropies_of_scipy(pairs: list[tuple[int, int]]) -> None:
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    table = np.histogram2d(left, right, bins=[np.arange(5), np.arange(6)])[0]
    of_left, of_right = entropy(table.sum(axis=1)), entropy(table.sum(axis=0))
    mean = (of_left + of_right) / 2
    theirs = 1.0 if mean == 0 else (of_left + of_right - entropy(table.ravel())) / mean
    assert mutual_information(left, right) == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize("jaccard", [0.3, 0.45, 0.6])
def test_bands_meet_as_often_as_those_of_datasketch(jaccard: float) -> None:
    bands, rows, pairs, words = 32, 4, 150, 60
    common = round(2 * words * jaccard / (1 + jaccard))
    ours = theirs = 0
    for pair in range(pairs):
        names = [f"{pair} {number}" for number in range(2 * words - common)]
        sides = [names[:words], names[words - common :]]
        one, other = band_hashes([_hash_texts(side) for side in sides], bands, rows)
        ours += bool((one == other).any())
        lsh = MinHashLSH(num_perm=bands * rows, params=(bands, rows))
        first, second = (MinHash(num_perm=bands * rows, seed=pair) for _ in sides)
        for sketch, side in zip((first, second), sides, strict=True):
            sketch.update_batch([name.encode() for name in side])
        lsh.insert("first", first)
        theirs += bool(lsh.query(second))
    expected = 1 - (1 - (common / (2 * words - common)) ** rows) ** bands
    assert ours / pairs == pytest.approx(theirs / pairs, abs=0.15)
    assert ours / pairs == pytest.approx(expected, abs=0.12)
