"""The version of this code: its number, and the commit where it is run from a checkout."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]


def version() -> str:
    """The number of the release; with the commit, and whether files differ from it, if known."""
    number = metadata.version("papertide")
    commit = _commit(ROOT)
    return f"{number} (commit {commit})" if commit else number


def _commit(root: Path) -> str | None:
    """The commit that is checked out in a folder; None where it is no checkout of its own."""
    if not (root / ".git").exists():  # installed into somebody else's repository
        return None
    with suppress(OSError):  # no git here
        process = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return process.stdout.strip() or None
    return None
