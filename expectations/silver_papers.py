"""Gate of silver.papers: no paper is lost, no id is shared."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, some_rows, unique_key
from expectations.gate import expect
from jobs.tables.core import Severity
from jobs.tables.silver import PAPERS


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        some_rows("Records went in, so papers must come out."),
        unique_key(PAPERS),
        not_shrunk(
            facts,
            Severity.CRITICAL,
            "Papers are merged now and then; they do not vanish in numbers.",
        ),
        expect(
            gxe.UnexpectedRowsExpectation,
            "arxiv_ids_unique",
            Severity.CRITICAL,
            "Two papers with one arXiv id are one work counted twice.",
            unexpected_rows_query=(
                "SELECT arxiv_id, count(*) AS papers FROM {batch} WHERE arxiv_id IS NOT NULL "
                "GROUP BY arxiv_id HAVING count(*) > 1"
            ),
        ),
        expect(
            gxe.ExpectColumnProportionOfNonNullValuesToBeBetween,
            "abstracts_present",
            Severity.WARNING,
            "Shares of topics rest on papers with an abstract; few of them make thin evidence.",
            column="abstract",
            min_value=0.5,
        ),
    ]
