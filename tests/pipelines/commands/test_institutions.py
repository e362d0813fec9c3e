"""Requirements of `papertide institutions why`: what runs would say of a text, without Java."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conf import load
from pipelines.commands.institutions import why
from storage.errors import PapertideError, UsageError
from tests.jobs.people.ror_rows import list_of, organization, ror_id
from tests.pipelines.test_cli import called


def test_a_text_is_explained_by_list_and_decisions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ror = list_of(tmp_path, organization(1, "Fern University", "Tarn, NO"))
    decided = tmp_path / "decided.csv"
    decided.write_text(f"affiliation,institution_id,note\nMoss Lab,{ror_id(1)},theirs\n")
    settings = ("--set", f"institutions.ror={ror.file}")
    status, out, _ = called(
        capsys, "institutions", "why", "Dept. of Peat, Fern University, Tarn, Norway",
        "--format", "json", *settings,
    )  # fmt: skip
    assert status == 0
    assert json.loads(out) == [
        {
            "name": "Fern University", "institution_id": ror_id(1), "country": "NO", "score": 1.0,
            "basis": "name", "evidence": "name 'Fern University'; country and town agree",
        }
    ]  # fmt: skip
    config = load([], [f"institutions.ror={ror.file}", f"institutions.decisions={decided}"], {})
    assert [(row["name"], row["basis"]) for row in why(config, "moss lab")] == [
        ("Fern University", "decision")
    ]
    assert why(config, "Peat Works")[0]["evidence"] == "no name of the list"


def test_without_list_and_decisions_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path))
    with pytest.raises(PapertideError, match="papertide setup --ror FILE"):
        why(load([], [], {}), "Fern University")
    decided = tmp_path / "decided.csv"
    decided.write_text("affiliation,institution_id,note\nx,y,\n")
    with pytest.raises(UsageError, match=r"decided\.csv: line 2: y is no ROR id"):
        why(load([], [f"institutions.decisions={decided}"], {}), "x")
    with pytest.raises(UsageError, match="cannot be read"):
        why(load([], [f"institutions.decisions={tmp_path / 'none'}"], {}), "x")
