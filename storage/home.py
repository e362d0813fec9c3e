"""Where Papertide keeps what it has downloaded and made: jars, model, Prefect's state, history."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

ERRORS = "last-error.log"
"""The file there with all of the last error, of which a person is told the first line."""


def home() -> Path:
    """PAPERTIDE_HOME, else ~/.cache/papertide; made when it is not there."""
    variable = os.environ.get("PAPERTIDE_HOME")
    folder = Path(variable).expanduser() if variable else Path.home() / ".cache" / "papertide"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.absolute()


def scratch(name: str) -> Path:
    """A folder there of what can be made again; where nobody may write there, of this process."""
    try:
        folder = home() / name
        folder.mkdir(exist_ok=True)
    except OSError:
        return Path(_own().name)
    return folder if os.access(folder, os.W_OK) else Path(_own().name)


@lru_cache(maxsize=1)
def _own() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="papertide-", ignore_cleanup_errors=True)
