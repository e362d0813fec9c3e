"""Evidence that two records tell of one work: each signal weighed by itself, then their sum.

The form is that of record linkage (Fellegi and Sunter 1969): a signal that agrees adds, one that
disagrees takes away, and what is missing on a side does neither. Weights are set by what a signal
means, not fitted to labels; one unit is about a factor of three in the odds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from jobs.stop_words import FUNCTION_WORDS
from jobs.venues import is_year, issues_apart, same_venue

# Schemes of ids, from the one that tells works apart best to the one that does it least.
SCHEMES = ("arxiv_id", "doi", "acl_id", "pmid", "openalex_id", "s2_id")
NATIVE, TITLE, NEAR, RELATION, DECISION = (
    "native_id", "title", "near duplicate", "relation", "decision",
)  # fmt: skip
# Prefixes of DOIs that preprint servers give: such a DOI stands beside the publisher's.
PREPRINT_DOIS = (
    "10.48550/", "10.1101/", "10.2139/", "10.21203/", "10.20944/", "10.26434/", "10.31234/",
    "10.31219/", "10.36227/", "10.22541/", "10.7287/", "10.5281/",
)  # fmt: skip

# What the sum must exceed for a join: more than a long equal title needs, less than a short one.
NEEDED = 2.5
VETO = -10.0
# Another id of one's own stands for another work; a feed's own id and a DOI may be given twice.
SAME_ID, SAME_NATIVE, SAME_DOI, RELATED = 8.0, 4.5, 3.0, 8.0
# A long title says which work it is; a short one does with an author or a year, a single word with
# authors; a heading of many works ("Editorial") does with several authors and the year.
LONG, SHORT, SINGLE, HEADING = 3.0, 2.0, 1.0, -1.0
# Next to an equal title: one with a slip of the pen or a remark; without its subtitle; with a word
# or two left out; with a word or two changed; another one.
ALIKE, PART, CUT, CHANGED, OTHER = -0.5, -1.5, -3.0, -5.0, -6.0
# Several authors of both, or one; the first of a list that was cut; some; none.
AUTHORS_AGREE, AUTHOR_AGREES, AUTHORS_PARTLY, AUTHORS_FEW, AUTHORS_DISAGREE = (
    3.0,
    2.0,
    1.0,
    -1.0,
    -2.5,
)
YEARS_AGREE = 1.0
# Years apart, of which one may be a preprint's, or both stand in print.
YEARS_NEAR, YEARS_FAR, PRINTED_NEAR, PRINTED_FAR = 0.0, -1.5, -3.5, -5.0
KINDS_DISAGREE = -1.0
# One venue says little alone: it prints its authors' other papers, and its headings again. What
# stands on another page, or in another issue, is another text.
VENUES_AGREE, ISSUES_DISAGREE = 0.5, -1.0
PAGES_AGREE, PAGES_DISAGREE = 1.5, -2.0
TEXTS_EQUAL, TEXTS_NEAR, TEXTS_AKIN, TEXTS_DISAGREE = 6.0, 4.0, 1.0, -2.0
# Titles that are only alike, over abstracts with nothing in common.
TEXTS_AND_TITLES = -1.0

_LIKE = 0.6  # share of letters in common from which one title can deny what the other says
_LONG_WORDS, _LONG_LETTERS = 4, 22  # telling words and their letters that make a title long
_NEGATING = ("un", "in", "im", "ir", "il", "non", "dis", "anti", "a")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEGATIONS = _words("no not non never without cannot neither nor none nothing")
_PARTS = _words("part parts volume vol chapter section no number version episode")
# Kinds of text about another work, whose title they bear.
_ABOUT = _words(
    """
    erratum errata corrigendum corrigenda correction retraction reply response comment comments
    commentary rejoinder discussion withdrawn retracted
    """
)
# Remarks on what kind of text it is: two deliveries of one work may differ in them.
_REMARKS = _words(
    """
    abstract extended abstracts panel poster demo demonstration short full paper version session
    invited talk tutorial keynote preprint technical tech report summary book review revised draft
    manuscript unpublished submitted appear proceedings
    """
)
# Words of which headings consist that many works bear.
_HEADINGS = _ABOUT | _words(
    """
    introduction editorial editor editors preface foreword message chair chairs index author authors
    title contents table special issue section guest keynote address talk invited session panel
    tutorial tutorials workshop workshops conference proceedings book review reviews column news
    letter letters correspondence corrections article paper notice obituary announcement
    announcements calendar report reports annual conclusion conclusions summary overview abstract
    abstracts note notes remarks opening closing welcome acknowledgment acknowledgments
    acknowledgement acknowledgements appendix bibliography references brief cover front back matter
    masthead treasurer president chairman secretary replies
    """
)
_COUNTED = "zero one two three four five six seven eight nine ten eleven twelve"
_ORDERED = "fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_NUMBERS = {word: str(place) for place, word in enumerate(_COUNTED.split())}
_NUMBERS |= {word: f"{place}th" for place, word in enumerate(_ORDERED.split(), 4)}
_NUMBERS |= {"first": "1st", "second": "2nd", "third": "3rd"}
_COUNTED_BY_ROMANS = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv"
_ROMAN = {word: str(place) for place, word in enumerate(_COUNTED_BY_ROMANS.split(), 1)}
_EDITORIAL = _words("guest editorial editor editors foreword preface")
# First names that are called by another letter.
_CALLED = {"bob": "robert", "bill": "william", "dick": "richard", "ted": "edward",
           "ned": "edward", "tony": "anthony", "gene": "eugene", "peggy": "margaret",
           "beth": "elizabeth", "liz": "elizabeth", "sasha": "alexander"}  # fmt: skip
_IDLE = FUNCTION_WORDS | _REMARKS | _EDITORIAL
LOST = "\u0294"  # stands in a name for a letter that a wrong encoding has lost


class Side(NamedTuple):
    """What one record is compared by.

    Attributes:
        ids: its ids, in the order of SCHEMES. native: feed and the feed's own id.
        related: ids of works that it names as itself in another form, as `scheme:id`.
        words: words of the title, in order. head: how many of them stand before the subtitle;
            all of them where there is none.
        families: surnames of the authors. names: every word of their names.
        year: year of publication. in_print: whether it names a venue that is no preprint server.
        kind: journal or conference, where the venue tells.
        places: words of the venue, which stray
            into titles.
        page: the first page. pairs: how many word pairs the abstract has, 0 for short ones.
    """

    record_id: str
    native: str
    ids: Sequence[str | None]
    related: Sequence[str]
    words: Sequence[str]
    head: int
    families: Sequence[str]
    names: Sequence[str]
    year: int | None
    in_print: bool
    kind: str | None
    places: Sequence[str]
    page: str | None
    pairs: int


class Judgement(NamedTuple):
    """Weight (-1 to 1, above 0 for one work), strongest evidence, and what speaks against it."""

    weight: float
    rule: str
    score: float
    evidence: str
    reason: str | None


class _Titles(NamedTuple):
    weight: float
    score: float
    reason: str | None = None


def judged(a: Side, b: Side, shared: int, near: float) -> Judgement:
    """What the evidence of two records comes to.

    Args:
        shared: word pairs that both abstracts have.
        near: least Jaccard of the word pairs that makes abstracts near duplicates.
    """
    found: list[tuple[str, float]] = []  # rules, by their strength
    told: dict[str, object] = {}
    related = _related(a, b)
    differing = [] if related else _differing(a, b)
    titles = _titles(a, b) if a.words and b.words else _Titles(0.0, 0.0)
    weight, against = titles.weight, titles.reason
    if a.words and b.words:
        told["title"] = round(titles.score, 4)
    for scheme, one, other in zip(SCHEMES, a.ids, b.ids, strict=True):
        if one is not None and one == other:
            weight += SAME_DOI if scheme == "doi" else SAME_ID
            found.append((scheme, 1.0))
            told[scheme] = one
    if related:
        weight += RELATED
        found.append((RELATION, 1.0))
        told["relation"] = related
    if a.native and a.native == b.native:
        weight += SAME_NATIVE
        found.append((NATIVE, 1.0))
        told["native_id"] = a.native.partition("\n")[2]
    parts = [
        _authors(a, b, told),
        _years(a, b, told),
        _venues(a, b, told),
        _texts(a, b, shared, near, told),
    ]
    weight += sum(part for part, _ in parts)
    if parts[3][0] == TEXTS_DISAGREE and 0 < titles.score < 1:
        weight += TEXTS_AND_TITLES
    # An equal title says more than texts do, unless it is the texts that decide.
    if told.get("jaccard", 0.0) and parts[3][0] >= TEXTS_NEAR and titles.weight < SHORT:
        found.append((NEAR, float(told["jaccard"])))  # type: ignore[arg-type]
    found.append((TITLE, max(0.0, titles.score)))
    rule, score = found[0]
    reasons = [reason for part, reason in sorted(parts, key=lambda p: p[0]) if reason]
    if differing:
        weight, against = weight + VETO, f"veto {differing[0]}"
    elif against is None and reasons:
        against = reasons[0]
    holds = weight > NEEDED and not differing
    if not holds and against is None:
        against = "too little evidence"
    scaled = max(-1.0, min(1.0, (weight - NEEDED) / 10))
    return Judgement(
        round(scaled, 6) if holds else min(round(scaled, 6), 0.0),
        rule,
        round(score, 6),
        json.dumps(told, separators=(",", ":")),
        against,
    )


def is_hopeless(a: Side, b: Side, shared: int, near: float, close: float) -> bool:
    """Whether two records with nothing but like titles can neither be one nor be called close.

    Most pairs that meet are such: their titles alone are looked at, and all else is taken to agree.

    Args:
        shared, near: as for `judged`. close: score of the titles that is called close.
    """
    same_id = any(x is not None and x == y for x, y in zip(a.ids, b.ids, strict=True))
    if same_id or a.related or b.related or (a.native and a.native == b.native):
        return False
    if not (a.words and b.words) or _texts(a, b, shared, near, {})[0] > 0:
        return False
    left, right = _apart(a.words, b.words)
    if _is_one_title(a, b) or _share(a, b, left, right) >= close:
        return False
    best = AUTHORS_AGREE + YEARS_AGREE + VENUES_AGREE + PAGES_AGREE
    return _unequal(a, b, left, right)[0] + best <= NEEDED


def _related(a: Side, b: Side) -> str | None:
    """The id by which one names the other as itself in another form."""
    for one, other in ((a, b), (b, a)):
        for scheme, value in zip(SCHEMES, other.ids, strict=True):
            if value is not None and f"{scheme}:{value}" in one.related:
                return f"{scheme}:{value}"
    return None


def _differing(a: Side, b: Side) -> list[str]:
    """The schemes of which the two bear different ids, none that a better scheme makes equal."""
    for scheme, one, other in zip(SCHEMES, a.ids, b.ids, strict=True):
        if one is None or other is None:
            continue
        if one == other and scheme != "doi":
            return []  # what tells works apart less well cannot overrule it
        if one != other and id_space(scheme, one) == id_space(scheme, other):
            return [scheme]
    return []


def id_space(scheme: str, value: str) -> str:
    """What an id tells works apart within: its scheme; a preprint's DOI, those of its server."""
    if scheme == "doi" and value.startswith(PREPRINT_DOIS):
        return value.partition("/")[0]
    return scheme


