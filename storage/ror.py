"""Where the list of research organizations (ROR) is on this machine, and which one it is."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.params import InstitutionsSettings
from jobs.people.ror import DIGEST, NO_LIST, ORGANIZATIONS, VERSION, RorList
from storage.errors import UsageError

HINT = "papertide setup --ror FILE"


class About(NamedTuple):
    """A list: its release, as its file's name had it, its digest, and its organizations."""

    version: str
    digest: str
    rows: int


def kept_file(home: Path) -> Path:
    """Where setup puts the list."""
    return home / "ror" / "organizations.parquet"


def ror_list(settings: InstitutionsSettings, home: Path) -> RorList:
    """The list that runs use; NO_LIST where there is none, or the settings want none.

    Raises:
        UsageError: the settings name a file that is none.
    """
    if not settings.match:
        return NO_LIST
    file = Path(settings.ror).expanduser() if settings.ror else kept_file(home)
    if settings.ror is None and not file.is_file():
        return NO_LIST
    return RorList(str(file.absolute()), about(file).digest)


def about(file: Path) -> About:
    """What a list says of itself.

    Raises:
        UsageError: it is not there, or is no list that setup wrote.
    """
    try:
        meta = pq.read_metadata(file)
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"institutions.ror: {file} cannot be read: {error}\n  {HINT}") from error
    told = meta.metadata or {}
    if DIGEST not in told or not set(ORGANIZATIONS.names) <= set(
        meta.schema.to_arrow_schema().names
    ):
        raise UsageError(
            f"institutions.ror: {file} is no list that Papertide wrote\n"
            f"  {HINT} makes one of ROR's dump"
        )
    version = told.get(VERSION, b"").decode(errors="replace")
    return About(version, told[DIGEST].decode(errors="replace"), meta.num_rows)
