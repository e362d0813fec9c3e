"""A person is erased: from every table, from every file of the warehouse, and for good."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import papertide
from jobs.tables import silver
from pipelines.cli import main
from storage import ledger
from storage.warehouse import Warehouse
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import published, start, state

pytestmark = pytest.mark.slow

ORCID, OWN = "0000-0002-1825-0097", "A5077777777"
# Her names, her ids, and where she works: none of these letters stand in anything else.
TRACES = ("quillfeather", ORCID, ORCID.replace("-", ""), OWN.lower(), "lanternmoor")
UNTIL = "collaborations"
FRIENDS = ("Bea Elmwood", "Cid Oakley")


def openalex(number: int, title: str, *authors: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.5555/{number}",
        "title": title,
        "publication_date": "2024-03-01",
        "authorships": [author if "author" in author else {"author": author} for author in authors],
    }


def zelda(name: str = "Zelda Quillfeather", **more: Any) -> dict[str, Any]:
    author = {"display_name": name, "orcid": f"https://orcid.org/{ORCID}",
              "id": f"https://openalex.org/{OWN}"}  # fmt: skip
    return {"author": author, "raw_affiliation_strings": ["Lanternmoor College, Norway"], **more}


def friends() -> list[dict[str, Any]]:
    return [{"display_name": name} for name in FRIENDS]


WORKS: list[dict[str, Any]] = [
    openalex(1, "Transport of fine silt in tidal estuaries", zelda(), *friends()),
    openalex(2, "Sorting of pebbles by patient machines", friends()[0], zelda(), friends()[1]),
    *(openalex(number, f"On the weather of island number {number}", *friends())
      for number in range(10, 40)),
]  # fmt: skip
LISTED: list[dict[str, Any]] = [  # by name alone: the same work, another one of hers, one that no reader can use
    {"id": "a", "doi": "10.5555/1", "title": "Transport of fine silt in tidal estuaries",
     "authors": [{"name": "Z. Quillfeather", "affiliation": "Lanternmoor"}, *FRIENDS]},
    {"id": "b", "title": "Fine silt in tidal estuaries of the far north",
     "authors": ["Zelda Quillfeather", *FRIENDS]},
    {"id": "c", "title": "", "authors": ["Zelda Quillfeather"]},
    *({"id": f"f{number}", "title": f"Notes on rivers of county {number}", "authors": ["Di Ash"]}
      for number in range(30)),
]  # fmt: skip
CITING = {
    "DOI": "10.5555/900", "title": ["What is known of estuaries"], "type": "journal-article",
    "author": [{"given": "Di", "family": "Ash"}],
    "reference": [
        {"key": "1", "unstructured": "Zelda Quillfeather. A lost book on silt. 1999."},
        {"key": "2", "unstructured": "Elmwood B. A lost book on sand. 1998."},
    ],
}  # fmt: skip


class House:
    """A warehouse with its feeds, and its commands."""

    capsys: pytest.CaptureFixture[str]

    def __init__(self, folder: Path, flow: Flow) -> None:
        self.warehouse, self.flow = folder / "w", flow
        self.list = folder / "erased.txt"
        self.places = folder / "places.csv"  # with a decision affiliations are matched
        self.feeds = {name: folder / name for name in ("openalex", "papers", "crossref")}

    def furnish(self) -> None:
        """What stands in it before anybody is erased."""
        self.list.write_text("# whom we may no longer hold\n\n")
        self.places.write_text('affiliation,institution_id,note\n"Lanternmoor College, Norway",,\n')
        for path in self.feeds.values():
            path.mkdir()
        self.deliver("openalex", "2024-05-01", *WORKS)
        self.deliver("papers", "2024-05-01", *LISTED)
        self.deliver("crossref", "2024-05-01", CITING)
        self.run()

    def deliver(self, feed: str, day: str, *rows: dict[str, Any]) -> None:
        file = self.feeds[feed] / f"{day}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(self, *settings: str) -> None:
        places = f"institutions.decisions={self.places}"
        self.flow(self.warehouse, self.feeds, f"erased={self.list}", places, *settings, until=UNTIL)

    def call(self, *arguments: object, status: int = 0) -> tuple[str, str]:
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*map(str, arguments), *self.settings()])
        told = self.capsys.readouterr()
        assert ended.value.code == status, told
        return told.out, told.err

    def settings(self) -> list[str]:
        return [
            "--set", f"warehouse={self.warehouse}", "--set", f"erased={self.list}",
            "--set", f"institutions.decisions={self.places}",
        ]  # fmt: skip

    def erase(self, *options: str, status: int = 0) -> dict[str, dict[str, Any]]:
        out, _ = self.call("erase", "--format", "json", *options, status=status)
        return {row["table"]: row for row in json.loads(out)}

    def traces(self) -> list[str]:
        """The files of the warehouse in which anything of her stands."""
        files = (file for file in self.warehouse.rglob("*") if file.is_file())
        return sorted(str(f.relative_to(self.warehouse)) for f in files if traces_in(f))

    def shape(self) -> dict[str, Any]:
        """What must not change: papers, their ids, and how many authors each has."""
        papers = [json.loads(row) for row in published(self.warehouse, silver.PAPERS)]
        return {row["paper_id"]: (row["title"], len(row["authors"] or ())) for row in papers}

    def others(self) -> set[tuple[str, int]]:
        authors = [json.loads(row) for row in published(self.warehouse, silver.AUTHORS)]
        return {(row["name"], row["papers"]) for row in authors if "Quill" not in row["name"]}


def traces_in(file: Path) -> bool:
    texts = [file.read_bytes().decode("utf-8", "replace")]
    if file.suffix == ".parquet":
        texts.append(str(pq.read_table(file).to_pylist()))
    return any(trace in text.lower() for text in texts for trace in TRACES)


@pytest.fixture(scope="module")
def furnished(flow: Flow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a house in which all are still there; each test takes a copy."""
    folder = tmp_path_factory.mktemp("furnished")
    House(folder, flow).furnish()
    return folder


