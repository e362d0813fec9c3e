"""The scheduled digest: each hour, to those in whose time zone the morning has come."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from prefect import flow

from pipelines.digest import daily
from pipelines.flows import report
from pipelines.flows.environment import settled_config
from pipelines.flows.notices import WATCHED


@flow(name="digest", validate_parameters=False, persist_result=False, **WATCHED)
def digest(
    conf: Sequence[str] = (),
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> str:
    """Send the digest of the last scores to subscribers who have not had it; how that ended.

    Where nobody has said whence mails come, nothing is sent, and that is no failure.

    Args:
        conf: configuration files over the built-in ones.
        overrides: `key=value` settings over those.
        environ: environment with further settings and the secrets; None for this process's own.

    Raises:
        PapertideError: as `pipelines.digest.daily.send`.
    """
    environ = os.environ if environ is None else environ
    config = settled_config(conf, overrides, environ)
    if lacking := daily.missing(config.digest):
        text = f"no digest is sent without {', '.join(lacking)}"
    else:
        text = daily.send(config, None, environ)
    report.say(text)
    return text
