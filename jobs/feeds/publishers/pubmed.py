"""pubmed: MEDLINE and PubMed as XML, articles and chapters of books.

`published_on` is the day of the electronic article or of the issue, the one known more exactly, of
two as exact the earlier; of a range (`1998 Dec-1999 Jan`) or a season, what is certain of its
beginning. Sections of an abstract come as `LABEL: text`. A title in brackets is a translation and
is kept without them; where there is none, the vernacular title stands in. A deleted citation is a
record that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain

from lxml import etree

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, Institution, put_authorships
from jobs.feeds.tools.cited import Reference, put_cited
from jobs.feeds.tools.date_words import MONTHS, combine_dates
from jobs.feeds.tools.values import (
    date_text,
    most_exact,
    put_abstract,
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
    put_work_type,
)
from jobs.feeds.tools.xml_text import Parts, element, elements, inner, parts_of, text_under

_ARTICLES = ("PubmedArticle", "PubmedBookArticle", "DeleteCitation")
_ROOTS = ("PubmedArticleSet", "PubmedBookArticleSet")
# Of older files, in which a citation is all that is told of an article.
_CITATIONS, _OLD_ROOTS = ("MedlineCitation", "DeleteCitation"), ("MedlineCitationSet",)
_IS_OLD = re.compile(rb"(?:\xef\xbb\xbf|\s|<[?!][^>]*>)*+<MedlineCitation(?:Set)?\b")
_PMID = re.compile(r"<PMID\b[^>]*>\s*\d+\s*</PMID>")
_RANGE = re.compile(r"(\d{4})(?:\s+([A-Za-z]{3})[a-z]*(?:\s+(\d{1,2})(?![0-9]))?)?(?![0-9])")
_NOT_AVAILABLE = "not available"
_RELATIONS = {
    "RetractionIn": "retracted by", "RetractionOf": "retracts", "ErratumIn": "corrected by",
    "ErratumFor": "corrects", "UpdateIn": "updated by", "UpdateOf": "updates",
    "CommentOn": "comments on", "CommentIn": "commented on by",
    "ExpressionOfConcernFor": "comments on", "ExpressionOfConcernIn": "commented on by",
    "RepublishedIn": "published as", "RepublishedFrom": "version of",
    "CorrectedandRepublishedIn": "published as", "CorrectedandRepublishedFrom": "version of",
}  # fmt: skip
_HISTORY = {"received": "received", "accepted": "accepted", "revised": "revised",
            "entrez": "indexed", "retracted": "retracted"}  # fmt: skip


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The articles in their own words, and one deletion for each id that is deleted.

    Raises:
        Unreadable: it is no set of articles.
    """
    kinds = (_CITATIONS, _OLD_ROOTS) if _IS_OLD.match(content) else (_ARTICLES, _ROOTS)
    for item in elements(content, *kinds):
        if isinstance(item, Payload) and item.text.startswith("<DeleteCitation"):
            for pmid in _PMID.findall(item.text):
                yield Payload(f"<DeleteCitation>{pmid}</DeleteCitation>")
        else:
            yield item


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One article, chapter or deletion."""
    parsed = Parsed()
    try:
        root = element(payload)
    except ValueError as error:
        parsed.errors.append(str(error))
        return parsed
    whole = parts_of(root)
    # Of older files a citation is all.
    citation = root if root.tag == "MedlineCitation" else whole.get("MedlineCitation")
    citation = whole.get("BookDocument") if citation is None else citation
    cited_as = whole if citation is None else parts_of(citation)
    _put_id(parsed, text_under(cited_as, "PMID"))
    if citation is None:
        if root.tag == "DeleteCitation":
            parsed.fields["withdrawn_as"] = "deleted"
        else:
            parsed.errors.append("neither a MedlineCitation nor a BookDocument in it")
        return parsed
    article = cited_as.get("Article", citation)
    about, book = parts_of(article), parts_of(whole.get("PubmedBookData"))
    data = parts_of(whole.get("PubmedData"))
    _put_ids(parsed, article, *(parts.get("ArticleIdList", ()) for parts in (data, book, about)))
    _put_text(parsed, article, about)
    put_authorships(parsed, _authors(article, about))
    _put_journal(parsed, about)
    _put_dates(parsed, article, about, cited_as, data)
    _put_subjects(parsed, citation, about)
    corrections = cited_as.get("CommentsCorrectionsList", ())
    _put_relations(parsed, corrections)
    put_cited(parsed, _references(data, corrections))
    return parsed


def _authors(article: etree._Element, about: Parts) -> list[Authorship]:
    lists = [part for part in article.iterchildren("AuthorList") if part.get("Type") != "editors"]
    people = [author for part in lists for author in part.iterchildren("Author")]
    if not people and not text_under(about, "ArticleTitle"):  # of a whole book
        people = article.findall("Book/AuthorList[@Type='authors']/Author")
    authors = [_author(author) for author in people if _is_valid(author)]
    if authors and not authors[0].affiliations:  # before 2014 the first author's was apart
        authors[0] = authors[0]._replace(affiliations=[text_under(about, "Affiliation")])
    return authors


def _other_abstract(article: etree._Element) -> list[etree._Element]:
    """What another service than the journal wrote, or the journal in another language: English
    first.
    """
    whole = article.getparent()
    others = [] if whole is None else whole.findall("OtherAbstract")
    others.sort(key=lambda part: part.get("Language", "eng") != "eng")
    return others[0].findall("AbstractText") if others else []


def _put_id(parsed: Parsed, pmid: str | None) -> None:
    put_pmid(parsed, pmid)
    parsed.fields["native_id"] = parsed.fields.get("pmid")
    if not parsed.fields["native_id"]:
        parsed.errors.append(f"PMID is none: {pmid}")
    else:
        parsed.fields["url"] = f"https://pubmed.ncbi.nlm.nih.gov/{parsed.fields['pmid']}/"


def _put_ids(parsed: Parsed, article: etree._Element, *lists: Iterable[etree._Element]) -> None:
    """DOI and PMCID, the article's own or else those of the first of several lists."""
    ids_by_type = {part.get("IdType"): part.text for part in reversed([*chain(*lists)])}
    dois = [
        p.text
        for p in article.iterchildren("ELocationID")
        if p.get("EIdType") == "doi" and _is_valid(p)
    ]
    put_doi(parsed, dois[0] if dois else ids_by_type.get("doi"))
    put_pmcid(parsed, ids_by_type.get("pmc") or ids_by_type.get("pmcid"))


