"""The second wall of readers: a process that can write nothing but its own temporary files.

The guard refuses what its rules know. Should it ever miss something, the kernel still refuses: by
Landlock (Linux 5.13 and later) the process, and the JVM and workers that it starts, lose the right
to write anywhere else. It needs no privilege, and nothing takes it back.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.engine.orphans import is_alive

# The same numbers on all machines (linux/landlock.h, asm-generic/unistd.h).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_WRITE_FILE = 1 << 1
# Removing and making of every kind, from remove_dir (4) to make_sym (12); then what later versions
# of the interface know: to move between folders (2), to truncate (3).
_MAKING = sum(1 << bit for bit in range(4, 13))
_LATER = {2: 1 << 13, 3: 1 << 14}


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


@contextmanager
def behind_wall(home: Path, files: Sequence[Path] = ()) -> Iterator[Path]:
    """A temporary folder, outside of which this process writes nothing but `files` from here on.

    It lies below `home`; what readers that were killed left there is removed. To be entered before
    threads and the JVM are started. Where the kernel knows no Landlock, the folder is all there is.
    """
    base = home / "readers"
    base.mkdir(parents=True, exist_ok=True)
    for left in base.iterdir():
        if not is_alive(left.name.partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base))
    for file in files:
        file.touch()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    _write_only([base, Path("/dev/shm")], [*files, Path("/dev")])
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_known() -> bool:
    """Whether this machine's kernel can hold the wall."""
    return _interface() > 0


def _interface() -> int:
    """The version of Landlock; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(_call(_CREATE_RULESET, None, 0, _VERSION), 0)


def _write_only(folders: Sequence[Path], files: Sequence[Path]) -> None:
    """Keep every right in `folders`, that to write what stands in or at `files`, no other."""
    version = _interface()
    if not version:
        return
    later = sum(bit for since, bit in _LATER.items() if version >= since)
    handled = _WRITE_FILE | _MAKING | later
    rules = _Ruleset(handled)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    truncating = _LATER[3] & later
    for place, rights in (
        *((folder, handled) for folder in folders),
        *((file, _WRITE_FILE | truncating) for file in files),
    ):
        with suppress(OSError):  # what is not there needs no right
            parent = os.open(place, os.O_PATH | os.O_CLOEXEC)
            beneath = _Beneath(rights, parent)
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(beneath), 0)
            os.close(parent)
    ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if _call(_RESTRICT_SELF, ruleset, 0):
        raise OSError("the kernel has Landlock, and refuses to use it")
    os.close(ruleset)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(number, *arguments))
