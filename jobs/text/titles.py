# ruff: noqa: E501 - a pattern a line
"""What a title is apart from its work's name: a mark, a note, a notice about another work.

Librarians call the kinds by their names (NISO Z39.98, Crossref, PubMed's CommentsCorrections): a
notice is a work of its own that bears another's title; a mark or note is no part of a title.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from jobs.text.text import (
    EQUIVOCAL_IN_BRACKETS,
    EQUIVOCAL_IN_CAPITALS,
    FOREIGN_MARKS,
    MARKS,
)

# Kind of a text about another work → its relation to that work (silver.relations).
RELATION_OF = {
    "erratum": "is_erratum_of",
    "retraction": "retracts",
    "concern": "comments_on",
    "comment": "comments_on",
    "reply": "comments_on",
    "discussion": "comments_on",
    "review": "comments_on",
    "summary": "comments_on",
    "protocol": "is_supplement_of",
    "supplement": "is_supplement_of",
    "data": "is_data_of",
}
# Such texts are no research of their own: they are not counted.
NOTICES = frozenset({"erratum", "retraction", "concern", "comment", "reply", "discussion", "review",
                     "summary", "supplement"})  # fmt: skip
# Kinds in a feed's own words, where they say it of the work itself.
_TYPES = {
    "published erratum": "erratum", "erratum": "erratum", "corrigendum": "erratum",
    "correction": "erratum", "addendum": "erratum",
    "retraction of publication": "retraction", "retraction notice": "retraction",
    "retraction": "retraction", "expression of concern": "concern",
    "peer-review": "review", "peer review": "review", "dataset": "data", "data set": "data",
    "software": "data", "data": "data", "supplementary-materials": "supplement",
    "component": "supplement",
}  # fmt: skip

_ERRATA = r"errat(?:um|a)|corrigend(?:um|a)|addend(?:um|a)"
_QUOTED = r"[\"'“”‘’«„]"
_OPENINGS = (
    ("retraction", rf"(?:(?:notice|statement|announcement)\s+of\s+)?(?:retraction|withdrawal|removal)(?:\s+and\s+(?:replacement|republication))?(?:\s+(?:notice|note|statement))?(?:\s*[:.–—]|\s+(?:to|of|for)\s*:|\s+(?:to|of)\s+(?:the\s+)?{_QUOTED})"),
    ("retraction", r"(?:retraction|withdrawal|removal)\s+(?:notice|note|statement)\s+(?:to|of|for)\b:?"),
    ("concern", r"(?:editorial\s+)?expressions?\s+of\s+concern\b(?:\s*(?::|[.–—]|to\b:?|for\b:?|on\b:?|about\b:?|regarding\b:?))*"),
    ("erratum", rf"(?:author'?s?'?\s+|publisher'?s?\s+)?(?:{_ERRATA})\b(?:\s*(?:\([^)]*\)|[:.–—-]|to\b|for\b|of\b))*"),
    ("erratum", rf"(?:(?:author|publisher|editorial|post-publication)'?s?'?\s+)?(?:corrections?|amendments?|clarifications?)(?:\s*\([^)]*\))?(?:\s*[:.–—]|\s+(?:to|for|of|in)\s*:|\s+(?:to|for)\s+(?:the\s+)?(?:(?:article|paper)\b\s*)?{_QUOTED})"),
    ("erratum", r"(?:author|publisher)\s+corrections?\b"),
    ("erratum", rf"[\[(](?:{_ERRATA}|corrections?)(?:\s+(?:to|for|of))?\s*:?\s*[\])]\s*:?"),
    ("retraction", r"[\[(]retraction(?:\s+(?:of|to|for|notice))?\s*:?\s*[\])]\s*:?"),
    ("review", r"(?:peer\s+|open\s+|referee'?s?\s+)?(?:reviews?|reports?|comments?)\s+(?:for|on)\s*:?\s*\""),
    ("review", r"(?:peer|referee|reviewer)'?s?\s+(?:reviews?|reports?|comments?)\s+(?:for|of|on)\b:?|reviewer\s+#?\d*\s*(?:\([^)]*\))?\s*:"),
    ("review", r"review\s+for\s*:?"),
    ("review", r"(?:author|editor)'?s?'?\s+(?:response|decision|assessment)\s+(?:for|to|on)\b:?|(?:decision\s+letter|author\s+response|editor's\s+evaluation|elife\s+assessment)\s*(?::|for\b:?)"),
    ("review", r"book\s+reviews?\s*:"),
    ("reply", r"(?:author'?s?'?\s+|editorial\s+|invited\s+|further\s+|short\s+|an?\s+|in\s+|some\s+|the\s+|letter\s+in\s+)*(?:repl(?:y|ies)|responses?|rejoinders?)(?:\s+by\s+[^:]{2,60})?\s*(?::|[–—]|(?:to|on|of|about|regarding|concerning)\b:?)"),
    ("comment", r"(?:author'?s?'?\s+|editorial\s+|invited\s+|further\s+|short\s+|an?\s+|in\s+|some\s+|the\s+|letter\s+in\s+)*(?:comments?|comment(?:ary|aries)|remarks)(?:\s+by\s+[^:]{2,60})?\s*(?::|[–—]|(?:to|on|of|about|regarding|concerning)\b:?)"),
    ("discussion", r"(?:author'?s?'?\s+|editorial\s+|invited\s+|further\s+|short\s+|an?\s+|in\s+|some\s+|the\s+|letter\s+in\s+)*(?:discussions?)(?:\s+by\s+[^:]{2,60})?\s*(?::|[–—]|(?:to|on|of|about|regarding|concerning)\b:?)"),
    ("comment", r"re\s*:|letter\s+(?:to\s+the\s+editor\s*)?(?::|regarding\b:?|about\b:?|concerning\b:?|re\b:?|on\b:?)"),
    ("summary", r"(?:plain[\s-]+language|lay|executive|graphical)\s+(?:summary|abstract)\s*(?::|of\b:?|for\b:?)"),
    ("summary", r"(?:research\s+)?highlights?\s*(?::|of\b:|from\b:)|faculty\s+opinions\s+recommendation\s+of"),
    ("data", r"(?:data|code|dataset|data\s+set|software|scripts?|replication\s+(?:data|code|files?|package)|source\s+code|research\s+data)(?:\s+and\s+(?:data|code|scripts?))?\s+(?:from|for|to|of|supporting|accompanying)\b(?:\s+the\s+(?:article|paper))?\s*:?"),
    ("supplement", r"(?:supplement(?:ary|al)?|supporting)(?:\s+(?:online\s+)?(?:data|materials?|information|files?|tables?|figures?|appendix))?(?:\s+\w?\d+)?\s*(?::|(?:to|for|of|from|accompanying)\b(?:\s+the\s+(?:article|paper))?\s*:?)"),
    ("supplement", r"(?:additional\s+file|online\s+appendix|appendix)\s*\w?\d*\s*(?::|(?:of|to|for)\b:?)|moesm\d+\s+of\b"),
    ("protocol", r"(?:study\s+|trial\s+|review\s+)?protocol\s*(?::|for\b|of\b)"),
)  # fmt: skip
_ABOUT = (
    r"errat(?:um|a)|corrigend(?:um|a)|addend(?:um|a)|corrections?|retraction(?:\s+notice)?"
    r"|expression\s+of\s+concern|(?:author(?:'?s'?|s')?\s+|the\s+authors?\s+)?"
    r"(?:repl(?:y|ies)|respon(?:se|d)s?|rejoinder)(?:\s+to\s+(?:comments?|letters?|critics?))?|comments?|commentary|discussion"
)
_BOTH_CLOSINGS = (
    ("erratum", r"[\s(\[]*\(?\bvol(?:ume)?\.?\s*\d+\b[^()]*\b(?:pg|pp?|page|art|no)\b\.?[^()]*[)\]]$"),
    ("protocol", r"\s*[:.(–—-]\s*(?:an?\s+|the\s+)?(?:\w+[\s-]+){0,4}?(?:study\s+|trial\s+|review\s+)?protocols?(?:\s+(?:for|of)\s+[^:]*)?\)?$"),
    ("supplement", r"\s*[:.(\[–—-]\s*(?:supplement(?:ary|al)?|supporting)\s+(?:data|materials?|information|files?|appendix)[)\]]?$"),
    ("data", r"\s*[:(\[–—]\s*(?:(?:research|raw|replication)\s+)?(?:data|dataset|data\s+set|code|source\s+code)(?:\s+and\s+code)?[)\]]?$"),
    ("summary", r"\s*[:.(\[–—-]\s*(?:plain[\s-]+language|lay)\s+summary[)\]]?$"),
)  # fmt: skip
_MARK = re.compile(
    rf"^\s*{EQUIVOCAL_IN_BRACKETS}\s*[:.–—-]*\s*(?=\S)"
    r"|^\s*[\[(*]*\s*(?:(?:article|paper|chapter|art[ií]culo|artigo|articolo|artikel)\s+"
    r"|this\s+(?:article|paper|chapter)\s+has\s+been\s+)?"
    rf"(?:(?:temporarily|partially)\s+)?(?:{MARKS}|{FOREIGN_MARKS}|{EQUIVOCAL_IN_CAPITALS}|temporary\s+withdrawal)"
    r"(?:\s+(?:article|paper|chapter|publication|preprint|manuscript|version|and\s+(?:republished|replaced)))?"
    r"\s*(?:[\])*]+\s*[:.–—-]*|[:.–—]|-\s)\s*(?=\S)",
    re.IGNORECASE,
)
_MARK_BEHIND = re.compile(
    r"\s*[\[(]\s*(?:this\s+)?(?:(?:article|paper)\s+)?(?:has\s+been\s+)?(?:retracted|withdrawn)\b"
    r"[^\])]*[\])]\.?\s*$",
    re.IGNORECASE,
)
_LANGUAGES = (
    "english|french|german|spanish|italian|portuguese|russian|chinese|japanese|korean|polish|czech"
    "|dutch|danish|swedish|norwegian|finnish|hungarian|turkish|greek|hebrew|arabic|persian"
    "|ukrainian|romanian|croatian|serbian|slovak|slovenian|bulgarian|multilingual"
)
# Notes of catalogues behind a title: its language, and what has appeared about the work.
_NOTE = re.compile(
    rf"\s*[\[(]\s*(?:(?:article|text|published|abstract|in)\s+)*(?:in\s+)?(?:{_LANGUAGES})"
    rf"(?:\s*(?:,|;|/|and|&)\s*(?:{_LANGUAGES}))*(?:\s+(?:text|version|abstract))?\s*[\])]\.?\s*$"
    r"|[\s.]*[\[(]\s*(?:see|published|partial)?\s*(?:erratum|errata|corrigend\w+|corrected|correction"
    r"|comments?|retract\w+|republi\w+|reprint\w+|update[ds]?|summary|expression\s+of\s+concern)"
    r"(?:\s+(?:and\s+\w+\s+)?(?:appears?|published|in|of|for)\b[^\])]*(?:\([^\])]*\)[^\])]*)*"
    r"|\s+for\s+patients[^\])]*)[\])]\.?\s*$"
    r"|\s*[\[(]\s*see\s+comments?\s*[\])]\.?\s*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"^(?P<title>.*\S)\s*\[(?P<other>[^\[\]]+)\]\s*\.?\s*$", re.DOTALL)
_WHOLE = re.compile(r"^\s*\[(?P<title>[^\[\]]{8,})\]\s*\.?\s*$", re.DOTALL)
_VERSION = re.compile(
    r"\s*[\s(\[,:–—-]+(?:v|ver\.?|version|release|rev\.?|revision)\s*\d+(?:\.\d+)*[)\]]?\s*$"
    r"|\s*[(\[]\s*\d+(?:\.\d+)+\s*[)\]]\s*$",
    re.IGNORECASE,
)
_OPENING = [(kind, re.compile(rf"^\s*(?:{form})\s*", re.IGNORECASE)) for kind, form in _OPENINGS]
_ALONE = re.compile(
    rf"(?:\s*[:(\[–—]|\.|\s-)\s*(?:{_ABOUT})\s*[)\]]?\.?\s*$|\s*[\[(](?:{_ABOUT})\b[^\])]*[\])]\.?\s*$",
    re.IGNORECASE,
)
_CLOSING = [(kind, re.compile(form, re.IGNORECASE)) for kind, form in _BOTH_CLOSINGS]
# Any notice needs one of these; most titles hold none.
_HINTS = (
    "errat", "corrig", "addend", "correct", "amend", "clarif", "retract", "withdr", "remov",
    "retrat", "rétract", "ritirat", "zurückgezogen",
    "concern", "review", "report", "repl", "respon", "comment", "rejoin", "discuss", "remark",
    "letter", "re:", "summar", "abstract", "highlight", "faculty", "data", "code", "software",
    "script", "supp", "append", "additional", "moesm", "protocol", "decision", "assess", "evaluat",
    "vol", "]", "english", "french", "german", "spanish", "russian", "chinese", "japan", "italian",
    "portug", "korean", "polish",
)  # fmt: skip
_SPOKEN = ("reply", "comment", "discussion", "data", "protocol")
_FIRM = re.compile(r":|repl[yi]|rejoind|comments?\s+on\b|commentary\s+on\b", re.IGNORECASE)
_SIGNS = (
    ("retraction", "retract"), ("concern", "concern"), ("erratum", "err"), ("erratum", "corr"),
    ("erratum", "addend"), ("discussion", "discuss"), ("comment", "comment"), ("reply", ""),
)  # fmt: skip
_QUOTES = " \"'“”‘’«»„"
_FEWEST = 3  # words of a title that a notice can be about; fewer are what the notice is called


class Title(NamedTuple):
    """A title taken apart.

    Attributes:
        name: the title of the work, or of the one that a notice is about.
        other: the title once more in another language, "" where none is given.
        kind: kind of notice (RELATION_OF), "" for a work itself.
        is_marked: whether it is marked as retracted or withdrawn.
        is_firm: whether the kind is beyond doubt: "Response of plants to …" may be research.
    """

    name: str
    other: str = ""
    kind: str = ""
    is_marked: bool = False
    is_firm: bool = False


def read(title: str, *, is_deposit: bool = False) -> Title:
    """`title` without marks and notes, and what kind of text it names.

    Args:
        is_deposit: whether it lies in a repository, where versions are numbered in titles.
    """
    lowered = title.casefold()
    if not is_deposit and not any(hint in lowered for hint in _HINTS):
        return Title(title)
    name, marked = _without(_MARK, title)
    name, behind = _without(_MARK_BEHIND, name)
    name, _ = _without(_NOTE, name)
    if is_deposit:
        name, _ = _without(_VERSION, name)
    other = ""
    whole, last = _WHOLE.match(name), _BEHIND.match(name)
    if whole:
        name = whole["title"]
    elif last and _words(last["other"]) >= _FEWEST <= _words(last["title"]):
        name, other = last["title"], last["other"]
    kind, name, firm = _read_notice(name)
    return Title(name, other, kind, marked or behind, firm)


def of_type(work_type: str | None) -> str:
    """The kind of notice that a feed's own word for the kind of work names, else ""."""
    words = (work_type or "").strip().casefold().replace("_", " ")
    return _TYPES.get(words) or _TYPES.get(words.replace("-", " "), "")


def _without(form: re.Pattern[str], text: str) -> tuple[str, bool]:
    rest = form.sub("", text, count=1)
    return (rest, True) if rest != text and rest.strip() else (text, False)


def _read_notice(name: str) -> tuple[str, str, bool]:
    """The kind of notice that a title opens or ends as, the title that it is about, and whether
    that is beyond doubt.
    """
    for kind, form in _OPENING:
        match = form.match(name)
        if match and _words(name[match.end() :]) >= _FEWEST:
            is_firm = kind not in _SPOKEN or _FIRM.search(match[0]) is not None
            return kind, name[match.end() :].strip(_QUOTES), is_firm
    for kind, form in _CLOSING:
        match = form.search(name)
        if match and _words(name[: match.start()]) >= _FEWEST:
            return kind, name[: match.start()].strip(_QUOTES), True
    match = _ALONE.search(name)
    if match and _words(name[: match.start()]) >= _FEWEST:
        phrase = match[0].casefold()
        kind = next(kind for kind, sign in _SIGNS if sign in phrase)
        return kind, name[: match.start()].strip(_QUOTES), True
    return "", name, False


def _words(text: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in text.split())
