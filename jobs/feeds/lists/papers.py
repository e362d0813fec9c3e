"""papers: the neutral feed, for papers of any other source: JSON lines, CSV, TSV or Parquet.

One row a paper, by the file's ending. `id` and `title` are needed, all other fields optional; the
options map a field to the column that holds it, where the column has another name.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.feeds.core import Broken, Feed, Note, Parsed, Payload
from jobs.feeds.lists import csl
from jobs.feeds.lists.exports import fields_of, is_export, is_header, is_table, names_of
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.date_words import combine_dates
from jobs.feeds.tools.json_text import (
    lines,
    load_json,
    object_of,
    objects_of_answer,
    objects_of_lines,
    objects_of_list,
)
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.reading import LeftOut, Unreadable
from jobs.feeds.tools.values import (
    language_code,
    put_abstract,
    put_arxiv,
    put_authors,
    put_doi,
    put_ids_of_addresses,
    put_language,
    put_openalex,
    put_other_id,
    put_pmcid,
    put_pmid,
    put_published,
    put_text,
    put_texts,
    put_url,
    put_whole,
    put_work_type,
)

FIELDS = (
    "id", "title", "abstract", "authors", "year", "published_on", "venue", "volume", "number",
    "pages", "doi", "arxiv_id", "pmid", "categories", "keywords", "language", "url", "votes",
)  # fmt: skip

_LIST_SEPARATOR = ";"
_WHOLE = re.compile(r"(-?\d{1,18})(?:\.0+)?")
_YEAR_MOST = 9999
_COLUMNS_SHOWN = 8
_WORD_SHOWN = 60  # characters
# A quoted field that never closes would swallow the rest of the file: no row has more lines.
_ROW_LINES = 1000
_SEPARATORS = (",", ";", "\t", "|")
_PREAMBLE_LINES = 20
_AS_FORMULA = re.compile(r"=\"([^\"]*)\"")  # so that Excel leaves digits as they are: ="007"
_SEPARATOR_LINE = re.compile(rb"\s*\"?sep=([,;|\t])\"?[ \t]*\r?\n", re.IGNORECASE)
_NOTHING = re.compile(r"\s*(?:NULL|null|NaN|nan|N/A|n/a|#N/A|None|NONE|none|<NA>|[-–—]+)\s*")
_FIRST_LINE = 4096
_WRAPPERS = ("papers", "records", "items", "results", "works")
_WRAPPER = re.compile(rf'"(?:{"|".join(_WRAPPERS)})"\s*:\s*\['.encode())
_WHOLE_AS_FRACTION = re.compile(r"(\d{1,9})\.0")  # a volume of a spreadsheet
_LIST_OF_PYTHON = re.compile(r"\[\s*(?:(?:'[^'\\]*'|\"[^\"\\]*\")\s*(?:,\s*|(?=\])))*\]")
_ITEM_OF_PYTHON = re.compile(r"'([^'\\]*)'|\"([^\"\\]*)\"")
_PARQUET_ROWS = 256
_DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)  # as Parquet's reader tells it


def split(content: bytes, name: str) -> Iterator[Payload | Broken | Note]:
    """The rows of a file: of JSON lines as they stand, of tables as a JSON object column → value.

    Raises:
        Unreadable: the ending is unknown, or the file is not what its ending says.
    """
    ending = name.lower().removesuffix(".gz").rpartition(".")[2]
    reader = _READERS.get(ending)
    if reader is None:
        known = ", ".join(f".{known}" for known in _READERS)
        raise Unreadable(f"cannot tell the format of .{ending}; known are {known}")
    if ending in _TABLES and b"\n" not in content:  # as a Mac wrote it
        content = content.replace(b"\r", b"\n")
    return reader(content)


def _json(content: bytes) -> Iterator[Payload | Broken]:
    """A list, lines, or an object that holds a list."""
    first = content[:_FIRST_LINE].removeprefix(b"\xef\xbb\xbf").lstrip()
    if first.startswith(b"["):
        return objects_of_list(content)
    wrapper, title = _WRAPPER.search(first), first.find(b'"title"')
    if wrapper and (title < 0 or wrapper.start() < title):
        return objects_of_answer(content, *_WRAPPERS[:1], others=_WRAPPERS[1:])
    return objects_of_lines(content)


def _csv(content: bytes) -> Iterator[Payload | Broken | Note]:
    match = _SEPARATOR_LINE.match(content)
    if match:  # as Excel writes it
        return _rows(content[match.end() :], match[1].decode())
    return _rows(content, _separator(content))


def _separator(content: bytes) -> str:
    """What parts the cells: by which a line is the header of a known table, else the comma, unless
    the first line has none but another sign.
    """
    for sign in _SEPARATORS:
        if is_header(_cells(_behind_preamble(content, sign).split(b"\n", 1)[0], sign)):
            return sign
    first = content.lstrip(b"\r\n").split(b"\n", 1)[0]
    return next((sign for sign in _SEPARATORS if sign.encode() in first), _SEPARATORS[0])


def _cells(line: bytes, delimiter: str) -> list[str]:
    return [c.strip(' "\r\ufeff') for c in line.decode("utf-8", "replace").split(delimiter)]


def _text(content: bytes) -> Iterator[Payload | Broken | Note]:
    """A table in a text file, as Web of Science (`savedrecs.txt`) and Excel write it."""
    match = _SEPARATOR_LINE.match(content)
    sign = match[1].decode() if match else _separator(content)
    rows = content[match.end() :] if match else content
    head = _behind_preamble(rows, sign).lstrip(b"\r\n").split(b"\n", 1)[0]
    if not is_table(_cells(head, sign)):
        raise LeftOut("no table of papers begins in it")
    return _csv(content)


def _tsv(content: bytes) -> Iterator[Payload | Broken | Note]:
    first = content.lstrip(b"\r\n").split(b"\n", 1)[0]
    return _rows(content, "\t") if b"\t" in first else _csv(content)


def _rows(content: bytes, delimiter: str) -> Iterator[Payload | Broken | Note]:
    """Rows by RFC 4180: the first is the header; a quoted field may span lines.

    Lines about the data before the header of a known table are passed over, and so is the header
    where files were joined and it stands again. What is a row by its cells is none before it.
    """
    header: list[str] | None = None
    width: list[int] = []
    has_rows = False
    table = _behind_preamble(content, delimiter)
    yield from _rows_before(content[: len(content) - len(table)], table, delimiter)
    for text, cells, problem in _records(table, delimiter, width):
        if header is None:
            header = _header(cells, problem)
            width.append(len(header))
            continue
        has_rows = True
        if not problem and [cell.strip(" \ufeff") for cell in cells] == header:
            continue
        elif problem:
            yield Broken(text, problem)
        else:
            yield Payload(_as_json(dict(zip(header, map(_unquoted, cells), strict=True))))
    if header is not None and not has_rows:
        yield Note("a header and no rows")


def _unquoted(cell: str) -> str:
    """A cell without what a formula or a space before its quotation marks left around it."""
    if cell.startswith(' "') and len(cell.strip()) > 1 and cell.endswith(('"', '" ')):
        return cell.strip()[1:-1].replace('""', '"')
    match = _AS_FORMULA.fullmatch(cell) if cell.startswith("=") else None
    return match[1] if match else cell


def _behind_preamble(content: bytes, delimiter: str) -> bytes:
    """`content` from the header of a known table on, if another line or some stand before it."""
    at = 0
    for _ in range(_PREAMBLE_LINES):
        end = content.find(b"\n", at)
        line = content[at : end if end >= 0 else len(content)]
        cells = _cells(line, delimiter)
        if is_header(cells):
            return content[at:]
        if end < 0 or (at == 0 and len(cells) > 1 and not _is_sentence(line)):
            return content
        at = end + 1
    return content


def _rows_before(preamble: bytes, table: bytes, delimiter: str) -> Iterator[Broken]:
    """Lines before the header with as many cells, two of them filled: rows that were moved."""
    width = len(_cells(table.split(b"\n", 1)[0], delimiter))
    for line in preamble.split(b"\n"):
        cells = _cells(line, delimiter)
        if len(cells) >= width and sum(map(bool, cells)) > 1:
            yield Broken(line.decode("utf-8", "replace"), "it stands before the header")


def _is_sentence(line: bytes) -> bool:
    """Whether a line tells of the data in words and is no header of single names."""
    return b": " in line or b". " in line


def _records(
    content: bytes, delimiter: str, width: list[int]
) -> Iterator[tuple[str, list[str], str]]:
    """Text, cells, fault of each row that is not blank; `width` is that of the header, once known.

    A faulty row costs its first line: reading begins anew on the next one, so that a quotation mark
    too many does not swallow the rows behind it.
    """
    source = lines(content)
    again: deque[str] = deque()
    while True:
        used: list[str] = []
        cells: list[str] = []
        problem = ""
        try:
            reader = csv.reader(_take_lines(again, source, used), delimiter=delimiter, strict=True)
            cells = next(reader, [])
        except csv.Error as error:
            problem = f"not a row: {error}"
        if not used:
            return
        if not problem and not any(cell.strip() for cell in cells):
            continue
        if not problem and width and width[0] < len(cells) and not any(cells[width[0] :]):
            del cells[width[0] :]  # Web of Science ends its rows in a tab
        if not problem and width and width[0] != len(cells):
            cells = _with_spaces(used, delimiter, width[0]) or cells
        if not problem and width and width[0] != len(cells):
            problem = f"{len(cells)} fields where the header has {width[0]}"
        if problem:
            again.extendleft(reversed(used[1:]))
            del used[1:]
        yield "\n".join(used).rstrip("\r"), cells, problem


def _with_spaces(used: list[str], delimiter: str, width: int) -> list[str]:
    """The cells of a row of one line whose quotation marks stand behind spaces; else none."""
    if len(used) != 1 or f'{delimiter} "' not in used[0]:
        return []
    try:
        cells = next(csv.reader(used, delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []
    return cells if len(cells) == width else []


def _take_lines(again: deque[str], source: Iterator[str], used: list[str]) -> Iterator[str]:
    """Lines from `again`, then from `source`, each noted in `used`."""
    while len(used) < _ROW_LINES:
        line = again.popleft() if again else next(source, None)
        if line is None:
            return
        used.append(line)
        yield f"{line}\n"
    raise csv.Error(f"a quoted field of more than {_ROW_LINES:,} lines")


def _header(cells: list[str], problem: str) -> list[str]:
    if problem:
        raise Unreadable(f"the header is {problem}")
    names = [cell.strip() for cell in cells]
    twice = sorted(name for name, times in Counter(names).items() if name and times > 1)
    if twice:
        raise Unreadable(f"the header names columns twice: {', '.join(map(repr, twice))}")
    return names


def _parquet(content: bytes) -> Iterator[Payload | Broken]:
    if not content:
        return
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
    except _DAMAGED as error:
        raise Unreadable(f"not Parquet: {error}") from error
    try:
        for batch in file.iter_batches(batch_size=_PARQUET_ROWS):
            for place in range(batch.num_rows):
                yield _parquet_row(batch.slice(place, 1))
    except _DAMAGED as error:
        yield Broken("", f"damaged Parquet ({error}); the rest of the file was not read")


def _parquet_row(row: pa.RecordBatch) -> Payload | Broken:
    try:
        return Payload(_as_json(_plain(row.to_pylist()[0])))
    except UnicodeDecodeError as error:
        return Broken("", f"not UTF-8: {error}")
    except (ValueError, OverflowError) as error:  # a day beyond those of Python
        return Broken("", f"a value that cannot be read: {error}")


def _plain(value: Any) -> Any:
    """A value of Parquet in the types of JSON; what is no number is null."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, date):  # times are dates too
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _as_json(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=str)


