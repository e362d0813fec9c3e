"""Requirements of the neutral feed: the same papers in every form, and what is wrong told."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.feeds.core import Broken, Note, Parsed, Payload, parse_payload, pieces
from jobs.feeds.lists.papers import FIELDS, PAPERS
from jobs.feeds.tools.reading import LeftOut, Unreadable
from jobs.params import IngestSettings

Row = dict[str, Any]

# What CSV can say: no lone carriage return, which ends no row here, and no text that is a list.
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=12)
_WORD = st.text("abcé'\"<, ", min_size=1, max_size=8)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.text("abc019", min_size=1, max_size=6),
            "title": _TEXT,
            "abstract": _TEXT,
            "authors": st.lists(_WORD, max_size=3),
            "categories": st.lists(_WORD, max_size=3),
            "published_on": st.sampled_from(["2024-05-27", "2024-05", "2024", "never", None]),
            "year": st.integers(1900, 2030) | st.none(),
            "votes": st.integers(0, 10**6) | st.none(),
        }
    ),
    min_size=1,
    max_size=5,
)


def cut(content: bytes, name: str) -> list[Payload | Broken]:
    found = pieces(PAPERS, content, name, IngestSettings())
    return [piece for piece in found if not isinstance(piece, Note)]


def read(content: bytes, name: str, options: dict[str, str] | None = None) -> list[Parsed]:
    found = cut(content, name)
    assert all(isinstance(piece, Payload) for piece in found), found
    return [parse_payload(PAPERS, piece.text, options or {}) for piece in found]


def told(row: Any, **options: str) -> Parsed:
    return parse_payload(PAPERS, json.dumps(row), options)


def as_lines(rows: list[Row]) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def as_table(rows: list[Row], delimiter: str, line_end: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(rows[0])
    for row in rows:
        cells = (row[name] for name in rows[0])
        writer.writerow(json.dumps(cell) if isinstance(cell, list) else cell for cell in cells)
    return out.getvalue().encode()


def as_parquet(rows: list[Row]) -> bytes:
    texts = pa.list_(pa.string())
    types = {"authors": texts, "categories": texts, "year": pa.int32(), "votes": pa.int64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out)
    return out.getvalue()


@given(_ROWS)
@settings(max_examples=60)
def test_every_form_gives_the_same_papers(rows: list[Row]) -> None:
    expected = read(as_lines(rows), "rows.jsonl")
    assert len(expected) == len(rows)
    assert read(json.dumps(rows).encode(), "rows.json") == expected
    assert read(as_table(rows, ",", "\n"), "rows.csv") == expected
    assert read(as_table(rows, ",", "\r\n"), "ROWS.CSV.GZ") == expected
    assert read(as_table(rows, "\t", "\n"), "rows.tsv") == expected
    assert read(as_parquet(rows), "rows.parquet") == expected


def test_a_row_gives_every_field() -> None:
    row = {
        "id": " x1 ", "title": "Ebb &amp; flow", "abstract": "Of both.", "venue": "Shore Notes",
        "authors": ["Ada Tern", {"name": "Bo Kelp", "orcid": "0000-0002-1825-0097"}],
        "year": 2024, "published_on": "2024-05-27T23:00:00-02:00", "volume": "3", "number": "1",
        "pages": "5-9", "doi": "https://doi.org/10.5555/Tide.1", "arxiv_id": "arXiv:2405.01234v2",
        "pmid": 12, "categories": ["cs.LG"], "keywords": ["tide"], "language": "EN-gb",
        "url": "https://example.org/x", "votes": 3,
    }  # fmt: skip
    assert set(row) == set(FIELDS)
    assert told(row) == Parsed(
        {
            "native_id": "x1", "title": "Ebb & flow", "abstract": "Of both.",
            "venue": "Shore Notes", "volume": "3", "number": "1", "pages": "5-9",
            "authors": [
                {"name": "Ada Tern", "orcid": None, "affiliation": None},
                {"name": "Bo Kelp", "orcid": "0000-0002-1825-0097", "affiliation": None},
            ],
            "published_on": date(2024, 5, 28), "year": 2024, "arxiv_id": "2405.01234",
            "dates": [{"kind": "published", "day": date(2024, 5, 28), "precision": "day"}],
            "arxiv_version": 2, "doi": "10.5555/tide.1", "pmid": "12", "categories": ["cs.LG"],
            "keywords": ["tide"], "language": "en", "url": "https://example.org/x", "votes": 3,
        }
    )  # fmt: skip


def test_options_name_the_column_of_a_field() -> None:
    found = told({"key": "x1", "name": "Ebb", "title": "wrong"}, id="key", title="name")
    assert found == Parsed({"native_id": "x1", "title": "Ebb"})


@pytest.mark.parametrize("blank", [None, "", " \t"])
def test_blank_values_are_not_given(blank: str | None) -> None:
    assert told({"id": "x", **{field: blank for field in FIELDS if field != "id"}}) == Parsed(
        {"native_id": "x"}
    )


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"title": "Ebb", "key": 1}, "id is missing: no value in column 'id' (there are 'title', 'key')"),
        ({"id": 1.5}, "native_id is a number, not text"),
        ({"id": True}, "native_id is true or false, not text"),
        ({"id": "x", "title": 7}, "title is a number, not text"),
        ({"id": "x", "abstract": ["a"]}, "abstract is a list, not text"),
        ({"id": "x", "authors": {"name": "Ada"}}, "authors is an object, not a list"),
        ({"id": "x", "authors": [["Ada"]]}, "authors[0].name is a list, not text"),
        ({"id": "x", "categories": [1]}, "categories[0] is a number, not text"),
        ({"id": "x", "year": "last"}, "year is text, not a whole number"),
        ({"id": "x", "votes": 1.5}, "votes is a number, not a whole number"),
        ({"id": "x", "arxiv_id": 704.0001}, "arxiv_id is a number, not text"),
        ([1], "a list, not an object"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_an_error_that_names_the_field(row: Any, error: str) -> None:
    assert told(row).errors == [error]


@pytest.mark.parametrize(
    ("field", "value", "warning"),
    [
        ("published_on", "2024-02-30", "published_on is no date: 2024-02-30"),
        ("published_on", "2024-13", "published_on is no date: 2024-13"),
        ("published_on", "0000", "published_on is no date: 0000"),
        ("published_on", "2024-05-27T25:00", "published_on is no date: 2024-05-27T25:00"),
        ("year", 0, "year cannot be 0"),
        ("year", "12345", "year cannot be 12345"),
        ("votes", 2**63, "votes cannot be 9223372036854775808"),
        ("votes", -1, "votes cannot be -1"),
        ("doi", "11.1/x", "doi is none: 11.1/x"),
        ("arxiv_id", "2413.00001", "arxiv_id is none: 2413.00001"),
        ("pmid", "x9", "pmid is none: x9"),
        ("language", "tidal", "language is none: tidal"),
        ("url", "javascript:x", "url is no web address: javascript:x"),
        ("authors", [{"name": "Ada", "orcid": "0000-0002-1825-0098"}],
         "authors[0].orcid is none: 0000-0002-1825-0098"),
    ],
)  # fmt: skip
def test_an_impossible_value_becomes_null_with_a_warning(
    field: str, value: Any, warning: str
) -> None:
    found = told({"id": "x", field: value})
    assert (found.errors, found.warnings) == ([], [warning])
    assert field == "authors" or field not in found.fields


@pytest.mark.parametrize(
    ("value", "day", "basis"),
    [
        ("2024-05-27", date(2024, 5, 27), None),
        ("2024/5/7", date(2024, 5, 7), None),
        ("2024-05-27T01:00:00+03:00", date(2024, 5, 26), None),
        ("2024-05", date(2024, 5, 1), "published month"),
        ("2024", date(2024, 1, 1), "published year"),
    ],
)
def test_a_date_keeps_how_much_was_known(value: str, day: date, basis: str | None) -> None:
    fields = told({"id": "x", "published_on": value}).fields
    assert (fields["published_on"], fields.get("published_basis")) == (day, basis)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("English", "en"),
        ("french", "fr"),
        ("en-US", "en"),
        ("deu", "de"),
        ("German; English", "de"),
    ],
)
def test_a_language_may_be_a_name(value: str, code: str) -> None:
    assert told({"id": "x", "language": value}).fields["language"] == code


def test_a_doi_of_arxiv_gives_the_arxiv_id_where_none_is_named() -> None:
    doi = "10.48550/arXiv.2405.01234"
    assert told({"id": "x", "doi": doi}).fields["arxiv_id"] == "2405.01234"
    named = told({"id": "x", "doi": doi, "arxiv_id": "2405.09999"}).fields
    assert named["arxiv_id"] == "2405.09999"


@pytest.mark.parametrize(
    ("cell", "names"),
    [("Ada Tern; Bo Kelp", ["Ada Tern", "Bo Kelp"]), ('["Ada; T.", "Bo"]', ["Ada; T.", "Bo"]),
     ("[Ada] Tern", ["[Ada] Tern"]), ("Ada Tern", ["Ada Tern"]), (" ; ", [])],
)  # fmt: skip
def test_a_list_may_be_written_as_json_or_with_semicolons(cell: str, names: list[str]) -> None:
    found = told({"id": "x", "authors": cell, "keywords": cell}).fields
    assert [author["name"] for author in found["authors"]] == names
    assert found["keywords"] == names


def test_parquet_types_become_those_of_json() -> None:
    out = io.BytesIO()
    columns = {"id": [2**40], "title": [b"Ebb"], "published_on": [datetime(2024, 5, 27, 8)],
               "volume": [Decimal("3")], "year": [2024.0], "votes": [float("nan")]}  # fmt: skip
    pq.write_table(pa.table(columns), out)
    [found] = read(out.getvalue(), "rows.parquet")
    assert found == Parsed({"native_id": str(2**40), "title": "Ebb", "volume": "3", "year": 2024,
                            "published_on": date(2024, 5, 27),
                            "dates": [{"kind": "published", "day": date(2024, 5, 27),
                                       "precision": "day"}]})  # fmt: skip


@pytest.mark.parametrize(
    ("days", "kind"),
    [([0, 2**30, 1], pa.int32()), ([0, 2**60, 1], pa.int64())],
    ids=["a day", "a time"],
)
def test_a_day_of_parquet_that_cannot_be_costs_its_row(days: list[int], kind: pa.DataType) -> None:
    out = io.BytesIO()
    of_days = pa.date32() if kind == pa.int32() else pa.timestamp("us")
    columns = {"id": ["a", "b", "c"], "published_on": pa.array(days, kind).cast(of_days)}
    pq.write_table(pa.table(columns), out)
    first, broken, last = pieces(PAPERS, out.getvalue(), "rows.parquet", IngestSettings())
    assert isinstance(first, Payload) and isinstance(last, Payload)
    assert isinstance(broken, Broken) and broken.reason.startswith("a value that cannot be read")


@given(st.data())
@settings(max_examples=80)
def test_damaged_parquet_is_read_or_unreadable(data: st.DataObject) -> None:
    whole = bytearray(as_parquet([{"id": "x", "title": "Ebb", "votes": 3}] * 5))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    del whole[data.draw(st.integers(len(whole) // 2, len(whole))) :]
    try:
        assert all(
            piece.text or isinstance(piece, Broken) for piece in cut(bytes(whole), "a.parquet")
        )
    except Unreadable as error:
        assert str(error)


@pytest.mark.parametrize(
    ("rows", "kept", "broken"),
    [
        ("a,b", [], [("a,b", "2 fields where the header has 3")]),
        ("a,b,c,d\nx,y,z", [["x", "y", "z"]], [("a,b,c,d", "4 fields where the header has 3")]),
        ('a,"b,c\nx,y,z\n', [["x", "y", "z"]], [('a,"b,c', "not a row: unexpected end of data")]),
        ('a,"b"c,d\nx,y,z', [["x", "y", "z"]], [('a,"b"c,d', "not a row: ',' expected after '\"'")]),
        ('a,"b\nc",d', [["a", "b\nc", "d"]], []),
        ("\n,,\n \nx,y,z", [["x", "y", "z"]], []),
    ],
)  # fmt: skip
def test_a_faulty_row_costs_itself_alone(
    rows: str, kept: list[list[str]], broken: list[tuple[str, str]]
) -> None:
    found = cut(f"id,title,venue\n{rows}".encode(), "rows.csv")
    payloads = [list(json.loads(p.text).values()) for p in found if isinstance(p, Payload)]
    assert payloads == kept
    assert [(p.text, p.reason) for p in found if isinstance(p, Broken)] == broken


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"id,title,id\n1,2,3", "a.csv", "names columns twice: 'id'"),
        (b'id,"ti\n', "a.csv", "the header is not a row"),
        (b"PAR1 but not", "a.parquet", "not Parquet"),
        (b"x", "a.xml", "cannot tell the format of .xml; known are .jsonl, .ndjson, .json, .csv"),
        (b"\xff\xfe{\0\x00\xd8", "a.jsonl", "damaged: marked as UTF-16-LE"),
        (b"<doi_batch/>", "a.jsonl", "XML or HTML"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        cut(content, name)


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "tsv", "parquet"])
def test_an_empty_file_holds_nothing(ending: str) -> None:
    assert cut(b"", f"a.{ending}") == []


def test_a_table_with_a_header_alone_holds_nothing() -> None:
    assert cut(b"\xef\xbb\xbfid,title\r\n", "a.csv") == []


def test_a_table_without_rows_is_told() -> None:
    assert list(pieces(PAPERS, b"id,title\n", "x.csv", IngestSettings())) == [
        Note("a header and no rows")
    ]


@given(st.integers(4, 300), st.integers(0, 255))
def test_damaged_parquet_is_told_as_such(at: int, byte: int) -> None:
    whole = io.BytesIO()
    pq.write_table(pa.table({"id": ["1"], "title": ["Tides"]}), whole)
    damaged = bytearray(whole.getvalue())
    damaged[at] = byte
    try:
        found = list(pieces(PAPERS, bytes(damaged), "x.parquet", IngestSettings()))
    except Unreadable as error:
        assert "the reader failed" not in str(error)
    else:
        assert not any("the reader failed" in p.reason for p in found if isinstance(p, Broken))


def test_a_header_of_many_columns_takes_time_in_proportion() -> None:
    begun = time.process_time()
    with pytest.raises(Unreadable, match="twice: 'x'"):
        list(pieces(PAPERS, b"x," * 200_000 + b"y\n1\n", "x.csv", IngestSettings()))
    assert time.process_time() - begun < 3  # a square of it would be minutes


@pytest.mark.parametrize(
    ("text", "day", "basis"),
    [
        ("27.03.2019", date(2019, 3, 27), None),
        ("3/27/2019", date(2019, 3, 27), None),
        ("05/03/2014", date(2014, 1, 1), "published year"),
        ("Mar 2019", date(2019, 3, 1), "published month"),
    ],
)
def test_a_date_is_read_as_people_write_it(text: str, day: date, basis: str | None) -> None:
    fields = told({"id": "1", "title": "Ebb", "published_on": text}).fields
    assert (fields["published_on"], fields.get("published_basis")) == (day, basis)


def test_markup_in_a_table_becomes_text() -> None:
    fields = told({"id": "1", "title": "Role of <i>Ebba</i> in CO<sub>2</sub>, p < 0.05"}).fields
    assert fields["title"] == "Role of Ebba in CO_2, p < 0.05"


def test_a_table_may_stand_in_a_text_file() -> None:
    of_wos = "PT\tAU\tTI\tDI\tUT\nJ\tTern, A; Kelp, B\tEbb\t10.5555/w.1\tWOS:1\n"
    [record] = read(of_wos.encode("utf-16"), "savedrecs.txt")
    assert (record.fields["title"], record.fields["doi"]) == ("Ebb", "10.5555/w.1")
    assert len(read(b"sep=;\r\nid;title\r\n1;Ebb\r\n", "a.TXT")) == 1
    for text in (b"", b"Title of my notes, and more\n", b"TY  - JOUR\nTI  - Ebb\nER  - \n"):
        with pytest.raises(LeftOut):
            cut(text, "a.txt")


def test_cells_that_excel_takes_for_formulas_are_plain() -> None:
    [record] = read(b'id,title,year\n"=""007""",Ebb,"=""2012"""\n', "a.csv")
    assert (record.fields["native_id"], record.fields["year"]) == ("007", 2012)


