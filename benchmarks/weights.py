"""`python -m benchmarks.weights DBLP_ACM CORA`: identity's weights beside fitted ones.

DBLP_ACM and CORA are the folders of the labelled sets, as for `papertide eval identity`. Two fits:
Fellegi and Sunter's (1969) own, log(m / u) of each level of agreement, counted on labelled pairs
as if signals were independent; and a logistic regression, which weighs all levels together. Both
are in our unit, a factor of three in the odds. Pairs are those whose titles share a band.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from jobs.identity import scoring
from jobs.identity.features import TITLE_BANDS, band_hashes, side, title_pieces
from pipelines.evaluate.identity_sets import LABELLED, Labelled

Level = tuple[str, float]
_RIDGE = 1.0  # keeps the weight of a level that few pairs have finite
_FIELDS = ("relations", "abstract", "volume", "number", "pages", "work_type", *scoring.SCHEMES)


class Levels(NamedTuple):
    """Of each pair the levels of its signals, and whether labels call it one work."""

    pairs: list[list[Level]]
    is_one: NDArray[np.bool_]


def main(folders: dict[str, Path]) -> None:
    """Print a table a set: level, pairs that have it, our weight and the two fitted ones."""
    for name, gold in folders.items():
        with tempfile.TemporaryDirectory() as there:
            set_levels = levels(LABELLED[name](gold, Path(there)))
        counts = Counter(level for pair in set_levels.pairs for level in pair)
        by_counts, by_regression = fellegi_sunter(set_levels), logistic(set_levels)
        print(
            f"{name}: {len(set_levels.pairs):,} pairs, {int(set_levels.is_one.sum()):,} of one work"
        )
        print(f"{'signal':<8} {'ours':>6} {'pairs':>7} {'m/u':>6} {'fitted':>6}")
        for level in sorted(counts, key=lambda level: (level[0], -level[1])):
            signal, ours = level
            print(
                f"{signal:<8} {ours:>6.2f} {counts[level]:>7,} {by_counts[level]:>6.2f} "
                f"{by_regression[level]:>6.2f}"
            )


def levels(labelled: Labelled) -> Levels:
    """The levels of all pairs that the set may label, and that share a band of the title."""
    rows = {row["record_id"]: row for row in _rows(labelled)}
    sides = {name: side(row, 0) for name, row in rows.items()}
    pieces = [title_pieces(list(of.words)) for of in sides.values()]
    blocks: dict[int, list[str]] = defaultdict(list)
    for name, bands in zip(sides, band_hashes(pieces, *TITLE_BANDS), strict=True):
        for band in bands:
            blocks[int(band)].append(name)
    candidates = {pair for names in blocks.values() for pair in combinations(sorted(names), 2)}
    if len(labelled.feeds) > 1:  # labels pair one feed with the other
        candidates = {(a, b) for a, b in candidates if rows[a]["feed"] != rows[b]["feed"]}
    truth = {tuple(sorted(pair)) for pair in labelled.pairs}
    ordered = sorted(candidates)
    return Levels(
        [_levels(sides[a], sides[b]) for a, b in ordered],
        np.array([pair in truth for pair in ordered]),
    )


def _rows(labelled: Labelled) -> Iterator[dict[str, Any]]:
    for feed, (_, path) in labelled.feeds.items():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = {**dict.fromkeys((*_FIELDS, "venue", "year")), **json.loads(line)}
            year = row["year"]
            yield row | {
                "record_id": f"{feed}:{row['id']}",
                "feed": feed,
                "native_id": None,
                "year": int(year) if year else None,
            }


def _levels(a: scoring.Side, b: scoring.Side) -> list[Level]:
    weights = {"titles": scoring.weigh_titles(a, b).weight}
    weights |= {signal: weight for signal, (weight, _) in scoring.signals(a, b, {}).items()}
    return [(signal, weight) for signal, weight in weights.items() if weight]


def fellegi_sunter(of: Levels) -> dict[Level, float]:
    """log3(m / u): shares of the pairs of one work, and of two, that have a level."""
    ones = Counter(
        level for pair, one in zip(of.pairs, of.is_one, strict=True) if one for level in pair
    )
    twos = Counter(
        level for pair, one in zip(of.pairs, of.is_one, strict=True) if not one for level in pair
    )
    all_ones, all_twos = int(of.is_one.sum()), int((~of.is_one).sum())
    return {
        level: float(
            np.log(((ones[level] + 0.5) / (all_ones + 1)) / ((twos[level] + 0.5) / (all_twos + 1)))
            / np.log(3)
        )
        for level in {*ones, *twos}
    }


def logistic(of: Levels) -> dict[Level, float]:
    """Weights of a logistic regression with a ridge, in log3; each pair's levels are its ones."""
    names = sorted({level for pair in of.pairs for level in pair})
    place = {level: column for column, level in enumerate(names)}
    design = np.zeros((len(of.pairs), len(names) + 1))
    design[:, -1] = 1.0
    for row, pair in enumerate(of.pairs):
        design[row, [place[level] for level in pair]] = 1.0
    signs = np.where(of.is_one, 1.0, -1.0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (design @ weights)
        ridge = _RIDGE * weights * (np.arange(len(weights)) < len(names))
        slopes = -signs / (1 + np.exp(np.clip(margins, -500, 500)))
        total = np.logaddexp(0, -margins).sum() + ridge @ weights / 2
        return float(total), design.T @ slopes + ridge

    fit = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B")
    return dict(zip(names, (float(w) for w in fit.x / np.log(3)), strict=False))


if __name__ == "__main__":
    main({name: Path(path) for name, path in zip(("dblp-acm", "cora"), sys.argv[1:], strict=True)})
