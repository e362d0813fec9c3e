"""From a source or from a hostile folder to published records: everything ends somewhere."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jobs.tables.bronze import FILES
from jobs.tables.gold import TERMS, TOPICS
from jobs.tables.silver import EMBEDDINGS, PAPERS, QUARANTINE, RECORDS
from pipelines.harvest.harvesting import harvest
from pipelines.stages import PIPELINE
from tests.end_to_end.conftest import Flow
from tests.end_to_end.processes import published
from tests.pipelines.harvest.serving import Reply, Seen, Service, Time, config, oai

pytestmark = pytest.mark.slow


@pytest.fixture
def service() -> Any:
    service = Service()
    yield service
    service.close()


def entry(one: str, title: str, status: str = "") -> str:
    header = f"<identifier>oai:arXiv.org:{one}</identifier><datestamp>2026-11-20</datestamp>"
    metadata = (
        '<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/">'
        f"<id>{one}</id><created>2026-11-19</created><authors><author><keyname>Tern</keyname>"
        f"<forenames>Ada</forenames></author></authors><title>{title}</title>"
        f"<categories>cs.CL</categories><abstract>On {title}, at length and twice a day.</abstract>"
        "</arXiv></metadata>"
    )
    return f"<record><header{status}>{header}</header>{'' if status else metadata}</record>"


def test_what_is_harvested_is_run_and_a_deletion_reaches_the_papers(
    service: Service, flow: Flow, tmp_path: Path
) -> None:
    days = {
        "2026-11-20": [entry("2611.00001", "Ebb"), entry("2611.00002", "Flow")],
        "2026-11-21": [entry("2611.00003", "Swell"), entry("2611.00001", "", ' status="deleted"')],
    }

    def reply(seen: Seen) -> Reply:
        return Reply(oai(f"<ListRecords>{''.join(days[seen.parameters['from']])}</ListRecords>"))

    service.reply = reply
    landing, warehouse = tmp_path / "landing", tmp_path / "warehouse"
    given = config("arxiv-oai", service.url, landing)

    def brought(day: int) -> dict[str, Any]:
        """Papers by arXiv id after the harvest of a day and a run."""
        harvest(given, "feed", date(2026, 11, day), date(2026, 11, day), Time().clock)
        flow(warehouse, {"arxiv-oai": landing}, until="papers")
        return {row["arxiv_id"]: row for row in map(json.loads, published(warehouse, PAPERS))}

    first = brought(20)
    assert {one: row["title"] for one, row in first.items()} == {
        "2611.00001": "Ebb",
        "2611.00002": "Flow",
    }
    second = brought(21)
    assert sorted(second) == ["2611.00001", "2611.00002", "2611.00003"]
    assert [one for one, row in second.items() if row["is_withdrawn"]] == ["2611.00001"]
    assert second["2611.00002"] == first["2611.00002"]


def line(one: str, title: str) -> bytes:
    return json.dumps({"id": one, "title": title}, ensure_ascii=False).encode() + b"\n"


LONG = 50 * 1024**2
DEEP = b'{"id": "deep", "title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
HOSTILE = {
    "good.jsonl": line("1", "Ebb"),
    "nul.jsonl": line("2", "Flow") + b"\0" * 20 + b"\n" + line("3", "Sw\0ell"),
    "long.jsonl": line("4", "Neap")
    + b'{"id": "long", "title": "' + b"x" * LONG + b'"}\n'
    + line("5", "Spring"),
    "deep.jsonl": DEEP + line("6", "Slack"),
    "mixed.jsonl": line("7", "Größe") + "{'id': 'Größe'}\n".encode("latin-1") + line("8", "Größe"),
    "mojibake.jsonl": line("9", "Größe".encode().decode("cp1252")),
    "bomb.jsonl.gz": gzip.compress(b"\0" * (300 * 1024**2), 1),
    "behind.jsonl.gz": gzip.compress(line("10", "Lost")) + b"garbage",
    "twice.jsonl": b'{"id": "11", "id": "12", "title": "Two"}\n',
    "huge.jsonl": b'{"id": "13", "title": "Many", "votes": 1' + b"0" * 400 + b"}\n",
    "_under.jsonl": line("14", "Under"),
    "space and 'quote';$(touch x).jsonl": line("15", "Names are data"),
    ".dot.jsonl": line("16", "Left out"),
}  # fmt: skip


def test_a_hostile_folder_costs_no_good_record(flow: Flow, tmp_path: Path) -> None:
    folder, warehouse = tmp_path / "in", tmp_path / "warehouse"
    folder.mkdir()
    for name, content in HOSTILE.items():
        (folder / name).write_bytes(content)
    before = sorted(os.listdir(folder))

    flow(warehouse, {"papers": folder}, until="parse")

    records = {row["native_id"]: row for row in map(json.loads, published(warehouse, RECORDS))}
    quarantined: dict[str, list[str]] = {}
    for row in map(json.loads, published(warehouse, QUARANTINE)):
        quarantined.setdefault(row["file"], []).append(row["reason"])
    files = {row["file"]: row for row in map(json.loads, published(warehouse, FILES))}
    assert {one: row["title"] for one, row in records.items()} == {
        "1": "Ebb", "2": "Flow", "3": "Swell", "4": "Neap", "5": "Spring", "6": "Slack",
        "7": "Größe", "8": "Größe", "9": "Größe", "12": "Two", "14": "Under", "15": "Names are data",
    }  # fmt: skip
    assert records["9"]["warnings"] == ["title was decoded wrongly and is put right"]
    told = {
        "nul.jsonl": "JSON",
        "long.jsonl": "more than a part of a file may have",
        "deep.jsonl": "depth",
        "mixed.jsonl": "UTF-8",
        "bomb.jsonl.gz": "decompressed",
        "behind.jsonl.gz": "gzip",
        "huge.jsonl": "",
    }
    assert {file: len(reasons) for file, reasons in quarantined.items()} == dict.fromkeys(told, 1)
    for file, word in told.items():
        assert word in quarantined[file][0], quarantined[file]
    assert {*files} == {*HOSTILE}
    assert files[".dot.jsonl"]["status"] == "left out"
    assert sum(row["delivered"] for row in files.values()) == len(records) + len(told)
    assert sorted(os.listdir(folder)) == before


# Two papers whose phrases cannot be read, and one that does not count.
FEW = (
    line("1", "潮汐预报"),
    line("2", "海浪"),
    b'{"id": "3", "title": "Ebb", "abstract": "This paper has been withdrawn."}\n',
)


def test_few_papers_are_a_whole_run(flow: Flow, tmp_path: Path) -> None:
    """Too few for a topic or a term, they pass every gate and are in the tables of single papers."""
    folder, warehouse = tmp_path / "in", tmp_path / "warehouse"
    folder.mkdir()
    (folder / "2026-11-20.jsonl").write_bytes(b"".join(FEW))

    done = flow(warehouse, {"papers": folder})

    assert [row["stage"] for row in done.stages] == [stage.name for stage in PIPELINE]
    assert len(published(warehouse, PAPERS)) == len(published(warehouse, EMBEDDINGS)) == len(FEW)
    assert not published(warehouse, TOPICS) and not published(warehouse, TERMS)
