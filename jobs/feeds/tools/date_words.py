"""Dates as people and programs write them: numbers, words, ranges, seasons, or a part alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from jobs.feeds.tools.json_text import as_list, as_object
from jobs.feeds.tools.values import date_text

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""English months by the three letters that formats of data spell them with."""
# Names of months in the languages that bibliographies are mostly written in.
_NAMES = (
    "january jan januar jänner januari janvier janv enero ene gennaio gen janeiro stycznia"
    " styczeń ledna leden января январь ocak január ianuarie tammikuu tammikuuta",
    "february feb februar februari février fevrier févr fév febrero febbraio fevereiro fev"
    " lutego luty února únor февраля февраль şubat február februarie helmikuu helmikuuta",
    "march mar märz maerz mrz mär maart mars marts marzo março marca marzec března březen"
    " марта март mart március martie maaliskuu maaliskuuta",
    "april apr avril avr abril abr aprile kwietnia kwiecień dubna duben апреля апрель nisan"
    " április aprilie huhtikuu huhtikuuta",
    "may mai maj mei mayo maggio mag maio maja května květen мая май mayıs május toukokuu"
    " toukokuuta",
    "june jun juni juin junio giugno giu junho czerwca czerwiec června červen июня июнь"
    " haziran június iunie kesäkuu kesäkuuta",
    "july jul juli juillet juil julio luglio lug julho lipca lipiec července červenec июля"
    " июль temmuz július iulie heinäkuu heinäkuuta",
    "august aug augusti augustus août aout agosto ago sierpnia sierpień srpna srpen августа"
    " август ağustos augusztus elokuu elokuuta",
    "september sept sep septembre septiembre settembre set setembro września wrzesień září"
    " сентября сентябрь eylül szeptember septembrie syyskuu syyskuuta",
    "october oct oktober okt octobre octubre ottobre ott outubro out października październik"
    " října říjen октября октябрь ekim október octombrie lokakuu lokakuuta",
    "november nov novembre noviembre novembro ноября ноябрь kasım noiembrie marraskuu marraskuuta",
    "december dec dezember dez desember décembre decembre déc diciembre dic dicembre dezembro"
    " grudnia grudzień prosince prosinec декабря декабрь aralık decembrie joulukuu joulukuuta",
)
_NUMBERS = {name: n for n, names in enumerate(_NAMES, 1) for name in names.split()}
_WORD = re.compile(r"[^\W\d_]+")
# One sign parts all of a date: `2007/07-08` is July and August.
_ISO = re.compile(
    r"[^\d]{0,3}(\d{4})(?:([-/.]+)(\d{1,2})(?![\dXxu])(?:\2(\d{1,2})(?![\dXxu]))?)?(?![\dXxu])"
)
_MONTH_FIRST = re.compile(r"(0?[1-9]|1[0-2])\s*[-/.]\s*(\d{4})(?!\d)")
# RIS: year, month and day in places of their own, and words behind them (`2011/07//Jul-Aug`).
_IN_PLACES = re.compile(r"(\d{4})/(\d{0,2})/(\d{0,2})(?:/(?!\d)(.*))?")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년](?:\s*(\d{1,2})\s*[月월](?:\s*(\d{1,2})\s*[日일])?)?")
_KOREAN = re.compile(r"(\d{4})\.\s+(\d{1,2})\.(?:\s+(\d{1,2})\.?)?")
_COMPACT = re.compile(r"((?:1[4-9]|20)\d{2})(\d{2})(\d{2})?")
# In the East of Europe months are often Roman: 6.V.2014.
_ROMAN_MONTH = re.compile(r"(\d{1,2})\.\s?(I{1,3}|I?V|VI{1,3}|I?X|XI{1,2})\.\s?(\d{4})(?!\d)")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_DAY_FIRST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_NUMBER = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")
_MONTHS_A_YEAR = 12
_DAYS_A_MONTH = 31


