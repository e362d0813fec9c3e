"""Recorded answers of the real sources, played back: they land byte for byte, and are counted."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from pipelines.harvest.core import Fault, Refused, Stale
from pipelines.harvest.harvesting import Harvested, harvest
from pipelines.harvest.oai import ARXIV_OAI
from tests.pipelines.harvest.serving import (
    Reply,
    Seen,
    Service,
    Time,
    config,
    crossref_page,
    openalex_page,
)

DAY = date(2026, 11, 20)


def sums(bodies: Sequence[bytes]) -> list[str]:
    return [sha256(body).hexdigest() for body in bodies]


def landed(done: Harvested) -> list[str]:
    return sums([file.read_bytes() for file in done.files])


def test_oai_pmh_pages(shared_feeds: Path, service: Service, tmp_path: Path, time: Time) -> None:
    folder = shared_feeds / "arxiv-oai-pmh"
    page = (folder / "arxiv-physics-hep-ex.xml").read_bytes()
    first = page.replace(b"</ListRecords>", b"<resumptionToken>6|2</resumptionToken></ListRecords>")
    last = (folder / "arxiv-physics-hep-th.xml").read_bytes()
    service.reply = lambda seen: Reply(last if "resumptionToken" in seen.parameters else first)
    done = harvest(config("arxiv-oai", service.url, tmp_path), "feed", DAY, DAY, time.clock)
    assert landed(done) == sums([first, last])
    assert sum(ARXIV_OAI.read(body).records for body in (first, last)) == 6


def test_atom_pages(shared_feeds: Path, service: Service, tmp_path: Path, time: Time) -> None:
    whole = b"<opensearch:totalResults>214881<"
    pages = {}
    for file in (shared_feeds / "arxiv-atom").glob("q_testing_s*_m10_*.xml"):
        start = file.name.split("_s")[1].split("_")[0]
        body = file.read_bytes()
        assert whole in body
        pages[start] = body.replace(whole, b"<opensearch:totalResults>60<")
    service.reply = lambda seen: Reply(pages[seen.parameters["start"]])
    given = config("arxiv-api", service.url, tmp_path, search_query="all:testing")
    done = harvest(given, "feed", DAY, DAY, time.clock)
    assert service.asked("start") == ["0", "10", "20", "30", "40", "50"]
    assert landed(done) == sums([pages[str(start)] for start in range(0, 60, 10)])


def test_atom_answers_without_entries_and_with_an_error(
    shared_feeds: Path, service: Service, tmp_path: Path, time: Time
) -> None:
    (empty,) = (shared_feeds / "arxiv-atom").glob("id_0000.0000_*.xml")
    (error,) = (shared_feeds / "arxiv-atom").glob("id_abc_*.xml")
    given = config("arxiv-api", service.url, tmp_path, search_query="all:x")
    service.reply = lambda seen: Reply(empty.read_bytes())
    assert harvest(given, "feed", DAY, DAY, time.clock).files == []
    service.reply = lambda seen: Reply(error.read_bytes())
    with pytest.raises(Refused, match="incorrect id format for abc"):
        harvest(given, "feed", DAY, DAY, time.clock)


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_announcements(
    shared_feeds: Path, service: Service, tmp_path: Path, time: Time, name: str
) -> None:
    body = (shared_feeds / "arxiv-rss" / name).read_bytes()
    service.reply = lambda seen: Reply(body)
    given = config("arxiv-rss", service.url, tmp_path, categories="hep-ex")
    assert landed(harvest(given, "feed", clock=time.clock)) == sums([body])
    assert harvest(given, "feed", clock=time.clock).files == []


def test_daily_lists(shared_feeds: Path, service: Service, tmp_path: Path, time: Time) -> None:
    folder = shared_feeds / "hf-daily-papers"

    def reply(seen: Seen) -> Reply:
        file = folder / f"{seen.parameters['date']}.json"
        return Reply(file.read_bytes() if file.exists() else b"[]")

    service.reply = reply
    days = date(2025, 12, 1), date(2025, 12, 14)
    done = harvest(config("hf-daily", service.url, tmp_path), "feed", *days, time.clock)
    there = sorted(file.name for file in folder.glob("2025-12-0*.json"))
    there += sorted(file.name for file in folder.glob("2025-12-1[0-4].json"))
    assert len(there) > 7
    assert [file.name for file in done.files] == there
    assert landed(done) == sums([(folder / name).read_bytes() for name in there])


def test_europepmc_pages(shared_feeds: Path, service: Service, tmp_path: Path, time: Time) -> None:
    recorded = json.loads((shared_feeds / "europepmc" / "fetch_10pages_cancer.json").read_bytes())
    marks = ["*", *(page["nextCursorMark"] for page in recorded)]
    counted = sum(len(page["resultList"]["result"]) for page in recorded)
    pages = [json.dumps(page | {"hitCount": counted}).encode() for page in recorded]
    pages.append(json.dumps({"hitCount": counted, "resultList": {"result": []}}).encode())
    service.reply = lambda seen: Reply(pages[marks.index(seen.parameters["cursorMark"])])
    given = config("europepmc", service.url, tmp_path, query="cancer")
    done = harvest(given, "feed", DAY, DAY, time.clock)
    assert service.asked("cursorMark") == marks
    assert landed(done) == sums(pages[:10])


@pytest.mark.parametrize(
    ("name", "make", "keys"),
    [
        ("openalex", openalex_page, ("results",)),
        ("crossref", crossref_page, ("message", "items")),
    ],
)
def test_works_by_cursor(
    shared_feeds: Path, service: Service, tmp_path: Path, time: Time, name: str,
    make: Callable[[Sequence[Any], str | None, int], bytes], keys: tuple[str, ...],
) -> None:  # fmt: skip
    lines = (shared_feeds / name / "works.jsonl").read_bytes().splitlines()
    # The same works were recorded again and again; a source counts each once.
    works = [json.loads(line) for line in dict.fromkeys(lines)]

    def reply(seen: Seen) -> Reply:
        start = int(seen.parameters["cursor"].replace("*", "0"))
        return Reply(make(works[start : start + 20], str(start + 20), len(works)))

    service.reply = reply
    done = harvest(config(name, service.url, tmp_path), "feed", DAY, DAY, time.clock)
    brought: list[Any] = []
    for file in done.files:
        value = json.loads(file.read_bytes())
        for key in keys:
            value = value[key]
        brought += value
    assert brought == works
    assert len(works) > 100


def test_hostile_answers_are_none(shared_feeds: Path) -> None:
    folder = shared_feeds / "hostile"
    wanted = {
        "html_instead_of_xml.xml": Fault,
        "atom_error_entry.xml": Fault,
        "acl_truncated.xml": Fault,
        "oai_error.xml": Stale,
    }
    for name, problem in wanted.items():
        with pytest.raises(problem):
            ARXIV_OAI.read((folder / name).read_bytes())
    deleted = ARXIV_OAI.read((folder / "oai_deleted_and_empty_token.xml").read_bytes())
    assert (deleted.records, deleted.token) == (1, None)


def test_a_recorded_page_cut_at_any_line_is_none(shared_feeds: Path) -> None:
    body = (shared_feeds / "arxiv-oai-pmh" / "arxiv-physics-hep-ex.xml").read_bytes()
    assert etree.fromstring(body) is not None
    lines = body.rstrip().splitlines(keepends=True)
    for end in range(len(lines)):
        with pytest.raises(Fault):
            ARXIV_OAI.read(b"".join(lines[:end]))
