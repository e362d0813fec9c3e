"""Gate of gold.landmarks: each landmark once."""

from __future__ import annotations

from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, unique_key
from jobs.tables.core import Severity
from jobs.tables.gold import LANDMARKS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        unique_key(LANDMARKS),
        not_shrunk(
            facts,
            Severity.WARNING,
            "Landmarks are as many as before, unless the settings say fewer.",
        ),
    ]
