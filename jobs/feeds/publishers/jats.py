"""jats: articles in JATS, the XML of journals and PubMed Central, and NLM's that went before.

A file is one article, a set of them or an answer of OAI-PMH; of each its front matter is read, and
its list of references.
`published_on` is the earliest of the days online and in print, of those known most exactly.
Abstracts in pictures, of one sentence or for the press give way to the one in full, notes to a
title are no part of it. A notice names in `relations` the article that it retracts or corrects.
Source: NISO Z39.96, Journal Article Tag Suite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, Institution, put_authorships
from jobs.feeds.tools.cited import Reference, put_cited
from jobs.feeds.tools.date_words import combine_dates, parts_of
from jobs.feeds.tools.oai import refuse_error
from jobs.feeds.tools.values import (
    date_text,
    most_exact,
    partial_date,
    put_abstract,
    put_arxiv,
    put_categories,
    put_date,
    put_doi,
    put_language,
    put_pmcid,
    put_pmid,
    put_published,
    put_relation,
    put_text,
    put_texts,
    put_url,
)
from jobs.feeds.tools.xml_text import element, elements, inner, text_of
from jobs.text import ids

_ROOTS = ("articles", "article-set", "pmc-articleset", "OAI-PMH")
_OTHER_HEADER = re.compile(r"<header(?![^>]*\bstatus\s*=\s*[\"']deleted)")
_OF_PMC = re.compile(r"oai:pubmedcentral\.nih\.gov:(\d{1,12})")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_RELATIONS = {
    "retracted-article": "retracts", "retraction-forward": "retracted by",
    "retraction": "retracted by", "corrected-article": "corrects",
    "correction-forward": "corrected by", "correction": "corrected by",
    "updated-article": "updates", "commentary-article": "comments on",
    "commentary": "commented on by", "object-of-concern": "comments on",
    "peer-reviewed-article": "comments on", "letter": "commented on by",
    "translated-article": "translation of", "republished-article": "version of",
    "preprint": "published from",
}  # fmt: skip
# Kinds of dates, by `pub-type` (NLM), or by `date-type` and `publication-format` (JATS).
_PUBLISHED = {
    "ppub": "print", "epub-ppub": "print", "collection": "print", "print": "print",
    "epub": "online", "epreprint": "online", "electronic": "online", "online": "online",
    "online-only": "online", "pub": "published", "preprint": "posted",
}  # fmt: skip
_OTHER = {
    "received": "received", "accepted": "accepted", "rev-recd": "revised",
    "rev-request": "revised", "corrected": "updated", "retracted": "retracted",
}  # fmt: skip
# Abstracts that are none of the whole article in words.
_PARTIAL = ("graphical", "video", "teaser", "toc", "short", "key-points", "highlights",
            "executive-summary", "precis", "plain-language-summary")  # fmt: skip
_CITATIONS = ("mixed-citation", "element-citation", "nlm-citation", "citation")
_MARKS = ("fn", "xref", "label", "sup", "institution-id", "email", "object-id", "fig")


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The articles in their own words, and of each deleted record its header.

    Raises:
        Unreadable: it is neither an article nor a set of them, or an answer that is an error.
    """
    is_empty = True
    for item in elements(content, ("article", "header"), _ROOTS):
        is_empty = False
        if isinstance(item, Broken) or not _OTHER_HEADER.match(item.text):
            yield item
    if is_empty:
        refuse_error(content)


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One article."""
    parsed = Parsed()
    try:
        article = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    if article.tag == "header":
        _put_deletion(parsed, article)
        return parsed
    front = article.find("front")
    meta = None if front is None else front.find("article-meta")
    if front is None or meta is None:
        parsed.errors.append("no front with an article-meta in it")
        return parsed
    _put_ids(parsed, meta)
    put_text(parsed, "title", _title(meta))
    put_abstract(parsed, _abstract(meta))
    put_authorships(parsed, _authors(meta))
    _put_journal(parsed, front, meta)
    _put_dates(parsed, meta)
    put_language(parsed, article.get(_LANGUAGE))
    put_text(parsed, "work_type", article.get("article-type"))
    _put_subjects(parsed, meta)
    _put_relations(parsed, meta)
    put_cited(parsed, map(_reference, _citations(article)))
    return parsed


def _put_deletion(parsed: Parsed, header: etree._Element) -> None:
    """What a deleted record of OAI-PMH leaves: its id, which of PubMed Central's is a number."""
    identifier = header.findtext("identifier") or ""
    number = _OF_PMC.fullmatch(identifier.strip())
    put_pmcid(parsed, f"PMC{number[1]}" if number else None)
    put_text(parsed, "native_id", f"PMC{number[1]}" if number else identifier)
    parsed.fields["withdrawn_as"] = "deleted"
    put_date(parsed, "deleted", header.findtext("datestamp"))


