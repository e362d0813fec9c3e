"""The encoding of a text file: its mark, its declaration, or what its letters look like.

UTF-8 is read as it is. A file that is mostly UTF-8 and has a few other bytes is a damaged UTF-8
file, of which only the damaged records are lost. JSON and XML are UTF-8 by their standards, unless
a mark or (XML) a declaration says otherwise, and nothing is guessed of them. Other files, which old
programs wrote in the code page of their machine, are read by the page that makes words of them.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from itertools import islice
from typing import NamedTuple

import pyarrow as pa
from charset_normalizer import from_bytes

from jobs.feeds.tools.reading import Unreadable

# The marks of UTF-32 begin with those of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"^[ \t]*(?:%|#|@comment\b)[^\n]{0,40}?(?:encoding|coding)\s*[:=]\s*[\"']?([\w.:-]{2,30})",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 2048
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_BEYOND = re.compile(r"[^\x00-\x7f]")
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_KANA = re.compile(r"[\u3041-\u30fe]")
_HALF_KANA = re.compile(r"[\uff66-\uff9f]")
_FIFTH = 5
_HEBREW_WORD = re.compile(rb"(?<![A-Za-z\x80-\xff])[\xe0-\xfa]{2,20}(?![A-Za-z\x80-\xff])")
_FEWEST_THAI = 20  # a few Western letters may look like a word of it
_THAI_MARK = re.compile(r"[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
_THAI_ALONE = re.compile(r"(?<![\u0e01-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|[\x80-\xff]")
_STANDARD = re.compile(rb"\s*[{\[<]")
_PARQUET = b"PAR1"
# Files that people give for what is in them, by how they begin.
_BINARY = {
    b"PK\x03\x04": "a zip archive, as Excel's .xlsx is; unpack it, or save it as CSV",
    b"PK\x05\x06": "an empty zip archive",
    b"%PDF": "a PDF, not text",
    b"\xd0\xcf\x11\xe0": "an old file of Excel or Word; save it as CSV or text",
}
# Letters of the languages that are written in a family of code pages.
_WESTERN = (
    "äöüß", "åäöé", "æøåéäö", "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "áâãàçéêíóôõúü", "àèéìíîòóùú",
    "áéíóúýþæðö", "àçèéíïòóúüñ", "äöüõšž", "áàâäéèêëíìîïóòôöúùûüý",
    "áâäçéëíîóôöúüýšžß",  # the same in cp1250: nothing against cp1252
)  # fmt: skip
_CENTRAL = (
    "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "čćđšž", "ăâîşţ", "äöüß",
)  # fmt: skip
_TURKISH = ("âçğıİîöşüû", "äöüß", "éèêëàâç")
# Code pages, the more common one first: of two that fit as well it is taken.
_PAGES = {
    "cp1252": _WESTERN, "mac_roman": _WESTERN, "cp1250": _CENTRAL, "iso8859-2": _CENTRAL,
    "cp1254": _TURKISH, "iso8859-15": _WESTERN, "cp850": _WESTERN,
}  # fmt: skip
_WORD_BEYOND = re.compile(r"[^\W\d_]*[^\x00-\x7f\W\d_][^\W\d_]*")
# Of words with several such letters, so many may be of no language, and one: odd names and slips.
_STRANGE = 0.1
# The same in cp1252 and cp1250, and where MacRoman has ö and ü: they speak for no page.
_NEUTRAL = frozenset("šžÿŠŽŸ")
_SAMPLE = 4000  # letters beyond ASCII that are looked at; the first hundreds decide
_ELISION = re.compile(r"(?:^|[^A-Za-z])(?:[cdjlmnstCDJLMNST]|[Qq]u)$")
_CONTRACTION = re.compile(r"(?:s|t|d|m|re|ll|ve)(?![A-Za-z])")


class Decoding(NamedTuple):
    """A file's bytes in UTF-8, and what is to be said of how they were read; None of UTF-8."""

    content: bytes
    note: str | None


