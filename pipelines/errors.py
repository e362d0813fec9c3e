"""Errors that are told to a person, each with its exit status."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PapertideError(Exception):
    """Something a person can act on: the message says what is wrong, where, and what to do."""

    exit_status = 1


class UsageError(PapertideError):
    """The call itself is wrong."""

    exit_status = 2


class GateStoppedError(PapertideError):
    """A gate kept a stage's output from being published."""

    exit_status = 3


def near(name: str, known: Iterable[str]) -> str:
    """For the end of "no such …: name": the known names that are spelled almost so, if any."""
    found = get_close_matches(name, list(known))
    return f" (did you mean {' or '.join(found)}?)" if found else ""