def _is_valid(part: etree._Element) -> bool:
    """Whether a part is valid: of what was corrected PubMed keeps both, and says which."""
    return bool(part.get("ValidYN", "Y") != "N")


def _put_text(parsed: Parsed, article: etree._Element, about: Parts) -> None:
    title = inner(about.get("ArticleTitle"))
    if not title or title.strip(" .[]").casefold() == _NOT_AVAILABLE:
        title = inner(about.get("VernacularTitle")) or title
    # Of a whole book the title is the book's.
    put_text(parsed, "title", title or inner(article.find("Book/BookTitle")))
    sections = []
    own = [part for part in about.get("Abstract", ()) if part.tag == "AbstractText"]
    for part in own or _other_abstract(article):
        label, text = part.get("Label"), (inner(part) or "").strip()
        if text:
            sections.append(f"{label}: {text}" if label and label != "UNLABELLED" else text)
    put_abstract(parsed, " ".join(sections) or None)


def _author(author: etree._Element) -> Authorship:
    parts = parts_of(author)
    forename = text_under(parts, "ForeName") or text_under(parts, "Initials")
    family = text_under(parts, "LastName")
    names = (forename, family, text_under(parts, "Suffix"))
    own = author.iterchildren("Identifier") if "Identifier" in parts else ()
    orcids = [p.text for p in own if p.get("Source") == "ORCID"]
    infos = author.iterchildren("AffiliationInfo") if "AffiliationInfo" in parts else ()
    places = [parts_of(p) for p in infos]
    return Authorship(
        " ".join(filter(None, names)) or text_under(parts, "CollectiveName"),
        orcids[0] if orcids else None,
        given=forename,
        family=family,
        affiliations=[text for p in places if (text := text_under(p, "Affiliation"))],
        institutions=[_institution(p["Identifier"]) for p in places if "Identifier" in p],
    )


def _institution(first: etree._Element) -> Institution:
    """An institution by its identifiers; the text beside them is an address, no name."""
    each = [first, *first.itersiblings("Identifier")]
    return Institution({p.get("Source", "").lower(): p.text for p in each})


