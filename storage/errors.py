"""Errors that are told to a person, each with its exit status."""

from __future__ import annotations


class PapertideError(Exception):
    """Something a person can act on: the message says what is wrong, where, and what to do."""

    exit_status = 1


class UsageError(PapertideError):
    """The call itself is wrong."""

    exit_status = 2


class GateStoppedError(PapertideError):
    """A gate kept a stage's output from being published."""

    exit_status = 3