def as_utf8(content: bytes) -> Decoding:
    """`content` in UTF-8 without mark; damaged UTF-8 and Parquet as they are.

    Raises:
        Unreadable: it is no text, or a mark names UTF-16 or UTF-32, and the bytes are none.
    """
    for beginning, what in _BINARY.items():
        if content.startswith(beginning):
            raise Unreadable(what)
    for mark, name in _MARKS:
        if content.startswith(mark):
            text = _decode(content[len(mark) :], name)
            if text is None:
                raise Unreadable(f"damaged: marked as {name.upper()}, which its bytes are not")
            return _decoding(text, name, "as its mark says")
    content = content.removeprefix(codecs.BOM_UTF8)
    if content.startswith(_PARQUET):
        return Decoding(content, None)
    if content.isascii():
        wide = _wide(content)
        return _decoding(*wide, "as its zero bytes show") if wide else Decoding(content, None)
    return Decoding(content, None) if _is_utf8(content) else _of_code_page(content)


def _is_utf8(content: bytes) -> bool:
    try:
        pa.array([content], pa.binary()).cast(pa.string())  # twice as fast as to decode it
    except pa.ArrowInvalid:
        return False
    return True


def _of_code_page(content: bytes) -> Decoding:
    wide = _wide(content)
    if wide:
        return _decoding(*wide, "as its zero bytes show")
    if _STANDARD.match(content) or b"\0" in content:
        return Decoding(content, None)
    eastern = _japanese(content) or _hebrew(content) or _thai(content)
    if eastern:
        return _decoding(*eastern, "as its letters suggest")
    if _is_damaged_utf8(content):
        return Decoding(content, None)
    declared = _DECLARED.search(content[:_HEAD])
    if declared:
        name = declared[1].decode("ascii").replace("_", "-")
        text = None if _is_unicode(name) else _decode(content, name)
        if text is not None:
            return _decoding(text, codecs.lookup(name).name, "as the file declares")
    guess = _guess(content)
    return Decoding(content, None) if guess is None else _decoding(*guess, "as its letters suggest")


def _decoding(text: str, name: str, why: str) -> Decoding:
    return Decoding(text.encode("utf-8", "surrogatepass"), f"not UTF-8: read as {name}, {why}")


def _decode(content: bytes, name: str) -> str | None:
    try:
        text = content.decode(name)
        text.encode("utf-8")
    except (LookupError, UnicodeError, AttributeError):
        return None
    return text


def _is_unicode(name: str) -> bool:
    try:
        return codecs.lookup(name).name.startswith(("utf", "ascii", "unicode"))
    except LookupError:
        return False


def _wide(content: bytes) -> tuple[str, str] | None:
    """Text in UTF-16 without mark, where every other byte of the beginning is zero."""
    head = content[:_HEAD]
    if b"\0" not in head or len(content) % 2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    name = "utf-16-le" if odd > half * 0.7 and not even else "utf-16-be"
    if name == "utf-16-be" and not (even > half * 0.7 and not odd):
        return None
    text = _decode(content, name)
    return None if text is None else (text, name)


def _is_damaged_utf8(content: bytes) -> bool:
    """Whether most bytes beyond ASCII stand in sequences of UTF-8, which chance seldom makes."""
    within = sum(map(len, _SEQUENCE.findall(content)))
    return within * 2 > len(_BEYOND_ASCII.findall(content))


def _japanese(content: bytes) -> tuple[str, str] | None:
    """Text of a Japanese page, which every fifth letter shows: kana of full width."""
    for name in ("cp932", "euc_jp"):
        text = _decode(content, name)
        letters = len(_BEYOND.findall(text or ""))
        is_wide = len(_KANA.findall(text or "")) * _FIFTH >= letters
        if text and letters and is_wide and not _HALF_KANA.search(text):
            return text, name
    return None


def _hebrew(content: bytes) -> tuple[str, str] | None:
    """Text of the Hebrew page: words of its 27 letters alone. Russian has others among its most
    common ones, Western words letters of ASCII beside them.
    """
    words = _HEBREW_WORD.findall(content)
    if sum(map(len, words)) * 10 < len(_BEYOND_ASCII.findall(content)) * 9:
        return None
    text = _decode(content, "cp1255")
    return (text, "cp1255") if text and len(words) > 1 else None


