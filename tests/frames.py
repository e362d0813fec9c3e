"""Frames of a few rows, for tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import (
    ArrayType,
    DataType,
    MapType,
    StructType,
    _parse_datatype_string,
)


def frame_of(spark: SparkSession, rows: Iterable[Any], schema: StructType | str) -> DataFrame:
    """The rows as a frame that Java holds: tuples, or dictionaries by column.

    A frame of `createDataFrame` asks Python processes for its rows in every query, which takes half
    of what a query of few rows costs.
    """
    kind = _parse_datatype_string(schema) if isinstance(schema, str) else schema
    assert isinstance(kind, StructType)
    table = pa.Table.from_pylist([_plain(row, kind) for row in rows], to_arrow_schema(kind))
    java: Any = spark._jvm.org.apache.spark.sql.api.python.PythonSQLUtils  # type: ignore[union-attr]
    number, name = tempfile.mkstemp()
    try:
        with os.fdopen(number, "wb") as file, pa.ipc.new_stream(file, table.schema) as stream:
            stream.write_table(table)
        batches = java.readArrowStreamFromFile(name)
    finally:
        Path(name).unlink()
    return DataFrame(java.toDataFrame(batches, kind.json(), spark._jsparkSession), spark)


def _plain(value: Any, kind: DataType) -> Any:
    """The value as Arrow takes it."""
    if value is None:
        return None
    if isinstance(kind, StructType):
        values = [value.get(name) for name in kind.names] if isinstance(value, dict) else value
        fields = zip(kind.fields, values, strict=True)
        return {field.name: _plain(one, field.dataType) for field, one in fields}
    if isinstance(kind, ArrayType):
        return [_plain(one, kind.elementType) for one in value]
    if isinstance(kind, MapType):
        return [(key, _plain(one, kind.valueType)) for key, one in value.items()]
    return value