def _put_ids(parsed: Parsed, meta: etree._Element) -> None:
    """Ids, of a kind the first; an article without any of them is known by its text alone."""
    ids_by_type = {
        part.get("pub-id-type"): part.text for part in reversed(meta.findall("article-id"))
    }
    put_doi(parsed, ids_by_type.get("doi"))
    put_pmid(parsed, ids_by_type.get("pmid"))
    put_arxiv(parsed, ids_by_type.get("arxiv"))
    pmc = ids_by_type.get("pmcid") or ids_by_type.get("pmc")
    pmc = f"PMC{pmc.strip()}" if pmc and pmc.strip().isdigit() else pmc
    put_pmcid(parsed, pmc)
    doi, pmcid = parsed.fields.get("doi"), ids.pmcid(pmc) if pmc else None
    own = doi or pmcid or parsed.fields.get("pmid")
    if own:
        parsed.fields["native_id"] = own
    if pmcid:
        put_url(parsed, f"https://pmc.ncbi.nlm.nih.gov/articles/{pmcid}/")
    elif doi:
        put_url(parsed, f"https://doi.org/{doi}")


def _title(meta: etree._Element) -> str | None:
    """The title with its subtitle; where there is none, the first translated one."""
    group = meta.find("title-group")
    if group is None:
        return None
    etree.strip_elements(group, "fn", "xref", "fn-group", with_tail=False)
    for path in ("", "trans-title-group/trans-"):
        part = group.find(f"{path}article-title" if not path else f"{path}title")
        title, subtitle = _text(part), _text(group.find(f"{path}subtitle"))
        if title and title.strip():
            return f"{title.strip().rstrip(':')}: {subtitle}" if subtitle else title
    return _text(group.find("trans-title"))


def _text(part: etree._Element | None) -> str | None:
    """The text of an element; of a formula in several forms that in TeX."""
    for several in () if part is None else part.iter("alternatives"):
        tex = several.find("tex-math")
        for other in several if tex is not None else ():
            if other is not tex:
                several.remove(other)
    return inner(part)


def _abstract(meta: etree._Element) -> str | None:
    """The abstract in full, else a translated one, else a partial one."""
    own = meta.findall("abstract")
    full = [part for part in own if part.get("abstract-type") not in _PARTIAL]
    for part in (*full, *meta.findall("trans-abstract"), *own):
        etree.strip_elements(part, "fn", "fig", "object-id", "label", with_tail=False)
        text = _text(part)
        if text and text.strip():
            return text
    return None


class _Place(NamedTuple):
    """An affiliation: in a line, its institutions by their ids, its country by code or name."""

    line: str | None
    institutions: list[Institution]
    country: str | None


def _authors(meta: etree._Element) -> list[Authorship]:
    """Those who wrote it; editors and the members of groups are left out."""
    places = {
        part.get("id", ""): _place(part)
        for part in meta.iter("aff", "aff-alternatives")
        if part.get("id")
    }
    authors = []
    for group in meta.findall("contrib-group"):
        people = [
            p for p in group.findall("contrib") if p.get("contrib-type", "author") == "author"
        ]
        shared = [_place(part) for part in group.findall("aff")] or (
            [_place(part) for part in meta.findall("aff")]
        )
        has_marks = any(_place_ids(person) for person in people)
        for person in people:
            own = [places[key] for key in _place_ids(person) if key in places]
            own += [_place(part) for part in person.findall("aff")]
            if not has_marks and len(shared) == 1:  # one place without marks is everyone's
                own += shared
            authors.append(_author(person, own))
    # Where one is marked as the one to write to, the others are not.
    is_marked = any(author.is_corresponding for author in authors)
    return authors if is_marked else [one._replace(is_corresponding=None) for one in authors]


