"""What a table says of itself, once: columns, grain, key, comments and row rules.

The Delta schema, the quarantine's reasons, the row part of the gate and the documentation all come
from these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands that only look do without Spark
    from pyspark.sql import Column as SparkColumn
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

STAGED_KEY = "staged_key"
"""The staged column that holds the key as one value."""


class Severity(StrEnum):
    """What a broken rule does: `critical` keeps the row out, `warning` is recorded and goes on."""

    CRITICAL = "critical"
    WARNING = "warning"


@dataclass(frozen=True)
class Column:
    """One column: its name, its Spark SQL type and what it means."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Rule:
    """A condition that each row must meet.

    `holds` is a Spark SQL condition over the table's columns; null counts as broken.
    Rows that break a critical rule go to quarantine under the rule's name.
    `allowed` is the share of rows (0 to 1) that may break the rule before the gate speaks:
    above it a critical rule stops the run, a warning rule is recorded as a warning.
    `reason` is a Spark SQL expression for the text that quarantine gives as the reason;
    without one it is `why`.
    """

    name: str
    holds: str
    severity: Severity
    why: str
    allowed: float = 0.0
    reason: str | None = None

    @property
    def flag(self) -> str:
        """Name of the staged column (1 or 0) that says whether a row meets this rule."""
        return f"rule_{self.name}"


@dataclass(frozen=True)
class Table:
    """A table: `layer.name`, its grain in one line, its key, columns and row rules."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def critical(self) -> tuple[Rule, ...]:
        """The rules whose breaking sends a row to quarantine."""
        return tuple(rule for rule in self.rules if rule.severity is Severity.CRITICAL)

    def schema(self) -> StructType:
        """The Spark schema, with every column's comment. Needs a running session to parse types."""
        from pyspark.sql.types import StructField, StructType, _parse_datatype_string

        return StructType(
            [
                StructField(c.name, _parse_datatype_string(c.type), True, {"comment": c.comment})
                for c in self.columns
            ]
        )

    def conform(self, frame: DataFrame) -> DataFrame:
        """`frame` cut to this table's columns, in order and cast to their types."""
        from pyspark.sql import functions as F

        return frame.select(*(F.col(c.name).cast(c.type).alias(c.name) for c in self.columns))

    def flags(self) -> list[SparkColumn]:
        """One column a rule: 1 where the row meets it, else 0 (null counts as broken)."""
        from pyspark.sql import functions as F

        return [
            F.coalesce(F.expr(rule.holds), F.lit(False)).cast("int").alias(rule.flag)
            for rule in self.rules
        ]
