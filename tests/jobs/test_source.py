"""Digests of code: they change with what a module imports, and with nothing else."""

from __future__ import annotations

import inspect
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import run

import pytest

import jobs
from jobs import source
from jobs.source import closure, module_digest, source_of
from pipelines.engine.fingerprint import code
from pipelines.stages import PIPELINE

Edit = Callable[[str], None]


@pytest.fixture
def edit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Another line in a module's source, as if somebody had written it."""

    def edited(module: str) -> None:
        monkeypatch.setattr(source, "source_of", lambda name: _and(source_of(name), name == module))

    yield edited


def _and(text: str | None, is_edited: bool) -> str | None:
    return f"{text}\nEDITED = 1\n" if text is not None and is_edited else text


def stages() -> dict[str, str]:
    return {stage.name: code(stage) for stage in PIPELINE}


@pytest.mark.parametrize(
    ("module", "touched"),
    [
        ("jobs.papers", {"papers", "references", "authorships"}),
        ("jobs.feeds.publishers.acl", {"ingest", "parse"}),
        ("jobs.trends.trends", {"topic-trends", "term-trends", "entities"}),
        ("jobs.session", set()),
    ],
)
def test_an_edit_changes_the_stages_that_use_the_module_and_no_others(
    edit: Edit, module: str, touched: set[str]
) -> None:
    before = stages()
    edit(module)
    after = stages()
    assert {name for name in before if before[name] != after[name]} == touched


def test_what_a_module_imports_counts_as_far_as_it_goes() -> None:
    assert "jobs.text.word_classes" in closure(["jobs.text.phrases"])
    assert "jobs.feeds.publishers.acl" in closure(["jobs.ingest.parse"])  # which its package finds
    assert not {name for name in closure(["jobs.papers"]) if name.split(".")[0] != "jobs"}


def test_a_module_read_once_a_text_has_a_digest_of_its_own(edit: Edit) -> None:
    before = module_digest("jobs.text.phrases"), module_digest("jobs.papers")
    edit("jobs.terms.terms")
    assert module_digest("jobs.text.phrases") != before[0]
    assert module_digest("jobs.papers") == before[1]


def test_functions_that_make_its_arguments_count(monkeypatch: pytest.MonkeyPatch) -> None:
    read = inspect.getsource

    def other(function: Callable[..., object]) -> str:
        text = read(function)
        return text + "    # edited" if function.__name__ == "_vectors_of_model" else text

    before = stages()
    monkeypatch.setattr(inspect, "getsource", other)
    after = stages()
    touched = {name for name in before if before[name] != after[name]}
    assert touched == {"topics", "neighbors", "map"}


def test_a_zip_has_the_digests_of_the_folder(tmp_path: Path) -> None:
    package = Path(jobs.__file__).parent
    with zipfile.ZipFile(tmp_path / "jobs.zip", "w") as archive:
        for file in package.rglob("*.py"):
            archive.write(file, file.relative_to(package.parent))
    told = run(
        [sys.executable, "-c",
         "import jobs, jobs.source as s; print(jobs.__file__, s.module_digest('jobs.papers'))"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "jobs.zip")},
    ).stdout.split()  # fmt: skip
    assert "jobs.zip" in told[0]
    assert told[1] == module_digest("jobs.papers")
