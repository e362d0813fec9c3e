"""hf-daily: the papers that Hugging Face lists a day.

Source: https://huggingface.co/docs/hub/api.
"""

from __future__ import annotations

from pipelines.harvest.answers import json_value, printable_line, values_digest
from pipelines.harvest.core import Fault, Inquiry, Page, Refused, Request, Source

# The most that one answer gives; the longest day so far lists about half of it.
_PAPERS_A_DAY = "100"


def request(inquiry: Inquiry, token: str | None) -> Request:
    """The list of one day."""
    return Request(inquiry.base_url, {"date": inquiry.day.isoformat(), "limit": _PAPERS_A_DAY})


def read(body: bytes) -> Page:
    """A list of objects; an empty one on days without a list."""
    value = json_value(body)
    if isinstance(value, dict) and "error" in value:
        raise Refused(f"Hugging Face: {printable_line(value['error'])}")
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Fault("not a list of papers")
    return Page(len(value), values_digest(value))


HF_DAILY = Source(
    "hf-daily",
    about="the papers that Hugging Face lists a day",
    base_url="https://huggingface.co/api/daily_papers",
    pause_seconds=1.0,  # 500 requests in five minutes are allowed without a token
    suffix="json",
    request=request,
    read=read,
    one_page=True,
    conditional=True,
)
