"""The README says what is true: its tables, commands and examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from conf import load
from jobs.feeds import FEEDS
from jobs.tables.catalog import TABLES
from pipelines.cli import papertide
from pipelines.harvest import SOURCES
from pipelines.sql.functions import FUNCTIONS
from pipelines.sql.reader import open_reader
from pipelines.stages import PIPELINE
from pipelines.warehouse import Warehouse
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_tables_are_those_of_the_catalog_with_their_grain() -> None:
    told = re.findall(r"^\| ((?:bronze|silver|gold|ops)\.\w+) \| (.+?) \|$", README, re.MULTILINE)
    assert [(name, f"one row a {grain}") for name, grain in told] == [
        (table.name, table.grain) for table in TABLES
    ]


def test_every_command_is_told_and_none_that_is_not() -> None:
    told = re.findall(r"^\| `papertide (\w+)", section("The commands"), re.MULTILINE)
    assert sorted(told) == sorted(papertide.commands)


def test_the_stages_stand_in_their_order() -> None:
    listed = README.split("The stages, in order:")[1].split(".")[0]
    assert re.findall(r"`([\w-]+)`", listed) == [stage.name for stage in PIPELINE]


def test_the_formats_are_those_that_are_read() -> None:
    assert re.findall(r"^\| ([\w-]+) \|", section("Feeds"), re.MULTILINE)[1:] == list(FEEDS)


def test_make_has_the_targets_that_are_named() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:^ {4}|`)make ([a-z]+)", README, re.MULTILINE)) <= set(targets)


def test_the_settings_of_the_examples_are_accepted(tmp_path: Path) -> None:
    for number, text in enumerate(blocks("yaml")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        named = yaml.safe_load(text)["feeds"]
        assert named.keys() <= load([file], (), {}).feeds.keys()


def test_the_sources_are_those_that_are_harvested_with_what_they_know() -> None:
    rows = [line.strip("| ").split(" | ") for line in section("Harvest").splitlines()]
    told = {row[0]: row for row in rows if row[0] in SOURCES}
    assert list(told) == list(SOURCES)
    for name, source in SOURCES.items():
        assert f"{source.pause_seconds:g} s" == told[name][-1]
        known = {*source.parameters, *filter(None, source.date_fields)}
        assert known <= set(re.findall(r"`([\w-]+)`", " ".join(told[name]))), name


def test_the_functions_are_those_that_are_registered() -> None:
    told = re.findall(r"^\| `(\w+\(.*?\))` \| (.+?) \|$", section("SQL"), re.MULTILINE)
    assert told == [(each.usage, each.meaning) for each in FUNCTIONS]


@pytest.mark.slow
def test_the_queries_run(spark: SparkSession, whole: Path) -> None:
    reader = open_reader(load([], [f"warehouse={whole}"], {}), Warehouse.at(str(whole)))
    for query in blocks("sql"):
        assert reader.spark.sql(query).collect(), query


@pytest.mark.slow
def test_the_python_examples_run_without_spark(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "warehouse").symlink_to(whole)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec("\n".join(blocks("python")), names)
    papers = len(names["papers"])
    assert papers
    assert sum(n for _, n in names["years"].fetchall()) == papers
    assert names["titles"].height == papers
