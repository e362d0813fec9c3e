"""Bodies of SQL functions that work on Arrow batches: plain functions over pandas' columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from jobs.topics.fit import Topic, assign

Column = Any  # a column of a batch: pandas' Series, whose type cannot be told at run time


def topic_of(topics: Sequence[Topic], labels: Mapping[str, str]) -> Callable[[Column], Column]:
    """A function from vectors to the label of the nearest topic; null where none fits.

    Args:
        topics: those in use, in the order in which papers are assigned.
        labels: their names, by id.
    """

    def label_rows(vectors: Column) -> Column:
        texts = np.full(len(vectors), None, dtype=object)
        present = np.flatnonzero(vectors.notna().to_numpy())
        if len(present):
            rows = pa.array(vectors.iloc[present].to_list(), pa.list_(pa.float32()))
            batch = pa.record_batch({"paper_id": pa.nulls(len(rows)), "vector": rows})
            (assigned,) = assign([batch], list(topics))
            texts[present] = [labels.get(topic_id) for topic_id in assigned["topic_id"].to_pylist()]
        return pd.Series(texts, dtype=object)

    return label_rows


@dataclass(frozen=True)
class Counts:
    """Papers of each period, in order: the first days, and how many up to and with each."""

    starts: NDArray[np.datetime64]
    so_far: NDArray[np.int64]

    @staticmethod
    def of(periods: Mapping[date, int]) -> Counts:
        """Of papers by the first day of their period."""
        days = sorted(periods)
        return Counts(
            np.array(days, dtype="datetime64[D]"),
            np.cumsum([0, *(periods[day] for day in days)], dtype=np.int64),
        )

    def between(self, since: date, until: date) -> int:
        """Papers of the periods that begin in the days from `since` to `until`."""
        ends = np.array([since, until + timedelta(days=1)], dtype="datetime64[D]")
        first, last = np.searchsorted(self.starts, ends)
        return int(self.so_far[last] - self.so_far[first])


@dataclass(frozen=True)
class Grain:
    """Papers by periods of one length: all, and those with each term.

    Attributes:
        since: the first day that is counted; None where nothing was left out.
    """

    papers: Counts
    terms: Mapping[str, Counts]
    since: date | None

    def share(self, term: str, since: date, until: date) -> float | None:
        """Share of the papers that have the term; None where it is not counted or of nothing."""
        counts = self.terms.get(term)
        papers = self.papers.between(since, until)
        if counts is None or not papers or (self.since and since < self.since):
            return None
        return counts.between(since, until) / papers


def share_between(by_day: Grain, by_month: Grain) -> Callable[[Column, Column, Column], Column]:
    """A function from terms, first and last days to the share of papers that have the term.

    It counts by months where the two days bound whole months, else by days.
    """

    def shares(terms: Column, since: Column, until: Column) -> Column:
        return pd.Series(
            [_share(by_day, by_month, *row) for row in zip(terms, since, until, strict=True)],
            dtype="float64",
        )

    return shares


def _share(
    by_day: Grain, by_month: Grain, term: str | None, since: date | None, until: date | None
) -> float | None:
    if term is None or since is None or until is None:
        return None
    whole_months = since.day == 1 and (until + timedelta(days=1)).day == 1
    return (by_month if whole_months else by_day).share(term.lower(), since, until)
