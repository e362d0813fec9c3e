"""What readers are told of entities: which are used, which rise, and by which papers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

import papertide
from papertide.reader import NotPublishedError, Reader
from pipelines.cli import papertide as commands
from storage.errors import UsageError
from tests.dashboard.rows import DAY, paper, publish, total, trend
from tests.dashboard.rows import tested as called

ENTITIES = [
    {"entity_id": "tide2", "name": "Tide-2", "kind": "model", "kind_share": 1.0, "papers": 3,
     "papers_introducing": 1, "papers_using": 1, "introduced_by": "a", "variants": ["Tide 2"]},
    {"entity_id": "ebbqa", "name": "EbbQA", "kind": "dataset", "kind_share": 1.0, "papers": 1,
     "papers_introducing": 0, "papers_using": 1, "introduced_by": None, "variants": []},
]  # fmt: skip


def had(entity: str, paper_id: str, role: str) -> dict[str, object]:
    return {"entity_id": entity, "paper_id": paper_id, "role": role, "in_title": False,
            "written": entity, "evidence": f"{role} {entity}"}  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    warehouse = str(tmp_path_factory.mktemp("entities"))
    publish(warehouse, {
        "silver.papers": [
            paper("a", "Tide-2", DAY), paper("b", "Gauges", date(2026, 2, 1)),
            paper("c", "Mud", date(2026, 2, 2)), paper("gone", "Silt", is_withdrawn=True),
        ],
        "gold.entities": ENTITIES,
        "gold.entity_papers": [
            had("tide2", "b", "uses"), had("tide2", "c", "mentions"), had("tide2", "a", "introduces"),
            had("tide2", "gone", "uses"), had("ebbqa", "b", "uses"),
        ],
        "gold.entity_trends": [trend("tide2", "entity_id", date(2026, 2, 1), 2)],
        "gold.period_totals": [total(date(2026, 2, 1))],
        "gold.trend_tests": [
            called("tide2", "rising", "likely", 0.01, kind="entity"),
            called("ebbqa", "falling", "watch", 0.2, kind="entity"),
        ],
    })  # fmt: skip
    return warehouse


@pytest.fixture(scope="module")
def wh(root: str) -> Reader:
    return papertide.open(root)


def names(found: papertide.Found) -> list[str]:
    return [row["name"] for row in found]


def test_entities_come_with_their_surest_call_the_most_used_first(wh: Reader) -> None:
    found = wh.entities()
    assert (names(found), found.hits) == (["Tide-2", "EbbQA"], 2)
    assert [row["class"] for row in found] == ["rising", "falling"]


def test_a_name_is_found_in_any_spelling(wh: Reader) -> None:
    for spelling in ("tide 2", "TIDE-2", "ide2"):
        assert names(wh.entities(spelling)) == ["Tide-2"]
    assert names(wh.entities("no such name")) == []


def test_a_size_or_a_year_alone_finds_nothing(wh: Reader) -> None:
    for asked in ("7B", "2019"):
        assert names(wh.entities(asked)) == []
        with pytest.raises(UsageError, match=f"no entity {asked}\n"):
            wh.entity(asked)


def test_an_id_is_itself_though_read_as_a_name_it_is_another(tmp_path: Path) -> None:
    ids = ("semeval", "semeval2015")  # of "SemEval" and "SemEval2015-2016"
    publish(str(tmp_path), {
        "silver.papers": [paper("a", "Ebb"), paper("b", "Flow")],
        "gold.entities": [{**ENTITIES[0], "entity_id": name, "name": name} for name in ids],
        "gold.entity_papers": [had("semeval", "a", "uses"), had("semeval2015", "b", "uses")],
    })  # fmt: skip
    wh = papertide.open(str(tmp_path))
    assert [row["paper_id"] for row in wh.entity("semeval2015")] == ["b"]
    assert [row["paper_id"] for row in wh.papers(entity="semeval2015")] == ["b"]
    assert [row["paper_id"] for row in wh.entity("SemEval")] == ["a"]


def test_entities_are_narrowed_by_kind_and_by_what_rises(wh: Reader) -> None:
    assert names(wh.entities(kind="dataset")) == ["EbbQA"]
    assert names(wh.entities(rising=True)) == ["Tide-2"]
    with pytest.raises(UsageError, match="model, dataset, method, tool, task"):
        wh.entities(kind="fish")


def test_the_papers_of_an_entity_begin_with_those_that_introduce_it(wh: Reader) -> None:
    rows = wh.entity("Tide 2").rows()
    assert [(row["paper_id"], row["role"]) for row in rows] == [
        ("a", "introduces"), ("b", "uses"), ("c", "mentions"),
    ]  # fmt: skip
    assert rows[0]["evidence"] == "introduces tide2"
    assert [row["paper_id"] for row in wh.entity("tide-2", role="uses")] == ["b"]
    assert "no paper introduces" in wh.entity("EbbQA", role="introduces").notes[0]


def test_an_unknown_entity_or_role_is_refused_with_those_that_are_near(wh: Reader) -> None:
    with pytest.raises(UsageError, match="with these letters there are EbbQA"):
        wh.entity("ebb")
    with pytest.raises(UsageError, match="introduces, uses, mentions"):
        wh.entity("Tide-2", role="cites")


def test_mentions_are_no_papers_of_an_entity_s_trend(wh: Reader) -> None:
    assert {row["paper_id"] for row in wh.papers(entity="Tide 2")} == {"a", "b"}
    assert {row["paper_id"] for row in wh.evidence("entity", "tide-2")} == {"a", "b"}


def test_trends_and_courses_name_entities(wh: Reader) -> None:
    (row,) = wh.trends("entity", verdict="rising").rows()
    assert (row["name"], row["entity"]) == ("Tide-2", "tide2")
    assert [row["n"] for row in wh.course("entity", "Tide 2")] == [2]


def test_a_warehouse_without_entities_says_so(tmp_path: Path) -> None:
    publish(str(tmp_path), {"silver.papers": [paper("a", "Mud")]})
    with pytest.raises(NotPublishedError, match=r"gold\.entities"):
        papertide.open(str(tmp_path)).entities()


def test_the_command_lists_entities_and_the_papers_of_one(root: str) -> None:
    def told(*words: str) -> str:
        ended = CliRunner().invoke(commands, ["entities", *words, "--set", f"warehouse={root}"])
        assert ended.exit_code == 0
        return ended.output

    assert "Tide-2" in told() and "EbbQA" in told()
    for narrowed in (told("--kind", "model"), told("--rising")):
        assert "Tide-2" in narrowed and "EbbQA" not in narrowed
    assert "introduces tide2" in told("tide 2", "--papers")
