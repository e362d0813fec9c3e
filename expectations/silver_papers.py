"""Gate of silver.papers: no paper is lost, no id is shared."""

from __future__ import annotations

from statistics import median

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation

from expectations.common import Facts, not_shrunk, some_rows, unique_key
from expectations.gate import expect, tolerated
from jobs.tables.core import Severity
from jobs.tables.silver import ONE_ID_A_SCHEME, PAPERS

# Of so many papers one in a thousand may share an arXiv id with another.
SHARED_AT_LEAST, SHARED = 5, 0.001
# Share of papers that may bear two ids of one scheme.
CONFLICTS = 0.05
# So many runs tell what is usual, and so far may the records a paper move from their median.
USUAL_RUNS, USUAL_MOVE = 10, 0.2
# What a paper that had it must keep.
_KEPT = ("abstract", "authors", "published_on", "venue", "arxiv_id", "doi", "acl_id", "pmid")


def suite(facts: Facts) -> list[Expectation]:
    """What only the whole table can break."""
    return [
        some_rows(facts, "Records went in, so papers must come out."),
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
            "Two papers with one arXiv id are one work counted twice. A few may be: a person has "
            "split them, or their titles disagree.",
            unexpected_rows_query=(
                "SELECT ids FROM (SELECT count(*) AS ids, sum(papers) AS papers FROM (SELECT "
                "arxiv_id, count(*) AS papers FROM {batch} GROUP BY arxiv_id) "
                f"WHERE papers > 1 AND arxiv_id IS NOT NULL) WHERE ids > {SHARED_AT_LEAST} "
                f"AND papers > {SHARED} * (SELECT count(*) FROM {{batch}})"
            ),
        ),
        expect(
            gxe.ExpectColumnMeanToBeBetween,
            "id_conflicts_rare",
            Severity.CRITICAL,
            "Many papers with two ids of a scheme are works that were glued together.",
            column=ONE_ID_A_SCHEME.flag,
            min_value=1 - tolerated(facts.rows, CONFLICTS),
        ),
        _records_a_paper(facts),
        expect(
            gxe.ExpectColumnProportionOfNonNullValuesToBeBetween,
            "abstracts_present",
            Severity.WARNING,
            "Shares of topics rest on papers with an abstract; few of them make thin evidence.",
            column="abstract",
            min_value=0.5,
        ),
        *([_fields_kept(facts.seen, facts.allowed_shrink)] if facts.seen else []),
    ]


def _records_a_paper(facts: Facts) -> Expectation:
    """The share merged, as records a paper, beside the median of the runs before."""
    before = facts.observed.get("records_a_paper", ())[-USUAL_RUNS:]
    usual = median(before) if before else None
    return expect(
        gxe.ExpectColumnMeanToBeBetween,
        "records_a_paper",
        Severity.WARNING,
        "Identity that suddenly merges more, or less, has met a feed that repeats itself or a rule "
        "that went wrong: trends count works, so they move with it.",
        column="records",
        min_value=max(1.0, usual / (1 + USUAL_MOVE)) if usual else 1.0,
        max_value=usual * (1 + USUAL_MOVE) if usual else None,
    )


def _fields_kept(seen: str, allowed: float) -> Expectation:
    """No field that papers had is gone from more than the allowed share of them."""
    told = ", ".join(
        f"count_if(p.{name} IS NOT NULL) AS had_{name}, "
        f"count_if(p.{name} IS NOT NULL AND b.{name} IS NULL) AS lost_{name}"
        for name in _KEPT
    )
    had, lost = (
        "CASE field " + " ".join(f"WHEN '{name}' THEN {what}_{name}" for name in _KEPT) + " END"
        for what in ("had", "lost")
    )
    fields = ", ".join(f"('{name}')" for name in _KEPT)
    return expect(
        gxe.UnexpectedRowsExpectation,
        "fields_kept",
        Severity.CRITICAL,
        "What was known of a paper is known for good; many fields lost in one run are a reader or "
        "a priority that went wrong.",
        unexpected_rows_query=(
            f"SELECT field, {had} AS had, {lost} AS lost FROM (SELECT {told} "
            f"FROM {seen} p JOIN {{batch}} b ON p.paper_id = b.paper_id) AS counted "
            f"CROSS JOIN (VALUES {fields}) AS names(field) "
            f"WHERE {lost} > {SHARED_AT_LEAST} AND {lost} > {allowed} * {had}"
        ),
    )
