"""The landing folder: files come whole or not at all, and none is ever overwritten.

The names are made here, of the day and a number; nothing of them comes from a source. All that is
not a landed file begins with a dot, which readers of the folder pass over.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path

from storage.errors import PapertideError, UsageError

_UNFINISHED = ".harvest.part"


@contextmanager
def open_folder(feed: str, path: str | None) -> Iterator[Path]:
    """The feed's landing folder, made if it is not there, held as its only writer.

    The lock ends with the process, however that ends; so do files that were not finished.

    Raises:
        UsageError: the feed's path is not a folder of this machine.
        PapertideError: another harvest holds it.
    """
    if path is None:
        raise UsageError(
            f"feed {feed} has no folder for what is harvested\n"
            f"  name one: --set feeds.{feed}.path=FOLDER, or in a settings file"
        )
    folder = Path(path)
    if "://" in path or (folder.exists() and not folder.is_dir()) or _is_glob(folder):
        raise UsageError(
            f"feed {feed}: {path} is no folder of this machine; harvested files land in one"
        )
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PapertideError(f"another harvest is writing to {folder}; let it end") from error
        (folder / _UNFINISHED).unlink(missing_ok=True)
        yield folder
    finally:
        os.close(descriptor)


def write(file: Path, content: bytes) -> None:
    """Put `content` at `file`, in place of what was there; whole or not at all."""
    unfinished = _write_hidden(file.parent, content)
    unfinished.replace(file)
    _settle(file.parent)


def land(folder: Path, day: date, suffix: str, content: bytes, *, one_page: bool) -> Path:
    """Put `content` into the folder as a new file named by the day; returns it.

    The pages of a day are numbered from 1; a list that is one page is named by the day alone, and
    numbered from 2 where a file of the day lies there already.
    """
    unfinished = _write_hidden(folder, content)
    numbers = [_number(file, day) for file in of_day(folder, day, suffix)]
    for number in count(max(numbers, default=0) + 1):
        plain = one_page and number == 1
        file = folder / (f"{day}.{suffix}" if plain else f"{day}_{number:04d}.{suffix}")
        try:
            os.link(unfinished, file)  # unlike a rename it does not replace what is there
        except FileExistsError:
            continue
        break
    unfinished.unlink()
    _settle(folder)
    return file


def of_day(folder: Path, day: date, suffix: str) -> list[Path]:
    """The files of a day that have landed, in their order."""
    files = [file for file in folder.iterdir() if _number(file, day) and file.suffix[1:] == suffix]
    return sorted(files, key=lambda file: _number(file, day))


def _number(file: Path, day: date) -> int:
    """The number of a landed file of the day; 0: it is none."""
    match = re.fullmatch(rf"{day}(?:_(\d{{4,}}))?\.\w+", file.name)
    return int(match[1] or 1) if match else 0


def _is_glob(folder: Path) -> bool:
    return not folder.exists() and bool(re.search(r"[*?\[{]", str(folder)))


def _write_hidden(folder: Path, content: bytes) -> Path:
    """`content` in a hidden file beside its place, on the disk and not only on its way there."""
    unfinished = folder / _UNFINISHED
    with unfinished.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return unfinished


def _settle(folder: Path) -> None:
    """The folder's own entries on the disk as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
