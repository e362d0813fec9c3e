"""The documentation says what is true: its reference pages, links, settings and examples."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from conf import load
from pipelines.reference import PAGES
from pipelines.sql.reader import open_reader
from storage.warehouse import Warehouse
from tests.conftest import ROOT

REFERENCE = ROOT / "docs" / "reference"
PROSE = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")})
FRONT_DOOR_BYTES = 8 * 1024


def blocks(language: str, pages: list[Path] = PROSE) -> list[str]:
    """The examples in a language, of all pages."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", PAGES)
def test_reference_pages_are_what_the_code_declares(name: str) -> None:
    page: Callable[[], str] = PAGES[name]
    written = (REFERENCE / f"{name}.md").read_text(encoding="utf-8")
    assert written == page(), "make docs writes them"


def test_the_front_door_is_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= FRONT_DOOR_BYTES


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_make_has_the_targets_that_are_named() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for page in PROSE:
        named = re.findall(r"(?:^ {4}|`)make ([a-z]+)", page.read_text(), re.MULTILINE)
        assert set(named) <= set(targets), page


def test_the_settings_of_the_examples_are_accepted(tmp_path: Path) -> None:
    settings = [text for text in blocks("yaml") if "feeds:" in text]
    assert settings
    for number, text in enumerate(settings):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        named = yaml.safe_load(text)["feeds"]
        assert named.keys() <= load([file], (), {}).feeds.keys()


@pytest.mark.slow
def test_the_queries_run(spark: SparkSession, whole: Path) -> None:
    reader = open_reader(load([], [f"warehouse={whole}"], {}), Warehouse.at(str(whole)))
    assert blocks("sql")
    for query in blocks("sql"):
        found = reader.spark.sql(query).collect()
        # A few weeks of few papers need not have a trend that is called.
        assert found or "gold.trend_tests" in query, query


@pytest.mark.slow
def test_the_python_examples_run_without_spark(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "warehouse").symlink_to(whole)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec("\n".join(blocks("python", [ROOT / "docs" / "sql.md"])), names)
    papers = len(names["papers"])
    assert papers
    assert sum(n for _, n in names["years"].fetchall()) == papers
    assert names["titles"].height == papers