def _put_journal(parsed: Parsed, about: Parts) -> None:
    journal = parts_of(about.get("Journal"))
    issue = parts_of(journal.get("JournalIssue"))
    venue = text_under(journal, "Title")
    put_text(parsed, "venue", venue or text_under(parts_of(about.get("Book")), "BookTitle"))
    put_text(parsed, "volume", text_under(issue, "Volume"))
    put_text(parsed, "number", text_under(issue, "Issue"))
    pages = about.get("Pagination")
    put_text(parsed, "pages", None if pages is None else _pages(parts_of(pages)))
    put_language(parsed, text_under(about, "Language"))


def _pages(pages: Parts) -> str | None:
    """Pages in one text, or the first and the last of them."""
    first, last = text_under(pages, "StartPage"), text_under(pages, "EndPage")
    parts = f"{first}-{last}" if first and last and first != last else first
    return text_under(pages, "MedlinePgn") or parts


def _put_dates(
    parsed: Parsed, article: etree._Element, about: Parts, cited_as: Parts, data: Parts
) -> None:
    online = [_day(part) for part in article.iterchildren("ArticleDate")]
    issue = (
        _day(article.find("Journal/JournalIssue/PubDate"))
        or _day(about.get("ContributionDate"))  # of a chapter, years apart from its book
        or _day(article.find("Book/PubDate"))
    )
    put_date(parsed, "print", issue)
    for day in online:
        put_date(parsed, "online", day)
    put_published(parsed, most_exact([issue, *online]))
    put_date(parsed, "updated", _day(cited_as.get("DateRevised")))
    for part in data.get("History", ()):
        kind = _HISTORY.get(part.get("PubStatus", ""))
        if kind:
            put_date(parsed, kind, _day(part))


def _day(part: etree._Element | None) -> str | None:
    """A date in parts, or the certain part of one in words, as ISO text."""
    if part is None:
        return None
    parts = parts_of(part)
    words = text_under(parts, "MedlineDate")
    if words:
        match = _RANGE.match(words.strip())
        # A season may stand before its year.
        return date_text(match[1], *_in_year(match)) if match else combine_dates([words]) or words
    month = _month(text_under(parts, "Month"))
    day = text_under(parts, "Day") if month else None
    return date_text(text_under(parts, "Year"), month, day)


def _in_year(match: re.Match[str]) -> tuple[str | None, str | None]:
    """Month and day of the beginning of a range; a season has neither."""
    month = _month(match[2])
    return month, match[3] if month else None


def _month(text: str | None) -> str | None:
    """A month by number or name; seasons are none."""
    short = (text or "").strip().lower()[:3]
    if short.isdigit():
        return short
    return str(MONTHS.index(short) + 1) if short in MONTHS else None


def _put_subjects(parsed: Parsed, citation: etree._Element, about: Parts) -> None:
    headings = citation.iterfind("MeshHeadingList/MeshHeading/DescriptorName")
    put_categories(parsed, "mesh", [part.text for part in headings])
    put_texts(
        parsed, "keywords", [inner(part) for part in citation.iterfind("KeywordList/Keyword")]
    )
    put_work_type(parsed, [part.text for part in about.get("PublicationTypeList", ())])


def _put_relations(parsed: Parsed, corrections: Iterable[etree._Element]) -> None:
    for part in corrections:
        kind = _RELATIONS.get(part.get("RefType", ""))
        if kind:
            put_relation(parsed, kind, "pmid", part.findtext("PMID"))


def _references(data: Parts, corrections: Iterable[etree._Element]) -> Iterator[Reference]:
    """The list of references; of older files, which had none, the articles marked as cited."""
    first = data.get("ReferenceList")
    lists = [] if first is None else [first, *first.itersiblings("ReferenceList")]
    references = [part for each in lists for part in each.iter("Reference")]
    for part in references:
        parts = parts_of(part)
        ids_by_type = {own.get("IdType"): own.text for own in parts.get("ArticleIdList", ())}
        own = {"doi": ids_by_type.get("doi"), "pmid": ids_by_type.get("pubmed")}
        yield Reference(own, partial(inner, parts.get("Citation")))
    for part in () if references else corrections:
        if part.get("RefType") == "Cites":
            yield Reference({"pmid": part.findtext("PMID")}, part.findtext("RefSource"))


PUBMED = Feed(
    "pubmed",
    about="MEDLINE and PubMed as XML, with deletions",
    files=("*.xml",),
    split=split,
    parse=parse,
    breaks={"*": (b"</PubmedArticle>", b"</PubmedBookArticle>")},
    other_breaks=(b"</MedlineCitation>",),
)
