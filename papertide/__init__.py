"""Papertide for programs and notebooks: the published tables of a warehouse, without a JVM.

import papertide

wh = papertide.open("warehouse")
wh.table("gold.trend_tests").pl()
wh.search("protein design", by="words")
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from papertide.found import Found
from papertide.reader import NotPublishedError, Reader, Table, reader_of
from storage.errors import PapertideError, UsageError

__all__ = ["Found", "NotPublishedError", "PapertideError", "Reader", "Table", "UsageError", "open"]


def open(  # noqa: A001 - as the open of files
    warehouse: str | Path | None = None,
    *,
    conf: Sequence[str | Path] = (),
    settings: Sequence[str] = (),
) -> Reader:
    """A warehouse as its readers see it now.

    Args:
        warehouse: its folder or URI; None: the one of the settings.
        conf: YAML files over the built-in settings, as `--conf`.
        settings: single settings, `key=value`, as `--set`.

    Raises:
        PapertideError: nothing is published there.
        ConfigError: a setting that there is not.
    """
    from conf import load
    from jobs import stores

    overrides = [] if warehouse is None else [f"warehouse={os.fspath(warehouse)}"]
    config = load([Path(file) for file in conf], [*settings, *overrides], os.environ)
    stores.settle(config.storage)
    reader = reader_of(config)
    if not reader.tables:
        root = reader.snapshot.root
        raise NotPublishedError(f"nothing is published in {root}\n  papertide run makes the tables")
    return reader
