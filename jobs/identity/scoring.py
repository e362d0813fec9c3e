"""Evidence that two records tell of one work: each signal weighed by itself, then their sum.

The form is that of record linkage (Fellegi and Sunter 1969): a signal that agrees adds, one that
disagrees takes away, and what is missing on a side does neither. Weights are set by what a signal
means, not fitted to labels; one unit is about a factor of three in the odds.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from jobs.identity.venues import PLACELESS, editions_apart, is_year, issues_apart, same_venue
from jobs.text.language import detect_language
from jobs.text.stop_words import FUNCTION_WORDS
from jobs.text.titles import RELATION_OF

# Schemes of ids, from the one that tells works apart best to the one that does it least.
SCHEMES = ("arxiv_id", "doi", "acl_id", "pmid", "openalex_id", "s2_id")
NATIVE, TITLE, NEAR, RELATION, DECISION = (
    "native_id", "title", "near duplicate", "relation", "decision",
)  # fmt: skip
# Prefixes of DOIs that preprint servers give: such a DOI stands beside the publisher's.
PREPRINT_DOIS = (
    "10.48550/", "10.1101/", "10.2139/", "10.21203/", "10.20944/", "10.26434/", "10.31234/",
    "10.31219/", "10.36227/", "10.22541/", "10.7287/", "10.5281/", "10.31235/", "10.35542/",
    "10.64898/", "10.33774/", "10.14293/", "10.32388/", "10.12688/",
    "10.2196/preprints.",
)  # fmt: skip

# Copernicus: papers under discussion (10.5194/acp-2019-12, acpd-9-1-2009), later articles of one of
# its journals (10.5194/acp-19-123-2019).
_DISCUSSION = re.compile(r"10\.5194/(?:egusphere-20|[a-z]+d-\d|[a-z]+-(?:19|20)\d\d-\d+$)")

# What the sum must exceed for a join: more than a long equal title needs, less than a short one.
NEEDED = 2.5
VETO = -10.0
# Ids of these schemes are unique to a work; a feed's own id and a DOI are sometimes given twice.
SAME_ID, SAME_NATIVE, SAME_DOI, RELATED = 8.0, 4.5, 3.0, 8.0
# A second DOI is a doubt, not a wall, where all else is one: publishers give two, catalogues copy
# wrong ones. Title, authors, year and venue (7.5) do not outweigh it, page or volume beside them
# do. Servers give a DOI to each version: there title and authors do.
LOOSE_SCHEMES = ("doi", "openalex_id", "s2_id")
OTHER_ID, OTHER_DEPOSIT = -5.25, -3.0
# A long title says which work it is; a short one does with an author or a year, a single word with
# authors; a heading of many works ("Editorial") does with several authors and the year, or with
# one, the year and the venue, where no issue or page speaks against it.
LONG, SHORT, SINGLE, HEADING = 3.0, 2.0, 1.0, -1.0
# Next to an equal title: one with a slip of the pen or a remark; without its subtitle; with a word
# or two left out; with a word or two changed; another one.
ALIKE, PART, CUT, CHANGED, OTHER = -0.5, -1.5, -3.0, -5.0, -6.0
# Two languages, with the page or an id in common; and half of the words, with the DOI in common.
TRANSLATED, HALVED = -3.0, -2.0
# The first words of a long title, cut anywhere: to be joined it needs authors, year and venue.
CUT_OFF = -3.5
# A title that has nine tenths of the other's letters, and a beginning that has three quarters of
# them: a word was left out, or a field was too short.
CUT_LITTLE, CUT_OFF_LATE = -2.0, -2.5
_MOST, _LATE = 0.9, 0.75
# Several authors of both, or one; the first of a list that was cut; some; none.
AUTHORS_AGREE, AUTHOR_AGREES, AUTHORS_PARTLY, AUTHORS_FEW, AUTHORS_DISAGREE = (
    3.0,
    2.0,
    1.0,
    -1.0,
    -2.5,
)
# All of three or more, under titles of one year that differ; not of a collaboration, whose whole
# list stands under all of its papers.
AUTHORS_ALL, _TEAM = 3.5, 12
_FEWEST_MEMBERS = 3
YEARS_AGREE = 1.0
# Years apart, of which one may be a preprint's, or both stand in print.
YEARS_NEAR, YEARS_FAR, PRINTED_NEAR, PRINTED_FAR = 0.0, -1.5, -3.5, -5.0
# One year apart in one venue: citations miss it by one, and few print a work twice.
SAME_PLACE_NEAR = -1.5
# A conference's paper grows into a journal's article, years later: where a year is missing, that it
# is another is as good as told. Of Cora's pairs of one title and authors 18 such are one work, 178
# two, and of all undated pairs in print 1,817 to 395: log3 of the ratio of the two odds is -3.5.
KINDS_DISAGREE, KINDS_UNDATED = -1.0, -3.5
# One venue says little alone: it prints its authors' other papers, and its headings again. What
# stands on another page, or in another issue, is another text.
VENUES_AGREE, ISSUES_DISAGREE = 0.5, -1.0
VOLUMES_AGREE, NUMBERS_AGREE, VOLUMES_DISAGREE, NUMBERS_DISAGREE = 0.5, 0.5, -2.0, -1.5
# A heading ("Editorial", "Introduction") of another issue, book or page is another text.
HEADINGS_DISAGREE = -6.0
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
# Kinds of text about another work; alone they are headings.
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
    manuscript unpublished submitted appear proceedings edition edn ed
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
    masthead treasurer president chairman secretary replies board reviewers advisory received books
    instructions guidelines contributors subscription information advertisement advertisers call
    papers upcoming meetings events publisher publishers forthcoming erratum list referees thanks
    thank highlights issues volume cover inside this month week desk corner memoriam subject briefs
    """
)
# Those of them that open a column of a journal.
_COLUMNS = _words(
    """
    editorial editor editors preface foreword message chair index contents column columns news
    letter letters calendar announcement announcements remarks notes masthead board reviewers
    books welcome introduction obituary correspondence acknowledgment acknowledgments
    acknowledgement
    """
)
_PERIODS = _words("annual yearly biennial biannual quarterly monthly weekly")
_PERIODICALS = _words(
    """
    report survey review meeting conference symposium workshop statistics summary bulletin update
    inventory index list bibliography census proceedings digest roundup overview
    """
)
_CARDINALS = "zero one two three four five six seven eight nine ten eleven twelve"
_TENS = "ten twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINAL_WORDS = "fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_NUMBERS = {word: str(place) for place, word in enumerate(_CARDINALS.split())}
_NUMBERS |= {word: f"{place}th" for place, word in enumerate(_ORDINAL_WORDS.split(), 4)}
_NUMBERS |= {word: str(10 * place) for place, word in enumerate(_TENS.split(), 1)}
_NUMBERS |= {"first": "1st", "second": "2nd", "third": "3rd"}
_ROMAN_NUMERALS = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv"
_ORDINALS = frozenset(_NUMBERS.values())
_ROMAN = {word: str(place) for place, word in enumerate(_ROMAN_NUMERALS.split(), 1)}
# Words that look like slips of each other and are companions' ("in male rats", "in female rats"),
# and beginnings that make such words of one ("hypertension", "hypotension").
_COMPANIONS = frozenset(
    frozenset(pair.split("/"))
    for pair in _words(
        """
        north/south northern/southern eastern/western male/female males/females mother/father
        mothers/fathers maternal/paternal cation/anion cations/anions cationic/anionic
        proton/photon protons/photons phonon/photon phonons/photons neutron/neutrino
        neutrons/neutrinos osteoclast/osteoblast osteoclasts/osteoblasts monocytes/myocytes
        aerobic/anaerobic agonist/antagonist agonists/antagonists afferent/efferent
        systolic/diastolic dimer/trimer dimers/trimers cytosine/cytidine uracil/uridine
        vivo/vitro short/long acute/chronic high/low early/late upper/lower left/right rural/urban
        positive/negative summer/winter spring/autumn men/women boys/girls sons/daughters
        inpatients/outpatients anterior/posterior ventral/dorsal medial/lateral proximal/distal
        arterial/venous benign/malignant indoor/outdoor increase/decrease increases/decreases
        increased/decreased increasing/decreasing internal/external
        """
    )
)
# Opposed beginnings that may stand alone ("Intra- and …"): they are no words by themselves.
_OPPOSED_ALONE = _words(
    """
    hyper/hypo intra/inter intra/extra inter/extra pre/post pre/peri peri/post uni/bi uni/multi
    bi/multi micro/macro homo/hetero endo/exo endo/ecto over/under mono/poly
    """
)
_COMPANIONS |= {frozenset(pair.split("/")) for pair in _OPPOSED_ALONE}
_OPPOSED = [
    tuple(pair.split("/"))
    for pair in (
        *_OPPOSED_ALONE,
        *_words("ab/ad in/de im/ex in/ex as/des mono/di di/tri meth/eth"),
    )
]
_SAME_END = 4  # letters behind such a beginning
# Endings that name another substance, operation or illness: "nitrate" and "nitrite", "adenine" and
# "adenosine" (IUPAC, Compendium of Chemical Terminology, and the Greek of physicians).
_OTHER_ENDS = [
    tuple(pair.split("/"))
    for pair in _words(
        """
        ate/ite ate/ide ite/ide ine/ide ane/ene ane/yne ene/yne ine/osine ine/idine osine/idine
        ase/ose ose/oside one/olone amine/idine ic/ous ectomy/otomy ectomy/ostomy otomy/ostomy
        itis/osis emia/uria phobic/philic trophic/tropic
        """
    )
]
_SAME_STEM = 3  # letters before such an ending
_SHORT_WORD = 5
_LOOK_ALIKE = str.maketrans("lcu", "ien")
_EDITORIAL = _words("guest editorial editor editors foreword preface")
# First names that are called by another letter.
_NICKNAMES = {"bob": "robert", "bill": "william", "dick": "richard", "ted": "edward",
           "ned": "edward", "tony": "anthony", "gene": "eugene", "peggy": "margaret",
           "beth": "elizabeth", "liz": "elizabeth", "sasha": "alexander"}  # fmt: skip
