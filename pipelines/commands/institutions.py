"""Which institutions a text names, by the rules, the list and the decisions of runs."""

from __future__ import annotations

from typing import Any

from conf import Config
from jobs.people.matching import match, organizations
from jobs.people.ror import described, read_list
from pipelines.own_files import decisions_of
from storage.errors import PapertideError
from storage.home import home
from storage.ror import HINT, ror_list


def why(config: Config, affiliation: str) -> list[dict[str, Any]]:
    """What an affiliation is matched to, without Spark: a row an institution, as in
    silver.affiliations, with its name; one row without an id where it names none.

    Raises:
        PapertideError: there is neither a list nor a decision.
    """
    ror, decided = ror_list(config.institutions, home()), decisions_of(config)
    if not ror.file and not decided:
        raise PapertideError(f"institutions: there is no list of research organizations\n  {HINT}")
    table = read_list(ror)
    found = match(affiliation, organizations(table), decided)
    about = described(table, {one.institution_id for one in found if one.institution_id})
    names = {row["id"]: row["name"] for row in about}
    return [{"name": names.get(one.institution_id or ""), **one._asdict()} for one in found]
