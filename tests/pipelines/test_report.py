"""Requirements of the report at the end of a run, on reports made by hand."""

from __future__ import annotations

import pytest

from pipelines.flows.report import Report, summary


@pytest.mark.parametrize(
    ("count", "heading", "shown"), [(1, "1 file", 1), (2, "2 files", 2), (1_234, "1,234 files", 10)]
)
def test_files_left_out_are_counted_and_the_first_are_named(
    count: int, heading: str, shown: int
) -> None:
    left_out = tuple((f"own/{place}.txt", "an empty file") for place in range(count))
    lines = summary(Report("r", "w", (), None, left_out)).splitlines()
    assert lines[0] == f"left out  {heading}"
    assert lines[1 : shown + 1] == [f"  {name}: {why}" for name, why in left_out[:shown]]
    assert any("and 1,224 more" in line for line in lines) == (count > shown)
