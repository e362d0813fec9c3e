"""Files that nobody but their owner may read."""

from __future__ import annotations

from pathlib import Path

from storage.errors import PapertideError


def must_be_private(file: Path, holds: str) -> None:
    """Raise a PapertideError where others may read a file, which holds such things."""
    if file.stat().st_mode & 0o077:
        raise PapertideError(f"others may read {file}, which holds {holds}: chmod 600 {file}")