# Words of a citation that belong to no name.
_CITING = PLACELESS | _words("et al ed eds edited editor editors p")
# Words by which groups call themselves, beside a name of their own; none is a surname.
GROUPS = _words("collaboration collaborations collaborators consortium investigators group team")
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
        places: words of the venue, which sometimes leak into titles.
        page: the first page. pairs: how many word pairs the abstract has, 0 for short ones.
        place: first surname, year and first page, "" where one is missing.
        other: words of the title in another language. notice: kind of notice that the title
            tells (jobs/text/titles.py), with words being those of the work it is about; work_kind:
            the one that the feed or a repository tells. is_marked: marked as retracted.
        authors: of each the surname, then the other words of the name.
        volume, number: digits of them. is_abstract: whether it is the abstract of a talk.
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
    place: str = ""
    other: Sequence[str] = ()
    notice: str = ""
    work_kind: str = ""
    is_marked: bool = False
    authors: Sequence[str] = ()
    volume: str | None = None
    number: str | None = None
    is_abstract: bool = False


class Judgement(NamedTuple):
    """Weight (-1 to 1, above 0 for one work), strongest evidence, and what speaks against it."""

    weight: float
    rule: str
    score: float
    evidence: str
    reason: str | None


class Titles(NamedTuple):
    """Weight of two titles, the share of letters that they have in common, and any objection."""

    weight: float
    score: float
    reason: str | None = None


