"""Authorships: what a record says of each of its authors, beside the name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from jobs.feeds.core import Parsed
from jobs.feeds.tools.json_text import kind
from jobs.feeds.tools.values import put_author_parts, read_name
from jobs.text.countries import countries_of, country_code
from jobs.text.ids import orcid
from jobs.text.text import clean_text

_SHOWN = 80
Entry = dict[str, Any]

# Ids of authors that a feed gives, by their scheme.
_AUTHOR_IDS = {
    "openalex": re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:authors/)?)?(A[1-9]\d{0,12})"),
    "s2": re.compile(r"([1-9]\d{0,14})"),
    "acl": re.compile(r"([\w-]+)", re.ASCII),
    "dblp": re.compile(r"(.*\S)"),  # "12/3456", or a name with its number: "Ada Fern 0001"
    "hf": re.compile(r"([\w.-]+)", re.ASCII),
    "scopus": re.compile(r"([1-9]\d{0,14})"),
}
# Ids of institutions, from the scheme that most feeds have: an institution is kept by the first.
_INSTITUTION_IDS = {
    "ror": re.compile(r"(?:(?:https?://)?ror\.org/)*(0[a-hj-km-np-tv-z0-9]{6}\d{2})"),
    "openalex": re.compile(
        r"(?:https?://(?:api\.)?openalex\.org/(?:institutions/)?)?(I[1-9]\d{0,12})"
    ),
    "grid": re.compile(
        r"(?:https?://(?:www\.)?grid\.ac/institutes/)?(grid\.\d{1,7}\.[0-9a-f]{1,3})"
    ),
    "isni": re.compile(r"(?:https?://(?:www\.)?isni\.org/(?:isni/)?)?(\d{15}[\dX])"),
    "wikidata": re.compile(r"(?:https?://www\.wikidata\.org/(?:wiki|entity)/)?(Q[1-9]\d{0,11})"),
    "ringgold": re.compile(r"([1-9]\d{2,7})"),
}
# Two to four words, none of which is a suffix or a word of bodies: a name of a list by commas.
WHOLE_NAME = re.compile(
    r"(?!.*\b(?:jr|sr|ii|iii|iv|of|for|and|the|organi[sz]ation|university|office|department"
    r"|division|group|institute|ministry|agency|committee|society|association|cent(?:er|re)"
    r"|council|school|team|inc|ltd|collaboration|consortium|network|foundation|service|hospital"
    r"|minist[eè]r(?:io|e|o)|direcci[oó]n|direction|servi[cç][io]o?|universi(?:dad|t[éàä]t?)"
    r"|[ií]nstitut[o]?|istituto|departamento|d[ée]partement|dipartimento|agenc[ei]a?|comit[eé]"
    r"|comisi[oó]n|commission|sociedad|soci[eé]t[eéà]|gesellschaft|verein|bundesamt|klinik"
    r"|asociaci[oó]n|fundaci[oó]n|fondation|fondazione|nacional|nationale?)\b)"
    r"[^\W\d_][^\d\s]*(?:\s+[^\d\s]+){1,3}",
    re.IGNORECASE,
)
# "Fern A.B.", "Fern AB": initials behind the surname, as Scopus and journals of medicine write it.
_INITIALS_LAST = re.compile(r"\S[^\d,]*\s(?:(?:[^\W\d_]\.[ -]?){1,4}|([^\W\d_]{1,3}))")
# What stands before a comma in the name of a body: "Ministry of Tides, Norway".
BODY = re.compile(
    r"(?=\S+\s+\S).*\b(?:ministry|department|university|institute|organi[sz]ation|agency|bureau"
    r"|committee|council|commission|society|association|academy|foundation|federation|authority"
    r"|administration|consortium|collaboration|universit[éàä]t?|universidad|minist[eè]r(?:io|e)"
    r"|bundesamt|gesellschaft|akademie)\b.*",
    re.IGNORECASE,
)
_PLACE = re.compile(r"(p[0-9a-f]{20})\s+([1-9]\d{0,5})")
# Digits of Crockford's base 32, which ROR counts in, as Python's.
_BASE_32 = str.maketrans("jkmnpqrstvwxyz", "ijklmnopqrstuv")


class Institution(NamedTuple):
    """An institution as delivered: ids by their scheme in any spelling, country by code or name."""

    ids: Mapping[str, Any]
    name: Any = None
    country: Any = None


class Authorship(NamedTuple):
    """An author as delivered: `ids` by their scheme, affiliations one by one."""

    name: Any
    orcid: Any = None
    given: Any = None
    family: Any = None
    ids: Mapping[str, Any] = {}
    affiliations: Sequence[Any] = ()
    institutions: Sequence[Institution] = ()
    countries: Sequence[Any] = ()
    is_corresponding: Any = None


def has_initials_last(name: str) -> bool:
    """Whether initials end a name: with dots, or capitals of any script that has them."""
    found = _INITIALS_LAST.fullmatch(name)
    return found is not None and (found[1] is None or found[1].isupper())


def put_authorships(parsed: Parsed, authorships: Iterable[Authorship]) -> None:
    """Authors in the order given, into `authors`, and what more there is into `authorships`.

    Both lists are as long; `authorships` is left out where it says nothing. Countries are those
    that the feed names, else those of the affiliations. What is no text, id or country is left
    out, and one warning says how much there was.
    """
    each = list(authorships)
    wrong: list[str] = []
    # Many formats have names alone.
    entries = [NOTHING if one[2:] == _NOTHING_MORE else _entry(one, wrong) for one in each]
    parts = [
        (one.name, one.orcid, _joined(one.affiliations) if one.affiliations else None)
        for one in each
    ]
    places = put_author_parts(parsed, parts)
    named = entries if len(places) == len(entries) else [entries[place] for place in places]
    more = [entry for entry in named if entry is not NOTHING]
    if more and any(entry != NOTHING for entry in more):
        parsed.fields["authorships"] = named
    if wrong:
        parsed.warnings.append(f"authorships has {len(wrong)} values that are none: {wrong[0]}")


def _joined(affiliations: Iterable[Any]) -> str | None:
    """Affiliations as the one text that `authors` has."""
    texts = (text for text in affiliations if isinstance(text, str) and text.strip())
    return "; ".join(dict.fromkeys(texts)) or None


def _entry(one: Authorship, wrong: list[str]) -> Entry:
    """What there is beside name and ORCID."""
    affiliations = _texts(one.affiliations, wrong) if one.affiliations else []
    countries = (
        _countries_of(one, affiliations, wrong)
        if affiliations or one.countries or one.institutions
        else []
    )
    is_known = one.is_corresponding is None or isinstance(one.is_corresponding, bool)
    if not is_known:
        wrong.append(f"is_corresponding is {kind(one.is_corresponding)}")
    return {
        "given": _text(one.given, wrong),
        "family": _text(one.family, wrong),
        "ids": [
            {"scheme": scheme, "id": own}
            for scheme, value in one.ids.items()
            if (own := _own_id(_author_id, scheme, value, wrong))
        ]
        if one.ids
        else [],
        "affiliations": affiliations,
        "institutions": _institutions(one.institutions, wrong) if one.institutions else [],
        "countries": countries,
        "is_corresponding": one.is_corresponding if is_known else None,
    }


def _countries_of(one: Authorship, affiliations: Iterable[str], wrong: list[str]) -> list[str]:
    """Codes of the countries that the feed names, else of those of the affiliations."""
    stated = [
        *one.countries,
        *[place.country for place in one.institutions if place.country is not None],
    ]
    codes = {code for value in stated for code in _countries(value, wrong)} if stated else None
    return sorted(codes or {code for text in affiliations for code in countries_of(text)})


def _institutions(institutions: Iterable[Institution], wrong: list[str]) -> list[Entry]:
    """Institutions that have an id, each once, by the first scheme that tells."""
    entries: dict[tuple[str, str], Entry] = {}
    for one in institutions:
        ids = [
            (scheme, own)
            for scheme in (_INSTITUTION_IDS if one.ids else ())
            if (value := one.ids.get(scheme)) is not None
            and (own := _own_id(_institution_id, scheme, value, wrong))
        ]
        if ids:
            scheme, own = ids[0]
            country = next(iter(_countries(one.country, [])), None)
            entries.setdefault(
                ids[0],
                {"scheme": scheme, "id": own, "name": _text(one.name, wrong), "country": country},
            )
    return list(entries.values())


def _own_id(
    read: Callable[[str, str], str | None], scheme: str, value: Any, wrong: list[str]
) -> str | None:
    """An id in its one spelling; what is none counts as wrong."""
    text = _text(value, wrong)
    own = read(scheme, text) if text else None
    if text and not own:
        wrong.append(f"{scheme} {text[:_SHOWN]}")
    return own


def institution_id(scheme: str, value: str) -> str | None:
    """The id of an institution in its one spelling, or none."""
    return _own_id(_institution_id, scheme, value, []) if scheme in _INSTITUTION_IDS else None


@lru_cache(maxsize=20_000)  # few institutions write most papers of a feed
def _institution_id(scheme: str, text: str) -> str | None:
    plain = text.replace(" ", "") if scheme == "isni" else text
    match = _INSTITUTION_IDS[scheme].fullmatch(plain.removesuffix("/"))
    return match[1] if match and (scheme != "ror" or _is_ror(match[1])) else None


def _is_ror(own: str) -> bool:
    """Whether the last two digits check the rest (ISO 7064, MOD 97-10, in base 32)."""
    number = int(own[1:-2].translate(_BASE_32), 32)
    return 98 - number * 100 % 97 == int(own[-2:])


def _countries(value: Any, wrong: list[str]) -> list[str]:
    """Codes of a country by code or name; what is neither counts as wrong."""
    text = _text(value, wrong)
    if not text:
        return []
    code = country_code(text)
    codes = [code] if code else countries_of(text)
    if not codes:
        wrong.append(f"country {text[:_SHOWN]}")
    return codes


def _texts(values: Iterable[Any], wrong: list[str]) -> list[str]:
    return list(dict.fromkeys(text for value in values if (text := _text(value, wrong))))


def _text(value: Any, wrong: list[str]) -> str | None:
    """Clean text, or a whole number as text; what is neither counts as wrong."""
    if value is None:
        return None
    if isinstance(value, str):
        return (clean_text(value) or None) if value.isascii() else read_name(value)[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    wrong.append(kind(value))
    return None


def author_id(scheme: str, text: str) -> str | None:
    """The id of an author that a text spells, by one of AUTHOR_SCHEMES; None where it is none."""
    return _own_id(_author_id, scheme, text, [])


def _author_id(scheme: str, text: str) -> str | None:
    match = _AUTHOR_IDS[scheme].fullmatch(text.removesuffix("/"))
    return match[1] if match else None


def named_id(text: str) -> str | None:
    """The id of an author that a person writes, as scheme:id: an ORCID iD, or one by a feed."""
    if iD := orcid(text.removeprefix("orcid:")):
        return f"orcid:{iD}"
    scheme, _, own = text.partition(":")
    known = author_id(scheme, own) if scheme in AUTHOR_SCHEMES else None
    return f"{scheme}:{known}" if known else None


def named_place(text: str) -> tuple[str, int] | None:
    """The paper_id, and the place in its list of authors from 1, that a person writes."""
    place = _PLACE.fullmatch(text)
    return (place[1], int(place[2])) if place else None


AUTHOR_SCHEMES = tuple(_AUTHOR_IDS)
_NOTHING_MORE = Authorship(None)[2:]
NOTHING = _entry(Authorship(None), [])
"""What stands beside the name of an author of whom a record says nothing else."""
