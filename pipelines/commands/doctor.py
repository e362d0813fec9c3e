"""What a run needs: what is there, what is missing, and what to do."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import Requirement

from conf import Config
from jobs.session import folder_of, java_home, java_version
from jobs.stores import S3, S3_EXTRA, open_location
from pipelines.setup.jars import locked_digests, wanting
from storage import ledger
from storage.errors import PapertideError
from storage.models import is_ready, model_id
from storage.ror import HINT, about, ror_list
from storage.soundness import findings
from storage.warehouse import Warehouse

GIB = 1024**3
# A run of some thousand papers stays below; see `make bench`.
MEMORY_NEEDED = 4 * GIB
DISK_NEEDED = 2 * GIB
LOCK = Path(__file__).parents[2] / "requirements.lock"
_PINNED = re.compile(r"^(\w[^\\\n]*?) *\\?$", re.MULTILINE)
_PYTHONS = ((3, 11), (3, 12))  # as pyproject.toml says
# What stands counts as whole for `make setup`, so it has to go first.
_ANEW = "rm -rf .venv && make setup"
_ELSEWHERE = "papertide run --set warehouse=DIR"
_STORE = "the settings of storage, or AWS_… in the environment; the bucket must be there"
_AWS_ERROR = re.compile(r"AWS Error (\w+).*? operation: (.*)")
SECONDS = 2.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; without `ok` a run would fail, and `todo` says what to do."""

    name: str
    ok: bool
    found: str
    todo: str = ""


def checks(config: Config, home: Path) -> list[Check]:
    """Everything that a run needs on this machine, in the order in which it needs it."""
    return [
        _python(),
        _packages(),
        _java(),
        _jars(home),
        *_jars_of_store(config, home),
        _model(config, home),
        _ror(config, home),
        _warehouse(config),
        _disk(config),
        _memory(),
        *_master(config),
        *_feeds(config),
    ]


def _python() -> Check:
    running = ".".join(map(str, sys.version_info[:3]))
    right = sys.version_info[:2] in _PYTHONS
    return Check("python", right, running, "" if right else f"{_ANEW} PYTHON=python3.11")


def _packages() -> Check:
    """Installed packages against the lock; a copy without the lock has nothing to compare."""
    if not LOCK.is_file():
        return Check("packages", True, "no lock to compare with")
    wrong = []
    lines = map(Requirement, _PINNED.findall(LOCK.read_text(encoding="utf-8")))
    pinned = [line for line in lines if line.marker is None or line.marker.evaluate()]
    for line in pinned:
        try:
            there = version(line.name)
        except PackageNotFoundError:
            there = "missing"
        if there not in line.specifier:
            wrong.append(f"{line.name} {there} instead of {str(line.specifier).lstrip('=')}")
    if wrong:
        return Check("packages", False, "; ".join(wrong[:3]), _ANEW)
    return Check("packages", True, f"{len(pinned)} as locked")


def _java() -> Check:
    try:
        home = java_home()
    except RuntimeError as error:
        return Check("java", False, str(error), _ANEW)
    return Check("java", True, f"{java_version(home)}, {home}")


def _jars(home: Path) -> Check:
    wrong = wanting(home)
    if wrong:
        return Check("jars", False, wrong, "make setup")
    return Check("jars", True, f"{len(locked_digests())} in {home / 'jars'}")


def _jars_of_store(config: Config, home: Path) -> Iterator[Check]:
    """The jars that only a warehouse in object storage needs."""
    if not Warehouse.at(config.warehouse).root.startswith(S3):
        return
    name, wrong = f"jars of {S3_EXTRA}", wanting(home, S3_EXTRA)
    if wrong:
        yield Check(name, False, wrong, f"papertide setup --with {S3_EXTRA}")
    else:
        yield Check(name, True, f"{len(locked_digests(S3_EXTRA))} in {folder_of(home, S3_EXTRA)}")


