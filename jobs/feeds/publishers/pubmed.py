"""pubmed: MEDLINE and PubMed as XML, articles and chapters of books.

`published_on` is the day of the electronic article or of the issue, the one known more exactly, of
two as exact the earlier; of a range (`1998 Dec-1999 Jan`) or a season, what is certain of its
beginning. Sections of an abstract come as `LABEL: text`. A title in brackets is a translation and
is kept without them; where there is none, the vernacular title stands in. A deleted citation is a
record that says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from lxml import etree

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.tools.authorships import Authorship, Institution, put_authorships
from jobs.feeds.tools.cited import Reference, put_cited
from jobs.feeds.tools.date_words import combine_dates
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
from jobs.feeds.tools.xml_text import element, elements, inner, parts_of, text_under

_ARTICLES = ("PubmedArticle", "PubmedBookArticle", "DeleteCitation")
_ROOTS = ("PubmedArticleSet", "PubmedBookArticleSet")
# Of older files, in which a citation is all that is told of an article.
_CITATIONS, _OLD_ROOTS = ("MedlineCitation", "DeleteCitation"), ("MedlineCitationSet",)
_IS_OLD = re.compile(rb"(?:\xef\xbb\xbf|\s|<[?!][^>]*>)*+<MedlineCitation(?:Set)?\b")
_PMID = re.compile(r"<PMID\b[^>]*>\s*\d+\s*</PMID>")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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
    # Of older files a citation is all.
    citation = root if root.tag == "MedlineCitation" else root.find("MedlineCitation")
    citation = root.find("BookDocument") if citation is None else citation
    _put_id(parsed, (root if citation is None else citation).findtext("PMID"))
    if citation is None:
        if root.tag == "DeleteCitation":
            parsed.fields["withdrawn_as"] = "deleted"
        else:
            parsed.errors.append("neither a MedlineCitation nor a BookDocument in it")
        return parsed
    article = citation.find("Article")
    article = citation if article is None else article
    _put_ids(parsed, root, article)
    _put_text(parsed, article)
    lists = [part for part in article.findall("AuthorList") if part.get("Type") != "editors"]
    people = [author for part in lists for author in part.findall("Author")]
    if not people and not article.findtext("ArticleTitle"):  # of a whole book
        people = article.findall("Book/AuthorList[@Type='authors']/Author")
    authors = [_author(author) for author in people if _is_valid(author)]
    if authors and not authors[0].affiliations:  # before 2014 the first author's was apart
        authors[0] = authors[0]._replace(affiliations=[article.findtext("Affiliation")])
    put_authorships(parsed, authors)
    _put_journal(parsed, article)
    _put_dates(parsed, root, citation, article)
    _put_subjects(parsed, citation, article)
    _put_relations(parsed, citation)
    put_cited(parsed, _references(root, citation))
    return parsed


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


def _put_ids(parsed: Parsed, root: etree._Element, article: etree._Element) -> None:
    id_parts = [
        *root.iterfind("PubmedData/ArticleIdList/ArticleId"),
        *root.iterfind("PubmedBookData/ArticleIdList/ArticleId"),
        *article.iterfind("ArticleIdList/ArticleId"),  # of a book
    ]
    ids_by_type = {part.get("IdType"): part.text for part in reversed(id_parts)}
    dois = [
        p.text
        for p in article.iterfind("ELocationID")
        if p.get("EIdType") == "doi" and _is_valid(p)
    ]
    put_doi(parsed, dois[0] if dois else ids_by_type.get("doi"))
    put_pmcid(parsed, ids_by_type.get("pmc") or ids_by_type.get("pmcid"))


def _is_valid(part: etree._Element) -> bool:
    """Whether a part is valid: of what was corrected PubMed keeps both, and says which."""
    return bool(part.get("ValidYN", "Y") != "N")


def _put_text(parsed: Parsed, article: etree._Element) -> None:
    title = inner(article.find("ArticleTitle"))
    if not title or title.strip(" .[]").casefold() == _NOT_AVAILABLE:
        title = inner(article.find("VernacularTitle")) or title
    # Of a whole book the title is the book's.
    put_text(parsed, "title", title or inner(article.find("Book/BookTitle")))
    sections = []
    own = article.findall("Abstract/AbstractText")
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
    own = [p for p in author if p.tag == "Identifier"] if "Identifier" in parts else []
    orcids = [p.text for p in own if p.get("Source") == "ORCID"]
    places = author.findall("AffiliationInfo") if "AffiliationInfo" in parts else []
    return Authorship(
        " ".join(filter(None, names)) or text_under(parts, "CollectiveName"),
        orcids[0] if orcids else None,
        given=forename,
        family=family,
        affiliations=[text for p in places if (text := p.findtext("Affiliation"))],
        institutions=[_institution(p) for p in places if p.find("Identifier") is not None],
    )


def _institution(place: etree._Element) -> Institution:
    """An institution by its identifiers; the text beside them is an address, no name."""
    ids = {p.get("Source", "").lower(): p.text for p in place.iterfind("Identifier")}
    return Institution(ids)


def _put_journal(parsed: Parsed, article: etree._Element) -> None:
    put_text(
        parsed, "venue", article.findtext("Journal/Title") or article.findtext("Book/BookTitle")
    )
    put_text(parsed, "volume", article.findtext("Journal/JournalIssue/Volume"))
    put_text(parsed, "number", article.findtext("Journal/JournalIssue/Issue"))
    pages = article.find("Pagination")
    put_text(parsed, "pages", None if pages is None else _pages(pages))
    put_language(parsed, article.findtext("Language"))


def _pages(pages: etree._Element) -> str | None:
    """Pages in one text, or the first and the last of them."""
    first, last = pages.findtext("StartPage"), pages.findtext("EndPage")
    parts = f"{first}-{last}" if first and last and first != last else first
    return pages.findtext("MedlinePgn") or parts


def _put_dates(
    parsed: Parsed, root: etree._Element, citation: etree._Element, article: etree._Element
) -> None:
    online = [_day(part) for part in article.iterfind("ArticleDate")]
    issue = (
        _day(article.find("Journal/JournalIssue/PubDate"))
        or _day(article.find("ContributionDate"))  # of a chapter, years apart from its book
        or _day(article.find("Book/PubDate"))
    )
    put_date(parsed, "print", issue)
    for day in online:
        put_date(parsed, "online", day)
    put_published(parsed, most_exact([issue, *online]))
    put_date(parsed, "updated", _day(citation.find("DateRevised")))
    for part in root.iterfind("PubmedData/History/PubMedPubDate"):
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
    return str(_MONTHS.index(short) + 1) if short in _MONTHS else None


def _put_subjects(parsed: Parsed, citation: etree._Element, article: etree._Element) -> None:
    headings = citation.iterfind("MeshHeadingList/MeshHeading/DescriptorName")
    put_categories(parsed, "mesh", [part.text for part in headings])
    put_texts(
        parsed, "keywords", [inner(part) for part in citation.iterfind("KeywordList/Keyword")]
    )
    types = [part.text for part in article.iterfind("PublicationTypeList/PublicationType")]
    put_work_type(parsed, types)


def _put_relations(parsed: Parsed, citation: etree._Element) -> None:
    for part in citation.iterfind("CommentsCorrectionsList/CommentsCorrections"):
        kind = _RELATIONS.get(part.get("RefType", ""))
        if kind:
            put_relation(parsed, kind, "pmid", part.findtext("PMID"))


def _references(root: etree._Element, citation: etree._Element) -> Iterator[Reference]:
    """The list of references; of older files, which had none, the articles marked as cited."""
    references = root.findall("PubmedData/ReferenceList//Reference")
    for part in references:
        parts = parts_of(part)
        ids_by_type = {own.get("IdType"): own.text for own in parts.get("ArticleIdList", ())}
        own = {"doi": ids_by_type.get("doi"), "pmid": ids_by_type.get("pubmed")}
        yield Reference(own, partial(inner, parts.get("Citation")))
    for part in citation.iterfind("CommentsCorrectionsList/*[@RefType='Cites']"):
        if not references:
            yield Reference({"pmid": part.findtext("PMID")}, part.findtext("RefSource"))


PUBMED = Feed(
    "pubmed",
    about="MEDLINE and PubMed as XML, with deletions",
    files=("*.xml",),
    split=split,
    parse=parse,
    breaks={"*": (b"</PubmedArticle>", b"</PubmedBookArticle>")},
)
