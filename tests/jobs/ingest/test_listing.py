"""Requirements of listing: which files a feed has, and the day each was shown."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.feeds import FEEDS
from jobs.ingest.listing import File, NoFilesError, list_all, list_files

MODIFIED = datetime(2024, 7, 3, 23, 30, tzinfo=UTC)


def listed(path: Path | str, received: date | None = None, form: str = "papers") -> dict[str, File]:
    found = list_files("own", FEEDS[form], str(path), received)
    assert len({file.file for file in found}) == len(found)
    return {file.file: file for file in found}


def put(folder: Path, *names: str, content: str = "x") -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        os.utime(file, (MODIFIED.timestamp(), MODIFIED.timestamp()))


def test_a_folder_gives_the_files_of_its_format_at_any_depth(tmp_path: Path) -> None:
    put(
        tmp_path,
        "a.jsonl",
        "b.CSV",
        "deep/er/c.tsv.gz",
        "d.parquet",
        "e.json",
        "f.jsonl.bak",
        "jsonl",
        "_low.jsonl",
        ".hidden.jsonl",
        ".git/f.jsonl",
    )
    put(tmp_path, "empty.jsonl", content="")  # fmt: skip
    (tmp_path / "dead.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "linked.jsonl").symlink_to(tmp_path / "a.jsonl")
    told = {name: file.left_out for name, file in listed(tmp_path).items()}
    other = "no file of format papers by its name: those are *.jsonl, *.ndjson, *.csv, *.tsv, "
    assert {name: why for name, why in told.items() if why} == {
        ".git": "a hidden folder: its name begins with a dot",
        ".hidden.jsonl": "a hidden file: its name begins with a dot",
        "dead.jsonl": "a link that leads nowhere",
        "empty.jsonl": "an empty file",
        **dict.fromkeys(["e.json", "f.jsonl.bak", "jsonl"], f"{other}*.txt, *.parquet"),
    }
    assert {name for name, why in told.items() if not why} == {
        "_low.jsonl",
        "a.jsonl",
        "b.CSV",
        "d.parquet",
        "deep/er/c.tsv.gz",
        "linked.jsonl",
    }
    found = listed(tmp_path, form="hf-daily").items()
    assert {name for name, file in found if not file.left_out} == {"e.json"}


def test_links_are_followed_to_files_of_the_folder_alone(tmp_path: Path) -> None:
    put(tmp_path, "in/sub/a.jsonl", "out/b.jsonl", "out/deep/c.jsonl")
    folder = tmp_path / "in"
    (folder / "b.jsonl").symlink_to(tmp_path / "out" / "b.jsonl")
    (folder / "out").symlink_to("../out")
    for name in ("up", "again"):  # two that lead upward give two to the fortieth paths
        (folder / name).symlink_to(".")
    (folder / "same.jsonl").symlink_to("sub/a.jsonl")
    (tmp_path / "alias").symlink_to("in")
    own = "a link to a folder, which is read under its own name"
    for path in (folder, tmp_path / "alias"):
        assert {name: file.left_out for name, file in listed(path).items()} == {
            "sub/a.jsonl": None,
            "same.jsonl": None,
            "b.jsonl": "a link that leads out of the folder",
            "out": "a link that leads out of the folder",
            "up": own,
            "again": own,
        }
    assert set(listed(folder / "b.jsonl")) == {"b.jsonl"}


def test_a_row_tells_of_the_file_without_a_look_inside(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", content="x" * 7)
    assert listed(tmp_path)["a.jsonl"] == File(
        feed="own", format="papers", location=f"{tmp_path}/a.jsonl", file="a.jsonl",
        bytes=7, modified_at=MODIFIED, shown_on=date(2024, 7, 3), shown_basis="modified",
    )  # fmt: skip


def test_a_file_is_taken_as_given_whatever_its_name(tmp_path: Path) -> None:
    put(tmp_path, "sub/notes.txt", "sub/b.txt")
    assert set(listed(tmp_path / "sub" / "notes.txt")) == {"notes.txt"}


def test_of_a_glob_the_path_begins_before_its_first_wildcard(tmp_path: Path) -> None:
    put(tmp_path, "in/2023/a.txt", "in/2024/a.txt", "in/2024/b.csv", "out/a.txt")
    assert set(listed(f"{tmp_path}/in/20*/a.t{{xt,sv}}")) == {"2023/a.txt", "2024/a.txt"}


def test_names_are_data(tmp_path: Path) -> None:
    names = {
        "a*b.jsonl",
        "[x] {y}.jsonl",
        "50%20off.jsonl",
        "潮 汐é.jsonl",
        "a?b.jsonl",
        "a#b,c=d.jsonl",
    }
    put(tmp_path / "with space", *names)
    assert set(listed(tmp_path / "with space")) == names


def test_a_path_that_is_there_is_no_glob(tmp_path: Path) -> None:
    put(tmp_path, "x [1].jsonl", "x 1.jsonl", "in{a,b}/2*.csv", "ina/2.csv")
    assert set(listed(tmp_path / "x [1].jsonl")) == {"x [1].jsonl"}
    assert set(listed(tmp_path / "in{a,b}")) == {"2*.csv"}


def test_a_bracket_that_is_not_closed_is_a_letter_of_the_name(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", "[b.jsonl", "{c.jsonl", "[!]d.jsonl")
    assert set(listed(tmp_path / "[b*.jsonl")) == {"[b.jsonl"}
    assert set(listed(tmp_path / "{c*.jsonl")) == {"{c.jsonl"}
    assert set(listed(tmp_path / "[!]*.jsonl")) == {"[!]d.jsonl"}
    with pytest.raises(NoFilesError, match="is no pattern"):
        listed(tmp_path / "[z-a]*.jsonl")


@pytest.mark.parametrize("missing", ["none", "none/*.csv"])
def test_a_path_where_nothing_is_is_told_with_the_feed(tmp_path: Path, missing: str) -> None:
    with pytest.raises(NoFilesError, match=f"feed own: there is nothing at {tmp_path}/none"):
        listed(f"{tmp_path}/{missing}")


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    assert listed(tmp_path) == {}


def test_the_day_is_that_of_the_name_else_received_else_of_the_change(tmp_path: Path) -> None:
    dated = {
        "2024-05-27.jsonl": date(2024, 5, 27), "list_20240527.jsonl": date(2024, 5, 27),
        "a.2024.05.27.b.jsonl": date(2024, 5, 27), "12345678_20240102.jsonl": date(2024, 1, 2),
        "of 2024-07-04.jsonl": date(2024, 7, 4), "2024_02_29T10.jsonl": date(2024, 2, 29),
    }  # fmt: skip
    undated = ["plain.jsonl", "2024-13-01.jsonl", "2023-02-29.jsonl", "120240527.jsonl",
               "2024-0527.jsonl", "202405.jsonl", "2024-05-27/plain2.jsonl",
               "30120412.jsonl", "PMC11031215.jsonl", "2024-07-05.jsonl"]  # fmt: skip
    put(tmp_path, *dated, *undated)
    for received, other, basis in (
        (date(2024, 6, 1), date(2024, 6, 1), "received"),
        (None, date(2024, 7, 3), "modified"),
    ):
        found = {
            name: (r.shown_on, r.shown_basis) for name, r in listed(tmp_path, received).items()
        }
        assert found == {
            **{name: (day, "file name") for name, day in dated.items()},
            **dict.fromkeys(undated, (other, basis)),
        }


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.dates(date(1990, 1, 1), date(2024, 7, 4)),
            st.sampled_from(["", "-", "_", "."]),
            st.text("ab-_ é", max_size=5),
            st.text("ab-_ é", max_size=5),
        ),
        min_size=20,
        max_size=30,
    )
)
def test_any_date_in_a_name_is_the_day_shown(
    tmp_path_factory: pytest.TempPathFactory,
    given_: list[tuple[date, str, str, str]],
) -> None:
    folder = tmp_path_factory.mktemp("dated")
    expected = {
        f"x{before}{day.strftime(f'%Y{between}%m{between}%d')}{after}.jsonl": day
        for day, between, before, after in given_
    }
    put(folder, *expected)
    assert {name: row.shown_on for name, row in listed(folder).items()} == expected


def test_all_feeds_stand_in_one_list(tmp_path: Path) -> None:
    put(tmp_path, "page/a.txt", "own/a.jsonl")
    feeds = {"b": (FEEDS["papers"], f"{tmp_path}/own"), "a": (FEEDS["hf-page"], f"{tmp_path}/page")}
    found = [(file.feed, file.format, file.file) for file in list_all(feeds, None)]
    assert found == [("a", "hf-page", "a.txt"), ("b", "papers", "a.jsonl")]
    assert list_all({}, None) == []


def test_the_real_daily_files_are_dated_by_their_names(shared_feeds: Path) -> None:
    found = listed(shared_feeds / "hf-daily-papers", form="hf-daily")
    assert len(found) == 393
    days = [row.shown_on for row in found.values()]
    assert (min(days), max(days)) == (date(2024, 5, 27), date(2025, 12, 31))
    assert all(row.file == f"{row.shown_on}.json" for row in found.values())
    assert max(days) - min(days) > timedelta(days=393)
