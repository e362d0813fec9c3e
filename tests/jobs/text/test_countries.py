"""Requirements of countries: names in many spellings, and where an address lies."""

from __future__ import annotations

import time

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.text.countries import countries_of, country_code

# The end of an address → its country.
ENDS = {
    "USA": "US", "U.S.A.": "US", "U. S. A": "US", "United States": "US", "US": "US",
    "the United States of America": "US", "MA 02139 USA": "US", "Reedville, CA 94305": "US",
    "Reedville, MA, 02139": "US", "Reedville, TX": "US", "West Virginia": "US",
    "Reedville, New Mexico": "US", "Massachusetts 02139-4307": "US", "Atlanta, Georgia": "US",
    "Tbilisi, Georgia": "GE", "UK": "GB", "U.K.": "GB", "United Kingdom": "GB", "England": "GB",
    "Scotland, UK": "GB", "Northern Ireland": "GB", "Great Britain": "GB", "Fernley FR1 2TD": "GB",
    "Wales": "GB", "Ireland": "IE", "Republic of Ireland": "IE", "China": "CN", "P.R. China": "CN",
    "PR China": "CN", "P. R. China": "CN", "People's Republic of China": "CN",
    "People’s Republic of China": "CN", "100084 China": "CN", "Reed 100084, China.": "CN",
    "Inner Mongolia": "CN", "中国": "CN", "Hong Kong": "HK", "Hong Kong, China": "HK",
    "Hong Kong SAR, China": "HK", "Macau, China": "MO", "Taiwan": "TW", "Taiwan, R.O.C.": "TW",
    "Taiwan (R.O.C.)": "TW", "Taiwan, Province of China": "TW", "Korea": "KR",
    "Republic of Korea": "KR", "South Korea": "KR", "Korea, Republic of": "KR",
    "Rep. of Korea": "KR", "대한민국": "KR", "North Korea": "KP", "DPR Korea": "KP",
    "Japan 606-8501": "JP", "日本": "JP", "Germany": "DE", "Deutschland": "DE",
    "Federal Republic of Germany": "DE", "D-10115 Reed, Germany": "DE", "France": "FR",
    "F-75013 Reed, FRANCE": "FR", "Spain": "ES", "España": "ES", "Italy": "IT", "Italia": "IT",
    "The Netherlands": "NL", "Netherlands": "NL", "Holland": "NL", "Nederland": "NL",
    "Switzerland": "CH", "Schweiz": "CH", "Suisse": "CH", "Österreich": "AT", "Belgique": "BE",
    "Brasil": "BR", "Brazil": "BR", "México": "MX", "Mexico": "MX", "Turkey": "TR",
    "Türkiye": "TR", "Russia": "RU", "Russian Federation": "RU", "Россия": "RU", "Iran": "IR",
    "Islamic Republic of Iran": "IR", "Iran, Islamic Republic of": "IR", "Viet Nam": "VN",
    "Vietnam": "VN", "Czech Republic": "CZ", "Czechia": "CZ", "Česká republika": "CZ",
    "Polska": "PL", "Sverige": "SE", "Ivory Coast": "CI", "Côte d'Ivoire": "CI",
    "UAE": "AE", "U.A.E.": "AE", "United Arab Emirates": "AE", "Saudi Arabia": "SA", "KSA": "SA",
    "Macedonia": "MK", "DR Congo": "CD", "Kinshasa, Democratic Republic of the Congo": "CD", "Kinshasa, Congo": "CD",
    "Brazzaville, Congo": "CG", "St. Thomas, U.S. Virgin Islands": "VI", "Papua New Guinea": "PG", "Guinea-Bissau": "GW",
    "Equatorial Guinea": "GQ", "Guinea": "GN", "Nigeria": "NG", "Niger": "NE",
    "Toronto, ON M5S 1A8": "CA", "British Columbia": "CA", "New South Wales": "AU",
    "NSW 2006 Australia": "AU", "New Zealand": "NZ", "Reed (Norway)": "NO", "Reed, SE": "SE",
    "India. Electronic address: fern@tides.example.": "IN", "India, fern@tides.example": "IN",
    "Egypt. E-mail: fern@tides.example": "EG", "Denmark *": "DK", "Chile - Reed": "CL",
}  # fmt: skip

NOWHERE = [
    "", " ; , ", "Silt Laboratory", "University of New England", "Reed College, Fernville",
    "Department of CAD", "Contact us", "Reedville, Georgia", "Reedville, CA", "02139", "a@b.example",
    "University of Central America", "Institute of Latin America", "Gulf of Guinea", "Reedville, Congo",
    "Fernville, Serbia and Montenegro",
]  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_an_address_lies_where_its_end_says(end: str) -> None:
    assert countries_of(f"Silt Laboratory, Reed University, {end}") == [ENDS[end]]


@pytest.mark.parametrize("text", NOWHERE)
def test_an_address_that_names_no_country_lies_in_none(text: str) -> None:
    assert countries_of(text) == []


def test_semicolons_part_addresses() -> None:
    assert countries_of("Reed, Sweden; Silt Lab, Norway; Moss, Sweden") == ["NO", "SE"]


# "Cocos (Keeling) Islands" is the one name with brackets in its middle.
@pytest.mark.parametrize(
    "country", [c for c in pycountry.countries if c.alpha_2 != "CC"], ids=lambda c: c.alpha_2
)
def test_every_country_has_its_names_and_its_code(country: pycountry.db.Country) -> None:
    for name in (country.name, getattr(country, "common_name", country.name)):
        # Of two names that others have too a town tells which.
        place = {"GE": "Tbilisi", "CG": "Brazzaville"}.get(country.alpha_2, "Silt Laboratory")
        assert countries_of(f"{place}, {name}") == [country.alpha_2]
    assert country_code(country.alpha_2.lower()) == country.alpha_2


def test_codes_of_feeds_that_are_none_are_none() -> None:
    assert [country_code(text) for text in ("uk", " no ", "XX", "", "NOR")] == [
        "GB", "NO", None, None, None,
    ]  # fmt: skip


@given(st.text(max_size=200))
def test_whatever_is_delivered_gives_codes_or_nothing(text: str) -> None:
    assert all(country_code(code) == code for code in countries_of(text))


def test_hostile_lengths_take_no_time() -> None:
    start = time.monotonic()
    for text in ("a" * 1_000_000, "a, " * 300_000, "@" * 1_000_000, "A1 " * 300_000, "(" * 10**6):
        countries_of(text)
    assert time.monotonic() - start < 5
