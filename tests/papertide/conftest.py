"""One small warehouse for all tests of the readers' room."""

from __future__ import annotations

import pytest

import papertide
from papertide.reader import Reader
from tests.dashboard.rows import small


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The root of a warehouse that no test writes to."""
    return small(str(tmp_path_factory.mktemp("readers")))


@pytest.fixture(scope="session")
def wh(warehouse: str) -> Reader:
    """The same, opened."""
    return papertide.open(warehouse)