@pytest.mark.parametrize(
    ("header", "row", "field", "expected"),
    [
        ("SOURCE,EXTERNAL_ID,TITLE,DOI,PUBLICATION_YEAR", "MED,91,Ebb,,2018", "pmid", "91"),
        ("SOURCE,EXTERNAL_ID,TITLE,DOI,PUBLICATION_YEAR", "MED,91,Ebb,,2018", "published_on", date(2018, 1, 1)),
        ("Title,StoreId,pubtitle,digitalObjectIdentifier", "Ebb,7,Tides,10.5555/p.3", "venue", "Tides"),
        ("Title,StoreId,pubtitle,digitalObjectIdentifier", "Ebb,7,Tides,10.5555/p.3", "doi", "10.5555/p.3"),
        ("ID,TITLE,PUBLISHED_ON,ARXIV_ID", "7,Ebb,2018-03-04,2103.02503", "published_on", date(2018, 3, 4)),
        ("ID,TITLE,PUBLISHED_ON,ARXIV_ID", "7,Ebb,2018-03-04,2103.02503", "arxiv_id", "2103.02503"),
    ],
)  # fmt: skip
def test_tables_of_services_are_known_by_their_columns(
    header: str, row: str, field: str, expected: Any
) -> None:
    [record] = read(f"{header}\n{row}\n".encode(), "a.csv")
    assert record.fields[field] == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Tern A, de Kelp BC", ["Tern A", "de Kelp BC"]),
        ("Törn Ä, Øst ÅÖ", ["Törn Ä", "Øst ÅÖ"]),
        ("Чайка ИИ, Волна АБ", ["Чайка ИИ", "Волна АБ"]),
        ("Tern A., Kelp B.-C.", ["Tern A.", "Kelp B.-C."]),
    ],
)
@pytest.mark.parametrize("key", ["id", "DOI"])
def test_two_names_by_a_comma_are_told_by_their_initials(
    key: str, told: str, expected: list[str]
) -> None:
    [record] = read(f'{key},title,authors\n10.5555/p.2,Ebb,"{told}"\n'.encode(), "a.csv")
    assert [author["name"] for author in record.fields["authors"]] == expected


