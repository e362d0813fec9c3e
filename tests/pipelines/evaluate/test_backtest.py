"""Requirements of the back-test: it goes by what was known then, and says so where it cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conf import load
from jobs.params import TrendsSettings
from jobs.tables.gold import STRENGTHS
from pipelines.evaluate import evaluate
from pipelines.evaluate.backtest import backtest
from storage.errors import PapertideError

SETTINGS = TrendsSettings()


def outcomes(n: np.ndarray, papers: np.ndarray) -> dict[tuple[str, str], tuple[int, int]]:  # type: ignore[type-arg]
    return {
        (strength, found.rule): (found.calls, found.right)
        for strength, found in backtest(n, papers, "quarter", SETTINGS)
    }


def test_a_rise_that_lasts_holds_and_one_that_ends_within_the_year_does_not() -> None:
    papers = np.full(14, 500.0)
    still = np.full((40, 14), 10.0)
    lasting, ending = np.full(14, 10.0), np.full(14, 10.0)
    lasting[8:] = 60
    ending[8:10] = 60
    found = outcomes(np.vstack([lasting, ending, still]), papers)
    calls, held = found["established", "called"]
    assert calls >= 2
    assert 0 < held < calls
    only = outcomes(np.vstack([lasting, still]), papers)["established", "called"]
    assert only[0] == only[1] > 0


def test_a_naive_rule_calls_as_many_and_is_held_to_the_same() -> None:
    rng = np.random.default_rng(2)
    papers = np.full(20, 400.0)
    n = rng.binomial(400, 0.02, (60, 20)).astype(float)
    n[:6, 10:] = rng.binomial(400, 0.08, (6, 10))
    found = outcomes(n, papers)
    for strength in STRENGTHS:
        ours = found[strength, "all called so far"][0]
        assert found[strength, "raw slope"][0] <= ours
    called = found["established", "called"]
    assert called[1] / called[0] >= 0.9
    assert called[1] >= found["established", "last growth"][1]


def test_a_warehouse_without_a_past_says_so(tmp_path: Path) -> None:
    config = load([], [f"warehouse={tmp_path / 'w'}"])
    with pytest.raises(PapertideError, match="too short a past"):
        list(evaluate("backtest", tmp_path, config))
