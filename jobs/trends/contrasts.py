"""How much shares changed: recent periods against those before them, at several horizons at once.

Each entity of a family (the topics, or the terms, of one grain and slice) is asked at each horizon
how its share of the recent periods compares with that of the periods before: by a test, and by a
posterior of the ratio that borrows from all other entities of the family.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import betainc

from jobs.trends.statistics import Floats

HORIZONS = {
    "week": ((2, 26), (6, 26), (13, 26)),
    "month": ((3, 9), (6, 12), (12, 12)),
    "quarter": ((1, 4), (2, 4), (4, 4)),
    "year": ((1, 3), (2, 4), (4, 8)),
}
"""Of each grain the recent periods and those before that are compared: what moved of late, and what
moved some time ago and stayed. The parts before are some multiple of a season, as far as may be."""

# A step of the grid of log-ratios is so small a part of the least ratio that is told, and its ends
# are beyond what shares of any corpus do: sixty-fold.
_STEPS, _WIDEST = 4.5, 4.2
# Standard deviations of the prior: none, and from a tenth to beyond a tenfold by steps of sqrt 2,
# and the weight that speaks for none (Stephens 2017, where they are the defaults).
_SPREADS = (0.0, *(0.1 * 2 ** (step / 2) for step in range(11)))
_NULL_WEIGHT = 10.0
_ROUNDS = 60  # of EM: later ones move no probability by a hundredth
# Periods that the usual scatter of a family counts as, where that of one series is estimated.
_PRIOR_PERIODS = 10
_FEWEST_SCATTERED = 50  # papers of a series whose scatter tells something of the family's
_FEW_SERIES = 10  # of fewer the median may be that of what moves
_LAMBDA = 0.5  # p-values above it are of entities that do not move (Storey 2002)
_MASS = (0.025, 0.975)


class Changes(NamedTuple):
    """What `changes` finds of each entity and horizon; all of shape (entities, horizons).

    Attributes:
        recent: papers of the entity in the recent periods. before: in those before.
        change: posterior mean of the logarithm of the ratio of shares, or the end of its 95 %
            interval, `low` or `high`, that is nearest to it; NaN where no such horizon is covered.
        rose: posterior probability that the ratio is above the one stated. fell: below its inverse.
        lfsr: local false sign rate: posterior probability that the sign of `change` is wrong.
        p: chance of counts so far apart, were there no trend; NaN where they are too few.
        q: `p` corrected for all tests of the family.
    """

    recent: Floats
    before: Floats
    change: Floats
    low: Floats
    high: Floats
    rose: Floats
    fell: Floats
    lfsr: Floats
    p: Floats
    q: Floats


def horizons(grain: str, periods: int) -> list[tuple[int, int]]:
    """The horizons of a grain, (recent, before), that so many periods cover.

    The part before is as long as there are periods, and no shorter than the recent one. Where none
    is covered, the later half is compared with the earlier.
    """
    cut = [(recent, min(before, periods - recent)) for recent, before in HORIZONS[grain]]
    half = periods // 2
    return [(recent, before) for recent, before in cut if before >= recent] or [
        (half, periods - half)
    ]


def changes(
    n: Floats, papers: Floats, spans: list[tuple[int, int]], ratio: float, fewest: int
) -> Changes:
    """The changes of a whole family.

    Without a trend the recent papers of an entity are a binomial part of those of both parts, by
    the papers of the parts (the conditional test of two rates, Przyborowski and Wilenski 1940), two
    sided and by mid-p (Lancaster 1961). Counts that scatter more widely than by chance count as so
    many fewer papers (quasi-likelihood, McCullagh and Nelder 1989). The posterior is by adaptive
    shrinkage (Stephens 2017): a mixture of normal priors about no change, fitted to the whole
    family at each horizon, with the binomial likelihood of that test in place of a normal one, so
    that few papers need no approximation.

    Args:
        n: papers that have the entity, entities × periods. papers: all papers of each period.
        spans: by `horizons`.
        ratio: the ratio of shares above which something rose.
        fewest: papers in both parts with which an entity is tested.
    """
    shape = (len(n), len(spans))
    estimates = Changes(*(np.full(shape, np.nan) for _ in Changes._fields))
    scatter = _scatter(*(of[..., -_longest(spans) :] for of in (n, papers)))
    for at, (recent, before) in enumerate(spans):
        x = n[:, -recent:].sum(axis=1)
        m = n[:, -recent - before :].sum(axis=1)
        both = papers[-recent - before :].sum()
        share = papers[-recent:].sum() / both
        # Of all papers a part without replacement: what nine of ten have scatters the less.
        wider = scatter * np.maximum(1 - m / both, 1e-6)
        estimates.recent[:, at], estimates.before[:, at] = x, m - x
        is_tested = m >= fewest
        estimates.p[is_tested, at] = _chance(x / wider, m / wider, share)[is_tested]
        _fill(estimates, at, x / wider, m / wider, share, ratio)
    estimates.q[:] = correct_p_values(estimates.p)
    return estimates


def _longest(spans: list[tuple[int, int]]) -> int:
    return max((recent + before for recent, before in spans), default=0)


def _scatter(n: Floats, papers: Floats) -> Floats:
    """How many times wider than by chance the counts of each series scatter.

    Each period is compared with the two beside it, so that a slow trend widens nothing and a step
    hardly anything, and what swings from one year to the next by who meets when does. The series'
    own scatter is drawn to the usual one of the family, as it rests on few periods.
    """
    periods = n.shape[1] - 2
    if periods < 1:
        return np.ones(len(n))
    mine, beside = n[:, 1:-1], n[:, :-2] + n[:, 2:]
    its, theirs = papers[1:-1], papers[:-2] + papers[2:]
    share = (mine + beside) / (its + theirs)
    variance = share * (1 - share) * (1 / its + 1 / theirs)
    square = (mine / its - beside / theirs) ** 2
    usable = variance > 0
    off = np.divide(square, variance, out=np.zeros_like(square), where=usable).sum(axis=1)
    many = usable.sum(axis=1)
    raw = np.divide(off, many, out=np.ones(len(n)), where=many > 0)
    telling = raw[n.sum(axis=1) >= _FEWEST_SCATTERED]
    usual = 1.0
    if len(telling) >= _FEW_SERIES:
        # A median of chi squares is below their mean (Wilson and Hilferty 1931).
        usual = float(np.median(telling)) / (1 - 2 / (9 * periods)) ** 3
    moderated = (many * raw + _PRIOR_PERIODS * max(usual, 1.0)) / (many + _PRIOR_PERIODS)
    return np.asarray(np.maximum(moderated, 1.0))


def _chance(x: Floats, m: Floats, share: float) -> Floats:
    """Two-sided mid-p of x of m, each with the chance `share`; also for broken numbers."""
    at_least = np.where(x > 0, betainc(np.maximum(x, 1e-9), m - x + 1, share), 1.0)
    more = np.where(m > x, betainc(x + 1, np.maximum(m - x, 1e-9), share), 0.0)
    middle = (at_least + more) / 2
    return np.asarray(np.minimum(2 * np.minimum(middle, 1 - middle), 1.0))


def _grid(ratio: float) -> Floats:
    """The log-ratios looked at: the one told lies halfway between two of them."""
    step = np.log(ratio) / _STEPS
    reach = int(np.ceil(_WIDEST / step))
    return np.asarray(np.arange(-reach, reach + 1) * step)


def _priors(grid: Floats) -> Floats:
    """The components of the prior on the grid, a row each."""
    rows = [np.exp(-0.5 * (grid / sd) ** 2) if sd else (grid == 0) * 1.0 for sd in _SPREADS]
    return np.stack([row / row.sum() for row in rows])


def _fill(estimates: Changes, at: int, x: Floats, m: Floats, share: float, ratio: float) -> None:
    """The posterior of every entity at one horizon."""
    grid = _grid(ratio)
    odds = np.log(share / (1 - share)) + grid
    # log p and log(1 - p) of p = 1 / (1 + exp(-odds)).
    log_p, log_not = -np.logaddexp(0, -odds), -np.logaddexp(0, odds)
    logs = np.outer(x, log_p) + np.outer(m - x, log_not)
    likelihood = np.exp(logs - logs.max(axis=1, keepdims=True))
    priors = _priors(grid)
    by_component = likelihood @ priors.T
    posterior = likelihood * (_weights(by_component) @ priors)
    posterior /= posterior.sum(axis=1, keepdims=True)
    beyond = np.log(ratio)
    none = posterior[:, grid == 0].sum(axis=1)
    up = posterior[:, grid > 0].sum(axis=1)
    running = np.cumsum(posterior, axis=1)
    low, high = (grid[np.minimum((running < m).sum(axis=1), len(grid) - 1)] for m in _MASS)
    estimates.low[:, at], estimates.high[:, at] = low, high
    # A tail of a fortieth may pull the mean out of an interval that is no change at all.
    estimates.change[:, at] = np.clip(posterior @ grid, low, high)
    estimates.rose[:, at] = posterior[:, grid > beyond].sum(axis=1)
    estimates.fell[:, at] = posterior[:, grid < -beyond].sum(axis=1)
    estimates.lfsr[:, at] = np.minimum(up, 1 - up - none) + none


def _weights(by_component: Floats) -> Floats:
    """Weights of the prior's components, by EM over the family."""
    weights = np.full(by_component.shape[1], 1 / by_component.shape[1])
    penalty = np.zeros_like(weights)
    penalty[0] = _NULL_WEIGHT
    for _ in range(_ROUNDS):
        shares = by_component * weights
        shares /= shares.sum(axis=1, keepdims=True)
        weights = shares.sum(axis=0) + penalty
        weights /= weights.sum()
    return np.asarray(weights)


def correct_p_values(p: Floats) -> Floats:
    """p-values corrected for all that are tested together, NaN apart.

    Benjamini and Hochberg (1995), times the share of entities that do not move (Storey 2002).
    """
    tested = p[~np.isnan(p)]
    still = (1 + np.sum(tested > _LAMBDA)) / ((1 - _LAMBDA) * max(len(tested), 1))
    return correct_for(p, len(tested) * min(float(still), 1.0))


def correct_for(p: Floats, tests: float) -> Floats:
    """The same for a number of tests, of which those without a chance to tell of are NaN."""
    q_values = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        order = np.argsort(p[known], kind="stable")
        raised = p[known][order] * tests / np.arange(1, len(order) + 1)
        q = np.empty(len(order))
        q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
        q_values[known] = np.maximum(q, p[known])
    return q_values
