"""Delta tables by delta-rs, which asks a store that is not well for some minutes.

By itself it gives up after ten tries, in ten to twenty-five seconds.
"""

from __future__ import annotations

from deltalake import DeltaTable

PATIENT = {
    "max_retries": "60",
    "retry_timeout": "180s",
    "backoff_config.init_backoff": "500ms",
}
"""Waits are drawn between the first and thrice the last one, at most 15 seconds: a store that fails
for a minute is outlasted."""


def open_delta(location: str, version: int | None = None) -> DeltaTable:
    """A Delta table, the newest version of it without one.

    Raises:
        TableNotFoundError: there is no such table.
        DeltaError: its log cannot be read.
    """
    return DeltaTable(location, version=version, storage_options=PATIENT)
