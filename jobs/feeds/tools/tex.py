r"""TeX as bibliographies hold it, as text by stated rules.

- Accents, letters, symbols and styles are read as in jobs/text/text.py; further macros of one sign
by
  pylatexenc's table (`\textdegree`, `\textendash`, `\copyright`).
- `\textsubscript{2}` becomes _2, `\textsuperscript{3}` ^3, `$_2$` likewise, `$β$` β.
- `--`, `---`, ` `` `, `''`, `~` and thin spaces become the signs that they print.
- Upright letters between dollars are words: `$\mathrm{TiO}_2$` becomes TiO_2.
- All other braces go, for they keep case or group; escaped ones stay as braces. Other mathematics
  between dollars stays as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pylatexenc.latexencode import get_builtin_uni2latex_dict

from jobs.text.text import decode_tex

_MATH = re.compile(r"((?<!\\)\$\$?[^$]{1,2000}?(?<!\\)\$\$?)")
# Words within mathematics: `$_{\mbox{2}}$`, as Google Scholar writes it.
_MATH_WORDS = re.compile(r"\\(?:mbox|hbox|text)\s*\{([A-Za-z0-9+.-]{1,6})\}")
# Upright letters of mathematics are words, mostly a formula of chemists: `$\mathrm{TiO}_2$`.
_UPRIGHT = re.compile(
    r"\$\s*((?:\\(?:mathrm|text|rm)\s*\{[A-Za-z0-9_^+-]{1,20}\}"
    r"|[_^](?:[0-9+-]|\{[0-9+-]{1,4}\}))+)\s*\$"
)
_OF_UPRIGHT = re.compile(r"\\(?:mathrm|text|rm)\s*|[{}]")
_SIMPLE_MATH = re.compile(
    r"\$\s*(?:(?:\{\})?([_^])\{?\\?([A-Za-z0-9+.-]{1,4})\}?|([^\x00-\x7f]|[<>]))\s*\$"
)
_ROUND_MATH = re.compile(r"\\\(([^$]{1,2000}?)\\\)")
# What a semicolon of an entity becomes between dollars: `{\&}amp$\mathsemicolon$`.
_SEMICOLON = re.compile(r"\$\s*\\mathsemicolon\s*\$")
# The second argument is the first without TeX, for the outline of a PDF.
_PDF_STRING = re.compile(r"\\texorpdfstring\s*\{(?:[^{}]|\{[^{}]{0,500}\}){0,1000}\}\s*(?=\{)")
# Macros that print nothing in a title: notes, citations, lengths.
_UNSEEN = re.compile(
    r"[\s~]?\\(?:footnote(?:mark)?|thanks|(?:no)?cite[a-z]*|(?:c|eq|auto|page|name)?ref|label|index"
    r"|hspace|vspace|color|input|includegraphics|begin|end)\*?\s*(?:\[[^\]]{0,1000}\]\s*){0,2}"
    r"\{(?:[^{}]|\{[^{}]{0,500}\}){0,1000}\}"
    # What sorts a name or a year apart: `{\noopsort{1973b}}1974`.
    r"|\\(?:noop|noopsort|sortnoop|nosort)\s*\{[^{}]*\}"
    r"|\\(?:protect|nobreakdash|xspace|item)(?![A-Za-z])",
    re.IGNORECASE,
)
_DEGREE = re.compile(r"\$\s*\^\s*(?:\{\s*)?\\circ\s*(?:\}\s*)?\$|\\ensuremath\{\^\{?\\circ\}?\}")
_SIMILAR = re.compile(r"\$\s*\\sim\s*\$|\\ensuremath\s*\{\s*\\sim\s*\}")
_LENGTH = re.compile(r"\\[hv]space\*?\s*\{(?!0)[^{}]*\}")
_ENSURED = re.compile(r"\\ensuremath\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_QUOTED = re.compile(r"\\enquote\*?\s*\{([^{}]*)\}")
_HOOK = re.compile(r"\\h(?:\s*\{([A-Za-z\u00c0-\u024f])\}|\s+([A-Za-z\u00c0-\u024f]))")
_RAISED = re.compile(r"\\text(sub|super)script\s*\{([^{}]*)\}")
_BOXED = re.compile(
    r"\\(?:m|f|h|v)box\s*\{([^{}]*)\}"
    r"|\\(?:(?:foreignlanguage|textcolor|colorbox|raisebox)\s*\{[^{}]*\}|ensuremath|text[a-z]{2,6}"
    r"|emph|enquote|uppercase|MakeUppercase|NoCaseChange|textnormal|textsc|ce)\s*\{([^{}]+)\}"
)
_STYLE_SWITCH = re.compile(
    r"\\(?:relax|it|bf|em|rm|sc|sl|tt|sf|itshape|bfseries|scshape|upshape|normalfont|small|large)"
    r"(?![A-Za-z])\s*"
)
_MACRO = re.compile(r"\\([A-Za-z]+)(?![A-Za-z])(?:\s*\{\}|\s+|(?=[^A-Za-z]|$))")
_SPACES = re.compile(
    r"\\[,;: ]|\\(?:q?quad|newline|linebreak|break|par)(?![A-Za-z])|(?<!\\)~"
    r"|\\\\(?:\[[^\]]{0,100}\])?"
)
_GERMAN_QUOTES = re.compile(r"\"`([^\"]{1,200})\"'")  # babel's "`Wort"'
_SINGLE_QUOTES = re.compile(r"(?<![\w`])`([^`'\s][^`']{0,200})'(?![\w'])")
_NOTHING = re.compile(r"\\[/!@-]")
# A group that is no macro's argument, and a macro at the end of one, whose brace parts it from what
# follows.
_GROUP = re.compile(r"(?<![A-Za-z\]}_^\\])\{([^{}\\]*)\}")
# A macro of one argument that is not known here prints it, as most do (`\ac{DNA}`, `\num{12}`).
_ARGUMENT = re.compile(r"\\[A-Za-z]{2,}\*?\{([^{}]+)\}(?!\s*\{)")
_ENDS_IN_MACRO = re.compile(r"\\[A-Za-z]+$")
_BRACE = re.compile(r"(?<!\\)[{}]")
_ESCAPED = re.compile(r"\\([{}%&_#$])")
_NAMES = {"TeX": "TeX", "LaTeX": "LaTeX", "BibTeX": "BibTeX", "textquotesingle": "'",
          "textquotedbl": '"', "textbar": "|", "slash": "/",
          "textless": "<", "textgreater": ">", "lbrace": "{",
          "rbrace": "}", "textmu": "µ", "textperthousand": "‰", "degree": "°",
          "textpm": "±", "texttimes": "×",
          "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“",
          "textquotedblright": "”", "copyright": "©", "textregistered": "®", "texttrademark": "™",
          "S": "§",
          "textendash": "–", "textemdash": "—", "pounds": "£", "euro": "€", "EUR": "€",
          "dag": "†", "ddag": "‡", "celsius": "°C", "textcelsius": "°C", "hyp": "-", "P": "¶",
          "og": "«", "fg": "»", "flqq": "«", "frqq": "»", "glqq": "„", "grqq": "“",
          "glq": "‚", "grq": "‘",
          "nobreakspace": " ",
          "textalpha": "α", "textbeta": "β", "textgamma": "γ", "textdelta": "δ",
          "textepsilon": "ε", "textkappa": "κ", "textlambda": "λ", "textpi": "π",
          "textsigma": "σ", "textomega": "ω"}  # fmt: skip

# Signs that TeX would obey, spelled out: until all else is read each is a noncharacter, which no
# text holds.
_OBEYED = {"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}",
           "textasciitilde": "~", "textasciicircum": "^", "textasciigrave": "`",
           "textdollar": "$", "$": "$"}  # fmt: skip
_SPELLED = re.compile(
    r"\\(?:(text(?:backslash|brace(?:left|right)|ascii(?:tilde|circum|grave)|dollar)(?![A-Za-z])|\$)"
    r"(?:\{\})?|([~^])\{\})"
)
_HIDDEN = {name: chr(0xFDD0 + place) for place, name in enumerate(_OBEYED)}
# An accent over nothing prints itself: `\~{}`.
_HIDDEN |= {"~": _HIDDEN["textasciitilde"], "^": _HIDDEN["textasciicircum"]}
_VISIBLE = {ord(_HIDDEN[name]): sign for name, sign in _OBEYED.items()}


def tex_plain(text: str) -> str:
    """`text` without its TeX, by the rules of this module."""
    if not any(sign in text for sign in "\\{}$~`'-"):
        return text
    text = _SPELLED.sub(lambda match: _HIDDEN[match[1] or match[2]], text) if "\\" in text else text
    if "\\" in text:
        text = _PDF_STRING.sub("", text) if "texorpdf" in text else text
        text = _LENGTH.sub(" ", text)
        text = _UNSEEN.sub("", _SEMICOLON.sub(";", text))
        text = _ROUND_MATH.sub(r"$\1$", text)
        text = _ENSURED.sub(_ensured, _HOOK.sub("\\1\\2\u0309", text))
    if "\\mathrm" in text or "\\text{" in text or "\\rm" in text:
        text = _UPRIGHT.sub(lambda match: _OF_UPRIGHT.sub("", match[1]), text)
    text = _MATH.sub(_words_of_math, text) if "box" in text or "\\text{" in text else text
    text = _DEGREE.sub("°", text) if "\\circ" in text else text
    text = _SIMILAR.sub(_HIDDEN["textasciitilde"], text) if "\\sim" in text else text
    text = _SIMPLE_MATH.sub(_of_math, decode_tex(text) if "\\" in text else text)
    return "".join(
        piece if place % 2 else _of_text(piece) for place, piece in enumerate(_MATH.split(text))
    ).translate(_VISIBLE)


def _words_of_math(match: re.Match[str]) -> str:
    return _MATH_WORDS.sub(r"\1", match[0])


def _ensured(match: re.Match[str]) -> str:
    """Mathematics with groups of its own between dollars, as it is read there."""
    return f"${match[1]}$" if "{" in match[1] else match[0]


def _of_math(match: re.Match[str]) -> str:
    return match[3] or match[1] + match[2]


def _of_text(text: str) -> str:
    if "\\" in text:
        text = _SPACES.sub(" ", _NOTHING.sub("", text))
        for _ in range(4):  # macros within macros; deeper ones lose their braces alone
            before = text
            text = _GROUP.sub(r"\1", text)
            text = _QUOTED.sub(r"“\1”", _RAISED.sub(_raised, text))
            text = _BOXED.sub(lambda match: _closed(match[1] or match[2] or ""), text)
            if text == before:
                break
        text = _MACRO.sub(_sign, _ARGUMENT.sub(r"\1", _STYLE_SWITCH.sub("", text)))
    if '"`' in text:
        text = _GERMAN_QUOTES.sub("„\\1“", text)
    if "`" in text and "'" in text:
        text = _SINGLE_QUOTES.sub(r"‘\1’", text)
    text = text.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    return _ESCAPED.sub(r"\1", _BRACE.sub("", text.replace("~", " ")))


def _raised(match: re.Match[str]) -> str:
    return ("_" if match[1] == "sub" else "^") + _closed(match[2])


def _closed(inner: str) -> str:
    """What stood in braces; a macro at its end takes no space behind them."""
    return f"{inner}{{}}" if _ENDS_IN_MACRO.search(inner) else inner


def _sign(match: re.Match[str]) -> str:
    return _signs().get(match[1], match[0])


@lru_cache(maxsize=1)
def _signs() -> dict[str, str]:
    """Macros without argument → the sign that they print."""
    signs = {}
    for code, latex in get_builtin_uni2latex_dict().items():
        name = re.fullmatch(r"\{?\\(?:ensuremath\{\\)?([A-Za-z]+)\}{0,2}", latex)
        if name and name[1] not in signs:
            signs[name[1]] = chr(code)
    return {**signs, **_NAMES}
