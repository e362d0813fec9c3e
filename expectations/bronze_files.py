"""Gate of bronze.files: every feed shows something, and little of it is unreadable."""

from __future__ import annotations

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, loss_by_feed, unique_key
from expectations.gate import expect
from jobs.tables.bronze import FILES
from jobs.tables.core import Severity


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole delivery can break."""
    due = sorted(facts.due_feeds)
    named = ", ".join("'" + feed.replace("'", "''") + "'" for feed in due) or "null"
    return [
        unique_key(FILES),
        expect(
            gxe.ExpectColumnDistinctValuesToContainSet,
            "feeds_have_files",
            Severity.CRITICAL,
            "A feed without a file is a wrong path or a failed download, not a day without papers.",
            column="feed",
            value_set=due,
        ),
        expect(
            gxe.UnexpectedRowsExpectation,
            "feeds_deliver",
            Severity.CRITICAL,
            "A feed whose first files hold nothing is read by the wrong reader or was never there.",
            unexpected_rows_query=(
                f"SELECT feed, count(*) AS files, sum(delivered) AS delivered FROM {{batch}} "
                f"WHERE feed IN ({named}) GROUP BY feed HAVING sum(delivered) = 0"
            ),
        ),
        # What was delivered before, and is only noted again, was judged then.
        loss_by_feed(facts, "sum(if(is_noted, 0, delivered))", "sum(if(is_noted, 0, quarantined))"),
    ]
