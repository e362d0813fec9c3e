"""Gate of silver.identity: every record has its one paper."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import IDENTITY

# One work is told of by its versions, its feeds and their corrections: dozens, not hundreds, and
# never thousands.
LARGE, TOO_LARGE = 100, 1_000


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole of the rows can break: those of components that were resolved again."""
    return [
        unique_key(IDENTITY),
        _no_larger(
            LARGE,
            "largest_cluster",
            Severity.WARNING,
            "A paper of very many records is a chain of near misses or a generic title.",
        ),
        _no_larger(
            TOO_LARGE,
            "no_glued_works",
            Severity.CRITICAL,
            "Thousands of records in one paper are hundreds of works lost; no feed repeats one so.",
        ),
    ]


def _no_larger(most: int, name: str, severity: Severity, why: str) -> Expectation:
    return expect(
        gxe.UnexpectedRowsExpectation,
        name,
        severity,
        why,
        unexpected_rows_query=(
            "SELECT paper_id, count(*) AS records FROM {batch} GROUP BY paper_id "
            f"HAVING count(*) > {most}"
        ),
    )
