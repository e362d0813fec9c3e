"""A reader that is asked for days: what it keeps in memory does not grow with the statements."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from py4j.java_gateway import get_field
from pyspark.sql import SparkSession

from conf import load
from pipelines.sql import reader as reading
from storage.warehouse import Warehouse
from tests.pipelines.sql.grammar import statements

STATEMENTS = 40


def learnt(spark: SparkSession) -> int:
    """States that Spark's parser keeps of what it has parsed."""
    jvm: Any = spark._jvm
    interpreter = jvm.org.apache.spark.sql.catalyst.parser.SqlBaseParser(None).getInterpreter()
    return sum(decision.getStates().size() for decision in get_field(interpreter, "decisionToDFA"))


def test_what_the_parser_learns_is_forgotten_from_time_to_time(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_PARSES", STATEMENTS)
    reader = reading.open_reader(
        load([], [f"warehouse={tmp_path}"], {}), Warehouse.at(str(tmp_path))
    )
    draw, sizes = statements(1, ["upper", "size"]), [0]
    while reader.statements < STATEMENTS:
        with suppress(Exception):  # most are refused, or wrong
            reader.spark.sql(draw())
        sizes.append(learnt(spark))
    assert sizes[-1] < max(sizes) / 2
