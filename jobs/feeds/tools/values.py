"""From delivered values to columns: each puts one value into `Parsed`, or says what is wrong.

The same division everywhere. A value of the wrong type is an error: the record is not of the shape
that the format promises. A value of the right type that cannot be true (an impossible date, a
misspelt id) becomes null with a warning that names it. Null and blank text mean "not given".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ftfy import fix_encoding
from ftfy.badness import is_bad

from jobs.feeds.core import Parsed
from jobs.feeds.tools.json_text import kind
from jobs.text import ids
from jobs.text.text import clean_text
from jobs.text.titles import NOTICES, of_type

_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_PART = re.compile(r"(\d{4})(?:-(\d{2}))?")
_IN_PARTS = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")
_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
# Begins with one class of characters, which are found many times faster than alternatives.
_MAY_BE_WRONG = re.compile(r"[^\x00-\x7f](?:[^\x00-\x7f]|(?<=[\xc2-\xdf]) |(?<=[\x80-\x9f]))")
# What stands further than two signs from all that are not ASCII makes no text look wrong.
_AMID_ASCII = re.compile(r"(?<=[\x00-\x7f]{2})[\x00-\x7f]+(?=[\x00-\x7f]{2})")
# Of several DOIs in one field the first counts.
_ANOTHER_DOI = re.compile(
    r"(?<![\s;,])[\s;,]+(?=(?:doi:?\s*|https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/)", re.IGNORECASE
)
_NO_NAME = re.compile(
    r"[\W_]*|et al\.?|\[no author[^\]]*\]|\[?anon(?:ymous|\.)?\]?"
    r"|[(\[]?(?:no authors? (?:name )?(?:available|listed)|author name not available)[)\]]?"
    r"|n/a|null|none|unknown(?: authors?)?|(?-i:nan|NaN)",
    re.IGNORECASE,
)
_NO_NAME_BEGINS = frozenset(["et", "no", "an", "n/", "nu", "na", "un", "au"])
_RETRACTED = ("retracted publication", "retracted")
_AUTHOR = ("name", "orcid", "affiliation")
_REGION = re.compile(r"[-_]")
_SHOWN = 80
_SHORT = 100  # characters of a name that is read once for all the records in which it stands
# "Abstract" with a mark, in capitals, or before a word that opens a sentence or a section: others
# ("Abstract interpretation", "Abstract Meaning Representation") are words of the abstract.
_OPENERS = (
    "We|Our|The|This|These|That|Those|In|On|For|A|An|It|As|At|To|With|There|Here|Using|By|From|When"
    "|While|Although|Despite|Recent|Recently|Background|Objectives?|Purpose|Aims?|Introduction"
    "|Methods?|Results?|Context|Importance|Motivation|Summary|Significance|Rationale"
)
_ABSTRACT = "abstract|summary|resumen|resumo|r[ée]sum[ée]|zusammenfassung|kurzfassung|riassunto"
_HEADING = re.compile(
    rf"\s*(?:(?i:{_ABSTRACT})\s*[:.\u2014\u2013-]+\s*(?=\S)|ABSTRACT\s*(?=[A-Z][a-z]|[A-Z]\s)"
    rf"|Abstract\s+(?=(?:{_OPENERS})\b)|(?i:unlabelled)\s*:\s*(?=\S))"
)
# The word alone in the line above the abstract.
_HEADING_LINE = re.compile(rf"\s*(?:{_ABSTRACT})[ \t]*(?:\r?\n)+\s*(?=\S)", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"[\[(]?\s*(?:no abstract(?: is)?(?: available| provided| found)?"
    r"|an abstract is not available for this (?:content|article).*"
    r"|(?:abstract (?:is )?)?not (?:available|provided)|abstract (?:unavailable|missing)"
    r"|n\.?/?a\.?|none|null|nan|-+)\s*[\])]?\s*\.?",
    re.IGNORECASE,
)
# What a publisher's page has around an abstract, where an index took the page for it.
_PAGE_BEFORE = re.compile(
    r"\A(?P<text>.{0,3000}?)\s*(?:Tools\s*)?Add to favorites\s*Download Citations?\s*"
    r"Track Citations?.{0,300}?Linked ?In(?:\s*E-?mail)?\s*",
    re.IGNORECASE | re.DOTALL,
)
_PAGE_BEHIND = re.compile(
    r"\s*(?:Previous (?:article|book|chapter)\s?Next (?:article|book|chapter)"
    r"|Figures\s?References\s?(?:Recommended|Related)\s?Details).*\Z",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE_ENDS = (".", "!", "?", "。")
_LEAST_WORDS = 5  # of a sentence: what is shorter is a heading of the page
# ISO 639-2 → 639-1, for languages that papers are written in.
_TWO_LETTERS = {
    "afr": "af", "alb": "sq", "ara": "ar", "arm": "hy", "aze": "az", "baq": "eu", "bos": "bs",
    "bul": "bg", "cat": "ca", "ces": "cs", "chi": "zh", "cze": "cs", "dan": "da", "deu": "de",
    "dut": "nl", "ell": "el", "eng": "en", "est": "et", "eus": "eu", "fas": "fa", "fin": "fi",
    "fra": "fr", "fre": "fr", "geo": "ka", "ger": "de", "gle": "ga", "glg": "gl", "gre": "el",
    "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ice": "is", "ind": "id",
    "isl": "is", "ita": "it", "jpn": "ja", "kat": "ka", "kaz": "kk", "kor": "ko", "lat": "la",
    "lav": "lv", "lit": "lt", "mac": "mk", "may": "ms", "mkd": "mk", "msa": "ms", "nld": "nl",
    "nno": "nn", "nob": "nb", "nor": "no", "per": "fa", "pol": "pl", "por": "pt", "ron": "ro",
    "rum": "ro", "rus": "ru", "slk": "sk", "slo": "sk", "slv": "sl", "spa": "es", "sqi": "sq",
    "srp": "sr", "swe": "sv", "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur", "uzb": "uz",
    "vie": "vi", "zho": "zh",
}  # fmt: skip
_LANGUAGES = {
    "english": "en", "american": "en", "british": "en", "usenglish": "en", "ukenglish": "en",
    "german": "de", "ngerman": "de", "deutsch": "de", "french": "fr", "français": "fr",
    "spanish": "es", "español": "es", "italian": "it", "italiano": "it", "portuguese": "pt",
    "português": "pt", "brazilian": "pt", "dutch": "nl", "russian": "ru", "chinese": "zh",
    "japanese": "ja", "korean": "ko", "polish": "pl", "czech": "cs", "swedish": "sv",
    "danish": "da", "norwegian": "no", "finnish": "fi", "turkish": "tr", "hungarian": "hu",
    "arabic": "ar", "greek": "el", "ukrainian": "uk",
}  # fmt: skip
BIGINT_MAX = 2**63 - 1
_NOTE_MARKS = "☆✩†‡¶*"
# A star or dagger behind a title leads to a note; others (`A*`, `X†`) are a part of its last word.
_NOTE_MARK = re.compile(r"(?:\s*[☆✩]|(?<=[a-z)?.])[†‡¶]|\s+[†‡¶])(?:\s*,?\s*[☆✩†‡¶*])*$")
_BRACKETED = re.compile(r"\s*\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\s*\.?\s*[☆✩†‡¶*]*\s*")
_OFTEN_NUMBERS = frozenset(["volume", "number", "pages"])


def put_text(parsed: Parsed, name: str, value: Any) -> None:
    """Clean text into column `name`; volumes and pages may come as whole numbers."""
    if value is None:
        return
    text = _text(parsed, name, _number_as_text(value) if name in _OFTEN_NUMBERS else value)
    if text and name == "title":
        text = unbracketed(text) if text[0] == "[" else text
        text = _NOTE_MARK.sub("", text) or text if text[-1] in _NOTE_MARKS else text
    if text:
        parsed.fields[name] = text


def _number_as_text(value: Any) -> Any:
    """A whole number as text; whatever else as it is, truth values too."""
    return str(value) if type(value) is int else value


def unbracketed(title: str) -> str:
    """A title without the brackets that catalogues set around one that they translated."""
    match = _BRACKETED.fullmatch(title)
    return match[1].strip() or title if match else title


def put_abstract(parsed: Parsed, value: Any) -> None:
    """Clean text into `abstract`, without "Abstract" or a page around it; placeholders are none."""
    heading = _HEADING_LINE.match(value) if isinstance(value, str) else None
    put_text(parsed, "abstract", value[heading.end() :] if heading else value)
    text = parsed.fields.get("abstract")
    if text:
        text = _without_page(text)
        heading = _HEADING.match(text)
        text = text[heading.end() :] if heading else text
        if not text or _PLACEHOLDER.fullmatch(text):
            del parsed.fields["abstract"]
        else:
            parsed.fields["abstract"] = text


def _without_page(text: str) -> str:
    """What a page's furniture has behind it; if that is nothing, a sentence before it."""
    # Few abstracts have the words, and to look for it takes less than the pattern takes to fail.
    furniture = _PAGE_BEFORE.match(text) if "to favorites" in text.lower() else None
    if not furniture:
        return text
    behind, before = _PAGE_BEHIND.sub("", text[furniture.end() :]), furniture["text"]
    if not behind and before.endswith(_SENTENCE_ENDS) and len(before.split()) >= _LEAST_WORDS:
        return before
    return behind


