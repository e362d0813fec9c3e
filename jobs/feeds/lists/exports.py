"""Tables that databases export: Scopus, Web of Science, PubMed, Dimensions, Lens, Embase, Zotero.

Also those of the program Publish or Perish, which has them of Google Scholar.

They are known by the names of their columns, so that they need no mapping. Of a field that several
columns can give, the first of them that is there counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jobs.feeds.tools.authorships import WHOLE_NAME, Authorship, has_initials_last
from jobs.feeds.tools.date_words import combine_dates
from jobs.feeds.tools.values import language_code

# Names of columns in lower case; each list begins with the fullest.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("eid", "ut (unique wos id)", "ut (unique id)", "ut", "publication id", "lens id", "pmid",
           "embase accession id", "storeid", "external id", "corpusid", "paperid", "key", "id"),
    "title": ("title", "article title", "document title", "item title", "paper title",
              "display name", "ti", "titel", "titre", "título", "titolo", "tytuł", "başlık",
              "название", "заглавие", "题名", "篇名", "标题", "タイトル", "제목"),
    "abstract": ("abstract", "abstract note", "ab", "abstract text", "summary", "zusammenfassung",
                 "résumé", "resumen", "resumo", "riassunto", "samenvatting", "аннотация", "摘要",
                 "抄録", "초록"),
    "authors": ("author full names", "af", "authors", "author names", "au", "author/s", "author",
                "author(s)", "authorships.author.display name", "autoren", "autor", "auteur",
                "auteurs", "auteur(s)", "autores", "autori", "autorzy", "yazarlar", "авторы",
                "автор", "作者", "著者", "저자"),
    "venue": ("source title", "journal/book", "source title/anthology title", "publication title",
              "so", "journal", "journal title", "journal name", "pubtitle", "publication",
              "booktitle", "proceedings title", "conference title", "anthology title",
              "container title", "secondary title", "published in",
              "primary location.source.display name", "venue", "zeitschrift", "revue", "revista",
              "periódico", "rivista", "tijdschrift", "czasopismo", "dergi", "журнал", "来源",
              "文献来源", "刊名", "雑誌名", "학술지명"),
    "volume": ("volume", "vl", "biblio.volume", "journal volume", "band", "jahrgang", "volumen",
               "卷", "том"),
    "number": ("issue", "issue number", "number", "is", "biblio.issue", "journal issue", "heft",
               "número", "numéro", "fascicolo", "期"),
    "pages": ("pages", "pagination", "page range", "page info", "page", "seiten", "páginas",
              "pagine", "страницы", "页码"),
    "doi": ("doi", "di", "digitalobjectidentifier", "item doi", "doi name", "doi url"),
    "arxiv_id": ("arxiv id", "arxivid", "arxiv", "eprint"),
    "pmid": ("pmid", "pubmed id", "pubmedid", "medline pmid", "pm", "ids.pmid"),
    "pmcid": ("pmcid", "pmc id", "ids.pmcid"),
    "keywords": ("author keywords", "keywords", "manual tags", "de", "schlagwörter", "mots clés",
                 "palabras clave", "palavras chave", "关键词"),
    "language": ("language of original document", "language", "language of article", "la",
                 "sprache", "langue", "idioma", "lingua"),
    "types": ("document type", "publication type", "item type", "dt", "type",
              "content type"),
    "url": ("link", "doi link", "url", "external url", "source url", "articleurl", "documenturl"),
}  # fmt: skip
_YEARS = ("publication year", "year", "pubyear", "pub year", "published year", "py")
_MONTHS = ("month", "published month")
_DATES = (*_YEARS, "publication date", "publicationdate", "date published",
          "date", "published", "published on", "date of publication", "pubdate", "pd",
          "early access date",
          "ea", "published print", "published online", "issued", "jahr", "datum", "année",
          "date de publication", "año", "fecha", "fecha de publicación", "ano", "data", "anno",
          "data de publicação", "jaar", "rok", "yıl", "год", "发表时间", "出版年", "年", "発行年",
          "발행연도")  # fmt: skip
_FIRST_PAGE = ("page start", "start page", "startpage", "first page", "beginning page", "bp",
               "biblio.first page")  # fmt: skip
_LAST_PAGE = ("page end", "end page", "endpage", "last page", "ending page", "ep",
              "biblio.last page")  # fmt: skip
_ARTICLE = ("art. no.", "article number", "ar")
# Columns that only such a table has, beside one with the title.
_SIGNS = frozenset(
    [
        "eid",
        "ut (unique wos id)",
        "ut (unique id)",
        "ut",
        "publication id",
        "lens id",
        "pmid",
        "journal/book",
        "source title",
        "item type",
        "pubyear",
        "gsrank",
        "storeid",
        "authorships.author.display name",
        "primary location.source.display name",
    ]
)
_OF_OPENALEX = {name for name in _SIGNS if "." in name}
_NUMBERED = re.compile(r"\s*\((\d+)\)\s*$")  # Scopus: "Fern, Ada (57200000001)"
_INITIALS = re.compile(r"(?:[^\W\d_]\.[- ]?){1,4}")  # Scopus once: "Fern, A.B., Elm, C."
_BAR = re.compile(r"\||(?<!:)//")  # OpenAlex, EndNote
# "Ada Fern, Bo Elm and Cy Oak" of arXiv: the last of names by commas.
_LAST_AND = re.compile(r"^([^;|]+,[^,;|]+),? and (?=[^,;|]+$)")
_ARXIV = re.compile(r"(?:\barXiv:\s*|//arxiv\.org/(?:abs|pdf)/)([\w./-]*\d)", re.IGNORECASE)
_PMID = re.compile(r"\bPMID:\s*(\d{1,9})\b", re.IGNORECASE)
_PMCID = re.compile(r"\bPMCID:\s*(PMC\d{1,9})\b", re.IGNORECASE)
# Springer has no sign between two names: "Ada FernBo Elm". Some surnames have a capital within.
_RUN_TOGETHER = re.compile(
    r"(?<=[^\W\d_])(?<!\bMc)(?<!\bMac)(?<!\b[DLF][aei])(?<!\bVan)(?<!\bVon)(?=[^\W\d_][^\s,]*\s)"
)


def is_header(cells: list[str]) -> bool:
    """Whether cells are the header of such a table, or of the neutral one."""
    names = set(map(_name, cells))
    return bool(names & set(COLUMNS["title"])) and len(names) > 1


def _name(column: str) -> str:
    """A column's name as it is known here: Europe PMC writes PUBLICATION_YEAR, Crossref
    container-title.
    """
    return column.strip().lower().replace("_", " ").replace("-", " ")


def is_export(row: Mapping[str, Any]) -> bool:
    """Whether a row is of such a table, not of the neutral one, which names `id` and `title`.

    A list with columns of its own names ("Title", "Authors", "Year") is one that somebody keeps.
    """
    names = set(map(_name, row))
    if "id" in row and "title" in row:
        return bool(names & _OF_OPENALEX)
    has_title = bool(names & set(COLUMNS["title"]))
    is_kept = "id" not in row and _is_list(names)
    return has_title and (bool(names & (_SIGNS | set(COLUMNS["doi"]))) or "id" in names or is_kept)


def _is_list(names: set[str]) -> bool:
    """Whether columns tell of authors and dates, beside titles."""
    return bool(names & set(COLUMNS["authors"])) and bool(names & set(_DATES))


def is_table(cells: list[str]) -> bool:
    """Whether cells are the header of a table of papers beyond doubt, in a file of any text."""
    names = set(map(_name, cells))
    is_known = bool(names & _SIGNS) or {"id", "title"} <= names or _is_list(names)
    return is_header(cells) and is_known


def fields_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row's values by the fields of the neutral table; `published_on` is ISO text."""
    cells = {_name(name): value for name, value in row.items()}
    fields = {field: _first(cells, *names) for field, names in COLUMNS.items()}
    fields["pages"] = fields["pages"] or _pages(cells)
    is_scholars = "gsrank" in cells  # Publish or Perish
    fields["venue"] = fields["venue"] or (cells.get("source") if is_scholars else None)
    is_springers = "item title" in cells
    by_commas = is_springers or "paperid" in cells  # of Semantic Scholar
    is_medline = "journal/book" in cells or "external id" in cells  # PubMed, Europe PMC
    if is_medline and isinstance(fields["authors"], str):
        fields["authors"] = fields["authors"].replace(";", ",")  # before names of groups
    if is_springers and isinstance(fields["authors"], str):
        fields["authors"] = _RUN_TOGETHER.sub(_between, fields["authors"])
    fields["authors"] = _authors(fields["authors"], is_scholars or is_medline or by_commas)
    fields["types"] = str(fields["types"] or "").split("; ")
    if str(cells.get("is retracted")).lower() == "true":  # OpenAlex
        fields["types"].append("retracted")
    notes = f"{cells.get('extra') or ''} {fields['url'] or ''}"  # Zotero's "Extra" has other ids
    arxiv, pmid = _ARXIV.search(notes), _PMID.search(notes)
    fields["arxiv_id"] = fields["arxiv_id"] or (arxiv and arxiv[1].removesuffix(".pdf"))
    of_medline = cells.get("external id") if cells.get("source") == "MED" else None
    base, _, number = str(fields["id"] or "").partition(":")
    if base == "MEDLINE":  # in a table of Web of Science
        fields["pmid"] = fields["pmid"] or number
    fields["pmid"] = fields["pmid"] or (pmid[1] if pmid else of_medline)
    central = _PMCID.search(notes)
    fields["pmcid"] = fields["pmcid"] or (central[1] if central else None)
    told = [str(cells[name]) for name in _DATES if cells.get(name) not in (None, "")]
    fields["published_on"] = combine_dates([*told, _in_columns(cells)])
    fields["language"] = language_code(str(fields["language"] or ""))
    return fields


