"""Ids of papers in their one canonical spelling. What cannot be an id is none, nothing made up."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from operator import mul
from urllib.parse import quote, unquote

KEEPERS = {
    "doi": ("DOI", "https://doi.org/"),
    "arxiv_id": ("arXiv", "https://arxiv.org/abs/"),
    "acl_id": ("ACL Anthology", "https://aclanthology.org/"),
    "pmid": ("PubMed", "https://pubmed.ncbi.nlm.nih.gov/"),
    "openalex_id": ("OpenAlex", "https://openalex.org/"),
}
"""Who keeps the ids of a scheme, and the address before an id."""


def address(scheme: str, identifier: str) -> str | None:
    """Of a paper at the keeper of a scheme of ids; None where we know none, or signs are hidden."""
    _, place = KEEPERS.get(scheme, ("", None))
    is_plain = identifier.isprintable()
    return place + quote(identifier, safe="/.:;()") if place and is_plain else None


@dataclass(frozen=True)
class ArxivId:
    """An arXiv id without its version, and the version if one was named."""

    id: str
    version: int | None


# Archives that gave out ids before April 2007 (arxiv.org/category_taxonomy and their forerunners).
_OLD_ARCHIVES = frozenset(
    [
        "acc-phys",
        "adap-org",
        "alg-geom",
        "ao-sci",
        "astro-ph",
        "atom-ph",
        "bayes-an",
        "chao-dyn",
        "chem-ph",
        "cmp-lg",
        "comp-gas",
        "cond-mat",
        "cs",
        "dg-ga",
        "funct-an",
        "gr-qc",
        "hep-ex",
        "hep-lat",
        "hep-ph",
        "hep-th",
        "math",
        "math-ph",
        "mtrl-th",
        "nlin",
        "nucl-ex",
        "nucl-th",
        "patt-sol",
        "physics",
        "plasm-ph",
        "q-alg",
        "q-bio",
        "quant-ph",
        "solv-int",
        "supr-con",
    ]
)
_ARXIV_PREFIX = re.compile(
    r"(?:(?:https?://)?(?:[a-z]+\.)*(?:arxiv|alphaxiv|ar5iv)\.org"
    r"/(?:abs|pdf|html|format|e-print|ps|overview)/"
    r"|(?:https?://)?ar5iv\.labs\.arxiv\.org/html/"
    r"|(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/(?:arxiv\.)?"
    r"|(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/papers/"
    r"|oai:arxiv\.org:|arxiv[:.]?\s*)",
)
_ARXIV_NEW = re.compile(r"(\d\d)(\d\d)\.(\d{4,5})(?:v(\d{1,3}))?")
_ARXIV_OLD = re.compile(r"([a-z-]+)(?:\.[a-z-]{2,12})?/(\d\d)(\d\d)(\d{3})(?:v(\d{1,3}))?")
_FIVE_DIGITS_SINCE = (15, 1)
_NEW_SINCE = (7, 4)
_OLD_SINCE_YEAR = 91

_DOI_PREFIX = re.compile(
    r"[\[(<]?(?:(?:https?:/{1,2})?(?:dx\.|www\.)?doi\.org/+|urn:doi:|info:doi/|doi[:=]?\s*)",
    re.IGNORECASE,
)
# What exporters tell behind a DOI: what it is, or when the paper was online.
_NOTE_BEHIND = re.compile(
    r"(?:(?<!\s)\s+[\[(][^\])]*[\])]?|\.?(?<!\s)\s+(?:e-?pub|pmid|pmcid)\b.*)$",
    re.IGNORECASE | re.DOTALL,
)
_SPACED = re.compile(r"^(10\.\d{4,9})\s*/\s+|^(10\.\d{4,9})\s+/\s*")
# A tag that an exporter of XML or HTML left behind it.
_TAG_BEHIND = re.compile(r"</[A-Za-z]+>\s*$")
_DOI_BEHIND = re.compile(r"\s*[\[(]\s*(?:doi|pii)\s*[\])]\s*\.?\s*$", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# Of an address from which a DOI was copied: the form of the page, and how it was come by.
_FORMS = ("/full/html", "/full/pdf", "/full", "/fulltext", "/abstract", "/pdf", "/epdf")
_QUERY = re.compile(r"\?[a-z_]+=[^?\s]*$|#[a-z]{3,}[a-z-]*\d*$", re.IGNORECASE)
# Hyphens, dashes, minus and slashes that word processors write for the signs that DOIs have.
_SIGNS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-") | dict.fromkeys("\u2044\u2215", "/")
)
# As almost all of them come: nothing has to be taken away or changed but capitals.
_PLAIN_DOI = re.compile(r"10\.[0-9]{4,9}/[A-Za-z0-9./_:;()-]{0,200}[A-Za-z0-9]")
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\x00-\x1f\x7f]+")
_LONGEST = 2048  # signs of an address or a DOI; the longest known DOIs are under 300
_CLOSING = {")": "(", "]": "[", "}": "{", ">": "<"}
_OPENING = "<([{\"'“‘ "

_ORCID = re.compile(
    r"(?:https?://orcid\.org/)?(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dX])",
    re.IGNORECASE | re.ASCII,
)
_ORCID_WEIGHTS = tuple(2**power for power in range(15, 0, -1))
_ORCID_ZEROS = sum(_ORCID_WEIGHTS) * ord("0")

_PMID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)"
    r"|pmid:?\s*)?([1-9]\d{0,8})/?",
    re.IGNORECASE,
)

# Since 2020 `year.venue-volume.number`, before that a letter, two digits of the year, a number.
_ACL = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:aclanthology\.org|aclweb\.org/anthology)/)?"
    r"(?:(\d{4}\.[a-z0-9]+-[a-z0-9]+\.\d{1,4})|([a-z]\d\d-\d{4,5}))(?:v\d+)?(?:\.pdf)?/?",
    re.IGNORECASE,
)
# As almost all of them come.
_PLAIN_OPENALEX = re.compile(r"https://openalex\.org/(W[1-9][0-9]{0,12})")
_OPENALEX = re.compile(r"(?:(?:https?://)?(?:api\.)?openalex\.org/(?:works/)?)?(w[1-9]\d{0,12})/?",
                       re.IGNORECASE)  # fmt: skip
_S2 = re.compile(
    r"(?:(?:https?://)?api\.semanticscholar\.org/)?(?:corpusid:\s*)?([1-9]\d{0,11})/?",
    re.IGNORECASE,
)
_PMCID = re.compile(r"(?:pmc-?id:?\s*)?(pmc[1-9]\d{0,8})(?:\.\d+)?[/;]?", re.IGNORECASE)

# Ids within addresses of pages. A library's proxy puts its own address around another, or joins
# its name to that of the host with hyphens for dots (doi-org.proxy.example).
_WITHIN_PROXY = re.compile(r"https?://[^?#]+\?(?:[^#]*&)?q?url=(https?(?::|%3A).+)", re.IGNORECASE)
_AT_RESOLVER = re.compile(
    r"https?://(?:(?:dx|www)[.-])?doi[.-]org(?:\.[\w.-]+)?(?::\d+)?/+(?P<doi>10\.[^?#]+)",
    re.IGNORECASE,
)
# Words of publishers' paths behind which the DOI of the paper itself stands: that of a whole book
# ("/book/10.…"), a table of contents or a figure stands behind others.
_AT_PUBLISHER = re.compile(
    r"https?://(?:[^/?#]+/)(?:[^/?#]+/){0,4}?"
    r"(?:doi|abs|abstract|full|fulltext|pdf|epdf|pdfplus|pdfdirect|html|articles?|chapter|content"
    r"|stable)/(?P<doi>10\.\d{4,9}(?:/|%2F)[^?#]+)"
    r"|https?://[^?#]+\?(?:[^#]*&)?(?:id|doi)=(?P<told>10\.\d{4,9}(?:/|%2F)[^&#]+)",
    re.IGNORECASE,
)
# What publishers set behind it, to name a form or a part of the paper; several may follow.
_FORM_OF_PAGE = re.compile(
    r"/(?:full|fulltext|full-text|abstract|summary|pdf|epdf|html|meta|references)$"
    r"|/(?:figures|tables|suppl_file)(?:/.*)?$|;jsessionid=.*$"
    r"|\.(?:full|abstract|short|long|pdf|html)$|\+html$|/$",
    re.IGNORECASE,
)
# A figure, table or supplement of PLOS has a DOI of its own.
_PART_OF_PAPER = re.compile(r"10\.1371(?:/|%2F).+\.[gst]\d{3}", re.IGNORECASE)
# One platform numbers its pages behind the DOI, and may repeat the title behind the number.
_OF_NUMBERED = re.compile(r"https?://(?:academic\.oup\.com|direct\.mit\.edu)/", re.IGNORECASE)
_NUMBERED = re.compile(r"(10\.[^/]+/[^/]+(?:/[^/]+)*?)/\d{5,9}(?:/[^/]*)?")
_AT_PUBMED = re.compile(
    r"https?://(?:(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/"
    r"|(?:www\.)?europepmc\.org/(?:article|abstract)/med/"
    r"|(?:www\.)?ncbi\.nlm\.nih\.gov/entrez/[^#]*[?&]list_uids=)([1-9]\d{0,8})(?!\d)",
    re.IGNORECASE,
)
_AT_PMC = re.compile(
    r"https?://(?:(?:www\.)?ncbi\.nlm\.nih\.gov/pmc/articles/|pmc\.ncbi\.nlm\.nih\.gov/articles/"
    r"|(?:www\.)?europepmc\.org/(?:articles?|abstract)/(?:pmc/)?)(?:pmc)?([1-9]\d{0,8})(?!\d)",
    re.IGNORECASE,
)
_AT_ARXIV = re.compile(
    r"https?://(?:(?:[a-z]+\.)?(?:arxiv|alphaxiv|ar5iv)\.org/(?:abs|pdf|html|overview)/"
    r"|ar5iv\.labs\.arxiv\.org/html/|(?:www\.)?(?:huggingface\.co|hf\.co)/papers/)",
    re.IGNORECASE,
)
_AT_ACL = re.compile(
    r"https?://(?:www\.)?(?:aclanthology\.org|aclweb\.org/anthology)/", re.IGNORECASE
)
_AT_OPENALEX = re.compile(r"https?://(?:api\.)?openalex\.org/(?:works/)?W\d", re.IGNORECASE)
_AT_S2 = re.compile(r"https?://api\.semanticscholar\.org/CorpusID:\d", re.IGNORECASE)


def arxiv(text: str) -> ArxivId | None:
    """The arXiv id that `text` spells, or none.

    Takes ids of both styles, with version, prefix `arXiv:`, address (abs, pdf, html), or the DOI
    `10.48550/arXiv.…`, in any case and width. The subject class of old ids (`math.GT/…`) goes,
    arXiv counts within the archive. Months that are none, numbers of the wrong length and archives
    that never were have no reading. Source: arXiv, "Understanding the arXiv identifier".
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    plain = plain.split("?", 1)[0].split("#", 1)[0].strip()
    prefix = _ARXIV_PREFIX.match(plain)
    if prefix:
        plain = plain[prefix.end() :].strip()
    plain = plain.removesuffix("/").removesuffix(".pdf")
    return _new_style(plain) or _old_style(plain)


