"""Forecasts of many series of shares at once: arrays with a row a series and a column a period.

Exponential smoothing in its error-correction form (Hyndman, Koehler, Ord and Snyder 2008): a level,
and where the form has them a damped slope or a season. Shares are smoothed as the arc sine of their
root (Anscombe 1948), where chance makes small and large ones scatter alike and no interval leaves
what a share can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from jobs.trends.statistics import Floats

METHODS = ("level", "damped trend", "season before", "level and season")
_LEVEL, _DAMPED, _BEFORE, _SEASON = range(4)
# What is tried of each part of smoothing; the course of a series chooses by its squared errors.
_LEVELS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
_SLOPES = (0.02, 0.1, 0.3)
_DAMPINGS = (0.8, 0.9, 0.98)
_SEASONS = (0.02, 0.1, 0.2, 0.4)
# Periods from which it is tried what would have been forecast: at most two years of months. By
# fewer than a dozen, which overlap, no method can be told from another.
_ORIGINS, _FEWEST_ORIGINS = 24, 12
_FEWEST = 12  # periods before the first of these
_SEASONS_BEFORE = 2  # of one season nobody can tell what recurs
FEWEST_PERIODS = _FEWEST + _FEWEST_ORIGINS
"""With fewer periods nothing is forecast."""
_COVERED = 0.95  # of the shares that come, within the interval
_DIGITS = 12  # beyond them machines differ


class Forecast(NamedTuple):
    """What `forecast` finds of each series, of shape (series, ahead) but for `method` and `p`.

    Attributes:
        method: places in METHODS, of shape (series,).
        share: what is forecast for the next periods, one after the other.
        low: lower end of the interval in which 95 of 100 such shares should lie.
        high: upper end of it.
        error: mean absolute error of such forecasts in the past.
        naive_error: the same of naive forecasts.
        p: chance that these were no worse, of shape (series,).
        origins: number of periods from which it was tried.
    """

    method: NDArray[np.int64]
    share: Floats
    low: Floats
    high: Floats
    error: Floats
    naive_error: Floats
    p: Floats
    origins: int


def forecast(shares: Floats, season: int, ahead: int) -> Forecast | None:
    """The next `ahead` shares of each row of `shares`.

    From each of the last periods in turn every method forecasts with what was there by then
    (rolling origins, Tashman 2000); the method that erred least is taken, and its errors give the
    width of the interval. Naive are the last share and the mean of all so far, whichever erred
    less. The chance is that of Diebold and Mariano (1995), corrected for few origins (Harvey,
    Leybourne and Newbold 1997), one-sided, times the number of methods.

    Args:
        shares: series × periods, NaN where a period tells nothing, but for the last.
        season: periods of a year; 1 for none. Without enough years nothing recurs.
        ahead: periods to forecast.

    Returns:
        None where there are too few periods.
    """
    periods = shares.shape[1]
    if periods < _SEASONS_BEFORE * season + ahead + _FEWEST_ORIGINS - 1:
        season = 1
    before = max(_FEWEST, _SEASONS_BEFORE * season)
    origins = min(_ORIGINS, periods - before - ahead + 1)
    if origins < _FEWEST_ORIGINS:
        return None
    begin = periods - ahead - origins + 1
    x = np.round(np.arcsin(np.sqrt(shares)), _DIGITS)
    methods = [_LEVEL, _DAMPED] if season == 1 else [_LEVEL, _DAMPED, _BEFORE, _SEASON]
    forecasts = np.stack([_forecasts(x, method, season, ahead, begin) for method in methods])
    naive = np.stack([_last(x, ahead, begin), _mean(x, ahead, begin)])
    truth = np.stack([x[:, t : t + ahead] for t in range(begin, begin + origins)], axis=1)
    losses, naive_losses = (_losses(each[:, :, :origins], truth) for each in (forecasts, naive))
    row = np.arange(len(x))
    best, rival = _least(losses), _least(naive_losses)
    loss, naive_loss = losses[best, row], naive_losses[rival, row]
    now = forecasts[best, row, -1]
    square = _mean_known((forecasts[best, row, :origins] - truth) ** 2)
    half = stdtrit(origins - 1, (1 + _COVERED) / 2) * np.sqrt(square * (1 + 1 / origins))
    return Forecast(
        method=np.array(methods)[best],
        share=_share(now),
        low=_share(now - half),
        high=_share(now + half),
        error=_mean_known(loss),
        naive_error=_mean_known(naive_loss),
        p=np.minimum(len(methods) * _chance(naive_loss - loss), 1.0),
        origins=origins,
    )


def _forecasts(x: Floats, method: int, season: int, ahead: int, begin: int) -> Floats:
    """What a method forecasts at each period from `begin` on, of shape (series, then, ahead)."""
    if method == _BEFORE:
        known = _forward_fill(x)
        steps = np.arange(ahead) % season - season
        return np.stack([known[:, t + steps] for t in range(begin, x.shape[1] + 1)], axis=1)
    slopes = product(_SLOPES, _DAMPINGS) if method == _DAMPED else [(0.0, 0.0)]
    seasons = _SEASONS if method == _SEASON else (0.0,)
    parts = [
        (level, slope, damping, of_season)
        for level, (slope, damping), of_season in product(_LEVELS, list(slopes), seasons)
        if slope <= level and of_season <= 1 - level
    ]
    season = season if method == _SEASON else 1
    by_period = _smooth(x, np.array(parts).T, season, ahead)
    return np.stack([values for t, values in enumerate(by_period) if t >= begin], axis=1)


def _smooth(x: Floats, parts: Floats, season: int, ahead: int) -> Iterator[Floats]:
    """Forecasts before each period and after the last, by the parts that erred least until then.

    Args:
        parts: level, slope, damping and season to try, of shape (4, tried).
    """
    by_level, by_slope, damping, by_season = parts
    first = _SEASONS_BEFORE * season
    level = np.repeat(
        np.nanmean(_forward_fill(x[:, :first]), axis=1)[:, None], parts.shape[1], axis=1
    )
    slope, squares = np.zeros_like(level), np.zeros_like(level)
    seasons = np.stack([np.zeros_like(level)] * season)
    if season > 1:
        off = np.nan_to_num(x[:, :first] - level[:, :1]).reshape(len(x), -1, season).mean(axis=1)
        seasons += off.T[:, :, None]
    row, powers = np.arange(len(x)), np.cumsum(damping ** np.arange(1, ahead + 1)[:, None], axis=0)
    for t in range(x.shape[1] + 1):
        chosen = np.round(squares, _DIGITS).argmin(axis=1)
        values = [
            level[row, chosen]
            + slope[row, chosen] * powers[step, chosen]
            + seasons[(t + step) % season][row, chosen]
            for step in range(ahead)
        ]
        yield np.stack(values, axis=1)
        if t == x.shape[1]:
            return
        slope = slope * damping
        error = np.nan_to_num(x[:, t, None] - (level + slope + seasons[t % season]))
        if t >= first:
            squares += error**2
        level = level + slope + by_level * error
        slope = slope + by_slope * error
        seasons[t % season] += by_season * error


def _last(x: Floats, ahead: int, begin: int) -> Floats:
    """The last value at each period from `begin` on, of shape (series, then, ahead)."""
    return np.repeat(_forward_fill(x)[:, begin - 1 :, None], ahead, axis=2)


def _mean(x: Floats, ahead: int, begin: int) -> Floats:
    """The mean of all values before each period from `begin` on."""
    mean = np.cumsum(np.nan_to_num(x), axis=1) / np.maximum(np.cumsum(~np.isnan(x), axis=1), 1)
    return np.repeat(mean[:, begin - 1 :, None], ahead, axis=2)


def _forward_fill(x: Floats) -> Floats:
    """Each missing value by the one before it; 0 where none is."""
    at = np.maximum.accumulate(np.where(np.isnan(x), 0, np.arange(x.shape[1])), axis=1)
    return np.nan_to_num(np.take_along_axis(x, at, axis=1))


def _share(x: Floats) -> Floats:
    return np.asarray(np.sin(np.clip(x, 0, np.pi / 2)) ** 2)


def _losses(forecasts: Floats, truth: Floats) -> Floats:
    """How far shares were off, of shape (methods, series, origins, ahead)."""
    return np.abs(_share(forecasts) - np.sin(truth) ** 2)


def _least(losses: Floats) -> NDArray[np.int64]:
    """The method that erred least of each series; the first of equal ones."""
    return np.asarray(np.round(np.nanmean(losses, axis=(2, 3)), _DIGITS).argmin(axis=0))


def _mean_known(losses: Floats) -> Floats:
    """Means over the origins, of shape (series, ahead); NaN where no period of a step is known."""
    known = ~np.isnan(losses)
    count = known.sum(axis=1)
    total = np.where(known, losses, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _chance(gain: Floats) -> Floats:
    """Chance that a mean gain, of shape (series, origins, ahead), is none."""
    _, n, ahead = gain.shape
    known = np.maximum((~np.isnan(gain)).sum(axis=2), 1)
    d = np.nan_to_num(gain).sum(axis=2) / known
    mean = d.mean(axis=1)
    off = d - mean[:, None]
    variance = (off**2).mean(axis=1)
    for lag in range(1, ahead):  # forecasts that overlap err alike; weights by Bartlett
        variance += 2 * (1 - lag / ahead) * (off[:, lag:] * off[:, :-lag]).sum(axis=1) / n
    few = (n + 1 - 2 * ahead + ahead * (ahead - 1) / n) / n
    scale = np.sqrt(np.maximum(variance, 0) / n)
    z = np.divide(mean * np.sqrt(few), scale, out=np.zeros(len(d)), where=scale > 0)
    return np.asarray(stdtr(n - 1, -z))
