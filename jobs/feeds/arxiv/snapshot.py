"""arxiv-snapshot: the snapshot of arXiv's metadata, a JSON object a line, plain or gzip."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.feeds.arxiv.common import (
    mark_withdrawn,
    put_arxiv_record,
    put_author_text,
    put_classes,
    put_days,
    put_journal,
)
from jobs.feeds.core import LINES, Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.json_text import kind, object_of, objects_of_lines
from jobs.feeds.tools.values import put_text

_VERSION = re.compile(r"v?(\d{1,3})")


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The lines, each in its own words."""
    return objects_of_lines(content)


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One paper with the days of its versions."""
    parsed = Parsed()
    row = object_of(parsed, payload)
    if row is None:
        return parsed
    put_arxiv_record(parsed, row.get("id"))
    put_text(parsed, "title", row.get("title"))
    put_text(parsed, "abstract", row.get("abstract"))
    _put_authors(parsed, row)
    put_classes(parsed, row.get("categories"))
    if row.get("categories") is None:
        parsed.errors.append("categories is missing: arXiv has no paper without")
    put_text(parsed, "license", row.get("license"))
    put_days(parsed, _versions(parsed, row.get("versions")), row.get("update_date"))
    put_journal(parsed, row.get("journal-ref"), row.get("doi"))
    mark_withdrawn(parsed, row.get("comments"))
    return parsed


def _put_authors(parsed: Parsed, row: Mapping[str, Any]) -> None:
    """The parsed names where there are any: a list of last name, first names, suffix."""
    parsed_names = row.get("authors_parsed")
    if parsed_names is not None and not isinstance(parsed_names, list):
        parsed.errors.append(f"authors_parsed is {kind(parsed_names)}, not a list")
    if (
        isinstance(parsed_names, list)
        and parsed_names
        and all(_is_name(entry) for entry in parsed_names)
    ):
        put_authorships(parsed, [_author(*entry[:3]) for entry in parsed_names])
    else:
        put_author_text(parsed, row.get("authors"))


def _author(last: str, first: str, suffix: str) -> Authorship:
    name = " ".join(filter(None, (first, last, suffix)))
    return Authorship(name, given=first, family=last)


def _is_name(entry: Any) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) >= 3  # noqa: PLR2004 - last name, first names, suffix
        and all(isinstance(part, str) for part in entry)
    )


def _versions(parsed: Parsed, value: Any) -> list[tuple[int | None, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        parsed.errors.append("versions is not a list of objects")
        return []
    return [(_number(entry.get("version")), entry.get("created")) for entry in value]


def _number(version: Any) -> int | None:
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    return int(match[1]) if match else None


ARXIV_SNAPSHOT = Feed(
    "arxiv-snapshot",
    about="snapshot of arXiv's metadata: a JSON object a line",
    files=("*.json", "*.jsonl", "*.ndjson"),
    split=split,
    parse=parse,
    breaks=LINES,
)
