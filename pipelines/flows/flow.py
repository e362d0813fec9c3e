"""The flow: every stage once, each behind a Prefect task."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from conf import Config
from pipelines.engine.profile import Profile
from pipelines.engine.ready import check_ready
from pipelines.engine.run_context import open_run
from pipelines.engine.runner import run_stage
from pipelines.engine.stage import Outcome, Run, Stage
from pipelines.flows import report
from pipelines.flows.environment import settled_config
from pipelines.flows.notices import WATCHED
from pipelines.flows.report import Report
from pipelines.flows.selection import stages_to_force, up_to
from pipelines.flows.writer_limit import turn
from pipelines.stages import EVERY
from storage.errors import PapertideError
from storage.warehouse import Warehouse


@flow(name="papertide", validate_parameters=False, persist_result=False, **WATCHED)
def papertide(
    feeds: Mapping[str, str] | None = None,
    received: date | None = None,
    as_of: date | None = None,
    until: str | None = None,
    from_stage: str | None = None,
    force: Sequence[str] = (),
    conf: Sequence[str] = (),
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
    profile: Profile | None = None,
) -> Report:
    """Run every stage once, up to `until`.

    Args:
        feeds: paths of feeds, by name; none reads those that have a path in the configuration.
        received: the day on which files without a date of their own were received.
        as_of: the day as of which the run looks; without one the last day a feed showed a paper.
        until: name of the last stage to run; without one all run.
        from_stage: name of the first stage that runs even if nothing has changed.
        force: names of further such stages.
        conf: configuration files over the built-in ones.
        overrides: `key=value` settings over those.
        environ: environment with further settings; None for this process's own.
        profile: what notes the costs of the stages; None: nobody asks.

    Returns:
        What the run did and what is published after it.

    Raises:
        GateStoppedError: a gate stopped the run.
        PapertideError: something else that a person can act on.
    """
    environ = os.environ if environ is None else environ
    config = settled_config(conf, overrides, environ)
    stages = up_to(until)
    force_stages = stages_to_force(from_stage, force)
    check_ready(config, stages)  # told at once, not when the stage comes
    with (
        turn(Warehouse.at(config.warehouse), config.run.wait_seconds),
        open_run(config, feeds or {}, received, as_of, EVERY, force_stages) as run,
    ):
        try:
            for stage in stages:
                report.progress(_as_task(stage, run, config, profile)())
        finally:
            _artifacts(run)
        return report.of(run)


def _as_task(stage: Stage, run: Run, config: Config, profile: Profile | None) -> Any:
    """The stage as a Prefect task; without arguments, as a session or a frame is no parameter."""

    def body() -> Outcome:
        try:
            with profile.of(run.spark, stage.name) if profile else nullcontext():
                return run_stage(stage, run)
        except BaseException:  # a timeout or a cancelled run must not leave its Spark jobs behind
            run.cancel()
            raise

    as_task: Any = task(
        name=stage.name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=config.run.retries,
        retry_delay_seconds=config.run.retry_delay_seconds,
        retry_condition_fn=_is_worth_a_retry,
        timeout_seconds=config.run.stage_timeout_seconds,
    )
    return as_task(body)


def _is_worth_a_retry(task: Any, task_run: Any, state: Any) -> bool:
    """What a person must act on fails again; a lost executor or a full socket may not."""
    failure = state.result(raise_on_failure=False)
    return not isinstance(failure, PapertideError)


def _artifacts(run: Run) -> None:
    """The accounting and the Data Docs, on the run's page in Prefect."""
    rows = [report.accounting_row(outcome) for outcome in run.outcomes]
    if rows:
        create_table_artifact(key="papertide-accounting", table=rows, description=run.run_id)
    pages = _pages(run.outcomes)
    if pages:
        create_markdown_artifact(key="papertide-data-docs", markdown="\n".join(pages))


def _pages(outcomes: Iterable[Outcome]) -> list[str]:
    return [f"- [{o.row['stage']}]({o.row['docs']})" for o in outcomes if o.row.get("docs")]
