"""arxiv-oai: arXiv's metadata by OAI-PMH 2.0, the way that arXiv asks bulk harvesters to take.

A day's list holds every record whose datestamp is that day: new, changed and deleted ones. Source:
https://www.openarchives.org/OAI/openarchivesprotocol.html and https://info.arxiv.org/help/oa.
"""

from __future__ import annotations

from pipelines.harvest.answers import elements_digest, printable_line, xml_root
from pipelines.harvest.core import Fault, Inquiry, Page, Refused, Request, Source, Stale

_OAI = "{http://www.openarchives.org/OAI/2.0/}"


def request(inquiry: Inquiry, token: str | None) -> Request:
    """ListRecords of one day; a token stands alone, as the protocol wants."""
    if token is not None:
        return Request(inquiry.base_url, {"verb": "ListRecords", "resumptionToken": token})
    day = inquiry.day.isoformat()
    chosen = {"metadataPrefix": "arXiv", **inquiry.parameters}
    return Request(inquiry.base_url, {"verb": "ListRecords", **chosen, "from": day, "until": day})


def read(body: bytes) -> Page:
    """A page of records; no record at all is an empty list.

    The size that a token may state is an estimate by the protocol, and so no total.
    """
    root = xml_root(body)
    if root.tag != f"{_OAI}OAI-PMH":
        raise Fault(f"no OAI-PMH answer, but <{printable_line(root.tag)}>")
    for error in root.iterfind(f"{_OAI}error"):
        _raise_unless_empty(error.get("code", ""), printable_line(error.text or ""))
        return Page(0, elements_digest(()))
    record_list = root.find(f"{_OAI}ListRecords")
    if record_list is None:
        raise Fault("an OAI-PMH answer without a list of records")
    records = record_list.findall(f"{_OAI}record")
    token = (record_list.findtext(f"{_OAI}resumptionToken") or "").strip()
    return Page(len(records), elements_digest(records), token or None)


def _raise_unless_empty(code: str, text: str) -> None:
    if code == "badResumptionToken":
        raise Stale(f"the token is no longer honoured: {text}")
    if code != "noRecordsMatch":
        raise Refused(f"OAI-PMH error {printable_line(code)}: {text}")


ARXIV_OAI = Source(
    "arxiv-oai",
    about="arXiv by OAI-PMH: what is new, changed and deleted",
    base_url="https://oaipmh.arxiv.org/oai",
    pause_seconds=3.0,  # arXiv's terms of use: one request in three seconds, one at a time
    suffix="xml",
    request=request,
    read=read,
    parameters=("set", "metadataPrefix"),
)