def weigh_pair(a: Side, b: Side, shared: int, near: float) -> Judgement:
    """What the evidence of two records comes to.

    Args:
        shared: word pairs that both abstracts have.
        near: least Jaccard of the word pairs that makes abstracts near duplicates.
    """
    a, b = _in_one_language(a, b)
    rules: list[tuple[str, float]] = []  # rules, by their strength
    evidence: dict[str, object] = {}
    titles = weigh_titles(a, b) if a.words and b.words else Titles(0.0, 0.0)
    same = [s for s, x, y in zip(SCHEMES, a.ids, b.ids, strict=True) if x is not None and x == y]
    is_apart = titles.weight < 0 and titles.reason == "titles disagree"
    if is_apart:
        titles = _other_words(a, b, titles, same)
    weight, against = titles.weight, titles.reason
    # What stands on many texts of a book of abstracts joins none of them.
    is_many = is_apart and titles.weight == SHORT + OTHER
    if a.words and b.words:
        evidence["title"] = round(titles.score, 4)
    weight += _equal_ids(a, b, [s for s in same if not (s == "doi" and is_many)], evidence)
    rules += [(scheme, 1.0) for scheme in same]
    evidence |= {scheme: a.ids[SCHEMES.index(scheme)] for scheme in same}
    rules += [(rule, 1.0) for rule in (RELATION, NATIVE) if _EVIDENCE_KEYS[rule] in evidence]
    parts = [*signals(a, b, evidence, is_many).values(), _texts(a, b, shared, near, evidence)]
    weight += sum(part for part, _ in parts)
    if parts[-1][0] == TEXTS_DISAGREE and 0 < titles.score < 1:
        weight += TEXTS_AND_TITLES
    # An equal title says more than texts do, unless it is the texts that decide.
    if evidence.get("jaccard", 0.0) and parts[-1][0] >= TEXTS_NEAR and titles.weight < SHORT:
        rules.append((NEAR, float(evidence["jaccard"])))  # type: ignore[arg-type]
    rules.append((TITLE, max(0.0, titles.score)))
    rule, score = rules[0]
    reasons = [reason for part, reason in sorted(parts, key=lambda p: p[0]) if reason]
    is_one = titles.weight >= _least_class(a, b) + ALIKE and not reasons
    doubt, doubt_reason = _doubts(a, b, same, is_one, evidence)
    weight += doubt
    if doubt_reason and (doubt == VETO or weight <= NEEDED):
        against = doubt_reason
    if against is None and reasons:
        against = reasons[0]
    holds = weight > NEEDED
    if not holds and against is None:
        against = "too little evidence"
    scaled = max(-1.0, min(1.0, (weight - NEEDED) / 10))
    return Judgement(
        round(scaled, 6) if holds else min(round(scaled, 6), 0.0),
        rule,
        round(score, 6),
        json.dumps(evidence, separators=(",", ":")),
        against,
    )


def signals(
    a: Side, b: Side, evidence: dict[str, object], is_many: bool = False
) -> dict[str, tuple[float, str | None]]:
    """What authors, years, venues and issues weigh, each with what speaks against one work.

    Args:
        evidence: takes what was compared. is_many: whether one page holds many texts.
    """
    return {
        "authors": _groups(a, b) or _authors(a, b, evidence),
        "years": _years(a, b, evidence),
        "venues": _venues(a, b, evidence),
        "issues": _issues(a, b, evidence, is_many),
    }


# The key under which evidence names a rule.
_EVIDENCE_KEYS = {RELATION: "relation", NATIVE: "native_id"}


def _equal_ids(a: Side, b: Side, same: Sequence[str], evidence: dict[str, object]) -> float:
    """What equal ids weigh, and a relation by which one names the other as itself."""
    weight = sum(SAME_DOI if scheme == "doi" else SAME_ID for scheme in same)
    related = _relation_id(a, b)
    if related:
        weight += RELATED
        evidence[_EVIDENCE_KEYS[RELATION]] = related
    if a.native and a.native == b.native:
        weight += SAME_NATIVE
        evidence[_EVIDENCE_KEYS[NATIVE]] = a.native.partition("\n")[2]
    return weight


def _doubts(
    a: Side, b: Side, same: Sequence[str], is_one: bool, evidence: dict[str, object]
) -> tuple[float, str | None]:
    """What other kinds and other ids weigh, and their reason.

    Args:
        is_one: whether titles are one, and nothing else disagrees.
    """
    stands = _kinds_apart(a, b, same)
    if stands:
        if stands[1]:  # two notices are about a third
            evidence["relation_of"] = stands[1:]
        return VETO, stands[0]
    scheme = None if "relation" in evidence else _differing(a, b)
    if scheme is None:
        return 0.0, None
    return _doubt(a, scheme) if is_one else VETO, f"veto {scheme}"


def _in_one_language(a: Side, b: Side) -> tuple[Side, Side]:
    """The two with those of their titles that are equal, where one gives it in two languages."""
    if not (a.other or b.other) or _is_one_title(a, b):
        return a, b
    are_numbered = _is_numbered(a) and _is_numbered(b)  # two abstracts of a meeting
    for one in (a.words, a.other):
        for other in (b.words, b.other):
            if are_numbered and one is a.other and other is b.other:
                continue
            if one and "".join(one) == "".join(other):
                return a._replace(words=one, head=len(one)), b._replace(
                    words=other, head=len(other)
                )
    return a, b