_READERS: Mapping[str, Callable[[bytes], Iterator[Payload | Broken | Note]]] = {
    "jsonl": _json, "ndjson": _json, "json": _json, "csv": _csv, "tsv": _tsv, "txt": _text,
    "parquet": _parquet,
}  # fmt: skip


_TABLES = ("csv", "tsv", "txt")


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One row: every field from its own column, or from the one that `options` name for it."""
    parsed = Parsed()
    row = object_of(parsed, payload)
    if row is None:
        return parsed
    row = {column: _cell(value) for column, value in row.items()}
    values = {field: row.get(options.get(field, field)) for field in FIELDS}
    item = None if options else csl.row_of(row)
    if item or (not options and is_export(row)):
        values.update(fields_of(item or row), year=None)
        put_other_id(parsed, "key", _digits(row.get("id")) if item else None)
        put_text(parsed, "native_id", _digits(values["id"]))
        if str(values["id"]).startswith("https://openalex.org/W"):
            put_openalex(parsed, values["id"])
        put_work_type(parsed, values["types"] or ())
        put_pmcid(parsed, values["pmcid"])
    else:
        _put_id(parsed, values["id"], options.get("id", "id"), row)
    for field in ("title", "venue", "volume", "number", "pages"):
        put_text(parsed, field, _without_markup(_whole(field, values[field])))
    put_abstract(parsed, _without_markup(values["abstract"]))
    _put_authors(parsed, names_of(values["authors"]) or _to_list(values["authors"]))
    put_published(parsed, _to_day(values["published_on"]))
    put_whole(parsed, "year", _to_number(values["year"]), least=1, most=_YEAR_MOST)
    put_arxiv(parsed, values["arxiv_id"])
    put_doi(parsed, values["doi"])
    put_pmid(parsed, _to_number(values["pmid"]))  # spreadsheets make 31000013.0 of it
    put_texts(parsed, "categories", _to_list(values["categories"]))
    put_texts(parsed, "keywords", _to_list(values["keywords"]))
    _put_language(parsed, values["language"])
    put_url(parsed, values["url"])
    put_ids_of_addresses(parsed, filter(None, [parsed.fields.get("url")]))
    put_whole(parsed, "votes", _to_number(values["votes"]))
    return parsed


def _cell(value: Any) -> Any:
    """A cell: nothing where it holds a program's word for none, a list where it prints Python's."""
    if not isinstance(value, str):
        return value
    if value.startswith("['") or value.startswith('["'):
        return _of_python(value)
    return None if _NOTHING.fullmatch(value) else value


def _of_python(text: str) -> Any:
    """A list of texts as Python prints it."""
    if not _LIST_OF_PYTHON.fullmatch(text):
        return text
    return [one or other for one, other in _ITEM_OF_PYTHON.findall(text)]


def _put_authors(parsed: Parsed, value: Any) -> None:
    """Authors of an export, names or objects; where one is neither, the record is in error."""
    authors = [_author(entry) for entry in value] if isinstance(value, list) else [None]
    known = [author for author in authors if author is not None]
    if len(known) == len(authors):
        put_authorships(parsed, known)
    else:
        put_authors(parsed, value)


def _author(entry: Any) -> Authorship | None:
    """An author with an affiliation apart; None where that is no text."""
    if isinstance(entry, Authorship):
        return entry
    parts = entry if isinstance(entry, dict) else {"name": entry}
    place = parts.get("affiliation")
    if place is not None and not isinstance(place, str):
        return None
    author = Authorship(parts["name"]) if parts.get("name") else csl.author_of(parts)
    places = [] if place is None else [place]
    return author._replace(orcid=parts.get("orcid"), affiliations=places)


def _put_language(parsed: Parsed, value: Any) -> None:
    """A language by its code or its name."""
    code = language_code(value) if isinstance(value, str) else value
    put_language(parsed, code)
    if isinstance(value, str) and value.strip() and code is None:
        parsed.warnings.append(f"language is none: {value[:_WORD_SHOWN]}")


def _put_id(parsed: Parsed, value: Any, column: str, row: Mapping[str, Any]) -> None:
    put_text(parsed, "native_id", _digits(value))
    if "native_id" not in parsed.fields and not parsed.errors:
        columns = ", ".join(map(repr, list(row)[:_COLUMNS_SHOWN]))
        parsed.errors.append(f"id is missing: no value in column {column!r} (there are {columns})")


def _digits(value: Any) -> Any:
    """A whole number as text: tables often keep ids as such. Fractions would lose digits."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _whole(field: str, value: Any) -> Any:
    """A volume or issue, of which spreadsheets make 7.0."""
    match = _WHOLE_AS_FRACTION.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match and field in ("volume", "number") else value