def put_texts(parsed: Parsed, name: str, value: Any) -> None:
    """A list of texts, cleaned, into column `name`; blank and null entries are left out."""
    if value is None:
        return
    if not isinstance(value, list):
        parsed.errors.append(f"{name} is {kind(value)}, not a list")
        return
    texts = [_text(parsed, name, item, place) for place, item in enumerate(value)]
    parsed.fields[name] = [text for text in texts if text]


def put_authors(parsed: Parsed, value: Any) -> list[int]:
    """Authors in order: a list of names, or of objects with `name`, `orcid`, `affiliation`.

    Returns:
        Places in the list of those that have a name: all others are left out.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        parsed.errors.append(f"authors is {kind(value)}, not a list")
        return []
    each = [
        [item.get(part) for part in _AUTHOR] if isinstance(item, dict) else (item, None, None)
        for item in value
    ]
    return put_author_parts(parsed, each)


def put_author_parts(parsed: Parsed, each: Iterable[Sequence[Any]]) -> list[int]:
    """As `put_authors`, of name, ORCID iD and affiliation of each."""
    authors = [_author(parsed, place, *parts) for place, parts in enumerate(each)]
    places = [place for place, author in enumerate(authors) if _is_name(author["name"])]
    all_named = len(places) == len(authors)
    parsed.fields["authors"] = authors if all_named else [authors[place] for place in places]
    return places


def _is_name(name: str | None) -> bool:
    """Whether a name has a letter or digit (arXiv lists ":") and is no word for having none."""
    if not name:
        return False
    begins_plainly = name[0].isalpha() and name[:2].lower() not in _NO_NAME_BEGINS
    return begins_plainly or not _NO_NAME.fullmatch(name)


def _author(
    parsed: Parsed, place: int, name: Any, orcid: Any, affiliation: Any
) -> dict[str, str | None]:
    author = {
        "name": _author_text(parsed, place, "name", name),
        "orcid": None if orcid is None else _author_text(parsed, place, "orcid", orcid),
        "affiliation": None
        if affiliation is None
        else _author_text(parsed, place, "affiliation", affiliation),
    }
    text = author["orcid"]
    if text:
        author["orcid"] = ids.orcid(text)
        if not author["orcid"]:
            parsed.warnings.append(f"authors[{place}].orcid is none: {_short(text)}")
    return author


def _author_text(parsed: Parsed, place: int, part: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value.isascii():
            return clean_text(value) or None
        text, was_wrong = read_name(value)
        if not was_wrong:
            return text
    return _text(parsed, f"authors[{place}].{part}", value)


def put_whole(
    parsed: Parsed, name: str, value: Any, least: int = 0, most: int = BIGINT_MAX
) -> None:
    """A whole number from `least` to `most` into column `name`."""
    if value is None:
        return
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        parsed.errors.append(f"{name} is {kind(value)}, not a whole number")
    elif least <= value <= most:
        parsed.fields[name] = value
    else:
        parsed.warnings.append(f"{name} cannot be {value}")


def put_day(parsed: Parsed, name: str, value: Any) -> None:
    """The UTC day of an ISO date or time into column `name`, and into `dates` by its kind."""
    partial = _partial_date(parsed, name, value)
    if partial and partial.precision == "day":
        parsed.fields[name] = partial.day
        _add_date(parsed, name.removesuffix("_on"), partial)
    elif partial:
        parsed.warnings.append(f"{name} is no date: {value}")


def put_published(parsed: Parsed, value: Any) -> None:
    """The publication date: a day, a month (`2019-05`) or a year, into `published_on` and `dates`.

    Of months and years it is the first day; `published_basis` keeps how much was known.
    """
    partial = _partial_date(parsed, "published_on", value)
    if partial:
        parsed.fields["published_on"] = partial.day
        if partial.precision != "day":
            parsed.fields["published_basis"] = f"published {partial.precision}"
        _add_date(parsed, "published", partial)


def put_date(parsed: Parsed, kind: str, value: Any) -> None:
    """A date of another kind (submitted, updated, accepted, …), as exact as it is, into `dates`."""
    partial = _partial_date(parsed, f"date {kind}", value)
    if partial:
        _add_date(parsed, kind, partial)


def date_text(year: Any, month: Any = None, day: Any = None) -> str | None:
    """Parts of a date (numbers or digits; null or blank where not known) as ISO text.

    Nothing is checked here: `put_published` and `put_date` name what cannot be.
    """
    parts: list[str] = []
    for part, width in ((year, 4), (month, 2), (day, 2)):
        text = "" if part is None else str(part).strip()
        if not text:
            break
        parts.append(text.zfill(width))
    return "-".join(parts) or None


class PartialDate(NamedTuple):
    """A date as exact as it was given: of months and years the first day."""

    day: date
    precision: str


@lru_cache(maxsize=20_000)  # there are few days, and a record names some of them more than once
def partial_date(text: str) -> PartialDate | None:
    """What an ISO date or time, a month (`2019-05`) or a year says; None for anything else."""
    part = _PART.fullmatch(text)
    if not part:
        day = _day(text)
        return PartialDate(day, "day") if day else None
    year, month = int(part[1]), int(part[2] or 1)
    if not year or not 1 <= month <= 12:  # noqa: PLR2004 - months
        return None
    return PartialDate(date(year, month, 1), "month" if part[2] else "year")


def most_exact(texts: Iterable[str | None]) -> str | None:
    """Of dates as ISO text those known most exactly, and of these the earliest.

    If none of them can be, the part of one that can: a wrong day does not cost month and year.
    """
    given = [text for text in texts if text]
    dates = [text for text in given if partial_date(text)]
    dates = dates or list(filter(None, map(_sound_part, given)))
    most = max(map(len, dates), default=0)
    return min((text for text in dates if len(text) == most), default=None)


def _sound_part(text: str) -> str | None:
    parts = _IN_PARTS.fullmatch(text)
    candidates = (f"{parts[1]}-{parts[2]:0>2}", parts[1]) if parts else ()
    return next((part for part in candidates if partial_date(part)), None)


def _partial_date(parsed: Parsed, name: str, value: Any) -> PartialDate | None:
    if isinstance(value, str) and (partial := partial_date(value)):
        return partial  # as almost all come
    text = _text(parsed, name, value)
    partial = partial_date(text) if text else None
    if text and not partial:
        parsed.warnings.append(f"{name} is no date: {_short(text)}")
    return partial


def _add_date(parsed: Parsed, kind: str, partial: PartialDate) -> None:
    _add(parsed, "dates", {"kind": kind, "day": partial.day, "precision": partial.precision})


def put_categories(parsed: Parsed, scheme: str, values: Iterable[Any]) -> None:
    """Subject classes of one scheme, as `scheme:class`, behind those that are there already."""
    texts = [_text(parsed, "categories", value) for value in values]
    classes = [f"{scheme}:{text}" for text in texts if text]
    if classes:
        there = parsed.fields.get("categories", ())
        parsed.fields["categories"] = list(dict.fromkeys([*there, *classes]))


def put_other_id(parsed: Parsed, scheme: str, value: Any) -> None:
    """An id of a scheme that has no column of its own, as `scheme:id`, into `other_ids`."""
    text = _text(parsed, f"{scheme} id", value)
    if text:
        _add(parsed, "other_ids", f"{scheme}:{text}")


def put_relation(parsed: Parsed, kind: str, scheme: str, value: Any) -> None:
    """Another work that the record names: how it relates to it, and its id in a scheme."""
    text = _text(parsed, f"relation {kind}", value)
    if text:
        _add(parsed, "relations", {"kind": kind, "scheme": scheme, "id": text})


def _add(parsed: Parsed, name: str, entry: Any) -> None:
    """`entry` behind the others of a list, once."""
    there = parsed.fields.setdefault(name, [])
    if entry not in there:
        there.append(entry)


def put_arxiv(parsed: Parsed, value: Any) -> None:
    """An arXiv id, in any spelling, into `arxiv_id` and `arxiv_version`."""
    text = _text(parsed, "arxiv_id", value)
    if not text:
        return
    arxiv_id = ids.arxiv(text)
    if arxiv_id:
        parsed.fields["arxiv_id"] = arxiv_id.id
        parsed.fields["arxiv_version"] = arxiv_id.version
    else:
        parsed.warnings.append(f"arxiv_id is none: {_short(text)}")


def put_doi(parsed: Parsed, value: Any) -> None:
    """A DOI, in any spelling, into `doi`; a DOI of arXiv gives the arXiv id too."""
    text = _text(parsed, "doi", value)
    if not text:
        return
    first = _ANOTHER_DOI.split(text, maxsplit=1)[0] if text.find("10.", 1) > 0 else text
    doi = ids.doi(first) or ids.doi(text) or ids.of_address(text).get("doi")
    if not doi:
        parsed.warnings.append(f"doi is none: {_short(text)}")
        return
    parsed.fields["doi"] = doi
    arxiv = ids.arxiv_of_doi(doi)
    if arxiv and "arxiv_id" not in parsed.fields:
        parsed.fields["arxiv_id"] = arxiv.id


def put_work_type(parsed: Parsed, types: Iterable[Any]) -> None:
    """Of the kinds of work that a record names the one that says most, into `work_type`.

    That it is a notice says more than that it is an article. A retracted publication is withdrawn.
    """
    names = [name for name in types if name]
    notice = next((name for name in names if isinstance(name, str) and of_type(name) in NOTICES),
                  None)  # fmt: skip
    put_text(parsed, "work_type", notice or next(iter(names), None))
    if any(isinstance(name, str) and name.strip().casefold() in _RETRACTED for name in names):
        parsed.fields["withdrawn_as"] = "retracted"


def put_pmid(parsed: Parsed, value: Any) -> None:
    """A PubMed id, in any spelling, into `pmid`."""
    _put_id(parsed, "pmid", ids.pmid, value)


def put_acl(parsed: Parsed, value: Any) -> None:
    """An ACL Anthology id, in any spelling, into `acl_id`."""
    _put_id(parsed, "acl_id", ids.acl, value)


def put_openalex(parsed: Parsed, value: Any) -> None:
    """An OpenAlex work id, bare or as an address, into `openalex_id`."""
    _put_id(parsed, "openalex_id", ids.openalex, value)


def put_s2(parsed: Parsed, value: Any) -> None:
    """A Semantic Scholar corpus id, digits, into `s2_id`."""
    _put_id(parsed, "s2_id", ids.s2, value)


def put_pmcid(parsed: Parsed, value: Any) -> None:
    """A PubMed Central id, of which some write the digits alone, into `other_ids`."""
    text = _text(parsed, "pmcid", value)
    pmcid = ids.pmcid(f"PMC{text}" if text and text.isdigit() else text) if text else None
    put_other_id(parsed, "pmcid", pmcid)
    if text and not pmcid:
        parsed.warnings.append(f"pmcid is none: {_short(text)}")


def put_ids_of_addresses(parsed: Parsed, links: Iterable[str]) -> None:
    """The ids in addresses of the paper's pages, of schemes of which it has none."""
    puts = {"doi": put_doi, "pmid": put_pmid, "arxiv_id": put_arxiv, "pmcid": put_pmcid,
            "acl_id": put_acl, "openalex_id": put_openalex, "s2_id": put_s2}  # fmt: skip
    for link in links:
        others = {own.partition(":")[0] for own in parsed.fields.get("other_ids", ())}
        for scheme, value in ids.of_address(link).items():
            if scheme not in parsed.fields and scheme not in others:
                puts[scheme](parsed, value)


