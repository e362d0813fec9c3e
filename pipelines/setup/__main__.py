"""`python -m pipelines.setup`: fetch the jars, fetch and convert the model, unless they stand."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from conf import load
from pipelines.setup.jars import ensure_jars
from pipelines.setup.model import ensure_model, is_ready
from storage.errors import PapertideError
from storage.home import home


def main() -> int:
    """Prepare everything; a line for each part on standard error."""
    config, folder, begun = load([], (), os.environ), home(), time.monotonic()
    try:
        fetched = ensure_jars(folder)
        _say("jars", folder / "jars", fetched, begun)
        made, begun = not is_ready(config.embed, folder), time.monotonic()
        _say("model", ensure_model(config.embed, folder), made, begun)
    except PapertideError as error:
        print(f"papertide: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def _say(part: str, place: Path, was_made: bool, begun: float) -> None:
    size = sum(file.stat().st_size for file in place.rglob("*") if file.is_file())
    told = f"ready after {time.monotonic() - begun:.0f} s" if was_made else "there already"
    print(f"{part}: {told}, {size / 1e6:.0f} MB, {place}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
