r"""Cleaning of titles, abstracts and names: pure functions over text, each rule stated.

`clean_text` applies, until nothing changes any more:

1. `printable`: characters that show nothing (controls, bidirectional marks, zero-width spaces, soft
   hyphens, lone surrogates, noncharacters) go; white space stays. The two joiners U+200C and U+200D
   stay, for Persian and Indic words need them.
2. `decode_entities`: HTML entities that end in a semicolon become their characters.
3. `decode_tex`: TeX that has one certain reading becomes letters; see there. Everything else stays
   as it was, also text that looks like a tag (`<obj>`), unknown macros and mathematics.
4. Unicode normal form C, and every run of white space becomes one space.
"""

from __future__ import annotations

import html
import re
import unicodedata

MAX_PASSES = 12
"""Passes of `clean_text`: text nested deeper (an entity of an entity of …) is damage, and stays."""

_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
_ENTITY = re.compile(r"&(?:amp;)*(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")

_COMBINING = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304",
    ".": "\u0307", "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328",
    "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ",
    "aa": "å", "AA": "Å", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ",
    "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_SYMBOLS = {
    "times": "×", "pm": "±", "sim": "~", "approx": "≈", "leq": "≤", "le": "≤", "geq": "≥",
    "ge": "≥", "neq": "≠", "cdot": "·", "ldots": "…", "dots": "…", "infty": "∞", "to": "→",
    "rightarrow": "→", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε",
    "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ",
    "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ",
    "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
    "textgreater": ">", "textless": "<", "textasciitilde": "~", "textbackslash": "\\",
}  # fmt: skip

_ACCENT = re.compile(
    r"\{?\\(?:(?P<mark>['`^\"~=.])|(?P<named>[cvuHkrdb])(?:\s+|(?=\{)))"
    r"(?:\{(?P<braced>\\?[A-Za-z])\}|(?P<bare>\\[ij](?![A-Za-z])|[A-Za-z]))(?P<close>\}?)"
)
# An accent over a letter that has one, as Vietnamese has them: `\~{\^e}`.
_STACKED = re.compile(r"\\(['`^~.d])\s?\{?([\u00c0-\u024f])\}?")
_CONTRACTION = re.compile(r"(?<=[A-Za-z])\\'(?=(?:s|t|d|m|re|ll|ve)(?![A-Za-z]))")
_DOUBLE_QUOTE_CLOSES = re.compile(r'\\"(?![A-Za-z{\\])')
_LETTER = re.compile(
    rf"\{{?\\(?P<name>{'|'.join(_LETTERS)})(?![A-Za-z])(?:\{{\}}|\s)?(?P<close>\}}?)"
)
# A pattern that may begin with a brace is found slowly, what is within it fast.
_HAS_ACCENT = re.compile(r"\\(?:['`^\"~=.]|[cvuHkrdb][\s{])")
_HAS_LETTER = re.compile(rf"\\(?:{'|'.join(_LETTERS)})(?![A-Za-z])")
_SYMBOL = re.compile(
    rf"\\(?P<name>{'|'.join(sorted(_SYMBOLS, key=len, reverse=True))})(?![A-Za-z])"
)
_STYLE = re.compile(
    r"(?:\\|(?<![A-Za-z\\]))"
    r"(?:text(?:bf|it|sc|tt|rm|sf|sl|up|md|normal)|math(?:rm|bf|it|sf|tt)|emph|underline)"
    r"\s?\{(?P<inner>[^{}]*)\}"
)
_URL = re.compile(r"\\url\s?\{(?P<inner>[^{}]*)\}")
_HREF = re.compile(
    r"\\href\s?\{(?P<address>[^{}]*)(?:\}\s?\{(?P<text>[^{}]*)\}|\{(?P<lost>[^{}]*)\}\})"
)
_LISTING_LINK = re.compile(r"(?<=\S)\{this https? URL\}")
# What must stand before is asked for behind the word: a pattern that begins with one is found fast.
_STRIPPED_TIMES = re.compile(r"times(?<=\dtimes)(?: (?=\d)|(?![A-Za-z]))")
_STRIPPED_SIM = re.compile(r"sim(?<![A-Za-z\\]sim) ?(?=\d)")
# Dollars pair from the left, and what is no formula may stand between two: `$^{112}$Sn$(n)$`.
_MATH = re.compile(r"\$(?P<inner>[^$]*)\$")
_WORDS = re.compile(r"[A-Za-z]{2,}(?:[ -]+[A-Za-z]{2,})*")
_TIMES_OF_NUMBER = re.compile(r"times(?<=\dtimes)")
_SIM_OF_NUMBER = re.compile(r"sim ?\d")
_ESCAPED = re.compile(r"\\([%&_#$])")


