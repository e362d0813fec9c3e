r"""Papers in the forms that reference managers, sheets and programs read.

BibTeX and RIS are written by the libraries that our feed `bibliography` reads them by, and read
back equal: title, abstract, authors, venue, volume, number, pages, date, keywords, language, DOI,
arXiv id, PubMed id. Text is data in every form: control characters go, what TeX would obey is
escaped, a cell that a sheet would take for a formula gets an apostrophe.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from jobs.text.text import printable
from storage import output
from storage.errors import PapertideError

Row = Mapping[str, Any]

NEEDED = (
    "paper_id", "title", "abstract", "authors", "venue", "volume", "number", "pages",
    "published_on", "dated_on", "date_basis", "keywords", "language", "doi", "arxiv_id", "acl_id",
    "pmid", "url", "work_type", "categories",
)  # fmt: skip
"""Columns of silver.papers that entries are made of."""

# The first that matches the kind of work, then where it appeared, decides: pattern → (BibTeX, RIS,
# CSL). Kinds are in the words of feeds: Crossref's posted-content, PubMed's Journal Article, ….
_KINDS = (
    (r"thesis|dissertation", ("phdthesis", "THES", "thesis")),
    (r"chapter|incollection|book.?part", ("incollection", "CHAP", "chapter")),
    (r"proceeding|conference", ("inproceedings", "CPAPER", "paper-conference")),
    (r"^(?:book|monograph)", ("book", "BOOK", "book")),
    (r"dataset|data set", ("misc", "DATA", "dataset")),
    (r"preprint|posted|unpb|repository", ("misc", "UNPB", "article")),
)
_JOURNAL = ("article", "JOUR", "article-journal")
_CONFERENCE = ("inproceedings", "CPAPER", "paper-conference")
_OTHER = ("misc", "UNPB", "article")
# Each has as many opening as closing braces: BibTeX counts those behind a backslash, too.
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "`": r"\textasciigrave{}",
    **{sign: f"\\{sign}" for sign in "$&%#_"},
}  # fmt: skip
_JOINED = re.compile(r"(?<=-)(?=-)|(?<=')(?=')")
_TEX_SIGN = re.compile(r"[\\{}~^`$&%#_]")
# BibTeX takes a name apart at these; some readers also at an escaped sign.
_NAME_PARTS = re.compile(r",|(?:^|\s)(?:and|others)(?:\s|$)", re.IGNORECASE)
# Words in lower case before a family name, and what follows it, belong to it.
# Xi and Vi are surnames.
_SUFFIX = re.compile(r"(?:[Jj]r|JR|[Ss]r|SR)\.?|I{2,3}|IV|VI{0,3}")
_BETWEEN = re.compile(r"[,;]")  # stands between keywords, so it can't within one
_NO_KEY = re.compile(r"[^A-Za-z0-9:._/+-]")
_PARTS = {"published year": 1, "published month": 2}
"""Parts of a date (year, month, day) that are known, where it is not all of them."""


def write(rows: Sequence[Row], form: str, columns: Sequence[str] | None = None) -> str:
    """Rows as text in a form of FORMS; of BibTeX, RIS and CSL papers with the NEEDED columns.

    Args:
        columns: those of CSV and JSON lines, which need them where there are no rows.

    Raises:
        PapertideError: the rows are no papers.
    """
    if form in ENTRIES:
        if any("paper_id" not in row or "title" not in row for row in rows):
            raise PapertideError(
                f"export: {form} is of papers, and these rows have no paper_id\n"
                "  select paper_id, or take --format csv or jsonl"
            )
        return ENTRIES[form](rows)
    out = io.StringIO()
    output.write(columns or (list(rows[0]) if rows else []), rows, form, out)
    return out.getvalue()


def bibtex(rows: Sequence[Row]) -> str:
    """Entries of BibTeX in UTF-8, the paper_id as their key."""
    from bibtexparser.entrypoint import write_string
    from bibtexparser.library import Library
    from bibtexparser.model import Block, Entry, Field

    entries: list[Block] = []
    for row, key in zip(rows, _keys(rows), strict=True):
        fields = [Field(name, f"{{{value}}}") for name, value in _bibtex_fields(row).items()]
        entries.append(Entry(_kind(row)[0], key, fields))
    return write_string(Library(entries), unparse_stack=[]) if entries else ""


def _bibtex_fields(row: Row) -> dict[str, str]:
    day, known = _day_and_parts(row)
    names = [_bibtex_name(name) for name in _names(row)]
    venue = "journal" if _kind(row)[0] == "article" else "booktitle"
    fields = {
        "title": _protect_capitals(_line(row.get("title"))),
        "author": " and ".join(names),
        venue: _tex(row.get("venue")),
        "volume": _tex(row.get("volume")),
        "number": _tex(row.get("number")),
        "pages": _tex(re.sub("-+", "-", row.get("pages") or "")).replace("-", "--"),
        "year": f"{day:%Y}" if day else "",
        "date": _iso(day, known) if day else "",
        "doi": _tex(row.get("doi")),
        "eprint": _tex(row.get("arxiv_id")),
        "archiveprefix": "arXiv" if row.get("arxiv_id") else "",
        "pmid": _tex(row.get("pmid")),
        "url": _tex(_address(row)),
        "language": _tex(row.get("language")),
        "keywords": ", ".join(_tex(_BETWEEN.sub(" ", word)) for word in row.get("keywords") or []),
        "abstract": _tex(row.get("abstract")),
    }
    return {name: value for name, value in fields.items() if value}


def _keys(rows: Sequence[Row]) -> list[str]:
    """The paper_id of each row in the letters that a key may have."""
    return [_NO_KEY.sub("-", _line(row["paper_id"])) or "paper" for row in rows]


def _tex(value: Any) -> str:
    """A text as TeX reads it: obeyed signs spelled out, and no two signs that it would join."""
    return _JOINED.sub("{}", _TEX_SIGN.sub(lambda match: _TEX[match[0]], _line(value)))


def _protect_capitals(title: str) -> str:
    """A title with the capitals kept that are more than style, which BibTeX would make small.

    Those within a word are (BERT, arXiv); those that begin one are where most words have none.
    """
    words = title.split(" ")
    capitals = sum(word[:1].isupper() for word in words)
    in_sentence = 2 * capitals < len(words)
    parts = []
    for at, word in enumerate(words):
        inner = word[1:] != word[1:].lower()
        keep = inner or (in_sentence and at > 0 and word != word.lower())
        parts.append(f"{{{_tex(word)}}}" if keep else _tex(word))
    return " ".join(parts)


def _bibtex_name(name: str) -> str:
    """A name as it is spoken; one that BibTeX would take apart in braces."""
    parted = _NAME_PARTS.search(name) or _TEX_SIGN.search(name)
    return f"{{{_tex(name)}}}" if parted else name


def ris(rows: Sequence[Row]) -> str:
    """Entries of RIS. It has no comma within a name, nor a semicolon within an address."""
    from rispy import RisWriter

    class Writer(RisWriter):  # type: ignore[misc]
        def set_header(self, count: int) -> str:
            return ""  # no number before an entry

    return str(Writer().formats([_ris_entry(row) for row in rows]))


def _ris_entry(row: Row) -> dict[str, Any]:
    day, known = _day_and_parts(row)
    pages = _line(row.get("pages"))
    first, last = pages.split("-", 1) if re.match(r"[^-]*[^- ]-[^ ]", pages) else (pages, "")
    number = f"arXiv:{row['arxiv_id']}" if row.get("arxiv_id") else row.get("pmid")
    entry = {
        "type_of_reference": _kind(row)[1],
        "id": _line(row["paper_id"]),
        "title": _line(row.get("title")),
        "authors": [_invert(_line(name.replace(",", " "))) for name in _names(row)],
        "secondary_title": _line(row.get("venue")),
        "volume": _line(row.get("volume")),
        "number": _line(row.get("number")),
        "start_page": first,
        "end_page": last,
        "year": f"{day:%Y}" if day else "",
        "date": _ris_day(day, known) if day else "",
        "doi": _line(row.get("doi")),
        "accession_number": _line(number),
        "name_of_database": "arXiv" if row.get("arxiv_id") else "PubMed" if number else "",
        "urls": [address.replace(";", "%3B") for address in [_address(row)] if address],
        "language": _line(row.get("language")),
        "keywords": [_line(word) for word in row.get("keywords") or []],
        "abstract": _line(row.get("abstract")),
    }
    return {name: value for name, value in entry.items() if value}


def _ris_day(day: date, known: int) -> str:
    return "/".join((_iso(day, known).split("-") + ["", ""])[:3]) + "/"


def _invert(name: str) -> str:
    """`Last, First` of a name as it is spoken."""
    family, first_names = _split(name)
    return f"{family}, {first_names}" if first_names else family


def _split(name: str) -> tuple[str, str]:
    """Family and given names: the last word, with particles before and a suffix behind it."""
    words = name.split()
    at = len(words) - 1
    if at > 1 and _SUFFIX.fullmatch(words[at]):
        at -= 1
    while at > 1 and words[at - 1].islower():
        at -= 1
    return " ".join(words[at:]), " ".join(words[:at])


def csl(rows: Sequence[Row]) -> str:
    """CSL-JSON, which Zotero, pandoc and citeproc read."""
    return json.dumps([_csl_item(row) for row in rows], ensure_ascii=False, indent=1) + "\n"


def _csl_item(row: Row) -> dict[str, Any]:
    day, known = _day_and_parts(row)
    people = [_split(name) for name in _names(row)]
    item = {
        "id": _line(row["paper_id"]),
        "type": _kind(row)[2],
        "title": _line(row.get("title")),
        "author": [
            {"family": family, "given": first_names} if first_names else {"literal": family}
            for family, first_names in people
        ],
        "issued": {"date-parts": [[day.year, day.month, day.day][:known]]} if day else None,
        "container-title": _line(row.get("venue")),
        "volume": _line(row.get("volume")),
        "issue": _line(row.get("number")),
        "page": _line(row.get("pages")),
        "DOI": _line(row.get("doi")),
        "PMID": _line(row.get("pmid")),
        "number": f"arXiv:{row['arxiv_id']}" if row.get("arxiv_id") else None,
        "URL": _address(row),
        "language": _line(row.get("language")),
        "keyword": ", ".join(_line(word) for word in row.get("keywords") or []),
        "abstract": _line(row.get("abstract")),
    }
    return {name: value for name, value in item.items() if value}


def _kind(row: Row) -> tuple[str, str, str]:
    work_type = _line(row.get("work_type")).lower()
    for pattern, kind in _KINDS:
        if re.search(pattern, work_type):
            return kind
    if row.get("acl_id"):
        return _CONFERENCE
    return _JOURNAL if row.get("venue") else _OTHER


def _names(row: Row) -> list[str]:
    names = [_line(author.get("name")) for author in row.get("authors") or [] if author]
    return [name for name in names if name]


def _day_and_parts(row: Row) -> tuple[date | None, int]:
    """The day of a paper, and how many of year, month and day are known of it."""
    day = row.get("published_on") or row.get("dated_on")
    return day, _PARTS.get(row.get("date_basis") or "", 3)


def _iso(day: date, known: int) -> str:
    return "-".join(day.isoformat().split("-")[:known])


def _address(row: Row) -> str:
    """The address of a paper, only of the web."""
    url = _line(row.get("url"))
    return url if re.match(r"https?://", url, re.IGNORECASE) else ""


def _line(value: Any) -> str:
    """Text in one line without characters that show nothing."""
    return "" if value is None else " ".join(printable(str(value)).split())


ENTRIES: dict[str, Callable[[Sequence[Row]], str]] = {
    "bibtex": bibtex,
    "ris": ris,
    "csl-json": csl,
}
FORMS = (*ENTRIES, "csv", "jsonl")
MEDIA_TYPES = {
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl-json": "application/vnd.citationstyles.csl+json",
    "csv": "text/csv",
    "jsonl": "application/x-ndjson",
}