@pytest.mark.parametrize("key", ["id", "DOI"])
@pytest.mark.parametrize("told", ["de Kelp, Bo", "Tern Bo, Kelp ab", "Tern A, Bo"])
def test_a_comma_between_words_that_are_no_initials_is_within_one_name(key: str, told: str) -> None:
    [record] = read(f'{key},title,authors\n10.5555/p.2,Ebb,"{told}"\n'.encode(), "a.csv")
    assert len(record.fields["authors"]) == 1


def test_names_parted_by_commas_are_parted() -> None:
    of_cochrane = b'Authors,Title,DOI\n"Tern A, Kelp BC",Ebb,10.5555/p.2\n'
    [record] = read(of_cochrane, "a.csv")
    assert [author["name"] for author in record.fields["authors"]] == ["Tern A", "Kelp BC"]
    of_perish = (
        b"Cites,Authors,Title,Year,Source,ArticleURL,GSRank,DOI\n"
        b'3,"A Tern, B Kelp",Ebb,2015,Tides,https://shore.example/doi/10.5555/p.1,1,\n'
    )
    [record] = read(of_perish, "PoPCites.csv")
    assert [author["name"] for author in record.fields["authors"]] == ["A Tern", "B Kelp"]
    assert (record.fields["venue"], record.fields["doi"]) == ("Tides", "10.5555/p.1")

    of_rayyan = b'key,title,authors,doi\nrayyan-1,Ebb,"Tern, Ada and Kelp, Bo",\n'
    [record] = read(of_rayyan, "a.csv")
    assert [author["name"] for author in record.fields["authors"]] == ["Ada Tern", "Bo Kelp"]


