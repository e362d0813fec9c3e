"""Personal names: which words are the surname, which the given names, and whether two may agree.

Smith J | J. Smith | Smith, John | John A. Smith     smith  j | j | john | john a
van Dijk, Ada | Ada van Dijk                         dijk   ada
García-López, María José                             lopez  maria jose
J.-P. Serre | Serre JP                               serre  j p
王伟 | 王 伟 | 김철수 | 山田太郎                      王 伟 | 王 伟 | 김 철수 | 山田 太郎
Plato | Fern Collaboration                           plato  - | no person
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from jobs.text.folding import fold_words
from jobs.text.stop_words import words

# One to three initials, with dots or in capitals; a suffix is no name.
_INITIAL = re.compile(r"(?:[^\W\d_]\.?-?){1,3}")
_DOT = re.compile(r"\.(?=\w)")
_SUFFIXES = frozenset(
    ["jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th", "jnr", "snr", "phd", "md"]
)
# Words before a surname that are no given names.
_PARTICLES = words(
    "af al am auf aus bin da dal de degli dei del della den der des di do dos du e el ibn la las "
    "le los of ten ter van vom von vor y zu zum zur"
)
# Han, kana and Hangul: there the surname stands first.
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\s·・]+")
_COMPOUND = words("欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 皇甫 夏侯 尉迟 令狐 慕容 남궁 황보 제갈 선우")
_JAPANESE = 4  # Han characters of a name that is two of surname and two of given name
_COLLECTIVE = re.compile(
    r"(?i)\b(?:collaborations?|consorti(?:um|a)|committee|working group|study group|task force"
    r"|investigators|network|association|society|institute|team)\b|\bgroup$"
)
# Given names that are spelled in several ways with one initial: one person may use any.
_VARIANTS = tuple(
    line.split()
    for line in """
abe abraham
alex alexander alexandra alexandre aleksandr alexandros
alexei alexey aleksei aleksey
andy andrew andreas andrei andrey
ben benjamin
cathy catherine
charlie charles chuck
chris christopher
chris christian
chris christine christina
dan daniel
dave david
deb deborah debbie
dmitry dmitri dmitrii dmitriy
don donald
doug douglas
ed edward eddie
ed edwin
fred frederick frederic
geoff geoffrey
greg gregory
jim james jimmy jamie
joe joseph
jon jonathan
josh joshua
kate katherine kathryn kathleen kathy
ken kenneth
larry lawrence laurence
len leonard
matt matthew
max maximilian
max maxim
mike michael mick
mohammed mohamed mohammad muhammad
nate nathan
nate nathaniel
nick nicholas nicolas
pat patrick
pat patricia
pete peter
phil philip phillip philippe
rob robert robbie
ron ronald
sam samuel
sam samantha
sandy sandra
sergey sergei serguei
steve stephen steven
sue susan suzanne
ted theodore
tim timothy
tom thomas tommy
vic victor
vince vincent
vlad vladimir
will william
yuri yury iouri
zach zachary
""".strip().splitlines()
)
_VARIANTS_OF = {
    word: frozenset(place for place, line in enumerate(_VARIANTS) if word in line)
    for word in {word for line in _VARIANTS for word in line}
}


class PersonName(NamedTuple):
    """A name as it is compared.

    Attributes:
        family: the folded surname, its last word; "" where there is none.
        given: the folded given names in order; a word of one letter is an initial.
    """

    family: str
    given: tuple[str, ...]

    @property
    def is_full(self) -> bool:
        """Whether the first given name is more than an initial."""
        return bool(self.given) and not _is_initial(self.given[0])


@lru_cache(maxsize=1 << 15)  # authors come again
def read_name(
    name: str | None, given: str | None = None, family: str | None = None
) -> PersonName | None:
    """The parts of a person's name; None of what is no person: a collaboration, or no letters.

    Args:
        name: the name as a feed has it. given, family: its parts, where the feed parts them.
    """
    if not name or _COLLECTIVE.search(name):
        return None
    if family and family.strip():
        last, firsts = surname(f"{family},"), given or ""
        if _EAST_ASIAN.fullmatch(family) and firsts.strip() and _EAST_ASIAN.fullmatch(firsts):
            return PersonName("".join(family.split()), ("".join(firsts.split()),))
    elif _EAST_ASIAN.fullmatch(name):
        return _read_east_asian(name)
    else:
        last, firsts = surname(name), _before_surname(name)
    return PersonName(last, _given_words(firsts)) if last else None


def _read_east_asian(name: str) -> PersonName | None:
    parts = name.replace("·", " ").replace("・", " ").split()
    whole = "".join(parts)
    if not whole:
        return None
    if len(parts) > 1:
        return PersonName(parts[0], ("".join(parts[1:]),))
    is_long = whole[:2] in _COMPOUND or len(whole) == _JAPANESE
    at = 2 if is_long and len(whole) > 2 else 1  # noqa: PLR2004
    return PersonName(whole[:at], (whole[at:],) if whole[at:] else ())


def _before_surname(name: str) -> str:
    """The given names of a name whose parts nothing tells."""
    before, comma, after = name.partition(",")
    is_suffix = all(word in _SUFFIXES for word in fold_words(after))
    if comma and not is_suffix:
        return after
    parts = _without_suffix(_DOT.sub(". ", before).split())
    at = len(parts)
    while at > 1 and _is_initials(parts[at - 1], parts):
        at -= 1
    if at < len(parts):  # initials stand behind the surname
        return " ".join(parts[at:])
    return " ".join(parts[:-1])


def _given_words(text: str) -> tuple[str, ...]:
    each: list[str] = []
    split = _DOT.sub(". ", text.replace(".-", ". ").replace(",", " ")).split()
    parts = [part for part in split if "".join(fold_words(part)) not in _SUFFIXES]
    for part in parts:
        if _is_initials(part, parts):
            # One letter may fold to several: an initial is the first of them.
            each += [word[0] for letter in part for word in fold_words(letter)[:1]]
        else:
            each += fold_words(part)
    while len(each) > 1 and each[-1] in _PARTICLES and len(each[-1]) > 1:
        each.pop()
    return tuple(each)


def may_agree(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two lists of given names may be one person's.

    First names agree, or one is the initial of the other; so does each further name that both
    have. One may leave names out: those of the shorter list stand in the longer in their order.
    """
    if not a or not b or "".join(a) == "".join(b):
        return True
    if not _agree(a[0], b[0]):
        return False
    shorter, longer = sorted((a[1:], b[1:]), key=len)
    rest = iter(longer)
    return all(any(_agree(word, other) for other in rest) for word in shorter)