def _is_numbered(of: Side) -> bool:
    """Whether its other title is its own without the number before it."""
    return bool(of.other) and list(of.words[-len(of.other) :]) == list(of.other)


def _other_words(a: Side, b: Side, titles: Titles, same: Sequence[str]) -> Titles:
    """What two other titles weigh that an id or a page of one work stands on."""
    has_page = bool(a.place) and a.place == b.place
    if not has_page and "doi" not in same:
        return titles
    if _are_two_languages(a, b):
        return Titles(TRANSLATED, titles.score, titles.reason)
    if "doi" in same and _word_overlap(a, b) >= 0.6:  # noqa: PLR2004 - more than half, and one to spare
        return Titles(HALVED, titles.score, titles.reason)
    return titles


def _word_overlap(a: Side, b: Side) -> float:
    """Share of the telling words of the title that has fewer which the other has too."""
    one, other = set(_telling(a.words)), set(_telling(b.words))
    return len(one & other) / max(1, min(len(one), len(other)))


def _are_two_languages(a: Side, b: Side) -> bool:
    if _is_latin(a.words) != _is_latin(b.words):
        return True
    one, other = _language(" ".join(a.words)), _language(" ".join(b.words))
    return bool(one and other) and one != other


def _is_latin(words: Sequence[str]) -> bool:
    """Whether most letters of folded words are Latin: no script tells languages apart as well."""
    letters = [letter for word in words for letter in word if letter.isalpha()]
    return 2 * sum(map(str.isascii, letters)) >= len(letters)


@lru_cache(maxsize=1 << 12)
def _language(text: str) -> str | None:
    return detect_language(text)


def _kinds_apart(a: Side, b: Side, same: Sequence[str]) -> tuple[str, str, str] | None:
    """Why two texts of like titles are two works: one is about the other, or lies beside it.

    Returns:
        the reason, the relation (RELATION_OF; "" of two notices), and the end of the pair that
        bears it; or None.
    """
    ends = sorted(((a, b, "a"), (b, a, "b")), key=lambda end: end[0].notice)
    if a.notice and b.notice and a.notice != b.notice:
        return f"kinds disagree: {ends[0][0].notice}", "", "a"
    for one, other, end in ends:
        kind = one.notice
        if kind and kind != other.notice and not (same and kind in _LOOSE):
            return f"kinds disagree: {kind}", RELATION_OF[kind], end
        kind = one.work_kind
        is_other = bool(kind) and kind != (other.work_kind or other.notice) and not same
        if is_other and (kind != "data" or _is_published(other)):
            return f"kinds disagree: {kind}", RELATION_OF[kind], end
    is_notice = a.is_marked != b.is_marked and not same and a.page and b.page
    if is_notice and not _is_same_page(a.page or "", b.page or ""):
        return "kinds disagree: retraction", "retracts", "a" if a.is_marked else "b"
    return _talks_apart(a, b, same)


def _talks_apart(a: Side, b: Side, same: Sequence[str]) -> tuple[str, str, str] | None:
    """The same of the abstract of a talk, beside the article or the abstract of another talk."""
    if same or not (a.is_abstract or b.is_abstract):
        return None
    if a.is_abstract and b.is_abstract:
        is_other = not same_venue(a.places, b.places) and bool(a.places and b.places)
        if is_other or _differ(a.volume, b.volume) or _differ(a.page, b.page):
            return "kinds disagree: meeting abstract", "is_version_of", "a"
        return None
    article = b if a.is_abstract else a
    if article.in_print and (article.page or article.volume):
        return "kinds disagree: meeting abstract", "is_version_of", "a" if a.is_abstract else "b"
    return None


# Kinds that an id in common outweighs: feeds put them before or behind the title at will.
_LOOSE = ("protocol", "data", "supplement", "summary")


def _is_published(of: Side) -> bool:
    """Whether it is a text that a publisher or preprint server stands for."""
    doi = of.ids[SCHEMES.index("doi")]
    return of.in_print or doi is not None or of.ids[0] is not None


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def is_hopeless(a: Side, b: Side, shared: int, near: float, close: float) -> bool:
    """Whether two records with nothing but like titles can neither be one nor be called close.

    Most pairs that meet are such: their titles alone are looked at, and all else is taken to agree.

    Args:
        shared, near: as for `weigh_pair`. close: score of the titles that is called close.
    """
    same_id = any(x is not None and x == y for x, y in zip(a.ids, b.ids, strict=True))
    if same_id or a.related or b.related or (a.native and a.native == b.native):
        return False
    if (a.place and a.place == b.place) or a.other or b.other:
        return False
    if not (a.words and b.words) or _texts(a, b, shared, near, {})[0] > 0:
        return False
    left, right = _apart(a.words, b.words)
    if _is_one_title(a, b) or _share(a, b, left, right) >= close:
        return False
    weight = _unequal(a, b, left, right)[0]
    best = AUTHORS_ALL + YEARS_AGREE + VENUES_AGREE + VOLUMES_AGREE + NUMBERS_AGREE
    if weight > SHORT + OTHER:  # a page stands on many texts
        best += PAGES_AGREE
    return weight + best <= NEEDED


def _relation_id(a: Side, b: Side) -> str | None:
    """The id by which one names the other as itself in another form."""
    for one, other in ((a, b), (b, a)):
        for scheme, value in zip(SCHEMES, other.ids, strict=True):
            if value is not None and f"{scheme}:{value}" in one.related:
                return f"{scheme}:{value}"
    return None


