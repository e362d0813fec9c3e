"""The house itself: no folder is crowded, and imports go one way."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from tests.conftest import ROOT

PACKAGES = ("jobs", "pipelines", "expectations", "conf", "storage", "dashboard", "papertide")
MOST_MODULES = 15


def modules(*packages: str) -> dict[str, Path]:
    """Module names and their files; a package is its `__init__.py`."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for package in packages
        for file in sorted((ROOT / package).rglob("*.py"))
    }


def imported(file: Path, known: dict[str, Path]) -> Iterator[str]:
    """Modules that a module imports, wherever the statement is."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                of_package = f"{node.module}.{alias.name}"
                name = of_package if of_package in known else node.module
                if name in known:
                    yield name


def test_no_folder_holds_more_modules_than_one_sees_at_once() -> None:
    held = Counter(
        str(file.parent.relative_to(ROOT))
        for file in modules(*PACKAGES, "tests", "benchmarks").values()
        if file.name != "__init__.py"
    )
    assert {folder: count for folder, count in held.items() if count > MOST_MODULES} == {}


def test_modules_import_each_other_in_no_circle() -> None:
    known = modules(*PACKAGES)
    TopologicalSorter({name: set(imported(file, known)) for name, file in known.items()}).prepare()


def test_packages_import_each_other_in_no_circle() -> None:
    known = modules(*PACKAGES)
    arrows: dict[str, set[str]] = defaultdict(set)
    for name, file in known.items():
        to = {each.partition(".")[0] for each in imported(file, known)}
        arrows[name.partition(".")[0]] |= to
    TopologicalSorter({name: to - {name} for name, to in arrows.items()}).prepare()
    assert not [name for name, to in arrows.items() if "pipelines" in to - {name}]
