"""The list of research organizations (ROR), read from its own dump into one small file.

The dump is JSON of schema 2 (a list of records), the CSV of the same, or a zip that holds either.
It comes from outside: it is read record by record, within limits, and what is no record is left
out and counted. Format: ROR's documentation of its data structure, schema 2.1, and of its dump.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from jobs.feeds.tools.authorships import institution_id
from jobs.feeds.tools.json_text import as_list, as_object, as_objects
from jobs.people.ror import ACRONYM, ACTIVE, ALIAS, DIGEST, LABEL, ORGANIZATIONS, VERSION, WITHDRAWN
from jobs.text.countries import country_code
from storage.errors import PapertideError, UsageError
from storage.ror import About, kept_file

MOST_BYTES = 2 * 1024**3
"""Of the dump, unpacked. In 2025 the JSON had 0.3 GB, the zip with JSON and CSV a tenth."""
MOST_CHARS = 4 * 1024**2
"""Of one record; the longest, with hundreds of relationships, have 100,000."""
MOST_WRONG = 0.01
"""Share of records that may be none: above it the file is something else, or damaged."""
_LONGEST_NAME = 500
_MOST_OF_A_KIND = 5_000  # names, ids or relationships of one organization
_CHUNK = 1024**2
_SECONDS = 60.0
_STATUSES = (ACTIVE, "inactive", WITHDRAWN)
_KINDS = {"ror_display": LABEL, "label": LABEL, "alias": ALIAS, "acronym": ACRONYM}
_SCHEMES = ("grid", "isni", "wikidata")
_RELEASE = re.compile(r"v\d+(?:\.\d+)+(?:-\d{4}-\d\d-\d\d)?")
_BETWEEN = re.compile(r"[, \t\r\n]*")
_HERE = ("127.0.0.1", "localhost")
_WHERE = "the dump is at doi.org/10.5281/zenodo.6347574, without charge"

Row = dict[str, Any]


def ensure_ror(source: str, home: Path, say: Callable[[str], None]) -> tuple[Path, About]:
    """Read a dump, from a file or an address, into the list that runs use.

    Raises:
        UsageError: there is no such file. PapertideError: it is no dump of ROR, or too large.
    """
    target = kept_file(home)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        file = _fetched(source, Path(folder)) if "://" in source else Path(source).expanduser()
        if not file.is_file():
            raise UsageError(f"setup: --ror {source} is no file\n  {_WHERE}")
        name = Path(urlsplit(source).path).name if "://" in source else file.name
        fresh = Path(folder) / "organizations.parquet"
        try:
            told = _convert(file, name, fresh, say)
        except (OSError, zipfile.BadZipFile, UnicodeError, csv.Error, NotImplementedError,
                RuntimeError, EOFError, zlib.error) as error:  # fmt: skip
            raise _no_dump(name, str(error)) from error
        fresh.replace(target)
    return target, told


def _no_dump(name: str, why: str) -> PapertideError:
    return PapertideError(f"ror: {name} is no dump of ROR: {why}\n  nothing was kept; {_WHERE}")


def _fetched(address: str, folder: Path) -> Path:
    """The file behind an address, within limits."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise UsageError("setup: --ror takes a file, or an address that begins with https")
    file = folder / "dump"
    size = 0
    try:
        with (
            file.open("wb") as out,
            httpx.stream("GET", address, follow_redirects=True, timeout=_SECONDS) as answer,
        ):
            answer.raise_for_status()
            hops = {one.url.scheme for one in (*answer.history, answer)}
            if hops != {parts.scheme}:
                raise PapertideError(f"ror: {parts.hostname} leads to an address without https")
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > MOST_BYTES:
                    raise _no_dump(Path(parts.path).name, f"over {MOST_BYTES:,} bytes")
                out.write(piece)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        status = getattr(getattr(error, "response", None), "status_code", type(error).__name__)
        raise PapertideError(
            f"ror: the dump could not be fetched from {parts.hostname}: {status}\n"
            "  or fetch it by other means: papertide setup --ror FILE"
        ) from error
    return file


