"""The server and the time of the harvest tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipelines.harvest.serving import Service, Time


@pytest.fixture
def service() -> Iterator[Service]:
    """A server of its own for each test."""
    service = Service()
    yield service
    service.close()


@pytest.fixture
def time() -> Time:
    """Time that passes only where somebody sleeps."""
    return Time()
