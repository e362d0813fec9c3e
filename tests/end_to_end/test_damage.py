"""Damage of every kind, as every reader and the next run tell it; the way back, and nothing lost."""

from __future__ import annotations

import ctypes
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import time_machine
from pyspark.sql import SparkSession
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from pipelines.cli import main
from pipelines.sql import wall
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import PAPERTIDE, sample, state

pytestmark = pytest.mark.slow

PLAIN = re.compile(r"\b(?:java|org|io|scala|py4j)\.\w+|Exception|Traceback|\bo\d+\.|Kernel error")
QUERY = "select count(title) as papers, max(title) as last from silver.papers"
READERS = ("tables", "doctor", "dashboard", "sql")
# linux/prctl.h, linux/capability.h: to write and to read whatever the rights of a file say.
_DROP_FROM_BOUNDING_SET, _OVERRIDING = 24, (1, 2)
_NOBODY = 65534


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A feed of some days, and the same with a day more."""
    folder = tmp_path_factory.mktemp("feed")
    whole = sample(folder / "whole", papers=60, days=6)
    shutil.copytree(whole, folder / "first")
    max((folder / "first").glob("*.jsonl")).unlink()
    return folder / "first", whole


@pytest.fixture(scope="module")
def finished(
    feeds: tuple[Path, Path], flow: Flow, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A warehouse of the first days; it is copied for each case."""
    warehouse = tmp_path_factory.mktemp("finished") / "warehouse"
    flow(warehouse, {"papers": feeds[0]}, until="papers")
    return warehouse


@pytest.fixture(scope="module")
def undisturbed(
    feeds: tuple[Path, Path], finished: Path, flow: Flow, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str]]:
    """What stands in the tables after a run of the day more that nothing disturbed."""
    warehouse = tmp_path_factory.mktemp("undisturbed") / "warehouse"
    shutil.copytree(finished, warehouse)
    flow(warehouse, {"papers": feeds[1]}, until="papers")
    return state(warehouse)


@pytest.fixture
def house(finished: Path, tmp_path: Path) -> Path:
    warehouse = tmp_path / "warehouse"
    shutil.copytree(finished, warehouse)
    return warehouse


@pytest.fixture
def told(
    feeds: tuple[Path, Path],
    harness: None,
    spark: SparkSession,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tuple[int, str]]:
    """The exit status of a command over a warehouse, and what it says."""
    # The wall would hold for all of this process.
    monkeypatch.setattr(wall, "behind_wall", lambda home, files: _folder(tmp_path))

    def called(command: str, warehouse: Path, *settings: str) -> tuple[int, str]:
        capsys.readouterr()
        logging.getLogger("papertide").handlers.clear()  # they write where the last call did
        if command == "dashboard":
            return page(str(warehouse))
        with pytest.raises(SystemExit) as ended:
            asked = ARGUMENTS.get(command, [command])
            main([*asked, *overrides(command, feeds[1], warehouse, *settings)])
        return int(ended.value.code or 0), "".join(capsys.readouterr())

    return called


ARGUMENTS = {
    "sql": ["sql", QUERY],
    "tables": ["tables", "--format", "json"],
    "doctor": ["doctor", "--format", "json"],
}


def overrides(command: str, feed: Path, warehouse: Path, *settings: str) -> list[str]:
    of_run = ["--feed", f"papers={feed}", "--until", "papers", "--set", "run.retries=0"]
    named = [part for setting in settings for part in ("--set", setting)]
    return [*(of_run if command == "run" else []), "--set", f"warehouse={warehouse}", *named]


@contextmanager
def _folder(folder: Path) -> Iterator[Path]:
    yield folder


def script(root: str) -> None:
    """What Streamlit runs; it takes the text of this function alone."""
    from conf.model import DashboardConf
    from dashboard.app import main
    from jobs.params import EmbedSettings

    main(root, EmbedSettings(form="static"), DashboardConf())


