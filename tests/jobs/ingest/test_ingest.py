"""Requirements of ingest: every record and fragment of every file accounted for, once."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from jobs.feeds import FEEDS
from jobs.ingest.ingest import NOTED, Ingested, ingest
from jobs.ingest.listing import list_all
from jobs.params import IngestSettings
from jobs.people.erased import NOBODY_ERASED, Erased, erased_people, mark
from jobs.tables.bronze import FILES, RAW_RECORDS
from tests.frames import frame_of

SETTINGS = IngestSettings(
    part_bytes=1024, max_file_bytes=4000, max_record_chars=300, max_excerpt_chars=50
)
DAY = date(2024, 6, 1)


class Out(NamedTuple):
    """What came out: files by name, records, quarantine by (file, position)."""

    files: dict[str, Row]
    records: list[Row]
    quarantine: dict[tuple[str, int | None], Row]


def lines(*ids: str) -> bytes:
    return b"".join(json.dumps({"id": i, "title": f"Tide {i}"}).encode() + b"\n" for i in ids)


def line(one: str) -> str:
    return lines(one).decode().strip()


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def known(spark: SparkSession, before: Out | None) -> tuple[DataFrame, DataFrame]:
    """bronze.files and bronze.records after the run that gave `before`."""
    files = list(before.files.values()) if before else []
    return (
        frame_of(spark, files, FILES.schema()),
        frame_of(spark, before.records if before else [], RAW_RECORDS.schema()),
    )


def collected(out: Ingested) -> Out:
    files = FILES.conform(out.files.where(~F.col(NOTED))).collect()
    records = RAW_RECORDS.conform(out.records).collect()
    quarantine = out.quarantine.collect()
    out.files.sparkSession.catalog.clearCache()
    found = Out(
        {row["file"]: row for row in files},
        sorted(records, key=lambda row: (row["feed"], row["file"], row["position"])),
        {(row["file"], row["position"]): row for row in quarantine},
    )
    assert (len(found.files), len(found.quarantine)) == (len(files), len(quarantine))
    for name, row in found.files.items():
        assert row["delivered"] == row["records"] + row["repeated"] + row["quarantined"]
        assert row["records"] == sum(record["file"] == name for record in records)
        assert row["quarantined"] == sum(name == file for file, _ in found.quarantine)
    return found


def run(
    spark: SparkSession,
    folder: Path,
    before: Out | None = None,
    form: str = "papers",
    people: Erased = NOBODY_ERASED,
) -> Out:
    listing = list_all({"own": (FEEDS[form], str(folder))}, DAY)
    return collected(ingest(listing, *known(spark, before), SETTINGS, people=people))


def counts(row: Row) -> tuple[int, int, int, int]:
    return row["delivered"], row["records"], row["repeated"], row["quarantined"]


MIXED = {
    "a.jsonl": lines("1", "2", "2"),
    "b.jsonl": lines("2", "3") + b'{"id": "4", "ti\n' + b'{"id": "\xe9"}\n' + lines("5"),
    "2024-05-27.jsonl": lines("3"),
    "long.jsonl": lines("6") + json.dumps({"id": "7", "title": "x" * 400}).encode(),
    "cut.json.jsonl": b"[" + lines("8").strip() + b", " + lines("9")[:20],
    "page.csv": b"<html>, <html>\n<p>\xe9\x00",
    "bomb.jsonl.gz": gzip.compress(b"\0" * 20_001),
    "full.jsonl.gz": gzip.compress(lines("10") + lines("11")),
    "halved.jsonl.gz": gzip.compress(lines("12"))[:-9],
    "large.csv": b"id,title\n" * 500,
    "parted.jsonl": lines(*map(str, range(100, 300)))
    + b'{"id": "'
    + b"x" * 5000
    + b'"}\n'
    + lines("300"),
    "empty.jsonl": b"",
    "blank.jsonl": b" \n\n",
    "sp ace/50%20*[x] {1}?#.jsonl": lines("13"),
    "sp ace/潮汐-é.jsonl": lines("14"),
    "twin/a.jsonl": lines("1", "2", "2"),
}


@pytest.fixture(scope="module")
def mixed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put(tmp_path_factory.mktemp("feed [1]"), MIXED)


@pytest.fixture(scope="module")
def mixed(spark: SparkSession, mixed_folder: Path) -> Out:
    return run(spark, mixed_folder)


def test_every_file_is_counted_to_the_record(mixed: Out) -> None:
    assert {name: (*counts(row), row["status"]) for name, row in mixed.files.items()} == {
        "2024-05-27.jsonl": (1, 1, 0, 0, "read"),
        "a.jsonl": (3, 2, 1, 0, "read"),
        "b.jsonl": (5, 1, 2, 2, "read"),
        "blank.jsonl": (0, 0, 0, 0, "read"),
        "bomb.jsonl.gz": (1, 0, 0, 1, "unreadable"),
        "cut.json.jsonl": (2, 1, 0, 1, "read"),
        "empty.jsonl": (0, 0, 0, 0, "left out"),
        "full.jsonl.gz": (2, 2, 0, 0, "read"),
        "halved.jsonl.gz": (1, 0, 0, 1, "unreadable"),
        "large.csv": (1, 0, 0, 1, "unreadable"),
        "long.jsonl": (2, 1, 0, 1, "read"),
        "page.csv": (1, 0, 0, 1, "unreadable"),
        "parted.jsonl": (202, 201, 0, 1, "read"),
        "sp ace/50%20*[x] {1}?#.jsonl": (1, 1, 0, 0, "read"),
        "sp ace/潮汐-é.jsonl": (1, 1, 0, 0, "read"),
        "twin/a.jsonl": (3, 0, 3, 0, "read"),
    }


def test_a_record_is_named_by_feed_and_payload(mixed: Out) -> None:
    assert len(mixed.records) == 211
    for row in mixed.records:
        told = hashlib.sha256(f"own\n{row['payload']}".encode()).hexdigest()
        assert row["record_id"] == told[:32]
        assert (row["feed"], row["format"]) == ("own", "papers")


def test_a_payload_is_kept_as_delivered_with_its_place(mixed: Out) -> None:
    found = {(row["file"], row["position"]): row["payload"] for row in mixed.records}
    assert found[("a.jsonl", 0)], found[("a.jsonl", 1)] == (line("1"), line("2"))
    assert found[("b.jsonl", 4)] == line("5")
    assert found[("cut.json.jsonl", 0)] == line("8")


def test_a_repeated_payload_belongs_to_the_file_that_showed_it_first(mixed: Out) -> None:
    """File b shows record 3 as well, but on a later day."""
    [third] = [row for row in mixed.records if row["payload"] == line("3")]
    assert (third["file"], third["shown_on"], third["shown_basis"]) == (
        "2024-05-27.jsonl", date(2024, 5, 27), "file name",
    )  # fmt: skip
    assert {row["shown_on"] for row in mixed.records if row is not third} == {DAY}


def test_a_file_is_told_with_size_and_digest(mixed: Out) -> None:
    for name, content in MIXED.items():
        row = mixed.files[name]
        assert row["bytes"] == len(content)
        is_read = row["status"] != "left out"  # an empty file is not opened
        assert row["digest"] == (hashlib.sha256(content).hexdigest() if is_read else "")


@pytest.mark.parametrize(
    ("file", "reason", "excerpt"),
    [
        ("page.csv", "the header names columns twice: '<html>'", "<html>, <html>\n<p>\\xe9\\x00"),
        ("bomb.jsonl.gz", "more than 5,400 bytes when decompressed; split it", None),
        ("halved.jsonl.gz", "gzip data end too early; the file was cut", None),
    ],
)
def test_an_unreadable_file_is_in_quarantine_with_reason_and_beginning(
    mixed: Out, file: str, reason: str, excerpt: str | None
) -> None:
    row = mixed.quarantine[file, None]
    assert (row["stage"], row["rule"], row["reason"]) == ("ingest", "file_readable", reason)
    assert mixed.files[file]["reason"] == reason
    assert 0 < len(row["payload"]) <= 4 * SETTINGS.max_excerpt_chars
    assert excerpt is None or row["payload"] == excerpt


def test_a_file_that_is_too_large_to_be_read_whole_is_kept_out(mixed: Out) -> None:
    row = mixed.quarantine["large.csv", None]
    told = "4,500 bytes, more than the 4,000 of a file that is read whole: split it"
    assert row["reason"] == told
    assert row["payload"] == MIXED["large.csv"].decode()[: SETTINGS.max_excerpt_chars]


def test_a_large_file_of_lines_is_read_in_parts(mixed: Out) -> None:
    """Positions grow with the lines; a line that is larger than two parts costs only itself."""
    found = [row for row in mixed.records if row["file"] == "parted.jsonl"]
    assert [json.loads(row["payload"])["id"] for row in found] == [
        *map(str, range(100, 300)), "300",
    ]  # fmt: skip
    [(_, row)] = [entry for entry in mixed.quarantine.items() if entry[0][0] == "parted.jsonl"]
    assert row["reason"] == "a record of 5,011 bytes, more than a part of a file may have"
    assert row["payload"] == '{"id": "' + "x" * (SETTINGS.max_excerpt_chars - 8)
    assert found[-2]["position"] < row["position"] < found[-1]["position"]


def test_a_fragment_is_in_quarantine_with_reason_payload_and_place(mixed: Out) -> None:
    found = {
        key: (row["payload"], row["reason"]) for key, row in mixed.quarantine.items()
        if row["rule"] == "record_whole"
    }  # fmt: skip
    found = {key: told for key, told in found.items() if key[0] != "parted.jsonl"}
    assert set(found) == {("b.jsonl", 2), ("b.jsonl", 3), ("long.jsonl", 1),
                          ("cut.json.jsonl", 1)}  # fmt: skip
    cut, why = found["b.jsonl", 2]
    assert cut == '{"id": "4", "ti' and why.startswith("not JSON: ")
    assert found["b.jsonl", 3] == ('{"id": "\\xe9"}', "not UTF-8: byte 0xe9 at character 8")
    long, why = found["long.jsonl", 1]
    assert len(long) == 300 and why.endswith("more than the 300 that a record may have")
    cut, why = found["cut.json.jsonl", 1]
    assert cut == line("9")[:20] and why == "the list is not closed; the end of the file is missing"


def test_all_that_is_quarantined_has_an_id_of_its_own(mixed: Out) -> None:
    ids = {row["subject_id"] for row in mixed.quarantine.values()}
    assert len(ids) == len(mixed.quarantine)
    assert not ids & {row["record_id"] for row in mixed.records}


def test_order_and_parts_of_the_input_change_nothing(
    spark: SparkSession, mixed: Out, mixed_folder: Path
) -> None:
    listing = list_all({"own": (FEEDS["papers"], str(mixed_folder))}, DAY)
    assert collected(ingest(listing[::-1], *known(spark, None), SETTINGS)) == mixed


def test_a_second_run_finds_nothing_new(
    spark: SparkSession, mixed: Out, mixed_folder: Path
) -> None:
    assert run(spark, mixed_folder, mixed) == Out({}, [], {})


def test_a_known_file_is_not_opened_again(spark: SparkSession, tmp_path: Path) -> None:
    """Known by name, size and time of change, so a change that alters none of them is not seen."""
    put(tmp_path, {"a.jsonl": lines("1"), "b.jsonl": lines("2")})
    first = run(spark, tmp_path)
    stamp = (tmp_path / "a.jsonl").stat()
    put(tmp_path, {"a.jsonl": lines("9"), "c.jsonl": lines("3")})
    os.utime(tmp_path / "a.jsonl", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    second = run(spark, tmp_path, first)
    assert {name: counts(row) for name, row in second.files.items()} == {"c.jsonl": (1, 1, 0, 0)}
    assert [row["payload"] for row in second.records] == [line("3")]


def test_a_touched_file_is_known_by_its_bytes_and_a_changed_one_is_not(
    spark: SparkSession, tmp_path: Path
) -> None:
    put(tmp_path, {"touched.jsonl": lines("1"), "grown.jsonl": lines("2"), "bad.csv": b"a,a\n"})
    first = run(spark, tmp_path)
    put(tmp_path, {"grown.jsonl": lines("2", "3"), "renamed.jsonl": lines("1")})
    for name in ("touched.jsonl", "bad.csv"):
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    second = run(spark, tmp_path, first)
    assert {name: counts(row) for name, row in second.files.items()} == {
        "grown.jsonl": (2, 1, 1, 0),
        "renamed.jsonl": (1, 0, 1, 0),
    }
    assert [row["payload"] for row in second.records] == [line("3")]
    assert not second.quarantine


def test_what_became_of_known_files_is_noted_and_not_counted_again(
    spark: SparkSession, tmp_path: Path
) -> None:
    names = ("kept", "touched", "changed", "gone")
    put(tmp_path, {f"{name}.jsonl": lines(name) for name in names})
    put(tmp_path, {"unreadable.csv": b"a,a\n"})
    first = run(spark, tmp_path)
    assert all(row["is_there"] for row in first.files.values())
    put(tmp_path, {"changed.jsonl": lines("changed", "more")})
    for name in ("touched.jsonl", "unreadable.csv"):
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    (tmp_path / "gone.jsonl").unlink()

    listing = list_all({"own": (FEEDS["papers"], str(tmp_path))}, DAY)
    out = ingest(listing, *known(spark, first), SETTINGS)
    noted = {row["file"]: row for row in out.files.where(NOTED).collect()}
    assert {name: row["is_there"] for name, row in noted.items()} == {
        "touched.jsonl": True, "unreadable.csv": True,
        "changed.jsonl": False, "gone.jsonl": False,
    }  # fmt: skip
    for name, row in noted.items():
        before = first.files[name].asDict()
        assert {**row.asDict(), "is_there": True, "modified_at": None, NOTED: None} == {
            **before, "modified_at": None, NOTED: None,
        }  # fmt: skip
    assert noted["touched.jsonl"]["modified_at"] != first.files["touched.jsonl"]["modified_at"]
    spark.catalog.clearCache()


def test_a_file_that_grows_while_it_is_read_is_read_again(
    spark: SparkSession, tmp_path: Path
) -> None:
    file = put(tmp_path, {"a.jsonl": lines("1", "2")}) / "a.jsonl"
    listing = list_all({"own": (FEEDS["papers"], str(tmp_path))}, DAY)
    file.write_bytes(lines("1", "2", "3"))
    first = collected(ingest(listing, *known(spark, None), SETTINGS))
    assert counts(first.files["a.jsonl"]) == (2, 2, 0, 0)
    assert counts(run(spark, tmp_path, first).files["a.jsonl"]) == (3, 1, 2, 0)


def test_a_file_that_goes_while_others_are_read_is_told_and_tried_again(
    spark: SparkSession, tmp_path: Path
) -> None:
    put(tmp_path, {"a.jsonl": lines("1"), "b.jsonl": lines("2")})
    listing = list_all({"own": (FEEDS["papers"], str(tmp_path))}, DAY)
    (tmp_path / "b.jsonl").unlink()
    first = collected(ingest(listing, *known(spark, None), SETTINGS))
    assert [record["file"] for record in first.records] == ["a.jsonl"]
    assert "cannot be opened: it is gone" in first.quarantine["b.jsonl", None]["reason"]
    put(tmp_path, {"b.jsonl": lines("2")})
    assert counts(run(spark, tmp_path, first).files["b.jsonl"]) == (1, 1, 0, 0)


def test_of_a_packed_file_that_cannot_be_read_the_content_is_shown(
    spark: SparkSession, tmp_path: Path
) -> None:
    put(tmp_path, {"a.jsonl.gz": gzip.compress(b"<html>" * 5_000)[:-9]})
    assert "<html><html>" in run(spark, tmp_path).quarantine["a.jsonl.gz", None]["payload"]


def test_one_payload_in_two_feeds_is_two_records(spark: SparkSession, tmp_path: Path) -> None:
    put(tmp_path, {"a.jsonl": lines("1")})
    feeds = {name: (FEEDS["papers"], str(tmp_path)) for name in ("one", "two")}
    out = ingest(list_all(feeds, DAY), *known(spark, None), SETTINGS)
    assert out.records.select("record_id").distinct().count() == 2
    assert [counts(row) for row in out.files.collect()] == [(1, 1, 0, 0)] * 2
    spark.catalog.clearCache()


def test_no_file_is_no_row(spark: SparkSession, tmp_path: Path) -> None:
    assert run(spark, tmp_path) == Out({}, [], {})


def test_a_large_file_comes_whole_and_in_order(spark: SparkSession, tmp_path: Path) -> None:
    """More text than goes into one batch to Spark."""
    ids = [f"{n:05d}" + "x" * 250 for n in range(20_000)]
    content = b"".join(json.dumps({"id": i}).encode() + b"\n" for i in ids)
    put(tmp_path, {"a.jsonl": content})
    listing = list_all({"own": (FEEDS["papers"], str(tmp_path))}, DAY)
    out = ingest(listing, *known(spark, None), IngestSettings())
    found = out.records.orderBy("position").select("payload").collect()
    assert [json.loads(row["payload"])["id"] for row in found] == ids
    assert [counts(row) for row in out.files.collect()] == [(20_000, 20_000, 0, 0)]
    spark.catalog.clearCache()


def test_the_real_daily_files_give_every_record(spark: SparkSession, shared_feeds: Path) -> None:
    feeds = {"own": (FEEDS["hf-daily"], str(shared_feeds / "hf-daily-papers"))}
    out = ingest(list_all(feeds, DAY), *known(spark, None), IngestSettings())
    told = out.files.collect()
    assert {row["status"] for row in told} == {"read"}
    assert len(told) == 393
    assert [sum(counts(row)[place] for row in told) for place in range(4)] == [5_841, 5_841, 0, 0]
    assert out.records.count() == 5_841 and out.quarantine.isEmpty()
    spark.catalog.clearCache()


def test_the_hostile_files_cost_no_other(spark: SparkSession, shared_feeds: Path) -> None:
    folder = shared_feeds / "hostile"
    feeds = {"own": (FEEDS["papers"], f"{folder}/*.jsonl*")}
    out = collected(ingest(list_all(feeds, DAY), *known(spark, None), IngestSettings()))
    found = {name: counts(row) for name, row in out.files.items()}
    assert found["gzip_truncated.jsonl.gz"] == (1, 0, 0, 1)
    assert found["gzip_two_members.jsonl.gz"] == (2, 2, 0, 0)
    assert (found["jsonl_bad_middle.jsonl"][0], found["jsonl_bad_middle.jsonl"][3]) == (16, 6)
    assert found["jsonl_bom_crlf.jsonl"][0] == 10 and found["jsonl_bom_crlf.jsonl"][3] == 0
    assert found["jsonl_truncated_last_line.jsonl"][0] == 21
    assert found["jsonl_truncated_last_line.jsonl"][3] == 1


@pytest.mark.parametrize(
    "people",
    [
        erased_people("0000-0002-1694-233X"),
        Erased(marks=frozenset([mark("", "orcid:0000-0002-1694-233X")])),
    ],
    ids=["by the file", "by a mark"],
)
def test_a_fragment_keeps_no_text_with_an_erased_persons_orcid_id(
    spark: SparkSession, tmp_path: Path, people: Erased
) -> None:
    broken = "".join(f'{{"orcid": "{said}", "ti\n' for said in (
        "0000-0002-1694-233x", "000000021694233X", "0000-0001-5109-3700"))  # fmt: skip
    out = run(spark, put(tmp_path, {"a.jsonl": broken.encode() + lines("1")}), people=people)
    kept = [row["payload"] for _, row in sorted(out.quarantine.items())]
    assert kept == [None, None, '{"orcid": "0000-0001-5109-3700", "ti']
