"""What lies in the feeds' folders: one entry a file, without a look inside."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from fnmatch import translate
from pathlib import Path
from typing import NamedTuple

from pyarrow import fs

from jobs.feeds.core import Feed
from jobs.stores import is_uri, one_spelling, open_location

_DAY = re.compile(r"(?<![0-9])(\d{4})([-_.]?)(\d{2})\2(\d{2})(?![0-9])")
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
_ZONES = timedelta(days=1)  # a day begins earlier elsewhere
_WILD = re.compile(r"[*?\[{]")
_GLOB_PART = re.compile(r"\*\*/?|\*|\?|\[(?![!^]\])[^\]]+\]|\{[^{}]*\}|.", re.DOTALL)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class NoFilesError(Exception):
    """A feed's path does not exist, or cannot be listed."""


class File(NamedTuple):
    """A file of a feed.

    Attributes:
        feed: name of the feed. format: name of its reader.
        location: where it is: a path of this machine, or a URI.
        file: path under the feed's path.
        bytes: its size. modified_at: its last change, UTC.
        shown_on: the day the feed showed it. shown_basis: file name, received or modified.
        left_out: why it is not read; None of a file that is.
    """

    feed: str
    format: str
    location: str
    file: str
    bytes: int
    modified_at: datetime
    shown_on: date
    shown_basis: str
    left_out: str | None = None


def list_all(feeds: Mapping[str, tuple[Feed, str]], received: date | None) -> list[File]:
    """The files of all feeds (name → format and path) in order; as `list_files`."""
    return [
        file
        for name, (feed, path) in sorted(feeds.items())
        for file in list_files(name, feed, path, received)
    ]


def list_files(name: str, feed: Feed, path: str, received: date | None) -> list[File]:
    """The files of feed `name` under `path`, by name: a file, a folder (with all below) or a glob.

    Of a folder the files whose name matches one of the format's patterns; a file or a glob is taken
    as the person gave it, and what is there under its very name is no glob. Whatever else lies in a
    folder is listed as left out, with the reason: names of other endings, empty files, links that
    lead nowhere or out of the folder, links to folders, and names that begin with a dot, as
    programs name what they are not done with (a folder of that kind once, with all that is in it).
    The day shown is the date in the file's name,
    else `received`, else the day of its last change (UTC). `file` is the path under the folder; of
    a glob, under the folder before its wildcard.

    Raises:
        NoFilesError: nothing is there, or it cannot be listed.
    """
    system, root, pattern = _place(name, path)
    try:
        infos = list(_walk(system, root, pattern))
    except OSError as error:
        raise NoFilesError(f"feed {name}: {path} cannot be listed ({error})") from error
    if not infos and pattern:
        raise NoFilesError(f"feed {name}: there is nothing at {path}")
    name_form = re.compile(_patterns(feed), re.IGNORECASE) if not pattern else None
    base = root if _is_folder(system, root) else root.rpartition("/")[0]
    prefix = (
        ""
        if isinstance(system, fs.LocalFileSystem)
        else f"{one_spelling(path).partition('://')[0]}://"
    )
    files = []
    for info in sorted(infos, key=lambda info: info.path):
        is_named = info.path == root or not name_form or name_form.fullmatch(info.base_name)
        why = None if pattern or info.path == root else _why_not_followed(system, info, base)
        why = why or _why_left_out(info, base) or (None if is_named else _other_ending(feed))
        files.append(_file(name, feed, prefix, base, info, received)._replace(left_out=why))
    return files


def _why_not_followed(system: fs.FileSystem, info: fs.FileInfo, base: str) -> str | None:
    """Why a link in a folder of this machine is none to follow: what a folder holds is read, not
    what somebody made it point at.
    """
    if not isinstance(system, fs.LocalFileSystem) or not os.path.islink(info.path):
        return None
    if info.type == fs.FileType.NotFound:
        return "a link that leads nowhere"
    if not Path(info.path).resolve().is_relative_to(Path(base).resolve()):
        return "a link that leads out of the folder"
    if info.type == fs.FileType.Directory and not info.base_name.startswith("."):
        return "a link to a folder, which is read under its own name"
    return None


def _why_left_out(info: fs.FileInfo, base: str) -> str | None:
    below = info.path[len(base) :].lstrip("/")
    if info.type == fs.FileType.Directory:
        return "a hidden folder: its name begins with a dot"
    if info.type != fs.FileType.File:
        return "neither a file nor a folder"
    if any(part.startswith(".") for part in below.split("/")):
        return "a hidden file: its name begins with a dot"
    return "an empty file" if not info.size else None


def _other_ending(feed: Feed) -> str:
    return f"no file of format {feed.name} by its name: those are {', '.join(feed.files)}"


