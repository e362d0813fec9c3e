"""Which names are entities, of what kind, and which papers introduce, use or mention them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from jobs.entities.stage import Entities, entities
from jobs.params import TrendsSettings
from jobs.tables.gold import ENTITIES, ENTITY_PAPERS, ENTITY_TRENDS
from jobs.text.phrases import all_phrases
from jobs.trends.totals import period_totals
from tests.jobs.trends.test_trends import paper, papers

AS_OF = date(2024, 6, 30)
SETTINGS = TrendsSettings()
TEXTS = [
    ("TideNet: A Model of Ebb", "We introduce TideNet, a neural network for ebb currents."),
    ("Mud on gauges", "We fine-tune TideNet on reports. Many GANs fail."),
    ("Silt on gauges", "It is known that Tide-Net reads charts. The GAN models are old."),
    ("Gauges again", "We test on the EbbQA benchmark. GANs are trained."),
    ("More gauges", "Experiments on EbbQA show gains by tidal rank optimization (TRO)."),
    ("Yet more gauges", "On the EbbQA data set it fails, using tidal rank optimization (TRO)."),
    ("Charts", "We use the MudPO method on the EbbQA and SiltQA benchmarks, and tidenet."),
    ("Charts of gauges", "Scores by the TRO method follow a SandX distribution."),
]


def given(number: int, title: str, abstract: str, **more: Any) -> dict[str, Any]:
    return paper(str(number), f"2024-0{1 + number % 5}-10", title=title, abstract=abstract, **more)


def found(spark: SparkSession, texts: Sequence[dict[str, Any]]) -> Entities:
    rows = papers(spark, *texts).localCheckpoint()
    totals = period_totals(rows, SETTINGS, AS_OF).localCheckpoint()
    return entities(rows, all_phrases(rows).localCheckpoint(), totals, SETTINGS, AS_OF)


def listed(told: Entities) -> dict[str, Row]:
    return {row["name"]: row for row in ENTITIES.conform(told.entities).collect()}


@pytest.fixture(scope="module")
def told(spark: SparkSession) -> Entities:
    made = found(spark, [given(number, *text) for number, text in enumerate(TEXTS)])
    return Entities(*(frame.localCheckpoint() for frame in made))


@pytest.fixture(scope="module")
def roles(told: Entities) -> dict[tuple[str, str], str]:
    rows = ENTITY_PAPERS.conform(told.papers).collect()
    return {(row["entity_id"], row["paper_id"]): row["role"] for row in rows}


def test_what_a_paper_introduces_or_enough_papers_use_is_an_entity(told: Entities) -> None:
    assert {name: row["kind"] for name, row in listed(told).items()} == {
        "TideNet": "model",  # introduced
        "EbbQA": "dataset",  # used by four
    }  # MudPO and SiltQA are used by one, GAN is a class, TRO a notion, SandX a distribution


def test_an_entity_counts_its_papers_by_what_they_do(told: Entities) -> None:
    net = listed(told)["TideNet"]
    assert (net["entity_id"], net["variants"]) == ("tidenet", ["Tide-Net"])
    assert (net["papers"], net["papers_introducing"], net["papers_using"]) == (3, 1, 1)
    assert (net["introduced_by"], net["first_paper"]) == ("0", "0")
    assert net["first_on"] == date(2024, 1, 10)


def test_a_paper_introduces_uses_or_mentions(roles: dict[tuple[str, str], str]) -> None:
    assert {paper: role for (entity, paper), role in roles.items() if entity == "tidenet"} == {
        "0": "introduces", "1": "uses", "2": "mentions",
    }  # fmt: skip
    assert {role for (entity, _), role in roles.items() if entity == "ebbqa"} == {"uses"}


def test_trends_count_the_papers_that_use_and_not_those_that_mention(told: Entities) -> None:
    rows = ENTITY_TRENDS.conform(told.trends).where("grain = 'year' and slice = 'all'").collect()
    (row,) = rows  # TideNet has two papers that count, which is too few
    assert (row["entity_id"], row["n"], row["papers"]) == ("ebbqa", 4, 8)
    assert row["share_low"] < row["share"] == 0.5 < row["share_high"]


def test_withdrawn_and_later_papers_introduce_nothing(spark: SparkSession) -> None:
    text = TEXTS[0]
    late = given(1, *text) | {"dated_on": date(2024, 7, 1)}
    assert listed(found(spark, [given(0, *text, is_withdrawn=True), late])) == {}


def test_the_same_papers_in_another_order_give_the_same_rows(
    spark: SparkSession, told: Entities
) -> None:
    again = found(spark, [given(n, *text) for n, text in reversed(list(enumerate(TEXTS)))])
    for table, first, second in zip(
        (ENTITIES, ENTITY_PAPERS, ENTITY_TRENDS), told, again, strict=True
    ):
        assert sorted(table.conform(first).collect()) == sorted(table.conform(second).collect())


def test_the_last_part_of_a_name_tells_the_kind_that_no_text_says(spark: SparkSession) -> None:
    texts = [(f"On mud {n}", f"We introduce {name}Bench, a benchmark of mud.")
             for n, name in enumerate(("Ebb", "Silt", "Sand", "Reef", "Gull"))]  # fmt: skip
    texts.append(("On sand", "We introduce DuneBench, which is hard. We introduce DuneX, too."))
    names = listed(found(spark, [given(number, *text) for number, text in enumerate(texts)]))
    assert names["DuneBench"]["kind"] == "dataset"
    assert "DuneX" not in names


def test_a_name_with_capitals_alone_is_written_so_and_its_kind_is_said(
    spark: SparkSession,
) -> None:
    text = "Gauges are read using the Driftwood and then the Seaweed model. Old seaweed floats. "
    texts = [(f"Mud {number}", text + "We use the Driftwood model.") for number in range(3)]
    names = listed(found(spark, [given(number, *text) for number, text in enumerate(texts)]))
    assert {name: row["kind"] for name, row in names.items()} == {"Driftwood": "model"}