def clean_text(text: str) -> str:
    """`text` by the rules of this module: idempotent, printable, one line, no outer space."""
    if _is_clean(text):
        return text
    text = _one_line(text)
    for _ in range(MAX_PASSES):
        if _is_clean(text):
            return text
        decoded = unicodedata.normalize("NFC", decode_tex(decode_entities(text)))
        if decoded == text:  # and so would be the next pass
            return text
        text = _one_line(decoded)
    return text


def _is_clean(text: str) -> bool:
    """Whether no rule can change a printable text, as few can of most; False where unsure."""
    return (
        text.isprintable()
        and text == text.strip()
        and "&" not in text
        and "\\" not in text
        and "{" not in text
        and "$" not in text
        and "  " not in text
        and ("times" not in text or not _TIMES_OF_NUMBER.search(text))
        and ("sim" not in text or not _SIM_OF_NUMBER.search(text))
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


def _one_line(text: str) -> str:
    """`text` without unprintable characters, every run of white space as one space."""
    line = text.strip().replace("\n", " ")
    if line.isprintable() and "  " not in line:  # then no other white space is in it
        return line
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """`text` without the characters that show nothing."""
    return _UNPRINTABLE.sub("", text)


def decode_entities(text: str) -> str:
    """`text` with HTML entities as characters; `&amp;lt;` is read through to `<`."""
    if "&" not in text:
        return text
    return _ENTITY.sub(lambda match: html.unescape(f"&{match[1]};"), text)


def decode_tex(text: str) -> str:
    r"""`text` with the TeX that has one certain reading as plain text.

    With backslash: accents (`Sabi\'a`, `\c{c}`), letters (`\o`, `\ss`), common symbols (`\times`,
    Greek), escaped characters (`20\%`), styles (`\textbf{x}` → x), `\url{x}` → x, `\href{x}{y}` → y
    (also where the middle brace was lost). Where a page stripped the backslash: styles before a
    brace (`textbf{x}` → x), `4times` → 4×, `sim 10` → ~10, `$words and words$` without dollars,
    and arXiv's `{this https URL}` behind an address goes.
    """
    if "\\" in text:
        text = _URL.sub(_inner, text)
        text = _HREF.sub(_link_text, text)
        text = _decode_accents(text) if _HAS_ACCENT.search(text) else text
        text = _LETTER.sub(_letter, text) if _HAS_LETTER.search(text) else text
        text = _SYMBOL.sub(lambda match: _SYMBOLS[match["name"]], text)
        text = _ESCAPED.sub(r"\1", text)
    if "{" in text:
        text = _STYLE.sub(_inner, text) if _may_have_style(text) else text
        text = _LISTING_LINK.sub("", text) if "{this http" in text else text
    if "$" in text:
        text = _MATH.sub(_free_words, text)
    if "times" in text:
        text = _STRIPPED_TIMES.sub("×", text)
    return _STRIPPED_SIM.sub("~", text) if "sim" in text else text


def _may_have_style(text: str) -> bool:
    return "text" in text or "math" in text or "emph" in text or "underline" in text


def _decode_accents(text: str) -> str:
    # Escaped quotation marks (\"word\") look like the umlaut; where one closes, none is an accent.
    quotes = '\\"' in text and _DOUBLE_QUOTE_CLOSES.search(text) is not None

    def letter(match: re.Match[str]) -> str:
        if match["mark"] == '"' and quotes:
            return match[0]
        base = (match["braced"] or match["bare"]).removeprefix("\\")
        composed = unicodedata.normalize("NFC", base + _COMBINING[match["mark"] or match["named"]])
        if len(composed) > 1:
            return match[0]
        return _with_braces(match, composed)

    # An escaped apostrophe (model\'s) looks like the acute; English contractions are no accents.
    text = _ACCENT.sub(letter, _CONTRACTION.sub("'", text))
    return _STACKED.sub(_stacked, text) if "\\" in text else text


def _stacked(match: re.Match[str]) -> str:
    composed = unicodedata.normalize("NFC", match[2] + _COMBINING[match[1]])
    return composed if len(composed) == 1 else match[0]


def _letter(match: re.Match[str]) -> str:
    return _with_braces(match, _LETTERS[match["name"]])


def _with_braces(match: re.Match[str], letter: str) -> str:
    """`letter` in place of what was found; a brace that belongs to no pair of it stays."""
    opened, closed = match[0].startswith("{"), bool(match["close"])
    if opened and closed:
        return letter
    return ("{" if opened else "") + letter + ("}" if closed else "")


def _free_words(match: re.Match[str]) -> str:
    return match["inner"] if _WORDS.fullmatch(match["inner"]) else match[0]


def _inner(match: re.Match[str]) -> str:
    return match["inner"]


def _link_text(match: re.Match[str]) -> str:
    return match["text"] or match["lost"] or match["address"]


_WITHDRAWN = re.compile(
    r"(?:this|the) (?:paper|article|manuscript|submission|work|preprint|version)"
    r"(?: \S+){0,6}? (?:has been|have been|was|is|is being) (?:temporarily )?"
    r"(?:withdrawn|retracted)"
    r"|(?:paper |article |submission )?(?:withdrawn|retracted)(?: by\b|\W|$)"
    r"(?!from (?!(?:the )?ar[cx]))",  # a journal
    re.IGNORECASE,
)


# A mark that publishers put before or behind the title of the paper itself; the words of a notice
# ("Retraction of", "Retraction note to") are none, nor is "Retracted" as a word of the title.
MARKS = "retracted|withdrawn|removed|temporary removal|temporarily removed"
# The Portuguese (in Spanish a slip) and the Italian word mean "portrayed" and "withdrawn from" too:
# a mark behind "article", alone in square brackets, or in capitals before the title.
_EQUIVOCAL = "retratad[oa]|ritirat[oa]"
EQUIVOCAL_IN_BRACKETS = rf"\[\s*(?:{_EQUIVOCAL})\s*\]"
EQUIVOCAL_IN_CAPITALS = f"(?-i:{_EQUIVOCAL.upper()})"
# Spanish, French, German
FOREIGN_MARKS = (
    "retractad[oa]|r\u00e9tract\u00e9e?|zur\u00fcckgezogen"
    rf"|(?:art[i\u00ed]culo|artigo|articolo)\s+(?:{_EQUIVOCAL})"
)
_FOREIGN = rf"(?:(?:article|art[i\u00ed]culo|artigo|articolo|artikel) )?(?:{FOREIGN_MARKS})"
_MARK = (
    rf"(?:(?:article|paper|chapter) |this (?:article|paper|chapter) has been )?(?P<{{0}}>{MARKS})"
    r"(?: (?:article|paper|chapter|manuscript|preprint|publication|and (?:republished|replaced)))?"
)
_TITLE_MARKED = re.compile(
    rf"\s*(?:(?:[\[(*]+\s*(?:{_MARK.format('a')}|{_FOREIGN})\s*[\])*]+|{EQUIVOCAL_IN_BRACKETS})[\s:.-]*"
    rf"|(?:{_MARK.format('b')}|{_FOREIGN}|{EQUIVOCAL_IN_CAPITALS})"
    r"\s*(?::|\s[-\u2013\u2014]\s|\u2014)\s*)(?=\S)",
    re.IGNORECASE,
)
_TITLE_MARKED_BEHIND = re.compile(
    rf".*\S\s*(?:[\[(*]\s*(?:{_MARK.format('a')}\b[^\])*]*|{_FOREIGN}\s*)[\])*]|{EQUIVOCAL_IN_BRACKETS}"
    rf"|[-\u2013\u2014:]\s*(?:{_MARK.format('b')}|{_FOREIGN}))\s*\.?",
    re.IGNORECASE | re.DOTALL,
)
_MARK_HINTS = (
    "retract",
    "retrat",
    "r\u00e9tract",
    "withdrawn",
    "remov",
    "ritirat",
    "zur\u00fcckgezogen",
)
_TITLE_IN_CAPITALS = re.compile(r"(RETRACTED|WITHDRAWN) (?:ARTICLE|PAPER|CHAPTER)?\s*(?=[A-Z])")


def title_says_withdrawn(title: str) -> str | None:
    """`retracted` or `withdrawn` where a title bears the mark of it; None for all others."""
    folded = title.casefold()
    if not any(hint in folded for hint in _MARK_HINTS):
        return None
    mark = _TITLE_MARKED.match(title) or _TITLE_MARKED_BEHIND.fullmatch(title)
    if mark:
        word = (mark["a"] or mark["b"] or "").lower()
        return "withdrawn" if word.startswith(("withdrawn", "remov", "tempor")) else "retracted"
    capitals = _TITLE_IN_CAPITALS.match(title)
    return capitals[1].lower() if capitals and not title.isupper() else None


def says_withdrawn(text: str) -> bool:
    """Whether a cleaned abstract or comment begins as a notice of withdrawal does."""
    return _WITHDRAWN.match(text) is not None
