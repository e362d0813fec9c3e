"""Requirements of calls on real counts: what readers of two fields know to have moved is called.

`truth/` holds counts of terms (papers that have them, by month or year) of Hugging Face's daily
papers and of the titles of the ACL Anthology. The terms were written down by what the fields know,
before anything was tried on them; the counts then decided. `rose` (`fell`) is a share of the last
half-year, or two years, of at least twice (at most half) that of the year, or four years, before,
with thirty papers; `still` one that is within a quarter at every horizon; the rest is `between`.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from jobs.params import TrendsSettings
from jobs.trends.classes import DOWN, UP
from jobs.trends.contrasts import changes, horizons
from jobs.trends.statistics import Floats
from jobs.trends.trend_tests import call_classes

TRUTH = Path(__file__).parent / "truth"
NOTHING = np.nan


def read(name: str) -> tuple[list[str], list[str], Floats, Floats]:
    """Terms, what is true of them, their counts, and all papers."""
    with (TRUTH / name).open() as file:
        _, whole, *rows = csv.reader(file)
    counts = np.array([list(map(float, row[2:])) for row in rows])
    return ([row[0] for row in rows], [row[1] for row in rows], counts,
            np.array(list(map(float, whole[2:]))))  # fmt: skip


def quarters(n: Floats) -> Floats:
    """Months from May to December of the next year, as quarters; the two of the first are left."""
    return np.asarray(n[..., 2:].reshape(*n.shape[:-1], -1, 3).sum(axis=-1))


def told(n: Floats, papers: Floats, grain: str) -> tuple[list[str], list[str]]:
    """The classes of all terms, and their strengths."""
    settings = TrendsSettings()
    spans = horizons(grain, len(papers))
    moved = changes(n, papers, spans, settings.change_ratio, settings.min_test_papers)
    none = np.full(len(n), NOTHING)
    found = call_classes(
        n, moved, spans, np.zeros(len(n), int), np.full(len(n), -1), none, none, settings
    )
    return found.classes.tolist(), found.strength.tolist()


@pytest.mark.parametrize(
    ("name", "grain", "least"),
    [("daily_papers.csv", "month", 0.85), ("daily_papers.csv", "quarter", 0.85),
     ("acl.csv", "year", 0.85)],
)  # fmt: skip
def test_what_is_known_to_have_moved_is_called_and_hardly_anything_else(
    name: str, grain: str, least: float
) -> None:
    terms, truth, n, papers = read(name)
    if grain == "quarter":
        n, papers = quarters(n), quarters(papers)
    classes, _ = told(n, papers, grain)
    right = {"rose": UP, "fell": DOWN, "still": ()}
    moved = [at for at, true in enumerate(truth) if true in ("rose", "fell")]
    assert len(moved) >= 40
    missed = [terms[at] for at in moved if classes[at] not in right[truth[at]]]
    assert 1 - len(missed) / len(moved) >= least, missed
    shown = [at for at, found in enumerate(classes) if found in UP + DOWN]
    wrong = [
        (terms[at], classes[at]) for at in shown
        if truth[at] in right and classes[at] not in right[truth[at]]
    ]  # fmt: skip
    assert 1 - len(wrong) / len(shown) >= 0.85, wrong
