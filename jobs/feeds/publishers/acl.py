"""acl: volumes of the ACL Anthology as XML.

A payload is a paper in the words of its volume, with what the volume says of all papers: its
title or journal, year and month. Front matter is no paper and is left out, as are editors. Markup
of titles and abstracts goes; what stands in `<tex-math>` stays as TeX, of which the rules read
what they can (`x^2`). Papers are dated by the month of their volume, of a span by its first month.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from lxml import etree

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, put_authorships
from jobs.feeds.tools.date_words import MONTHS
from jobs.feeds.tools.reading import Unreadable
from jobs.feeds.tools.values import (
    date_text,
    put_acl,
    put_date,
    put_doi,
    put_language,
    put_other_id,
    put_published,
    put_text,
)
from jobs.feeds.tools.xml_text import (
    Cut,
    Parts,
    astray,
    cuts,
    decode_xml,
    element,
    is_closed,
    parts_of,
    piece,
    root_of,
    text_of,
    text_under,
)

_ROOT = "collection"
# What the volume says of its papers; the rest of its description is left in the file.
_OF_VOLUME = (
    "booktitle", "journal-title", "journal-volume", "journal-issue", "month", "year",
)  # fmt: skip
_START = re.compile(r"<[\w.:-]+(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>")
_MONTH = re.compile(rf"\b({'|'.join(MONTHS)})", re.IGNORECASE)
# Volumes of the old style whose number has two digits, and their papers' too.
_LONG_VOLUMES = re.compile(r"W\d\d|C69")
_LONG_FROM = {"D19": 5}


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The papers of every volume, each with the volume's own title and date.

    Raises:
        Unreadable: it is no collection.
    """
    text = decode_xml(content)
    if root_of(text, (_ROOT,)) is None:
        raise Unreadable("no collection in it")
    is_whole = is_closed(text, _ROOT)
    head = _start(text, text.index(f"<{_ROOT}"))
    last: int | None = 0
    for cut in cuts(text, ("volume", "paper")):
        is_volume = cut.name == "volume" and cut.is_begun
        for item in _papers(text, head, cut) if is_volume else [astray(text, cut, last or 0)]:
            is_whole = is_whole or isinstance(item, Broken)  # reported once
            yield item
        last = cut.end
    if not is_whole:
        line = text.count("\n") + 1
        yield Broken("", f"line {line}: <{_ROOT}> is not closed; the end of the file is missing")


def _papers(text: str, head: str, volume: Cut) -> Iterator[Payload | Broken]:
    start = _start(text, volume.start)
    about = ""
    inside = volume.start + len(start)
    meta = next(cuts(text, ("meta", "paper", "frontmatter"), inside, volume.end), None)
    papers = cuts(text, ("paper", "frontmatter"), inside, volume.end)
    first = next((cut.start for cut in papers if cut.is_begun), volume.end or len(text))
    if meta and meta.name == "meta" and (meta.end is None or meta.end > first):  # it holds papers
        yield Broken(text[meta.start : first], "<meta> is not closed")
        inside, about = first, _about(text, meta._replace(end=first))
    for cut in cuts(text, ("meta", "paper", "frontmatter"), inside, volume.end):
        if cut.end is None or not cut.is_begun:
            yield piece(text, cut)
        elif cut.name == "meta":
            about = _about(text, cut)
        elif cut.name == "paper":
            paper = text[cut.start : cut.end]
            yield Payload(f"{head}{start}<meta>{about}</meta>{paper}</volume></{_ROOT}>")


def _start(text: str, at: int) -> str:
    match = _START.match(text, at)
    return match[0] if match else ""


