"""Doctor: what is missing is found before a run fails on it, with the command that brings it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from conf import load
from pipelines.commands import doctor
from pipelines.commands.doctor import Check, checks
from storage.home import home
from tests.jobs.people.ror_rows import list_of, organization

ALWAYS = ["python", "packages", "java", "jars", "model", "ror", "warehouse", "disk", "memory"]


def looked(
    tmp_path: Path, settings: Mapping[str, object] | None = None, at: Path | None = None
) -> dict[str, Check]:
    """What doctor finds, by name, with a warehouse of its own."""
    given = {"warehouse": tmp_path / "warehouse", **(settings or {})}
    overrides = [f"{key}={json.dumps(value, default=str)}" for key, value in given.items()]
    return {check.name: check for check in checks(load([], overrides), at or home())}


def test_on_a_prepared_machine_nothing_is_missing(tmp_path: Path) -> None:
    found = looked(tmp_path)
    assert list(found) == ALWAYS
    assert {name: check.todo for name, check in found.items() if not check.ok} == {}
    assert found["java"].found.split(",")[0] in {"11", "17"}
    assert found["warehouse"].found == f"{tmp_path / 'warehouse'}, 0 tables"


def test_looking_leaves_no_trace(tmp_path: Path) -> None:
    looked(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_in_an_empty_home_jars_and_model_are_missing(tmp_path: Path) -> None:
    found = looked(tmp_path, at=tmp_path)
    missing = {name: check.todo for name, check in found.items() if not check.ok}
    assert missing == {"jars": "make setup", "model": "papertide model"}
    assert found["jars"].found.endswith("missing")


def test_a_package_other_than_the_locked_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "pyspark==0.1 \\\n    --hash=sha256:00\nno-such-package==2\n    # via it\n"
        "of-another-system==3 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    monkeypatch.setattr(doctor, "LOCK", lock)
    found = looked(tmp_path)["packages"]
    assert not found.ok
    assert "instead of 0.1" in found.found
    assert "no-such-package missing instead of 2" in found.found
    assert found.todo == "rm -rf .venv && make setup"


def test_without_a_lock_packages_are_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "LOCK", tmp_path / "none")
    assert looked(tmp_path)["packages"] == Check("packages", True, "no lock to compare with")


def test_a_file_where_the_warehouse_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    found = looked(tmp_path, {"warehouse": tmp_path / "taken" / "warehouse"})["warehouse"]
    assert (found.ok, found.found) == (False, f"{tmp_path / 'taken'} is not a folder")
    assert found.todo == "papertide run --set warehouse=DIR"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_warehouse_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    found = looked(tmp_path, {"warehouse": tmp_path / "closed" / "warehouse"})["warehouse"]
    assert (found.ok, found.found) == (False, f"{tmp_path / 'closed'} cannot be written")


def test_a_master_is_asked_whether_it_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"spark://127.0.0.1:{server.getsockname()[1]}"
        assert looked(tmp_path, {"session.master": address})["master"].ok
    gone = looked(tmp_path, {"session.master": address})["master"]
    assert not gone.ok
    assert gone.todo == "papertide run --set 'session.master=local[*]'"


def test_a_feed_whose_path_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    found = looked(
        tmp_path,
        {
            "feeds.here": {"format": "papers", "path": tmp_path / "there"},
            "feeds.gone": {"format": "papers", "path": tmp_path / "gone"},
            "feeds.remote": {"format": "papers", "path": "s3a://bucket/papers"},
        },
    )
    assert found["feed here"].ok
    assert found["feed gone"] == Check(
        "feed gone", False, str(tmp_path / "gone"), "papertide run --feed gone=PATH"
    )
    assert "feed remote" not in found


def test_the_command_fails_and_says_what_to_do_when_something_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("papertide"), "doctor", "--format", "json"],
        cwd=tmp_path,
        env={**os.environ, "PAPERTIDE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    todo = {row["name"]: row["todo"] for row in json.loads(done.stdout) if not row["ok"]}
    assert todo == {"jars": "make setup", "model": "papertide model"}
    assert done.stderr == "papertide: not everything is there: see the column todo\n"


def test_the_list_of_organizations_may_be_missing_but_not_where_a_setting_names_it(
    tmp_path: Path,
) -> None:
    found = looked(tmp_path, at=tmp_path)["ror"]
    assert (found.ok, found.todo) == (True, "papertide setup --ror FILE")
    assert looked(tmp_path, {"institutions.match": False}, at=tmp_path)["ror"].todo == ""
    gone = looked(tmp_path, {"institutions.ror": tmp_path / "gone"}, at=tmp_path)["ror"]
    assert (gone.ok, gone.todo) == (False, "papertide setup --ror FILE")
    ror = list_of(tmp_path, organization(1, "Fern University"))
    there = looked(tmp_path, {"institutions.ror": ror.file}, at=tmp_path)["ror"]
    assert (there.ok, there.found) == (True, "v0.1, 1 organizations")
