r"""Markup in titles and abstracts, HTML or JATS, as text by stated rules.

- `<sup>2</sup>` becomes ^2, `<sub>i</sub>` _i.
- Blocks (paragraphs, sections, list items, breaks) are parted by a space.
- The title of a section becomes `TITLE:`; the title "Abstract" goes.
- Of a formula in TeX that comes as a whole document, what is between its `\begin` and `\end` stays.
- Tags written as entities (`&lt;i&gt;`) are tags too, if they are known.
- All other tags that are known go, their text stays. What is no known tag stays (`p < 0.05`).
"""

from __future__ import annotations

import html
import re

_INLINE = (
    "a|abbr|alternatives|b|big|bold|citation|del|em|email|emph|ext-link|fixed-case|font|i|"
    "inline-formula|inline-graphic|ins|italic|mml:[a-z]+|monospace|named-content|overline|roman|"
    "s|sans-serif|sc|scp|small|span|strike|strong|styled-content|tex-math|tt|u|underline|uri|"
    # MathML without prefix
    "annotation|math|menclose|mfenced|mfrac|mi|mmultiscripts|mn|mo|mover|mpadded|mphantom|mroot|"
    "mrow|mspace|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|mtr|munder|munderover|none|"
    "mprescripts|semantics|xref"
)
_BLOCK = (
    "abstract|abstracttext|br|break|caption|dd|def-item|def-list|disp-formula|div|dl|dt|fig|hr|"
    "label|li|list|list-item|ol|p|sec|table|tbody|td|th|tr|ul"
)
_TITLE = "h[1-6]|title"
_NAMES = {"inline": _INLINE, "block": _BLOCK, "title": _TITLE, "raised": "sup", "low": "sub|inf"}
_TAG = re.compile(
    r"<(?P<closing>/?)\s*(?:jats:)?(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _NAMES.items())
    + r")(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_TEX_DOCUMENT = re.compile(
    r"\\documentclass(?:(?!\\documentclass).){0,2000}?\\begin\{document\}"
    r"((?:(?!\\documentclass).)*?)\\end\{document\}",
    re.DOTALL,
)
_ESCAPED = re.compile(
    r"&(?:amp;)*lt;(/?\s*(?:jats:)?(?:"
    + "|".join(_NAMES.values())
    + r")(?=[\s/]|&)(?:(?!&(?:amp;)*[lg]t;)[^<>]){0,200}?)&(?:amp;)*gt;",
    re.IGNORECASE,
)
# Words in italics that lost the spaces around them: several words are no part of a word.
# The patterns begin with the sign itself, which is found faster than what stands before it.
_GLUED = re.compile(
    r"<(?<=[^\W\d_]<)(?=(?:jats:)?(?:i|em|italic)>[^<>\s]{0,200}\s[^<>]{0,2000}</(?:jats:)?(?:i|em|italic)>)",
    re.IGNORECASE,
)
_GLUED_BEHIND = re.compile(
    r"(<(?:jats:)?(?:i|em|italic)>[^<>\s]{0,200}\s[^<>]{0,2000}</(?:jats:)?(?:i|em|italic)>)(?=[^\W\d_])",
    re.I,
)
# Of a formula that comes in TeX and in MathML, TeX is the one that reads as text.
_TWICE = re.compile(
    r"(<(?:jats:)?alternatives>(?:(?!</?(?:jats:)?alternatives>).){0,20000}?</(?:jats:)?tex-math>)"
    r"\s*<(?:mml:)?math(?:(?!<(?:mml:)?math).){0,50000}?</(?:mml:)?math>",
    re.DOTALL | re.IGNORECASE,
)
# The title of a section becomes `TITLE:`, whatever sign it ends in.
_TITLE_END = re.compile(r"[:.]\s*(?=</(?:jats:)?(?:h[1-6]|title)>)", re.IGNORECASE)
_ABSTRACT_ALONE = re.compile(
    r"\s*<((?:jats:)?(?:p|b|bold|strong|i))>\s{0,9}abstract\s{0,9}[:.]?\s{0,9}</\1>", re.IGNORECASE
)
_HEADING = re.compile(r"\s*Abstract:\s*", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` without its markup, by the rules of this module."""
    if "lt;" in text:
        text = _ESCAPED.sub(lambda match: f"<{html.unescape(match[1])}>", text)
    if "<" not in text:
        return text
    if ":<" in text or ".<" in text:
        text = _TITLE_END.sub("", text)
    text = _GLUED_BEHIND.sub(r"\1 ", _GLUED.sub(" <", text))
    if "alternatives>" in text:
        text = _TWICE.sub(r"\1", text)
    if "\\documentclass" in text:
        text = _TEX_DOCUMENT.sub(r"\1", text)
    alone = _ABSTRACT_ALONE.match(text)
    text = _TAG.sub(_tag_text, text[alone.end() :] if alone else text)
    heading = _HEADING.match(text)
    return text[heading.end() :] if heading else text


def _tag_text(tag: re.Match[str]) -> str:
    if tag["block"]:
        return " "
    if tag["title"]:
        return ": " if tag["closing"] else " "
    if tag["closing"]:
        return ""
    return "^" if tag["raised"] else "_" if tag["low"] else ""
