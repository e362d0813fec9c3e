"""Where Papertide keeps what it has downloaded and made: jars, model, Prefect's state, history."""

from __future__ import annotations

import os
from pathlib import Path

ERRORS = "last-error.log"
"""The file there with all of the last error, of which a person is told the first line."""


def home() -> Path:
    """PAPERTIDE_HOME, else ~/.cache/papertide; made when it is not there."""
    variable = os.environ.get("PAPERTIDE_HOME")
    folder = Path(variable).expanduser() if variable else Path.home() / ".cache" / "papertide"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()
