"""Which institutions of ROR's list an affiliation names: exact names, and places that agree.

An address is cut at its commas. Parts of it, one or several together, are looked up among all names
of the list, folded; never a likeness of letters. Of several institutions of one name country and
town choose; where they do not, none is taken. Sources: the matching of affiliations by ROR's API
(parts of a text, places that agree, one candidate or none), and S2AFF (Feldman and others, 2022:
institute, part and address, candidates, a choice); rules stand here where that has learnt weights.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pyarrow as pa

from jobs.people.institution_decisions import Decisions, decision_key
from jobs.people.ror import ACRONYM, LABEL, standing
from jobs.text.countries import countries_of, country_names
from jobs.text.folding import fold_words

DECISION, NAME, OTHER_NAME, SHORT = "decision", "name", "other name", "acronym"
BASES = (DECISION, NAME, OTHER_NAME, SHORT)
COMMON_COUNTRIES = 20
"""A word that stands in names of so many countries (institute, national, physics) tells of none."""
_SCORES = {NAME: 0.95, OTHER_NAME: 0.92, SHORT: 0.8}
_FOR_BOTH, _FOR_NEITHER, _FOR_A_PART = 0.05, -0.1, -0.03

_AT_ONCE = 5_000  # rows of the list
_LONGEST = 1_000  # characters of an address that are looked at
_MOST_ADDRESSES, _MOST_PARTS = 20, 20
_JOINED = 3  # neighbouring parts that may be one name: "University of California, Davis"
_MOST_WORDS = 40  # of a part: a longer one is a sentence, in which names mean this and that
_BEHIND = 6  # parts among which the place is sought that ends a name


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that are the same in many languages, and the short forms that addresses have.
_FORMS = {
    "university": "univ universite universita universitas universidad universidade universitat "
    "universitaet universiteit universitet universitetet universitatea uniwersytet univerzita "
    "univerzitet sveuciliste universities",
    "institute": "inst institut instituto istituto instituut instytut institutet institutes",
    "center": "ctr cent centre centro centrum zentrum centers centres",
    "hospital": "hosp hopital hospitals",
    "laboratory": "lab labs laboratories laboratoire laboratorio",
    "department": "dept dep departamento departement dipartimento",
    "school": "sch", "faculty": "fac", "college": "coll", "academy": "acad",
    "national": "natl", "international": "intl", "technology": "technol tech",
    "research": "res", "sciences": "sci", "saint": "st", "medicine": "med",
}  # fmt: skip
_SAME = {form: word for word, forms in _FORMS.items() for form in forms.split()}
_BETWEEN = _set_of(
    "of the at in for and de del della delle di da do dos du des der die das dem den la le les el "
    "los e et und y van von voor inc ltd llc gmbh plc corp"
)
_LEADS = _set_of("of the at in de der du da di la")
_COUNTRY_BEHIND = re.compile(r"^(.+?) \(([^()]+)\)$")  # ROR's way with firms: "Moss (Norway)"
# What a part of an institution is called: it may stand before or behind the name of the whole.
_UNITS = _set_of(
    "department school faculty division section unit institute laboratory center program group "
    "chair clinic graduate"
)
_UNITS_BEHIND = _set_of("department school faculty division section library")
_BESIDE = _UNITS | {"ministry"}  # what stands beside a university and is often not its own
_WHOLES = _set_of("university college academy polytechnic")
_CUT = re.compile(r"[,()\[\]|/\u2014]|\s[-\u2013\u2014]\s|:\s|(?<=[a-z]{5})\.\s+(?=[A-Z])")
_MAIL = re.compile(r"\b(?:electronic address|e-?mail)\b.*", re.IGNORECASE | re.DOTALL)
_ACRONYM = re.compile(r"[^\W\d_][\w.&-]{1,11}")

Key = str


class Organizations(NamedTuple):
    """The list, as it is looked up: organizations by their place in it, names as keys.

    Attributes:
        by_name: key → places of the organizations that it names, by `_code`.
        common: words that stand in names of many countries.
    """

    ids: Sequence[str]
    countries: Sequence[frozenset[str]]
    cities: Sequence[tuple[str, ...]]
    parents: Sequence[tuple[int, ...]]
    by_name: Mapping[Key, tuple[int, ...]]
    by_acronym: Mapping[str, tuple[int, ...]]
    towns: frozenset[Key]
    common: frozenset[str]


class Match(NamedTuple):
    """One institution that an affiliation names; without an id none, and `evidence` says why."""

    institution_id: str | None
    country: str | None
    score: float | None
    basis: str | None
    evidence: str


class _Part(NamedTuple):
    text: str
    words: tuple[str, ...]


class _Hit(NamedTuple):
    """A name found in parts begin to end - 1, and the organizations of it: row → kind of name."""

    begin: int
    end: int
    key: Key
    found: Mapping[int, str]
    is_whole: bool


class _Taken(NamedTuple):
    row: int
    hit: _Hit
    match: Match


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, folded, in one form for all languages and short forms."""
    return tuple(_SAME.get(word, word) for word in fold_words(text))


