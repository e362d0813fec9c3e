"""What the pages ask, on real Delta tables."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from deltalake import write_deltalake

from dashboard import calls
from dashboard.parts import file_of
from dashboard.views import health, map, now, paper, search, trends
from jobs.tables.ops import PUBLISHED, RUNS
from papertide import duck
from papertide.duck import Query, ask
from papertide.index import files, ready
from papertide.snapshot import Snapshot, resolve
from storage import ledger
from storage.warehouse import Warehouse
from tests.dashboard.rows import AT, DAY, publish, small
from tests.dashboard.rows import paper as paper_row
from tests.dashboard.rows import tested as trend

FEBRUARY, MARCH_END = date(2026, 2, 1), date(2026, 3, 31)


@pytest.fixture(scope="module")
def seen(warehouse: str) -> Snapshot:
    return resolve(warehouse)


def ids(snapshot: Snapshot, query: Query, column: str = "paper_id") -> list[Any]:
    return [row[column] for row in duck.rows(snapshot, query)]


# Snapshots


def test_a_snapshot_sees_what_is_published_and_not_what_is_written(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(root, {"silver.papers": [paper_row("p1", "One")]})
    before = resolve(root)
    titles = ask("select title from silver.papers order by title")
    assert ids(before, titles, "title") == ["One"]
    table = duck.answer(before, ask("select * from silver.papers"))
    write_deltalake(f"{root}/silver/papers", table, mode="append")
    assert resolve(root) == before
    assert ids(resolve(root), titles, "title") == ["One"]
    publish(root, {"silver.papers": [paper_row("p2", "Two")]})
    assert ids(resolve(root), titles, "title") == ["One", "One", "Two"]
    assert ids(before, titles, "title") == ["One"]


def test_a_table_of_an_older_papertide_counts_as_not_published(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(root, {"silver.papers": [paper_row("p1", "One")]})
    cut = duck.answer(resolve(root), ask("select paper_id, title from silver.papers"))
    write_deltalake(f"{root}/gold/scores", cut)
    entry = {"table": "gold.scores", "sequence": 1, "version": 0}
    ledger.append(Warehouse.at(root), PUBLISHED, [entry])
    assert resolve(root).has("silver.papers")
    assert not resolve(root).has("gold.scores")


def test_an_empty_place_has_a_snapshot_of_nothing(tmp_path: Path) -> None:
    assert resolve(str(tmp_path)).versions == ()


def test_a_table_elsewhere_is_read_as_one_of_this_machine(tmp_path: Path) -> None:
    root = small(str(tmp_path))
    here, there = resolve(root), resolve(f"file://{root}")
    for query in (
        now.trending(DAY, "score", 10, True),
        search.papers_with(["graph"], {}, "newest"),
    ):
        assert duck.rows(there, query) == duck.rows(here, query)


def test_the_prepared_texts_are_shown_with_the_sql_that_uses_them() -> None:
    shown = search.papers_with(["tide"], {}, "newest").runnable()
    assert shown.startswith("create table search_texts as")
    assert "tide" not in shown


# Now


def test_trending_papers_come_with_their_places_before(seen: Snapshot) -> None:
    found = duck.rows(seen, now.trending(DAY, "score", 10, True))
    told = [(r["paper_id"], r["place"], r["place_week_before"], r["topic"]) for r in found]
    assert told == [("p1", 1, 2, "tides, graphs"), ("p2", 2, 1, None), ("p3", 3, None, None)]
    assert {row["place_day_before"] for row in found} == {None}


def test_the_days_held_come_last_first(seen: Snapshot) -> None:
    assert ids(seen, now.days(), "as_of") == [DAY, DAY - timedelta(days=7)]


def test_every_order_of_now_is_a_column(seen: Snapshot) -> None:
    for order in now.ORDERS:
        assert len(duck.rows(seen, now.trending(DAY, order, 2, False))) == 2


# Trends


def test_what_rises_and_fades_is_what_is_called_and_never_what_is_steady(seen: Snapshot) -> None:
    rising = duck.rows(seen, trends.movers("terms", True, "month", "all"))
    assert [(r["entity"], r["class"], r["strength"]) for r in rising] == [
        ("graphs", "rising", "established")
    ]
    assert ids(seen, trends.movers("terms", False, "month", "all"), "entity") == ["reefs"]
    assert ids(seen, trends.movers("topics", True, "month", "all"), "entity") == []
    assert ids(seen, trends.movers("terms", True, "month", "all", "new"), "entity") == []
    found = duck.rows(seen, calls.class_counts("all"))
    assert [(r["kind"], r["class"], r["calls"]) for r in found if r["kind"] == "topic"] == [
        ("topic", "steady", 0)
    ]


def test_a_course_is_the_shares_in_order_and_whether_each_period_is_complete(
    seen: Snapshot,
) -> None:
    asked = [("term", "graphs", "month"), ("topic", "t1", "month"), ("term", "graphs", "week")]
    (found,) = duck.rows(seen, calls.last_shares("term", asked, "all"))
    assert (found["shares"], found["complete"]) == ([0.2, 0.6, 0.1], [True, True, False])


def test_the_first_page_has_what_moves_by_topics_and_terms(seen: Snapshot) -> None:
    assert [r["entity"] for r in duck.rows(seen, now.moves(True))] == ["graphs"]
    assert [r["why"] for r in duck.rows(seen, now.moves(False))] == [
        "6 of 20 papers in February 2026 against 3 of 40 in the 2 months before"
    ]


def test_what_moved_both_ways_stands_on_the_surer_side_of_the_first_page(tmp_path: Path) -> None:
    rows = [
        trend("tides", "rising", "established", 0.01) | {"grain": "quarter"},
        trend("tides", "falling", "likely", 0.2) | {"grain": "week"},
        trend("reefs", "falling", "established", 0.01) | {"grain": "week"},
    ]
    publish(str(tmp_path), {"gold.trend_tests": rows, "gold.topics": []})
    both = resolve(str(tmp_path))
    assert ids(both, now.moves(True), "entity") == ["tides"]
    assert ids(both, now.moves(False), "entity") == ["reefs"]


def test_only_bursts_that_last_are_bursting(seen: Snapshot) -> None:
    assert ids(seen, trends.bursting("terms", "month", "all"), "entity") == ["graphs"]
    assert ids(seen, trends.bursting("topics", "month", "all"), "entity") == []


def test_topics_are_named_by_their_current_version(seen: Snapshot) -> None:
    ahead = duck.rows(seen, trends.forecasts(["t1"], "month", "all"))
    assert [(row["beats_naive"], row["share"]) for row in ahead] == [(True, 0.125), (False, None)]
    found = duck.rows(seen, trends.series("topics", ["t1"], "month", "all", FEBRUARY))
    assert [(row["name"], row["is_complete"]) for row in found] == [
        ("tides, graphs", True),
        ("tides, graphs", False),
    ]


def test_the_papers_of_a_term_are_those_of_the_span_and_slice(seen: Snapshot) -> None:
    def of(cut: str, since: date, in_title: bool = False) -> list[Any]:
        query = trends.papers_of("terms", "graphs", cut, "month", since, MARCH_END, in_title)
        return ids(seen, query)

    assert of("all", date(2026, 1, 1)) == ["p1", "p3"]
    assert of("all", date(2026, 1, 1), in_title=True) == ["p1"]
    assert of("all", FEBRUARY) == ["p1"]
    assert of("category=arxiv:cs.LG", date(2026, 1, 1)) == ["p1"]
    assert of("feed=weekly", date(2026, 1, 1)) == []


def test_a_paper_of_a_known_month_counts_in_no_week(tmp_path: Path) -> None:
    having = {"paper_id": "p1", "term": "tides", "in_title": True}
    given = paper_row("p1", "Tides", date_basis="published month")
    publish(str(tmp_path), {"silver.papers": [given], "gold.term_papers": [having]})
    house = resolve(str(tmp_path))
    for grain, expected in (("week", []), ("month", ["p1"])):
        query = trends.papers_of("terms", "tides", "all", grain, FEBRUARY, MARCH_END, True)
        assert ids(house, query) == expected


def test_a_paper_that_no_feed_dates_counts_in_no_period(tmp_path: Path) -> None:
    having = {"paper_id": "p1", "term": "tides", "in_title": True}
    given = paper_row("p1", "Tides", date_basis="shown")
    publish(str(tmp_path), {"silver.papers": [given], "gold.term_papers": [having]})
    for grain in ("day", "month", "year"):
        query = trends.papers_of("terms", "tides", "all", grain, FEBRUARY, MARCH_END, True)
        assert ids(resolve(str(tmp_path)), query) == []


# Map

MARCH = map.Span(date(2026, 3, 1), MARCH_END)
YEAR = map.Span(date(2026, 1, 1), MARCH_END)


def test_topics_of_the_map_are_counted_among_all_papers_of_the_days(seen: Snapshot) -> None:
    def told(span: map.Span) -> list[tuple[Any, ...]]:
        found = duck.rows(seen, map.topic_counts(span))
        return [(row["topic_id"], row["name"], row["papers"]) for row in found]

    assert told(YEAR) == [(None, None, 2), ("t1", "tides, graphs", 1)]
    assert told(MARCH) == [("t1", "tides, graphs", 1)]


def test_the_months_of_the_map_are_those_of_its_papers(seen: Snapshot) -> None:
    assert ids(seen, map.months(), "month") == [date(2026, month, 1) for month in (1, 2, 3)]


CORNER = ((0.3, 0.4), (0.6, 0.4), (0.6, 0.7), (0.3, 0.7))
# Around all three papers, of which p1 and p2 lie in a notch.
NOTCHED = ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (0.7, 0.9), (0.7, 0.1), (0.1, 0.1), (-0.9, 0.9))


@pytest.mark.parametrize(
    ("span", "lasso", "topics", "expected"),
    [
        (YEAR, (), [], ["p1", "p2", "p3"]),
        (YEAR, CORNER, [], ["p1", "p2"]),
        (YEAR, CORNER[::-1], [], ["p1", "p2"]),
        (YEAR, CORNER, ["t1"], ["p1"]),
        (YEAR, CORNER[:3], [], ["p1"]),
        (YEAR, NOTCHED, [], ["p3"]),
        (MARCH, NOTCHED, [], []),
        (YEAR, (), ["'; drop table x"], []),
    ],
)
def test_a_lasso_and_topics_make_a_list(
    seen: Snapshot, span: map.Span, lasso: map.Lasso, topics: list[str], expected: list[str]
) -> None:
    assert ids(seen, map.papers_in(span, lasso, topics)) == expected


def test_a_lasso_lists_papers_that_are_not_drawn(
    seen: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map, "DRAWN", 1)
    assert len(ids(seen, map.points(YEAR))) == 1
    assert ids(seen, map.papers_in(YEAR, CORNER, [])) == ["p1", "p2"]


def test_a_lasso_of_many_corners_keeps_its_shape_in_an_address() -> None:
    corners = [(math.cos(turn / 100), math.sin(turn / 100)) for turn in range(628)]
    kept = map.from_address(map.to_address(corners))
    assert map.MOST_CORNERS / 2 < len(kept) <= map.MOST_CORNERS
    assert all(math.hypot(*corner) == pytest.approx(1, abs=0.001) for corner in kept)


def test_of_many_papers_always_the_same_are_drawn_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map, "DRAWN", 10)
    names = [f"p{number:02}" for number in range(40)]
    for number, order in enumerate((names, names[::-1])):
        publish(
            str(tmp_path / str(number)),
            {
                "silver.papers": [paper_row(name, name) for name in order],
                "gold.map": [{"paper_id": name, "x": 0.0, "y": 0.0} for name in order],
                "gold.paper_topics": [{"paper_id": name, "fits": False} for name in order],
                "gold.topics": [],
            },
        )
    one, other = (resolve(str(tmp_path / str(number))) for number in (0, 1))
    assert len(ids(one, map.points(YEAR))) == 10
    assert ids(one, map.points(YEAR)) == ids(other, map.points(YEAR)) != names[:10]
    assert ids(one, map.topic_counts(YEAR), "papers") == [40]


# Search


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("tid", ["p1", "p3"]),  # from the beginning of a word
        ("tides", ["p1"]),
        ("TIDE graph", ["p1", "p3"]),
        ('"a graph"', ["p3"]),
        ("deja vu", ["p1"]),
        ("self-supervised", ["p1"]),
        ("aph", []),
        ("' or 1=1 --", []),
        ("%", ["p1", "p2", "p3"]),  # signs alone are no words
    ],
)
def test_words_find_papers(seen: Snapshot, typed: str, expected: list[str]) -> None:
    assert sorted(ids(seen, search.papers_with(search.words(typed), {}, "newest"))) == expected


def test_papers_with_the_word_in_the_title_come_first(seen: Snapshot) -> None:
    query = search.papers_with(["graph"], {}, "words in title")
    assert ids(seen, query) == ["p1", "p3"]
    assert {row["hits"] for row in duck.rows(seen, query)} == {2}


def test_nobody_waits_for_what_is_read_of_another_publication(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(root, {"silver.papers": [paper_row("p1", "Tides")]})
    before = resolve(root)
    ready.prepare(before)
    publish(root, {"silver.papers": [paper_row("p2", "Tides")]})
    now_published = resolve(root)
    with files._making_lock(
        "search_texts", now_published.only("silver.papers")
    ):  # it takes its time
        assert ready.searchable(now_published) == before
        assert ids(before, search.papers_with(["tides"], {}, "newest")) == ["p1"]


def test_what_is_searched_in_is_read_once_for_all(
    seen: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.prepare(seen)
    monkeypatch.setattr(files, "_make", lambda *_: pytest.fail("made once more"))
    later = Snapshot(seen.root, (*seen.versions, ("ops.none", 1)))
    assert ready.searchable(later) == later  # papers and vectors are the same
    ready.prepare(later)


def test_a_reading_that_failed_lets_search_wait_for_its_own(tmp_path: Path) -> None:
    root = str(tmp_path)
    publish(root, {"silver.papers": [paper_row("p1", "Tides")]})
    ready.prepare(resolve(root))
    publish(root, {"silver.papers": [paper_row("p2", "Tides")]})
    ready.unready(root)
    assert ready.searchable(resolve(root)) == resolve(root)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"feed": "weekly"}, ["p2"]),
        ({"category": "arxiv:cs.LG"}, ["p1"]),
        ({"venue": "Journal of Tides", "language": "en"}, ["p1"]),
        ({"since": date(2026, 2, 1)}, ["p1", "p2"]),
        ({"until": date(2026, 2, 1)}, ["p3"]),
        ({"country": "NO"}, ["p1"]),
        ({"topic": ["t1"]}, ["p1"]),
        ({"venue": "'; drop table x; --"}, []),
    ],
)
def test_filters_narrow(seen: Snapshot, narrowed: dict[str, Any], expected: list[str]) -> None:
    assert sorted(ids(seen, search.papers_with([], narrowed, "votes"))) == expected


def test_choices_are_the_values_of_the_papers(seen: Snapshot) -> None:
    assert ids(seen, search.choices("feed"), "value") == ["daily", "weekly"]


# Paper


def test_a_former_paper_leads_to_those_that_stand(seen: Snapshot) -> None:
    assert ids(seen, paper.successors("p00")) == ["p1"]
    assert ids(seen, paper.successors("ps")) == ["p1", "p3"]


@pytest.mark.parametrize(("one", "other"), [("p1", "p3"), ("p3", "p1")])
def test_what_was_kept_apart_says_why_on_both_sides(seen: Snapshot, one: str, other: str) -> None:
    (row,) = duck.rows(seen, paper.apart(one))
    assert (row["other_paper"], row["reason"]) == (other, "years disagree")


def test_the_records_of_a_paper_say_why_they_are_one(seen: Snapshot) -> None:
    found = duck.rows(seen, paper.records("p1"))
    assert [(row["record_id"], row["rule"], row["joined_to"]) for row in found] == [
        ("r-p1", "first", None),
        ("r-p1b", "title", "r-p1"),
    ]


# Health


def test_runs_tell_how_they_ended(seen: Snapshot) -> None:
    found = duck.rows(seen, health.runs(None))
    assert [(row["state"], row["seconds"]) for row in found] == [("stopped", 5.0), ("done", 90.0)]


def test_a_run_without_an_end_is_at_work_or_was_killed(tmp_path: Path) -> None:
    begun = {"run_id": "r", "state": "started", "at": AT, "feeds": {}}
    ledger.append(Warehouse.at(str(tmp_path)), RUNS, [begun])
    seen = resolve(str(tmp_path))
    states = [duck.rows(seen, health.runs(writing))[0]["state"] for writing in ("r", None)]
    assert states == ["running", "killed"]


def test_every_record_is_accounted_for(seen: Snapshot) -> None:
    (row,) = duck.rows(seen, health.accounting())
    assert (row["delivered"], row["new"], row["quarantined"], row["unaccounted"]) == (5, 4, 1, 0)


def test_a_feed_that_shows_nothing_new_grows_old(seen: Snapshot) -> None:
    assert ids(seen, health.freshness(DAY + timedelta(days=3)), "days_ago") == [3]


def test_csv_holds_all_rows_as_they_are(seen: Snapshot) -> None:
    text = file_of(seen, paper.records("p1"), "csv").decode()
    assert text.splitlines()[0].startswith("record_id,feed,shown_on,title,rule,score,evidence")
    assert len(text.splitlines()) == 3


def test_a_list_of_papers_is_for_reference_managers_too(seen: Snapshot) -> None:
    query = search.papers_with(["graph"], {}, "words in title")
    titles = ids(seen, query, "title")
    assert len(titles) > 1
    bib, ris = (file_of(seen, query, form).decode() for form in ("bibtex", "ris"))
    assert bib.count("@") >= len(titles)
    assert re.findall(r"^TI  - (.*)$", ris, re.MULTILINE) == titles
