"""The gates of identity and papers: what stops a run, what warns, what passes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from expectations.gate import Verdict, open_context, validate
from expectations.suite import row_rules, whole_table
from jobs.tables.core import Facts, Table
from jobs.tables.silver import IDENTITY, PAPERS
from tests.jobs.records import frame

Fields = dict[str, Any]


def judged(
    spark: SparkSession, docs: Path, table: Table, rows: Iterable[Fields], **facts: Any
) -> Verdict:
    given = list(rows)
    staged = frame(spark, table, given)
    staged = staged.select("*", staged[table.key[0]].alias("staged_key"), *table.flags())
    known = Facts(len(given), None, (), allowed_loss=0.2, allowed_shrink=0.05, **facts)
    suite = [*row_rules(table, len(given)), *whole_table(table, known)]
    return validate(open_context(docs), "stage", table, staged, suite)


def unmet(verdict: Verdict) -> tuple[set[str], set[str]]:
    """What stops, and what warns."""
    return {r.name for r in verdict.failures}, {r.name for r in verdict.warnings}


def paper(number: int, **more: Any) -> Fields:
    return {
        "paper_id": f"p{number}", "title": "Dust", "abstract": "Dust falls.", "records": 1,
        "other_ids": [], **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("records", "stops", "warns"),
    [
        (100, set(), set()),
        (101, set(), {"largest_cluster"}),
        (1_001, {"no_glued_works"}, {"largest_cluster"}),
    ],
)
def test_a_paper_of_very_many_records_warns_and_then_stops(
    spark: SparkSession, tmp_path: Path, records: int, stops: set[str], warns: set[str]
) -> None:
    rows = [
        {"record_id": f"r{n}", "paper_id": "p", "rule": "first", "score": 1.0}
        for n in range(records)
    ]
    assert unmet(judged(spark, tmp_path, IDENTITY, rows)) == (stops, warns)


@pytest.mark.parametrize(
    ("conflicting", "stops", "warns"),
    [(1, set(), set()), (5, set(), {"one_id_a_scheme"}),
     (20, {"id_conflicts_rare"}, {"one_id_a_scheme"})],
)  # fmt: skip
def test_two_ids_of_a_scheme_in_many_papers_warn_and_then_stop(
    spark: SparkSession, tmp_path: Path, conflicting: int, stops: set[str], warns: set[str]
) -> None:
    # Neither a second DOI nor a paperId beside a corpus id is a conflict.
    beside = ["doi:10.48550/arxiv.2405.00001", f"s2:{'0af' * 13}1"]
    rows = [
        paper(n, other_ids=["arxiv:2405.00009"] if n < conflicting else beside) for n in range(100)
    ]
    found = unmet(judged(spark, tmp_path, PAPERS, rows))
    assert (found[0], found[1] - {"dated", "date_plausible"}) == (stops, warns)


def test_a_few_papers_may_share_an_arxiv_id_and_many_may_not(
    spark: SparkSession, tmp_path: Path
) -> None:
    for shared, stops in ((5, set()), (6, {"arxiv_ids_unique"})):
        rows = [paper(n, arxiv_id=f"2405.{n % (100 - shared):05}") for n in range(100)]
        assert unmet(judged(spark, tmp_path / str(shared), PAPERS, rows))[0] == stops


def test_the_share_merged_is_held_against_the_runs_before(
    spark: SparkSession, tmp_path: Path
) -> None:
    rows = [paper(n, records=2 if n < 30 else 1) for n in range(100)]
    for before, warns in (((), False), ((1.2, 1.3, 9.0), False), ((1.0, 1.05), True)):
        seen = {"records_a_paper": before}
        verdict = judged(spark, tmp_path / str(len(before)), PAPERS, rows, observed=seen)
        assert ("records_a_paper" in unmet(verdict)[1]) is warns, before


def test_fields_that_many_papers_lose_stop_the_run(spark: SparkSession, tmp_path: Path) -> None:
    at = str(tmp_path / "papers")
    frame(spark, PAPERS, [paper(n, doi=f"10.1/{n}") for n in range(100)]).write.format(
        "delta"
    ).save(at)
    for lost, stops in ((5, set()), (6, {"fields_kept"})):
        rows = [paper(n, doi=None if n < lost else f"10.1/{n}") for n in range(120)]
        verdict = judged(spark, tmp_path / str(lost), PAPERS, rows, seen=f"delta.`{at}`")
        assert unmet(verdict)[0] == stops