def _telling(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in FUNCTION_WORDS]


def title_class(words: Sequence[str]) -> float:
    """What an equal title weighs: LONG, SHORT or HEADING."""
    telling = _telling(words)
    rest = [word for word in telling if word not in _HEADINGS and not word.isdigit()]
    if not rest:
        return HEADING
    is_long = len(telling) >= _LONG_WORDS and sum(map(len, telling)) >= _LONG_LETTERS
    if is_long and len(rest) > 1:
        return LONG
    return SHORT if len(words) > 1 else SINGLE


def _titles(a: Side, b: Side) -> _Titles:
    if _is_one_title(a, b):
        return _Titles(_least_class(a, b), 1.0)
    left, right = _apart(a.words, b.words)
    share = _share(a, b, left, right)
    against = _contradiction(left, right, {a.year, b.year}, share)
    if against:
        return _Titles(VETO, share, against)
    weight, against = _unequal(a, b, left, right)
    return _Titles(weight, share, against)


def _is_one_title(a: Side, b: Side) -> bool:
    """Whether two titles are letter by letter the same, wherever their spaces stand."""
    return "".join(a.words) == "".join(b.words)


def _share(a: Side, b: Side, left: list[str], right: list[str]) -> float:
    """Share of their letters that two titles have in common."""
    return 1 - (_letters(left) + _letters(right)) / (_letters(a.words) + _letters(b.words))