def _new_style(plain: str) -> ArxivId | None:
    match = _ARXIV_NEW.fullmatch(plain)
    if not match:
        return None
    when = (int(match[1]), int(match[2]))
    length = 5 if when >= _FIVE_DIGITS_SINCE else 4
    if not _is_month(when[1]) or when < _NEW_SINCE or len(match[3]) != length or not int(match[3]):
        return None
    return _with_version(f"{match[1]}{match[2]}.{match[3]}", match[4])


def _old_style(plain: str) -> ArxivId | None:
    match = _ARXIV_OLD.fullmatch(plain)
    if not match or match[1] not in _OLD_ARCHIVES or not _is_month(int(match[3])):
        return None
    year, month = int(match[2]), int(match[3])
    if not (year >= _OLD_SINCE_YEAR or (year, month) < _NEW_SINCE) or not int(match[4]):
        return None
    return _with_version(f"{match[1]}/{match[2]}{match[3]}{match[4]}", match[5])


def _with_version(plain: str, version: str | None) -> ArxivId | None:
    if version is None:
        return ArxivId(plain, None)
    return ArxivId(plain, int(version)) if int(version) else None


def _is_month(month: int) -> bool:
    return 1 <= month <= 12  # noqa: PLR2004 - months


def doi(text: str) -> str | None:
    """The DOI that `text` spells, in lower case and without resolver, or none.

    Percent escapes are read; what catalogues set before and behind it goes ("DOI: https://doi.org/",
    "[doi]"), and closing punctuation that belongs to the sentence around it, brackets only if they
    were not opened within. DOIs ignore case (ISO 26324).
    """
    if _PLAIN_DOI.fullmatch(text):
        plain = text.lower()
        return _without_form(plain) if plain.endswith(_FORMS) else plain
    plain = unicodedata.normalize("NFKC", text.translate(_SIGNS)).strip()
    while prefix := _DOI_PREFIX.match(plain):
        plain = plain[prefix.end() :].strip()
    if plain.endswith(("]", ")", ".")):
        plain = _DOI_BEHIND.sub("", plain)
    if "%" in plain and _ESCAPE.search(plain):
        plain = unquote(plain).strip()
    if len(plain) > _LONGEST:
        return None
    plain = _SPACED.sub(r"\1\2/", _TAG_BEHIND.sub("", plain.lstrip(_OPENING)))
    plain = _QUERY.sub("", _NOTE_BEHIND.sub("", plain))
    plain = _without_form(_without_closing(plain).lower())
    return plain if _DOI.fullmatch(plain) else None


