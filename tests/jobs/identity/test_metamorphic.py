"""What must not matter to identity, and what must: other ways to write the same, other orders."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.feeds import FEEDS
from jobs.feeds.core import parse_payload
from jobs.identity.stage import Known, identify
from jobs.params import IdentitySettings
from jobs.tables.core import Table
from jobs.tables.silver import (
    DECISIONS,
    HOT_BLOCKS,
    IDENTITY,
    IDENTITY_EDGES,
    PAPER_FORWARDS,
    SIGNATURES,
)
from pipelines.sample.sample import as_html, as_tex, write_sample
from tests.jobs.records import Fields, frame, record, records

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Fields]
TABLES = (IDENTITY, SIGNATURES, HOT_BLOCKS, IDENTITY_EDGES, PAPER_FORWARDS, DECISIONS)
IDS = ("doi", "arxiv_id", "pmid", "url")
SETTINGS = IdentitySettings()


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Rows of a sample feed, planted duplicates among them."""
    folder = tmp_path_factory.mktemp("rows")
    write_sample(folder, papers=120, days=20, seed=3)
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def read(row: Row, record_id: str, feed: str = "papers") -> Fields:
    """A row as the house's own reader reads it."""
    found = parse_payload(FEEDS["papers"], json.dumps(row), {})
    assert not found.errors
    fields: dict[str, Any] = {**found.fields}
    authors = [(a["name"], a["orcid"], a["affiliation"]) for a in fields.pop("authors", ())]
    year = fields.pop("year", None) or int(str(fields["published_on"])[:4])
    title = fields.pop("title")
    for name in ("published_basis", "published_on"):
        fields.pop(name, None)
    told = {name: value for name, value in fields.items() if name != "language"}
    return {**record(record_id, title, year=year, **told), "authors": authors, "feed": feed}


def resolved(
    given: DataFrame, tables: Mapping[Table, Rows], settings: IdentitySettings = SETTINGS
) -> dict[Table, Rows]:
    """The tables of identity after a run, merged as publication merges them."""
    spark = given.sparkSession
    known = Known(*(frame(spark, table, tables.get(table, {}).values()) for table in TABLES))
    after = dict(tables)
    for table, found in identify(given, known, settings).items():
        new = {tuple(r[k] for k in table.key): r.asDict(recursive=True) for r in found.collect()}
        before = {} if table is PAPER_FORWARDS else tables.get(table, {})
        after[table] = {**before, **new}
    spark.catalog.clearCache()
    return after


def papers_of(tables: Mapping[Table, Rows]) -> dict[str, str]:
    return {str(key[0]): row["paper_id"] for key, row in tables[IDENTITY].items()}


def partition(papers: Mapping[str, str]) -> set[frozenset[str]]:
    together = defaultdict(set)
    for name, paper in papers.items():
        together[paper].add(name)
    return {frozenset(names) for names in together.values()}


def in_capitals(text: str) -> str:
    return text.upper()


def in_small_letters(text: str) -> str:
    return text.lower()


def widely_spaced(text: str) -> str:
    return f"  {text} ".replace(" ", " \n\t")


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def with_tags(text: str) -> str:
    first, space, rest = text.partition(" ")
    return f"<i>{first}</i>{space}<b class='x'>{rest}</b>"


WAYS: list[Callable[[str], str]] = [
    in_capitals, in_small_letters, widely_spaced, decomposed, as_tex, as_html,
    with_tags,
]  # fmt: skip


def test_the_same_in_another_way_of_writing_is_the_same_paper(
    spark: SparkSession, rows: list[Row]
) -> None:
    works = {row["title"].casefold(): row for row in rows if len(row["title"].split()) > 3}
    given, expected = [], {}
    for place, row in enumerate(list(works.values())[: 8 * len(WAYS)]):
        bare = {key: value for key, value in row.items() if key not in IDS}
        way = WAYS[place % len(WAYS)]
        # An accent in every title, so that each way has one to write.
        bare["title"] += ", après Gödel"
        other = {**bare, "id": "other", "authors": [way(name) for name in bare["authors"]]}
        other |= {key: way(bare[key]) for key in ("title", "abstract") if key in bare}
        given += [read(bare, f"{place:03}a"), read(other, f"{place:03}b", "other")]
        expected[f"{place:03}"] = way.__name__
    papers = papers_of(resolved(records(spark, *given), {}))
    apart = {way for at, way in expected.items() if papers[f"{at}a"] != papers[f"{at}b"]}
    assert not apart


# Two titles of works that are not the same, by the same authors in the same year.
DIFFERENT = [
    ("Gradient noise helps {} networks", "Gradient noise does not help {} networks"),
    ("Why {} machines can learn from rumours", "Why {} machines cannot learn from rumours"),
    ("Sorting {} pebbles with supervision", "Sorting {} pebbles without supervision"),
    ("On the {} growth of ferns, part I", "On the {} growth of ferns, part II"),
    ("On the stability of {} dunes", "On the instability of {} dunes"),
]


def test_a_changed_negation_is_another_paper(spark: SparkSession) -> None:
    given = [
        record(f"{place}{end}", title.format(f"w{place}ord"), authors=["Ada Fern", "Bo Oak"],
               year=2020)
        for place, pair in enumerate(DIFFERENT) for end, title in zip("ab", pair, strict=True)
    ]  # fmt: skip
    papers = papers_of(resolved(records(spark, *given), {}))
    joined = [DIFFERENT[n] for n in range(len(DIFFERENT)) if papers[f"{n}a"] == papers[f"{n}b"]]
    assert not joined


def mixed(rows: Iterable[Row]) -> list[Fields]:
    """Every row, and some of them again without their ids."""
    given = [read(row, f"{place * 7919 % 1000:03}a") for place, row in enumerate(rows)]
    without = [row for row in rows if "abstract" in row][::4]
    bare = ({k: v for k, v in row.items() if k not in IDS} for row in without)
    return given + [read(row, f"{n:03}b", "other") for n, row in enumerate(bare)]


@pytest.mark.slow
def test_neither_order_nor_partitions_nor_batches_matter(
    spark: SparkSession, rows: list[Row]
) -> None:
    given = mixed(rows)
    at_once = resolved(records(spark, *given).coalesce(1), {})
    assert 100 < len(partition(papers_of(at_once))) < len(given)
    otherwise = resolved(records(spark, *reversed(given)).repartition(7), {})
    assert otherwise == at_once
    for batches in (2, 11):
        tables: dict[Table, Rows] = {}
        for end in range(1, batches + 1):
            before = papers_of(tables) if tables else {}
            so_far = given[: len(given) * end // batches]
            tables = resolved(records(spark, *so_far), tables)
            now = papers_of(tables)
            _ids_stay(before, now, tables)
        assert partition(papers_of(tables)) == partition(papers_of(at_once)), batches
    assert resolved(records(spark, *given), tables) == tables  # a replay


def _ids_stay(
    before: Mapping[str, str], now: Mapping[str, str], tables: Mapping[Table, Rows]
) -> None:
    """A paper that stood stands, or is forwarded to one that does."""
    forwards = {key[0] for key in tables[PAPER_FORWARDS]}
    assert set(before.values()) <= set(now.values()) | forwards
    moved = {before[r] for r in before if before[r] != now[r]}
    assert moved <= forwards