def _unequal(a: Side, b: Side, left: list[str], right: list[str]) -> tuple[float, str | None]:
    """What titles weigh that each have words alone, and what speaks against them, if it does."""
    dirt = {*a.names, *b.names, *a.places, *b.places}
    clean = [[w for w in of if w not in dirt and not is_year(w)] for of in (left, right)]
    rest = [[w for w in of if w not in _IDLE] for of in clean]
    if _is_same(left, right) or _is_same(*clean) or _is_same(*rest):
        return _least_class(a, b) + ALIKE, None
    left, right = rest
    # With its subject, and without.
    if not (left and right) and _least_class(a, b) == HEADING:
        return HEADING + ALIKE, None
    if _is_part(a, b):
        return _least_class(a, b) + PART, None
    return _other(a, b, left, right), "titles disagree"


def _least_class(a: Side, b: Side) -> float:
    return min(title_class(a.words), title_class(b.words))


def _other(a: Side, b: Side, left: list[str], right: list[str]) -> float:
    """What two titles weigh that differ in telling words: little, unless those are few of many."""
    differing = len(left) + len(right)
    if differing > (len(a.words) + len(b.words)) // 4:  # as of most; fewer words are telling
        return SHORT + OTHER
    together = len(_telling(a.words)) + len(_telling(b.words))
    if differing > together // 4 or _least_class(a, b) < LONG:
        return SHORT + OTHER
    return LONG + (CHANGED if left and right else CUT)


