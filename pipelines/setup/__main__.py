"""`python -m pipelines.setup`: what `papertide setup` does, before there is a command."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from conf import Config, load
from jobs.session import class_archive, folder_of
from pipelines.setup.classes import ensure_classes
from pipelines.setup.jars import ensure_jars
from pipelines.setup.model import ensure_model
from pipelines.setup.ror import ensure_ror
from storage.errors import PapertideError
from storage.home import home
from storage.models import is_ready
from storage.ror import HINT, kept_file


def main() -> int:
    """Prepare what every run needs."""
    try:
        prepare(load([], (), os.environ))
    except PapertideError as error:
        print(f"papertide: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def prepare(config: Config, extras: Sequence[str] = (), ror: str | None = None) -> None:
    """Fetch the jars, and those of extras, fetch and convert the model, and have the archive of
    classes made, unless they stand; read the list of ROR, if a dump is named.

    A line for each part on standard error.

    Raises:
        PapertideError: something cannot be had, or is not what was locked.
    """
    folder = home()
    if ror:
        start = time.monotonic()
        place, told = ensure_ror(ror, folder, lambda line: print(line, file=sys.stderr))
        _say(f"ror: {told.rows:,} organizations {told.version}".rstrip(), place, True, start)
    elif not kept_file(folder).is_file():
        print(f"ror: none, so addresses are matched to no institution; {HINT}", file=sys.stderr)
    for extra in ("", *extras):
        start, place = time.monotonic(), folder_of(folder, extra)
        _say(place.name, place, ensure_jars(folder, extra), start)
    is_new, start = not is_ready(config.embed, folder), time.monotonic()
    _say("model", ensure_model(config.embed, folder), is_new, start)
    is_new, start = not class_archive(folder).is_file(), time.monotonic()
    archive, failure = ensure_classes(folder)
    if failure:
        print(f"classes: none, sessions start without them; {failure}", file=sys.stderr)
    else:
        _say("classes", archive, is_new, start)


def _say(part: str, place: Path, was_made: bool, start: float) -> None:
    files = place.rglob("*") if place.is_dir() else [place]
    size = sum(file.stat().st_size for file in files if file.is_file())
    state = f"ready after {time.monotonic() - start:.0f} s" if was_made else "there already"
    print(f"{part}: {state}, {size / 1e6:.0f} MB, {place}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
