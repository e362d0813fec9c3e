"""Spans of time and counts in plain words, for the sentence that says why something is called."""

from __future__ import annotations

from datetime import date

MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""How many months a period of a grain lasts."""


def span_text(
    grain: str, n: int, papers: int, n_before: int, papers_before: int,
    begins: date, last: date, recent: int, before: int,
) -> str:  # fmt: skip
    """What was counted: `12 of 340 papers in Q3 2025 against 3 of 800 in the 4 quarters before`.

    Args:
        begins: first day of the first recent period. last: first day of the last one.
        recent: number of recent periods. before: number of periods before them.
    """
    when = period_text(grain, begins, last, recent)
    them = f"the {before} {grain}s" if before > 1 else f"the {grain}"
    return (
        f"{n:,} of {papers:,} papers in {when} against {n_before:,} of {papers_before:,} in "
        f"{them} before"
    )


def period_text(grain: str, begins: date, last: date, periods: int) -> str:
    """Successive periods in words: Q3 2025, March to May 2025, the 6 weeks from 3 March 2025."""
    if grain == "week":
        since = f"{begins.day} {begins:%B %Y}"
        return f"the week from {since}" if periods == 1 else f"the {periods} weeks from {since}"
    first, end = _period(grain, begins), _period(grain, last)
    if periods == 1:
        return end
    if grain != "year" and begins.year == last.year:
        first = first.removesuffix(f" {begins.year}")
    return f"{first} to {end}"


def _period(grain: str, day: date) -> str:
    if grain == "year":
        return str(day.year)
    if grain == "quarter":
        return f"Q{(day.month + 2) // 3} {day.year}"
    return f"{day:%B %Y}"
