"""`similar` and `search` on published tables: what is found, and what is told where nothing is."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from conf import Config, load
from jobs.tables.core import Table
from jobs.tables.gold import CELLS, NEIGHBORS, PAPER_CELLS
from jobs.tables.ops import PUBLISHED
from jobs.tables.silver import EMBEDDINGS, PAPERS
from jobs.vectors.embed import embed
from jobs.vectors.neighbors import Neighbors, neighbors
from pipelines.commands import find
from pipelines.setup.model import model_folder, model_id
from storage import ledger
from storage.errors import PapertideError, UsageError
from storage.home import home
from storage.warehouse import Warehouse
from tests.jobs.test_static import made

TITLES = ["The tide and the moon", "Moon tide", "The moon", "Tide tide tide the", "Moon", "The"]
DAY = date(2024, 1, 31)
HOSTILE = "'); DROP TABLE silver.papers; -- \\ \x00 \udc80 ${x} `tide` %s"


@pytest.fixture(scope="module")
def config(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A warehouse with six papers, of which the last is withdrawn, and static vectors."""
    folder = tmp_path_factory.mktemp("found")
    (folder / "jars").symlink_to(home() / "jars")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PAPERTIDE_HOME", str(folder))
        return filled(spark, folder)


@pytest.fixture(autouse=True)
def at_home(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERTIDE_HOME", str(Path(config.warehouse).parent))


def filled(spark: SparkSession, folder: Path) -> Config:
    config = load([], ["embed.form=static", f"warehouse={folder / 'warehouse'}"], {})
    place = model_folder(config.embed, folder)
    place.mkdir(parents=True)
    model = (made(place, 6)[0], model_id(config.embed))
    rows = [
        {"paper_id": f"p{n}", "title": title, "is_withdrawn": n == 5, "doi": f"10.1/{n}",
         "dated_on": date(2024, 1, 1 + n), "first_shown_on": date(2024, 1, 1 + n)}
        for n, title in enumerate(TITLES)
    ]  # fmt: skip
    papers = spark.createDataFrame([full(PAPERS, row) for row in rows], PAPERS.schema())
    none = {
        t: spark.createDataFrame([], t.schema())
        for t in (EMBEDDINGS, NEIGHBORS, CELLS, PAPER_CELLS)
    }
    vectors = EMBEDDINGS.conform(embed(papers, none[EMBEDDINGS], model, config.embed))
    known = Neighbors(none[NEIGHBORS], none[CELLS], none[PAPER_CELLS])
    settings = config.neighbors.model_copy(update={"per_paper": 2})
    found = neighbors(papers, vectors, known, model[1], settings, DAY)
    tables = {PAPERS: papers, EMBEDDINGS: vectors, NEIGHBORS: found.neighbors, CELLS: found.cells}
    warehouse = Warehouse.at(config.warehouse)
    for table, frame in tables.items():
        table.conform(frame).write.format("delta").save(warehouse.path(table))
        told = {"table": table.name, "sequence": 1, "version": 0, "rows": 0}
        ledger.append(warehouse, PUBLISHED, [told])
    return config


def full(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(name) for name in table.column_names)


def ids(found: find.Found) -> list[str]:
    columns, rows = found
    assert all(list(row) == columns for row in rows)
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["paper_id"] for row in rows]


def test_similar_goes_by_neighbors_and_beyond_them_by_all_vectors(
    spark: SparkSession, config: Config
) -> None:
    near = ids(find.similar(spark, config, "p1", 2))
    far = ids(find.similar(spark, config, "p1", 9))
    assert far[:2] == near
    assert sorted(far) == ["p0", "p2", "p3", "p4"]
    assert ids(find.similar(spark, config, "10.1/1", 2)) == near
    _, rows = find.similar(spark, config, "p1", 9)
    assert {row["paper_id"]: row["is_earlier"] for row in rows}["p0"]


def test_search_by_words_by_meaning_and_by_both(spark: SparkSession, config: Config) -> None:
    assert ids(find.search(spark, config, "tides", "words", 9)) == ["p3", "p1", "p0"]
    assert ids(find.search(spark, config, "Moon tide", "meaning", 1)) == ["p1"]
    columns, rows = find.search(spark, config, "moon tide", "both", 3)
    assert columns[-3:] == ["score", "bm25", "cosine"]
    assert rows[0]["paper_id"] == "p1"


@pytest.mark.parametrize("by", ["words", "both"])
def test_hostile_queries_are_data(spark: SparkSession, config: Config, by: str) -> None:
    assert "p3" in ids(find.search(spark, config, HOSTILE, by, 5))
    with pytest.raises(UsageError, match="no paper has the id"):
        find.similar(spark, config, HOSTILE, 5)


def test_what_is_not_there_is_told(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no word"):
        find.search(spark, config, " -- ", "both", 5)
    with pytest.raises(UsageError, match="10,001 characters"):
        find.search(spark, config, "x" * 10_001, "words", 5)
    with pytest.raises(PapertideError, match="p5 has no vector"):
        find.similar(spark, config, "p5", 5)
    elsewhere = config.model_copy(update={"warehouse": str(tmp_path / "none")})
    with pytest.raises(PapertideError, match="no papers are published"):
        find.search(spark, elsewhere, "tide", "words", 5)
    other = load([], ["embed.static_dimensions=8", "embed.form=static",
                      f"warehouse={config.warehouse}"], {})  # fmt: skip
    with pytest.raises(PapertideError, match="no vectors of .*static-8 are published"):
        find.search(spark, other, "tide", "meaning", 5)


def test_the_commands_write_json(
    spark: SparkSession, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipelines.cli import main

    told = ("--format", "json", "--set", f"warehouse={config.warehouse}", "--set",
            "embed.form=static")  # fmt: skip
    for arguments in (("similar", "p1", "--n", "1"), ("search", "moon", "--by", "words")):
        with pytest.raises(SystemExit) as ended:
            main([*arguments, *told])
        assert ended.value.code == 0
        assert json.loads(capsys.readouterr().out)[0]["rank"] == 1
