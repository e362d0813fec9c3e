"""A day in the life: harvested, run, mailed and read, each way in at the same published state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyhive import hive

from jobs.tables.gold import SCORES
from jobs.tables.ops import DELIVERIES
from jobs.tables.silver import PAPERS
from pipelines import ledger
from pipelines.digest import store, subscribers
from pipelines.digest.subscribers import Wishes
from pipelines.warehouse import Warehouse
from tests.dashboard.browser import CHROMIUM, END, browser, served
from tests.end_to_end.processes import PAPERTIDE, published, sample
from tests.end_to_end.test_cluster import free_port, wait_for
from tests.end_to_end.test_serve import deployment, process, runs, start_run, until
from tests.pipelines.digest import house as the
from tests.pipelines.digest.mailing import Mailbox, Server, plain
from tests.pipelines.harvest.serving import Reply, Seen, Service

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium"),
]

A_DAY = 20  # papers
TOP = """
select p.title from gold.scores s join silver.papers p using (paper_id)
where s.as_of = (select max(as_of) from gold.scores) order by s.score desc, s.paper_id limit 10
"""


def days() -> list[date]:
    """The day before yesterday, and yesterday."""
    today = datetime.now(UTC).date()
    return [today - timedelta(days=2), today - timedelta(days=1)]


def lists(folder: Path) -> dict[str, bytes]:
    """What the daily-papers service of two days answers, by day."""
    files = sorted(sample(folder, papers=2 * A_DAY, days=2).glob("*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    made = [_entry(number, row) for number, row in enumerate(rows)]
    listed = (made[:A_DAY], made[A_DAY:])
    return {str(day): json.dumps(some).encode() for day, some in zip(days(), listed, strict=True)}


def _entry(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    listed = days()[min(number // A_DAY, 1)]
    return {
        "paper": {
            "id": f"2503.{number:05}",
            "title": row["title"],
            "summary": row.get("abstract"),
            "authors": [{"name": "Ada Ebb"}],
            "publishedAt": listed.isoformat(),
            "submittedOnDailyAt": listed.isoformat(),
            "upvotes": 3 * number,
        }
    }


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service, answers = Service(), lists(tmp_path / "sample")

    def reply(seen: Seen) -> Reply:
        return Reply(answers.get(seen.parameters["date"], b"[]"))

    service.reply = reply
    yield service
    service.close()


def settings(folder: Path, service: Service, mail_port: int) -> Path:
    harvest = {"source": "hf-daily", "base_url": service.url, "pause_seconds": 0}
    told = {
        "warehouse": str(folder / "warehouse"),
        "session": {"driver_memory": "1g"},
        "harvest": {"contact": "someone@example.org", "first_days": 2},
        "feeds": {
            "hf-daily": {"format": "hf-daily", "path": str(folder / "landed"), "harvest": harvest}
        },
        "digest": {
            "sender": "papers@papertide.example",
            "endpoint_url": "http://127.0.0.1:8025",
            "morning_hour": 0,
            "smtp": {"host": "127.0.0.1", "port": mail_port, "security": "none"},
        },
    }
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump(told))
    return file


def subscribed(house: Warehouse) -> None:
    """One reader of everything, confirmed."""
    with store.opened(Path(house.root) / "_private" / "subscribers.sqlite") as db:
        who = subscribers.add(db, "ada@example.org", "UTC", Wishes(), (), datetime.now(UTC))
        subscribers.confirm(db, who.id)


def ran(api: str, name: str, log: Path) -> None:
    """Start a deployment's flow; it must end well."""
    number = deployment(api, name)
    assert number
    start_run(api, number)
    (done,) = until(lambda: runs(api, number, "COMPLETED", "FAILED", "CRASHED"), log)
    assert done["state_type"] == "COMPLETED", log.read_text()[-5000:]


def plainly(text: str) -> str:
    """A text without the signs that keep it inert, its lines joined."""
    return " ".join(text.replace("\u2060", "").split())


def test_a_day_is_harvested_run_mailed_and_read_alike_by_every_way_in(
    service: Service, tmp_path: Path
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
            ran(api, "daily", log)
            subscribed(house)
            ran(api, "hourly-digest", log)
        state = {name: seen.version for name, seen in ledger.published(house).items()}
        titles = read_plainly(tmp_path / "warehouse")
        assert service.asked("date") == [str(day) for day in days()]
        assert len(published(tmp_path / "warehouse", PAPERS)) > A_DAY  # of both days

        (letter,) = box.mails
        assert titles[0] in plainly(plain(letter))
        states = sorted(row["state"] for row in ledger.rows(house, DELIVERIES))
        assert states == ["intended", "sent"]

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
