"""Countries by their names in many spellings, and the countries in which addresses lie.

Names are those of ISO 3166-1 in English and in the languages of `_LANGUAGES`, as pycountry has
them, and the spellings of `_SPELLINGS`. Source: iso-codes (Debian), by way of pycountry.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache

import pycountry

_LANGUAGES = ("cs", "de", "es", "fr", "hu", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr",
              "uk", "zh_CN")  # fmt: skip
# What addresses say beside the names of ISO 3166-1: other names, short forms, parts of a country.
_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "AE": ("UAE", "U.A.E."), "BA": ("Bosnia",), "BN": ("Brunei",), "BO": ("Bolivia",),
    "AU": ("New South Wales", "Queensland", "Tasmania", "South Australia", "Western Australia"),
    "CA": ("Ontario", "Quebec", "British Columbia", "Alberta", "Manitoba", "Nova Scotia",
           "New Brunswick", "Saskatchewan"),
    "CD": ("DR Congo", "D.R. Congo", "DRC", "Democratic Republic of Congo",
           "Democratic Republic of the Congo", "Congo DR", "Congo-Kinshasa"),
    "CG": ("Republic of Congo", "Congo-Brazzaville"), "CI": ("Ivory Coast",),
    "CN": ("P.R. China", "PR China", "P.R.China", "PRC", "P.R.C.", "PR of China", "P.R. of China",
           "People's R China", "Mainland China", "Inner Mongolia"),
    "CV": ("Cape Verde",), "CZ": ("Czech Republic", "Czech Rep.", "Česká republika"),
    "DE": ("F.R.G.", "FRG", "West Germany", "East Germany", "GDR", "BRD"),
    "DO": ("Dominican Rep.",), "FK": ("Falkland Islands",),
    "GB": ("UK", "U.K.", "Great Britain", "Britain", "GB", "G.B.", "England", "Scotland", "Wales",
           "Northern Ireland", "N. Ireland"),
    "GR": ("Hellas",), "HK": ("Hong Kong SAR", "Hongkong"),
    "IE": ("Republic of Ireland", "Eire"), "IR": ("Iran", "I.R. Iran"),
    "KP": ("North Korea", "DPR Korea", "DPRK"),
    "KR": ("Korea", "South Korea", "Republic of Korea", "Rep. of Korea", "S. Korea", "ROK",
           "R.O.K.", "Korea Republic", "Korea South"),
    "LA": ("Laos", "Lao PDR"), "LK": ("Srilanka",), "MD": ("Moldova",),
    "MK": ("Macedonia", "Republic of Macedonia", "FYR Macedonia"),
    "MM": ("Burma",), "MO": ("Macau", "Macau SAR", "Macao SAR"), "NL": ("Holland",),
    "PS": ("Palestine", "Palestinian Authority", "Gaza Strip", "West Bank"),
    "RU": ("Russia", "Россия"),
    "SA": ("KSA", "K.S.A.", "Kingdom of Saudi Arabia"), "SY": ("Syria",), "SZ": ("Swaziland",),
    "TR": ("Turkey",), "TT": ("Trinidad", "Trinidad & Tobago"),
    "TW": ("Taiwan", "Taiwan ROC", "Taiwan R.O.C.", "R.O.C.", "ROC", "Republic of China",
           "Province of China"),
    "TZ": ("Tanzania",), "VE": ("Venezuela",), "VN": ("Vietnam", "Viet Nam"),
    "VI": ("U.S. Virgin Islands", "US Virgin Islands"),
    "US": ("USA", "U.S.A.", "U.S.", "US", "United States", "United States of America",
           "Unites States",
           "U.S. of America", "America", "District of Columbia"),
}  # fmt: skip
# Names of a country that are those of something else too, and what tells in an address which.
_AMBIGUOUS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "georgia": {"GE": ("tbilisi", "kutaisi", "batumi"), "US": ("atlanta", "athens", "augusta")},
    "congo": {
        "CD": ("kinshasa", "lubumbashi", "goma", "bukavu"),
        "CG": ("brazzaville", "pointe noire"),
    },
}
# Words that end in the name of a country that they do not mean.
_NO_NAMES = frozenset(
    [
        "new england",
        "gulf of mexico",
        "gulf of guinea",
        "latin america",
        "south america",
        "north america",
        "central america",
        "serbia and montenegro",
    ]
)
_ALONE = frozenset(["us", "gb", "roc", "prc", "rok", "drc", "brd", "frg"])
"""Short names that are words or other initials where they do not stand alone."""
_REGIONS = ("HK", "MO", "TW")
"""Those with a code of their own that addresses name before China."""
_CODES = {"UK": "GB", "EL": "GR"}
"""Codes that feeds use for others of ISO 3166-1."""
_LETTER = re.compile(r"\b(?:electronic address|e-?mail)\b", re.IGNORECASE)
_PART = re.compile(r"[,()\[\]|]|\s[-\u2013\u2014]\s")
_TWO_LETTERS = re.compile("[A-Za-z]{2}")
_NUMBER = re.compile(r"\S*\d\S*")
_DIGIT = re.compile(r"\d")
_SIGN = re.compile(r"[^\W_]")
_NO_LETTERS = re.compile(r"[\W_]+")
_APOSTROPHES = re.compile("['\u2019`]")
_STATE_ZIP = re.compile(r"\b([A-Z]{2})[\s,.]+\d{5}(?:-\d{4})?$")
_POSTCODES = {
    "GB": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}$"),
    "CA": re.compile(r"\b[A-Z]\d[A-Z]\s?\d[A-Z]\d$"),
}
_LONGEST = 1_000  # characters of an address that are looked at, its last
_LEAST_LETTERS = 5  # of a name in another language: shorter ones are words elsewhere
_MOST_WORDS = 8  # of a name
_PARTS = 3  # of an address, from its end


@lru_cache(maxsize=1_000)
def country_code(text: str) -> str | None:
    """The code of ISO 3166-1 alpha-2 that a feed's code is, in any case, or none."""
    code = text.strip().upper()
    code = _CODES.get(code, code)
    return code if code in _codes() else None


