"""The examples of docs/ and examples/ do what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from papertide.export import FORMS
from papertide.reader import Reader
from pipelines.cli import papertide as commands
from tests.conftest import ROOT
from tests.papertide.test_api import served

DOCS, EXAMPLES = ROOT / "docs", ROOT / "examples"


def blocks(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_examples_in_python_run(
    warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "warehouse").symlink_to(warehouse)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec("\n".join(blocks("python.md", "python")), names)
    assert isinstance(names["wh"], Reader)


@pytest.mark.parametrize("script", sorted(file.name for file in EXAMPLES.glob("*.py")))
def test_the_scripts_print_something(warehouse: str, script: str) -> None:
    command = [sys.executable, str(EXAMPLES / script), warehouse]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
    assert done.stdout.strip()


def test_the_sql_runs(wh: Reader) -> None:
    assert len(wh.sql((EXAMPLES / "trends.sql").read_text())) == 1


@pytest.mark.slow
def test_the_examples_with_curl_run(warehouse: str, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("no curl")
    (lines,) = blocks("api.md", "sh")
    with served(warehouse, tmp_path / "log") as address:
        for line in lines.splitlines():
            done = subprocess.run(
                ["bash", "-c", line], capture_output=True, text=True, check=True,
                env={**os.environ, "ADDRESS": address},
            )  # fmt: skip
            assert done.stdout.startswith("@") or json.loads(done.stdout)["rows"], line


def test_the_commands_and_forms_that_are_told_are_there() -> None:
    told = "".join((DOCS / name).read_text() for name in ("export.md", "api.md", "python.md"))
    for command, options in re.findall(r"^ {4}papertide (\w+)(.*)$", told, re.MULTILINE):
        known = {name for one in commands.commands[command].params for name in one.opts}
        assert set(re.findall(r"--[\w-]+", options)) <= known
    listed = re.findall(r"^\| ([\w-]+) \|", (DOCS / "export.md").read_text(), re.MULTILINE)
    assert tuple(listed[1:]) == FORMS
