"""How names are spelled: which words are written like names, and what spellings share."""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from jobs.entities.words import LANGUAGES, NO_NAMES, SIZES, VERSIONS
from jobs.text.stop_words import FUNCTION_WORDS

# Words with what joins their parts, and single signs. A dot joins before a digit alone: "GPT-3.5".
_TOKEN = re.compile(r"[^\W_]+(?:(?:[-–·+/&]|[.](?=\d)|['’](?=[^\W\d_]))[^\W_]+)*\+{0,2}|[^\w\s]")
_SHORTEST = 3  # letters of a name with one capital
_LONGEST = 40  # letters of a word that can be a name; longer ones are addresses and formulas
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_LONGEST_JOINED = 100  # letters of a word that is cut: no name, but several with slashes between
_WORDS_KEPT = 200_000  # words kept a worker, some 40 MB
_PARTS = re.compile(r"[-–/·]")
# 7B, 1.5B, 130M, 8x7B, 224px: how large something is, not which.
_SIZE = re.compile(r"(?:\d+x)?\d+(?:\.\d+)?(?:[BbMKkT]|px)")
_NUMBER = re.compile(r"\d(?:\.\d{1,2})?")
_VERSION = re.compile(r"v?\d+(?:\.\d+)*")
# "Multi-step", "Self-supervised" are no names; "GPT-based" holds one, before the hyphen.
# "forTides": two words that a feed has glued.
_GLUED = re.compile(r"(?:for|in|of|the|and|with|on|to|from)[A-Z][a-z]+$")
_LOWER_END = re.compile(r"-[^\W\d_A-Z]+$")
_SUFFIX = re.compile(r"-([^\W\d_A-Z]{3,})$")
_POSSESSIVE = ("'s", "’s")
_WITH_NUMBER = re.compile(r"/\d+$")  # "ViT-L/14", but "BERT/RoBERTa" are two
# "COCO 2017" and "CASP14" of a year are the data of that name.
_YEAR = re.compile(r"[-– ]?(?:19|20)\d\d$")
_UNFOLDED = re.compile(r"[\s\-–·/_'’&]+")


class Shape(IntEnum):
    """How much a word looks like a name, by how it is written."""

    PLAIN = 0
    CAPITAL = 1  # the first letter of a word or of its parts alone
    MARKED = 2  # a capital or digit within: "BERT", "T5", "word2vec", "U-Net"


class Words(NamedTuple):
    """The words and signs of a text: as written, in lower case, and their places.

    `shapes` are those of the words; `spaced` says whether one space alone stands before.
    """

    words: list[str]
    lower: list[str]
    shapes: list[Shape]
    spaced: list[bool]
    places: list[int]

    def ends(self, at: int) -> bool:
        """Whether the text ends before the word at this place."""
        return at >= len(self.words)


def read_words(text: str) -> Words:
    """The words of a text but for addresses; what hangs on a name ("-based") is one by itself."""
    if "://" in text or "www." in text:
        text = _ADDRESS.sub(lambda address: ".".ljust(len(address[0])), text)
    words: list[str] = []
    spaced: list[bool] = []
    places: list[int] = []
    last = -1
    for token in _TOKEN.finditer(text):
        place = token.start()
        is_spaced = place == last + 1
        for part in parts_of(token[0]):
            words.append(part)
            spaced.append(is_spaced)
            places.append(place)
            place, is_spaced = place + len(part), False
        last = token.end()
    lower = [word.lower() for word in words]
    return Words(words, lower, [shape_of(word) for word in words], spaced, places)


@lru_cache(_WORDS_KEPT)
def shape_of(word: str) -> Shape:
    """How much a word looks like a name by its letters."""
    lower = word.lower()
    if len(word) > _LONGEST or (word == lower and not any(map(str.isdigit, word))):
        return Shape.PLAIN
    if _GLUED.match(word) or LANGUAGES.issuperset(_PARTS.split(lower)):
        return Shape.PLAIN
    if lower in NO_NAMES or lower in FUNCTION_WORDS or is_size(word) or _VERSION.fullmatch(lower):
        return Shape.PLAIN
    parts = [part for part in _PARTS.split(word) if part and part.lower() not in NO_NAMES]
    if not parts or not any(map(str.isalpha, word)):
        return Shape.PLAIN
    if any(map(_is_marked, parts)) or (len(parts) > 1 and _is_numbered(parts[0], parts[1])):
        return Shape.MARKED
    is_capital = word[0].isupper() and len(word) >= _SHORTEST and not _LOWER_END.search(word)
    return Shape.CAPITAL if is_capital else Shape.PLAIN


def _is_marked(part: str) -> bool:
    """A capital behind the first sign, or a digit behind a letter: "mT5", "BERT", "word2vec"."""
    if any(map(str.isupper, part[1:])):
        return part[0].isalpha() or sum(map(str.isupper, part)) > 1
    return part[0].isalpha() and any(map(str.isdigit, part))


def _is_numbered(first: str, second: str) -> bool:
    """A letter before a word, or a word before a number: "U-Net", "Llama-2"."""
    is_letter = len(first) == 1 and first.isupper() and second[0].isupper()
    return is_letter or (first[0].isupper() and second.isdigit())


def is_size(word: str) -> bool:
    """Whether a word says how large a model or data set is: "7B", "130M"."""
    return _SIZE.fullmatch(word) is not None


def is_year(word: str) -> bool:
    """Whether a word is the year of an edition: "2019"."""
    return _YEAR.fullmatch(word) is not None


def is_number(word: str) -> bool:
    """Whether a word may be the version in a name: "2", "3.5"."""
    return _NUMBER.fullmatch(word) is not None


@lru_cache(_WORDS_KEPT)
def parts_of(word: str) -> tuple[str, ...]:
    """A word cut before what hangs on a name: "GPT-4-based" into "GPT-4" and "-based"."""
    if len(word) == 1 or len(word) > _LONGEST_JOINED or word.isalpha():
        return (word,)
    if word.endswith(_POSSESSIVE):
        return (*parts_of(word[:-2]), word[-2:])
    if "/" in word and not _WITH_NUMBER.search(word):
        first, _, rest = word.partition("/")
        return (*parts_of(first), "/", *parts_of(rest))
    suffix = _SUFFIX.search(word)
    if suffix and suffix[1] not in SIZES:
        base = word[: suffix.start()]
        if shape_of(base) is Shape.MARKED:
            return (*parts_of(base), suffix[0])
    return (word,)


def key_of(name: str) -> str:
    """What the spellings of a name share: no case, accents, hyphens or spaces, no size or year."""
    words = [word for word in re.split(r"[\s-]+", _YEAR.sub("", name)) if not is_size(word)]
    while len(words) > 1 and words[-1].lower() in VERSIONS:
        words.pop()
    folded = unicodedata.normalize("NFKD", "".join(words)).casefold()
    return _UNFOLDED.sub("", "".join(sign for sign in folded if not unicodedata.combining(sign)))
