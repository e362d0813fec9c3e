"""What a table's declaration says of its rows, as a suite of Great Expectations.

Each row rule is staged as a column of 1 and 0, so that all of them are judged by their means in a
single Spark job.
"""

from __future__ import annotations

from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from jobs.tables.checks import tolerated
from jobs.tables.core import Check, Facts, Measure, Rule, Severity, Table

_KINDS: dict[Measure, type[Expectation]] = {
    Measure.ROWS: gxe.ExpectTableRowCountToBeBetween,
    Measure.MEAN: gxe.ExpectColumnMeanToBeBetween,
    Measure.UNIQUE: gxe.ExpectColumnProportionOfUniqueValuesToBeBetween,
    Measure.FILLED: gxe.ExpectColumnProportionOfNonNullValuesToBeBetween,
    Measure.NO_NULLS: gxe.ExpectColumnValuesToNotBeNull,
    Measure.VALUES_AMONG: gxe.ExpectColumnDistinctValuesToBeInSet,
    Measure.VALUES_WITH: gxe.ExpectColumnDistinctValuesToContainSet,
    Measure.ROWS_FOUND: gxe.UnexpectedRowsExpectation,
}
_OF_VALUES = (Measure.VALUES_AMONG, Measure.VALUES_WITH)


def row_rules(table: Table, rows: int) -> list[Expectation]:
    """The table's row rules as expectations over their staged columns, for `rows` staged rows."""
    return [_row_rule(rule, rows) for rule in table.rules]


def whole_table(table: Table, facts: Facts) -> list[Expectation]:
    """The table's checks as expectations, as they are with these facts."""
    return [_whole(check) for check in table.checks_given(facts)]


def _row_rule(rule: Rule, rows: int) -> Expectation:
    return _expect(
        gxe.ExpectColumnMeanToBeBetween,
        rule.name,
        rule.severity,
        f"{rule.why} Rule: {rule.holds}",
        "share of rows that meet the rule",
        column=rule.flag,
        min_value=1 - tolerated(rows, rule.allowed),
    )


def _whole(check: Check) -> Expectation:
    arguments = {
        "column": check.column,
        "min_value": check.least,
        "max_value": check.most,
        "value_set": list(check.values) if check.measure in _OF_VALUES else None,
        "unexpected_rows_query": check.query,
    }
    return _expect(
        _KINDS[check.measure],
        check.name,
        check.severity,
        check.why,
        f"{check.measure}: {check.column}" if check.column else check.measure.value,
        **{name: value for name, value in arguments.items() if value is not None},
    )


def _expect(
    kind: type[Expectation],
    name: str,
    severity: Severity,
    why: str,
    measure: str,
    **arguments: Any,
) -> Expectation:
    """An expectation of a suite: named, with a severity, the reason it is there, what it takes."""
    return kind(
        severity=FailureSeverity(severity.value),
        notes=why,
        meta={"name": name, "measure": measure},
        description=name,
        **arguments,
    )