def _agree(a: str, b: str) -> bool:
    if _is_initial(a) or _is_initial(b):
        return a[0] == b[0]
    return a == b or bool(_VARIANTS_OF.get(a, frozenset()) & _VARIANTS_OF.get(b, frozenset()))


def _is_initial(word: str) -> bool:
    return len(word) == 1 and not _EAST_ASIAN.fullmatch(word)


def surname(name: str | None) -> str:
    """The folded surname of an author, its last word; "" of none.

    It is what stands before a comma (`van Dijk, Ada`), before initials at the end, however many
    and however written (`Dijk A`, `Hughes J. R.`), or else the last word. `Jr.` is no name, and an
    initial is no surname.
    """
    before, comma, after = (name or "").partition(",")
    is_suffix = all(word in _SUFFIXES for word in fold_words(after))
    parts = _without_suffix(_DOT.sub(". ", before).split())
    if not comma or is_suffix:
        while len(parts) > 1 and _is_initials(parts[-1], parts):
            parts.pop()
    folded = fold_words(" ".join(parts))
    if folded and len(folded[-1]) == 1 and folded[-1].isascii():
        folded = [word for word in folded if len(word) > 1] or folded
        if not comma and len(folded[-1]) == 1:
            return ""
    return folded[-1] if folded else ""


def _without_suffix(parts: list[str]) -> list[str]:
    while len(parts) > 1 and "".join(fold_words(parts[-1])) in _SUFFIXES:
        parts = parts[:-1]
    return parts


def _is_initials(part: str, parts: list[str]) -> bool:
    """Whether a part of a name is initials: with a dot, alone, or in capitals among small ones."""
    letters = part.replace(".", "").replace("-", "")
    if not _INITIAL.fullmatch(part) or not letters:
        return False
    return len(letters) == 1 or letters.isupper() or (part.endswith(".") and len(letters) < 3)  # noqa: PLR2004
