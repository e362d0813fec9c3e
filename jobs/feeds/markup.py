r"""Markup in titles and abstracts, HTML or JATS, as text by stated rules.

- `<sup>2</sup>` becomes ^2, `<sub>i</sub>` _i.
- Blocks (paragraphs, sections, list items, breaks) are parted by a space.
- The title of a section becomes `TITLE:`; the title "Abstract" goes.
- Of a formula in TeX that comes as a whole document, what is between its `\begin` and `\end` stays.
- All other tags that are known go, their text stays. What is no known tag stays (`p < 0.05`).
"""

from __future__ import annotations

import re

_INLINE = (
    "a|abbr|alternatives|b|bold|citation|em|ext-link|fixed-case|font|i|inline-formula|"
    "inline-graphic|italic|mml:[a-z]+|monospace|named-content|roman|sc|small|span|strong|"
    "styled-content|tex-math|tt|u|underline|xref"
)
_BLOCK = (
    "abstract|abstracttext|br|break|caption|dd|def-item|def-list|disp-formula|div|dl|dt|fig|hr|"
    "label|li|list|list-item|ol|p|sec|table|tbody|td|th|tr|ul"
)
_TITLE = "h[1-6]|title"
_NAMES = {"inline": _INLINE, "block": _BLOCK, "title": _TITLE, "raised": "sup", "low": "sub"}
_TAG = re.compile(
    r"<(?P<closing>/?)\s*(?:jats:)?(?:"
    + "|".join(f"(?P<{kind}>{names})" for kind, names in _NAMES.items())
    + r")(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_TEX_DOCUMENT = re.compile(
    r"\\documentclass.{0,2000}?\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL
)
_HEADING = re.compile(r"^\s*Abstract:\s*", re.IGNORECASE)


def plain(text: str) -> str:
    """`text` without its markup, by the rules of this module."""
    if "<" not in text:
        return text
    text = _TAG.sub(_read, _TEX_DOCUMENT.sub(r"\1", text))
    return _HEADING.sub("", text)


def _read(tag: re.Match[str]) -> str:
    if tag["block"]:
        return " "
    if tag["title"]:
        return ": " if tag["closing"] else " "
    if tag["closing"]:
        return ""
    return "^" if tag["raised"] else "_" if tag["low"] else ""
