"""Settings of the libraries that only the environment can carry, set before they are imported."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from conf import Config, load, secret_layer
from jobs import stores
from storage.home import home

OWNER = "PAPERTIDE_OWNER"
"""Names this process to those that it starts."""
NOTICES = "PAPERTIDE_NOTICES"
"""Addresses that are told how flows end; see `pipelines.flows.notices`."""


def is_watched() -> bool:
    """Whether somebody looks at the runs in Prefect, or is told of them by it."""
    return bool(os.environ.get("PREFECT_API_URL") or os.environ.get(NOTICES))


def settle() -> None:
    """Libraries speak up for errors alone, call no one, and keep what they keep in our home.

    What the caller's environment says already stands.
    """
    os.environ[OWNER] = str(os.getpid())
    variables = {
        "PREFECT_HOME": str(home() / "prefect"),
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",  # the client asks this one, and else tells so in every terminal
        # The server that a run brings along takes seconds to start, on a busy machine many.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "GX_ANALYTICS_ENABLED": "false",
    }
    for name, value in variables.items():
        os.environ.setdefault(name, value)


def settled_config(
    conf: Sequence[str], overrides: Sequence[str], environ: Mapping[str, str]
) -> Config:
    """The configuration of this process, which finds object storage as it says.

    Secrets come from the environment of the process, as Prefect is told of none.

    Raises:
        ConfigError: as `load`.
    """
    secrets = secret_layer(os.environ)
    config = load([Path(file) for file in conf], overrides, {**secrets, **environ})
    stores.settle(config.storage)
    return config
