"""The second wall: a process behind it writes nothing but its own temporary files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.sql.wall import is_known

ASKED = """
import os, subprocess, sys, tempfile
from pathlib import Path
from pipelines.sql.wall import behind_wall
home, warehouse = map(Path, sys.argv[1:])
with behind_wall(home, [home / "history"]) as folder:
    def tried(name, action):
        try:
            action()
        except OSError:
            print("refused", name)
        else:
            print("done", name)
    tried("make", lambda: (warehouse / "new").write_text("x"))
    tried("change", lambda: (warehouse / "file").write_text("x"))
    tried("shorten", lambda: os.truncate(warehouse / "file", 0))
    tried("remove", lambda: (warehouse / "file").unlink())
    tried("rename", lambda: (warehouse / "file").rename(warehouse / "other"))
    tried("folder", lambda: (warehouse / "more").mkdir())
    tried("link", lambda: (folder / "file").hardlink_to(warehouse / "file"))
    tried("home", lambda: (home / "jar").write_text("x"))
    def child():
        if subprocess.call(["sh", "-c", f"echo x > {warehouse}/file"], stderr=subprocess.DEVNULL):
            raise OSError
    tried("child", child)
    tried("read", lambda: (warehouse / "file").read_text())
    tried("history", lambda: (home / "history").write_text("x"))
    tried("temporary", lambda: tempfile.NamedTemporaryFile().close())
"""


@pytest.mark.skipif(not is_known(), reason="this kernel knows no Landlock")
def test_only_temporary_files_and_the_named_ones_can_be_written(tmp_path: Path) -> None:
    home, warehouse = tmp_path / "home", tmp_path / "w"
    warehouse.mkdir()
    (warehouse / "file").write_text("as it was")
    left = home / "readers" / "999999999-killed"
    left.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", ASKED, str(home), str(warehouse)],
        capture_output=True, text=True, check=True, env={**os.environ},
    )  # fmt: skip
    told = {name: end for end, name in map(str.split, done.stdout.splitlines())}
    may = {"read", "history", "temporary"}
    assert {name for name, end in told.items() if end == "done"} == may, told
    assert len(told) == len(may) + 9
    assert (warehouse / "file").read_text() == "as it was"
    assert list((home / "readers").iterdir()) == []  # what a killed reader left is gone too