def _between(match: re.Match[str]) -> str:
    """A sign between two names, where a capital stands behind a small letter."""
    before, behind = match.string[match.start() - 1], match.string[match.end()]
    return ";" if before.islower() and behind.isupper() else ""


def _in_columns(cells: Mapping[str, Any]) -> str | None:
    """A date of which year, month (by number or name) and day have columns of their own."""
    parts = [str(_first(cells, *names) or "") for names in (_YEARS, _MONTHS, ("day",))]
    if not parts[1]:
        return None
    return ("-" if parts[1].isdigit() else " ").join(filter(None, parts))


def _first(cells: Mapping[str, Any], *names: str) -> Any:
    return next((cells[name] for name in names if cells.get(name) not in (None, "")), None)


def _pages(cells: Mapping[str, Any]) -> str | None:
    first, last = _first(cells, *_FIRST_PAGE), _first(cells, *_LAST_PAGE)
    if first and last and first != last:
        return f"{first}-{last}"
    alone = first or _first(cells, *_ARTICLE)
    return None if alone is None else str(alone)


def _authors(value: Any, by_commas: bool) -> Any:
    """Authors by names as they are spoken; PubMed parts them by commas, as Scopus did, others by
    semicolons.
    """
    if not isinstance(value, str):
        names = value if isinstance(value, list) else []
        return [_author(name) if isinstance(name, str) else name for name in names] or value
    value = _LAST_AND.sub(r"\1, ", value)
    parts = _BAR.split(value)  # Rayyan parts names as BibTeX does
    several = parts if len(parts) > 1 else value.split(" and ")
    if len(parts) > 1 or (len(several) > 1 and all(part.count(",") == 1 for part in several)):
        return list(map(_author, several))
    if by_commas and ";" not in value:
        return [name.strip() for name in value.strip().rstrip(".").split(",")]
    names = [name.strip() for name in value.split(",")]
    if _is_listed(names):
        return [Authorship(name) for name in names]
    if len(names) > 2 and all(map(_INITIALS.fullmatch, names[1::2])):  # noqa: PLR2004 - two names
        pairs = zip(names[::2], names[1::2], strict=False)  # a group at the end has no initials
        return [
            *(Authorship(f"{given} {family}", given=given, family=family)
              for family, given in pairs),
            *map(Authorship, names[-1:] if len(names) % 2 else ()),
        ]  # fmt: skip
    return [_author(name) for name in value.split(";")]


def names_of(value: Any) -> list[str]:
    """The names of a list that commas and a last "and" part; none where it may be one name."""
    if not isinstance(value, str) or ";" in value or value.startswith("["):
        return []
    names = [name.strip() for name in _LAST_AND.sub(r"\1, ", value).split(",")]
    return names if _is_listed(names) else []


def _is_listed(names: list[str]) -> bool:
    """Whether each part by commas is a name. Of two, as in "Li, Wei", initials alone can tell."""
    if len(names) > 1 and all(map(has_initials_last, names)):
        return True
    return len(names) > 2 and all(map(WHOLE_NAME.fullmatch, names))  # noqa: PLR2004


def _author(text: str) -> Authorship:
    number = _NUMBERED.search(text)
    ids = {"scopus": number[1]} if number else {}
    name = _NUMBERED.sub("", text).strip()
    if name.startswith("{") and name.endswith("}"):  # a body that Zotero is told not to turn round
        return Authorship(name[1:-1], ids=ids)
    family, comma, given = map(str.strip, name.partition(","))
    if not comma or "," in given:
        return Authorship(name, ids=ids)
    return Authorship(f"{given} {family}".strip(), given=given, family=family, ids=ids)
