"""What a table says of itself, once: columns, grain, key, comments, row rules and checks.

The Delta schema, the quarantine's reasons, the gate and the documentation all come from these
declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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


class Measure(StrEnum):
    """What a check measures of the staged rows."""

    ROWS = "number of rows"
    MEAN = "mean of a column"
    UNIQUE = "share of a column's values that are unique"
    FILLED = "share of a column that is not null"
    NO_NULLS = "that a column has no null"
    VALUES_AMONG = "that a column's values are among those named"
    VALUES_WITH = "that a column's values contain those named"
    ROWS_FOUND = "that a query finds no row"


@dataclass(frozen=True)
class Facts:
    """What is known when a gate runs.

    Attributes:
        rows: staged rows, including those that will go to quarantine.
        published: rows of the published table, null when it is not published yet.
        due_feeds: feeds of the run that must show a file: none is known, or none was listed.
        allowed_loss: share of a feed's rows (0 to 1) that may be lost to quarantine.
        allowed_shrink: share of the published rows (0 to 1) that may vanish in one run.
        seen: the published table as Spark SQL names it, null when it is not published yet.
        observed: check → the numbers that it saw in the runs before, oldest first.
    """

    rows: int
    published: int | None
    due_feeds: tuple[str, ...]
    allowed_loss: float
    allowed_shrink: float
    seen: str | None = None
    observed: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """A condition that only the whole of the staged rows can break.

    A broken critical check stops the run, a broken warning is recorded. Measures that are numbers
    lie between `least` and `most`; `values` are those that VALUES_AMONG and VALUES_WITH name;
    `query` is SQL that Spark and DuckDB both read, in which `{batch}` names the staged rows; in
    `why`, `{grain}` stands for the table's grain.
    """

    name: str
    severity: Severity
    why: str
    measure: Measure
    column: str | None = None
    least: float | None = None
    most: float | None = None
    values: tuple[str, ...] = ()
    query: str | None = None


@dataclass(frozen=True)
class Table:
    """A table: `layer.name`, its grain in one line, its key, columns, row rules and checks.

    A check that depends on what is known when the gate runs is a function of these facts; it gives
    None where nothing can be checked.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    checks: tuple[Check | Callable[[Facts], Check | None], ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def critical(self) -> tuple[Rule, ...]:
        """The rules whose breaking sends a row to quarantine."""
        return tuple(rule for rule in self.rules if rule.severity is Severity.CRITICAL)

    def checks_given(self, facts: Facts) -> list[Check]:
        """The checks of the whole table, as they are with these facts."""
        checks = [check if isinstance(check, Check) else check(facts) for check in self.checks]
        return [
            replace(check, why=check.why.replace("{grain}", self.grain))
            for check in checks
            if check is not None
        ]

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
