"""openalex, crossref, europepmc: JSON pages that a cursor leads through.

All three begin with the cursor `*`, count the whole list, and are asked until a page is empty.
Sources: https://developers.openalex.org/guides/page-through-results,
https://www.crossref.org/documentation/retrieve-metadata/rest-api and
https://europepmc.org/RestfulWebService.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipelines.harvest.answers import json_value, printable_line, values_digest
from pipelines.harvest.core import Fault, Inquiry, Page, Refused, Request, Source

_BEGIN = "*"


def openalex_request(inquiry: Inquiry, token: str | None) -> Request:
    """Works of one day, 100 a page, the most there are."""
    day, field = inquiry.day.isoformat(), inquiry.date_field
    parameters = {
        **inquiry.parameters,
        "filter": _filters(inquiry, f"from_{field}:{day}", f"to_{field}:{day}"),
        "per_page": "100",
        "cursor": token or _BEGIN,
        "mailto": inquiry.contact,
    }
    if inquiry.api_key is not None:
        parameters["api_key"] = inquiry.api_key
    return Request(inquiry.base_url, parameters)


def crossref_request(inquiry: Inquiry, token: str | None) -> Request:
    """Works of one day, 200 a page: works with thousands of references make larger ones heavy."""
    day, field = inquiry.day.isoformat(), inquiry.date_field
    return Request(
        inquiry.base_url,
        {
            **inquiry.parameters,
            "filter": _filters(inquiry, f"from-{field}:{day}", f"until-{field}:{day}"),
            "rows": "200",
            "cursor": token or _BEGIN,
            "mailto": inquiry.contact,
        },
    )


def europepmc_request(inquiry: Inquiry, token: str | None) -> Request:
    """Works of one day with all their fields, 500 a page, half of the most there are."""
    day = inquiry.day.isoformat()
    clauses = [f"{inquiry.date_field}:[{day} TO {day}]"]
    if query := inquiry.parameters.get("query"):
        clauses.insert(0, f"({query})")
    return Request(
        inquiry.base_url,
        {
            "query": " AND ".join(clauses),
            "resultType": "core",
            "format": "json",
            "pageSize": "500",
            "cursorMark": token or _BEGIN,
        },
    )


def _filters(inquiry: Inquiry, *ours: str) -> str:
    return ",".join([*filter(None, [inquiry.parameters.get("filter")]), *ours])


def _reader(
    records: tuple[str, ...], cursor: tuple[str, ...], total: tuple[str, ...]
) -> Callable[[bytes], Page]:
    """A function that reads pages where these keys lead to records, next cursor and count."""

    def read(body: bytes) -> Page:
        envelope = json_value(body)
        entries, count, token = (_at(envelope, keys) for keys in (records, total, cursor))
        if not isinstance(entries, list) or not isinstance(count, int):
            if reason := _reason(envelope):
                raise Refused(f"the source says: {reason}")
            raise Fault(f"a page without {'.'.join(records)} and {'.'.join(total)}")
        following = token if entries and isinstance(token, str) and token else None
        return Page(len(entries), values_digest(entries), following, count)

    return read


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _reason(envelope: Any) -> str:
    """What a source says in place of a list; each has its own key for it."""
    if not isinstance(envelope, Mapping):
        return ""
    words = (envelope.get(key) for key in ("error", "message", "errMsg"))
    return printable_line(
        "; ".join(str(word) for word in words if word and isinstance(word, str | list))
    )


OPENALEX = Source(
    "openalex",
    about="OpenAlex works",
    base_url="https://api.openalex.org/works",
    pause_seconds=0.1,  # ten requests a second, as the polite pool had it; a hundred are allowed
    suffix="json",
    request=openalex_request,
    read=_reader(("results",), ("meta", "next_cursor"), ("meta", "count")),
    parameters=("filter", "search"),
    # The day of entry would miss less, but is for callers with a paid plan.
    date_fields=("publication_date", "created_date"),
    takes_key=True,
)
CROSSREF = Source(
    "crossref",
    about="Crossref works",
    base_url="https://api.crossref.org/v1/works",
    pause_seconds=0.35,  # three lists a second for callers who name their address
    suffix="json",
    request=crossref_request,
    read=_reader(("message", "items"), ("message", "next-cursor"), ("message", "total-results")),
    parameters=("filter", "query"),
    # Crossref's advice for taking changes: every change to a work moves its day of indexing.
    date_fields=("index-date", "created-date"),
    same_tokens=True,
)
EUROPEPMC = Source(
    "europepmc",
    about="Europe PMC works",
    base_url="https://www.ebi.ac.uk/europepmc/webservices/rest/search",
    pause_seconds=0.1,  # ten requests a second are allowed
    suffix="json",
    request=europepmc_request,
    read=_reader(("resultList", "result"), ("nextCursorMark",), ("hitCount",)),
    parameters=("query",),
    date_fields=("CREATION_DATE", "UPDATE_DATE", "FIRST_PDATE"),
)