def page(root: str) -> tuple[int, str]:
    """What the dashboard's search says of damage; 1 where it fails."""
    set_log_level("ERROR")  # it warns of each thing that only a browser has
    app = AppTest.from_function(script, args=(root,), default_timeout=60)
    app._page_hash = calc_hash("search")
    app.query_params["q"] = "a"
    app.run()
    told = [str(each.value) for kind in (app.error, app.caption) for each in kind]
    failed = [str(each.value) for each in app.exception]
    return int(bool(failed or app.error)), "\n".join([*failed, *told]).replace("\\", "")


def one_file(warehouse: Path) -> Path:
    return max((warehouse / "silver/papers").glob("*.parquet"), key=lambda f: f.stat().st_size)


def cut(warehouse: Path) -> None:
    os.truncate(one_file(warehouse), one_file(warehouse).stat().st_size - 100)


def missing(warehouse: Path) -> None:
    one_file(warehouse).unlink()


def changed(warehouse: Path) -> None:
    """Half of the bytes of the titles, so that the file keeps its size."""
    file = one_file(warehouse)
    row_group = pq.ParquetFile(file).metadata.row_group(0)
    columns = [row_group.column(number) for number in range(row_group.num_columns)]
    (titles,) = [column for column in columns if column.path_in_schema == "title"]
    begin = titles.dictionary_page_offset or titles.data_page_offset
    size = titles.total_compressed_size
    content = bytearray(file.read_bytes())
    place = slice(begin + size // 4, begin + 3 * size // 4)
    content[place] = bytes(byte ^ 0xFF for byte in content[place])
    file.write_bytes(content)


def garbled(warehouse: Path) -> None:
    max((warehouse / "silver/papers/_delta_log").glob("*.json")).write_text('{"add": {')


def garbled_ledger(warehouse: Path) -> None:
    max((warehouse / "ops/published/_delta_log").glob("*.json")).write_text('{"add": {')


# What spoils a warehouse, the table that is named, and what is said of it.
DAMAGE: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "cut file": (cut, "silver.papers", r"part-.*parquet (has [\d,]+ bytes|is cut)"),
    "changed file": (changed, "silver.papers", r"part-.*parquet (has changed within|is cut)"),
    "missing file": (missing, "silver.papers", r"part-.*parquet is missing"),
    "garbled log": (garbled, "silver.papers", r"_delta_log/0+\d+\.json is (no JSON|cut|garbled)"),
    "garbled ledger": (garbled_ledger, "ops.published", r"_delta_log/0+\d+\.json|its log is garbled"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_told_by_all_and_put_right(
    house: Path, undisturbed: dict[str, list[str]], told: Any, kind: str
) -> None:
    spoil, table, what = DAMAGE[kind]
    spoil(house)
    for command in ("run", *READERS):
        status, said = told(command, house)
        print(f"{kind} | {command} | {status} | {said}")
        # A file of the right size is opened by those alone who need its rows.
        is_silent = kind == "changed file" and command in ("tables", "doctor")
        is_table = command == "tables" and table != "ops.published"
        assert (status == 0) == (is_silent or is_table), (command, said)
        if is_silent:
            continue
        assert table in said and re.search(what, said), (command, said)
        assert command == "tables" or f"papertide repair {table}" in said, (command, said)
        assert not PLAIN.search(said), (command, said)
    with pytest.raises(SystemExit) as ended:
        main(["repair", table, "--set", f"warehouse={house}"])
    assert not ended.value.code
    assert told("run", house)[0] == 0
    assert told("doctor", house)[0] == 0
    assert state(house) == undisturbed


@contextmanager
def full(folder: Path, kib: int) -> Iterator[None]:
    """A folder on a disk of its own, with what was in it and with `kib` KiB of free space."""
    aside = folder.with_name(f"{folder.name}-aside")
    if folder.exists():
        shutil.move(folder, aside)
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount")
    try:
        if aside.exists():
            shutil.copytree(aside, folder, dirs_exist_ok=True)
            shutil.rmtree(aside)
        free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        (folder / "filler").write_bytes(b"\0" * (free - kib * 1024))
        yield
    finally:
        (folder / "filler").unlink(missing_ok=True)
        shutil.copytree(folder, aside)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
        shutil.move(aside, folder)


# Where the disk is full, how much is left there, the settings, and the table that is named.
FULL = {
    "staging": ("_staging", 8, [], r""),
    "publish": ("silver", 8, [], r"silver\.\w+"),
    "publish by Spark": ("silver", 8, ["run.small_bytes=0"], r"silver\.\w+"),
    "ledger": ("ops", 0, [], r"ops\.\w+"),
}


@pytest.mark.parametrize("place", FULL)
def test_a_full_disk_is_told_and_nothing_is_lost(
    house: Path, undisturbed: dict[str, list[str]], told: Any, place: str
) -> None:
    folder, kib, settings, table = FULL[place]
    before = state(house)
    with full(house / folder, kib):
        status, said = told("run", house, *settings)
        print(f"full {place} | run | {status} | {said}")
        assert status == 1
        assert "the disk is full" in said and "papertide run goes on" in said, said
        assert re.search(table, said) and not PLAIN.search(said), said
        for command in ("tables", "sql", "dashboard"):
            status, said = told(command, house)
            assert status == 0, (command, said)
        kept = {name: rows for name, rows in before.items() if name.startswith("silver")}
        assert {name: state(house)[name] for name in kept} == kept
    assert told("run", house)[0] == 0
    assert state(house) == undisturbed


def test_a_clock_that_is_a_day_back_loses_nothing(
    house: Path, undisturbed: dict[str, list[str]], told: Any
) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(days=1)):
        for command in ("run", *READERS):
            status, said = told(command, house)
            print(f"clock | {command} | {status} | {said}")
            assert status == 0, (command, said)
            assert not PLAIN.search(said), (command, said)
    assert state(house) == undisturbed
    assert "nothing changed" in told("run", house)[1]


def without_privilege() -> None:
    """Have root's next program keep to the rights of files, as other users' programs do."""
    for capability in _OVERRIDING:
        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, capability, 0, 0, 0)