def _convert(file: Path, name: str, out: Path, say: Callable[[str], None]) -> About:
    """Write the list made of a dump; what it says of itself."""
    digest = _digest(file)
    rows: dict[str, Row] = {}
    seen, wrong = 0, []
    for record in _records(file, name):
        seen += 1
        row = organization_of(record)
        if row is None or row["id"] in rows:
            shown = str(as_object(record).get("id"))[:80]
            wrong.append(f"record {seen} ({shown})")
        else:
            rows[row["id"]] = row
    if not rows:
        raise _no_dump(name, f"no organization among its {seen:,} records")
    if len(wrong) > seen * MOST_WRONG:
        raise _no_dump(name, f"{len(wrong):,} of {seen:,} records are none, as {wrong[0]}")
    if wrong:
        say(f"ror: left out {len(wrong):,} of {seen:,} records, which are none: {wrong[0]}")
    release = _RELEASE.search(name)
    about = About(release[0] if release else "", digest, len(rows))
    told = {VERSION: about.version.encode(), DIGEST: digest.encode()}
    table = pa.Table.from_pylist([rows[own] for own in sorted(rows)], schema=ORGANIZATIONS)
    pq.write_table(table.replace_schema_metadata(told), out, compression="zstd")
    return about


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _records(file: Path, name: str) -> Iterator[Any]:
    """The records of a dump, one by one: of a zip those of its JSON, else of its CSV."""
    if not zipfile.is_zipfile(file):
        with file.open("rb") as content:
            yield from _records_of(content, name)
        return
    with zipfile.ZipFile(file) as archive:
        names = [one for one in archive.namelist() if one.endswith((".json", ".csv"))]
        # Older releases hold schema 1 too, without a mark in the name.
        member = min(
            names, key=lambda one: ("schema_v2" not in one, one[-4:] == ".csv", one), default=None
        )
        if member is None:
            raise _no_dump(name, "neither .json nor .csv is in it")
        with archive.open(member) as content:
            yield from _records_of(content, member)


def _records_of(content: IO[bytes], name: str) -> Iterator[Any]:
    text = _pieces(content, name)
    first = next(text, "").lstrip("\ufeff \t\r\n")
    whole = _chain(first, text)
    if first.startswith("["):
        yield from _elements(whole, name)
    elif first.startswith(("id,", '"id",')):
        yield from map(_record_of_csv, csv.DictReader(_lines(whole, name)))
    else:
        raise _no_dump(name, "neither a JSON list nor a CSV whose first column is id")


def _pieces(content: IO[bytes], name: str) -> Iterator[str]:
    """The text in pieces, within the limit: what a zip says of its sizes may be wrong."""
    decoder, size = codecs.getincrementaldecoder("utf-8")(), 0
    while piece := content.read(_CHUNK):
        size += len(piece)
        if size > MOST_BYTES:
            raise _no_dump(name, f"over {MOST_BYTES:,} bytes")
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _chain(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _elements(pieces: Iterator[str], name: str) -> Iterator[Any]:
    """The elements of a JSON list that comes in pieces."""
    decode = json.JSONDecoder().raw_decode
    text, at = next(pieces)[1:], 0
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr] # it matches nothing, too
        try:
            value, end = decode(text, at)
            is_whole = end < len(text)
        except (ValueError, RecursionError):
            is_whole = False
        if is_whole:
            yield value
            at = end
        elif text.startswith("]", at):
            return
        else:
            more = next(pieces, None)
            if more is None or len(text) - at > MOST_CHARS:
                raise _no_dump(name, f"no JSON at {text[at : at + 60]!r}")
            text, at = text[at:] + more, 0


def _lines(pieces: Iterable[str], name: str) -> Iterator[str]:
    """The lines of a text that comes in pieces."""
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(rest) > MOST_CHARS:
            raise _no_dump(name, f"a line has more than {MOST_CHARS:,} characters")
    if rest:
        yield rest


