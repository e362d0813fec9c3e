"""What code a result follows from: digests of source, so that changed code is a changed input.

The source is read, never run: that of the modules of this package, from wherever they are imported,
a folder or a zip. Comments count too: which of them mean nothing for a result, no one can say.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

_PACKAGE = __name__.partition(".")[0]
# A package that calls this imports all its modules.
_WALK = "walk_packages"


def module_digest(module: str) -> str:
    """Digest of a module's source and of all in this package that it imports, directly or not."""
    return _digest(closure([module]), [])


def function_digest(function: Callable[..., Any]) -> str:
    """Digest of the code that a function's result follows from.

    That is its own source, the functions of its module that it names, and the modules of this
    package that any of them imports or names something from, with all that these import.
    """
    functions = [function]
    modules: set[str] = set()
    for one in functions:  # grows on the way
        homes, neighbours = _references(one)
        modules |= homes
        functions += [other for other in neighbours if other not in functions]
    return _digest(closure(modules), sorted(map(inspect.getsource, functions)))


def closure(modules: Iterable[str]) -> frozenset[str]:
    """The modules, and all of this package that they import, directly or not."""
    reached: set[str] = set()
    ahead = set(modules)
    while ahead:
        module = ahead.pop()
        reached.add(module)
        ahead |= _imports(module) - reached
    return frozenset(reached)


def _digest(modules: Iterable[str], sources: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in (*(f"{name}\n{source_of(name)}" for name in sorted(modules)), *sources):
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def _references(function: Callable[..., Any]) -> tuple[set[str], list[Callable[..., Any]]]:
    """Modules that a function imports or names something from, and functions beside it."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    modules = set(_imported_modules(tree))
    neighbours: list[Callable[..., Any]] = []
    known = getattr(function, "__globals__", {})
    for node in ast.walk(tree):
        value = known.get(node.id) if isinstance(node, ast.Name) else None
        home = getattr(value, "__module__", None) or ""
        if inspect.isfunction(value) and home == function.__module__:
            neighbours.append(value)
        elif callable(value) and home.startswith(f"{_PACKAGE}."):
            modules.add(home)
    return modules, neighbours


@cache
def _imports(module: str) -> frozenset[str]:
    tree = ast.parse(source_of(module) or "")
    imports = frozenset(_imported_modules(tree))
    walks = any(isinstance(node, ast.Name) and node.id == _WALK for node in ast.walk(tree))
    return imports | frozenset(_below(module)) if walks else imports


def _below(package: str) -> Iterator[str]:
    """The modules of a package and of those in it."""
    parts = package.split(".")
    place = resources.files(parts[0]).joinpath(*parts[1:])
    for item in place.iterdir():
        name = f"{package}.{item.name.removesuffix('.py')}"
        if item.is_dir() and (item / "__init__.py").is_file():
            yield from _below(name)
        elif item.name.endswith(".py") and item.name != "__init__.py":
            yield name


def _imported_modules(tree: ast.AST) -> Iterator[str]:
    """Modules of this package that the code imports, wherever the statement is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.partition(".")[0] == _PACKAGE and source_of(name) is not None:
                yield name


@cache
def source_of(module: str) -> str | None:
    """Source of a module of this package; None where the name is that of no module."""
    package, *parts = module.split(".")
    place = resources.files(package)
    for part in parts[:-1]:
        place = place / part
    files = [place / f"{parts[-1]}.py", place / parts[-1] / "__init__.py"] if parts else []
    for file in files or [place / "__init__.py"]:
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return None
