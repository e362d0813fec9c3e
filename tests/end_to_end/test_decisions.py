"""why, join and split through the command line, on a warehouse that a run made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs.tables.silver import IDENTITY
from pipelines.cli import main
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import published, versions

pytestmark = pytest.mark.slow

BY = {"authors": ["Ada Fern", "Bo Oak"], "year": 2020}
ROWS: list[dict[str, Any]] = [
    {"id": "1", "title": "Sorting pebbles with patient machines", "doi": "10.1234/x", **BY},
    {"id": "2", "title": "Sorting Pebbles with Patient Machines.", **BY},
    {
        "id": "3",
        "title": "Sorting pebbles with patient machines",
        "doi": "10.1234/y",
        **BY,
        "year": 2021,
    },
    {"id": "4", "title": "On the colour of wet feathers", "authors": ["Cy Elm"], "year": 2019},
    {"id": "5", "title": "A theory of folded umbrellas", "authors": ["Di Ash"], "year": 2018},
]


class House:
    """A warehouse, and its commands."""

    def __init__(self, folder: Path, flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.flow, self.capsys = folder / "warehouse", flow, capsys
        self.feed = folder / "2024-05-01.jsonl"
        self.feed.write_text("".join(json.dumps(row) + "\n" for row in ROWS))

    def run(self) -> None:
        self.flow(self.folder, {"papers": self.feed}, until="papers")
        self.capsys.readouterr()

    def call(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--set", f"warehouse={self.folder}"])
        told = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    def decide(self, *arguments: str) -> str:
        status, out, err = self.call(*arguments, "--by", "ada", "--note", "seen in print")
        assert status == 0, err
        return out

    def why(self, paper: str) -> dict[str, list[dict[str, Any]]]:
        status, out, err = self.call("why", paper, "--format", "json")
        assert status == 0, err
        found: dict[str, list[dict[str, Any]]] = json.loads(out)
        return found

    def record(self, native: str) -> tuple[str, str]:
        """Record and paper of a row of the feed."""
        for row in self.papers().values():
            for told in self.why(row)["records"]:
                if told["native_id"] == native:
                    return told["record_id"], told["paper_id"]
        raise AssertionError(native)

    def papers(self) -> dict[str, str]:
        rows = (json.loads(row) for row in published(self.folder, IDENTITY))
        return {row["record_id"]: row["paper_id"] for row in rows}


@pytest.fixture
def house(tmp_path: Path, flow: Flow, capsys: pytest.CaptureFixture[str]) -> Iterator[House]:
    made = House(tmp_path, flow, capsys)
    made.run()
    yield made


def test_a_person_asks_why_and_decides_otherwise(house: House) -> None:
    (one, paper), (two, same), (three, other) = (house.record(native) for native in "123")
    assert paper == same != other

    told = house.why(paper)
    assert [row["record_id"] for row in told["records"]][0] in (one, two)
    assert [{row["a"], row["b"]} for row in told["joined"]] == [{one, two}]
    assert json.loads(told["joined"][0]["evidence"])
    assert {(row["other"], row["of_paper"]) for row in told["apart"]} == {(three, other)}
    assert any("doi" in row["reason"] for row in told["apart"])
    status, out, _ = house.call("why", paper)
    assert status == 0 and all(name in out for name in ("records: 2", "joined: 1", "apart: "))

    assert "1 pairs" in house.decide("split", paper, two)
    assert "already" in house.decide("split", paper, two)
    assert house.papers()[two] == paper  # until the next run
    (row,) = house.why(paper)["decisions"]
    assert (row["kind"], row["decided_by"], row["note"]) == ("split", "ada", "seen in print")
    house.run()
    # Kept from the first, the record goes with the other that it resembles.
    now = house.papers()
    assert now[one] != now[two] == now[three]
    assert paper in now.values()
    before = versions(house.folder)
    house.run()
    assert versions(house.folder) == before

    four, five = house.record("4")[1], house.record("5")[1]
    assert "1 pairs" in house.decide("join", four, five)
    house.run()
    assert house.record("4")[1] == house.record("5")[1]
    assert {house.record("4")[1]} <= {four, five}
    for asked in (four, five):  # the one that is no more leads to the one that stands
        assert len(house.why(asked)["records"]) == 2
    assert [row["kind"] for row in house.why(four)["forwards"]] == ["merge"]
    assert "already" in house.decide("join", four, five)

    # A person may join what ids keep apart.
    assert "pairs" in house.decide("join", now[one], now[two])
    house.run()
    assert len({house.papers()[record] for record in (one, two, three)}) == 1