def _without_form(plain: str) -> str:
    """A DOI without the form of the page from whose address it was copied."""
    if not plain.endswith(_FORMS):
        return plain
    rest = plain.removesuffix(next(form for form in _FORMS if plain.endswith(form)))
    return rest if "/" in rest else plain


# What servers add to a work's DOI to name one of its versions (their own help pages).
_VERSIONS = (
    (("10.1101/", "10.64898/"), re.compile(r"v\d+(?:\.(?:full|abstract))?(?:\.pdf|-text)?$")),
    (("10.12688/", "10.3310/nihropenres"), re.compile(r"(?<=\d)\.\d{1,2}$")),
    (
        ("10.31234/", "10.31219/", "10.31235/", "10.35542/", "10.31222/", "10.31730/", "10.17605/"),
        re.compile(r"_?v\d+$"),
    ),
    (("10.7287/",), re.compile(r"(?<=\d)v\d+$")),
    (
        ("10.21203/", "10.20944/", "10.26434/", "10.22541/", "10.36227/", "10.6084/", "10.2196/",
         "10.14293/", "10.33774/", "10.32388/", "10.48550/", "10.5194/", "10.1590/"),
        re.compile(r"[./-]v\d+$|(?<=\d)v\d+$"),
    ),
)  # fmt: skip


