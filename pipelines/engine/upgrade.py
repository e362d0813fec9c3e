"""Upgrade: a warehouse that an earlier version wrote takes the columns and comments of this one.

A column more is added to the Delta table, empty, and its stage fills it at the next run: what a
stage writes belongs to its fingerprint. Rows, ids and history stay. A column that is no longer
declared stays where it is, and readers do not see it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from deltalake import CommitProperties, DeltaTable, Field
from deltalake.exceptions import TableNotFoundError

from conf import Config
from jobs.tables.catalog import TABLES
from jobs.tables.core import Table
from jobs.tables.ops import PUBLISHED
from jobs.tables.ops import TABLES as LEDGER
from pipelines.engine.orphans import check_finished
from storage import ledger
from storage.delta_log import open_delta
from storage.delta_schema import delta_schema
from storage.errors import PapertideError
from storage.home import home
from storage.warehouse import Warehouse, one_writer

Row = dict[str, Any]


def upgrade(config: Config) -> list[Row]:
    """Upgrade every table of a warehouse, outside of a run, which does it by itself.

    Returns:
        A row a table that changed: table, added (columns), comments (that changed).

    Raises:
        PapertideError: a run is writing or has left work, or a column has another type.
    """
    warehouse = Warehouse.at(config.warehouse)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    with one_writer(warehouse, home(), run_id, config.run.wait_seconds):
        check_finished(warehouse)
        return upgrade_tables(warehouse, run_id)


def upgrade_tables(
    warehouse: Warehouse, run_id: str, tables: Iterable[Table] = TABLES
) -> list[Row]:
    """As `upgrade`, for the writer itself; the ledger's tables come first, others need them."""
    order = sorted(tables, key=lambda table: table not in LEDGER)
    there = [(table, delta) for table in order if (delta := _open(warehouse, table))]
    _check_types(there)
    return [row for table, delta in there if (row := _upgrade(warehouse, table, delta, run_id))]


def lacking(warehouse: Warehouse, table: Table) -> list[str]:
    """Columns that are declared and not in the table, which an earlier version wrote."""
    delta = _open(warehouse, table)
    return [field.name for field in _missing(table, delta)] if delta else []


def _open(warehouse: Warehouse, table: Table) -> DeltaTable | None:
    try:
        return open_delta(warehouse.path(table))
    except TableNotFoundError:
        return None


def _missing(table: Table, delta: DeltaTable) -> list[Field]:
    known = {field.name for field in delta.schema().fields}
    return [field for field in delta_schema(table).fields if field.name not in known]


def _check_types(tables: Iterable[tuple[Table, DeltaTable]]) -> None:
    """Nothing is changed unless everything can be taken over."""
    wrong = []
    for table, delta in tables:
        declared = {field.name: _type(field) for field in delta_schema(table).fields}
        wrong += [
            f"{table.name}.{field.name}\n    there {_type(field)}\n    here  {declared[field.name]}"
            f"\n    to have its stage fill it again: papertide repair {table.name} --rebuild"
            for field in delta.schema().fields
            if field.name in declared and _type(field) != declared[field.name]
        ]
    if wrong:
        listing = "\n  ".join(wrong)
        raise PapertideError(
            f"columns have another type than in the version that wrote them:\n  {listing}"
        )


def _type(field: Field) -> str:
    """A field's type, as SQL has it."""
    return _in_sql(json.loads(field.to_json())["type"])


def _in_sql(spec: Any) -> str:
    if isinstance(spec, str):
        return spec
    if spec["type"] == "array":
        return f"array<{_in_sql(spec['elementType'])}>"
    if spec["type"] == "map":
        return f"map<{_in_sql(spec['keyType'])},{_in_sql(spec['valueType'])}>"
    fields = (f"{field['name']}:{_in_sql(field['type'])}" for field in spec["fields"])
    return f"struct<{','.join(fields)}>"


def _upgrade(warehouse: Warehouse, table: Table, delta: DeltaTable, run_id: str) -> Row | None:
    note = json.dumps({"run": run_id, "stage": ledger.UPGRADE})
    properties = CommitProperties({"userMetadata": note})
    missing = _missing(table, delta)
    before = {field.name: field for field in delta.schema().fields}
    if missing:
        delta.alter.add_columns(missing, commit_properties=properties)
    changed = [
        field
        for field in delta_schema(table).fields
        if field.name in before and before[field.name].metadata != field.metadata
    ]
    for field in changed:
        delta.alter.set_column_metadata(field.name, field.metadata, commit_properties=properties)
    if not missing and not changed:
        return None
    if table not in LEDGER:
        _publish(warehouse, table, run_id)
    return {
        "table": table.name,
        "added": [field.name for field in missing],
        "comments": [field.name for field in changed],
    }


def _publish(warehouse: Warehouse, table: Table, run_id: str) -> None:
    """Readers see the same rows at the version that has the columns."""
    publication = ledger.published(warehouse).get(table.name)
    if publication is not None:
        row = {
            "table": table.name,
            "sequence": publication.sequence + 1,
            "version": ledger.version(warehouse, table),
            "rows": publication.rows,
            "run_id": run_id,
            "stage": ledger.UPGRADE,
            "published_at": datetime.now(UTC),
        }
        ledger.append(warehouse, PUBLISHED, [row])
