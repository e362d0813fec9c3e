"""The gate of a small table: its rows as pandas and Arrow, its SQL asked of DuckDB.

Great Expectations' pandas engine lacks the metrics of SQL expectations; here they are, for the SQL
that Spark and DuckDB both speak.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import duckdb
from great_expectations.execution_engine import PandasExecutionEngine, SparkDFExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

BATCH, SEEN = "staged", "published"
"""Names of the staged and the published rows in the gate's SQL."""

_QUERY = "unexpected_rows_query"
_ASKED: ContextVar[duckdb.DuckDBPyConnection] = ContextVar("asked")


@contextmanager
def asking(tables: Mapping[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to DuckDB that knows Arrow tables and data sets by name; gates ask it, too."""
    with duckdb.connect() as duck:
        for name, rows in tables.items():
            duck.register(name, rows)
        token = _ASKED.set(duck)
        try:
            yield duck
        finally:
            _ASKED.reset(token)


# It tells of every metric that takes the place of its own.
logging.getLogger("great_expectations.expectations.registry").setLevel(logging.ERROR)


class _Rows(QueryMetricProvider):
    metric_name = f"{_QUERY}.table"
    value_keys = (_QUERY,)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, metric_value_kwargs: dict[str, Any], **_: Any) -> list[dict[str, Any]]:  # noqa: N805 - so it wants it
        return []  # results are a SUMMARY, which shows no rows

    @metric_value(engine=SparkDFExecutionEngine)
    def _spark(cls, **_: Any) -> list[dict[str, Any]]:  # noqa: N805 - so it wants it
        return []  # or Spark would be asked all of it again


class _RowCount(QueryMetricProvider):
    metric_name = f"{_QUERY}.row_count"
    value_keys = (_QUERY,)

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, metric_value_kwargs: dict[str, Any], **_: Any) -> int:  # noqa: N805
        query = metric_value_kwargs[_QUERY].format(batch=BATCH)
        row = _ASKED.get().execute(f"SELECT count(*) FROM ({query}) AS asked").fetchone()
        assert row is not None  # a count has one row
        return int(row[0])