def _model(config: Config, home: Path) -> Check:
    try:
        name = model_id(config.embed)
    except PapertideError as error:
        return Check("model", False, str(error).splitlines()[0], "papertide model")
    if is_ready(config.embed, home):
        return Check("model", True, name)
    return Check("model", False, f"{name} is not there", "papertide model")


def _ror(config: Config, home: Path) -> Check:
    """The list of research organizations, without which runs do."""
    try:
        found = ror_list(config.institutions, home)
        if found.file is None:
            told = "none; institutions are those that feeds give ids of"
            return Check("ror", True, told, HINT if config.institutions.match else "")
        told_of = about(Path(found.file))
    except PapertideError as error:
        return Check("ror", False, str(error).splitlines()[0], HINT)
    return Check(
        "ror", True, f"{told_of.version or told_of.digest[:8]}, {told_of.rows:,} organizations"
    )


def _warehouse(config: Config) -> Check:
    warehouse = Warehouse.at(config.warehouse)
    if not warehouse.is_local:
        if problem := _write_problem(warehouse):
            return Check("warehouse", False, f"{warehouse.root}: {problem}", _STORE)
    else:
        place = _nearest(Path(warehouse.root))
        if not place.is_dir() or not os.access(place, os.W_OK):
            problem = "cannot be written" if place.is_dir() else "is not a folder"
            return Check("warehouse", False, f"{place} {problem}", _ELSEWHERE)
    wrong = findings(warehouse)
    if wrong:
        listing = "; ".join(f"{each.table}: {each.problem}" for each in wrong)
        return Check("warehouse", False, listing, wrong[0].todo)
    return Check("warehouse", True, f"{warehouse.root}, {len(ledger.published(warehouse))} tables")


def _write_problem(warehouse: Warehouse) -> str:
    """What keeps us from writing to a warehouse elsewhere: a file is written there, and removed."""
    try:
        # Whoever asks for readiness wants to know how it is now.
        system, folder = open_location(warehouse.root, attempts=3)
        with system.open_output_stream(f"{folder}/_doctor") as stream:
            stream.write(b"papertide doctor was here")
        system.delete_file(f"{folder}/_doctor")
    except (OSError, ValueError) as error:
        text = " ".join(str(error).split())
        match = _AWS_ERROR.search(text)
        return f"{match[1]}: {match[2]}" if match else text
    return ""


def _nearest(folder: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _disk(config: Config) -> Check:
    root = Path(config.warehouse).absolute() if "://" not in config.warehouse else Path.cwd()
    free = shutil.disk_usage(_nearest(root)).free
    enough = free >= DISK_NEEDED
    return Check("disk", enough, f"{free / GIB:.1f} GiB free", "" if enough else _ELSEWHERE)


def _memory() -> Check:
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    text = f"{free / GIB:.1f} GiB free, {os.cpu_count()} cores"
    if free < MEMORY_NEEDED:
        text += f"; a run takes up to {MEMORY_NEEDED / GIB:.0f} GiB"
    return Check("memory", True, text)


def _master(config: Config) -> Iterator[Check]:
    """A standalone master must answer; of other masters the session itself knows more."""
    address = urlsplit(config.session.master)
    if address.scheme != "spark":
        return
    try:
        with socket.create_connection((address.hostname, address.port), timeout=SECONDS):
            yield Check("master", True, config.session.master)
    except OSError as error:
        yield Check("master", False, f"{config.session.master}: {error}",
                    "papertide run --set 'session.master=local[*]'")  # fmt: skip


def _feeds(config: Config) -> Iterator[Check]:
    """Feeds with a path on this machine."""
    for name, feed in config.feeds.items():
        if feed.path and "://" not in feed.path and not re.search(r"[*?\[{]", feed.path):
            there = Path(feed.path).exists()
            yield Check(
                f"feed {name}",
                there,
                feed.path,
                "" if there else f"papertide run --feed {name}=PATH",
            )
