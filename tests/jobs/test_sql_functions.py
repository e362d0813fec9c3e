"""What the SQL functions compute on batches."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from jobs.sql_functions import Counts, Grain, share_between, topic_of
from jobs.topics.fit import Topic

TOPICS = [Topic("t1", (1.0, 0.0), 0.8), Topic("t2", (0.0, 1.0), 0.8)]
LABELS = {"t1": "ebb", "t2": "flood"}


def test_a_vector_has_the_label_of_its_nearest_topic_where_that_fits() -> None:
    vectors = pd.Series([np.array([1, 0], "float32"), None, np.array([0.6, 0.8], "float32"),
                         np.array([0.7, 0.714], "float32")])  # fmt: skip
    assert topic_of(TOPICS, LABELS)(vectors).to_list() == ["ebb", None, "flood", None]


def test_without_topics_nothing_fits() -> None:
    assert topic_of([], {})(pd.Series([np.array([1, 0], "float32")])).to_list() == [None]


def day(number: int, month: int = 1) -> date:
    return date(2026, month, number)


BY_DAY = Grain(
    papers=Counts.of({day(1): 10, day(2): 0, day(3): 30}),
    terms={"tides": Counts.of({day(3): 3}), "rare": Counts.of({})},
    since=None,
)
BY_MONTH = Grain(
    papers=Counts.of({day(1): 100, day(1, 2): 100}),
    terms={"tides": Counts.of({day(1): 50, day(1, 2): 0})},
    since=day(1),
)


@pytest.mark.parametrize(
    ("term", "since", "until", "share"),
    [
        ("tides", day(1), day(3), 3 / 40),
        ("Tides", day(3), day(3), 0.1),
        ("tides", day(1), day(2), 0.0),
        ("rare", day(1), day(3), 0.0),
        ("tides", day(2), day(2), None),  # no papers
        ("tides", day(3), day(1), None),  # no days
        ("unknown", day(1), day(3), None),
        ("tides", day(1), day(31), 0.5),  # a whole month: by months
        ("tides", day(1), day(28, 2), 0.25),
        ("tides", date(2025, 12, 1), day(31), None),  # before what months count
        (None, day(1), day(3), None),
        ("tides", None, day(3), None),
    ],
)
def test_a_share_is_of_the_papers_of_the_days_asked_for(
    term: str | None, since: date | None, until: date | None, share: float | None
) -> None:
    found = share_between(BY_DAY, BY_MONTH)(
        pd.Series([term]), pd.Series([since], dtype=object), pd.Series([until], dtype=object)
    )[0]
    assert found == pytest.approx(share) if share is not None else np.isnan(found)