@pytest.fixture
def house(furnished: Path, flow: Flow, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> House:
    made = House(shutil.copytree(furnished, tmp_path / "house"), flow)
    made.capsys = capsys
    return made


def test_nothing_of_an_erased_person_is_left_or_comes_back(house: House) -> None:
    shape, others = house.shape(), house.others()
    assert len(house.traces()) > 10
    assert any(trace.startswith("silver/affiliations/") for trace in house.traces())
    out, err = house.call("erase", status=2)
    assert "names nobody" in err
    house.list.write_text("Zelda Quillfeather\n")
    assert "line 1 names nobody" in house.call("erase", status=2)[1]

    house.list.write_text(f"{ORCID}  # asked on 2024-06-01\n")
    before = house.erase("--check", status=1)
    assert before["silver.records"]["rows"] == 5  # two of them cite or list her by name alone
    assert before["silver.authorships"]["rows"] == 3
    done = house.erase()
    assert done["silver.records"]["changed"] == 5
    assert done["silver.authors"]["gone"] == 1
    assert done["bronze.records"]["old_files"] > 0
    assert house.traces() == []
    assert house.erase("--check") == {}
    assert (house.shape(), house.others()) == (shape, others)

    again = state(house.warehouse)
    assert house.erase() == {}  # once is enough
    assert state(house.warehouse) == again

    # The same files again, new words of the same works, and a new work with her id.
    house.deliver("openalex", "2024-05-02", openalex(50, "A new work on silt", zelda(), *friends()),
                  {**WORKS[1], "language": "en"})  # fmt: skip
    house.deliver("papers", "2024-05-02", {**LISTED[0], "votes": 3}, {**LISTED[1], "votes": 3})
    house.run()
    assert house.traces() == []
    assert house.erase("--check") == {}
    assert len(house.shape()) == len(shape) + 1
    assert {title for title, number in house.shape().values() if number == 3} >= {
        "A new work on silt"
    }

    # Records are read again from what is left of them, and say the same.
    records = published(house.warehouse, silver.RECORDS)
    house.call("repair", "silver.records", "--rebuild")
    house.run()
    assert published(house.warehouse, silver.RECORDS) == records
    assert house.traces() == []


def test_older_versions_are_gone_and_readers_are_told(house: House) -> None:
    shelf = Warehouse.at(str(house.warehouse))
    version = ledger.published(shelf)[silver.PAPERS.name].version
    house.list.write_text(f"openalex:{OWN}\n")
    house.erase()
    _, err = house.call("restore", "silver.papers", "--version", version, status=1)
    assert "no longer whole" in err
    reader = papertide.open(str(house.warehouse))
    paper = next(row for row in reader.papers(limit=100) if row["title"].startswith("Transport"))
    assert [row["name"] for row in reader.authorships(paper["paper_id"])] == [None, *FRIENDS]
    assert not list(reader.authors("Quillfeather"))


def test_a_place_on_a_paper_names_who_has_no_id(house: House) -> None:
    (north,) = [paper for paper, (title, _) in house.shape().items() if "far north" in title]
    house.list.write_text(f"{north} 2\n")
    house.erase()
    names = {
        (row["paper_id"], row["position"]): row["name"]
        for row in map(json.loads, published(house.warehouse, silver.AUTHORSHIPS))
    }
    assert names[north, 1] == "Zelda Quillfeather"
    assert names[north, 2] is None

    # The line stays, and the list comes in another order: the place is another's now.
    house.deliver("papers", "2024-05-02",
                  {**LISTED[1], "authors": [FRIENDS[0], "Zelda Quillfeather", FRIENDS[1]]})  # fmt: skip
    house.run()
    assert house.erase() == {}
    assert house.erase("--check") == {}
    now = [row for row in map(json.loads, published(house.warehouse, silver.AUTHORSHIPS))
           if row["paper_id"] == north]  # fmt: skip
    assert {row["position"]: row["name"] for row in now}[2] == "Zelda Quillfeather"


def killed(house: House, moment: Callable[[], bool]) -> bool:
    """Erase in a process of its own, and kill it when the moment comes; whether it came."""
    process = start("erase", *house.settings())
    while process.poll() is None and not moment():
        time.sleep(0.02)
    is_there = process.poll() is None
    if is_there:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    return is_there


def test_an_erasure_that_dies_is_finished_by_the_next(house: House) -> None:
    shape, others = house.shape(), house.others()
    house.list.write_text(f"{ORCID}\n")
    staging = house.warehouse / "_staging"
    assert killed(house, lambda: any(staging.glob("erase.*/*/*")))
    assert house.shape() == shape
    assert killed(house, lambda: any(staging.glob("erase.*/intent.json")))
    house.run("erased=null")  # any run finishes what has passed the gates
    left = house.erase("--check", status=1)
    assert {row["rows"] for row in left.values()} == {0}  # but not what is older
    assert left["silver.records"]["old_versions"]
    house.call("repair", "silver.authors", "--rebuild")  # so that there is something to make
    assert killed(house, lambda: any(staging.glob("authors.*")))
    assert house.traces()
    house.erase()
    assert house.traces() == []
    assert house.erase("--check") == {}
    assert (house.shape(), house.others()) == (shape, others)
