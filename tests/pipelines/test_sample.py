"""Requirements of the sample feed: the same bytes always, and a truth that is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.feeds import FEEDS
from jobs.feeds.core import Payload, parse_payload, pieces
from jobs.params import IngestSettings
from jobs.text.text import clean_text
from jobs.trends.contrasts import changes, horizons
from pipelines.sample.sample import DUPLICATE_KINDS, EDIT_RATES, START, plan_sample, write_sample

PAPERS, DAYS, SEED = 1000, 60, 7


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "feed"
    write_sample(out, PAPERS, DAYS, SEED)
    return out


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "truth.json").read_bytes())
    return told


@pytest.fixture(scope="module")
def rows(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Day → its rows."""
    return {
        file.stem: [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        for file in sorted(folder.glob("*.jsonl"))
    }


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def on_day(rows: dict[str, list[dict[str, Any]]], day: str, row_id: str) -> list[dict[str, Any]]:
    return [row for row in rows[day] if row["id"] == row_id]


def test_the_same_arguments_give_the_same_bytes_in_another_process(
    folder: Path, tmp_path: Path
) -> None:
    code = (
        "import sys, pathlib, pipelines.sample.sample as s;"
        f"s.write_sample(pathlib.Path(sys.argv[1]), {PAPERS}, {DAYS}, {SEED})"
    )
    for hashes in ("1", "2"):
        out = tmp_path / hashes
        subprocess.run(
            [sys.executable, "-c", code, str(out)],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            check=True,
        )
        assert content(out) == content(folder)


def test_another_seed_gives_other_papers(folder: Path, tmp_path: Path) -> None:
    write_sample(tmp_path, PAPERS, DAYS, SEED + 1)
    titles = [
        {json.loads(line)["title"] for file in at.glob("*.jsonl") for line in file.open()}
        for at in (folder, tmp_path)
    ]
    assert len(titles[0] & titles[1]) < 0.05 * PAPERS  # editorials have their titles in common


def test_counts_are_those_of_the_files(
    truth: dict[str, Any], rows: dict[str, list[dict[str, Any]]]
) -> None:
    assert truth["files"] == {f"{day}.jsonl": len(found) for day, found in rows.items()}
    total = sum(len(found) for found in rows.values())
    planted = sum(len(truth["duplicates"][kind]) for kind in DUPLICATE_KINDS)
    assert truth["counts"] == {
        "works": PAPERS, "rows": total, "duplicates": planted,
        "without_topic": sum(len(ids) for ids in truth["same_titles"].values()),
    }  # fmt: skip
    assert total == PAPERS + planted
    assert 0.03 < planted / total < 0.09
    of_topics = sum(sum(topic["papers"]) for topic in truth["topics"])
    assert of_topics == PAPERS - truth["counts"]["without_topic"]


def test_ids_differ_but_where_a_row_is_delivered_again(
    truth: dict[str, Any], rows: dict[str, list[dict[str, Any]]]
) -> None:
    times = Counter(row["id"] for found in rows.values() for row in found)
    again = {pair["ids"][0] for pair in truth["duplicates"]["same_id"]}
    assert {row_id for row_id, many in times.items() if many > 1} == again
    assert max(times.values()) == 2


def test_every_planted_duplicate_stands_in_the_files(
    truth: dict[str, Any], rows: dict[str, list[dict[str, Any]]]
) -> None:
    for kind in DUPLICATE_KINDS:
        assert truth["duplicates"][kind]
        for pair in truth["duplicates"][kind]:
            found = [on_day(rows, *at) for at in zip(pair["days"], pair["ids"], strict=True)]
            assert all(len(one) == 1 for one in found)
            [first], [second] = found
            assert first != second
            if kind == "same_id":
                assert first["id"] == second["id"] and pair["days"][0] < pair["days"][1]
                assert (first["title"] != second["title"]) == (pair["change"] == "title and votes")
            elif kind == "retitled":
                assert first["abstract"] == second["abstract"]
                assert first["authors"] == second["authors"] and first["title"] != second["title"]
            elif kind == "edited_abstract":
                assert first["abstract"] != second["abstract"]
                low, high = EDIT_RATES
                assert low <= pair["rate"] <= high + 0.001
                assert pair["rate"] == round(pair["edited"] / pair["words"], 4)
            else:
                year = first["published_on"][:4] if "published_on" in first else first["year"]
                assert second["year"] == int(year)
                assert "arxiv_id" not in second and second["doi"]
                assert bare(first["title"]) == bare(second["title"]) or has_typo(truth, first["id"])


def bare(title: str) -> str:
    """A title without its style: case, braces, kind of hyphen."""
    return clean_text(title).translate({ord("{"): None, ord("}"): None, ord("‐"): "-"}).casefold()


def has_typo(truth: dict[str, Any], row_id: str) -> bool:
    return any(
        pair["ids"][0] == row_id and pair["change"] == "title and votes"
        for pair in truth["duplicates"]["same_id"]
    )


def test_works_are_the_rows_that_belong_together(truth: dict[str, Any]) -> None:
    together: dict[str, set[str]] = {}
    for kind in DUPLICATE_KINDS:
        for pair in truth["duplicates"][kind]:
            together.setdefault(pair["ids"][0], set()).add(pair["ids"][1])
    assert {ids[0]: set(ids[1:]) for ids in truth["works"]} == together


def test_what_must_stay_apart_is_of_two_works(
    truth: dict[str, Any], rows: dict[str, list[dict[str, Any]]]
) -> None:
    known = {row["id"]: row for found in rows.values() for row in found}
    assert truth["apart"]
    for pair in truth["apart"]:
        first, second = (known[row_id] for row_id in pair["ids"])
        assert first["id"] != second["id"]
        assert first.get("doi", "first") != second.get("doi", "second")
        assert first.get("arxiv_id", "first") != second.get("arxiv_id", "second")
        assert pair["kind"] == "generic" or first["title"] != second["title"]
        by_the_same = first["authors"] == second["authors"]
        assert by_the_same == (pair["kind"] in ("negation", "part"))


def test_no_work_has_two_ids_of_one_scheme(
    truth: dict[str, Any], rows: dict[str, list[dict[str, Any]]]
) -> None:
    known: dict[str, list[dict[str, Any]]] = {}
    for row in (row for found in rows.values() for row in found):
        known.setdefault(row["id"], []).append(row)
    for work in truth["works"]:
        told = [row for row_id in set(work) for row in known[row_id]]
        for scheme in ("arxiv_id", "doi", "pmid"):
            assert len({row[scheme] for row in told if scheme in row}) <= 1


def test_topics_run_their_course(truth: dict[str, Any]) -> None:
    kinds = Counter(topic["kind"] for topic in truth["topics"])
    assert set(kinds) == {"steady", "born", "burst", "rising", "declining", "died"}
    days = truth["days"]
    for topic in truth["topics"]:
        for day, papers, share in zip(days, topic["papers"], topic["expected_share"], strict=True):
            unborn = topic["kind"] == "born" and day < topic["born_on"]
            dead = topic["kind"] == "died" and day >= topic["died_on"]
            assert (share == 0) == (unborn or dead)
            assert share or not papers
    for place in range(DAYS):
        assert abs(sum(topic["expected_share"][place] for topic in truth["topics"]) - 1) < 1e-4


def test_the_demo_is_read_without_errors_or_warnings(
    folder: Path, rows: dict[str, list[dict[str, Any]]]
) -> None:
    feed = FEEDS["papers"]
    for file in folder.glob("*.jsonl"):
        found = list(pieces(feed, file.read_bytes(), file.name, IngestSettings()))
        assert all(isinstance(piece, Payload) for piece in found)
        told = [parse_payload(feed, piece.text, {}) for piece in found]
        assert not [t for t in told if t.errors or t.warnings]
        assert [t.fields["native_id"] for t in told] == [row["id"] for row in rows[file.stem]]
        assert all(t.fields["title"] and t.fields["authors"] for t in told)
        shown = date.fromisoformat(file.stem)
        assert all(t.fields.get("published_on", shown) <= shown for t in told)


def test_writing_again_into_the_same_folder_changes_nothing(folder: Path) -> None:
    before = content(folder)
    write_sample(folder, PAPERS, DAYS, SEED)
    assert content(folder) == before


@pytest.mark.parametrize("other", [{"seed": 2}, {"papers": 21}, {"start": date(2024, 1, 1)}])
def test_a_folder_of_another_sample_is_refused_and_left_alone(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    write_sample(tmp_path, 20, 3, 1)
    before = content(tmp_path)
    with pytest.raises(ValueError, match="is not this sample: name a new or empty folder"):
        write_sample(tmp_path, **{"papers": 20, "days": 3, "seed": 1, **other})
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", ["notes.txt", "truth.json"])
def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(ValueError, match=f"already holds {name}"):
        write_sample(tmp_path, 20, 3, 1)
    assert content(tmp_path) == {name: b"mine"}
    with pytest.raises(ValueError, match="is not a folder"):
        write_sample(tmp_path / name, 20, 3, 1)


@pytest.mark.parametrize(
    ("papers", "days", "seed", "start"),
    [(0, 3, 1, START), (10**12, 3, 1, START), (20, 0, 1, START), (20, 3, -1, START),
     (20, 3, 2**63, START), (20, 3, 1, date.max)],
)  # fmt: skip
def test_arguments_out_of_range_are_told_before_anything_is_written(
    tmp_path: Path, papers: int, days: int, seed: int, start: date
) -> None:
    with pytest.raises(ValueError, match="give"):
        write_sample(tmp_path / "out", papers, days, seed, start=start)
    assert not (tmp_path / "out").exists()


@given(st.integers(1, 5000), st.integers(1, 90), st.integers(0, 2**63 - 1))
@settings(max_examples=30)
def test_every_paper_has_its_day(papers: int, days: int, seed: int) -> None:
    plan = plan_sample(papers, days, seed, START)
    assert (plan.starts[0], plan.starts[-1], len(plan.dates)) == (0, papers, days)
    assert list(plan.starts) == sorted(plan.starts)
    assert all(plan.starts[plan.day_of(i)] <= i < plan.starts[plan.day_of(i) + 1]
               for i in range(0, papers, 97))  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sample_tells_its_stories_on_its_last_day_and_no_other(
    tmp_path: Path, seed: int
) -> None:
    truth = write_sample(tmp_path / "sample", 1_000, 60, seed)
    days = [date.fromisoformat(day) for day in truth["days"]]
    weeks = [day - timedelta(day.weekday()) for day in days]
    counted = sorted(set(weeks))[:-1]  # the last week is not over
    n = np.array([
        [sum(topic["papers"][at] for at, of in enumerate(weeks) if of == week) for week in counted]
        for topic in truth["topics"]
    ], dtype=float)  # fmt: skip
    moved = changes(n, n.sum(axis=0), horizons("week", len(counted)), 1.25, 10)
    way = np.where(moved.rose.max(axis=1) >= 0.5, 1, np.where(moved.fell.max(axis=1) >= 0.5, -1, 0))
    expected = {"born": 1, "burst": 1, "rising": 1, "declining": -1, "died": -1}
    stories = [at for at, topic in enumerate(truth["topics"]) if topic["is_story"]]
    assert len(stories) == 5
    right = sum(way[at] == expected[truth["topics"][at]["kind"]] for at in stories)
    assert right >= 4
    sure = np.maximum(moved.rose, moved.fell).max(axis=1) >= 0.8
    steady = [topic["kind"] == "steady" for topic in truth["topics"]]
    assert not (sure & steady).any()
    assert truth["coverage"]["times"] > 1
