"""A small stage alone, again and again, as a process: it takes the lease, publishes, tells.

Each line of its input is the number of a publication, which it tries to make. It answers with lines
of its own: `holds` when it has taken the lease, and in the end what became of it.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pyarrow as pa

from jobs.stores import open_location
from jobs.tables.core import Column, Table
from jobs.tables.ops import PUBLISHED
from pipelines.engine import small
from pipelines.engine.stage import Mode, Output
from storage import lease, ledger
from storage.errors import PapertideError
from storage.warehouse import Warehouse

TIDES = Table(
    name="gold.tides",
    grain="a tide",
    key=("tide",),
    columns=(Column("tide", "bigint", "number"), Column("told_by", "string", "run")),
)
DONE = "published"
SILENT_SECONDS = 4.0


def publish(warehouse: Warehouse, run: str, number: int) -> str:
    """What became of publication `number`; as many tides as that, each told by this run.

    As a stage does it: the intent comes first, and who finds one of another run finishes it.
    """
    with lease.hold(warehouse.root, warehouse.path(PUBLISHED), run, wait_seconds=120.0):
        tell("holds")
        store, folder = open_location(warehouse.staging("tides"))
        intent = f"{folder}/intent"
        if store.get_file_info(intent).is_file:
            with store.open_input_stream(intent) as file:
                found, _, others = file.read().decode().partition(" ")
            put(warehouse, others, int(found))
            store.delete_file(intent)
        if sequence(warehouse) >= number:
            return f"another run has published {number}"
        with store.open_output_stream(intent) as file:
            file.write(f"{number} {run}".encode())
        put(warehouse, run, number)
        store.delete_file(intent)
    return DONE


def put(warehouse: Warehouse, run: str, number: int) -> None:
    """Write the rows and make them visible, if they are not yet."""
    if sequence(warehouse) >= number:
        lease.check(warehouse.root)
        return
    rows = pa.table({"tide": range(number), "told_by": [run] * number})
    note = {"run": run, "stage": "tides"}
    version = small.publish(warehouse, Output(TIDES, Mode.REPLACE), rows, number, note)
    row = {"table": TIDES.name, "sequence": number, "version": version, "rows": number}
    row |= {"run_id": run, "stage": "tides", "published_at": datetime.now(UTC)}
    ledger.append(warehouse, PUBLISHED, [row])


def sequence(warehouse: Warehouse) -> int:
    """Number of the last publication that readers see."""
    before = ledger.published(warehouse).get(TIDES.name)
    return before.sequence if before else 0


def tell(text: str) -> None:
    print(text.replace("\n", " "), flush=True)


def main() -> None:
    root, name = sys.argv[1:]
    lease.SILENT_SECONDS, lease._RENEWED_SECONDS = SILENT_SECONDS, SILENT_SECONDS / 4
    tell("ready")
    for line in sys.stdin:
        try:
            tell(publish(Warehouse.at(root), f"{name}-{int(line)}", int(line)))
        except PapertideError as error:
            tell(str(error))


if __name__ == "__main__":
    main()
