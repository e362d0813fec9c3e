"""`papertide subscribers` and `papertide digest` at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.tables.ops import DELIVERIES
from pipelines.cli import main
from storage import ledger
from storage.warehouse import Warehouse
from tests.pipelines.digest import house as the


class Command:
    """The command line over one warehouse."""

    def __init__(self, house: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
        self.house = house
        self.capsys = capsys

    def __call__(self, *arguments: str, status: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--set", f"warehouse={self.house.root}"])
        told = self.capsys.readouterr()
        assert ended.value.code == status, told
        assert "Traceback" not in told.err
        return told.err if status else told.out

    def subscribers(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = json.loads(self("subscribers", "list", "--format", "json"))
        return rows


@pytest.fixture
def call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Command:
    monkeypatch.delenv("PAPERTIDE_DIGEST_SECRET", raising=False)
    house = Warehouse.at(str(tmp_path / "warehouse"))
    the.some_day(house)
    return Command(house, capsys)


def test_a_subscriber_is_added_with_wishes_by_their_names(call: Command) -> None:
    out = call(
        "subscribers", "add", "Ada@Example.org", "--topic", "tides", "--topic", "t2",
        "--category", "cs.CL", "--author", "Ada Ebb", "--like", "old",
        "--timezone", "Europe/Lisbon",
    )  # fmt: skip
    assert "not asked yet: digest.sender" in out
    assert call.subscribers() == [
        {
            "address": "Ada@example.org", "state": "pending", "timezone": "Europe/Lisbon",
            "topics": "t1, t2", "categories": "cs.CL", "authors": "Ada Ebb", "likes": 1,
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["ada"], "no e-mail address"),
        (["ada@example.org", "--topic", "stars"], "no topic is called 'stars':\n  sea, tides"),
        (["ada@example.org", "--like", "p9"], "no paper has the id p9"),
        (["ada@example.org", "--timezone", "Mars"], "no time zone Mars"),
    ],
)
def test_what_cannot_be_is_told_and_nobody_is_added(
    call: Command, wrong: list[str], told: str
) -> None:
    assert told in call("subscribers", "add", *wrong, status=2)
    assert call.subscribers() == []


def test_a_topic_whose_name_means_several_is_not_guessed(call: Command) -> None:
    two = [the.topic("t1", "sea, tides"), the.topic("t2", "tides, sand")]
    the.publish(call.house, {"gold.topics": two, "gold.scores": [the.score("a", 0.9)]}, minute=5)
    told = call("subscribers", "add", "ada@example.org", "--topic", "tides", status=2)
    assert "several topics" in told
    assert "tides, sand" in told


def test_pausing_resuming_and_removing_need_someone_who_is_there(call: Command) -> None:
    for command in ("pause", "resume", "remove"):
        assert "no subscriber" in call("subscribers", command, "ada@example.org", status=2)
    call("subscribers", "add", "ada@example.org")
    assert "not confirmed" in call("subscribers", "pause", "ADA@example.org", status=2)
    call("subscribers", "remove", "ADA@example.org")
    assert call.subscribers() == []


def test_the_digest_is_told_written_or_sent_but_not_both(call: Command, tmp_path: Path) -> None:
    assert call("digest").startswith("TRENDING ON 1 MARCH 2025")
    assert "6 files" in call("digest", "--out", str(tmp_path / "out"))
    assert "either" in call("digest", "--send", "--out", str(tmp_path), status=2)
    assert "digest.sender" in call("digest", "--send", status=2)
    assert ledger.version(call.house, DELIVERIES) is None


def test_a_day_without_scores_ends_well_and_says_so(call: Command, tmp_path: Path) -> None:
    assert "nothing new: no scores are published as of 2025-04-01" in call(
        "digest", "--for", "2025-04-01"
    )
    out = call("digest", "--for", "2025-04-01", "--out", str(tmp_path / "out"))
    assert "nothing new" in out
    assert not (tmp_path / "out").exists()


def test_an_endpoint_without_a_secret_does_not_start(call: Command) -> None:
    assert "PAPERTIDE_DIGEST_SECRET" in call("subscribers", "serve", status=2)
