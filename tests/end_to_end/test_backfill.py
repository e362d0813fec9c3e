"""Days that are replayed in order, each as of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.tables.gold import SCORES
from jobs.tables.silver import PAPERS
from pipelines.cli import main
from tests.end_to_end.conftest import Called
from tests.end_to_end.processes import published


@pytest.mark.slow
def test_every_day_is_scored_as_of_it_from_what_was_shown_by_then(
    days: Path, called: Called, tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse"
    shown = sorted(file.stem for file in days.glob("*.jsonl*"))
    first, last = shown[-2][:10], shown[-1][:10]
    _, err = called("run", "--feed", f"papers={days}", "--set", f"warehouse={warehouse}",
                    "--from", first, "--to", last)  # fmt: skip
    told = [line for line in err.splitlines() if line.startswith("as of ")]
    assert told[0] == f"as of {first}"
    assert told[-1] == f"as of {last}"
    shown_on = {
        row["paper_id"]: row["first_shown_on"]
        for row in map(json.loads, published(warehouse, PAPERS))
    }
    scores = list(map(json.loads, published(warehouse, SCORES)))
    assert {row["as_of"] for row in scores} == {line.removeprefix("as of ") for line in told}
    assert all(shown_on[row["paper_id"]] <= row["as_of"] for row in scores)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "2024-03-02"), "--from and --to go together"),
        (("--from", "2024-03-02", "--to", "2024-03-01"), "is after"),
        (("--from", "2024-03-02", "--to", "2024-03-03", "--as-of", "2024-03-03"), "--as-of"),
    ],
)
def test_days_that_make_no_sense_are_told(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", *arguments])
    assert ended.value.code == 2
    assert told in capsys.readouterr().err
