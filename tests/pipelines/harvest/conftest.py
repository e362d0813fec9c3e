"""The server and the time of the harvest tests."""

from __future__ import annotations

import logging
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


@pytest.fixture
def progress(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> pytest.LogCaptureFixture:
    """What is logged, whether or not a command of an earlier test sent it elsewhere."""
    monkeypatch.setattr(logging.getLogger("papertide"), "propagate", True)
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "papertide")
    return caplog
