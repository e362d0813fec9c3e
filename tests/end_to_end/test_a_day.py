"""A day in the life: harvested, run, mailed and read, each way in at the same published state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyhive import hive

from jobs.tables.gold import SCORES
from jobs.tables.ops import DELIVERIES, RUNS
from jobs.tables.silver import PAPERS
from pipelines.digest import store
from pipelines.digest.readers import subscribers
from pipelines.digest.readers.subscribers import Wishes
from storage import ledger
from storage.warehouse import Warehouse
from tests.conftest import REAL_FEEDS
from tests.dashboard.browser import CHROMIUM, END, browser, served
from tests.end_to_end.processes import PAPERTIDE, free_port, published, sample, wait_for
from tests.end_to_end.test_serve import deployment, process, read, runs, start_run, until
from tests.pipelines.digest import house as the
from tests.pipelines.digest.mailing import Mailbox, Server, plain
from tests.pipelines.harvest.serving import Reply, Service

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium"),
]

# Two minutes before `daily` is due, and the morning in Berlin.
BEGUN, DUE = datetime(2024, 6, 14, 4, 58, tzinfo=UTC), "2024-06-14T05:00:00Z"
DAYS = ["2024-06-12", "2024-06-13"]
TOP = """
select p.title from gold.scores s join silver.papers p using (paper_id)
where s.as_of = (select max(as_of) from gold.scores) order by s.score desc, s.paper_id limit 10
"""


@pytest.fixture
def lists(tmp_path: Path) -> dict[str, bytes]:
    """The daily lists: the real ones, or made ones where those are not at hand."""
    real = REAL_FEEDS / "hf-daily-papers"
    if real.is_dir():
        return {day: (real / f"{day}.json").read_bytes() for day in DAYS}
    file = next(sample(tmp_path / "sample", papers=40, days=1).glob("*.jsonl"))
    made = [entry(*each) for each in enumerate(map(json.loads, file.open(encoding="utf-8")))]
    return {day: json.dumps(made[n :: len(DAYS)]).encode() for n, day in enumerate(DAYS)}


def entry(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "paper": {
            "id": f"2406.{number:05}",
            "title": row["title"],
            "summary": row.get("abstract"),
            "authors": [{"name": "Ada Ebb"}],
            "publishedAt": f"{DAYS[0]}T00:00:00.000Z",
            "upvotes": 3 * number,
        }
    }


@pytest.fixture
def service(lists: Mapping[str, bytes]) -> Iterator[Service]:
    service = Service()
    service.reply = lambda seen: Reply(lists.get(seen.parameters["date"], b"[]"))
    yield service
    service.close()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """All Python processes that start from here on go by another clock."""
    ahead = (BEGUN - datetime.now(UTC)).total_seconds()
    monkeypatch.setenv("CLOCK_AHEAD_SECONDS", str(ahead))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "clock"))


def settings(folder: Path, service: Service, mail_port: int) -> Path:
    harvest = {"source": "hf-daily", "base_url": service.url, "pause_seconds": 0}
    told = {
        "warehouse": str(folder / "warehouse"),
        "session": {"driver_memory": "1g"},
        "harvest": {"contact": "someone@example.org", "first_days": len(DAYS)},
        "feeds": {
            "hf-daily": {"format": "hf-daily", "path": str(folder / "landed"), "harvest": harvest}
        },
        "digest": {
            "sender": "papers@papertide.example",
            "endpoint_url": "http://127.0.0.1:8025",
            "smtp": {"host": "127.0.0.1", "port": mail_port, "security": "none"},
        },
    }
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump(told))
    return file


def subscribed(house: Warehouse) -> None:
    """One reader of everything, confirmed."""
    with store.open_store(Path(house.root) / "_private" / "subscribers.sqlite") as db:
        who = subscribers.add(db, "ada@example.org", "Europe/Berlin", Wishes(), (), BEGUN)
        subscribers.confirm(db, who.id)


def ends_well(api: str, run_id: str, log: Path) -> None:
    """Wait for a run to end."""
    ended = ("COMPLETED", "FAILED", "CRASHED")
    (run,) = until(lambda: [run for run in read(api, "flow_runs") if run["id"] == run_id
                            and run["state_type"] in ended], log)  # fmt: skip
    assert run["state_type"] == "COMPLETED", log.read_text()[-5000:]


def plainly(text: str) -> str:
    """A text without the signs that keep it inert, its lines joined."""
    return " ".join(text.replace("\u2060", "").split())


def test_a_day_is_harvested_run_mailed_and_read_alike_by_every_way_in(
    service: Service, lists: Mapping[str, bytes], tmp_path: Path
) -> None:
    box, port, log = Mailbox(), free_port(), tmp_path / "serve.log"
    house = Warehouse.at(str(tmp_path / "warehouse"))
    api = f"http://127.0.0.1:{port}/api"
    environment = {"PREFECT_HOME": str(tmp_path / "prefect"), **the.SECRETS}
    with ExitStack() as running:
        mail = running.enter_context(Server(box))
        conf = str(settings(tmp_path, service, mail.port))
        serve = [str(PAPERTIDE), "serve", "--port", str(port), "--conf", conf]
        with process(log, serve, **environment):
            until(lambda: "serving daily" in log.read_text(), log)
            daily, digest = deployment(api, "daily"), deployment(api, "hourly-digest")
            assert daily and digest
            planned = until(lambda: runs(api, daily, "SCHEDULED"), log)
            first = min(planned, key=lambda run: run["expected_start_time"])
            assert first["expected_start_time"] == DUE, "what is served began too late"
            ends_well(api, first["id"], log)
            subscribed(house)
            ends_well(api, start_run(api, digest), log)
        state = {name: seen.version for name, seen in ledger.published(house).items()}
        titles = read_plainly(tmp_path / "warehouse")
        assert service.asked("date") == DAYS
        papers = sum(len(json.loads(listed)) for listed in lists.values())
        assert len(published(tmp_path / "warehouse", PAPERS)) == papers
        scores = map(json.loads, published(tmp_path / "warehouse", SCORES))
        assert {row["as_of"] for row in scores} == {DAYS[-1]}

        (letter,) = box.mails
        mailed = plainly(plain(letter))
        assert all(f"{place}. {title}" in mailed for place, title in enumerate(titles, 1))
        states = sorted(row["state"] for row in ledger.rows(house, DELIVERIES))
        assert states == ["intended", "sent"]
        told = [row["at"] for table in (RUNS, DELIVERIES) for row in ledger.rows(house, table)]
        assert {at.date() for at in [*told, letter["Date"].datetime]} == {BEGUN.date()}

        assert read_in_chromium(house.root, tmp_path) == titles
        assert read_through_thrift(conf, tmp_path) == titles
        assert {name: seen.version for name, seen in ledger.published(house).items()} == state


def read_plainly(warehouse: Path) -> list[str]:
    """The titles of the ten best papers of the last day, without Spark."""
    scores = list(map(json.loads, published(warehouse, SCORES)))
    titles = {
        row["paper_id"]: row["title"] for row in map(json.loads, published(warehouse, PAPERS))
    }
    scores.sort(key=lambda row: (-row["score"], row["paper_id"]))
    return [plainly(titles[row["paper_id"]]) for row in scores[:10]]


def read_in_chromium(root: str, folder: Path) -> list[str]:
    with served(root) as address, browser(folder / "profile") as page:
        page.resize(1200, 1000, "light")
        page.open(f"{address}/?show=10", END)
        links = "[...document.querySelectorAll('main [data-testid=stPageLink] a')]"
        found = json.loads(page.run(f"JSON.stringify({links}.map(link => link.innerText))"))
    return [re.sub(r"^\d+\. ", "", plainly(title)) for title in found]


def read_through_thrift(conf: str, folder: Path) -> list[str]:
    port, log = free_port(), folder / "thrift.log"
    command = [str(PAPERTIDE), "thrift", "--port", str(port), "--conf", conf]
    with process(log, command):
        wait_for(log, "serving jdbc:hive2://")
        connection = hive.connect("127.0.0.1", port, username="reader")
        cursor = connection.cursor()
        cursor.execute(TOP)
        found = [plainly(title) for (title,) in cursor.fetchall()]
        connection.close()
    return found
