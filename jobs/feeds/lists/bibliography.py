"""bibliography: what reference managers and databases export, one entry a paper.

RIS, BibTeX and biblatex, PubMed's tagged format (.nbib), Web of Science's (.ciw), EndNote's (.enw)
and RefWorks', told apart by how their entries begin, whatever the file's name. Entries are cut out
one by one, so that a damaged one costs only itself.

A citation key, or the number that a program gives the records of one library, names a record in one
file only: it goes to `other_ids` as `key:…`, and the record has no native id. An accession number
of PubMed or Web of Science is an id of the paper everywhere, and is the native id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from jobs.feeds.core import Broken, Feed, Parsed, Payload
from jobs.feeds.lists import bibtex, tagged
from jobs.feeds.lists.journals import journal_name
from jobs.feeds.tools.authorships import (
    BODY,
    WHOLE_NAME,
    Authorship,
    has_initials_last,
    put_authorships,
)
from jobs.feeds.tools.cited import Reference, put_cited
from jobs.feeds.tools.date_words import combine_dates
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.reading import LeftOut, Unreadable, decode_utf8
from jobs.feeds.tools.tex import tex_plain
from jobs.feeds.tools.values import (
    language_code,
    put_abstract,
    put_arxiv,
    put_doi,
    put_ids_of_addresses,
    put_language,
    put_other_id,
    put_pmcid,
    put_pmid,
    put_published,
    put_relation,
    put_text,
    put_texts,
    put_url,
    put_work_type,
)
from jobs.text import ids
from jobs.text.text import decode_entities

_MOST_FIELD_CHARS = 1_000_000
# An address may hold the signs that part two of them: some DOIs do.
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
# Each run of signs is looked at once: a field may be a million of them.
_NEXT_WEB = re.compile(r"(?<![;,])[;,]+(?=https?://)", re.IGNORECASE)
_SAYS_DOI = re.compile(r"[\s\[]*doi\b", re.IGNORECASE)
_NEXT_NOTE = re.compile(r"; |\] ?\[")
_ARXIV_MENTION = re.compile(
    r"(?:\barXiv(?:\s+e?-?prints?)?[:,\s]\s*|\barXiv\s+pre-?prints?[:,\s]\s*(?:arXiv:)?|^abs/)"
    r"([a-z-]+(?:\.[A-Z]{2})?/\d{7}|\d{4}\.\d{4,5})(v\d+)?",
    re.IGNORECASE,
)
_ARXIV_ALONE = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?")
_OLD_NUMBER = re.compile(r"\d{7}(?:v\d+)?")
_CITED_DOI = re.compile(r"\bDOI \[?(?:DOI )?(10\.[^\s,\]]+)")
_DOI_OF_SOURCE = re.compile(r"\bdoi: (10\.\S+?)\.?(?=\s|$)")
# "PubMed: 2015 to 2019" is what was searched: by that name alone, an id has brackets or is long.
_PMID_MENTION = re.compile(
    r"(?:PMID:?|PubMed ID:|(?<=[\[(])PubMed:(?=\s*\d+\s*[\])])|PubMed:(?=\s*\d{5,9}\b(?!,\d{3}\b)))"
    r"\s*(\d{1,9})\b",
    re.IGNORECASE,
)
_PMCID_MENTION = re.compile(r"PMCID:?\s*(PMC\d{1,9})\b", re.IGNORECASE)
_PUBMED = re.compile(r"pubmed|medline|\bnlm\b", re.IGNORECASE)
# An accession number that says whose it is: "MEDLINE:30303030", "PUBMED 31345601,EMBASE 200…".
_PUBMED_NUMBER = re.compile(
    r"\b(?:pubmed|medline|pmid)\b[:\s]*([1-9]\d{4,7})\b|\b([1-9]\d{0,7})\s*\[(?:pmid|pubmed|uid)\]",
    re.IGNORECASE,
)
_PAPERS = re.compile(r"papers\d?://publication/doi/(10\.[^\s{}]+)")  # the program Papers
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")
_NAMESAKE = re.compile(r"\s0\d{3}$")  # dblp numbers them: "Ada Fern 0001"
_WOS_ADDRESS = re.compile(r"\[([^\]]*)\]\s*(.+)")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|v|2nd|3rd|4th)\.?", re.IGNORECASE)
_SUFFIX_ALONE = re.compile(r"(?:jr|sr|2nd|3rd|4th)\.?", re.IGNORECASE)
# The same behind given names, where a lone letter would be an initial.
_SUFFIX_BEHIND = re.compile(r"(.*\S)\s+((?:jr|sr|ii|iii|iv|2nd|3rd|4th)\.?)", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[ -]?){1,4}")
_INITIALS_FIRST = re.compile(r"(?:[^\W\d_]\.[ -]?)+\s?[^\W\d_][^\d,.]+")
# What authors of BibTeX copied from title pages: thanks, and marks of affiliations.
_FOOTNOTE = re.compile(
    r"\\(?:thanks|footnote(?:mark|text)?|inst|textsuperscript)\s*(?:\[[^\[\]]{0,40}\])?\{[^{}]*\}"
    r"|\\footnotemark\s*(?:\[[^\[\]]{0,40}\])?|\$\s*\^[^$]{1,40}\$"
)
_LINKED = re.compile(r"\\href\s*\{[^{}]*\}\s*\{([^{}]*)\}")
# Two names that are each turned round: `Tern, A. & Kelp, B.`
_AND = re.compile(r"(?<=\.)\s+(?:&|and|AND)\s+(?=[^,]+,[^,]+$)")
_BARE_AND = re.compile(r"(?<!\s)\s+(?:&|and)\s+")
_MAY_TELL = re.compile(
    r"[\d¹²³⁴⁵⁶⁷⁸⁹⁰*†‡§¶#(\[@]|et al|^(?:and|&)\s|\sothers$|,.*,|^(?:prof|dr|mr|ms)", re.IGNORECASE
)
# Forms of address before a name; "DR Fern" has initials.
_TITLES = re.compile(r"^(?:(?:Professor|Prof\.|Drs?\.|Mrs?\.|Ms\.)\s*)+(?=\S)")
_MAIL = re.compile(r"\s*<[^<>\s@]+@[^<>\s]+>")
_WITH_ORCID = re.compile(
    r"[\s,]*[(\[]?\s*(?:ORCID\s*(?:iD)?:?\s*)?(?:https?://orcid\.org/)?\d{4}-\d{4}-\d{4}-\d{3}[\dX]"
    r"\s*[)\]]?",
    re.IGNORECASE,
)
# Behind a name: a role, or a place of several words; one word may be a name ("Robert (Bob)").
_ROLE = re.compile(
    r"(?:co-?)?(?:author|editor|ed\.?|eds\.?|translator|trans\.?|corresponding(?: author)?)",
    re.IGNORECASE,
)
_BRACKETS_BEHIND = re.compile(
    rf"(?<=\S)\s*\(({_ROLE.pattern}|[^()\s]+[\s,][^()]*)\)$", re.IGNORECASE
)
_AROUND = re.compile(r"^(?:and|&)\s+|(?<=\S)[\s,]+(?:et\.? al\.?|and others)$")
_NOTE_MARKS = re.compile(
    r"\s*[¹²³⁴⁵⁶⁷⁸⁹⁰][¹²³⁴⁵⁶⁷⁸⁹⁰,*†‡]*$|\s*[\[(]\d{1,2}(?:,\s*\d{1,2})*[\])]$|\s*[*†‡§¶#]+$|(?:\s+\d{1,2}|(?<=[^\W\d_])\d)(?:\s*,\s*[\d*†‡]{1,2})*\s*[*†‡§¶#]*$"
)
# "Tern, MD" has initials: a degree stands behind given names.
_DEGREES = re.compile(
    r"^([^,]+,[^,]+?(?:,\s*(?:[JS]r|I{1,3}|IV)\.?)?)(?:,\s*(?:Ph\.?\s?D|M\.?D|M\.?P\.?H|M\.?Sc|B\.?Sc|M\.?S|M\.?A|M\.?B\.?A|R\.?N|MBBS"
    r"|Dr\.?\s?med|Pharm\.?D|Dr\.?P\.?H|D\.?D\.?S|D\.?V\.?M|FRCP|FACP|FACS|Prof|Dr)\.?)+$"
)
_BRACED_PERSON = re.compile(r"\{([^{}\s,]+, ?[^{},\s]+(?: [^{},\s]+){0,2})\}")
_OF_BODY = re.compile(
    r"\b(?:inc|ltd|llc|co|corp|gmbh|plc|group|team|lab|labs|company|university|institute)\b", re.I
)
_IN_PARTS = re.compile(
    r"(?:^|,)\s*(family|given|prefix|suffix|(?:family|given|prefix|suffix)-?i|useprefix|hyphen\w*"
    r"|sortingnamekey\w*|uniquename|id|gender)\s*=\s*",
    re.IGNORECASE,
)
_NOT_AVAILABLE = "not available"
_SEPARATOR = re.compile(r"\s*[;,]\s*")
# What parts names: semicolons, also those of Chinese and Japanese, bars and free slashes.
_NEXT_NAME = re.compile(r"[;；、|]|\s//?\s|(?<!:)//")
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_MIN_LISTED = 3
# Commas, an "and" behind one, or an ampersand: whether they part names the parts must tell.
_BETWEEN_NAMES = re.compile(r"\s*[,，]\s*(?:(?:and|&)\s+)?|\s+&\s+|^\s+|\s+$")
_LONGEST_LIST = 100_000  # characters of names in one line
_LONGEST_NAME = 500  # characters, with a place behind it
_MONTH_NUMBER = re.compile(
    r"\s*(\d{1,2})\s*(?:$|\(|[/–-]+\s*\d{1,2}\s*$)"
)  # "12 (Suppl.)", "10--11"
_OF_PUBMED = {
    "RIN": "retracted by", "ROF": "retracts", "EIN": "corrected by", "EFR": "corrects",
    "UIN": "updated by", "UOF": "updates", "RPI": "published as", "RPF": "version of",
    "CRI": "published as", "CRF": "version of", "CON": "comments on", "CIN": "commented on by",
    "ECF": "comments on", "ECI": "commented on by",
}  # fmt: skip


def split(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """The entries, each in its own words; text between entries is no record.

    Raises:
        LeftOut: a text file of no known form. Unreadable: another file of none.
    """
    text = decode_utf8(content).replace("\r\n", "\n").replace("\r", "\n")
    text = tagged.JOINED.sub(r"\1\n", text)
    if tagged.dialect_of(text):
        yield from _tagged_entries(text)
    elif bibtex.START.search(text):
        yield from bibtex.entries_of(text)
    elif text.strip():
        reason = "no entry of RIS, BibTeX, PubMed, Web of Science, EndNote or RefWorks begins in it"
        if name.lower().removesuffix(".gz").endswith(".txt"):
            raise LeftOut(reason)
        raise Unreadable(reason)


def _tagged_entries(text: str) -> Iterator[Payload | Broken]:
    """The entries of the kind that begins first, and what stands between them."""
    dialect = tagged.dialect_of(text)
    for entry in tagged.entries_of(text, dialect) if dialect else ():
        if isinstance(entry, str):
            yield from _between(entry)
        else:
            yield entry


def _between(text: str) -> Iterator[Payload | Broken]:
    """Entries of other kinds among those of one, and what an entry left that lost its end."""
    if tagged.dialect_of(text):
        yield from _tagged_entries(text)
    elif bibtex.SURE.search(text):
        yield from bibtex.entries_of(text)
    elif tagged.is_stray(text) or bibtex.STRAY.search(text):
        yield Broken(text.strip(), "lines of an entry that has no beginning")


def parse(payload: str, options: Mapping[str, str]) -> Parsed:
    """One entry."""
    parsed = Parsed()
    dialect = tagged.dialect_of(payload)
    if len(payload) > _MOST_FIELD_CHARS:
        parsed.errors.append("an entry of more than a million characters")
    elif dialect and (start := dialect.start.search(payload)) and not payload[: start.start()]:
        _TAGGED[dialect.name](parsed, tagged.values_of(payload, dialect))
    else:
        _bib(parsed, payload)
    return parsed


Values = Mapping[str, Sequence[str]]


def _first(values: Values, *tags: str) -> str | None:
    return next((values[tag][0] for tag in tags if values.get(tag)), None)


def _all(values: Values, *tags: str) -> list[str]:
    return [value for tag in tags for value in values.get(tag, ())]


def _lines(values: Values, tag: str) -> str | None:
    """A text that some programs write in several lines, each under the tag anew."""
    return "\n".join(dict.fromkeys(values.get(tag, ()))) or None


def _ris(parsed: Parsed, values: Values) -> None:
    kind = _first(values, "TY") or ""
    titles = ("TI", "T1", "CT", *(("BT", "T2") if kind == "BOOK" else ()), "TT", "ST")
    put_text(parsed, "title", _plain(_first(values, *titles)))
    put_abstract(parsed, _plain(_lines(values, "AB") or _lines(values, "N2")))
    put_authorships(parsed, _names(_all(values, "AU") or _all(values, "A1")))
    meeting = ("C3",) if kind.startswith(("CONF", "CPAPER")) else ()
    series = ("BT", "JF", "JO", "JA", "J2", "J1", "T2", "C3", "T3")
    venue = _first(values, *meeting, "T2", *series)
    if kind == "BOOK":  # its series, unless that is its title
        own = _first(values, *titles)
        venue = next((name for name in _all(values, "T3", "T2") if name != own), None)
    put_text(parsed, "venue", _plain(venue))
    put_text(parsed, "volume", _first(values, "VL", "VO"))
    put_text(parsed, "number", _first(values, "IS", "CP"))
    pages = _pages(_first(values, "SP"), _first(values, "EP"))
    put_text(parsed, "pages", _unless_arxiv(pages) or _first(values, "C7"))
    _put_date(parsed, _all(values, "PY", "DA", "Y1"))
    put_texts(parsed, "keywords", _keywords(_all(values, "KW")) or None)
    put_language(parsed, language_code(_first(values, "LA")))
    put_text(parsed, "work_type", kind)
    links = _links(_all(values, "UR", "L2", "LK", "L1", "L3", "L4"))
    notes = _all(values, "M3", "N1", "L3", "M1", "AN", "DI", "JF", "JO", "JA", "T2", "PB", "VL",
                 "UR", "DO", "SP")  # fmt: skip
    notes += [key for key in _all(values, "ID") if key.endswith("[doi]")]  # as Ovid has it
    _put_ids(parsed, links, notes, _first(values, "DO"))
    _put_accession(parsed, values)
    put_other_id(parsed, "key", _first(values, "ID"))


def _put_accession(parsed: Parsed, values: Values) -> None:
    """Accession numbers: PubMed's where the database is named, Web of Science's by their form.

    Embase gives those of PubMed in C5, Cochrane in C3, Scopus in C2; EndNote and Rayyan have them
    in U1 and its like ("33333001[pmid]").
    """
    number, database = _first(values, "AN"), " ".join(_all(values, "DB", "DP"))
    if "pmid" not in parsed.fields:
        told = _all(values, "AN", "C3", "C5", "U1", "U2", "U3", "U4", "U5")
        said = (m for text in told if (m := _PUBMED_NUMBER.search(text)))
        mention = next((m[1] or m[2] for m in said), None)
        of_pubmed = number if _PUBMED.search(database) else None
        of_embase = _first(values, "C5") if "embase" in database.lower() else None
        candidates = (ids.pmid(text) for text in (mention, of_embase, of_pubmed) if text)
        _put_silently(parsed, put_pmid, next(filter(None, candidates), None))
    if number and number.upper().startswith("WOS:"):
        put_other_id(parsed, "wos", number.upper().removeprefix("WOS:"))
    for value in _all(values, "C2", "U1", "U2", "U3", "U4", "U5"):
        if ids.pmcid(value):
            put_pmcid(parsed, value)
        elif (
            value in values.get("C2", ())
            and "scopus" in database.lower()
            and "pmid" not in parsed.fields
        ):
            _put_silently(parsed, put_pmid, ids.pmid(value))


def _medline(parsed: Parsed, values: Values) -> None:
    pmid = _first(values, "PMID")
    put_pmid(parsed, pmid)
    parsed.fields["native_id"] = parsed.fields.get("pmid")
    title = _first(values, "TI", "BTI")
    if not title or title.strip(" .[]").casefold() == _NOT_AVAILABLE:
        title = _first(values, "TT") or title
    put_text(parsed, "title", _plain(title))
    put_abstract(parsed, _plain(_first(values, "AB", "OAB")))
    people = _medline_authors(values)
    put_authorships(parsed, [*people, *map(Authorship, values.get("CN", ()))])
    book = _first(values, "BTI") if values.get("TI") else None
    put_text(parsed, "venue", _first(values, "JT", "TA") or book)
    for name, tag in (("volume", "VI"), ("number", "IP"), ("pages", "PG")):
        put_text(parsed, name, _first(values, tag))
    _put_date(parsed, _all(values, "DP", "DEP"))
    stated = [value.removesuffix("[doi]").strip() for value in _all(values, "LID", "AID")
              if value.endswith("[doi]")]  # fmt: skip
    of_source = _DOI_OF_SOURCE.search(_first(values, "SO") or "")
    put_doi(parsed, stated[0] if stated else of_source and of_source[1])
    put_pmcid(parsed, _first(values, "PMC"))
    put_language(parsed, language_code(_first(values, "LA")))
    types = values.get("PT", ())
    put_work_type(parsed, types)
    put_texts(parsed, "keywords", list(values.get("OT", ())) or None)
    parsed.fields["categories"] = [
        f"mesh:{heading.partition('/')[0].strip('*')}" for heading in values.get("MH", ())
    ]
    for tag, kind in _OF_PUBMED.items():
        for value in values.get(tag, ()):
            if other := _PMID_MENTION.search(value):
                put_relation(parsed, kind, "pmid", other[1])
    if "pmid" in parsed.fields:
        put_url(parsed, f"https://pubmed.ncbi.nlm.nih.gov/{parsed.fields['pmid']}/")


def _medline_authors(values: Values) -> list[Authorship]:
    """Authors of PubMed, with the ORCID iD of whom one stands behind."""
    if not values.get("FAU"):
        return _names(values.get("AU", ()))
    author_ids = [*values.get("AUID", ()), *[""] * len(values["FAU"])]
    return [
        author._replace(orcid=ids.orcid(own.rpartition("ORCID:")[2]) if "ORCID:" in own else None)
        for name, own in zip(values["FAU"], author_ids, strict=False)
        for author in _names([name])
    ]


def _wos(parsed: Parsed, values: Values) -> None:
    put_text(parsed, "title", _plain(_first(values, "TI")))
    put_abstract(parsed, _plain(_first(values, "AB")))
    put_authorships(parsed, [*_wos_authors(values), *map(Authorship, values.get("CA", ()))])
    put_text(parsed, "venue", _first(values, "SO", "CT", "SE", "JI", "J9"))
    put_text(parsed, "volume", _first(values, "VL"))
    put_text(parsed, "number", _first(values, "IS"))
    put_text(parsed, "pages", _pages(_first(values, "BP"), _first(values, "EP"))
             or _first(values, "AR"))  # fmt: skip
    _put_date(parsed, _all(values, "PY", "PD", "EA"))
    put_texts(parsed, "keywords", _keywords(values.get("DE", ())) or None)
    put_language(parsed, language_code(_first(values, "LA")))
    put_work_type(parsed, (_first(values, "DT", "PT") or "").split("; "))
    put_doi(parsed, _first(values, "DI"))
    if "doi" not in parsed.fields:
        _put_ids(parsed, _links(_all(values, "DL")), (), None)
    own = _first(values, "UT")
    base, _, number = (own or "").upper().rpartition(":")
    put_pmid(parsed, _first(values, "PM") or (number if base == "MEDLINE" else None))
    put_text(parsed, "native_id", own)
    if own and base != "MEDLINE":  # the id of another base than its own
        put_other_id(parsed, "wos", own.upper().removeprefix("WOS:"))
    put_cited(parsed, map(_reference, values.get("CR", ())))


def _reference(line: str) -> Reference:
    """A line of cited references: first author, year, source, volume, page, DOI or several."""
    found = _CITED_DOI.search(line)
    return Reference({"doi": found[1] if found else None}, line)


def _refer(parsed: Parsed, values: Values) -> None:
    put_text(parsed, "title", _plain(_first(values, "T")))
    put_abstract(parsed, _plain(_lines(values, "X")))
    put_authorships(parsed, _names(values.get("A", ())))
    put_text(parsed, "venue", _plain(_first(values, "J", "B", "S")))
    for name, tag in (("volume", "V"), ("number", "N"), ("pages", "P")):
        put_text(parsed, name, _first(values, tag))
    _put_date(parsed, _all(values, "D", "8"))
    put_texts(parsed, "keywords", _keywords(values.get("K", ())) or None)
    put_language(parsed, language_code(_first(values, "G")))
    put_text(parsed, "work_type", _first(values, "0"))
    notes = _all(values, "M", "Z", "J", "V")
    _put_ids(parsed, _links(_all(values, "U", ">")), notes, _first(values, "R"))
    for value in _all(values, "2", "M"):
        put_pmcid(parsed, value if ids.pmcid(value) else None)
    number = _first(values, "M")
    if number and "pmid" not in parsed.fields and _PUBMED.search(" ".join(_all(values, "W", "~"))):
        _put_silently(parsed, put_pmid, ids.pmid(number))
    put_other_id(parsed, "key", _first(values, "F"))


_OF_REFWORKS = {
    "RT": "TY", "A1": "AU", "YR": "PY", "FD": "DA", "OP": "EP", "K1": "KW", "NO": "N1",
    "UL": "UR", "LK": "UR",
}  # fmt: skip


def _refworks(parsed: Parsed, values: Values) -> None:
    """Tags of RefWorks, of which most are those of RIS."""
    tags: dict[str, list[str]] = {}
    for tag, own in values.items():
        tags.setdefault(_OF_REFWORKS.get(tag, tag), []).extend(own)
    _ris(parsed, tags)


_TAGGED: Mapping[str, Callable[[Parsed, Values], None]] = {
    "RIS": _ris, "MEDLINE": _medline, "Web of Science": _wos, "Refer": _refer,
    "RefWorks": _refworks,
}  # fmt: skip


def _bib(parsed: Parsed, payload: str) -> None:
    entry = bibtex.read(payload)
    if entry is None or not entry.fields:
        parsed.errors.append("not BibTeX: no entry with fields")
        return
    parsed.warnings.extend(entry.warnings)
    raw = entry.fields
    text = {name: tex_plain(value) for name, value in raw.items() if name not in ("author", "url")}
    title, subtitle = text.get("title"), text.get("subtitle")
    put_text(parsed, "title", _plain(f"{title}: {subtitle}" if title and subtitle else title))
    put_abstract(parsed, _plain(text.get("abstract")))
    if raw.get("author"):
        put_authorships(parsed, [_bib_author(name) for name in _bib_names(raw["author"])])
    venue = next((text[name] for name in ("journal", "journaltitle", "booktitle", "fjournal",
                  "maintitle", "eventtitle") if text.get(name)), None)  # fmt: skip
    put_text(parsed, "venue", _plain(journal_name(venue) if venue else venue))
    put_text(parsed, "volume", text.get("volume"))
    number = text.get("number") or text.get("issue")
    put_text(parsed, "number", _unless_arxiv(number))
    pages = next((raw[name] for name in ("pages", "eid", "articleno", "article-number")
                  if raw.get(name)), "")  # fmt: skip
    put_text(
        parsed,
        "pages",
        re.sub("-{2,}", "-", tex_plain(pages).replace("–", "-").replace("—", "-")) or None,
    )
    in_parts = " ".join(text[part] for part in ("year", "month", "day") if text.get(part))
    if month := _MONTH_NUMBER.match(text.get("month", "")):
        parts = (text.get("year", ""), month[1], text.get("day", ""))
        in_parts = "-".join(part.strip() for part in parts)
    _put_date(parsed, [text.get("date"), in_parts.rstrip("-")])
    words = text.get("keywords") or text.get("keyword") or text.get("author_keywords") or ""
    put_texts(parsed, "keywords", [word for word in _SEPARATOR.split(words) if word])
    put_language(parsed, language_code(text.get("language") or text.get("langid")))
    put_text(parsed, "work_type", entry.kind)
    _put_bib_ids(parsed, raw, text)
    put_other_id(parsed, "key", entry.key or None)


def _put_bib_ids(parsed: Parsed, raw: Mapping[str, str], text: Mapping[str, str]) -> None:
    scheme = (text.get("archiveprefix") or text.get("eprinttype") or "").strip().lower()
    eprint = text.get("eprint", "").strip()
    if scheme == "arxiv":
        archive = text.get("primaryclass", "").partition(".")[0].strip()  # of ids before 2007
        put_arxiv(parsed, f"{archive}/{eprint}" if _OLD_NUMBER.fullmatch(eprint) else eprint)
    elif scheme in ("pubmed", "pmid"):
        put_pmid(parsed, eprint)
    elif scheme in ("pmc", "pmcid"):
        put_pmcid(parsed, eprint)
    elif _ARXIV_ALONE.fullmatch(eprint) or "arxiv" in eprint.lower():
        _put_silently(parsed, put_arxiv, eprint if ids.arxiv(eprint) else None)
    put_arxiv(parsed, text.get("arxivid"))
    put_pmid(parsed, text.get("pmid"))
    put_pmcid(parsed, text.get("pmcid"))
    urls = [raw[name] for name in ("url", "ee", "link", "uri", "howpublished") if raw.get(name)]
    urls += [raw[name] for name in raw if name.startswith("bdsk-url-")]  # BibDesk's
    links = [link.replace("\\", "") for link in _links(map(tex_url, urls))]
    notes = [text[name] for name in ("journal", "journaltitle", "note", "howpublished", "annote",
             "annotation", "publisher", "volume", "number") if text.get(name)]  # fmt: skip
    notes += _PAPERS.findall(raw.get("uri", ""))
    notes += filter(ids.doi, [text.get("crossref", "")])  # SciELO's, of the paper itself
    _put_ids(parsed, links, notes, text.get("doi"))


def tex_url(value: str) -> str:
    """An address as BibTeX holds it: in braces, in a macro, with escaped signs."""
    return re.sub(r"\\([%&_#~])", r"\1", value).replace("{", " ").replace("}", " ")


def _links(values: Iterable[str]) -> list[str]:
    """The web addresses in some texts, with their signs as they are (`&lt;` is <)."""
    return [
        link.rstrip(";,")
        for value in values
        for several in _WEB.findall(decode_entities(value))
        for link in _NEXT_WEB.split(several)
        if not link.rstrip(";,").endswith("//")
    ]


def _put_ids(parsed: Parsed, links: Sequence[str], notes: Sequence[str], doi: str | None) -> None:
    """Address and ids: the DOI stated, else one that is all of a note; PubMed's from notes that
    name it; then those in addresses; arXiv's from notes.
    """
    put_url(parsed, links[0] if links else None)
    put_doi(parsed, doi)
    if "doi" not in parsed.fields:
        told = (part for note in notes for part in _NEXT_NOTE.split(note))
        parts = [part for part in told if _SAYS_DOI.match(part)]
        candidates = (d for text in (*notes, *parts[:1]) if (d := ids.doi(text)))
        _put_silently(parsed, put_doi, next(candidates, None))
    if "pmid" not in parsed.fields:
        mentions = (m[1] for text in notes if (m := _PMID_MENTION.search(text)))
        _put_silently(parsed, put_pmid, next(filter(ids.pmid, mentions), None))
    put_ids_of_addresses(parsed, links)
    if "arxiv_id" not in parsed.fields:
        said = (m[1] + (m[2] or "") for text in notes if (m := _ARXIV_MENTION.search(text)))
        _put_silently(parsed, put_arxiv, next(filter(ids.arxiv, said), None))
    mention = next((m for text in notes if (m := _PMCID_MENTION.search(text))), None)
    put_pmcid(parsed, mention[1] if mention else None)


def _put_silently(parsed: Parsed, put: Callable[[Parsed, str], None], value: str | None) -> None:
    """An id that was found where it need not stand."""
    if value:
        put(parsed, value)


def _put_date(parsed: Parsed, texts: Sequence[str | None]) -> None:
    nonempty = [text for text in texts if text]
    day = combine_dates(nonempty)
    put_published(parsed, day)
    if nonempty and not day:
        parsed.warnings.append(f"published_on is no date: {'; '.join(nonempty)[:80]}")


def _unless_arxiv(text: str | None) -> str | None:
    """A number or page, of which some programs make the arXiv id of a preprint."""
    return None if text and _ARXIV_MENTION.match(text) else text


def _pages(first: str | None, last: str | None) -> str | None:
    if first and last and first != last and "-" not in first:
        return f"{first}-{last}"
    return first or last


def _keywords(values: Sequence[str]) -> list[str]:
    """Keywords, each in its line or several in one: by semicolons, or a lone line by commas."""
    words = [word.strip() for value in values for word in value.split(";")]
    if len(words) == 1 and words[0].count(",") >= _MIN_LISTED - 1:
        words = [word.strip() for word in words[0].split(",")]
    return [word for word in words if word]


def _wos_authors(values: Values) -> list[Authorship]:
    """Authors of Web of Science, whose addresses and ORCID iDs name them:
    `[Fern, Ada; Reed, Ben] Silt Lab`, `Fern, Ada/0000-0002-1825-0097`.
    """
    told = (pair.rpartition("/") for pair in " ".join(values.get("OI", ())).split(";"))
    orcids = {
        name.strip().casefold(): orcid.strip()
        for name, _, orcid in told
        if _ORCID.fullmatch(orcid.strip())
    }
    places: dict[str, list[str]] = {}
    for match in filter(None, map(_WOS_ADDRESS.fullmatch, values.get("C1", ()))):
        for name in match[1].split(";"):
            places.setdefault(name.strip(), []).append(match[2])
    return [
        author._replace(affiliations=places.get(name, ()), orcid=orcids.get(name.casefold()))
        for name in values.get("AF") or values.get("AU") or ()
        for author in _names([name])
    ]


def _names(values: Iterable[str]) -> list[Authorship]:
    """Names as they are spoken; several in one line are parted by semicolons, or by initials."""
    several = (name for value in values for name in _NEXT_NAME.split(decode_entities(value)))
    told = [_told(_NAMESAKE.sub("", one)) for name in several for one in _by_and(name)]
    return [
        _natural_order(one.split(","))._replace(orcid=orcid, affiliations=places)
        for name, orcid, places in told
        for one in _split_names(name)
        if one.strip(" ,")
    ]


def _by_and(text: str) -> list[str]:
    """`Tern, A. & Kelp, B.` and `Ada Tern and Bo Kelp` as two names; else as it is."""
    parts = _BARE_AND.split(text)
    if len(parts) > 1 and all(map(WHOLE_NAME.fullmatch, parts)):
        return parts
    return _AND.split(text)


def _told(name: str) -> tuple[str, str | None, Sequence[str]]:
    """A name without what stands with it: ORCID iD, place or role in brackets, marks of notes,
    degrees, "et al.", "and".
    """
    name = name.strip()
    if len(name) > _LONGEST_NAME or not _MAY_TELL.search(name):
        return name, None, ()
    own = _ORCID.search(name)
    name = _TITLES.sub("", _MAIL.sub("", _WITH_ORCID.sub("", name)))
    place = _BRACKETS_BEHIND.search(name)
    is_place = place is not None and not _ROLE.fullmatch(place[1])
    name = _AROUND.sub("", _BRACKETS_BEHIND.sub("", name)).strip()
    if "," in name:
        name = _NOTE_MARKS.sub("", name)
        name = _DEGREES.sub(r"\1", name)
    return name.strip(), own[0] if own else None, [place[1]] if place and is_place else ()


def _split_names(text: str) -> list[str]:
    """`Tern, A., Kelp, B.` as two names, `Ada Tern, Bo Kelp, Cy Reed` as three; else as it is."""
    if len(text) > _LONGEST_LIST:
        return [text]
    parts = [part for part in _BETWEEN_NAMES.split(text) if part]
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    is_even = len(pairs) > 1 and len(parts) == 2 * len(pairs)
    if is_even and all(_INITIALS.fullmatch(p[1]) for p in pairs):
        return [f"{family}, {initials}" for family, initials in pairs]
    forms = (_INITIALS_FIRST.fullmatch, has_initials_last)
    if len(parts) > 1 and any(all(map(form, parts)) for form in forms):
        return parts
    if len(parts) >= _MIN_LISTED and all(map(_HAN_NAME.fullmatch, parts)):
        return parts
    if len(parts) >= _MIN_LISTED and all(WHOLE_NAME.fullmatch(part) for part in parts):
        return parts
    return [text]


def _natural_order(parts: Sequence[str]) -> Authorship:
    """`Last, First`, `Last, Suffix, First` and `Last, First, Suffix` as they are spoken."""
    if len(parts) > 1 and BODY.fullmatch(parts[0].strip()):
        return Authorship(", ".join(part.strip() for part in parts if part.strip()))
    pieces = [part.strip() for part in parts if part.strip()]
    # "Tern, V." and "Tern, IV" have initials: a number stands beside given names.
    form = _SUFFIX if len(pieces) > 2 else _SUFFIX_ALONE  # noqa: PLR2004
    suffix = [part for part in pieces[1:] if form.fullmatch(part)]
    if len(suffix) > 1:  # "Tern, V., Jr."
        suffix = [part for part in suffix if _SUFFIX_ALONE.fullmatch(part)]
    rest = [part for part in pieces if part not in suffix] if len(pieces) > 1 else pieces
    behind = _SUFFIX_BEHIND.fullmatch(rest[-1]) if len(rest) > 1 else None
    if behind:  # PubMed: `Tern, Ada B 3rd`
        rest, suffix = [*rest[:-1], behind[1]], [behind[2], *suffix]
    name = " ".join([*rest[1:], *rest[:1], *suffix])
    in_parts = len(rest) > 1
    return Authorship(
        name,
        given=" ".join(rest[1:]) if in_parts else None,
        family=rest[0] if in_parts else None,
    )


def _bib_names(text: str) -> list[str]:
    """The names of a list, without footnotes; commas too may part them."""
    names = bibtex.names_of(_FOOTNOTE.sub("", _LINKED.sub(r"\1", decode_entities(text))))
    names = [_DEGREES.sub(r"\1", _unbraced(name)) for name in names]
    return [
        one for name in names for one in ([name] if set("{}=") & set(name) else _split_names(name))
    ]


def _unbraced(name: str) -> str:
    """A person whose whole name somebody set in braces; a body stays in them."""
    match = _BRACED_PERSON.fullmatch(name)
    return match[1] if match and not _OF_BODY.search(name) else name


def _bib_author(name: str) -> Authorship:
    """An author of BibTeX, or of biblatex in parts (`family=Berg, given=Anna, prefix=van den`)."""
    if _IN_PARTS.match(name):
        author = _of_named_parts(_IN_PARTS.split(name)[1:])
    else:
        name, orcid, places = _told(_NAMESAKE.sub("", name))
        parts = bibtex.name_parts(name)
        author = _natural_order(parts) if len(parts) > 1 else Authorship(name)
        author = author._replace(orcid=orcid, affiliations=places)
    return author._replace(
        name=tex_plain(author.name),
        given=tex_plain(author.given or "") or None,
        family=tex_plain(author.family or "") or None,
    )


def _of_named_parts(pieces: Sequence[str]) -> Authorship:
    """An author by names of parts and their values in turn."""
    parts = {
        key.lower(): value.strip(" ,") for key, value in zip(pieces[::2], pieces[1::2], strict=True)
    }
    family = " ".join(filter(None, (parts.get("prefix"), parts.get("family"))))
    whole = " ".join(filter(None, (parts.get("given"), family, parts.get("suffix"))))
    return Authorship(whole, given=parts.get("given"), family=family)


def _plain(text: str | None) -> str | None:
    return plain(text) if text else text


BIBLIOGRAPHY = Feed(
    "bibliography",
    about="exports of reference managers: RIS, BibTeX, .nbib, .ciw, .enw, RefWorks",
    files=("*.ris", "*.bib", "*.bibtex", "*.nbib", "*.ciw", "*.enw", "*.txt"),
    split=split,
    parse=parse,
)
