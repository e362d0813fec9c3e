"""What arXiv's formats have in common: ids, authors in one text, classes, days of versions.

`published_on` is the day of the first version. Where it is missing or cannot be that of the id, the
month that every arXiv id names stands in for it (`published month`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from jobs.feeds.core import Parsed
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.date_words import MONTHS
from jobs.feeds.tools.json_text import kind
from jobs.feeds.tools.values import (
    put_categories,
    put_date,
    put_doi,
    put_published,
    put_text,
)
from jobs.text.ids import arxiv as arxiv_id
from jobs.text.text import clean_text, says_withdrawn

SCHEME = "arxiv"
_MONTH_OF_ID = re.compile(r"(?:.*/)?(\d\d)(\d\d)")
_FIRST_YEAR = 91
# A paper can wait for its announcement, the record of an old one be made years later.
_MONTHS_BEFORE, _MONTHS_BEHIND = 24, 2
_SUFFIX = re.compile(r",\s*(?=(?:Jr|Sr|II|III|IV)\b\.?\s*(?:[,;(]|$))")
_HAS_SUFFIX = re.compile(r"(?:[JS]r|I[IV])\b")
_AND = re.compile(r",?\s+(?:and|&)\s+")
_CLASS = re.compile(r"[;,]\s*|\s+(?=[0-9A-Z])")
_COLLABORATION = re.compile(r"\s*([^():]*\b(?:Collaborations?|Consortium|Group|Team))\s*:\s*")
# As arXiv writes it; the library reads all other ways, ten times slower.
_GMT = re.compile(
    r"[A-Z][a-z]{2}, (\d{1,2}) ([A-Z][a-z]{2}) ([1-9]\d{3}) (?:[01]\d|2[0-3])(?::[0-5]\d){2} GMT",
    re.ASCII,
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_BRACKET_OR_COMMA = re.compile(r"[][(){},;]")

_WITHDR = re.compile(r"withdr|retract", re.IGNORECASE)
_PAPER = "paper|article|manuscript|submission|preprint|report|draft"
# The paper is withdrawn, or its authors want it to be, anywhere in a comment, misspelt too. What
# was withdrawn from a journal, a version before this one, or a part of the paper does not count.
_SAYS_WITHDRAWN = re.compile(
    rf"(?:^|\b(?:(?:this|the|our)(?: (?:current|preliminary))? |(?<=: )))(?:{_PAPER}|version)"
    r"(?: (?:has|have|had|was|is|being|been|be|now|already|hereby|administratively|temporarily"
    r"|should|needs|to)){0,4} with(?:drawn|drawed|drwan|drawan)\b(?! (?:from|on)\b)"
    rf"|(?:^|[.;:,)] )(?:(?:{_PAPER}) )?(?:administratively )?withdrawn"
    r" (?:by|due|because|since|as)\b"
    r"|\b(?:want|wish|like|decided?|choose|have|need|please|kindly|me|we|authors|hereby)(?: to)?"
    rf" withdraw (?:(?:this|the|my|our) (?:{_PAPER})\b|it\b)",
    re.IGNORECASE,
)


def put_arxiv_record(parsed: Parsed, value: Any) -> None:
    """The id of a record of arXiv itself: without one that can be, it is none of arXiv's."""
    if value is None or (isinstance(value, str) and not value.strip()):
        parsed.errors.append("id is missing")
        return
    if not isinstance(value, str):
        parsed.errors.append(f"id is {kind(value)}, not text: {value}")
        return
    put_text(parsed, "native_id", value)
    identifier = arxiv_id(value)
    if identifier is None:
        parsed.errors.append(f"id is no arXiv id: {clean_text(value)[:80]}")
        return
    parsed.fields["native_id"] = identifier.id  # one paper, whatever the spelling
    parsed.fields["arxiv_id"] = identifier.id
    parsed.fields["arxiv_version"] = identifier.version
    parsed.fields["url"] = f"https://arxiv.org/abs/{identifier.id}"


def put_days(parsed: Parsed, versions: Sequence[tuple[int | None, Any]], updated: Any) -> None:
    """The days of versions (number, date or time), the first of which is that of publication.

    Args:
        versions: in order; an empty sequence where the source names none.
        updated: day of the last change of the record, if the source names one.
    """
    paper = parsed.fields.get("arxiv_id")
    month = month_of(paper) if paper else None
    for place, (number, value) in enumerate(versions):
        day = iso_day(value)
        if place == 0 and (number in (None, 1)):
            _put_first(parsed, day, month)
        elif day:
            put_date(parsed, "revised", day)
    put_date(parsed, "updated", iso_day(updated))
    if "published_on" not in parsed.fields and month:
        put_published(parsed, f"{month:%Y-%m}")
    numbers = [number for number, _ in versions if number]
    if numbers and parsed.fields.get("arxiv_version") is None:
        parsed.fields["arxiv_version"] = max(numbers)


