"""Requirements of ROR's dump: read from every form of it, within limits, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from jobs.params import InstitutionsSettings
from jobs.people.ror import NO_LIST
from pipelines.setup import ror
from pipelines.setup.ror import ensure_ror
from storage.errors import PapertideError, UsageError
from storage.ror import about, kept_file, ror_list
from tests.jobs.people.ror_rows import organization, ror_id

NAME = "v1.9-2031-05-02-ror-data_schema_v2"
RECORDS = [
    organization(
        1, "Fern University, Tarn", "Tarn, NO", other=["Fern U"], acronym="FU", parent=2,
        ids=[("grid", "grid.1.2"), ("isni", "0000 0001 2345 6789"), ("fundref", "1")],
    ),
    organization(2, "Moss Institute", "Reedmark, SE", status="inactive", successors=[1, 3]),
]  # fmt: skip
ROWS = [
    {
        "id": ror_id(1), "status": "active", "name": "Fern University, Tarn",
        "names": [
            {"value": "Fern University, Tarn", "kind": "label"},
            {"value": "Fern U", "kind": "alias"}, {"value": "FU", "kind": "acronym"},
        ],
        "countries": ["NO"], "cities": ["Tarn"], "parents": [ror_id(2)], "successors": [],
        "ids": [
            {"scheme": "grid", "id": "grid.1.2"}, {"scheme": "isni", "id": "0000000123456789"},
        ],
    },
    {
        "id": ror_id(2), "status": "inactive", "name": "Moss Institute",
        "names": [{"value": "Moss Institute", "kind": "label"}],
        "countries": ["SE"], "cities": ["Reedmark"], "parents": [],
        "successors": [ror_id(1), ror_id(3)], "ids": [],
    },
]  # fmt: skip


def as_json(records: Any = RECORDS) -> str:
    return json.dumps(records, indent=4, ensure_ascii=False)


def as_csv() -> str:
    """The dump as ROR flattens it: languages before names, kinds before ids."""
    out = io.StringIO()
    base = "https://ror.org/"
    place = "locations.geonames_details."
    rows = [
        {
            "id": base + ror_id(1), "status": "active",
            "names.types.ror_display": "Fern University, Tarn",
            "names.types.label": "en: Fern University, Tarn", "names.types.alias": "no_lang_code: Fern U",
            "names.types.acronym": "en: FU", f"{place}name": "Tarn", f"{place}country_code": "NO",
            "external_ids.type.grid.all": "grid.1.2",
            "external_ids.type.isni.all": "0000 0001 2345 6789", "external_ids.type.fundref.all": "1",
            "relationships": f"parent: {base}{ror_id(2)}",
        },
        {
            "id": base + ror_id(2), "status": "inactive", "names.types.ror_display": "Moss Institute",
            "names.types.label": "no_lang_code: Moss Institute", f"{place}name": "Reedmark",
            f"{place}country_code": "SE",
            "relationships": f"related: {base}{ror_id(4)}; successor: {base}{ror_id(1)}, {base}{ror_id(3)}",
        },
    ]  # fmt: skip
    writer = csv.DictWriter(out, sorted(rows[0], key=lambda name: name != "id"))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def put_zip(folder: Path, **members: str) -> Path:
    with zipfile.ZipFile(folder / f"{NAME}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return folder / f"{NAME}.zip"


def read(file: Path | str, home: Path) -> list[dict[str, Any]]:
    target, _ = ensure_ror(str(file), home, lambda line: None)
    rows: list[dict[str, Any]] = pq.read_table(target).to_pylist()
    return rows


def test_json_csv_and_zips_of_them_give_the_same_rows(tmp_path: Path) -> None:
    assert read(put(tmp_path, f"{NAME}.json", as_json()), tmp_path) == ROWS
    assert read(put(tmp_path, "b.json", "\ufeff" + json.dumps(RECORDS)), tmp_path) == ROWS
    assert read(put(tmp_path, f"{NAME}.csv", as_csv()), tmp_path) == ROWS
    assert read(put(tmp_path, "c.csv", as_csv().replace("\r\n", "\n")), tmp_path) == ROWS
    assert read(put_zip(tmp_path, a__json=as_json(), a__csv="broken"), tmp_path) == ROWS
    assert read(put_zip(tmp_path, a__csv=as_csv(), readme__txt="x"), tmp_path) == ROWS
    old = json.dumps([{"id": "x", "name": "of schema 1"}])
    assert read(put_zip(tmp_path, a__json=old, a_schema_v2__json=as_json()), tmp_path) == ROWS


def test_a_list_says_which_release_it_is_and_the_same_dump_gives_the_same_digest(
    tmp_path: Path,
) -> None:
    target, told = ensure_ror(str(put(tmp_path, f"{NAME}.json", as_json())), tmp_path, print)
    assert (told.version, told.rows) == ("v1.9-2031-05-02", 2)
    assert about(target) == told
    settings = InstitutionsSettings()
    found = ror_list(settings, tmp_path)
    assert (found.file, found.digest) == (str(kept_file(tmp_path)), told.digest)
    assert ror_list(InstitutionsSettings(match=False), tmp_path) == NO_LIST
    assert ror_list(settings, tmp_path / "elsewhere") == NO_LIST
    assert [file.name for file in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("piece", [64, 100, 1_000])
def test_records_are_whole_however_the_text_is_cut(
    piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ror, "_CHUNK", piece)
    records = [organization(1, 'Tårn "A] }, [" Institute'), organization(2, "Åsgard {\\")]
    rows = read(put(tmp_path, "a.json", as_json(records)), tmp_path)
    assert [row["name"] for row in rows] == ['Tårn "A] }, [" Institute', "Åsgard {\\"]
    assert read(put(tmp_path, "a.csv", as_csv()), tmp_path) == ROWS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "neither a JSON list nor a CSV"),
        ("<html>", "neither a JSON list nor a CSV"),
        ('{"items": []}', "neither a JSON list nor a CSV"),
        ("[]", "no organization among its 0 records"),
        ("[1, null, []]", "no organization among its 3 records"),
        (as_json()[:-40], "no JSON at"),
        ("[" + "[" * 100_000, "no JSON at"),
        ('[{"id": "https://ror.org/05gq02987", "name": "of schema 1"}]', "no organization"),
        (as_json([*RECORDS, {"id": "x"}]), r"1 of 3 records are none, as record 3 \(x\)"),
        (as_json([*RECORDS, RECORDS[0]]), "1 of 3 records are none"),
        ("id,status\nx,active\n", "no organization"),
        ('id,status\n"x\0y,active\n', "is no dump of ROR"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_dump_is_told_and_what_stood_stays(text: str, why: str, tmp_path: Path) -> None:
    before = read(put(tmp_path, "a.json", as_json()), tmp_path)
    with pytest.raises(PapertideError, match=why) as caught:
        read(put(tmp_path, "b", text), tmp_path)
    assert "nothing was kept" in str(caught.value)
    assert pq.read_table(kept_file(tmp_path)).to_pylist() == before
    assert len(list(kept_file(tmp_path).parent.iterdir())) == 1


def test_a_few_records_that_are_none_are_left_out_and_told(tmp_path: Path) -> None:
    many = [organization(number, f"Fern {number}") for number in range(200)]
    told: list[str] = []
    file = put(tmp_path, "a.json", as_json([*many, {"id": "0x"}]))
    _, found = ensure_ror(str(file), tmp_path, told.append)
    assert found.rows == 200
    assert told == ["ror: left out 1 of 201 records, which are none: record 201 (0x)"]


def test_of_a_record_what_is_none_is_left_out() -> None:
    odd = {
        **RECORDS[0],
        "locations": [{"geonames_details": {"name": 7, "country_code": "XX"}}, 3, {}],
        "relationships": [{"type": "parent", "id": RECORDS[0]["id"]}, {"type": "parent"}, None],
        "external_ids": {"type": "grid"},
        "names": [
            *RECORDS[0]["names"], {"value": "x" * 501, "types": ["alias"]},
            {"value": "a\0b", "types": ["alias"]}, {"value": "y"}, "z",
        ],
    }  # fmt: skip
    row = ror.organization_of(odd)
    nothing: dict[str, list[str]] = {"countries": [], "cities": [], "parents": [], "ids": []}
    assert row == {**ROWS[0], **nothing}
    for field, value in (("id", "0abc"), ("status", "new"), ("names", [])):
        assert ror.organization_of({**RECORDS[0], field: value}) is None


def test_a_dump_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ror, "MOST_BYTES", 1_000)
    bomb = put_zip(tmp_path, a__json="[" + " " * 10_000)
    for file in (put(tmp_path, "a.json", as_json()), bomb):
        with pytest.raises(PapertideError, match="over 1,000 bytes"):
            read(file, tmp_path)


def test_a_zip_without_a_dump_or_cut_short_is_told(tmp_path: Path) -> None:
    with pytest.raises(PapertideError, match="neither .json nor .csv"):
        read(put_zip(tmp_path, readme__txt="x"), tmp_path)
    whole = bytearray(put_zip(tmp_path, a__json=as_json()).read_bytes())
    whole[60:80] = b"\0" * 20
    (tmp_path / "cut.zip").write_bytes(whole)
    with pytest.raises(PapertideError, match=r"cut\.zip is no dump of ROR"):
        read(tmp_path / "cut.zip", tmp_path)


def test_a_file_that_is_not_there_or_no_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--ror no.json is no file"):
        read("no.json", tmp_path)
    for file in (tmp_path / "none", put(tmp_path, "other.parquet", "x")):
        with pytest.raises(UsageError, match=r"institutions\.ror: .* cannot be read"):
            ror_list(InstitutionsSettings(ror=str(file)), tmp_path)
    pq.write_table(pq.read_table(ensure_ror(str(put(tmp_path, "a.json", as_json())), tmp_path, print)[0])
                   .replace_schema_metadata(None), tmp_path / "bare.parquet")  # fmt: skip
    with pytest.raises(UsageError, match="no list that Papertide wrote"):
        ror_list(InstitutionsSettings(ror=str(tmp_path / "bare.parquet")), tmp_path)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The address of a server on this machine that gives the files of a folder."""
    (tmp_path / "site").mkdir()
    handler = partial(Quiet, directory=str(tmp_path / "site"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_a_dump_is_fetched_from_its_address(tmp_path: Path, site: str) -> None:
    put(tmp_path / "site", f"{NAME}.json", as_json())
    _, told = ensure_ror(f"{site}/{NAME}.json?download=1", tmp_path, print)
    assert (told.version, told.rows) == ("v1.9-2031-05-02", 2)
    with pytest.raises(PapertideError, match=r"from 127\.0\.0\.1: 404"):
        read(f"{site}/none.json", tmp_path)
    for address in ("http://example.org/a.json", "file:///etc/hosts", "ftp://x/y"):
        with pytest.raises(UsageError, match="begins with https"):
            read(address, tmp_path)