def _differing(a: Side, b: Side) -> str | None:
    """The scheme of which the two bear different ids, none that a better scheme makes equal."""
    return differing(
        [() if i is None else (i,) for i in a.ids], [() if i is None else (i,) for i in b.ids]
    )


def differing(one: Sequence[Iterable[str]], other: Sequence[Iterable[str]]) -> str | None:
    """The scheme of which two works bear different ids, none that a better scheme makes equal.

    Args:
        one, other: their ids by scheme, in the order of SCHEMES.
    """
    doubted = None
    for scheme, ones, others in zip(SCHEMES, one, other, strict=True):
        first, second = set(ones), set(others)
        if first & second:
            if scheme != "doi":
                return doubted  # what tells works apart less well cannot overrule it
        elif any(_are_two(scheme, x, y) for x in first for y in second):
            if scheme not in LOOSE_SCHEMES:
                return scheme
            doubted = doubted or scheme
    return doubted


def _are_two(scheme: str, one: str, other: str) -> bool:
    """Whether two ids stand for two works: not those of two servers, nor one that was cut off."""
    if id_space(scheme, one) != id_space(scheme, other):
        return False
    short, long = sorted((one, other), key=len)
    is_cut = scheme == "doi" and long.startswith(short) and not long[len(short)].isdigit()
    return not is_cut


def _doubt(a: Side, scheme: str) -> float:
    """What two ids of one scheme weigh under one title, where nothing else disagrees."""
    if scheme not in LOOSE_SCHEMES:
        return VETO
    one = a.ids[SCHEMES.index(scheme)]
    is_deposit = scheme == "doi" and one is not None and id_space(scheme, one) != scheme
    return OTHER_DEPOSIT if is_deposit else OTHER_ID


def id_space(scheme: str, value: str) -> str:
    """What an id tells works apart within: its scheme; a preprint's DOI, those of its server."""
    if scheme == "doi" and value.startswith(PREPRINT_DOIS):
        return value.partition("/")[0]
    if scheme == "doi" and _DISCUSSION.match(value):
        return _DISCUSSION.pattern
    return scheme


def _telling(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in FUNCTION_WORDS]


def title_class(words: Sequence[str], places: Sequence[str] = ()) -> float:
    """What an equal title weighs: LONG, SHORT or HEADING.

    Args:
        places: words of the venue, with which headings are filled up ("From the editors of …").
    """
    telling = _telling(words)
    rest = [word for word in telling if word not in _HEADINGS and not word.isdigit()]
    if not rest:
        return HEADING
    if _COLUMNS.intersection(telling) and all(word in places for word in rest):
        return HEADING
    is_long = len(telling) >= _LONG_WORDS and sum(map(len, telling)) >= _LONG_LETTERS
    if is_long and len(rest) > 1:
        return LONG
    return SHORT if len(telling) > 1 else SINGLE


def weigh_titles(a: Side, b: Side) -> Titles:
    """What two titles, neither empty, weigh."""
    if _is_one_title(a, b):
        return Titles(_least_class(a, b), 1.0)
    left, right = _apart(a.words, b.words)
    share = _share(a, b, left, right)
    left, right = _split_joints(left, right)
    against = _contradiction(left, right, {a.year, b.year}, share)
    if against:
        return Titles(VETO, share, against)
    weight, against = _unequal(a, b, left, right)
    return Titles(weight, share, against)


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
    if not any(w not in dirt and w not in _HEADINGS for w in _telling(set(a.words) & set(b.words))):
        clean = [left, right]  # two names of venues have nothing but a venue's words
    rest = [[w for w in of if w not in _IDLE] for of in clean]
    if _is_same(left, right) or _is_same(*clean) or _is_same(*rest):
        return _least_class(a, b) + ALIKE, None
    left, right = rest
    # With its subject, and without.
    if not (left and right) and _least_class(a, b) == HEADING:
        return HEADING + ALIKE, None
    if _is_cited(a, b, dirt):
        return min(title_class(a.words), title_class(b.words)) + ALIKE, None
    if _is_part(a, b):
        return _least_class(a, b) + PART, None
    if _is_cut(a, b):
        short, long = sorted((_letters(a.words), _letters(b.words)))
        return LONG + (CUT_OFF_LATE if short >= _LATE * long else CUT_OFF), "titles disagree"
    return _other(a, b, left, right), "titles disagree"


def _least_class(a: Side, b: Side) -> float:
    return min(
        _class(" ".join(a.words), " ".join(a.places)), _class(" ".join(b.words), " ".join(b.places))
    )


@lru_cache(maxsize=1 << 14)  # one pair asks for it several times, and pairs come sorted
def _class(words: str, places: str) -> float:
    return title_class(words.split(), places.split())


def _other(a: Side, b: Side, left: list[str], right: list[str]) -> float:
    """What two titles weigh that differ in telling words: little, unless those are few of many."""
    differing = len(left) + len(right)
    if differing > (len(a.words) + len(b.words)) // 4:  # as of most; fewer words are telling
        return SHORT + OTHER
    together = len(_telling(a.words)) + len(_telling(b.words))
    if differing > together // 4 or _least_class(a, b) < LONG:
        return SHORT + OTHER
    if left and right:
        return LONG + CHANGED
    short, long = sorted((_letters(a.words), _letters(b.words)))
    return LONG + (CUT_LITTLE if short >= _MOST * long else CUT)


_JOINT = re.compile(r"\d+|[^\d]+")