def _author(person: etree._Element, places: list[_Place]) -> Authorship:
    name = next(iter(person.xpath("name | name-alternatives/name")), None)
    marks = [part.get("ref-type") for part in person.iterfind("xref")]
    return Authorship(
        _name(person),
        _orcid(person),
        given=None if name is None else text_of(name.find("given-names")),
        family=None if name is None else text_of(name.find("surname")),
        affiliations=list(dict.fromkeys(place.line for place in places)),
        institutions=[one for place in places for one in place.institutions],
        countries=[place.country for place in places],
        is_corresponding=person.get("corresp") == "yes" or "corresp" in marks,
    )


def _place_ids(person: etree._Element) -> list[str]:
    """The ids of the places that an author's marks name."""
    marks = (part for part in person.iterfind("xref") if part.get("ref-type") == "aff")
    return [key for part in marks for key in part.get("rid", "").split()]


def _name(person: etree._Element) -> str | None:
    for path in ("name", "name-alternatives/name", "string-name", "name-alternatives/string-name"):
        name = person.find(path)
        if name is not None:
            parts = (text_of(name.find(part)) for part in ("given-names", "surname", "suffix"))
            return " ".join(filter(None, parts)) or text_of(name)
    group = person.find("collab")
    if group is None:
        group = person.find("collab-alternatives/collab")
    if group is None:
        return None
    etree.strip_elements(group, "contrib-group", "xref", "aff", with_tail=False)
    return text_of(group)


def _orcid(person: etree._Element) -> str | None:
    for part in person.iterfind("contrib-id"):
        if str(part.get("contrib-id-type", "")).lower() == "orcid":
            return text_of(part)
    links = (part.text or str(part.get("href", "")) for part in person.iter("uri", "ext-link"))
    return next((text for text in links if "orcid.org/" in text), None)


def _place(part: etree._Element) -> _Place:
    alone = part.find("aff") if part.tag == "aff-alternatives" else None
    part = part if alone is None else alone
    institutions = [_institution(own) for own in part.iter("institution-wrap")]
    country = part.find(".//country")
    code = None if country is None else country.get("country") or text_of(country)
    etree.strip_elements(part, *_MARKS, with_tail=False)
    return _Place(_line(part), institutions, code)


def _institution(part: etree._Element) -> Institution:
    own = part.findall("institution-id")
    ids = {str(one.get("institution-id-type")).lower(): one.text for one in own}
    return Institution(ids, text_of(part.find("institution")))


def _line(part: etree._Element) -> str | None:
    """An element as a line: its own punctuation, or commas between elements that have none."""
    tails = (child.tail for child in part.iterdescendants())
    is_punctuated = any(text and text.strip() for text in (part.text, *tails))
    pieces = part.itertext() if is_punctuated else filter(None, map(str.strip, part.itertext()))
    text = " ".join(("" if is_punctuated else ", ").join(pieces).split())
    return text.strip(" ,;") or None


def _put_journal(parsed: Parsed, front: etree._Element, meta: etree._Element) -> None:
    of_journal = ("journal-title-group/journal-title", "journal-title",
                  "journal-title-group/abbrev-journal-title", "abbrev-journal-title")  # fmt: skip
    names = [text_of(front.find(f"journal-meta/{path}")) for path in of_journal]
    names.append(text_of(meta.find("conference/conf-name")))
    put_text(parsed, "venue", next((name for name in names if name and name.strip()), None))
    put_text(parsed, "volume", meta.findtext("volume"))
    put_text(parsed, "number", meta.findtext("issue"))
    first, last = (meta.findtext(part) for part in ("fpage", "lpage"))
    pages = f"{first}-{last}" if first and last and first != last else first
    whole = pages or meta.findtext("page-range") or meta.findtext("elocation-id")
    put_text(parsed, "pages", whole)