def _put_id(parsed: Parsed, name: str, parse_id: Callable[[str], str | None], value: Any) -> None:
    # PubMed's ids and their like are numbers, and come as such.
    text = _text(parsed, name, _number_as_text(value))
    if not text:
        return
    identifier = parse_id(text)
    if identifier:
        parsed.fields[name] = identifier
    else:
        parsed.warnings.append(f"{name} is none: {_short(text)}")


def put_language(parsed: Parsed, value: Any) -> None:
    """A language code in lower case, without region (`en-US` → en), of two letters if there is one.

    Codes of three letters are those of ISO 639-2, in both of its spellings (fra and fre).
    """
    text = _text(parsed, "language", value)
    if text:
        code = _REGION.split(text.lower(), maxsplit=1)[0]
        parsed.fields["language"] = _TWO_LETTERS.get(code, code)


def language_code(text: str | None) -> str | None:
    """A language's code, of a name too, of several the first; other words are left to the
    detector.
    """
    word = re.split(r"[;,.]", text or "")[0].strip()
    if re.fullmatch(r"[A-Za-z]{2,3}([-_].*)?", word):
        return word
    return _LANGUAGES.get(word.lower())


def put_url(parsed: Parsed, value: Any) -> None:
    """A web address, as delivered, into `url`."""
    text = _text(parsed, "url", value)
    if text and _URL.fullmatch(text):
        parsed.fields["url"] = text
    elif text:
        parsed.warnings.append(f"url is no web address: {_short(text)}")