def _key(words: Iterable[str]) -> Key:
    return " ".join(word for word in words if word not in _BETWEEN)


def key_of(name: str) -> Key:
    """A name as it is looked up."""
    return _key(words_of(name))


def organizations(table: pa.Table) -> Organizations:
    """The list as it is looked up."""
    table = table.sort_by("id")
    ids = table["id"].to_pylist()
    place = {own: at for at, own in enumerate(ids)}
    now = standing(table.select(["id", "status", "successors"]).to_pylist())
    names: dict[Key, tuple[int, ...]] = {}
    acronyms: dict[str, tuple[int, ...]] = {}
    countries_by_word: dict[str, set[str]] = defaultdict(set)
    once: dict[Any, Any] = {}  # most countries and towns stand in many rows
    countries, cities, parents = [], [], []
    for row in _rows(table.select(["id", "names", "countries", "cities", "parents"])):
        codes = frozenset(row["countries"])
        countries.append(once.setdefault(codes, codes))
        towns = tuple(sorted({" ".join(words_of(city)) for city in row["cities"]}))
        cities.append(once.setdefault(towns, towns))
        parents.append(tuple(place[own] for own in row["parents"] if own in place))
        current = now[row["id"]]
        if current is not None:
            words = _add(row["names"], place[current], current == row["id"], names, acronyms)
            for word in words:
                countries_by_word[word].update(codes)
    return Organizations(
        ids, countries, cities, parents, names, acronyms,
        towns=frozenset(_key(town.split()) for towns in set(cities) for town in towns),
        common=frozenset(
            word for word, codes in countries_by_word.items() if len(codes) >= COMMON_COUNTRIES
        ),
    )  # fmt: skip


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        yield from batch.to_pylist()


def _add(
    own_names: Iterable[Mapping[str, str]],
    at: int,
    is_own: bool,
    names: dict[Key, tuple[int, ...]],
    acronyms: dict[str, tuple[int, ...]],
) -> set[str]:
    """Enter the names of an organization, and give their words; those of one that it follows are
    other names of it.
    """
    all_words: set[str] = set()
    for each in own_names:
        value, kind = _without_country(each["value"]), each["kind"]
        if kind == ACRONYM or (" " not in value and len(value) > 1 and value.isupper()):
            if at not in acronyms.get(value, ()):
                acronyms[value] = (*acronyms.get(value, ()), at)
            continue
        words = words_of(value)
        all_words.update(words)
        key = _key(words)
        if key and key not in _country_keys():
            code = _code(at, is_own and kind == LABEL)
            if code not in names.get(key, ()):
                names[key] = (*names.get(key, ()), code)
    return all_words


def _code(at: int, is_label: bool) -> int:
    """An organization's place and whether a name is its own one or another, in one number."""
    return 2 * at + is_label


