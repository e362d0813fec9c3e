"""The pipeline as a whole: what is written, what is read, and the deployments of the flow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module
from inspect import isfunction, signature
from typing import Any, get_type_hints
from unittest.mock import MagicMock

import pytest
import yaml
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule

from conf import load
from jobs.tables.catalog import TABLES
from jobs.tables.ops import TABLES as LEDGER
from jobs.tables.silver import DECISIONS, ERASURES, QUARANTINE
from pipelines.engine import stage
from pipelines.engine.stage import Listing, Params
from pipelines.stages import PIPELINE
from tests.conftest import ROOT


def test_every_table_is_written_by_one_stage() -> None:
    written = [out.table for one in PIPELINE for out in one.writes if out.table != QUARANTINE]
    # What people decide is written by commands.
    expected = [t for t in TABLES if t not in (*LEDGER, QUARANTINE, DECISIONS, ERASURES)]
    told = "list each table in TABLES of its module, and give it one stage that writes it"
    assert sorted(t.name for t in written) == sorted(t.name for t in expected), told


def test_a_stage_reads_what_earlier_stages_or_itself_write() -> None:
    known = {QUARANTINE.name, DECISIONS.name, ERASURES.name}
    for one in PIPELINE:
        known |= {output.table.name for output in one.writes}
        assert {table.name for table in one.reads} <= known, one.name


def test_each_stage_gives_its_function_what_that_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def noted(name: str) -> Callable[..., object]:
        function = getattr(import_module(name.partition(":")[0]), name.partition(":")[2])

        def bound(*given: object) -> object:
            try:
                hints = get_type_hints(function) if isfunction(function) else {}
            except NameError as error:
                pytest.fail(f"{name}: {error}; import the types of its arguments at run time")
            for key, value in signature(function).bind(*given).arguments.items():
                kind = hints.get(key)
                if isinstance(kind, type) and not isinstance(value, MagicMock | dict):
                    assert isinstance(value, kind), f"{name}: {key}"
            seen.append(name)
            return {}

        return bound

    monkeypatch.setattr(stage, "_import_function", noted)
    tables: Any = MagicMock()
    params = Params(load(environ={}), date(2026, 1, 5), Listing((), "", ()), ("folder", "id"))
    for one in PIPELINE:
        one.transform(tables, params)
    assert len({name for name in seen if name.split(":")[1][0].islower()}) == len(PIPELINE)


def test_the_deployments_start_the_flow_on_their_schedules() -> None:
    told = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    flows = {
        "daily": "harvest-and-run",
        "on-demand": "papertide",
        "hourly-digest": "digest",
        "weekly-maintenance": "maintenance",
    }
    assert [deployment["name"] for deployment in told["deployments"]] == list(flows)
    for deployment in told["deployments"]:
        file, name = deployment["entrypoint"].split(":")
        flow = getattr(import_module(file.removesuffix(".py").replace("/", ".")), name)
        assert isinstance(flow, Flow)
        assert flow.name == flows[deployment["name"]]
        assert deployment["concurrency_limit"]["limit"] == 1
        for schedule in deployment.get("schedules", []):
            assert CronSchedule(**schedule)
