"""The edition: read from published tables, at one state of them."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.digest.edition import Edition, edition
from pipelines.digest.published import snapshot
from storage.errors import PapertideError
from storage.warehouse import Warehouse
from tests.pipelines.digest import house as the


@pytest.fixture
def house(tmp_path: Path) -> Warehouse:
    made = Warehouse.at(str(tmp_path / "warehouse"))
    the.some_day(made)
    return made


def read(house: Warehouse, *liked: str, **given: object) -> Edition:
    found = snapshot(house, None)
    assert found is not None
    config = the.settings(
        Path(house.root).parent, *(f"{key}={value}" for key, value in given.items())
    )
    return edition(found, config, liked)


def test_a_warehouse_without_scores_has_no_state(tmp_path: Path) -> None:
    assert snapshot(Warehouse.at(str(tmp_path)), None) is None


def test_papers_stand_in_the_order_of_their_scores(house: Warehouse) -> None:
    found = read(house)
    assert found.as_of == the.DAY
    assert found.trending == ("a", "b", "c")
    assert found.papers["a"].authors == ("Ada Ebb", "Finn Flow")
    assert found.papers["a"].topic_id == "t1"
    assert "old" not in found.papers


def test_equal_scores_stand_by_id_whatever_the_order_of_the_rows(house: Warehouse) -> None:
    the.publish(house, {"gold.scores": [the.score(key, 0.5) for key in "cab"]}, minute=5)
    assert read(house).trending == ("a", "b", "c")


def test_withdrawn_papers_are_not_told(house: Warehouse) -> None:
    the.publish(house, {
        "silver.papers": [the.paper("a", is_withdrawn=True), the.paper("b")],
        "gold.scores": [the.score("a", 0.9), the.score("b", 0.8)],
    }, minute=5)  # fmt: skip
    assert read(house).trending == ("b",)


def test_what_is_called_to_rise_is_told_the_surest_first_and_with_its_reason(
    house: Warehouse,
) -> None:
    week = timedelta(days=7)
    the.publish(house, {
        "gold.period_totals": [the.week(), the.week(the.WEEK - week),
                               the.week(the.WEEK + week, complete=False)],
        "gold.trend_tests": [
            the.trend("t1", 1), the.trend("t2", 2, strength="watch"),
            the.trend("t2", 1, part="category=cs.CV", verdict="new", strength="established"),
            the.trend("t2", 1, part="category=cs.LG", verdict="falling"),
            the.trend("t1", 9, part="category=cs.LG", verdict="steady", strength=None),
            the.trend("dead", 1), the.trend("ebb", 1, kind="term"),
        ],
        "gold.scores": [the.score("a", 0.9)],
    }, minute=5)  # fmt: skip
    risen = read(house).risen
    assert risen is not None
    assert risen.period == the.WEEK
    assert [(rise.topic_id, rise.slice) for rise in risen.topics] == [
        ("t2", "category=cs.CV"), ("t1", "all"),
    ]  # fmt: skip
    assert [rise.name for rise in risen.terms] == ["ebb"]
    assert risen.topics[1].why.startswith("14 of 120 papers")
    watched = read(house, **{"digest.rising_strength": "watch"}).risen
    assert watched is not None
    assert len(watched.topics) == 3


def test_neighbours_of_the_liked_are_new_and_near_whichever_names_the_other(
    house: Warehouse,
) -> None:
    assert read(house, "old").alike == {"old": ((0.8, "c"),)}
    assert read(house, "old").liked_titles == {"old": "Title of old"}
    assert read(house, "c").alike == {}  # old is not new
    assert read(house).alike == {}
    near = read(house, "old", **{"digest.like_cosine": 0.2})
    assert near.alike == {"old": ((0.8, "c"), (0.3, "b"))}
    assert read(house, "old", **{"digest.like_cosine": 0.9}).alike == {}
    found = snapshot(house, None)
    assert found is not None
    unlike = edition(found, the.settings(Path(house.root).parent), (), ("old",)).unlike
    assert unlike == {"old": ((0.8, "c"),)}


def test_topics_of_earlier_fits_lead_to_those_of_today(house: Warehouse) -> None:
    def step(version: int, old: str, new: str, relation: str) -> dict[str, object]:
        return {"version": version, "old_topic_id": old, "new_topic_id": new, "relation": relation}

    the.publish(house, {
        "gold.topic_lineage": [
            step(1, "", "t1", "born"), step(2, "t1", "t1", "same"), step(2, "x", "y", "merged"),
            step(3, "y", "t1", "split"), step(3, "y", "t2", "split"), step(3, "z", "", "died"),
        ],
        "gold.scores": [the.score("a", 0.9)],
    }, minute=5)  # fmt: skip
    heirs = read(house).heirs
    assert heirs["x"] == heirs["y"] == {"t1", "t2"}
    assert heirs["t1"] == {"t1"}


@pytest.mark.parametrize(
    ("ids", "address"),
    [
        ({"arxiv_id": "2501.00001", "doi": "10.1/x"}, "https://arxiv.org/abs/2501.00001"),
        ({"acl_id": "P19-1001"}, "https://aclanthology.org/P19-1001"),
        ({"doi": "10.1002/(sici)1<1::a>2"}, "https://doi.org/10.1002/(sici)1%3C1::a%3E2"),
        ({"doi": "10.1/a\u202eb", "url": "https://example.org/x"}, "https://example.org/x"),
        ({"url": "javascript:alert(1)"}, None),
    ],
)
def test_a_paper_is_where_its_best_id_says(
    house: Warehouse, ids: dict[str, str], address: str | None
) -> None:
    rows = {"silver.papers": [the.paper("a", **ids)], "gold.scores": [the.score("a", 0.9)]}
    the.publish(house, rows, minute=5)
    assert read(house).papers["a"].address == address


def test_files_that_are_gone_are_told(house: Warehouse) -> None:
    found = snapshot(house, None)
    assert found is not None
    for file in Path(house.root, "silver", "papers").glob("*.parquet"):
        file.unlink()
    with pytest.raises(PapertideError, match=r"silver\.papers: the files of version"):
        edition(found, the.settings(Path(house.root).parent), ())


def test_a_table_that_was_never_published_is_empty(house: Warehouse) -> None:
    shutil.rmtree(Path(house.root, "gold", "topic_lineage"), ignore_errors=True)
    assert read(house).heirs == {}