def _place(name: str, path: str) -> tuple[fs.FileSystem, str, re.Pattern[str] | None]:
    """File system, the path that is there, and the pattern of what is wanted below it."""
    try:
        system, whole = open_location(path if is_uri(path) else str(Path(path).absolute()))
    except (OSError, ValueError) as error:
        raise NoFilesError(f"feed {name}: {path} cannot be reached ({error})") from error
    wild = _WILD.search(whole)
    if _is_there(system, whole):
        return system, whole, None
    if not wild:
        raise NoFilesError(f"feed {name}: there is nothing at {path}")
    root = whole[: wild.start()].rpartition("/")[0]
    if not _is_folder(system, root):
        raise NoFilesError(f"feed {name}: there is nothing at {path}")
    try:
        return system, root, re.compile(_of_glob(whole))
    except re.error as error:
        raise NoFilesError(f"feed {name}: {path} is no pattern ({error})") from error


def _is_there(system: fs.FileSystem, path: str) -> bool:
    return bool(system.get_file_info(path).type != fs.FileType.NotFound)


def _is_folder(system: fs.FileSystem, path: str) -> bool:
    return bool(system.get_file_info(path).type == fs.FileType.Directory)


def _walk(
    system: fs.FileSystem, root: str, pattern: re.Pattern[str] | None
) -> Iterator[fs.FileInfo]:
    """What lies at or below `root`, but folders; of a pattern the files that match, none hidden.

    Of a hidden folder, and of a link to a folder, that alone.
    """
    if not _is_folder(system, root):
        yield system.get_file_info(root)
        return
    if pattern is None and isinstance(system, fs.LocalFileSystem):
        yield from system.get_file_info(_below(root))
        return
    for info in system.get_file_info(fs.FileSelector(root, recursive=True)):
        *folders, last = info.path[len(root) :].lstrip("/").split("/")
        is_hidden = last.startswith(".")
        if any(folder.startswith(".") for folder in folders):
            continue
        if info.type == fs.FileType.Directory and (pattern or not is_hidden):
            continue
        if pattern is None or (pattern.fullmatch(info.path) and not is_hidden):
            yield info


def _below(root: str) -> list[str]:
    """Files, links and hidden folders below a folder of this machine; no link is followed, for two
    that lead upward would never end.
    """
    paths: list[str] = []
    for folder, folders, names in os.walk(root):
        ends = {n for n in folders if n.startswith(".") or os.path.islink(os.path.join(folder, n))}
        folders[:] = [name for name in folders if name not in ends]
        paths += (os.path.join(folder, name) for name in (*names, *ends))
    return paths


def _of_glob(path: str) -> str:
    """A glob as a regular expression; what it finds may be a folder, with all below it."""
    parts = (_of_sign(match[0]) for match in _GLOB_PART.finditer(path))
    return f"{''.join(parts)}(?:/.*)?"


def _of_sign(sign: str) -> str:
    if sign.startswith("**"):
        return "(?:.*/)?" if sign.endswith("/") else ".*"
    if sign == "*":
        return "[^/]*"
    if sign == "?":
        return "[^/]"
    if len(sign) > 1 and sign[0] == "[":
        inner = sign[1:-1].replace("\\", "\\\\")
        return f"[{'^' + inner[1:] if inner[0] in '!^' else inner}]"
    if len(sign) > 1 and sign[0] == "{":
        return f"(?:{'|'.join(map(_of_glob_part, sign[1:-1].split(',')))})"
    return re.escape(sign)


def _of_glob_part(text: str) -> str:
    return "".join(_of_sign(match[0]) for match in _GLOB_PART.finditer(text))


def _file(
    name: str, feed: Feed, prefix: str, base: str, info: fs.FileInfo, received: date | None
) -> File:
    changed = info.mtime.astimezone(UTC) if info.mtime else _NEVER
    day_in_name = _day_in(info.base_name, changed.date())
    shown_on, basis = (
        (day_in_name, "file name") if day_in_name
        else (received, "received") if received
        else (changed.date(), "modified")
    )  # fmt: skip
    return File(
        feed=name,
        format=feed.name,
        location=prefix + info.path,
        file=info.path[len(base) :].lstrip("/"),
        bytes=info.size or 0,
        modified_at=changed,
        shown_on=shown_on,
        shown_basis=basis,
    )


def _patterns(feed: Feed) -> str:
    """The format's file patterns, each also with `.gz`, as one regular expression."""
    parts = (translate(pattern).removeprefix("(?s:").removesuffix(r")\Z") for pattern in feed.files)
    return f"(?s:{'|'.join(parts)})(?:\\.gz)?"


def _day_in(name: str, changed: date) -> date | None:
    """The first day in a file's name that can be one on which it was shown.

    Numbers of papers look like days: it is none before there were feeds, nor one after the file's
    last change, where that is known.
    """
    last = changed + _ZONES if changed >= _FIRST_DAY else _LAST_DAY
    for match in _DAY.finditer(name):
        with suppress(ValueError):  # no day of the calendar
            day = date(int(match[1]), int(match[3]), int(match[4]))
            if _FIRST_DAY <= day <= last:
                return day
    return None
