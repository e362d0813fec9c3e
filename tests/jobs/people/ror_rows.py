"""Made-up organizations as ROR's dump has them, and lists of them."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.people.matching import Match, Organizations, match, organizations
from jobs.people.ror import DIGEST, ORGANIZATIONS, VERSION, RorList
from pipelines.setup.ror import organization_of

Record = dict[str, Any]
_BASE_32 = "0123456789abcdefghjkmnpqrstvwxyz"


def ror_id(number: int) -> str:
    """A ROR id made of a number, with its check digits."""
    signs, rest = "", number
    for _ in range(6):
        rest, sign = divmod(rest, 32)
        signs = _BASE_32[sign] + signs
    return f"0{signs}{98 - number * 100 % 97:02d}"


def organization(
    number: int,
    name: str,
    place: str = "Silthaven, NO",
    *,
    other: Iterable[str] = (),
    acronym: str | None = None,
    parent: int | None = None,
    status: str = "active",
    successors: Iterable[int] = (),
    ids: Iterable[tuple[str, str]] = (),
) -> Record:
    """A record of schema 2."""
    city, _, country = place.partition(", ")
    names = [(name, ["ror_display", "label"]), *((each, ["alias"]) for each in other)]
    names += [(acronym, ["acronym"])] if acronym else []
    related = [("parent", parent)] if parent is not None else []
    related += [("successor", each) for each in successors]
    return {
        "id": f"https://ror.org/{ror_id(number)}",
        "status": status,
        "names": [{"value": value, "types": types, "lang": None} for value, types in names],
        "locations": [{"geonames_id": 1, "geonames_details": {"name": city, "country_code": country}}],
        "relationships": [
            {"type": kind, "id": f"https://ror.org/{ror_id(to)}", "label": "x"} for kind, to in related
        ],
        "external_ids": [{"type": scheme, "all": [own], "preferred": None} for scheme, own in ids],
        "links": [], "domains": [], "types": ["education"], "established": 1901,
    }  # fmt: skip


def table_of(records: Iterable[Record]) -> pa.Table:
    """The list that setup makes of records."""
    return pa.Table.from_pylist([organization_of(each) for each in records], schema=ORGANIZATIONS)


def list_of(folder: Path, *records: Record) -> RorList:
    """A list in a file, as runs take it."""
    file, digest = folder / "organizations.parquet", sha256(str(records).encode()).hexdigest()
    told = {VERSION: b"v0.1", DIGEST: digest.encode()}
    pq.write_table(table_of(records).replace_schema_metadata(told), file)
    return RorList(str(file), digest)


def known(*records: Record) -> Organizations:
    return organizations(table_of(records))


def named(text: str, of: Organizations) -> list[str | None]:
    """The ids that a text is matched to."""
    return [one.institution_id for one in matches(text, of)]


def matches(text: str, of: Organizations) -> list[Match]:
    return match(text, of, {})
