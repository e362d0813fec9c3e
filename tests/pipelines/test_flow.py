"""The flow, before it opens a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.flows.flow import papertide
from storage.errors import PapertideError


def test_a_model_that_is_not_there_is_told_before_anything_is_done(tmp_path: Path) -> None:
    warehouse = tmp_path / "warehouse"
    settings = [f"warehouse={warehouse}", "embed.form=static", "embed.static_dimensions=9"]
    with pytest.raises(PapertideError, match=r"static-9 is not there\n.*papertide model"):
        papertide.fn({"papers": str(tmp_path)}, overrides=settings, environ={})
    assert not warehouse.exists()
