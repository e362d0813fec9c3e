"""Statistics of many time series at once: arrays with a row a series and a column a period."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, ndtr
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_Z = 1.959964  # beyond it an autocorrelation counts, as in Hamed and Rao
# Terms of MACD in periods: short and long mean, signal (Tattershall, Nenadic and Stevens 2020).
_SHORT, _LONG, _SIGNAL = 6, 12, 3


class Trend(NamedTuple):
    """What `mann_kendall` finds of each series: S, Kendall's tau, p (two-sided), Sen's slope."""

    s: Floats
    tau: Floats
    p: Floats
    slope: Floats


def mann_kendall(x: Floats) -> Trend:
    """Test of each row of `x` for a monotonic trend (Mann 1945, Kendall 1975).

    The variance is corrected for ties, and for autocorrelation by Hamed and Rao (1998): of the
    ranks of the series less its Sen slope (Sen 1968), at all lags where it is beyond chance. The
    correction widens the variance only: of a dozen values a chance negative autocorrelation would
    else make certainty out of noise.

    Args:
        x: values, rows × periods; at least three periods.
    """
    rows, n = x.shape
    first, second = np.triu_indices(n, 1)
    steps = x[:, second] - x[:, first]
    s = np.sign(steps).sum(axis=1)
    slope = np.median(steps / (second - first), axis=1)
    variance = (n * (n - 1) * (2 * n + 5) - _ties(x)) / 18
    residual = np.asarray(rankdata(np.round(x - np.outer(slope, np.arange(n)), 12), axis=1))
    residual -= residual.mean(axis=1, keepdims=True)
    power = (residual**2).sum(axis=1)
    widening = np.zeros(rows)
    for lag in range(1, n - 2):
        correlation = (residual[:, lag:] * residual[:, :-lag]).sum(axis=1)
        correlation = np.divide(correlation, power, out=np.zeros(rows), where=power > 0)
        weight = (n - lag) * (n - lag - 1) * (n - lag - 2)
        widening += np.where(np.abs(correlation) > _Z / np.sqrt(n), weight * correlation, 0)
    variance = variance * np.maximum(1 + 2 * widening / (n * (n - 1) * (n - 2)), 1)
    z = np.divide(s - np.sign(s), np.sqrt(variance), out=np.zeros(rows), where=variance > 0)
    return Trend(s, s / (n * (n - 1) / 2), 2 * ndtr(-np.abs(z)), slope)


def _ties(x: Floats) -> Floats:
    """Sum of t(t − 1)(2t + 5) over the groups of t equal values of each row."""
    # Each value of a group of t adds (t − 1)(2t + 5).
    size = (x[:, :, None] == x[:, None, :]).sum(axis=2)
    return np.asarray(((size - 1) * (2 * size + 5)).sum(axis=1), dtype=np.float64)


def bursting(n: Floats, papers: Floats, times: float, gamma: float) -> tuple[Flags, Floats]:
    """Whether each period is one of a burst, and what it adds to the burst's weight.

    Kleinberg's two states for batched counts (2002, section 4): the base state has the share of
    the whole series, the burst state `times` it, and going up costs `gamma` times the logarithm of
    the number of periods; the cheapest course of states is taken. What a period adds is the
    logarithm of its likelihood in the burst state over that in the base state, so that weights of
    all series compare.

    Args:
        n: papers that have the entity, rows × periods. papers: all papers of each period.
    """
    rows, periods = n.shape
    base = n.sum(axis=1, keepdims=True) / papers.sum()
    raised = np.minimum(times * base, (1 + base) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = n * np.log(raised / base) + (papers - n) * np.log((1 - raised) / (1 - base))
    gain = np.nan_to_num(gain, nan=0.0, posinf=0.0, neginf=0.0)
    up = gamma * np.log(periods)
    low, high = np.zeros(rows), np.full(rows, np.inf)
    from_high = np.zeros((rows, periods), dtype=bool)  # into the base state
    stays_high = np.zeros((rows, periods), dtype=bool)  # in the burst state
    for t in range(periods):
        from_high[:, t] = high < low
        stays_high[:, t] = high <= low + up
        low, high = np.minimum(low, high), np.minimum(low + up, high) - gain[:, t]
    states = np.zeros((rows, periods), dtype=bool)
    state = high < low
    for t in range(periods - 1, -1, -1):
        states[:, t] = state
        state = np.where(state, stays_high[:, t], from_high[:, t])
    return states, gain


def macd(shares: Floats) -> Floats:
    """MACD histogram of each row, over the root of the largest share so far; 0 where none yet.

    Positive where a share rises faster than it did (Tattershall, Nenadic and Stevens 2020).
    """
    line = _exponential_mean(shares, _SHORT) - _exponential_mean(shares, _LONG)
    scale = np.sqrt(np.maximum.accumulate(_exponential_mean(shares, _LONG), axis=1))
    gap = line - _exponential_mean(line, _SIGNAL)
    return np.divide(gap, scale, out=np.zeros_like(gap), where=scale > 0)


def _exponential_mean(x: Floats, periods: int) -> Floats:
    """Exponential mean along each row, by 2 / (periods + 1)."""
    by, means = 2 / (periods + 1), np.empty_like(x)
    means[:, 0] = x[:, 0]
    for t in range(1, x.shape[1]):
        means[:, t] = by * x[:, t] + (1 - by) * means[:, t - 1]
    return means


def absence(recent: Floats, total: Floats, share: float) -> tuple[Floats, Floats]:
    """Chances of so many recent papers or more, and of so few or fewer, were dates shuffled.

    Args:
        recent: of the `total` papers of each series those of the last periods.
        share: what these periods have of all papers.
    """
    share = min(max(share, 1e-12), 1 - 1e-12)
    many = np.where(recent > 0, bdtrc(np.maximum(recent - 1, 0), total, share), 1.0)
    return np.asarray(many, dtype=np.float64), np.asarray(bdtr(recent, total, share))
