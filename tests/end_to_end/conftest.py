"""Runs of the flow in this process, under Prefect's harness and in the tests' own session."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.testing.utilities import prefect_test_harness
from pyspark.sql import SparkSession

from pipelines.cli import main
from pipelines.engine.profile import Profile
from pipelines.flows.flow import papertide
from pipelines.flows.report import Report
from tests.end_to_end.processes import sample, state

Flow = Callable[..., Report]
Called = Callable[..., tuple[str, str]]


@pytest.fixture(scope="session")
def harness() -> Iterator[None]:
    """A server of Prefect for the tests alone."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="session")
def flow(spark: SparkSession, harness: None) -> Flow:
    """Run the flow over `feeds` (name → path) into a warehouse; further settings as `key=value`."""

    def run(warehouse: Path, feeds: dict[str, Any], *overrides: str, **options: Any) -> Report:
        report: Report = papertide(
            feeds={name: str(path) for name, path in feeds.items()},
            overrides=[f"warehouse={warehouse}", "run.retries=0", *overrides],
            environ={},
            **options,
        )
        return report

    return run


@pytest.fixture
def called(harness: None, spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> Called:
    """The command in this process: its output and errors; its exit status must be `status`."""

    def call(*arguments: object, status: int = 0) -> tuple[str, str]:
        capsys.readouterr()
        logging.getLogger("papertide").handlers.clear()  # they write where the last call did
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments)])
        told = capsys.readouterr()
        assert ended.value.code == status, told
        return told.out, told.err

    return call


@pytest.fixture(scope="session")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample feed of some weeks: one month is whole, the next is not."""
    return sample(tmp_path_factory.mktemp("days") / "sample", papers=150, days=40)


@pytest.fixture(scope="session")
def costs() -> Profile:
    """What the run of `whole` cost, once that is there."""
    return Profile()


@pytest.fixture(scope="session")
def whole(days: Path, flow: Flow, costs: Profile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with all days, run at once; a test that publishes to it takes a copy."""
    warehouse = tmp_path_factory.mktemp("whole") / "warehouse"
    flow(warehouse, {"papers": days}, profile=costs)
    (warehouse.parent / "state.json").write_text(json.dumps(state(warehouse)))
    return warehouse


@pytest.fixture(scope="session")
def whole_state(whole: Path) -> dict[str, list[str]]:
    """The tables of `whole` as its one run left them, whatever other tests did to it since."""
    kept: dict[str, list[str]] = json.loads((whole.parent / "state.json").read_text())
    return kept
