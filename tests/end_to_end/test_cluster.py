"""A real standalone cluster, a master and two workers, gives the tables of local mode."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.end_to_end.processes import DATA, call, standalone, state

pytestmark = pytest.mark.slow

MAY_BE_EMPTY = {
    "silver.quarantine", "silver.decisions", "silver.hot_blocks", "silver.paper_forwards",
    "silver.relations", "silver.references", "gold.citation_counts",
    "silver.erasures", "silver.affiliations", "silver.institutions", "gold.collaborations",
    "gold.trend_tests", "gold.bursts", "gold.forecasts",  # weeks are needed
}  # fmt: skip


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a master with two workers."""
    with standalone(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster.address


def test_a_cluster_without_small_tables_gives_those_of_local_mode(
    master: str, days: Path, whole_state: dict[str, list[str]], tmp_path: Path
) -> None:
    settings = {
        "session": {
            "master": master,
            "shuffle_partitions": 7,
            "few_records": 0,
            "spark": {"spark.executor.memory": "1g", "spark.driver.host": "127.0.0.1"},
        },
        "run": {"small_bytes": 0},
    }
    on_cluster = tmp_path / "cluster.yaml"
    on_cluster.write_text(yaml.safe_dump(settings))
    call("run", "--feed", f"papers={days}",
         "--set", f"warehouse={tmp_path / 'away'}", "--conf", on_cluster)  # fmt: skip

    away = state(tmp_path / "away")
    assert {table.name for table in DATA} - MAY_BE_EMPTY <= set(whole_state)
    assert sorted(away) == sorted(whole_state)
    for name, rows in whole_state.items():
        assert away[name] == rows, name
