"""A store that fails for a while leaves a warehouse no other than one that does not."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.tables.ops import PUBLISHED, QUALITY, STAGES
from storage import ledger
from storage.warehouse import Warehouse
from tests.end_to_end.object_storage.store import BUCKET, Store, without_times
from tests.end_to_end.processes import call, start, state

pytestmark = pytest.mark.slow

FAILING_SECONDS = 60.0
LAST = "papers"
ROOT = f"s3://{BUCKET}/failing"


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 900
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_store_that_fails_for_a_while_leaves_nothing_and_loses_nothing(
    store: Store, days: Path, tmp_path: Path
) -> None:
    """It refuses, is silent, or does what it is asked and its answer is lost, by turns."""
    feed = store.bucket / "failing-feed"
    shutil.copytree(days, feed)
    command = ("run", "--feed", f"papers=s3://{BUCKET}/failing-feed", "--until", LAST,
               "--conf", store.folder / "s3.yaml", "--set", f"warehouse={ROOT}")  # fmt: skip
    run = start(*command)
    wait_until((store.bucket / "failing" / "silver" / "records" / "_delta_log").is_dir)
    store.proxy.fail_for(FAILING_SECONDS)
    told = [run.communicate(timeout=1800)[1]]
    assert store.proxy.counts().failed > 0
    while run.returncode != 0:
        assert len(told) < 3, told  # noqa: PLR2004 - one more may find the store failing still
        run = start(*command)
        told.append(run.communicate(timeout=1800)[1])
    print(len(told), store.proxy.counts(), "\n".join(told))

    undisturbed = tmp_path / "undisturbed"
    call("run", "--feed", f"papers={days}", "--until", LAST, "--set", f"warehouse={undisturbed}")
    there, expected = state(ROOT), state(undisturbed)
    assert sorted(there) == sorted(expected)
    for name, rows in expected.items():
        assert without_times(there[name]) == without_times(rows), name
    staged = (store.bucket / "failing" / "_staging").rglob("*")
    assert [path for path in staged if path.is_file()] == []
    house = Warehouse.at(ROOT)
    for table, key in (
        (PUBLISHED, ("table", "sequence")),
        (STAGES, ("run_id", "stage")),
        (QUALITY, ("run_id", "stage", "table", "expectation")),
    ):
        noted = Counter(tuple(row[name] for name in key) for row in ledger.rows(house, table))
        assert [one for one, times in noted.items() if times > 1] == [], table.name