@pytest.mark.parametrize(
    "text",
    [
        "Title;Authors;Year\nEbb;Tern, Ada;2004\n",
        'Titre,Auteurs,Année\nEbb,"Tern, Ada",2004\n',
        "sep=;\r\nTitel;Autoren;Jahr;Zeitschrift\r\nEbb;Tern, Ada;2004;Watt\r\n",
    ],
)
def test_a_list_that_somebody_keeps_needs_no_ids(text: str) -> None:
    [record] = read(text.encode(), "list.csv")
    assert (record.fields["title"], record.errors) == ("Ebb", [])
    assert "native_id" not in record.fields
    assert record.fields["published_on"] == date(2004, 1, 1)


def test_a_word_for_none_is_no_title() -> None:
    [record] = read(b"id,title,venue\n1,NULL,#N/A\n", "a.csv")
    assert not record.fields.keys() & {"title", "venue"}


def test_columns_without_a_name_are_no_fault() -> None:
    [record] = read(b"id,title,,\n1,Ebb,,\n", "x.csv")
    assert (record.fields["title"], record.errors) == ("Ebb", [])


def test_an_item_of_csl_json_is_read_by_its_own_names() -> None:
    item = {
        "id": 7,
        "type": "article-journal",
        "title": "Ebb",
        "container-title": "Tides",
        "author": [
            {"family": "Reed", "given": "Ann", "non-dropping-particle": "van", "suffix": "Jr."},
            {"literal": "Tide Group"},
        ],
        "issued": {"date-parts": [["2014", 3, 2], [2014, 4]]},
        "DOI": "10.5555/ebb.1",
        "PMID": "31000013",
        "page": "1-9",
        "keyword": "ebb; flood",
        "note": "arXiv:2101.00002 [cs]",
    }
    fields = told(item).fields
    assert fields["published_on"] == date(2014, 3, 2) and fields["doi"] == "10.5555/ebb.1"
    assert [author["name"] for author in fields["authors"]] == ["Ann van Reed Jr.", "Tide Group"]
    assert (fields["venue"], fields["pages"], fields["arxiv_id"]) == ("Tides", "1-9", "2101.00002")
    assert fields["keywords"] == ["ebb", "flood"]
    assert fields["native_id"] == "31000013" and "key:7" in fields["other_ids"]
    # Two libraries number their items alike: a number names nothing outside of one.
    assert "native_id" not in told({name: v for name, v in item.items() if name != "PMID"}).fields


