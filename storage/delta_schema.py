"""The Delta schema of a table from its declaration, without Spark, which takes seconds to start."""

from __future__ import annotations

import json
from typing import Any

from deltalake import Schema

from jobs.tables.core import Table

# Delta's names of the types that Spark SQL calls otherwise.
_NAMES = {"bigint": "long", "int": "integer"}


def delta_schema(table: Table) -> Schema:
    """The schema with every column's comment: what Spark makes of `table.schema()`."""
    fields = [_field(c.name, c.type, {"comment": c.comment}) for c in table.columns]
    return Schema.from_json(json.dumps({"type": "struct", "fields": fields}))


def _field(name: str, sql_type: str, metadata: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "type": _delta(sql_type), "nullable": True, "metadata": metadata}


def _delta(sql_type: str) -> Any:
    """A type of Spark SQL (`array<struct<term:string,score:double>>`) in Delta's JSON form."""
    outer, _, rest = sql_type.partition("<")
    inner = rest.removesuffix(">")
    if outer == "array":
        return {"type": "array", "elementType": _delta(inner), "containsNull": True}
    if outer == "map":
        key, value = map(_delta, _parts(inner))
        return {"type": "map", "keyType": key, "valueType": value, "valueContainsNull": True}
    if outer == "struct":
        pairs = (part.partition(":") for part in _parts(inner))
        return {"type": "struct", "fields": [_field(name, kind, {}) for name, _, kind in pairs]}
    return _NAMES.get(sql_type, sql_type)


def _parts(inner: str) -> list[str]:
    """The text cut at the commas that stand in no brackets."""
    parts, depth = [""], 0
    for letter in inner:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
