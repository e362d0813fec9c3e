"""A harvest: what lands, how often it is asked for, and where the next one goes on."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from conf import Config
from pipelines.harvest import landing, state
from pipelines.harvest.client import LeftInPeaceError
from pipelines.harvest.core import Refused
from pipelines.harvest.harvesting import Harvested, harvest
from pipelines.harvest.oai import ARXIV_OAI
from storage.errors import PapertideError, UsageError
from tests.pipelines.harvest.serving import (
    Reply,
    Repository,
    Seen,
    Service,
    Time,
    atom_error,
    atom_page,
    config,
    crossref_page,
    europepmc_page,
    oai_error,
    oai_page,
    openalex_page,
    rss,
)

DAY = date(2026, 11, 20)
FIVE = {"2026-11-20": ["1", "2", "3", "4", "5"]}


def names(folder: Path) -> list[str]:
    """What readers of the folder see."""
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))


def one_day(given: Config, time: Time, day: date = DAY) -> Harvested:
    return harvest(given, "feed", day, day, time.clock)


def stands(folder: Path) -> state.State:
    return state.State.model_validate_json((folder / state.NAME).read_bytes())


def after(count: int, then: Reply, usually: Callable[[Seen], Reply]) -> Callable[[Seen], Reply]:
    """Answer as usual, but give the request number `count` this reply."""
    served = 0

    def reply(seen: Seen) -> Reply:
        nonlocal served
        served += 1
        return then if served == count else usually(seen)

    return reply


def test_every_page_lands_as_it_came_in_its_order(
    service: Service, tmp_path: Path, time: Time
) -> None:
    given: list[bytes] = []

    def reply(seen: Seen) -> Reply:
        answer = Repository(FIVE)(seen)
        given.append(answer.body)
        return answer

    service.reply = reply
    done = one_day(config("arxiv-oai", service.url, tmp_path, set="cs"), time)
    assert names(tmp_path) == [f"2026-11-20_000{n}.xml" for n in (1, 2, 3)]
    assert [file.read_bytes() for file in done.files] == given
    assert done.bytes == sum(map(len, given))
    assert done.line() == f"feed: 3 files, {done.bytes:,} bytes, 2026-11-20 to 2026-11-20"
    first, second, _ = service.seen
    assert first.parameters == {
        "verb": "ListRecords", "metadataPrefix": "arXiv", "set": "cs",
        "from": "2026-11-20", "until": "2026-11-20",
    }  # fmt: skip
    assert second.parameters == {"verb": "ListRecords", "resumptionToken": "2026-11-20|2"}


def test_deleted_records_are_delivered_like_all_others(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = lambda seen: Reply(oai_page(["1"], deleted=["1"]))
    one_day(config("arxiv-oai", service.url, tmp_path), time)
    (file,) = tmp_path.glob("*.xml")
    assert b'status="deleted"' in file.read_bytes()


def test_a_day_without_records_lands_nothing_and_is_harvested(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = Repository({})
    assert one_day(config("arxiv-oai", service.url, tmp_path), time).files == []
    assert stands(tmp_path).through == DAY


def test_the_first_harvest_asks_for_the_week_up_to_yesterday(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = Repository({})
    done = harvest(config("arxiv-oai", service.url, tmp_path), "feed", clock=time.clock)
    assert service.asked("from") == [f"2026-11-{day}" for day in range(17, 24)]
    assert (done.since, done.until) == (date(2026, 11, 17), date(2026, 11, 23))


def test_the_next_harvest_goes_on_a_day_before_the_end_of_the_last(
    service: Service, tmp_path: Path, time: Time
) -> None:
    days = {"2026-11-21": ["1"]}
    service.reply = Repository(days)
    given = config("arxiv-oai", service.url, tmp_path)
    harvest(given, "feed", DAY, date(2026, 11, 21), time.clock)
    service.seen.clear()
    days["2026-11-22"] = ["2"]
    done = harvest(given, "feed", clock=time.clock)
    assert service.asked("from") == ["2026-11-21", "2026-11-22", "2026-11-23"]
    assert [file.name for file in done.files] == ["2026-11-22_0001.xml"]


def test_without_overlap_a_harvest_of_all_days_asks_for_nothing(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = Repository({})
    given = config("arxiv-oai", service.url, tmp_path, "harvest.overlap_days=0")
    harvest(given, "feed", clock=time.clock)
    service.seen.clear()
    done = harvest(given, "feed", clock=time.clock)
    assert service.seen == []
    assert done.line() == "feed: 0 files, 0 bytes, nothing due up to 2026-11-23"


def test_what_a_source_adds_to_a_day_later_lands_beside_what_came_first(
    service: Service, tmp_path: Path, time: Time
) -> None:
    days = {"2026-11-20": ["1", "2"]}
    service.reply = Repository(days)
    given = config("arxiv-oai", service.url, tmp_path)
    one_day(given, time)
    before = (tmp_path / "2026-11-20_0001.xml").read_bytes()
    days["2026-11-20"] = ["1", "2", "3"]
    one_day(given, time)
    assert names(tmp_path) == ["2026-11-20_0001.xml", "2026-11-20_0002.xml"]
    assert (tmp_path / "2026-11-20_0001.xml").read_bytes() == before


def test_a_day_that_is_not_over_is_asked_for_again(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = Repository({})
    given = config("arxiv-oai", service.url, tmp_path, "harvest.overlap_days=0")
    harvest(given, "feed", date(2026, 11, 23), date(2026, 11, 24), time.clock)
    assert stands(tmp_path).through == date(2026, 11, 23)


def test_an_old_day_by_hand_does_not_move_the_end(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = Repository({})
    given = config("arxiv-oai", service.url, tmp_path)
    one_day(given, time)
    one_day(given, time, date(2010, 1, 1))
    assert stands(tmp_path).through == DAY


def test_days_that_no_harvest_asks_for_are_told(
    service: Service, tmp_path: Path, time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    service.reply = Repository({})
    given = config("arxiv-oai", service.url, tmp_path)
    one_day(given, time, DAY - timedelta(days=4))
    assert not caplog.messages
    one_day(given, time)
    first, last = DAY - timedelta(days=3), DAY - timedelta(days=1)
    assert f"{first} to {last} are left out" in caplog.text


def test_a_harvest_that_stopped_goes_on_at_its_token(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = after(3, Reply(b"<cut", cut=1), Repository({**FIVE, "2026-11-21": ["6"]}))
    given = config("arxiv-oai", service.url, tmp_path, "harvest.attempts=1")
    last = date(2026, 11, 21)
    with pytest.raises(PapertideError, match="goes on from there"):
        harvest(given, "feed", DAY, last, time.clock)
    assert len(names(tmp_path)) == 2
    service.seen.clear()
    done = harvest(given, "feed", DAY, last, time.clock)
    assert service.asked("resumptionToken") == ["2026-11-20|4", None]
    assert [file.name for file in done.files] == ["2026-11-20_0003.xml", "2026-11-21_0001.xml"]


def test_a_harvest_that_stopped_between_two_days_goes_on_at_the_second(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = after(2, Reply(status=500), Repository({}))
    given = config("arxiv-oai", service.url, tmp_path, "harvest.attempts=1")
    days = date(2010, 1, 1), date(2010, 1, 3)
    with pytest.raises(PapertideError, match="status 500"):
        harvest(given, "feed", *days, time.clock)
    harvest(given, "feed", *days, time.clock)
    assert [day[-2:] for day in service.asked("from") if day] == ["01", "02", "02", "03"]


@pytest.mark.parametrize("death", range(1, 8))
def test_a_death_before_any_write_of_the_state_loses_nothing_and_lands_nothing_twice(
    service: Service, tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch, death: int
) -> None:
    service.reply = Repository({**FIVE, "2026-11-21": ["6", "7", "8"]})
    given = config("arxiv-oai", service.url, tmp_path)
    last, written, write = date(2026, 11, 21), 0, state.write

    def dying(*arguments: Any) -> None:
        nonlocal written
        written += 1
        if written == death:
            raise KeyboardInterrupt
        write(*arguments)

    monkeypatch.setattr(state, "write", dying)
    for _ in range(2):
        try:
            harvest(given, "feed", DAY, last, time.clock)
        except KeyboardInterrupt:
            assert written == death
    pages = [ARXIV_OAI.read(file.read_bytes()) for file in sorted(tmp_path.glob("*.xml"))]
    assert names(tmp_path) == [
        "2026-11-20_0001.xml", "2026-11-20_0002.xml", "2026-11-20_0003.xml",
        "2026-11-21_0001.xml", "2026-11-21_0002.xml",
    ]  # fmt: skip
    assert [page.records for page in pages] == [2, 2, 1, 2, 1]


@pytest.mark.parametrize("no", [Reply(oai_error("badResumptionToken")), Reply(status=404)])
def test_a_token_that_ran_out_begins_its_day_anew_and_lands_no_page_twice(
    service: Service, tmp_path: Path, time: Time, no: Reply
) -> None:
    service.reply = after(3, no, Repository(FIVE))
    done = one_day(config("arxiv-oai", service.url, tmp_path), time)
    assert [file.name for file in done.files] == names(tmp_path)
    assert len(names(tmp_path)) == 3
    assert service.asked("resumptionToken") == [
        None, "2026-11-20|2", "2026-11-20|4", None, "2026-11-20|2", "2026-11-20|4"
    ]  # fmt: skip


def test_tokens_that_run_out_again_and_again_end_the_harvest_with_a_way_on(
    service: Service, tmp_path: Path, time: Time
) -> None:
    def reply(seen: Seen) -> Reply:
        if "resumptionToken" in seen.parameters:
            return Reply(oai_error("badResumptionToken"))
        return Repository(FIVE)(seen)

    service.reply = reply
    with pytest.raises(PapertideError, match=r"begun 3 times; .* --from 2026-11-21"):
        one_day(config("arxiv-oai", service.url, tmp_path), time)
    assert names(tmp_path) == ["2026-11-20_0001.xml"]


def test_tokens_that_lead_in_a_circle_end_the_harvest(
    service: Service, tmp_path: Path, time: Time
) -> None:
    turns = {None: ("1", "a"), "a": ("2", "b"), "b": ("3", "a")}

    def reply(seen: Seen) -> Reply:
        one, token = turns[seen.parameters.get("resumptionToken")]
        return Reply(oai_page([one], token))

    service.reply = reply
    with pytest.raises(PapertideError, match="in a circle"):
        one_day(config("arxiv-oai", service.url, tmp_path), time)
    assert len(service.seen) == 3
    assert stands(tmp_path).through is None


def test_pages_that_repeat_under_new_tokens_end_the_harvest(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = lambda seen: Reply(oai_page(["1"], f"t{len(service.seen)}"))
    with pytest.raises(PapertideError, match="in a circle"):
        one_day(config("arxiv-oai", service.url, tmp_path), time)
    assert names(tmp_path) == ["2026-11-20_0001.xml"]


@pytest.mark.parametrize("same", [True, False])
def test_a_cursor_leads_to_an_empty_page_whether_it_changes_or_not(
    service: Service, tmp_path: Path, time: Time, same: bool
) -> None:
    pages = [[{"DOI": "10.1/a"}], [{"DOI": "10.1/b"}], []]

    def reply(seen: Seen) -> Reply:
        number = len(service.seen) - 1
        return Reply(crossref_page(pages[number], "again" if same else f"c{number}", 2))

    service.reply = reply
    one_day(config("crossref", service.url, tmp_path, filter="type:preprint"), time)
    assert len(names(tmp_path)) == 2
    first = service.seen[0].parameters
    assert first["filter"] == (
        "type:preprint,from-index-date:2026-11-20,until-index-date:2026-11-20"
    )
    assert (first["cursor"], first["mailto"]) == ("*", "someone@example.org")
    assert service.asked("cursor")[1] == ("again" if same else "c0")


def test_a_list_that_comes_short_is_begun_again(
    service: Service, tmp_path: Path, time: Time
) -> None:
    a, b = [{"id": "a"}], [{"id": "b"}]
    short = [(a, "1"), ([], None)]
    whole = [(a, "1"), (b, "2"), ([], None)]
    turns = iter([*short, *whole])
    service.reply = lambda seen: Reply(openalex_page(*next(turns), 2))
    one_day(config("openalex", service.url, tmp_path), time)
    assert service.asked("cursor") == ["*", "1", "*", "1", "2"]
    assert len(names(tmp_path)) == 2


def test_a_list_that_stays_short_is_told_with_both_numbers(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = lambda seen: Reply(europepmc_page([{"id": "a"}], None, 2))
    with pytest.raises(PapertideError, match="1 records came of 2"):
        one_day(config("europepmc", service.url, tmp_path), time)


def test_a_cursor_that_moves_on_by_itself_loses_nothing_to_a_cut_connection(
    service: Service, tmp_path: Path, time: Time
) -> None:
    pages = [[{"DOI": f"10.1/{number}"}] for number in range(4)]
    at = 0

    def scroll(seen: Seen) -> Reply:
        nonlocal at
        at = 0 if seen.parameters["cursor"] == "*" else at + 1
        return Reply(crossref_page(pages[at] if at < 4 else [], "the scroll", 4))

    def reply(seen: Seen) -> Reply:
        answer = scroll(seen)
        return Reply(answer.body, cut=9) if len(service.seen) == 3 else answer

    service.reply = reply
    one_day(config("crossref", service.url, tmp_path), time)
    landed = [file.read_bytes() for file in tmp_path.glob("2*.json")]
    assert sorted(landed) == sorted(crossref_page(page, "the scroll", 4) for page in pages)


API_KEY = "PAPERTIDE__FEEDS__FEED__HARVEST__API_KEY"


def test_a_key_for_a_source_without_keys_is_wrong_use(
    service: Service, tmp_path: Path, time: Time
) -> None:
    given = config("arxiv-oai", service.url, tmp_path, environ={API_KEY: "x"})
    with pytest.raises(UsageError, match="arxiv-oai knows no api_key"):
        one_day(given, time)


def test_openalex_is_asked_by_day_with_address_and_key(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = lambda seen: Reply(openalex_page([], None, 0))
    one_day(
        config(
            "openalex", service.url, tmp_path,
            "feeds.feed.harvest.date_field=created_date",
            environ={API_KEY: "secret"}, filter="type:preprint",
        ),
        time,
    )  # fmt: skip
    assert service.seen[0].parameters == {
        "filter": "type:preprint,from_created_date:2026-11-20,to_created_date:2026-11-20",
        "per_page": "100", "cursor": "*", "mailto": "someone@example.org", "api_key": "secret",
    }  # fmt: skip


def test_europepmc_is_asked_by_day_within_the_query(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = lambda seen: Reply(europepmc_page([], None, 0))
    one_day(config("europepmc", service.url, tmp_path, query="cancer OR tumour"), time)
    assert service.seen[0].parameters["query"] == (
        "(cancer OR tumour) AND CREATION_DATE:[2026-11-20 TO 2026-11-20]"
    )


def test_arxiv_api_goes_from_start_to_start(service: Service, tmp_path: Path, time: Time) -> None:
    def reply(seen: Seen) -> Reply:
        start = int(seen.parameters["start"])
        return Reply(atom_page([str(start), str(start + 1)][: 3 - start], start, 3))

    service.reply = reply
    one_day(config("arxiv-api", service.url, tmp_path, search_query="cat:cs.CL"), time)
    assert service.asked("start") == ["0", "2"]
    assert service.seen[0].parameters["search_query"] == (
        "(cat:cs.CL) AND lastUpdatedDate:[202611200000 TO 202611202359]"
    )
    assert len(names(tmp_path)) == 2


def test_an_empty_page_in_the_middle_is_asked_for_again(
    service: Service, tmp_path: Path, time: Time
) -> None:
    turns = iter([(["a"], 0, 2), ([], 1, 2), (["b"], 1, 2)])
    service.reply = lambda seen: Reply(atom_page(*next(turns)))
    one_day(config("arxiv-api", service.url, tmp_path, search_query="all:x"), time)
    assert service.asked("start") == ["0", "1", "1"]
    assert len(names(tmp_path)) == 2


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_inside_an_atom_entry_is_told_and_does_not_land(
    service: Service, tmp_path: Path, time: Time, status: int
) -> None:
    service.reply = lambda seen: Reply(atom_error("malformed query"), status)
    with pytest.raises(Refused, match="malformed query"):
        one_day(config("arxiv-api", service.url, tmp_path, search_query="all:x"), time)
    assert names(tmp_path) == []
    assert len(service.seen) == 1


def test_a_list_a_day_is_named_by_the_day_alone(
    service: Service, tmp_path: Path, time: Time
) -> None:
    lists = {"2026-11-20": b'[{"id": 1}]', "2026-11-21": b"[]", "2026-11-22": b'[{"id": 2}]'}
    service.reply = lambda seen: Reply(lists[seen.parameters["date"]])
    given = config("hf-daily", service.url, tmp_path)
    done = harvest(given, "feed", DAY, date(2026, 11, 22), time.clock)
    assert names(tmp_path) == ["2026-11-20.json", "2026-11-22.json"]
    assert done.files[1].read_bytes() == lists["2026-11-22"]


def test_what_has_not_changed_is_asked_for_by_its_tag_and_lands_once(
    service: Service, tmp_path: Path, time: Time
) -> None:
    def reply(seen: Seen) -> Reply:
        if seen.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply(b'[{"id": 1}]', headers={"ETag": '"v1"'})

    service.reply = reply
    given = config("hf-daily", service.url, tmp_path)
    one_day(given, time)
    assert one_day(given, time).files == []
    assert [seen.headers.get("if-none-match") for seen in service.seen] == [None, '"v1"']
    (tmp_path / "2026-11-20.json").unlink()
    assert len(one_day(given, time).files) == 1, "what is gone from the folder is asked for whole"


def test_a_list_that_has_changed_lands_beside_the_old_one(
    service: Service, tmp_path: Path, time: Time
) -> None:
    lists = iter([b'[{"votes": 1}]', b'[{"votes": 2}]', b'[ {"votes": 2} ]'])
    service.reply = lambda seen: Reply(next(lists))
    given = config("hf-daily", service.url, tmp_path)
    for _ in range(3):
        one_day(given, time)
    assert names(tmp_path) == ["2026-11-20.json", "2026-11-20_0002.json"]
    assert (tmp_path / "2026-11-20.json").read_bytes() == b'[{"votes": 1}]'


def test_announcements_land_once_however_often_they_are_asked_for(
    service: Service, tmp_path: Path, time: Time
) -> None:
    modified = "Tue, 24 Nov 2026 05:00:00 GMT"
    service.reply = lambda seen: Reply(rss(["a", "b"]), headers={"Last-Modified": modified})
    given = config("arxiv-rss", service.url, tmp_path, categories="cs.CL+stat.ML")
    harvest(given, "feed", clock=time.clock)
    time.sleep(24 * 3600)
    assert harvest(given, "feed", clock=time.clock).files == []
    assert names(tmp_path) == ["2026-11-24_0001.xml"]
    assert [seen.path for seen in service.seen] == ["/cs.CL+stat.ML"] * 2
    assert service.seen[1].headers["if-modified-since"] == modified
    service.reply = lambda seen: Reply(rss(["c"]))
    harvest(given, "feed", clock=time.clock)
    assert names(tmp_path) == ["2026-11-24_0001.xml", "2026-11-25_0001.xml"]


def test_between_requests_there_is_the_pause_that_the_source_asks_for(
    service: Service, tmp_path: Path, time: Time
) -> None:
    service.reply = Repository(FIVE)
    one_day(config("arxiv-oai", service.url, tmp_path), time)
    assert time.sleeps == [3.0, 3.0, 3.0]


def test_a_change_of_what_is_asked_for_keeps_the_end_and_drops_the_token(
    service: Service, tmp_path: Path, time: Time, progress: pytest.LogCaptureFixture
) -> None:
    service.reply = Repository({})
    given = config("arxiv-oai", service.url, tmp_path, set="cs")
    one_day(given, time)
    service.reply = lambda seen: (
        Reply(status=429, headers={"Retry-After": "999999"})
        if "resumptionToken" in seen.parameters
        else Repository({"2026-11-20": ["1", "2", "3"]})(seen)
    )
    with pytest.raises(LeftInPeaceError):
        harvest(given, "feed", clock=time.clock)
    assert stands(tmp_path).place
    service.seen.clear()
    service.reply = Repository({})
    other = config("arxiv-oai", service.url, tmp_path, set="stat")
    harvest(other, "feed", clock=time.clock)
    assert "what is asked for has changed" in progress.text
    assert service.asked("resumptionToken") == [None] * 4
    assert service.asked("from")[0] == "2026-11-20"


def test_a_folder_that_another_harvest_holds_is_left_alone(
    service: Service, tmp_path: Path, time: Time
) -> None:
    held = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        with pytest.raises(PapertideError, match="another harvest"):
            one_day(config("arxiv-oai", service.url, tmp_path), time)
    finally:
        os.close(held)
    assert service.seen == []


def test_a_state_that_cannot_be_read_is_told_with_what_to_do(
    service: Service, tmp_path: Path, time: Time
) -> None:
    (tmp_path / state.NAME).write_text('{"asked": ')
    with pytest.raises(PapertideError, match=r"\.harvest\.json cannot be read.*\n.*--from"):
        one_day(config("arxiv-oai", service.url, tmp_path), time)


def test_a_feeds_own_file_of_that_name_is_never_overwritten(
    service: Service, tmp_path: Path, time: Time
) -> None:
    (tmp_path / "2026-11-20_0001.xml").write_text("mine")
    service.reply = Repository({"2026-11-20": ["1"]})
    one_day(config("arxiv-oai", service.url, tmp_path), time)
    assert (tmp_path / "2026-11-20_0001.xml").read_text() == "mine"
    assert names(tmp_path) == ["2026-11-20_0001.xml", "2026-11-20_0002.xml"]


def test_a_file_that_appears_at_the_last_moment_is_not_overwritten_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "2026-11-20_0001.xml").write_text("mine")
    monkeypatch.setattr(landing, "of_day", lambda *arguments: [])
    file = landing.land(tmp_path, DAY, "xml", b"<new/>", one_page=False)
    assert (tmp_path / "2026-11-20_0001.xml").read_text() == "mine"
    assert (file.name, file.read_bytes()) == ("2026-11-20_0002.xml", b"<new/>")
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_dead_harvest_left_unfinished_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".harvest.part").write_bytes(b"<half")
    with landing.open_folder("feed", str(tmp_path)):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["harvest.contact=null"], "no contact"),
        (["feeds.feed.path=null"], "no folder"),
        (["feeds.feed.path=s3://bucket/feed"], "no folder of this machine"),
        (["feeds.feed.path=/no/such/*.xml"], "no folder of this machine"),
        (["feeds.feed.harvest=null"], "no section harvest"),
        (["feeds.feed.harvest.source=tides"], "no source 'tides'.*arxiv-oai"),
        (["feeds.feed.harvest.parameters.sett=cs"], "no parameter sett; arxiv-oai knows set"),
        (["feeds.feed.harvest.date_field=x"], "no date_field x"),
        (["feeds.feed.harvest.source=arxiv-api"], "parameter search_query is missing"),
        (
            ["feeds.feed.harvest={source: arxiv-rss, parameters: {categories: ../../x}}"],
            "expected names such as",
        ),
    ],
)
def test_a_feed_that_cannot_be_harvested_is_wrong_use_and_asks_nobody(
    service: Service, tmp_path: Path, time: Time, overrides: list[str], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        harvest(config("arxiv-oai", service.url, tmp_path, *overrides), "feed", clock=time.clock)
    assert service.seen == []


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (date(2026, 11, 25), None, "still to come"),
        (None, date(2026, 11, 25), "still to come"),
        (date(2026, 11, 22), date(2026, 11, 21), "is after --to"),
    ],
)
def test_days_that_cannot_be_are_wrong_use(
    tmp_path: Path, time: Time, since: date | None, until: date | None, told: str
) -> None:
    given = config("arxiv-oai", "http://127.0.0.1:9", tmp_path)
    with pytest.raises(UsageError, match=told):
        harvest(given, "feed", since, until, time.clock)


def test_announcements_know_no_days(tmp_path: Path, time: Time) -> None:
    given = config("arxiv-rss", "http://127.0.0.1:9", tmp_path, categories="cs.CL")
    with pytest.raises(UsageError, match="new today"):
        harvest(given, "feed", DAY, None, time.clock)
