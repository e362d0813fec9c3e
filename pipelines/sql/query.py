"""One query: its rows written, or Spark's refusal in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import SparkSession

from jobs.tables.catalog import BY_NAME
from pipelines.engine.faults import in_words
from storage import output
from storage.errors import PapertideError

_ABSENT = re.compile(r"\[TABLE_OR_VIEW_NOT_FOUND\] The table or view `(\w+)`\.`(\w+)`")


def run_query(spark: SparkSession, query: str, form: str, out: TextIO) -> int:
    """Run one query and write its rows to `out`, in a form of `output.write`.

    Returns:
        Rows written.

    Raises:
        PapertideError: Spark refuses the query; the message is Spark's own first lines.
    """
    with spark_errors_in_words():
        frame = spark.sql(query.strip().rstrip(";"))
        if not frame.columns:
            return 0
        rows = (row.asDict(recursive=True) for row in frame.toLocalIterator())
        return output.write(frame.columns, rows, form, out)


@contextmanager
def spark_errors_in_words() -> Iterator[None]:
    """Spark's errors as ours: what is wrong, without the JVM's trace and the plan."""
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        raise PapertideError(f"sql: {_message(error)}") from error


def _message(error: PySparkException | Py4JJavaError) -> str:
    # Of what is wrong with a query Spark tells best; the names in it could be taken for files.
    words = None if isinstance(error, AnalysisException | ParseException) else in_words(error)
    if words:
        return words
    if isinstance(error, Py4JJavaError):  # a task failed: what it said is at the bottom
        cause = error.java_exception
        while cause.getCause() is not None:
            cause = cause.getCause()
        return str(cause.getMessage() or cause.toString())
    text = str(error).split("\nJVM stacktrace")[0].split(";\n'")[0].strip()
    absent = _ABSENT.search(text)
    if absent and (name := f"{absent[1]}.{absent[2]}".lower()) in BY_NAME:
        text = f"{name} is not published: no run has had rows for it"
    if isinstance(error, AnalysisException):
        text += "\n  tables and their columns: papertide tables"
    return text
