"""Back in time: what would have been called then, and whether it held a year on.

At the end of each quarter of the papers' dates everything later is cut off, calls are made as
`trend-tests` makes them, and the year that followed is counted. Papers count from the day they are
dated, whenever a feed showed them: an archive that was loaded today is the past all the same. The
terms and topics are those of today, so what a vocabulary of then would have missed is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from conf import Config
from jobs.params import TrendsSettings
from jobs.tables.core import Table
from jobs.tables.gold import (
    PERIOD_TOTALS,
    STRENGTHS,
    TERM_TRENDS,
    TOPIC_TRENDS,
)
from jobs.trends.classes import UP
from jobs.trends.contrasts import changes, horizons
from jobs.trends.statistics import Floats, bursting, mann_kendall
from jobs.trends.trend_tests import began_in, burst_courses, call_classes, presence
from pipelines.evaluate import Measure
from storage import ledger
from storage.errors import PapertideError
from storage.warehouse import Warehouse

KINDS = {"term": (TERM_TRENDS, "term"), "topic": (TOPIC_TRENDS, "topic_id")}
YEAR = {"month": 12, "quarter": 4, "year": 1}
"""Periods of a year. Weeks are not looked at: their calls are of what moves now."""
AIMS = dict(zip(STRENGTHS, (0.9, 0.7, 0.4), strict=True))
_WINDOW = 12  # periods that a slope or an order of shares is taken over, as is usual
_FEWEST = 8  # periods before the first call


class Call(NamedTuple):
    """A call: the entity's row, and up (1) or down (-1)."""

    row: int
    way: int


class Outcome(NamedTuple):
    """How many of the calls of a rule held a year on."""

    rule: str
    calls: int
    right: int


def evaluate(data: Path, config: Config) -> Iterator[Measure]:
    """The figures of the configured warehouse; `data` is not needed.

    Raises:
        PapertideError: its papers' dates span too little time for a single look back.
    """
    warehouse = Warehouse.at(config.warehouse)
    spans: list[str] = []
    is_long_enough = False
    for kind in KINDS:
        for grain in YEAR:
            n, papers = counts(warehouse, kind, grain)
            spans.append(f"{len(papers)} {grain}s with {n.shape[0]} {kind}s")
            outcomes = backtest(n, papers, grain, config.trends)
            is_long_enough = is_long_enough or bool(outcomes)
            yield from figures(f"{kind}s by {grain}", outcomes)
    if not is_long_enough:
        raise PapertideError(
            f"eval backtest: {config.warehouse} holds too short a past: {', '.join(spans)}\n"
            f"  a look back needs {_FEWEST} complete periods and the year after them; load an "
            "archive, papertide run --feed NAME=PATH, whose papers carry their dates"
        )


def figures(name: str, outcomes: list[tuple[str, Outcome]]) -> Iterator[Measure]:
    """The figures: of each strength its calls and how many held, beside the naive rules."""
    for strength, outcome in outcomes:
        if outcome.calls:
            what = f"{strength}: {outcome.rule}, {outcome.calls:,} calls, share that held"
            aim = AIMS[strength] if outcome.rule == "called" else None
            yield Measure(name, what, round(outcome.right / outcome.calls, 3), aim)


def counts(warehouse: Warehouse, kind: str, grain: str) -> tuple[Floats, Floats]:
    """Papers of each entity of the slice of all papers, entities × periods, and all papers."""
    table, name = KINDS[kind]
    is_asked = (pc.field("grain") == grain) & (pc.field("slice") == "all")
    published = ledger.published(warehouse)

    def rows(of: Table, columns: list[str]) -> list[dict[str, object]]:
        if of.name not in published:
            return []
        data = ledger.dataset(warehouse, of, published[of.name].version)
        return list(data.to_table(columns=columns, filter=is_asked).to_pylist())

    totals = sorted(
        (row["period"], row["papers"])
        for row in rows(PERIOD_TOTALS, ["period", "papers", "is_complete"])
        if row["papers"] and row["is_complete"]
    )
    at = {period: column for column, (period, _) in enumerate(totals)}
    trends = rows(table, [name, "period", "n"])
    entities = {entity: row for row, entity in enumerate(sorted({str(r[name]) for r in trends}))}
    n = np.zeros((len(entities), len(at)))
    for row in trends:
        if row["period"] in at:
            n[entities[str(row[name])], at[row["period"]]] = row["n"]
    return n, np.array([papers for _, papers in totals], dtype=np.float64)


