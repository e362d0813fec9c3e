"""What people decide on affiliations, kept in a file beside the configuration.

A CSV with the columns affiliation, institution_id and note; without an id the affiliation names
no institution:

    affiliation,institution_id,note
    "Tidal Lab, Oslo",https://ror.org/00abc1234,the lab is theirs
    "Silt Group, private",,a firm of that name
"""

from __future__ import annotations

from collections.abc import Mapping

from jobs.feeds.tools.authorships import institution_id
from jobs.text.csv_rows import csv_rows
from jobs.text.folding import fold_words

_COLUMNS = ["affiliation", "institution_id", "note"]

Decisions = Mapping[str, str | None]
"""Affiliations as `decision_key` has them → ROR id, None for no institution."""


class DecisionError(ValueError):
    """A line that cannot be followed: which, and why."""


def decision_key(affiliation: str) -> str:
    """An affiliation without case, accents and punctuation: one decision covers its spellings."""
    return " ".join(fold_words(affiliation)) or affiliation.strip()


def decisions(text: str) -> Decisions:
    """The decisions of a file; none of an empty one.

    Raises:
        DecisionError: a line cannot be followed, or two contradict each other.
    """
    decided: dict[str, str | None] = {}
    for line, (affiliation, written, _) in csv_rows(text, _COLUMNS, DecisionError):
        own = institution_id("ror", written) if written else None
        key = decision_key(affiliation)
        if not key:
            raise DecisionError(f"line {line}: affiliation is empty")
        if written and own is None:
            raise DecisionError(f"line {line}: {written} is no ROR id")
        if decided.setdefault(key, own) != own:
            raise DecisionError(f"line {line}: a second decision on {affiliation}")
    return decided
