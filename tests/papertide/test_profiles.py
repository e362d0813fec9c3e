"""Requirements of profiles of members and of networks: counts by hand, files that programs read."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

import pytest

import papertide
from papertide import Reader, UsageError
from papertide.members.network import layout
from papertide.members.profiles import KINDS
from pipelines.cli import MEMBER_KINDS
from pipelines.cli import papertide as commands
from tests.dashboard import rows
from tests.dashboard.rows import paper, publish

ROR = "ror:0silt"
COUNTRIES = {"p1": ["NO", "SE"], "p2": ["NO"], "p3": ["NO", "SE", "DK"], "p4": ["SE"], "p6": ["NO"]}


def authorship(paper_id: str, position: int, country: str) -> dict[str, object]:
    silt = [{"scheme": "ror", "id": "0silt"}] if country == "NO" else []
    return {"paper_id": paper_id, "position": position, "name": country, "countries": [country],
            "institution_ids": silt, "record_id": "r"}  # fmt: skip


def of_norway(row: dict[str, object], **more: object) -> dict[str, object]:
    return row | {"slice": "country=NO"} | more


@pytest.fixture(scope="module")
def wh(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    root = str(tmp_path_factory.mktemp("profiles") / "w")
    years = {"p1": 2022, "p2": 2024, "p3": 2024, "p4": 2020, "p5": 2024, "p6": 2024}
    papers = [
        paper(name, name, date(year, 3, 1), venue="Tides" if name in ("p1", "p5") else None)
        for name, year in years.items()
    ]
    papers[2]["venue"], papers[1]["venue"] = "IT", "It"
    papers[4]["date_basis"] = "shown"  # in no year
    papers[5]["is_withdrawn"] = True  # in no count
    publish(
        root,
        {
            "silver.papers": papers,
            "silver.authorships": [
                authorship(name, place, country)
                for name, countries in COUNTRIES.items()
                for place, country in enumerate(countries, 1)
            ],
            "silver.institutions": [
                {"scheme": "ror", "id": "0silt", "name": "Silt Lab", "country": "NO", "papers": 3},
                {"scheme": "ror", "id": "0reed", "name": "Reed Lab", "country": "SE", "papers": 0},
                {"scheme": "grid", "id": "9", "name": "Reed Lab", "country": "DK", "papers": 0},
            ],
            "gold.topics": [
                {"topic_id": t, "version": 1, "label": t.upper(), "is_current": True}
                for t in ("t1", "t2")
            ],
            "gold.paper_topics": [
                {"paper_id": name, "topic_id": topic, "fits": topic is not None}
                for name, topic in {
                    "p1": "t1",
                    "p2": "t1",
                    "p3": "t2",
                    "p4": "t2",
                    "p5": None,
                }.items()
            ],
            "gold.trend_tests": [
                of_norway(rows.tested("gulls", "rising", "likely", 0.2)),
                of_norway(rows.tested("gulls", "rising", "established", 0.01), grain="year"),
                of_norway(rows.tested("terns", "falling", "established", 0.01)),
            ],
        },
    )
    return papertide.open(root)


def test_a_country_has_years_topics_partners_and_what_rises(wh: Reader) -> None:
    told = wh.profile("country", "no")
    assert (told["id"], told["name"], told["papers"]) == ("NO", "Norway", 3)
    assert [(row["year"], row["papers"], row["all_papers"]) for row in told["years"]] == [
        (2022, 1, 1), (2024, 2, 2),
    ]  # fmt: skip
    # Two of its three papers are of t1, which two of the four with a topic are.
    assert [(t["label"], t["papers"], t["expected"], t["specialisation"]) for t in told["topics"]] == [
        ("T1", 2, 1.5, 1.333), ("T2", 1, 1.5, 0.667),
    ]  # fmt: skip
    assert [(p["id"], p["name"], p["papers"], p["weight"]) for p in told["partners"]] == [
        ("SE", "Sweden", 2, 1.5), ("DK", "Denmark", 1, 0.5),
    ]  # fmt: skip
    assert [(r["name"], r["grain"], r["strength"]) for r in told["rising"]] == [
        ("gulls", "year", "established")
    ]
    assert told["notes"] == []


def test_weights_of_all_partners_are_the_papers_written_with_others(wh: Reader) -> None:
    for country, together in (("NO", 2), ("SE", 2), ("DK", 1)):
        partners = wh.profile("country", country)["partners"]
        assert sum(row["weight"] for row in partners) == together


def test_days_narrow_what_is_counted(wh: Reader) -> None:
    told = wh.profile("country", "NO", since="2023-01-01")
    assert told["papers"] == 2
    assert [row["year"] for row in told["years"]] == [2024]
    assert wh.profile("country", "NO", until="2019-12-31")["years"] == []


def test_institutions_and_venues_are_known_by_their_names(wh: Reader) -> None:
    by_name = wh.profile("institution", "silt lab")
    assert by_name == wh.profile("institution", ROR)
    assert (by_name["id"], by_name["papers"]) == (ROR, 3)
    assert "not tested among the papers of Silt Lab" in by_name["notes"][0]
    assert wh.profile("venue", "IT")["name"] == "IT"  # no country
    assert [wh.profile("venue", name)["papers"] for name in ("It", "IT")] == [1, 1]
    with pytest.raises(UsageError, match="several are called it: IT, It"):
        wh.profile("venue", "it")
    (first,) = wh.first_movers("topic", "t2", by="venue")
    assert first["name"] == "IT"
    venue = wh.profile("venue", "tides")
    assert (venue["papers"], venue["partners"]) == (2, [])
    assert [row["year"] for row in venue["years"]] == [2022, 2024]
    assert venue["years"][1]["papers"] == 0


@pytest.mark.parametrize(
    ("kind", "member", "told"),
    [
        ("town", "X", "kind: one of author, institution, country, venue, not town"),
        ("country", "Atlantis", "no code of ISO 3166-1 is Atlantis"),
        ("institution", "Reed Lab", "several are called Reed Lab: grid:9, ror:0reed"),
        ("institution", "silt", "there is no silt; with these letters there are Silt Lab"),
        ("venue", "$x; drop table", "there is no"),
        ("venue", " ", "the query is empty"),
    ],
)
def test_who_is_not_known_is_told(wh: Reader, kind: str, member: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        wh.profile(kind, member)


def test_a_person_has_a_profile(tmp_path_factory: pytest.TempPathFactory, warehouse: str) -> None:
    told = papertide.open(warehouse).profile("author", "0000-0002-1825-0097")
    assert (told["id"], told["name"], told["papers"]) == ("a1", "Ada Lovelace", 2)
    assert [(row["id"], row["name"]) for row in told["partners"]] == [("a2", "Ben Reed")]


def test_first_movers_are_those_of_the_earliest_papers(wh: Reader) -> None:
    movers = wh.first_movers("topic", "T2", by="country")
    # p4 (2020) is of SE alone; p3 (2024) of all three.
    assert [(m["name"], m["first_on"].year, m["papers"], m["first_paper_id"]) for m in movers] == [
        ("Sweden", 2020, 2, "p4"), ("Denmark", 2024, 1, "p3"), ("Norway", 2024, 1, "p3"),
    ]  # fmt: skip
    assert wh.first_movers("topic", "t2", by="country", limit=1) == movers[:1]
    (silt,) = wh.first_movers("topic", "t1", by="institution")
    assert (silt["name"], silt["first_title"], silt["date_basis"]) == (
        "Silt Lab",
        "p1",
        "published",
    )
    with pytest.raises(UsageError, match="kind: topic, term or entity, not area"):
        wh.first_movers("area", "t1", by="country")


def test_a_network_has_the_largest_members_and_their_pairs(wh: Reader) -> None:
    net = wh.network("country")
    assert [(n["id"], n["name"], n["papers"]) for n in net.nodes] == [
        ("NO", "Norway", 3), ("SE", "Sweden", 3), ("DK", "Denmark", 1),
    ]  # fmt: skip
    assert [(e["a"], e["b"], e["papers"], e["weight"]) for e in net.edges] == [
        ("NO", "SE", 2, 1.5), ("DK", "NO", 1, 0.5), ("DK", "SE", 1, 0.5),
    ]  # fmt: skip
    # A paper's weight is by all its countries, shown or not.
    assert wh.network("country", limit=2).edges == net.edges[:1]
    assert wh.network("institution").nodes[0]["name"] == "Silt Lab"
    assert "No paper that is counted" in wh.network("country", until="1990-01-01").notes[0]
    with pytest.raises(UsageError, match="a paper has one venue"):
        wh.network("venue")
    with pytest.raises(UsageError, match="from 1 to 200 nodes"):
        wh.network("country", limit=201)


def test_programs_for_networks_read_the_files(wh: Reader) -> None:
    net = wh.network("country")
    name = "{http://graphml.graphdrawing.org/xmlns}"
    graph = ET.fromstring(net.graphml()).find(f"{name}graph")
    assert graph is not None
    keys = {one.get("key"): one.text for one in graph.findall(f"{name}node")[1]}
    assert keys == {"node-label": "Sweden", "node-papers": "3"}
    ids = {node.get("id") for node in graph.findall(f"{name}node")}
    edges = graph.findall(f"{name}edge")
    assert {edge.get("source") for edge in edges} | {edge.get("target") for edge in edges} == ids
    drawn = json.loads(net.vosviewer())["network"]
    labels = {item["id"]: item["label"] for item in drawn["items"]}
    first = drawn["links"][0]
    assert {labels[first["source_id"]], labels[first["target_id"]]} == {"Norway", "Sweden"}
    assert first["strength"] == 1.5
    assert json.loads(net.json())["edges"] == net.edges


def test_who_writes_together_is_drawn_near_each_other_and_always_there() -> None:
    ids = [f"n{n}" for n in range(30)]
    group, other = ids[:5], ids[5:10]
    edges = [(a, b, 1.0) for side in (group, other) for a in side for b in side if a < b]
    places = layout(ids, edges)
    assert places == layout(ids, edges)
    assert all(0 <= value <= 1 for place in places.values() for value in place)

    def apart(left: list[str], right: list[str]) -> float:
        return median(math.dist(places[a], places[b]) for a in left for b in right if a != b)

    assert apart(group, group) < 0.5 * apart(group, other)
    assert layout([], []) == {}
    assert layout(["n"], []) == {"n": (0.5, 0.5)}


def test_the_commands_tell_and_write_the_same(
    wh: Reader, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--set", f"warehouse={wh.snapshot.root}"]
    commands.main(["profile", "country", "NO", *at], standalone_mode=False)
    told = capsys.readouterr().out
    assert told.startswith("Norway (NO): 3 papers\n")
    assert "gulls" in told and max(map(len, told.splitlines())) <= 80
    commands.main(["profile", "country", "NO", "--format", "json", *at], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["partners"][0]["name"] == "Sweden"
    file = tmp_path / "net.graphml"
    commands.main(["network", "country", "--out", str(file), *at], standalone_mode=False)
    assert "3 nodes and 3 edges in" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == wh.network("country").graphml()
    assert list(KINDS) == MEMBER_KINDS