def _record_of_csv(row: Mapping[str, Any]) -> Row:
    """A row of the CSV as the record that it was made of.

    Names of one language stand in one text, with commas between them and within them. Acronyms
    have none; other names are taken as one, so that no half of a name counts as a name.
    """
    text = {key: value for key, value in row.items() if key and isinstance(value, str)}
    names = [{"value": text.get("names.types.ror_display"), "types": ["ror_display"]}]
    for kind in ("label", "alias", "acronym"):
        for value in _by_language(text.get(f"names.types.{kind}", "")):
            parts = value.split(", ") if kind == "acronym" else [value]
            names += [{"value": part, "types": [kind]} for part in parts]
    place = {
        field: text.get(f"locations.geonames_details.{field}") for field in ("country_code", "name")
    }
    relations = (each.partition(": ") for each in text.get("relationships", "").split("; "))
    return {
        "id": text.get("id"),
        "status": text.get("status"),
        "names": names,
        "locations": [{"geonames_details": place}],
        "relationships": [
            {"type": kind, "id": own} for kind, _, ids in relations for own in ids.split(", ")
        ],
        "external_ids": [
            {"type": scheme, "all": text.get(f"external_ids.type.{scheme}.all", "").split(";")}
            for scheme in _SCHEMES
        ],
    }


def _by_language(text: str) -> Iterator[str]:
    """`en: A name; no_lang_code: Another` → the names."""
    for entry in text.split("; "):
        language, colon, value = entry.partition(": ")
        is_code = re.fullmatch(r"[a-z]{2,3}|no_lang_code", language) and colon
        yield value if is_code else entry


def organization_of(record: Any) -> Row | None:
    """A row of the list, or None for what is no record of schema 2."""
    fields = as_object(record)
    own, status = _ror(fields.get("id")), fields.get("status")
    names = _names(fields.get("names"))
    shown = [value for value, kind, is_shown in names if is_shown]
    if own is None or status not in _STATUSES or not shown:
        return None
    places = [
        as_object(each.get("geonames_details")) for each in as_objects(fields.get("locations"))
    ]
    codes = [country_code(str(place.get("country_code") or "")) for place in places]
    return {
        "id": own,
        "status": status,
        "name": shown[0],
        "names": [{"value": v, "kind": k} for v, k in dict.fromkeys((v, k) for v, k, _ in names)],
        "countries": list(dict.fromkeys(filter(None, codes))),
        "cities": list(dict.fromkeys(filter(None, (_text(place.get("name")) for place in places)))),
        "parents": _related(fields, "parent", own),
        "successors": _related(fields, "successor", own),
        "ids": _ids(fields.get("external_ids")),
    }


def _text(value: Any) -> str | None:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if 0 < len(text) <= _LONGEST_NAME and text.isprintable() else None


def _ror(value: Any) -> str | None:
    return institution_id("ror", value) if isinstance(value, str) else None


def _names(value: Any) -> list[tuple[str, str, bool]]:
    """Names with their kind, and whether they are the one shown."""
    found = []
    for each in as_objects(value)[:_MOST_OF_A_KIND]:
        text, types = _text(each.get("value")), as_list(each.get("types"))
        kinds = [_KINDS[one] for one in _KINDS if one in types]
        if text and kinds:
            found.append((text, kinds[0], "ror_display" in types))
    return found


def _related(record: Mapping[str, Any], kind: str, own: str) -> list[str]:
    related = as_objects(record.get("relationships"))[:_MOST_OF_A_KIND]
    ids = {_ror(each.get("id")) for each in related if each.get("type") == kind}
    return sorted(other for other in ids if other and other != own)


def _ids(value: Any) -> list[dict[str, str]]:
    """Ids by the schemes that feeds give beside ROR, each once."""
    pairs = {
        (scheme, own)
        for each in as_objects(value)
        if isinstance(scheme := each.get("type"), str) and scheme in _SCHEMES
        for one in as_list(each.get("all"))[:_MOST_OF_A_KIND]
        if isinstance(one, str) and (own := institution_id(scheme, one))
    }
    return [{"scheme": scheme, "id": own} for scheme, own in sorted(pairs)]