def _split_joints(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    """The words that each title has alone, once letters and digits are parted: alpha7, alpha 7."""
    if not any(letter.isdigit() for word in (*left, *right) for letter in word):
        return left, right
    first, second = (
        [
            w if w in _ORDINALS else part
            for w in of
            for part in ([w] if w in _ORDINALS else _JOINT.findall(w))
        ]
        for of in (left, right)
    )
    counts = Counter(first), Counter(second)
    return _only(first, counts[0] - counts[1]), _only(second, counts[1] - counts[0])


def _contradiction(
    left: list[str], right: list[str], years: set[int | None], share: float
) -> str | None:
    """What makes two like titles those of two works: a denial, a number."""
    if share >= _LIKE and (_is_negation(left, right) or _are_companions(left, right)):
        return "titles disagree"
    if left and right and all(len(w) == 1 and w.isalpha() for w in (*left, *right)):
        return "numbers disagree"  # part A, part B
    return "numbers disagree" if _numbers_differ(left, right, years) else None


def _apart(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that each title has alone, numbers in digits."""
    first, second = set(one), set(other)
    if not (_NUMBERS.keys().isdisjoint(first) and _NUMBERS.keys().isdisjoint(second)):
        one, other = ([_NUMBERS.get(w, w) for w in words] for words in (one, other))
        first, second = set(one), set(other)
    if len(first) == len(one) and len(second) == len(other):  # most repeat no word
        left, right = [w for w in one if w not in second], [w for w in other if w not in first]
    else:
        counts = Counter(one), Counter(other)
        left, right = _only(one, counts[0] - counts[1]), _only(other, counts[1] - counts[0])
    if left and right and not _ROMAN.keys().isdisjoint((*left, *right)):
        return _without_equal_numbers(left, right)
    return left, right


def _without_equal_numbers(left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
    """The words without numbers that are Roman on one side, and the same in digits on the other."""
    counts = Counter(_ROMAN.get(w, w) for w in left), Counter(_ROMAN.get(w, w) for w in right)
    same = counts[0] & counts[1]
    return _without_numbers(left, same), _without_numbers(right, same)


def _without_numbers(words: list[str], same: Counter[str]) -> list[str]:
    left = same.copy()
    rest = []
    for word in words:
        number = _ROMAN.get(word, word)
        if number.isdigit() and left[number] > 0:
            left[number] -= 1
        else:
            rest.append(word)
    return rest


def _only(words: Sequence[str], alone: Counter[str]) -> list[str]:
    own = []
    for word in words:
        if alone[word] > 0:
            alone[word] -= 1
            own.append(word)
    return own


def _negations(words: list[str]) -> set[str]:
    """The words that deny; "no. 5" counts."""
    return {
        word
        for word, behind in zip(words, [*words[1:], ""], strict=False)
        if word in _NEGATIONS and not (word == "no" and behind.isdigit())
    }


def _is_negation(left: list[str], right: list[str]) -> bool:
    """Whether one title denies what the other says."""
    if len(_negations(left)) != len(_negations(right)):
        return True
    return _denies(left, right) or _denies(right, left)


def _are_companions(left: list[str], right: list[str]) -> bool:
    """Whether a word that one title has alone looks like one of the other, and means another."""
    return any(
        frozenset((one, other)) in _COMPANIONS
        or any(_is_opposed(one, other, head, opposite) for head, opposite in _OPPOSED)
        or _are_other_things(one, other)
        for one in left
        for other in right
    )


def _is_opposed(one: str, other: str, head: str, opposite: str) -> bool:
    """Whether two words are one but for two opposed beginnings."""
    if one[-_SAME_END:] != other[-_SAME_END:]:
        return False
    for first, second in ((head, opposite), (opposite, head)):
        end = one.removeprefix(first)
        if len(end) >= _SAME_END and one != end and other == second + end:
            return True
    return False


def _are_other_things(one: str, other: str) -> bool:
    """Whether two words are one but for endings that name two things, in one number."""
    if one[:_SAME_STEM] != other[:_SAME_STEM]:
        return False
    if one.endswith("s") and other.endswith("s"):
        one, other = one[:-1], other[:-1]
    return any(
        one.endswith(first) and other == one.removesuffix(first) + second
        for ends in _OTHER_ENDS
        for first, second in (ends, ends[::-1])
    )


def _denies(words: list[str], others: list[str]) -> bool:
    """Whether a word is another with a negating prefix."""
    return any(
        word.startswith(prefix) and word[len(prefix) :] in others
        for word in words
        if word.startswith(_NEGATING)
        for prefix in _NEGATING
    )


def _numbers_differ(left: list[str], right: list[str], years: set[int | None]) -> bool:
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
    if len(left) == len(right) == 1 and _are_words(left[0], right[0]):
        return False
    return distance("".join(left), "".join(right), most) <= most


def _are_words(one: str, other: str) -> bool:
    """Whether two words that look like slips of each other are more likely two words.

    Slips seldom hit the first letter (Pollock and Zamora 1984): "rats" are no "cats"; "oestrus" is
    "estrus". Short words have many neighbours: another letter makes "oaks" of "oats", if it does
    not look like the first, as machines read it.
    """
    one, other = (word.replace("oe", "e").replace("ae", "e") for word in (one, other))
    if LOST in one + other or sorted(one) == sorted(other):
        return False
    if one[0] != other[0] or len(one) != len(other) or len(one) > _SHORT_WORD:
        return one[0] != other[0]
    return one.translate(_LOOK_ALIKE) != other.translate(_LOOK_ALIKE)


def _letters(words: Iterable[str]) -> int:
    return sum(map(len, words))


def distance(one: str, other: str, most: int) -> int:
    """Edits between two texts, a lost letter being any; above `most`, more.

    Two neighbours that changed places are one edit (Damerau 1964, restricted).
    """
    if LOST not in one and LOST not in other:
        return OSA.distance(one, other, score_cutoff=most)
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
    length = len(short.words)
    return long.head <= length < len(long.words) and short.words[:] == long.words[:length]


def _is_cut(a: Side, b: Side) -> bool:
    """Whether one title is long, and the beginning of the other."""
    short, long = sorted((a.words, b.words), key=_letters)
    return "".join(long).startswith("".join(short)) and title_class(short) == LONG


def _is_cited(a: Side, b: Side, dirt: set[str]) -> bool:
    """Whether a title stands whole in the other, the rest being names and venue.

    So it is in a citation that was taken for a title, also where its words run together. Under a
    long title most of the rest must be such, under a short one all, an author among them.
    """
    short, long = sorted((a.words, b.words), key=_letters)
    kind = title_class(short)
    if kind < SHORT or "".join(short) not in "".join(long):
        return False
    initials = {name[0] for name in (*a.names, *b.names)}
    rest = _only(long, Counter(long) - Counter(short))
    known = [w for w in rest if w in dirt or w in _CITING or w.isdigit() or _is_by(w, initials)]
    if not _ABOUT.isdisjoint(rest):  # "Correction to …" is another text
        return False
    if kind == SHORT:
        return len(known) == len(rest) and not {*a.families, *b.families}.isdisjoint(known)
    return 2 * len(known) > len(rest) and not dirt.isdisjoint(known)


def _is_by(word: str, initials: set[str]) -> bool:
    """Whether a word may be the initials of authors ("RJ")."""
    return len(word) == 1 or (len(word) <= 3 and initials.issuperset(word))  # noqa: PLR2004


def _authors(a: Side, b: Side, evidence: dict[str, object]) -> tuple[float, str | None]:
    if not a.families or not b.families:
        return _authors_in_title(a, b), None
    shared = [n for n in a.families if _is_among(n, b.names) or _is_turned(n, a, b)]
    back = [n for n in b.families if _is_among(n, a.names) or _is_turned(n, b, a)]
    evidence["surnames"] = shared
    first, second = len(shared) / len(a.families), len(back) / len(b.families)
    matches = min(len(shared), len(back))
    is_half = min(first, second) >= 0.5  # noqa: PLR2004 - half of each list
    if is_half and matches > 1:
        is_all = first == second == 1 and 2 < matches <= _TEAM  # noqa: PLR2004
        return AUTHORS_ALL if is_all and _is_held(a, b) else AUTHORS_AGREE, None
    if is_half and not _are_namesakes(a, b):
        return AUTHOR_AGREES, None
    begins = a.families[0] in shared and b.families[0] in back
    if begins and matches > 1:
        return AUTHORS_PARTLY, None
    weight = _short_list_weight(a, b) if begins and max(first, second) == 1 else None
    if weight is not None and not _are_namesakes(a, b):
        return weight, None
    return AUTHORS_FEW if shared or back else AUTHORS_DISAGREE, "authors disagree"


def _groups(a: Side, b: Side) -> tuple[float, str | None] | None:
    """What authors weigh where one list names a group and nobody else; None for all others.

    Its members stand for it in other lists, where one or two tell of its work at a meeting.
    """
    first, second = _groups_of(a), _groups_of(b)
    is_alone = len(first) == len(a.authors) or len(second) == len(b.authors)
    if not (a.families and b.families and is_alone):
        return None
    if first and second:
        # One may have its firm behind its name ("The Access Team Microsoft").
        is_one = any(one in other or other in one for one in first for other in second)
        return (AUTHOR_AGREES, None) if is_one else (AUTHORS_DISAGREE, "authors disagree")
    if not first and not second:
        return None
    if set(a.families) & set(b.families):  # "ATLAS" for "ATLAS Collaboration"
        return AUTHOR_AGREES, None
    members = len(b.families if first else a.families)
    is_list = members >= _FEWEST_MEMBERS and _least_class(a, b) == LONG
    return (0.0, None) if is_list else (AUTHORS_DISAGREE, "authors disagree")


def _groups_of(of: Side) -> list[str]:
    """What the groups among the authors call themselves."""
    names = (name.split() for name in of.authors)
    return [words[0] for words in names if words and not GROUPS.isdisjoint(words)]


def _authors_in_title(a: Side, b: Side) -> float:
    """What authors weigh of a citation that was taken for a title: they stand in it."""
    left, right = _apart(a.words, b.words)
    shared = set(a.families).intersection(right) | set(b.families).intersection(left)
    if len(shared) > 1:
        return AUTHOR_AGREES
    return AUTHORS_PARTLY if shared and shared == {*a.families, *b.families} else 0.0


def _short_list_weight(a: Side, b: Side) -> float | None:
    """What the beginning of a list of authors weighs beside the whole: None, if it is a doubt.

    Under a title that tells, one name or those before "et al." are a list that was cut short.
    Under a short one only a citation's list is taken to be cut, and says nothing.
    """
    if len(_telling(a.words)) >= _LONG_WORDS:
        return AUTHORS_PARTLY
    short = min(a, b, key=lambda of: len(of.families))
    is_one = _is_one_title(a, b) and _least_class(a, b) >= SHORT
    return 0.0 if is_one and _is_citation(short) else None


def _is_held(a: Side, b: Side) -> bool:
    """Whether two titles of one year differ, and one says nothing that the other does not.

    So those of programme and proceedings do; another word may be a companion's ("mice", "rats").
    """
    if a.year is None or a.year != b.year or _is_one_title(a, b):
        return False
    left, right = ("".join(_telling(words)) for words in _apart(a.words, b.words))
    return left in right or right in left


def _is_citation(of: Side) -> bool:
    """Whether it names its authors by initials alone, as lists of references do."""
    return all(len(part) < 3 for name in of.authors for part in name.split()[1:])  # noqa: PLR2004


def _is_turned(family: str, one: Side, other: Side) -> bool:
    """Whether a surname is the other's initial: "Fern Ada" is Fern A. where A is for Ada.

    Lists that put the surname first without a comma give the first name as surname.
    """
    for name in one.authors:
        own, _, given_names = name.partition(" ")
        if own != family or len(given_names) < 2:  # noqa: PLR2004 - an initial is no surname
            continue
        for another in other.authors:
            surname, _, initials = another.partition(" ")
            is_short = bool(initials) and all(len(i) == 1 for i in initials.split())
            if is_short and surname in given_names.split() and initials[0] == family[:1]:
                return True
    return False


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
    return {name[0], _NICKNAMES.get(name, name)[0]}


def _is_among(name: str, names: Sequence[str]) -> bool:
    """Whether a surname is one of some names, but for a letter that is wrong or lost."""
    if name in names:
        return True
    if len(name) < 4:  # noqa: PLR2004 - short names differ by a letter
        return False
    most = 1 + len(name) // 8
    return any(len(n) >= 4 and distance(name, n, most) <= most for n in names)  # noqa: PLR2004


def _years(a: Side, b: Side, evidence: dict[str, object]) -> tuple[float, str | None]:
    if a.year is None or b.year is None:
        return 0.0, None
    apart = abs(a.year - b.year)
    evidence["years_apart"] = apart
    if apart == 0:
        return YEARS_AGREE, None
    printed = a.in_print and b.in_print
    near, far = (PRINTED_NEAR, PRINTED_FAR) if printed else (YEARS_NEAR, YEARS_FAR)
    is_series = printed and editions_apart(a.places, b.places)
    if is_series:  # a meeting's report or task comes again with the next one
        near = far
    # A column comes again, and so does a yearly report.
    is_once = a.kind == b.kind and _least_class(a, b) == LONG and not _is_periodic(a.words)
    if apart == 1 and printed and is_once and not is_series and same_venue(a.places, b.places):
        return SAME_PLACE_NEAR, "years disagree"
    if apart == 1:
        return near, "years disagree" if near else None
    return far, "years disagree"


def _is_periodic(words: Sequence[str]) -> bool:
    """Whether a title names a text that comes again every year ("Annual survey of …")."""
    pairs = zip(words, words[1:], strict=False)
    return any(one in _PERIODS and other in _PERIODICALS for one, other in pairs)


def _venues(a: Side, b: Side, evidence: dict[str, object]) -> tuple[float, str | None]:
    weight = 0.0
    if a.kind and b.kind and a.kind != b.kind:
        evidence["venues"] = sorted((a.kind, b.kind))
        is_dated = a.year is not None and b.year is not None
        weight += KINDS_DISAGREE if is_dated else KINDS_UNDATED
    if a.in_print and b.in_print:
        is_one = same_venue(a.places, b.places)
        if issues_apart(a.places, b.places):
            weight += ISSUES_DISAGREE
        elif is_one and (a.kind == b.kind or {a.kind, b.kind} == {None, "conference"}):
            weight += VENUES_AGREE
        if not is_one and _least_class(a, b) == HEADING:
            weight += HEADINGS_DISAGREE
    return weight, "venues disagree" if weight < 0 else None


def _issues(
    a: Side, b: Side, evidence: dict[str, object], is_many: bool
) -> tuple[float, str | None]:
    """What pages, volumes and numbers weigh; pages of a supplement with many texts nothing."""
    weight = 0.0
    if a.page and b.page and a.in_print and b.in_print:
        agree = _is_same_page(a.page, b.page)
        evidence["pages"] = agree
        weight += (0.0 if is_many else PAGES_AGREE) if agree else PAGES_DISAGREE
    if not same_venue(a.places, b.places):  # each counts its own
        return weight, "venues disagree" if weight < 0 else None
    is_heading = _least_class(a, b) == HEADING
    if a.volume and b.volume:
        is_one = a.volume == b.volume
        weight += VOLUMES_AGREE if is_one else VOLUMES_DISAGREE
        if is_one and a.number and b.number:
            is_one = a.number == b.number
            weight += NUMBERS_AGREE if is_one else NUMBERS_DISAGREE
        evidence["issues"] = is_one
        if not is_one and is_heading:
            weight += HEADINGS_DISAGREE
    return weight, "venues disagree" if weight < 0 else None


def _is_same_page(one: str, other: str) -> bool:
    """Whether two first pages are one, also where the last is glued to it: 382391 is 382-391."""
    short, long = sorted((one, other), key=len)
    last = long.removeprefix(short)
    is_range = last != long and len(short) > 1 and (len(last), last) > (len(short), short)
    return one == other or is_range


def _texts(
    a: Side, b: Side, shared: int, near: float, evidence: dict[str, object]
) -> tuple[float, str | None]:
    if not a.pairs or not b.pairs:
        return 0.0, None
    jaccard = shared / (a.pairs + b.pairs - shared)
    overlap = shared / min(a.pairs, b.pairs)  # of a text that was cut the other holds all
    evidence["jaccard"] = round(jaccard, 4)
    if jaccard >= 0.9:  # noqa: PLR2004 - a word or two
        return TEXTS_EQUAL, None
    if jaccard >= near or overlap >= 0.8:  # noqa: PLR2004
        return TEXTS_NEAR, None
    if overlap >= near / 2:
        return TEXTS_AKIN, None
    if overlap < near / 6:
        return TEXTS_DISAGREE, "abstracts disagree"
    return 0.0, None