def _put_first(parsed: Parsed, day: Any, month: date | None) -> None:
    count = len(parsed.warnings)
    put_published(parsed, day)
    published = parsed.fields.get("published_on")
    apart = _months(published) - _months(month) if published and month else 0
    if not -_MONTHS_BEFORE <= apart <= _MONTHS_BEHIND:
        del parsed.fields["published_on"], parsed.fields["dates"]
        parsed.warnings[count:] = [
            f"published_on cannot be {published}: the id is of {month:%Y-%m}"
        ]


def _months(day: date) -> int:
    return 12 * day.year + day.month


def month_of(paper: str) -> date | None:
    """The first day of the month in which an arXiv id was given out."""
    match = _MONTH_OF_ID.match(paper)
    if not match:
        return None
    year = int(match[1])
    return date(year + (1900 if year >= _FIRST_YEAR else 2000), int(match[2]), 1)


def iso_day(value: Any) -> Any:
    """A time in the form of mail (`Mon, 2 Apr 2007 19:18:42 GMT`) as its UTC day; else as it is."""
    if not isinstance(value, str) or not value[:1].isalpha():
        return value
    usual = _GMT.fullmatch(value)
    try:
        if usual and (month := usual[2].lower()) in MONTHS:
            return date(int(usual[3]), MONTHS.index(month) + 1, int(usual[1])).isoformat()
        when = parsedate_to_datetime(value)
    except (ValueError, OverflowError, TypeError):
        return value
    return _utc_day(when).isoformat()


def _utc_day(when: datetime) -> date:
    return (when.astimezone(UTC) if when.tzinfo else when).date()


def put_author_text(parsed: Parsed, value: Any) -> None:
    """Authors in one text: parted by commas and `and`, what stands in brackets is affiliation."""
    if value is not None and not isinstance(value, str):
        parsed.errors.append(f"authors is {kind(value)}, not text")
    elif value:
        put_authorships(parsed, _authors(" ".join(value.split())))


def _authors(text: str) -> Iterable[Authorship]:
    text = _AND.sub(", ", text) if " and " in text or " & " in text else text
    text = _SUFFIX.sub(" ", text) if _HAS_SUFFIX.search(text) else text
    for part in _split_parts(text):
        group = _COLLABORATION.match(part) if ":" in part else None
        if group:
            yield Authorship(group[1])
        name, bracket, rest = part[group.end() if group else 0 :].partition("(")
        affiliation = rest.rstrip(" )") if bracket else ""
        if name.strip():
            yield Authorship(name.strip(), affiliations=[affiliation] if affiliation else ())


def _split_parts(text: str) -> Iterable[str]:
    """Parts between commas and semicolons outside of brackets."""
    if not any(bracket in text for bracket in _BRACKETS):
        yield from (part for part in re.split(r"[,;]\s*", text) if part)
        return
    depth, start = 0, 0
    for match in _BRACKET_OR_COMMA.finditer(text):
        place, sign = match.start(), match[0]
        if sign in _BRACKETS:
            depth += 1
        elif sign in _BRACKETS.values():
            depth = max(0, depth - 1)
        elif depth == 0 and sign in ",;":
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def put_classes(parsed: Parsed, value: Any, msc: Any = None, acm: Any = None) -> None:
    """Classes: arXiv's parted by spaces; those of MSC and ACM by commas, semicolons or spaces."""
    if value is not None and not isinstance(value, str):
        parsed.errors.append(f"categories is {kind(value)}, not text")
        return
    put_categories(parsed, SCHEME, (value or "").split())
    for scheme, text in (("msc", msc), ("acm", acm)):
        if isinstance(text, str):
            put_categories(parsed, scheme, (part for part in _CLASS.split(text) if part))


def put_journal(parsed: Parsed, reference: Any, doi: Any) -> None:
    """Where a paper came out: the journal reference as it stands, the publisher's first DOI."""
    put_text(parsed, "venue", reference)
    if isinstance(doi, str) and " " in doi.strip():
        doi = doi.split()[0]
    put_doi(parsed, doi)


def mark_withdrawn(parsed: Parsed, comment: Any) -> None:
    """A notice of withdrawal in the comments counts like one in the abstract."""
    if not isinstance(comment, str) or not _WITHDR.search(comment):
        return
    text = clean_text(comment)
    if says_withdrawn(text) or _SAYS_WITHDRAWN.search(text):
        parsed.fields["withdrawn_as"] = "withdrawn"
