"""What all tests share: one Spark session, and the real feeds where they are at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from pyspark.sql import SparkSession

from jobs.params import SessionSettings
from jobs.session import build_session, fit_to
from pipelines.flows import environment
from storage.home import home

environment.settle()
ROOT = Path(__file__).parent.parent
REAL_FEEDS = ROOT.parent / "shared" / "feeds"

# How long an example takes tells of the machine's other work, not of the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


# Rows that are at hand would be worked on while a query is planned, and no task would run.
_RULES = "org.apache.spark.sql.catalyst.optimizer"
_LEFT_OUT = f"{_RULES}.ConvertToLocalRelation,{_RULES}.PropagateEmptyRelation"


@pytest.fixture(scope="session")
def spark() -> SparkSession:
    """The session of all tests: two cores, Delta, made for the few rows that most of them have."""
    settings = SessionSettings(
        master="local[2]", spark={"spark.sql.optimizer.excludedRules": _LEFT_OUT}
    )
    spark = build_session(settings, home())
    fit_to(spark, settings, records=0)
    return spark


@pytest.fixture(autouse=True)
def nothing_cached(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has Spark keep goes with it: each query is compared with all that is kept."""
    yield
    if "spark" in request.fixturenames:
        request.getfixturevalue("spark").catalog.clearCache()


@pytest.fixture(scope="session")
def shared_feeds() -> Path:
    """The folder of real feeds beside the project."""
    if not REAL_FEEDS.is_dir():
        pytest.skip("no real feeds at ../shared/feeds")
    return REAL_FEEDS