def read_only(warehouse: Path) -> None:
    subprocess.run(["chmod", "-R", "a-w", str(warehouse)], check=True)


def of_another(warehouse: Path) -> None:
    if os.geteuid():
        pytest.skip("only root gives files away")
    subprocess.run(["chmod", "-R", "go-rwx", str(warehouse)], check=True)
    subprocess.run(["chown", "-R", str(_NOBODY), str(warehouse)], check=True)


# What is done to the folder, who still reads it, and what the others say.
CLOSED: dict[str, tuple[Callable[[Path], None], tuple[str, ...], str]] = {
    "read-only folder": (read_only, ("tables", "dashboard", "sql"), r"not allowed to use|be written"),
    "wrong owner": (of_another, (), r"not allowed to use|may not be read|be written"),
}  # fmt: skip


@pytest.mark.parametrize("kind", CLOSED)
def test_a_closed_folder_is_told_and_nothing_is_lost(
    house: Path, feeds: tuple[Path, Path], undisturbed: dict[str, list[str]], told: Any, kind: str
) -> None:
    close, readers, what = CLOSED[kind]
    before = state(house)
    close(house)
    try:
        for command in ("run", *READERS):
            asked = [str(PAPERTIDE), *ARGUMENTS.get(command, [command]),
                     *overrides(command, feeds[1], house)]  # fmt: skip
            if command == "dashboard":
                told_by = (
                    f"from {__name__} import page; s, t = page({str(house)!r}); print(t); exit(s)"
                )
                asked = [sys.executable, "-c", told_by]
            done = subprocess.run(
                asked, capture_output=True, text=True, check=False, preexec_fn=without_privilege
            )
            said = done.stdout + (done.stderr if command != "dashboard" else "")
            print(f"{kind} | {command} | {done.returncode} | {said}")
            assert (done.returncode == 0) == (command in readers), (command, said)
            assert command in readers or re.search(what, said), (command, said)
            assert not PLAIN.search(said), (command, said)
    finally:
        subprocess.run(["chown", "-R", str(os.geteuid()), str(house)], check=True)
        subprocess.run(["chmod", "-R", "u+w", str(house)], check=True)
    assert state(house) == before
    assert told("run", house)[0] == 0
    assert state(house) == undisturbed
