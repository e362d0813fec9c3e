"""One small warehouse for all tests of the page."""

from __future__ import annotations

import pytest

from tests.dashboard.rows import small


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The root of a warehouse that no test writes to."""
    return small(str(tmp_path_factory.mktemp("house")))
