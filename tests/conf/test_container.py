"""What the files of the container name is there: folders, commands, ports, settings."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from conf import load
from pipelines.cli import papertide
from tests.conftest import ROOT

FOLDER = ROOT / "conf" / "container"
CONTAINERFILE = (FOLDER / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
OWN = {name: told for name, told in COMPOSE["services"].items() if told["image"] == "papertide"}
COMMANDS = [name for name, told in OWN.items() if "entrypoint" not in told]


def parsed(arguments: list[str]) -> click.Context:
    """The context of the command that arguments name, as the command line parses them."""
    command: click.Command = papertide
    context = click.Context(command)
    while isinstance(command, click.Group):
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        command = found
        context = click.Context(command, parent=context, info_name=name)
    return command.make_context(context.info_name, arguments, parent=context.parent)


def test_the_image_has_every_package_and_all_that_is_copied_is_there() -> None:
    copied = re.findall(r"^COPY (.+) \S+$", CONTAINERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert [name for name in names if not (ROOT / name).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= set(names)


def test_the_image_runs_as_nobody_in_particular_on_the_python_of_the_project() -> None:
    assert "FROM docker.io/library/python:3.11-" in CONTAINERFILE
    assert re.findall(r"^USER (\d+)$", CONTAINERFILE, re.MULTILINE) == ["1000"]


@pytest.mark.parametrize("service", COMMANDS)
def test_a_service_calls_a_command_that_there_is_and_shows_its_port_here_alone(
    service: str,
) -> None:
    told = OWN[service]
    given = parsed(list(told["command"])).params
    assert given["conf"] == ("/etc/papertide/settings.yaml",)
    for port in told.get("ports", []):
        address, outer, inner = port.split(":")
        assert (address, outer, int(inner)) == ("127.0.0.1", inner, given["port"])
        assert given["host"] == "0.0.0.0"  # noqa: S104 - of the container, whose ports are closed


@pytest.mark.parametrize("service", sorted(OWN.keys() - set(COMMANDS)))
def test_other_services_call_programs_of_the_locked_packages(service: str) -> None:
    (program,) = OWN[service]["entrypoint"]
    assert shutil.which(program, path=str(Path(sys.executable).parent))


def test_what_services_set_are_settings() -> None:
    named = {
        name: "local[2]"
        for told in OWN.values()
        for name in told["environment"]
        if name.startswith("PAPERTIDE__")
    }
    assert load([], [], named).session.master == "local[2]"
