"""Lineage: each stage that runs, as events of OpenLineage, for catalogs that collect them.

Nothing is sent unless OpenLineage's own variables say where to: OPENLINEAGE_URL, or a file named by
OPENLINEAGE_CONFIG. An event that is not taken holds up no run; it is the last of its run.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from conf.masked import mask_passwords
from jobs.tables.core import Table
from pipelines.engine.stage import Run, Stage
from storage.ledger import Publication
from storage.warehouse import Warehouse

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient

LOG = logging.getLogger("papertide")
VARIABLES = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")
NAMESPACE = "papertide"
PIPELINE = "pipeline"
"""The job that stages are parts of."""
_ERROR_LETTERS = 2_000
_GIVEN_UP: set[str] = set()  # runs with an event that was not taken: each waits for some seconds


@contextmanager
def reported(stage: Stage, run: Run) -> Iterator[None]:
    """Report that a stage starts, and that it has failed, or is complete with what it published."""
    if not any(os.environ.get(name) for name in VARIABLES):
        yield
        return
    read = dict(run.published)  # a stage may write what it reads
    _send(stage, run, "START", read)
    try:
        yield
    except BaseException as error:
        _send(stage, run, "FAIL", read, error)
        raise
    _send(stage, run, "COMPLETE", read)


def dataset(warehouse: Warehouse, table: Table) -> tuple[str, str]:
    """Namespace and name of a table, as OpenLineage names them: bucket, or file, and path."""
    scheme, _, place = mask_passwords(warehouse.path(table)).rpartition("://")
    if not scheme:
        return "file", os.path.abspath(place)
    bucket, _, path = place.partition("/")
    return f"{scheme}://{bucket}", path


def _send(
    stage: Stage,
    run: Run,
    state: str,
    read: Mapping[str, Publication],
    error: BaseException | None = None,
) -> None:
    if run.run_id in _GIVEN_UP:
        return
    try:
        _client().emit(_event(stage, run, state, read, error))
    except Exception as problem:  # whatever a server or its settings do
        _GIVEN_UP.add(run.run_id)
        LOG.warning("lineage: no more of this run is sent: %s", problem)


@lru_cache(maxsize=1)
def _client() -> OpenLineageClient:
    from openlineage.client import OpenLineageClient

    return OpenLineageClient()


def _event(
    stage: Stage,
    run: Run,
    state: str,
    read: Mapping[str, Publication],
    error: BaseException | None,
) -> Any:
    """An event; only a complete stage says which versions it wrote, and how many rows they have."""
    from openlineage.client import event_v2 as events
    from openlineage.client.facet_v2 import error_message_run, parent_run

    parent = parent_run.ParentRunFacet(
        parent_run.Run(_uuid(run)), parent_run.Job(NAMESPACE, PIPELINE)
    )
    text = mask_passwords(str(error))[:_ERROR_LETTERS]
    failure = error_message_run.ErrorMessageRunFacet(text, "Python")
    written = run.published if state == "COMPLETE" else {}
    facets = {"parent": parent, **({"errorMessage": failure} if error else {})}
    return events.RunEvent(
        eventTime=datetime.now(UTC).isoformat(),
        eventType=events.RunState[state],
        run=events.Run(_uuid(run, stage.name), facets),
        job=events.Job(NAMESPACE, f"{PIPELINE}.{stage.name}"),
        inputs=[
            events.InputDataset(
                *dataset(run.warehouse, table), facets=_version(read.get(table.name))
            )
            for table in stage.reads
        ],
        outputs=[
            _output(run.warehouse, output.table, written.get(output.table.name))
            for output in stage.writes
        ],
    )


def _uuid(run: Run, *parts: str) -> str:
    """The same for the same run, or stage of a run."""
    return str(uuid5(NAMESPACE_URL, "/".join((run.warehouse.root, run.run_id, *parts))))


def _output(warehouse: Warehouse, table: Table, written: Publication | None) -> Any:
    from openlineage.client import event_v2 as events
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics
    from openlineage.client.facet_v2 import schema_dataset

    fields = [
        schema_dataset.SchemaDatasetFacetFields(column.name, column.type, column.comment)
        for column in table.columns
    ]
    rows = written and statistics.OutputStatisticsOutputDatasetFacet(written.rows)
    return events.OutputDataset(
        *dataset(warehouse, table),
        {"outputStatistics": rows} if rows else {},
        facets={"schema": schema_dataset.SchemaDatasetFacet(fields), **_version(written)},
    )


def _version(published: Publication | None) -> dict[str, Any]:
    """The Delta version of a publication, if there is one."""
    from openlineage.client.facet_v2 import dataset_version_dataset

    if published is None:
        return {}
    return {"version": dataset_version_dataset.DatasetVersionDatasetFacet(str(published.version))}