def country_name(code: str) -> str | None:
    """The English name of a country by its code, None where there is no such code."""
    country = pycountry.countries.get(alpha_2=code)
    return getattr(country, "common_name", country.name) if country else None


def country_names() -> Collection[str]:
    """Names of countries and of the states of the USA, in lower case, without marks of letters."""
    return _names().keys() | _AMBIGUOUS.keys()


def countries_of(affiliation: str) -> list[str]:
    """The countries in which the addresses of an affiliation lie, in alphabetical order.

    Semicolons part addresses. Only a country's name, a state of the USA or a postcode tells:
    an institution or a town alone lies in no country.
    """
    codes = (_country_of(address[-_LONGEST:]) for address in affiliation.split(";"))
    return sorted({code for code in codes if code})


@lru_cache(maxsize=20_000)  # few institutions write most papers of a feed
def _country_of(address: str) -> str | None:
    """The country of one address: by its end, else by one of the parts before, whole."""
    letter = _LETTER.search(address)
    words = (address[: letter.start()] if letter else address).split()
    text = " ".join(word for word in words if "@" not in word).strip(" .,:*")
    parts = [part.strip(" .") for part in _PART.split(text)]
    named = [part for part in parts if _SIGN.search(_without_numbers(part))]
    if not named:
        return None
    if _TWO_LETTERS.fullmatch(named[-1]):
        return _by_letters(named[-1]) or _by_postcode(text)
    last, *earlier = [_fold(_without_numbers(part)) for part in named[: -_PARTS - 1 : -1]]
    inverted = " ".join([*earlier[:1], last])  # "Korea, Republic of"
    code = _names().get(inverted) or _by_name(last, text) or _by_postcode(text)
    whole = [_names().get(name) for name in earlier if name not in _AMBIGUOUS]
    if code == "CN":
        return next((region for region in whole if region in _REGIONS), code)
    return code or next((country for country in whole if country), None)


def _without_numbers(part: str) -> str:
    # Few parts have a digit, and to look for one takes less than the pattern takes to fail.
    return _NUMBER.sub(" ", part) if _DIGIT.search(part) else part


def _by_letters(letters: str) -> str | None:
    """What two capitals at the end stand for: a state or a country, none where for both."""
    code = country_code(letters) if letters.isupper() else None
    if letters in _states():
        return None if code else "US"
    return code


def _by_name(part: str, text: str) -> str | None:
    """The country whose name ends a part of an address; of several the longest name."""
    words = part.removeprefix("the ").split()
    for count in range(min(len(words), _MOST_WORDS), 0, -1):
        name = " ".join(words[-count:])
        if name in _NO_NAMES:
            return None
        if name in _AMBIGUOUS:
            signs = _AMBIGUOUS[name].items()
            whole = _fold(text)
            return next((c for c, towns in signs if any(t in whole for t in towns)), None)
        if name in _names() and (name not in _ALONE or count == len(words)):
            return _names()[name]
    return None


def _by_postcode(text: str) -> str | None:
    state = _STATE_ZIP.search(text)
    if state and state[1] in _states():
        return "US"
    return next((code for code, form in _POSTCODES.items() if form.search(text)), None)


def _fold(text: str) -> str:
    """Words in lower case, without marks of letters, punctuation and a lone "and"."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text)).casefold()
    if not plain.isascii():
        plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _NO_LETTERS.sub(" ", plain).strip()


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@lru_cache(maxsize=1)
def _states() -> Mapping[str, str]:
    """The states of the USA, and its capital's district: letters → name."""
    return {
        region.code.removeprefix("US-"): _fold(region.name)
        for region in pycountry.subdivisions
        if region.country_code == "US" and region.type in ("State", "District")
    }


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Folded names of countries, and of states of the USA → code; names of two countries go."""
    codes_by_name: dict[str, set[str]] = {}
    for code, name in _names_elsewhere():
        folded = _fold(name)
        if len(folded) >= _LEAST_LETTERS or not folded.isascii():
            codes_by_name.setdefault(folded, set()).add(code)
    names = {name: codes.pop() for name, codes in codes_by_name.items() if len(codes) == 1}
    names |= {_fold(name): code for code, name in _own_names()}
    names |= dict.fromkeys(_states().values(), "US")
    return names | {_fold(name): code for code, own in _SPELLINGS.items() for name in own}


def _own_names() -> Iterator[tuple[str, str]]:
    """Codes and names of countries in English."""
    for country in pycountry.countries:
        for field in ("name", "official_name", "common_name"):
            if hasattr(country, field):
                yield country.alpha_2, getattr(country, field)


def _names_elsewhere() -> Iterator[tuple[str, str]]:
    """Codes and names of countries in other languages."""
    for language in _LANGUAGES:
        words = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        for code, name in _own_names():
            if (translated := words.gettext(name)) != name:
                yield code, translated