def work_doi(plain: str) -> str:
    """A normalised DOI without the ending by which its server names a version of the work."""
    for prefixes, version in _VERSIONS:
        if plain.startswith(prefixes):
            return version.sub("", plain)
    return plain


def _without_closing(plain: str) -> str:
    while plain:
        last = plain[-1]
        unopened = last in _CLOSING and plain.count(_CLOSING[last]) < plain.count(last)
        if last not in ".,;:'\"”’\\" and not unopened:
            break
        plain = plain[:-1]
    return plain


def arxiv_of_doi(plain: str) -> ArxivId | None:
    """The arXiv id that stands in a normalised DOI of arXiv, or none for all other DOIs."""
    return arxiv(plain) if plain.startswith("10.48550/arxiv.") else None


def pmid(text: str) -> str | None:
    """The PubMed id that `text` spells (bare, `PMID:` or address), or none."""
    match = _PMID.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return match[1] if match else None


def of_address(link: str) -> dict[str, str]:
    """The ids of a paper that stand in the address of its page: scheme → id.

    Resolvers, publishers, PubMed, PubMed Central, Europe PMC, arXiv and its readers, the ACL
    Anthology, OpenAlex and Semantic Scholar put them there, also behind the proxy of a library.
    """
    if len(link) > _LONGEST:
        return {}
    proxied = _WITHIN_PROXY.match(link)
    link = unquote(proxied[1]) if proxied else link
    pubmed, central = _AT_PUBMED.match(link), _AT_PMC.match(link)
    own = arxiv(link) if _AT_ARXIV.match(link) else None
    found = {
        "doi": _doi_of_address(link),
        "pmid": pubmed[1] if pubmed else None,
        "pmcid": f"PMC{central[1]}" if central else None,
        "arxiv_id": f"{own.id}v{own.version}" if own and own.version else own and own.id,
        "acl_id": acl(link) if _AT_ACL.match(link) else None,
        "openalex_id": openalex(link) if _AT_OPENALEX.match(link) else None,
        "s2_id": s2(link) if _AT_S2.match(link) else None,
    }
    return {scheme: value for scheme, value in found.items() if value}


