"""What a run writes down and looks up costs as many requests in an old warehouse as in a young one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from unittest.mock import PropertyMock, patch

import pytest

from jobs.tables.ops import PUBLISHED, QUALITY, RUNS, STAGES
from storage import lease, ledger
from storage.soundness import check_ledger
from storage.warehouse import Warehouse
from tests.end_to_end.object_storage.store import BUCKET, Store

pytestmark = pytest.mark.slow

STAGES_A_RUN = 12
BORN = datetime(2024, 1, 1, tzinfo=UTC)


def note_stage(warehouse: Warehouse, number: int) -> None:
    """What one stage adds to the ledger."""
    run, stage = f"run-{number // STAGES_A_RUN}", f"stage-{number % STAGES_A_RUN}"
    at = BORN + timedelta(minutes=number)
    row = {"table": f"gold.{stage}", "sequence": number, "version": number, "rows": 7}
    ledger.append(warehouse, PUBLISHED, [{**row, "run_id": run, "stage": stage}])
    ledger.note_stages(
        warehouse,
        [{"run_id": run, "stage": stage, "started_at": at.isoformat(), "verdict": "passed"}],
        [{"run_id": run, "stage": stage, "table": row["table"], "expectation": "some_rows"}],
    )


def bookkeeping(warehouse: Warehouse, first: int) -> None:
    """What a run does with the ledger, from the note that it starts to the note that it is done."""
    with lease.hold(warehouse.root, warehouse.path(PUBLISHED), "run", 0.0):
        ledger.append(warehouse, RUNS, [{"run_id": "run", "state": "started", "at": BORN}])
        check_ledger(warehouse)
        lease.clear(warehouse.root)
        ledger.published(warehouse)
        ledger.fingerprints(warehouse)
        ledger.behind(warehouse)
        for number in range(first, first + STAGES_A_RUN):
            ledger.rows(warehouse, QUALITY)  # a gate looks at what earlier ones saw
            lease.check(warehouse.root)
            ledger.published(warehouse)
            note_stage(warehouse, number)
            ledger.published(warehouse)
        ledger.append(warehouse, RUNS, [{"run_id": "run", "state": "done", "at": BORN}])


@contextmanager
def as_in_a_store() -> Iterator[None]:
    """Write to a folder as to a store: a history of thousands is not sent by requests."""
    with patch.object(Warehouse, "is_local", new_callable=PropertyMock, return_value=False):
        yield


def test_a_run_costs_no_more_requests_however_long_the_ledger_is(store: Store) -> None:
    folder = Warehouse.at(str(store.bucket / "old"))
    away = Warehouse.at(f"s3://{BUCKET}/old")
    number, costs = 0, {}
    for entries in (10, 100, 1_000):
        with as_in_a_store():
            while number < entries:
                note_stage(folder, number)
                number += 1
        before = store.proxy.counts().requests
        bookkeeping(away, number)
        number += STAGES_A_RUN
        costs[entries] = store.proxy.counts().requests - before
    print(f"requests by entries in the ledger: {costs}")
    assert len(ledger.rows(away, STAGES)) == number
    assert len(ledger.published(away)) == STAGES_A_RUN
    assert max(costs.values()) <= 1.3 * min(costs.values()), costs