class Parts(NamedTuple):
    """What is known of a date."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


def parts_of(text: str) -> Parts:
    """What `text` says of a date for certain; nothing where it is none.

    Of a range its beginning. Seasons, quarters and zeros are no months. Of `05/03/2014` the year
    alone is certain, since people write either number first.
    """
    text = _without_note(text.strip().strip("[](){}").strip())
    places = _IN_PLACES.fullmatch(text) or _EAST_ASIAN.match(text) or _KOREAN.fullmatch(text)
    places = places if places and places[2] else _COMPACT.fullmatch(text)
    if places:
        return _sound(*(int(part) if part else None for part in places.groups()[:3]))
    month = next((m for m in (_NUMBERS.get(w.lower()) for w in _WORD.findall(text)) if m), None)
    if month:
        return _in_words(text, month)
    day_first = _DAY_FIRST.match(text)
    if day_first:
        return _with_day_first(day_first)
    match = _ISO.match(text)
    if match:
        return _sound(*(int(part) if part else None for part in match.group(1, 3, 4)))
    return _of_rest(text)


def _with_day_first(match: re.Match[str]) -> Parts:
    """`27.03.2019`; with other signs only where one of the numbers can be no month."""
    one, other, year = int(match[1]), int(match[3]), int(match[4])
    if match[2] == "." or one > _MONTHS_A_YEAR:
        return _sound(year, other, one)
    is_certain = one == other or other > _MONTHS_A_YEAR
    return _sound(year, one, other) if is_certain else _sound(year)


def _of_rest(text: str) -> Parts:
    """`6.V.2014`, `10/2012`, or any year that stands in the text."""
    roman, month_first = _ROMAN_MONTH.match(text), _MONTH_FIRST.match(text)
    if roman:
        return _sound(int(roman[3]), _ROMAN.index(roman[2]) + 1, int(roman[1]))
    if month_first:
        return _sound(int(month_first[2]), int(month_first[1]))
    year_alone = _YEAR.search(text)
    return _sound(int(year_alone[1])) if year_alone else Parts()


def _without_note(text: str) -> str:
    """`text` without the date in brackets behind the first."""
    before, bracket, _ = text.replace("(", "[").partition("[")
    is_noted = bracket and _YEAR.search(before) and _YEAR.search(text[len(before) :])
    return before if is_noted else text


def _in_words(text: str, month: int) -> Parts:
    year = _YEAR.search(text)
    rest = text.replace(year[0], " ", 1) if year else text
    days = (int(number) for number in _NUMBER.findall(rest))
    day = next((number for number in days if 1 <= number <= _DAYS_A_MONTH), None)
    return _sound(int(year[1]) if year else None, month, day)


def _sound(year: int | None, month: int | None = None, day: int | None = None) -> Parts:
    """The parts up to the first that cannot be."""
    year = year or None
    if not month or month > _MONTHS_A_YEAR:
        return Parts(year)
    try:
        date(year or 2000, month, day or 1)  # a leap year: 29 February may be meant
    except ValueError:
        day = None
    return Parts(year, month, day or None)


def combine_dates(texts: Iterable[str | None]) -> str | None:
    """The date that several texts of one record tell together, as ISO text; None without a year.

    The first text that names a year gives it; month and day come from the first text that has them
    and names no other year.
    """
    dates = [parts_of(text) for text in texts if text]
    year = next((parts.year for parts in dates if parts.year), None)
    if year is None:
        return None
    fitting = [parts for parts in dates if parts.month and parts.year in (None, year)]
    best = max(fitting, key=lambda parts: parts.day is not None, default=Parts())
    month, day = best.month, best.day
    if day and month:
        try:
            date(year, month, day)
        except ValueError:
            day = None
    return date_text(year, month, day)


def day_in_parts(value: Any) -> str | None:
    """The first day in ISO of a date in parts, as CSL has it and Crossref; ISO text as it is.

    Some programs make a list less of the parts.
    """
    if isinstance(value, str):
        return value
    parts = as_list(as_object(value).get("date-parts"))
    first = parts[0] if parts and isinstance(parts[0], list) else parts
    return date_text(*first[:3]) if first else None