def _put_dates(parsed: Parsed, meta: etree._Element) -> None:
    published = []
    history = (*meta.iterfind("history/date"), *meta.iterfind("pub-history/event/date"))
    for part in (*meta.iterfind("pub-date"), *history):
        types = (part.get("date-type"), part.get("pub-type"), part.get("publication-format"))
        # "pub" says nothing of how: the format beside it does.
        kinds = [kind for kind in reversed(types) if kind in _PUBLISHED or kind in _OTHER]
        other = next((_OTHER[kind] for kind in kinds if kind in _OTHER), None)
        kind = other or (_PUBLISHED[kinds[0]] if kinds else None)
        is_history = part.tag == "date"
        if part.tag == "pub-date" and kind is None and not any(types):
            kind = "published"
        if kind is None:
            continue
        day = _day(part)
        if other is None and not is_history:
            published.append(day)
        if kind != "published":
            put_date(parsed, kind, day)
    put_published(parsed, most_exact(published))


def _day(part: etree._Element) -> str | None:
    """A date in elements, with the month as number or name, in ISO or in words, as ISO text."""
    iso_text = str(part.get("iso-8601-date", ""))
    if partial_date(iso_text):
        return iso_text
    month = (part.findtext("month") or "").strip()
    if month and not month.isdigit():
        month = str(parts_of(month).month or "")
    year = part.findtext("year")
    if year:
        return date_text(year, month, part.findtext("day") if month else None)
    return combine_dates([text_of(part.find("string-date"))])


def _put_subjects(parsed: Parsed, meta: etree._Element) -> None:
    groups = meta.iterfind("article-categories/subj-group")
    subjects = [
        text_of(subject)
        for group in groups
        if group.get("subj-group-type") != "heading"  # the kind of article
        for subject in group.iter("subject")
    ]
    put_categories(parsed, "jats", subjects)
    words = [
        inner(word)
        for group in meta.iterfind("kwd-group")
        if group.get("kwd-group-type") != "abbreviations"
        for word in group.iterfind("kwd")
    ]
    put_texts(parsed, "keywords", words or None)
    licence = meta.find("permissions/license")
    if licence is not None:
        address = licence.get("href") or licence.findtext("license_ref")
        put_text(parsed, "license", address)


def _put_relations(parsed: Parsed, meta: etree._Element) -> None:
    for part in meta.iterfind("related-article"):
        kind = _RELATIONS.get(part.get("related-article-type", ""))
        id_text = part.get("href") or part.get("id") or text_of(part) or ""
        scheme = "pmid" if part.get("ext-link-type") in ("pmid", "pubmed") else "doi"
        other = ids.pmid(id_text) if scheme == "pmid" else ids.doi(id_text)
        if kind and other:
            put_relation(parsed, kind, scheme, other)
        if kind == "retracted by":
            parsed.fields["withdrawn_as"] = "retracted"


def _citations(article: etree._Element) -> Iterator[etree._Element]:
    """The references of the article; of several in one entry each, of two forms the first."""
    for ref in article.iterfind("back//ref-list/ref"):
        for part in ref:
            if part.tag == "citation-alternatives":
                yield from part[:1]
            elif part.tag in _CITATIONS:
                yield part


def _reference(citation: etree._Element) -> Reference:
    """A reference by its ids, its DOI also from a link."""
    ids_by_type = {part.get("pub-id-type"): part.text for part in citation.iter("pub-id")}
    links = (part.get("href", "") for part in citation.iter("ext-link", "uri"))
    doi_link = next((link for link in links if "doi.org/10." in link), None)
    own = {"arxiv_id": ids_by_type.get("arxiv"), "doi": ids_by_type.get("doi") or doi_link,
           "pmid": ids_by_type.get("pmid")}  # fmt: skip
    return Reference(own, _line(citation))


JATS = Feed(
    "jats",
    about="articles in JATS or NLM XML, as journals and PubMed Central give them",
    files=("*.xml", "*.nxml"),
    split=split,
    parse=parse,
    breaks={"*": (b"</article>",)},
)
