"""The command as a process: what it says, how it ends, and what a kill leaves."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipelines.harvest.state import NAME
from tests.conftest import ROOT
from tests.pipelines.harvest.serving import Reply, Repository, Seen, Service

COMMAND = [sys.executable, "-c", "from pipelines.cli import main; main()", "harvest"]
DAYS = ("--from", "2026-11-20", "--to", "2026-11-21")


def settings(tmp_path: Path, service: Service) -> tuple[str, ...]:
    file = tmp_path / "settings.yaml"
    file.write_text(
        "harvest: {contact: someone@example.org}\n"
        "feeds:\n"
        "  arxiv:\n"
        "    format: papers\n"
        f"    path: {tmp_path / 'landing'}\n"
        f"    harvest: {{source: arxiv-oai, base_url: {service.url}, pause_seconds: 0}}\n"
    )
    return ("--conf", str(file))


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_a_killed_harvest_goes_on_at_its_token_and_lands_nothing_twice(
    service: Service, tmp_path: Path
) -> None:
    whole = Repository({"2026-11-20": ["1", "2", "3", "4", "5"], "2026-11-21": ["6"]})
    arrived, killed = threading.Event(), threading.Event()

    def reply(seen: Seen) -> Reply:
        if seen.parameters.get("resumptionToken") == "2026-11-20|4" and not killed.is_set():
            arrived.set()
            killed.wait(60)
        return whole(seen)

    service.reply = reply
    given, landing = settings(tmp_path, service), tmp_path / "landing"
    process = start("arxiv", *DAYS, *given)
    assert arrived.wait(60)
    process.kill()
    process.communicate()
    killed.set()
    before = {file.name: file.read_bytes() for file in landing.glob("*.xml")}
    assert sorted(before) == ["2026-11-20_0001.xml", "2026-11-20_0002.xml"]
    service.seen.clear()

    process = start("arxiv", *DAYS, *given)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert service.asked("resumptionToken") == ["2026-11-20|4", None]
    after = {file.name: file.read_bytes() for file in landing.glob("*.xml")}
    assert sorted(after) == [*sorted(before), "2026-11-20_0003.xml", "2026-11-21_0001.xml"]
    assert before.items() <= after.items()
    size = sum(len(body) for name, body in after.items() if name not in before)
    assert out == f"arxiv: 2 files, {size:,} bytes, 2026-11-20 to 2026-11-21\n"
    assert "2026-11-20_0003.xml, 1 records" in err
    assert {file.name for file in landing.iterdir()} == {*after, NAME}


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["tides"], 2, "feed tides is not in the settings"),
        (["arxiv", "--from", "yesterday"], 2, "yesterday"),
        (["arxiv", "--set", "harvest.contact=null"], 2, "--set harvest.contact="),
        (["arxiv", *DAYS, "--set", "harvest.attempts=1"], 1, "status 500"),
    ],
)
def test_errors_are_told_in_words_with_their_status(
    service: Service, tmp_path: Path, arguments: list[str], status: int, told: str
) -> None:
    service.reply = lambda seen: Reply(status=500)
    process = start(*arguments, *settings(tmp_path, service)[:2])
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (status, "")
    assert told in err
    assert "Traceback" not in err


def test_the_command_starts_without_prefect() -> None:
    code = (
        "import sys, pipelines.cli, pipelines.harvest.harvesting; "
        "print({'prefect', 'great_expectations'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert told.stdout == "set()\n"
