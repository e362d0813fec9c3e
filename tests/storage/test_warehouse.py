"""The one writer of a warehouse, and who is told to be it."""

from __future__ import annotations

import fcntl
from pathlib import Path
from threading import Timer

import pytest

import storage.warehouse
from storage.errors import PapertideError
from storage.warehouse import Warehouse, one_writer


def test_a_run_is_told_to_write_for_as_long_as_it_holds_the_lock(tmp_path: Path) -> None:
    warehouse = Warehouse.at(str(tmp_path))
    assert warehouse.writer(tmp_path) is None
    with one_writer(warehouse, tmp_path, "first", 0):
        assert warehouse.writer(tmp_path) == "first"
        with (
            pytest.raises(PapertideError, match="another run is writing .* run first"),
            one_writer(warehouse, tmp_path, "second", 0),
        ):
            pass
    assert warehouse.writer(tmp_path) is None
    assert "first" in warehouse.lock_file(tmp_path).read_text()  # its process is still there


def test_who_asks_who_writes_holds_no_run_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.warehouse, "_LOOK_SECONDS", 60.0)  # for a machine that is busy
    warehouse = Warehouse.at(str(tmp_path))
    file = warehouse.lock_file(tmp_path)
    file.touch()
    with file.open() as asking:
        fcntl.flock(asking.fileno(), fcntl.LOCK_SH)
        Timer(0.3, fcntl.flock, [asking.fileno(), fcntl.LOCK_UN]).start()
        with one_writer(warehouse, tmp_path, "run", 0):
            assert warehouse.writer(tmp_path) == "run"