def _found(key: Key, known: Organizations) -> dict[int, str] | None:
    """The organizations of a name: place → kind of name, the better of two."""
    codes = known.by_name.get(key)
    if codes is None:
        return None
    return {code // 2: NAME if code % 2 else OTHER_NAME for code in sorted(codes)}


@lru_cache(maxsize=1)
def _country_keys() -> frozenset[Key]:
    return frozenset(map(key_of, country_names()))


def _without_country(name: str) -> str:
    """A name without the country in brackets behind it."""
    behind = _COUNTRY_BEHIND.match(name) if name.endswith(")") else None
    return behind[1] if behind and key_of(behind[2]) in _country_keys() else name


def match(affiliation: str, known: Organizations, decided: Decisions) -> list[Match]:
    """The institutions that an affiliation names, in its order; or one Match without an id."""
    if decided and (key := decision_key(affiliation)) in decided:
        return [_decided(decided[key], known)]
    addresses = [each for each in affiliation.split(";") if each.strip()]
    if len(addresses) > _MOST_ADDRESSES or any(len(each) > _LONGEST for each in addresses):
        return [_none("too long to be an address")]
    matches = [one for address in addresses for one in _of_address(address, known)]
    best: dict[str, Match] = {}
    for one in matches:
        if one.institution_id is not None:
            before = best.setdefault(one.institution_id, one)
            best[one.institution_id] = max(before, one, key=lambda each: each.score or 0)
    if best:
        return list(best.values())
    reasons = dict.fromkeys(one.evidence for one in matches)
    return [_none("; ".join(reasons) or "no words")]


def _decided(own: str | None, known: Organizations) -> Match:
    if own is None:
        return Match(None, None, None, DECISION, "decided: no institution")
    at = known.ids.index(own) if own in known.ids else None
    country = min(known.countries[at], default=None) if at is not None else None
    return Match(own, country, 1.0, DECISION, "decided")


def _none(why: str) -> Match:
    return Match(None, None, None, None, why)


def _of_address(address: str, known: Organizations) -> list[Match]:
    """What one address names."""
    parts = _parts(address)
    if not parts:
        return [_none("no words")]
    codes = frozenset(countries_of(address))
    taken, reasons = [], []
    for hit in _hits(parts, known):
        outcome = _resolve(hit, parts, codes, known)
        if isinstance(outcome, _Taken):
            taken.append(outcome)
        else:
            reasons.append(outcome)
    if not taken and not reasons:
        outcome = _by_acronym(parts, codes, known)
        if isinstance(outcome, _Taken):
            return [outcome.match]
        return [_none(outcome)]
    kept = _compatible(taken, parts, known)
    return [one.match for one in kept] or [_none("; ".join(dict.fromkeys(reasons)) or _LONE_UNIT)]


_LONE_UNIT = "a part of an institution, which the list does not tie to the one named beside it"


def _parts(address: str) -> list[_Part]:
    text = " ".join(word for word in _MAIL.sub("", address).split() if "@" not in word)
    parts = (_Part(piece.strip(" .*"), words_of(piece)) for piece in _CUT.split(text))
    return [part for part in parts if part.words][:_MOST_PARTS]


def _hits(parts: Sequence[_Part], known: Organizations) -> Iterator[_Hit]:
    """Names of the list in an address, each place of it once, the longest first."""
    at = 0
    while at < len(parts):
        hit = _hit_at(at, parts, known)
        if hit:
            yield hit
        at = hit.end if hit else at + 1


def _hit_at(at: int, parts: Sequence[_Part], known: Organizations) -> _Hit | None:
    for count in range(min(_JOINED, len(parts) - at), 1, -1):
        key = _key(word for part in parts[at : at + count] for word in part.words)
        if found := _found(key, known):
            return _Hit(at, at + count, key, found, True)
    ends = [_key(_without_numbers(other.words)) for other in parts[at + 1 : at + 1 + _BEHIND]]
    for key, is_whole in _spans(parts[at].words):
        for end in ends:
            if found := _found(f"{key} {end}", known):
                return _Hit(at, at + 1, f"{key} {end}", found, True)
        if key not in known.towns and (found := _found(key, known)):
            return _Hit(at, at + 1, key, found, is_whole)
    return None


def _spans(words: tuple[str, ...]) -> Iterator[tuple[Key, bool]]:
    """What of a part may be a name, and whether it is the whole of it.

    The whole, without numbers around it; what follows "of" and the like behind the name of a unit
    ("School of Law of the University of X"); what stands before that of a unit ("X University
    School of Law"), or before a country.
    """
    if len(words) > _MOST_WORDS:
        return
    yield _key(words), True
    plain = _without_numbers(words, shortest=4)  # "Paris 8" is a name
    if plain != words:
        yield _key(plain), True
    if plain and plain[0] in _UNITS:
        for at in range(2, len(plain) - 1):
            if plain[at] in _LEADS:
                yield _key(plain[at + 1 :]), False
    for at in range(len(plain) - 1, 1, -1):
        if _is_unit_behind(plain, at):
            yield _key(plain[:at]), False
        elif _is_country_behind(plain, at):
            yield _key(plain[:at]), True


def _is_unit_behind(words: tuple[str, ...], at: int) -> bool:
    """Whether a unit is named from `at` on: School of Law, Law School, College of Law."""
    is_college = words[at : at + 2] == ("college", "of")  # not College, which is another one
    return is_college or words[at] in _UNITS_BEHIND or words[-1] in _UNITS_BEHIND


def _is_country_behind(words: tuple[str, ...], at: int) -> bool:
    """Whether a country stands from `at` on, not as a part of the name ("of the Netherlands")."""
    is_apart = words[at - 1] not in _BETWEEN and words[at] not in _LEADS - {"the"}
    return is_apart and _key(words[at:]) in _country_keys()


def _without_numbers(words: tuple[str, ...], shortest: int = 1) -> tuple[str, ...]:
    """Without marks of notes before, numbers or single letters, and postcodes behind.

    Args:
        shortest: letters that a word with a number has behind, if it goes.
    """
    begin, end = 0, len(words)
    while begin < end and (_has_digit(words[begin]) or re.fullmatch("[a-z]", words[begin])):
        begin += 1
    while begin < end and _has_digit(words[end - 1]) and len(words[end - 1]) >= shortest:
        end -= 1
    return words[begin:end]


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _resolve(
    hit: _Hit, parts: Sequence[_Part], codes: frozenset[str], known: Organizations
) -> _Taken | str:
    """The organization that a name stands for in an address, or why none."""
    name = " ".join(part.text for part in parts[hit.begin : hit.end])
    here = {at for at in hit.found if not codes or known.countries[at] & codes}
    if not here:
        return f"{name}: the list has it in another country only"
    words = [part.words for at, part in enumerate(parts) if not hit.begin <= at < hit.end]
    at_place = {at for at in here if _is_at(known.cities[at], words)}
    left = at_place or here
    if len(left) > 1 and (codes or at_place):
        left = {at for at in left if hit.found[at] == NAME} or left
    if len(left) > 1:
        left = {at for at in left if all(_is_below(o, at, known) for o in left - {at})} or left
    if len(left) > 1:
        return f"{name}: {len(left)} institutions of this name, and no place tells which"
    (at,) = left
    key_words = hit.key.split()
    if all(word in known.common for word in key_words) and at not in at_place:
        return f"{name}: a name of common words, and no town that tells which"
    if len(key_words) == 1 and not codes and not at_place:
        return f"{name}: a name of one word, and no place beside it"
    basis = hit.found[at]
    return _Taken(
        at, hit, _match(at, basis, name, bool(codes), at in at_place, hit.is_whole, known)
    )


def _match(
    at: int, basis: str, name: str, country: bool, city: bool, is_whole: bool, known: Organizations
) -> Match:
    agreed = [what for what, does in (("country", country), ("town", city)) if does]
    score = _SCORES[basis] + (_FOR_BOTH if country and city else 0.0 if agreed else _FOR_NEITHER)
    score += 0.0 if is_whole else _FOR_A_PART
    places = f"{' and '.join(agreed)} agree{'s' * (len(agreed) == 1)}" if agreed else "the only one"
    code = min(known.countries[at], default=None)
    return Match(known.ids[at], code, round(score, 2), basis, f"{basis} {name!r}; {places}")


def _is_at(cities: Iterable[str], parts: Iterable[tuple[str, ...]]) -> bool:
    """Whether a town is named in an address, beside the institution."""
    texts = [f" {' '.join(words)} " for words in parts]
    return any(f" {city} " in text for city in cities for text in texts)


def _is_below(at: int, above: int, known: Organizations) -> bool:
    """Whether an organization is a part of another, by however many steps."""
    visited, ahead = {at}, list(known.parents[at])
    while ahead:
        one = ahead.pop()
        if one == above:
            return True
        if one not in visited:
            visited.add(one)
            ahead += known.parents[one]
    return False


def _compatible(
    taken: Sequence[_Taken], parts: Sequence[_Part], known: Organizations
) -> list[_Taken]:
    """Of what an address names, parts without their wholes, and no units that are elsewhere's.

    "Institute of Physics, University of X": an institute of this name, of which the list does not
    say that it belongs to X, is another one.
    """
    kept = []
    for one in taken:
        others = [each for each in taken if each.row != one.row]
        if any(_is_below(each.row, one.row, known) for each in others):
            continue
        beside = [part for at, part in enumerate(parts) if not one.hit.begin <= at < one.hit.end]
        is_tied = any(_is_below(one.row, each.row, known) for each in others)
        is_unit = one.hit.key.split()[0] in _BESIDE
        if is_unit and not is_tied and any(_WHOLES & set(part.words) for part in beside):
            continue
        kept.append(one)
    return kept


def _by_acronym(
    parts: Sequence[_Part], codes: frozenset[str], known: Organizations
) -> _Taken | str:
    """The organization of which an address has only the acronym, behind units at most."""
    for at, part in enumerate(parts):
        text = part.text
        if _ACRONYM.fullmatch(text) and text in known.by_acronym:
            words = [other.words for place, other in enumerate(parts) if place != at]
            found = {row for row in known.by_acronym[text] if known.countries[row] & codes}
            near = {row for row in known.by_acronym[text] if _is_at(known.cities[row], words)}
            left = found & near or (found if codes else near)
            if not left:
                return f"{text}: an acronym, and no place that agrees"
            if len(left) > 1:
                return f"{text}: {len(left)} institutions of this acronym, and no place tells which"
            (row,) = left
            hit = _Hit(at, at + 1, text, {row: SHORT}, True)
            return _Taken(row, hit, _match(row, SHORT, text, bool(codes), row in near, True, known))
        if part.words[0] not in _UNITS:
            break
    return "no name of the list"