def _about(text: str, meta: Cut) -> str:
    return "".join(
        text[part.start : part.end]
        for part in cuts(text, _OF_VOLUME, meta.start, meta.end)
        if part.end is not None and part.is_begun
    )


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One paper of a volume."""
    parsed = Parsed()
    try:
        collection = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    volume = collection.find("volume")
    whole = volume.find("paper")
    about, paper = parts_of(volume.find("meta")), parts_of(whole)
    _put_id(parsed, collection.get("id", ""), volume.get("id", ""), whole.get("id", ""))
    put_text(parsed, "title", text_of(paper.get("title")))
    put_text(parsed, "abstract", text_of(paper.get("abstract")))
    put_authorships(parsed, [_author(part) for part in whole if part.tag == "author"])
    _put_venue(parsed, about, paper)
    put_text(parsed, "work_type", whole.get("type") or volume.get("type"))
    put_doi(parsed, text_under(paper, "doi"))
    put_language(parsed, text_under(paper, "language"))
    put_other_id(parsed, "bibkey", text_under(paper, "bibkey"))
    _put_dates(parsed, about, whole)
    if "retracted" in paper:
        parsed.fields["withdrawn_as"] = "retracted"
    elif "removed" in paper:
        parsed.fields["withdrawn_as"] = "withdrawn"
    return parsed


def _put_id(parsed: Parsed, collection: str, volume: str, paper: str) -> None:
    """The Anthology's id: since 2020 of the parts as they stand, before that of fixed length."""
    if not (collection and volume and paper):
        parsed.errors.append("id is missing: collection, volume and paper need one each")
        return
    if "." in collection:
        whole = f"{collection}-{volume}.{paper}"
    elif not (volume.isdigit() and paper.isdigit()):
        parsed.errors.append(f"id is none: volume {volume} and paper {paper} are no numbers")
        return
    else:
        long = _LONG_VOLUMES.fullmatch(collection) or int(volume) >= _LONG_FROM.get(collection, 100)
        digits = f"{int(volume):02d}{int(paper):02d}" if long else f"{volume}{int(paper):03d}"
        whole = f"{collection}-{digits}"
    put_text(parsed, "native_id", whole)
    put_acl(parsed, whole)
    if "acl_id" in parsed.fields:
        parsed.fields["url"] = f"https://aclanthology.org/{parsed.fields['acl_id']}"


def _author(author: etree._Element) -> Authorship:
    parts = parts_of(author)
    first, last = text_under(parts, "first"), text_under(parts, "last")
    name, own = " ".join(filter(None, (first, last))), author.get("id")
    return Authorship(
        name,
        author.get("orcid"),
        given=first,
        family=last,
        # An id that is the name alone stands for whoever has not been told from others of it.
        ids={} if own is None or own == _slug(name) else {"acl": own},
        affiliations=[part.text for part in author if part.tag == "affiliation"]
        if "affiliation" in parts
        else (),
    )


def _slug(name: str) -> str:
    """A name as the Anthology writes it in addresses: ada-fern."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall("[a-z0-9]+", letters))


def _put_venue(parsed: Parsed, about: Parts, paper: Parts) -> None:
    journal = paper.get("journal", about.get("journal-title"))
    put_text(parsed, "venue", text_of(journal) or text_of(about.get("booktitle")))
    put_text(parsed, "volume", text_under(about, "journal-volume"))
    put_text(parsed, "number", text_under(paper, "issue") or text_under(about, "journal-issue"))
    put_text(parsed, "pages", text_under(paper, "pages"))


def _put_dates(parsed: Parsed, about: Parts, paper: etree._Element) -> None:
    year, month = text_under(about, "year"), text_under(about, "month")
    put_published(parsed, date_text(year, _month(month or "")))
    for part in paper:
        if part.tag in _DATED and (day := part.get("date")):
            put_date(parsed, _DATED[part.tag], day)


def _month(text: str) -> int | None:
    """The first month that is named, or the number that stands alone."""
    match = _MONTH.search(text)
    if match:
        return MONTHS.index(match[1].lower()) + 1
    return int(text) if text.strip().isdigit() and 1 <= int(text) <= len(MONTHS) else None


_DATED = {"revision": "revised", "erratum": "corrected", "retracted": "retracted"}

ACL = Feed(
    "acl",
    about="volumes of the ACL Anthology as XML",
    files=("*.xml",),
    split=split,
    parse=parse,
)
