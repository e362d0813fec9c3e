"""The command line: exit statuses, and errors in words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from subprocess import run

import pytest

from jobs.tables.ops import RUNS
from pipelines.cli import main
from pipelines.setup import version
from storage import ledger
from storage.warehouse import Warehouse
from tests.dashboard.rows import paper, publish


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    told = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, told.out, told.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--feed", "hf-daily"], "expected NAME=PATH"),
        (["run", "--as-of", "yesterday"], "yesterday"),
        (["run", "--until", "never", "--feed", "papers=."], "never"),
        (["config", "--set", "no.such=1"], "no"),
        (["config", "--conf", "/no/such/file.yaml"], "/no/such/file.yaml"),
        (["tides"], "tides"),
    ],
)
def test_wrong_use_ends_with_two_and_says_what_is_wrong(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    status, out, err = called(capsys, *arguments)
    assert status == 2
    assert told in err
    assert "Traceback" not in err
    assert out == ""


def test_the_commands_that_look_need_no_warehouse(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    at = ("--set", f"warehouse={tmp_path / 'none'}")
    status, out, _ = called(capsys, "tables", *at)
    assert status == 0
    assert "silver.papers" in out
    for command, why in (
        ("runs", "nothing has run in"),
        ("quality", "nothing has run in"),
        ("quality --failed", "every expectation was met, or no gate has run"),
        ("quarantine", "nothing is in quarantine in"),
        ("quarantine --feed tides", "nothing with that feed, file or rule is in quarantine in"),
    ):
        status, out, err = called(capsys, *command.split(), *at)
        assert (status, out) == (0, "")
        assert why in err
    assert not (tmp_path / "none").exists()


def test_columns_are_told_with_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = called(capsys, "tables", "silver.papers", "--format", "csv")
    assert status == 0
    assert "paper_id" in out
    assert "never used for another paper" in out


def test_a_table_that_is_none_is_told_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, err = called(capsys, "history", "silver.tides")
    assert status in (1, 2)
    assert "silver.tides" in err
    assert "silver.papers" in err


@pytest.mark.parametrize(
    "arguments", [[], ["run"], ["harvest"], ["digest"], ["sql"], ["subscribers"], ["restore"]]
)
def test_help_fits_80_columns_with_nothing_cut_off(
    capsys: pytest.CaptureFixture[str], arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    status, out, _ = called(capsys, *arguments, "--help")
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert not [line for line in out.splitlines() if line.endswith("...") and "Usage" not in line]
    assert "%" not in out


def test_the_version_comes_with_the_commit_of_a_checkout(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = metadata.version("papertide")
    monkeypatch.setattr(version, "ROOT", tmp_path)
    assert called(capsys, "--version") == (0, f"papertide, version {number}\n", "")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org")
    run([*git, "init", "--quiet"], check=True)
    run([*git, "commit", "--quiet", "--allow-empty", "--message=tide"], check=True)
    head = run([*git, "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True)
    _, out, _ = called(capsys, "--version")
    assert out == f"papertide, version {number} (commit {head.stdout.strip()})\n"


def test_runs_are_listed_for_the_eye_and_whole_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    at = ("--set", f"warehouse={tmp_path}")
    begun = datetime(2026, 11, 29, 8, 2, 36, 123456, tzinfo=UTC)
    row = {
        "run_id": "20261129T080236-abcdef",
        "state": "started",
        "at": begun,
        "feeds": {"papers": "/data", "acl": "x"},
    }
    ledger.append(Warehouse.at(str(tmp_path)), RUNS, [row])
    _, out, _ = called(capsys, "runs", *at)
    _, line = out.splitlines()
    assert line.split() == ["20261129T080236-abcdef", "killed", "papers,", "acl"]
    _, out, _ = called(capsys, "runs", "--format", "json", *at)
    (told,) = json.loads(out)
    assert told["started"] == "2026-11-29T08:02:36.123456+00:00"
    assert told["feeds"] == {"papers": "/data", "acl": "x"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("silver.paprs", "silver.papers"),
        ("papers", "silver.papers"),
        ("gold.records", "silver.records"),
    ],
)
@pytest.mark.parametrize("command", [["tables"], ["history"], ["restore", "--version", "1"]])
def test_the_table_that_was_meant_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: list[str], name: str, meant: str
) -> None:
    status, _, err = called(capsys, *command, name, "--set", f"warehouse={tmp_path}")
    assert status == 2
    asked = err.partition("(did you mean ")[2].partition("?)")[0]
    assert meant in asked.split(" or ")


@pytest.fixture(scope="module")
def found_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A warehouse of three papers, of which two are neighbours."""
    root = str(tmp_path_factory.mktemp("found"))
    papers = [paper(f"p{n}", title, doi=f"10.1000/{n}") for n, title in
              enumerate(("Tides and moons", "The moon", "Grammars"))]  # fmt: skip
    near = {"paper_id": "p0", "rank": 1, "neighbor_id": "p1", "cosine": 0.5, "is_earlier": False}
    publish(root, {"silver.papers": papers, "gold.neighbors": [near]})
    return "--set", f"warehouse={root}"


def test_what_is_found_is_ranked_and_nothing_found_says_why(
    capsys: pytest.CaptureFixture[str], found_in: tuple[str, str]
) -> None:
    asked = ("search", "moons", "--by", "words", "--format", "json", *found_in)
    _, out, _ = called(capsys, *asked)
    rows = json.loads(out)
    assert [(row["rank"], row["paper_id"]) for row in rows] == [(1, "p1"), (2, "p0")]
    assert list(rows[0]) == ["rank", "paper_id", "title", "dated_on", "bm25"]
    status, out, err = called(capsys, "search", "xylophone", "--by", "words", *found_in)
    assert (status, out) == (0, "")
    assert "nothing was found" in err and "xylophone" in err
    status, _, err = called(capsys, "search", " ", *found_in)
    assert status == 2 and "the query is empty" in err


def test_neighbors_are_those_that_are_kept(
    capsys: pytest.CaptureFixture[str], found_in: tuple[str, str]
) -> None:
    _, out, err = called(capsys, "similar", "10.1000/0", "--n", "3", "--format", "json", *found_in)
    assert [(row["paper_id"], row["cosine"]) for row in json.loads(out)] == [("p1", 0.5)]
    assert "1 neighbors are kept: neighbors.per_paper" in err
    status, _, err = called(capsys, "similar", "p9", *found_in)
    assert status == 2 and "no paper has the id p9" in err


def test_where_nothing_is_published_search_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, err = called(capsys, "search", "tides", "--set", f"warehouse={tmp_path}")
    assert status == 1 and "papertide run" in err
