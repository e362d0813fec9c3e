"""The language of a text, by Compact Language Detector 2."""

from __future__ import annotations

import pycld2

_CHARS = 1000
_UNKNOWN = "un"
# Chinese in either script is one language here.
_ONE = {"zh-Hant": "zh"}


def detect_language(text: str) -> str | None:
    """ISO 639 code of the language of `text`, or None where the detector is not sure.

    The first thousand characters are looked at: more change nothing. Source: Sites (2013), CLD2.
    """
    head = text[:_CHARS]
    is_plain = "<" not in head and "&" not in head  # to look for tags takes a quarter of the time
    try:
        is_sure, _, candidates = pycld2.detect(head.encode("utf-8"), isPlainText=is_plain)
    except pycld2.error:
        return None
    code = candidates[0][1]
    return _ONE.get(code, code) if is_sure and code != _UNKNOWN else None