def _read(text: str) -> tuple[str | None, bool]:
    """Clean text, None where it is blank, and whether it was decoded wrongly."""
    if text.isascii():
        return clean_text(text) or None, False
    right = _rightly_decoded(text)
    return clean_text(right) or None, right != text


_read_once = lru_cache(maxsize=20_000)(_read)


def read_name(text: str) -> tuple[str | None, bool]:
    """As `_read`, for names of people and places, which stand in many records."""
    # What is ASCII is read as fast as it is found.
    return _read(text) if text.isascii() or len(text) > _SHORT else _read_once(text)


def _text(parsed: Parsed, name: str, value: Any, place: int | None = None) -> str | None:
    """Clean text of a field, or of a place in the list that it is."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii():
        return clean_text(value) or None
    name = name if place is None else f"{name}[{place}]"
    if not isinstance(value, str):
        parsed.errors.append(f"{name} is {kind(value)}, not text")
        return None
    text, was_wrong = _read(value)
    if was_wrong:
        parsed.warnings.append(f"{name} was decoded wrongly and is put right")
    return text


def _rightly_decoded(text: str) -> str:
    """`text` before it was decoded wrongly ("cafÃ©"), where that is certain.

    A letter of several bytes that was read byte by byte leaves two letters in a row that are not
    ASCII, or one before a space that was a no-break space, and quotes of Windows that were read
    as Latin-1 are control characters. Few texts have any of them, and the full test takes longer
    than all other cleaning. Source: Speer (2019), ftfy.
    """
    if not _MAY_BE_WRONG.search(text) or not is_bad(_AMID_ASCII.sub("", text)):
        return text
    return fix_encoding(text)


def _day(text: str) -> date | None:
    match = _DAY.match(text)
    if not match:
        return None
    try:
        if len(text) == match.end():
            return date(int(match[1]), int(match[2]), int(match[3]))
        when = datetime.fromisoformat(text)
        return (when.astimezone(UTC) if when.tzinfo else when).date()
    except (ValueError, OverflowError):
        return None


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