def _thai(content: bytes) -> tuple[str, str] | None:
    """Text of the Thai page: vowels and tones over letters, as every Thai word has them, and none
    that stands alone.
    """
    text = _decode(content, "cp874")
    marks = len(_THAI_MARK.findall(text or ""))
    letters = len(_BEYOND.findall(text or ""))
    is_thai = marks * 10 > letters >= _FEWEST_THAI and not _THAI_ALONE.search(text or "")
    return (text, "cp874") if text and is_thai else None


def _guess(content: bytes) -> tuple[str, str] | None:
    """Text and name of the code page that makes words of the bytes beyond ASCII."""
    best: tuple[tuple[float, int], str, str] | None = None
    for name, alphabets in _PAGES.items():
        text = _decode(content, name)
        if text is not None:
            fit = _fit(text, alphabets) - _strange(text, alphabets), _of_one(text, alphabets)
            if best is None or fit > best[0]:
                best = (fit, text, name)
    if best and best[0][0] > 0:
        return best[1], best[2]
    other = from_bytes(content).best()
    text = _decode(content, other.encoding) if other else None
    if other and text is not None:
        return text, other.encoding
    if best:
        return best[1], best[2]
    return content.decode("latin-1"), "latin-1"


def _of_one(text: str, alphabets: tuple[str, ...]) -> int:
    """How many of the letters beyond ASCII the language has that has most of them.

    Of two pages that fit as well it tells Turkish from Icelandic, whose letters ğ, ı and ş stand in
    the places of ð, ý and þ.
    """
    count = Counter(match[0] for match in islice(_BEYOND.finditer(text), _SAMPLE))
    return max(
        sum(count[sign] for sign in {*alphabet, *alphabet.upper()}) for alphabet in alphabets
    )


def _strange(text: str, alphabets: tuple[str, ...]) -> int:
    """Words whose letters beyond ASCII, two or more, are of no one language; 0 where they are few.

    Czech read as Western has "Dvoøák": Danish writes the one letter, Spanish the other, none both.
    """
    count = strange = 0
    for match in islice(_WORD_BEYOND.finditer(text), _SAMPLE):
        letters = {sign for sign in match[0].lower() if not sign.isascii()}
        if len(letters) > 1:
            count += 1
            strange += not any(letters <= set(alphabet) for alphabet in alphabets)
    return strange if strange > max(1, count * _STRANGE) else 0


def _fit(text: str, alphabets: tuple[str, ...]) -> float:
    """How well the letters beyond ASCII sit among the others: more than 0 where they make words.

    A letter between letters speaks for the page, one that is capital behind a small letter, a sign
    within a word, or a word of such letters alone against it.
    """
    total = 0.0
    letters = "".join(alphabets)
    common = frozenset(letters + letters.upper()) - _NEUTRAL
    for match in islice(_BEYOND.finditer(text), _SAMPLE):
        at = match.start()
        before, after = text[at - 1 : at] if at else " ", text[at + 1 : at + 2] or " "
        total += _sits(
            match[0], before, after, text[max(0, at - 3) : at], text[at + 1 : at + 5], common
        )
    return total


def _sits(  # noqa: PLR0911 - one rule a line
    sign: str, before: str, after: str, ahead: str, behind: str, common: frozenset[str]
) -> float:
    """Points of one sign beyond ASCII in its place."""
    in_word = before.isalpha() and after.isalpha()
    touches = before.isalpha() or after.isalpha()
    if sign.isalpha() and sign not in "ªº":
        is_turned = (sign.isupper() and before.islower()) or (sign.islower() and after.isupper())
        if not touches or is_turned or sign in "ﬁﬂ":
            return -1.0
        if not before.isascii() and not after.isascii():
            return -1.0
        inside = in_word or (sign.isupper() and after.isalpha())
        return (1.0 if inside else 0.5) if sign in common else 0.25
    if sign == "\u2019" and in_word:
        apostrophe = _CONTRACTION.match(behind) or _ELISION.search(ahead)
        return 1.5 if apostrophe else 0.0
    if (sign in "“‘¿¡" and not before.isalnum() and after.isalnum()) or (
        sign in "”’" and before.isalnum() and not after.isalnum()
    ):
        return 1.0
    if sign in "–—" and before.isspace() == after.isspace():
        return 1.0
    if unicodedata.category(sign) in ("Cc", "Cn", "Co"):
        return -1.0
    return -1.0 if in_word and sign not in "–—·’" else 0.1