def _contradiction(
    left: list[str], right: list[str], years: set[int | None], share: float
) -> str | None:
    """What makes two like titles those of two works: a denial, a number, a text about the other."""
    if _ABOUT.intersection(left) != _ABOUT.intersection(right):
        return "titles disagree"
    if share >= _LIKE and _negated(left, right):
        return "titles disagree"
    return "numbers disagree" if _numbered_apart(left, right, years) else None


def _apart(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that each title has alone, numbers in digits."""
    first, second = set(one), set(other)
    if not (_NUMBERS.keys().isdisjoint(first) and _NUMBERS.keys().isdisjoint(second)):
        one, other = ([_NUMBERS.get(w, w) for w in words] for words in (one, other))
        first, second = set(one), set(other)
    if len(first) == len(one) and len(second) == len(other):  # most repeat no word
        return [w for w in one if w not in second], [w for w in other if w not in first]
    counts = Counter(one), Counter(other)
    return _only(one, counts[0] - counts[1]), _only(other, counts[1] - counts[0])


def _only(words: Sequence[str], alone: Counter[str]) -> list[str]:
    left = []
    for word in words:
        if alone[word] > 0:
            alone[word] -= 1
            left.append(word)
    return left


def _negated(left: list[str], right: list[str]) -> bool:
    """Whether one title denies what the other says."""
    if len(_NEGATIONS.intersection(left)) != len(_NEGATIONS.intersection(right)):
        return True
    return _denies(left, right) or _denies(right, left)


def _denies(words: list[str], others: list[str]) -> bool:
    """Whether a word is another with a negating prefix."""
    return any(
        word.startswith(prefix) and word[len(prefix) :] in others
        for word in words
        if word.startswith(_NEGATING)
        for prefix in _NEGATING
    )


def _numbered_apart(left: list[str], right: list[str], years: set[int | None]) -> bool:
    """Whether the titles count differently: both sides do, or one alone, as "part II" does."""
    first, second = ([w for w in words if _is_number(w)] for words in (left, right))
    if not first and not second:
        return False
    if first and second:
        return {_ROMAN.get(w, w) for w in first} != {_ROMAN.get(w, w) for w in second}
    numbers, words = (first, left) if first else (second, right)
    if all(is_year(w) and (int(w) in years or None in years) for w in numbers):
        return False  # a citation's year that stands beside its title
    return all(_is_number(w) or w in _PARTS or w in FUNCTION_WORDS for w in words)


def _is_number(word: str) -> bool:
    return word in _ROMAN or not word.isalpha() and any(letter.isdigit() for letter in word)


def _is_same(left: list[str], right: list[str]) -> bool:
    """Whether what two titles have alone is nothing, or the same, misspelt or abbreviated."""
    if not left and not right:
        return True
    if _is_initialism(left, right) or _is_initialism(right, left):
        return True
    return _is_slip(left, right)


def _is_slip(left: list[str], right: list[str]) -> bool:
    """Whether what two titles have alone is one text, misspelt."""
    shortest, longest = sorted((_letters(left), _letters(right)))
    most = longest // 5 + 1
    # Short names differ by a letter, and each letter more is an edit.
    if shortest < 4 or longest - shortest > most:  # noqa: PLR2004
        return False
    return distance("".join(left), "".join(right), most) <= most


def _letters(words: Iterable[str]) -> int:
    return sum(map(len, words))


def distance(one: str, other: str, most: int) -> int:
    """Edits between two texts (Levenshtein 1966), a lost letter being any; above `most`, more."""
    if LOST not in one and LOST not in other:
        return Levenshtein.distance(one, other, score_cutoff=most)
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row[0] = row[0], place
        for at, against in enumerate(other, 1):
            changed = before + (letter != against and LOST not in (letter, against))
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, changed)
        if min(row) > most:
            return most + 1
    return row[-1]


def _is_initialism(short: list[str], words: list[str]) -> bool:
    """Whether a title abbreviates by their first letters words that the other writes in full."""
    if len(words) < 2 or len(short) != 1 or len(short[0]) != len(words):  # noqa: PLR2004
        return False
    return short[0] == "".join(word[0] for word in words)


def _is_part(a: Side, b: Side) -> bool:
    """Whether one title is the other without its subtitle, or cut off within it."""
    short, long = sorted((a, b), key=lambda of: len(of.words))
    kept = len(short.words)
    return long.head <= kept < len(long.words) and short.words[:] == long.words[:kept]


def _authors(a: Side, b: Side, told: dict[str, object]) -> tuple[float, str | None]:
    if not a.families or not b.families:
        return 0.0, None
    shared = [name for name in a.families if _is_among(name, b.names)]
    back = [name for name in b.families if _is_among(name, a.names)]
    told["surnames"] = shared
    first, second = len(shared) / len(a.families), len(back) / len(b.families)
    if min(first, second) >= 0.5:  # noqa: PLR2004 - half of each list
        if min(len(shared), len(back)) > 1:
            return AUTHORS_AGREE, None
        if not _are_namesakes(a, b):
            return AUTHOR_AGREES, None
    if min(len(shared), len(back)) > 1 and a.families[0] in shared and b.families[0] in back:
        return AUTHORS_PARTLY, None
    if shared or back:
        return AUTHORS_FEW, "authors disagree"
    return AUTHORS_DISAGREE, "authors disagree"


def _are_namesakes(a: Side, b: Side) -> bool:
    """Whether both give first names that cannot be one: David may be D. and Dave, Robert Bob."""
    if any(LOST in name for name in (*a.names, *b.names)):
        return False
    first, second = set(a.names) - set(a.families), set(b.names) - set(b.families)
    return bool(first and second) and not any(
        not _initials(one).isdisjoint(_initials(other))
        for one in a.names
        for other in b.names
        if one in first or other in second  # also where one has a first name as surname
    )


def _initials(name: str) -> set[str]:
    return {name[0], _CALLED.get(name, name)[0]}


def _is_among(name: str, names: Sequence[str]) -> bool:
    """Whether a surname is one of some names, but for a letter that is wrong or lost."""
    if name in names:
        return True
    if len(name) < 4:  # noqa: PLR2004 - short names differ by a letter
        return False
    most = 1 + len(name) // 8
    return any(len(n) >= 4 and distance(name, n, most) <= most for n in names)  # noqa: PLR2004


def _years(a: Side, b: Side, told: dict[str, object]) -> tuple[float, str | None]:
    if a.year is None or b.year is None:
        return 0.0, None
    apart = abs(a.year - b.year)
    told["years_apart"] = apart
    if apart == 0:
        return YEARS_AGREE, None
    printed = a.in_print and b.in_print
    near, far = (PRINTED_NEAR, PRINTED_FAR) if printed else (YEARS_NEAR, YEARS_FAR)
    if apart == 1:
        return near, "years disagree" if near else None
    return far, "years disagree"


def _venues(a: Side, b: Side, told: dict[str, object]) -> tuple[float, str | None]:
    weight = 0.0
    if a.kind and b.kind and a.kind != b.kind:
        told["venues"] = sorted((a.kind, b.kind))
        weight += KINDS_DISAGREE
    if a.page and b.page and a.in_print and b.in_print:
        agree = _is_same_page(a.page, b.page)
        told["pages"] = agree
        weight += PAGES_AGREE if agree else PAGES_DISAGREE
    if a.in_print and b.in_print:
        if issues_apart(a.places, b.places):
            weight += ISSUES_DISAGREE
        elif a.kind == b.kind and same_venue(a.places, b.places):
            weight += VENUES_AGREE
    return weight, "venues disagree" if weight < 0 else None


def _is_same_page(one: str, other: str) -> bool:
    """Whether two first pages are one, also where the last is glued to it: 382391 is 382-391."""
    short, long = sorted((one, other), key=len)
    last = long.removeprefix(short)
    is_range = last != long and len(short) > 1 and (len(last), last) > (len(short), short)
    return one == other or is_range


def _texts(
    a: Side, b: Side, shared: int, near: float, told: dict[str, object]
) -> tuple[float, str | None]:
    if not a.pairs or not b.pairs:
        return 0.0, None
    jaccard = shared / (a.pairs + b.pairs - shared)
    held = shared / min(a.pairs, b.pairs)  # of a text that was cut the other holds all
    told["jaccard"] = round(jaccard, 4)
    if jaccard >= 0.9:  # noqa: PLR2004 - a word or two
        return TEXTS_EQUAL, None
    if jaccard >= near or held >= 0.8:  # noqa: PLR2004
        return TEXTS_NEAR, None
    if held >= near / 2:
        return TEXTS_AKIN, None
    if held < near / 6:
        return TEXTS_DISAGREE, "abstracts disagree"
    return 0.0, None
