"""What commands say on standard error: lines for people, or JSON for what collects logs."""

from __future__ import annotations

import logging
import sys
from typing import Literal

_NAMES = {"asctime": "at", "levelname": "level"}


def set_up(form: Literal["text", "json"]) -> None:
    """A line each; as JSON with its time, its level, and of a stage its row of the accounting."""
    log = logging.getLogger("papertide")
    log.setLevel(logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.name = form
    handler.setFormatter(_json() if form == "json" else logging.Formatter("%(message)s"))
    log.addHandler(handler)
    log.propagate = False


def _json() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter

    return JsonFormatter(
        "%(asctime)s %(levelname)s %(message)s",
        rename_fields=_NAMES,
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )


def error(text: str) -> None:
    """The error that ends a command; a line of JSON where the others are."""
    log = logging.getLogger("papertide")
    if any(handler.name == "json" for handler in log.handlers):
        log.error(text)
    else:
        print(f"papertide: {text}", file=sys.stderr)
