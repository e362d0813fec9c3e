"""The feed formats that Papertide reads, by name: every `Feed` of the modules below this package.

A new format is a module in one of its rooms, and is listed nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

from jobs.feeds.core import Feed


def _feeds() -> Iterator[Feed]:
    for module in walk_packages(__path__, f"{__name__}."):
        if not module.ispkg:
            yield from (v for v in vars(import_module(module.name)).values() if type(v) is Feed)


FEEDS: dict[str, Feed] = {feed.name: feed for feed in sorted(_feeds(), key=lambda f: f.name)}