@pytest.mark.parametrize(
    ("issued", "day", "basis"),
    [
        ({"date-parts": [[2014]]}, date(2014, 1, 1), "published year"),
        ({"date-parts": [[2014, 3]]}, date(2014, 3, 1), "published month"),
        ({"date-parts": [[None]]}, None, None),
        ({"raw": "3 May 2014"}, date(2014, 5, 3), None),
        ({"literal": "in press"}, None, None),
        ({}, None, None),
    ],
)
def test_a_date_of_csl_json_is_as_exact_as_it_is_written(
    issued: Row, day: date | None, basis: str | None
) -> None:
    fields = told({"id": "a", "title": "Ebb", "issued": issued, "DOI": "10.5555/a"}).fields
    assert (fields.get("published_on"), fields.get("published_basis")) == (day, basis)


def test_a_row_before_the_header_is_kept_out_and_not_passed_over() -> None:
    about, header = b"About: tides,,\n", b"PMID,Title,Abstract\n"
    row, moved = b"1,Ebb,We saw.\n", b"2,Flood,We looked: none.\n"
    told = cut(about + header + row, "a.csv")
    assert [type(piece) for piece in told] == [Payload]
    told = cut(moved + header + row, "a.csv")
    assert [type(piece) for piece in told] == [Broken, Payload]


def test_authors_of_a_row_may_come_in_parts() -> None:
    row = {"id": "1", "title": "Ebb", "authors": [{"given": "Ann", "family": "Reed"}, "Bo Elm"]}
    assert [author["name"] for author in told(row).fields["authors"]] == ["Ann Reed", "Bo Elm"]
