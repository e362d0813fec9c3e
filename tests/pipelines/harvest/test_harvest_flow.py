"""The scheduled flow: every source is asked, and the run follows whatever became of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from conf import load
from pipelines.flows import harvest_flow
from pipelines.flows.report import Report
from storage.errors import PapertideError
from tests.conftest import ROOT
from tests.pipelines.harvest.serving import Reply, Seen, Service

REPORT = Report("a run", "a warehouse", (), None)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The runs that were started, in place of real ones."""
    started: list[dict[str, Any]] = []

    def run(**arguments: Any) -> Report:
        started.append(arguments)
        return REPORT

    monkeypatch.setattr(harvest_flow, "papertide", run)
    return started


def settings(tmp_path: Path, service: Service, *feeds: str) -> tuple[str]:
    file = tmp_path / "settings.yaml"
    told = {
        "harvest": {"contact": "someone@example.org", "attempts": 1, "first_days": 1},
        "run": {"retries": 1, "retry_delay_seconds": 0},
        "feeds": {
            name: {
                "format": "hf-daily",
                "path": str(tmp_path / name),
                "harvest": {
                    "source": "hf-daily",
                    "base_url": f"{service.url}/{name}",
                    "pause_seconds": 0,
                },
            }
            for name in feeds
        },
    }
    file.write_text(yaml.safe_dump(told))
    return (str(file),)


@pytest.mark.slow
def test_every_source_is_harvested_and_then_the_run_starts(
    service: Service, tmp_path: Path, runs: list[dict[str, Any]]
) -> None:
    service.reply = lambda seen: Reply(b'[{"id": 1}]')
    conf = settings(tmp_path, service, "one", "two")
    assert harvest_flow.harvest_and_run(conf=conf) is REPORT
    assert [seen.path for seen in service.seen] == ["/one", "/two"]
    assert [run["feeds"] for run in runs] == [
        {"one": str(tmp_path / "one"), "two": str(tmp_path / "two")}
    ]


@pytest.mark.slow
def test_a_source_that_fails_stops_neither_the_others_nor_the_run_but_is_told(
    service: Service, tmp_path: Path, runs: list[dict[str, Any]]
) -> None:
    replies = {
        "/broken": Reply(status=500),
        "/busy": Reply(status=429, headers={"Retry-After": "86400"}),
        "/well": Reply(b'[{"id": 1}]'),
    }

    def reply(seen: Seen) -> Reply:
        return replies[seen.path]

    service.reply = reply
    conf = settings(tmp_path, service, "broken", "busy", "well")
    with pytest.raises(PapertideError, match=r"(?s)broken: .*status 500.*busy: .*in peace"):
        harvest_flow.harvest_and_run(conf=conf)
    asked = [seen.path for seen in service.seen]
    assert asked == ["/broken", "/broken", "/busy", "/well"], "what wants peace is not tried again"
    assert [run["feeds"] for run in runs] == [{"well": str(tmp_path / "well")}]


def test_the_daily_deployment_is_this_flow() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    (daily,) = (one for one in deployments if one["name"] == "daily")
    assert daily["schedules"]
    file, name = daily["entrypoint"].split(":")
    assert (ROOT / file).is_file()
    assert getattr(harvest_flow, name).name == "harvest-and-run"


def test_feeds_that_have_never_been_harvested_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / ".harvest.json").write_text("{}")
    paths = {"fresh": "hf-daily", "never": "hf-daily", "own": None}
    feeds = {
        name: {
            "format": "papers",
            "path": str(tmp_path / name),
            "harvest": {"source": source} if source else None,
        }
        for name, source in paths.items()
    }
    given = load(overrides=[f"feeds={yaml.safe_dump(feeds, default_flow_style=True)}"])
    assert harvest_flow._with_files(given) == {"own": str(tmp_path / "own")}