def _without_markup(value: Any) -> Any:
    return plain(value) if isinstance(value, str) else value


def _to_day(value: Any) -> Any:
    """A date as people write it (`27.03.2019`) in ISO; what is none as it is, to be told."""
    if not isinstance(value, str) or value.strip()[:4].isdigit():
        return value
    return combine_dates([value]) or value


def _to_number(value: Any) -> Any:
    """A number in digits as a number: in CSV and TSV all is text."""
    if not isinstance(value, str):
        return value
    match = _WHOLE.fullmatch(value.strip())
    return int(match[1]) if match else value.strip() or None


def _to_list(value: Any) -> Any:
    """A list that is written as text, in JSON or with semicolons, as a list."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return load_json(value)
        except ValueError:
            pass  # a bracket can begin a name as well
    return value.split(_LIST_SEPARATOR) if value.strip() else None


PAPERS = Feed(
    "papers",
    about="papers of any other source: JSON lines, CSV, TSV or Parquet",
    # A .json beside papers is more often a note about them; named itself it is read.
    files=("*.jsonl", "*.ndjson", "*.csv", "*.tsv", "*.txt", "*.parquet"),
    split=split,
    parse=parse,
    breaks={"*.jsonl": (b"\n",), "*.ndjson": (b"\n",)},
    options=FIELDS,
)
