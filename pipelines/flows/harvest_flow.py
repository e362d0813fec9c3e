"""The scheduled flow: what is new of every source, then every stage once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from conf import Config, environment_layer
from pipelines.flows import report
from pipelines.flows.environment import settled_config
from pipelines.flows.flow import papertide
from pipelines.flows.notices import WATCHED
from pipelines.flows.report import Report
from pipelines.harvest.client import LeftInPeaceError
from pipelines.harvest.harvesting import Harvested, harvest
from storage.errors import PapertideError, UsageError


@flow(name="harvest-and-run", validate_parameters=False, persist_result=False, **WATCHED)
def harvest_and_run(
    conf: Sequence[str] = (),
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Report | None:
    """Harvest all feeds that have a source and a folder, then run every stage once.

    A source that fails stops neither the others nor the run over what is there.

    Args:
        conf: configuration files over the built-in ones.
        overrides: `key=value` settings over those.
        environ: environment with further settings; None for this process's own.

    Returns:
        What the run did and what is published after it; None where there is nothing to read.

    Raises:
        PapertideError: a source failed, told after the run; or as the run itself.
    """
    environ = os.environ if environ is None else environ
    config = settled_config(conf, overrides, environ)
    failures: dict[str, Any] = {}
    for name, feed in config.feeds.items():
        if feed.harvest and feed.path:
            state = _as_task(name, config)(return_state=True)
            if state.is_completed():
                report.say(state.result().line())
            else:
                failures[name] = state.result(raise_on_failure=False)
                report.say(f"{name}: not harvested: {failures[name]}")
    outcome: Report | None = None
    if paths := _with_files(config):
        outcome = papertide(
            feeds=paths, conf=conf, overrides=overrides, environ=environment_layer(environ)
        )
    else:
        report.say("no feed has a file to read yet")
    if failures:
        listing = "\n  ".join(f"{name}: {error}" for name, error in failures.items())
        raise PapertideError(f"the run has ended, but not every source was harvested\n  {listing}")
    return outcome


def _as_task(name: str, config: Config) -> Any:
    """The harvest of one feed as a Prefect task."""

    def body() -> Harvested:
        return harvest(config, name)

    as_task: Any = task(
        name=f"harvest-{name}",
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=config.run.retries,
        retry_delay_seconds=config.run.retry_delay_seconds,
        retry_condition_fn=_is_worth_a_retry,
    )
    return as_task(body)


def _is_worth_a_retry(task: Any, task_run: Any, state: Any) -> bool:
    """Not where a person must act, nor where the source wants to be left in peace."""
    failure = state.result(raise_on_failure=False)
    return not isinstance(failure, UsageError | LeftInPeaceError)


def _with_files(config: Config) -> dict[str, str]:
    """The feeds to read; one that has never been harvested has nothing to read yet."""
    return {
        name: feed.path
        for name, feed in config.feeds.items()
        if feed.path and not (feed.harvest and _is_empty(Path(feed.path)))
    }


def _is_empty(folder: Path) -> bool:
    """Whether there is no folder yet, or nothing in it but what the harvest keeps for itself."""
    return not folder.is_dir() or all(file.name.startswith(".") for file in folder.iterdir())
