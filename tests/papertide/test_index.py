"""The index: made once for each publication, found by all, gone with what it is made of."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from jobs.tables.catalog import BY_NAME
from papertide import duck, questions, ranked
from papertide.index import files
from papertide.index.contents import PARTS
from papertide.index.files import ensure_part, register, remove
from papertide.index.ready import prepare, searchable
from papertide.index.views import connect
from papertide.snapshot import Snapshot, resolve
from pipelines.commands.purge import purge
from storage.warehouse import Warehouse
from tests.dashboard.rows import paper, publish


@pytest.fixture(autouse=True)
def search_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path / "o'home"))
    return tmp_path / "o'home" / "search"


def seen(root: Path, *titles: str) -> Snapshot:
    publish(str(root), {"silver.papers": [paper(f"p{n}", t) for n, t in enumerate(titles)]})
    return resolve(str(root))


def found(snapshot: Snapshot, *words: str) -> list[str]:
    query = ranked.with_papers(ranked.by_words(words, (), {}, 9))
    return sorted(row["title"] for row in duck.rows(snapshot, query))


def test_a_part_is_made_once_for_a_publication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = seen(tmp_path / "w", "Tides")
    first = {name: ensure_part(name, snapshot) for name in PARTS if name != "search_vectors"}
    monkeypatch.setattr(files, "_make", lambda *_: pytest.fail("made once more"))
    files._making_lock.cache_clear()  # as another process
    assert {name: ensure_part(name, snapshot) for name in first} == first


def test_a_table_made_anew_has_an_index_of_its_own(tmp_path: Path) -> None:
    root = tmp_path / "w"
    before = seen(root, "Tides of one")
    assert found(before, "tides") == ["Tides of one"]
    shutil.rmtree(root)
    after = seen(root, "Tides of another")
    assert after == before  # the same versions of the same names
    for cache in (duck.answer, files._table_id, connect):
        cache.cache_clear()
    assert found(after, "tides") == ["Tides of another"]


def test_old_versions_go_and_what_is_searched_stays(tmp_path: Path, search_folder: Path) -> None:
    snapshots = [seen(tmp_path / "w", f"Tide {n}") for n in range(files._KEPT + 2)]
    for snapshot in snapshots:
        ensure_part("search_texts", snapshot)
    held = [path.name for path in search_folder.glob("*/silver.papers-*")]
    assert len(held) == files._KEPT
    assert found(snapshots[-1], "tide")
    assert found(snapshots[0], "tide") == ["Tide 0"]  # made again for who looks back


def test_the_index_goes_with_its_warehouse(tmp_path: Path, search_folder: Path) -> None:
    ensure_part("search_texts", seen(tmp_path / "gone", "Tides"))
    shutil.rmtree(tmp_path / "gone")
    ensure_part("search_texts", seen(tmp_path / "w", "Tides"))
    assert len(list(search_folder.iterdir())) == 1


def test_what_is_purged_is_in_no_index(tmp_path: Path, search_folder: Path) -> None:
    root = tmp_path / "w"
    ensure_part("search_texts", seen(root, "A secret of tides"))
    seen(root, "Tides")
    purge(Warehouse.at(str(root)), BY_NAME["silver.papers"], "run")
    assert not [file for file in search_folder.rglob("*") if file.is_file()]


def test_what_is_purged_leaves_the_index_of_other_readers_as_they_read_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, other = tmp_path / "w", tmp_path / "other"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PAPERTIDE_HOME", str(other))
        ensure_part("search_texts", seen(root, "A secret of tides"))
    now = seen(root, "Tides")
    purge(Warehouse.at(str(root)), BY_NAME["silver.papers"], "run")
    assert list(other.rglob("search_texts*"))
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("PAPERTIDE_HOME", str(other))
        ensure_part("search_texts", now)
    assert [f.parent.name.endswith("-2") for f in other.rglob("search_texts*")] == [True]


def test_words_are_made_anew_when_the_statement_of_texts_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = seen(tmp_path / "w", "Tides", "Gulls")
    before = ensure_part("search_words", snapshot)
    texts = PARTS["search_texts"]
    changed = texts._replace(sql=texts.sql.replace("over ()", "over (order by title desc)"))
    monkeypatch.setitem(PARTS, "search_texts", changed)
    assert ensure_part("search_words", snapshot) != before


def test_an_index_that_another_process_removes_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = seen(tmp_path / "w", "Tides")
    assert found(snapshot, "tides")
    times: list[str] = []

    def removed_first(connection: Any, name: str, file: Path) -> None:
        times.append(name)
        if len(times) == 1:
            remove(snapshot.root)
        register(connection, name, file)

    monkeypatch.setattr(duck, "register", removed_first)
    duck.answer.cache_clear()
    assert found(snapshot, "tides") == ["Tides"]


def test_who_searches_waits_where_the_index_before_is_gone(tmp_path: Path) -> None:
    before = seen(tmp_path / "w", "Tides")
    prepare(before)
    now = seen(tmp_path / "w", "Tides", "Gulls")
    assert searchable(now) == before
    remove(before.root)
    assert searchable(now) == now


def test_drafts_of_the_dead_go_after_a_day(tmp_path: Path, search_folder: Path) -> None:
    ensure_part("search_texts", seen(tmp_path / "w", "Tides"))
    (folder,) = search_folder.glob("*/silver.papers-*")
    for name, hours in (("draft-old", 25), ("draft-new", 1)):
        (folder / name).mkdir()
        at = time.time() - 3600 * hours
        os.utime(folder / name, (at, at))
    ensure_part("search_texts", seen(tmp_path / "w", "Tides", "Gulls"))
    assert [draft.name for draft in folder.glob("draft-*")] == ["draft-new"]


def test_a_making_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, search_folder: Path
) -> None:
    snapshot = seen(tmp_path / "w", "Tides")

    def fail(name: str, own: Snapshot, file: Path) -> None:
        file.write_bytes(b"half")
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(files, "_make", fail)
        with pytest.raises(OSError, match="no space"):
            ensure_part("search_texts", snapshot)
    assert not list(search_folder.rglob("search_texts*"))
    assert found(snapshot, "tides") == ["Tides"]


def test_who_may_not_write_at_home_searches_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("PAPERTIDE_HOME", str(tmp_path / "file" / "home"))
    assert found(seen(tmp_path / "w", "Tides"), "tides") == ["Tides"]


def test_words_are_counted_over_all_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = ["Tides and tides", "Naïve tide", "The moon", "Naive moons", "潮 tide"]
    whole = seen(tmp_path / "w", *titles)
    bm25 = ranked.with_papers(ranked.by_words(("tides", "moon", "naïve"), (), {}, 9))
    expected = duck.rows(whole, bm25)
    remove(whole.root)
    monkeypatch.setattr(files, "_TEXTS", 2)
    duck.answer.cache_clear()
    assert len(list(ensure_part("search_words", whole).iterdir())) == 3
    assert duck.rows(whole, bm25) == expected
    assert {row["title"] for row in expected} == set(titles)
    counts = duck.rows(whole, questions.text_counts(["tide", "naïve", "naive", "潮", "sea"]))
    assert counts == [{"n0": 2, "n1": 1, "n2": 1, "n3": 1, "n4": 0}]
