"""Payloads of records in which people were erased: what a reader made of them, as JSON.

Of a payload as delivered nobody can be taken out: every format writes names otherwise. So the
record keeps what was read of it, less the people, and is read from that when it is parsed again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from jobs.feeds import FEEDS
from jobs.feeds.core import Parsed, parse_payload
from jobs.people.erased import Erased, erased_in, without_people
from jobs.tables.silver import RECORDS

ERASED_FORMAT = "erased"
NOTHING_LEFT = '{"errors": ["a person was erased from it, and nobody knows where else they stand"]}'
"""The payload of a record that names a person elsewhere than where its reader finds people."""
_DATES = tuple(column.name for column in RECORDS.columns if column.type == "date")
# What parsing adds to the fields of a reader.
_ADDED = ("record_id", "feed", "shown_on", "modified_at", "dated_on", "date_basis", "is_withdrawn",
          "language_basis", "warnings")  # fmt: skip
_PUBLISHED = ("published", "published month", "published year")


def read_payload(raw: Mapping[str, Any], options: Mapping[str, Mapping[str, str]]) -> Parsed:
    """What a row of bronze.records says, by its feed's reader.

    Args:
        options: feed → option → value, as the feed's reader knows them.
    """
    if raw["format"] != ERASED_FORMAT:
        return parse_payload(FEEDS[raw["format"]], raw["payload"], options.get(raw["feed"], {}))
    told = json.loads(raw["payload"])
    fields = told.get("fields", {})
    for name in _DATES:
        if fields.get(name):
            fields[name] = date.fromisoformat(fields[name])
    for entry in fields.get("dates") or ():
        entry["day"] = date.fromisoformat(entry["day"])
    return Parsed(fields, told.get("warnings", []), told.get("errors", []))


def erased_payload(
    raw: Mapping[str, Any], options: Mapping[str, Mapping[str, str]], people: Erased
) -> str | None:
    """The payload of a row of bronze.records without people; None where none of them is in it."""
    parsed = read_payload(raw, options)
    record = {**parsed.fields, "warnings": parsed.warnings}
    changed = without_people(record, raw["feed"], people)
    if changed is None and not erased_in(raw["payload"], people):
        return None
    rest = record | (changed or {})
    return _written(rest, rest.pop("warnings"), parsed.errors)


def payload_left(
    raw: Mapping[str, Any], options: Mapping[str, Mapping[str, str]], people: Erased
) -> str | None:
    """As `erased_payload`; NOTHING_LEFT where what was read of it still tells of the people."""
    left = erased_payload(raw, options, people)
    return NOTHING_LEFT if left is not None and erased_in(left, people) else left


def payload_of_record(record: Mapping[str, Any]) -> str:
    """A payload from which a row of silver.records is read again."""
    fields = {name: value for name, value in record.items() if name not in _ADDED}
    if record["language_basis"] != "given":
        fields["language"] = None
    is_published = record["date_basis"] in _PUBLISHED
    fields["published_basis"] = record["date_basis"] if is_published else None
    return _written(fields, record["warnings"] or [], [])


def _written(fields: Mapping[str, Any], warnings: list[str], errors: list[str]) -> str:
    said = {name: value for name, value in fields.items() if value is not None}
    told = {"fields": said, "warnings": warnings, "errors": errors}
    return json.dumps(told, ensure_ascii=False, default=str)  # days have their own spelling
