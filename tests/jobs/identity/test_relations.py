"""Requirements of relations: works that belong together, by what feeds and the rules say."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from jobs.identity.features import side
from jobs.identity.relations import relations
from jobs.identity.scoring import weigh_pair
from jobs.tables.silver import IDENTITY_EDGES, RELATIONS
from tests.jobs.identity.test_scoring import row
from tests.jobs.records import Fields, frame, identities, record, records


def edge(a: Fields, b: Fields) -> dict[str, Any]:
    """The pair as identity judges it, kept apart."""
    found = weigh_pair(side(row(a), 0), side(row(b), 0), 0, 0.6)
    assert found.weight <= 0
    return {"a": a["record_id"], "b": b["record_id"], **found._asdict(), "verdict": "apart"}


def test_feeds_and_rules_say_how_two_papers_belong_together(spark: SparkSession) -> None:
    title = "Silt transport in tidal estuaries"
    paper = record("a", title, doi="10.1/a", authors=["Ada Fern"])
    erratum = record("b", f"Erratum: {title}", doi="10.1/b", authors=["Ada Fern"])
    notice = record(
        "c", "Retraction", doi="10.1/c", relations=[("retracts", "doi", "10.1/a"), ("retracts", "doi", "10.1/gone")]
    )  # fmt: skip
    retracted = record("d", "Dust", doi="10.1/d", relations=[("retracted by", "doi", "10.1/c")])
    again = record("e", title, doi="10.1/a", relations=[("version of", "doi", "10.1/a")])
    given = (paper, erratum, notice, retracted, again)
    paper_of = {"a": "p1", "b": "p2", "c": "p3", "d": "p4", "e": "p1"}
    found = relations(
        records(spark, *given),
        identities(spark, *({"record_id": r, "paper_id": p} for r, p in paper_of.items())),
        frame(spark, IDENTITY_EDGES, [edge(paper, erratum)]),
    )
    assert {tuple(r) for r in RELATIONS.conform(found).drop("run").collect()} == {
        ("p2", "is_erratum_of", "p1", "rule"),
        ("p3", "retracts", "p1", "feed"),
        ("p3", "retracts", "p4", "feed"),
    }
