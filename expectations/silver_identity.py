"""Gate of silver.identity: every record has its one paper."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, some_rows, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import IDENTITY

# One work is told of by its versions, its feeds and their corrections: dozens, not hundreds.
LARGEST_CLUSTER = 100


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        some_rows("Records went in, so records must have papers."),
        unique_key(IDENTITY),
        not_shrunk(facts, Severity.CRITICAL, "A record that was given its paper keeps one."),
        expect(
            gxe.UnexpectedRowsExpectation,
            "largest_cluster",
            Severity.WARNING,
            "A paper of very many records is a chain of near misses or a generic title.",
            unexpected_rows_query=(
                f"SELECT paper_id, count(*) AS records FROM {{batch}} GROUP BY paper_id "
                f"HAVING count(*) > {LARGEST_CLUSTER}"
            ),
        ),
    ]