def backtest(
    n: Floats, papers: Floats, grain: str, settings: TrendsSettings
) -> list[tuple[str, Outcome]]:
    """For each strength the outcome of its calls; and of all down to it, beside each naive rule.

    A call holds where the share of the year that follows is beyond that before the call by
    `settings.change_ratio`, in the direction called. Before is the earlier part of the longest
    horizon, the same for every rule. A naive rule calls, of those with papers enough to be tested,
    as many as were called, those that it ranks first.

    Args:
        n: papers that have the entity, entities × periods. papers: all papers of each period.
    """
    year, step = YEAR[grain], max(YEAR[grain] // 4, 1)
    sums: dict[tuple[str, str], NDArray[np.int64]] = {}
    for end in range(_FEWEST, len(papers) - year + 1, step):
        past, after = (
            n[:, :end],
            n[:, end : end + year].sum(axis=1) / papers[end : end + year].sum(),
        )
        is_known = past.sum(axis=1) >= settings.min_test_papers
        if not is_known.any():
            continue
        late, early = horizons(grain, end)[-1]
        before = _share(past[is_known], papers[:end], -late - early, -late)
        ever = past[is_known].sum(axis=1) / papers[:end].sum()
        by_strength = calls(past[is_known], papers[:end], grain, settings)
        ranked = {rule: order(past[is_known], papers[:end], settings)
                  for rule, order in NAIVE.items()}  # fmt: skip
        so_far: list[Call] = []
        for strength, its in by_strength.items():
            so_far = so_far + its
            rules = {"called": its, "all called so far": so_far}
            rules |= {rule: best[: len(so_far)] for rule, best in ranked.items()}
            for rule, rule_calls in rules.items():
                right = sum(
                    holds(call, before, ever, after[is_known], settings.change_ratio)
                    for call in rule_calls
                )
                sums[strength, rule] = sums.get((strength, rule), np.zeros(2, np.int64)) + (
                    len(rule_calls), right,
                )  # fmt: skip
    return [(strength, Outcome(rule, int(many), int(right)))
            for (strength, rule), (many, right) in sums.items()]  # fmt: skip


def holds(call: Call, before: Floats, ever: Floats, after: Floats, ratio: float) -> bool:
    """Whether the share of the year that followed is on the side of the call.

    Nothing falls below none: what had no paper before is held to its share of all the past.
    """
    was, is_ = float(before[call.row]), float(after[call.row])
    if call.way < 0 and was == 0:
        was = float(ever[call.row])
    return is_ > was * ratio if call.way > 0 else is_ < was / ratio


def calls(n: Floats, papers: Floats, grain: str, settings: TrendsSettings) -> dict[str, list[Call]]:
    """What is called of each strength, as `trend-tests` calls it."""
    spans = horizons(grain, len(papers))
    estimates = changes(n, papers, spans, settings.change_ratio, settings.min_test_papers)
    began = began_in(n, n / papers)
    recent = min(settings.baseline_periods, len(papers) - 1)
    since = burst_courses(n, papers, settings).since
    classes = call_classes(
        n, estimates, spans, began, since, *presence(n, papers, began, recent), settings
    )
    by_strength: dict[str, list[Call]] = {strength: [] for strength in STRENGTHS}
    for row, strength in enumerate(classes.strength):
        if not strength:
            continue
        by_strength[strength].append(Call(row, 1 if classes.classes[row] in UP else -1))
    return by_strength


def _first(score: Floats, way: Floats) -> list[Call]:
    """Calls by a score, the highest first; none where it is not above 0."""
    order = np.argsort(-score, kind="stable")
    return [Call(int(row), int(way[row])) for row in order if score[row] > 0]


def _share(n: Floats, papers: Floats, first: int, last: int | None) -> Floats:
    return np.asarray(n[:, first:last].sum(axis=1) / papers[first:last].sum())


def last_growth(n: Floats, papers: Floats, settings: TrendsSettings) -> list[Call]:
    """The largest ratios of the last share to that of the periods before."""
    before = _share(n, papers, -1 - settings.baseline_periods, -1)
    now = _share(n, papers, -1, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.nan_to_num(np.log(now) - np.log(before), nan=0.0)
    return _first(np.abs(growth), np.sign(growth))


def raw_slope(n: Floats, papers: Floats, settings: TrendsSettings) -> list[Call]:
    """The steepest straight lines through the last shares."""
    shares = (n / papers)[:, -_WINDOW:]
    time = np.arange(shares.shape[1]) - (shares.shape[1] - 1) / 2
    slope = shares @ time
    return _first(np.abs(slope), np.sign(slope))


def kleinberg(n: Floats, papers: Floats, settings: TrendsSettings) -> list[Call]:
    """The weightiest bursts that last."""
    states, gain = bursting(n, papers, settings.burst_times, settings.burst_gamma)
    lasts = np.cumprod(states[:, ::-1], axis=1)[:, ::-1].astype(bool)
    weight = (gain * lasts).sum(axis=1)
    return _first(weight, np.ones(len(n)))


def order_alone(n: Floats, papers: Floats, settings: TrendsSettings) -> list[Call]:
    """The least chances of the order of the last shares."""
    window = min(_WINDOW, len(papers))
    trend = mann_kendall((n / papers)[:, -window:])
    return _first(1 - trend.p, np.sign(trend.tau))


NAIVE: dict[str, Callable[[Floats, Floats, TrendsSettings], list[Call]]] = {
    "last growth": last_growth,
    "raw slope": raw_slope,
    "Kleinberg alone": kleinberg,
    "Mann-Kendall alone": order_alone,
}