def _doi_of_address(link: str) -> str | None:
    if "10." not in link:
        return None
    resolved = _AT_RESOLVER.match(link)
    if resolved:
        return doi(resolved["doi"])
    match = _AT_PUBLISHER.match(link)
    if not match or _PART_OF_PAPER.fullmatch(match["told"] or ""):
        return None
    plain, longer = match["doi"] or match["told"], ""
    while plain != longer:
        longer, plain = plain, _FORM_OF_PAGE.sub("", plain, count=1)
    numbered = _NUMBERED.fullmatch(plain) if _OF_NUMBERED.match(link) else None
    return doi(numbered[1] if numbered else plain)


def acl(text: str) -> str | None:
    """The ACL Anthology id that `text` spells (bare or address, any case), or none.

    Old ids are in upper case (`P06-1001`), new ones in lower case (`2020.acl-main.1`).
    """
    match = _ACL.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not match:
        return None
    return match[1].lower() if match[1] else match[2].upper()


def openalex(text: str) -> str | None:
    """The OpenAlex work id that `text` spells (bare or address), as `W123`, or none."""
    if plain := _PLAIN_OPENALEX.fullmatch(text):
        return plain[1]
    match = _OPENALEX.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return match[1].upper() if match else None


def pmcid(text: str) -> str | None:
    """The PubMed Central id that `text` spells, without version, as `PMC123`, or none."""
    match = _PMCID.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return match[1].upper() if match else None


def s2(text: str) -> str | None:
    """The Semantic Scholar corpus id that `text` spells (bare or `CorpusID:`), or none."""
    match = _S2.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return match[1] if match else None


def orcid(text: str) -> str | None:
    """The ORCID iD that `text` spells, as four groups of four, or none.

    The last sign checks the others (ISO 7064, MOD 11-2).
    """
    match = _ORCID.fullmatch(text.strip())
    if not match:
        return None
    groups = match.groups()
    signs = "".join(groups).upper()
    total = sum(map(mul, _ORCID_WEIGHTS, signs.encode())) - _ORCID_ZEROS
    return "-".join(groups).upper() if signs[-1] == "0123456789X"[(12 - total) % 11] else None
