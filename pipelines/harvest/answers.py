"""Answers of strangers, read with care: XML without a document type, JSON, and nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from lxml import etree

from pipelines.harvest.core import Fault

# Possessive and atomic: without a way back, as many comments cost as long as they are and no more.
_HTML = re.compile(rb"\s*+(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html)\b", re.I | re.S)
# The document type stands before the root; a piece of this size shows it before much is read.
_PIECE_BYTES = 64 * 1024
_LONGEST_TOLD = 300


def xml_root(body: bytes) -> Any:
    """The root element of a well-formed XML document without a document type.

    Nothing is fetched, no entity is resolved, and a document that declares a type is not read any
    further than to there: feeds need none, and bombs begin with one.

    Raises:
        Fault: it is an HTML page, declares a document type, or is not well-formed.
    """
    _no_html(body)
    parser = etree.XMLPullParser(
        events=("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        for begin in range(0, len(body), _PIECE_BYTES):
            parser.feed(body[begin : begin + _PIECE_BYTES])
            for _, element in parser.read_events():
                if element.getparent() is None and element.getroottree().docinfo.doctype:
                    raise Fault("declares a document type, which no answer of this source does")
        return parser.close()
    except etree.XMLSyntaxError as error:
        raise Fault(f"not well-formed XML: {printable_line(error)}") from error


def json_value(body: bytes) -> Any:
    """The value of a JSON document.

    Raises:
        Fault: it is an HTML page or no JSON.
    """
    _no_html(body)
    try:
        return json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Fault(f"not JSON: {printable_line(error)}") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def elements_digest(elements: Iterable[Any]) -> str:
    """A digest of XML elements, whatever they stand in."""
    digest = hashlib.sha256()
    for element in elements:
        digest.update(etree.tostring(element, with_tail=False))
    return digest.hexdigest()


def values_digest(values: Any) -> str:
    """A digest of JSON values, whatever they stand in and however they are written."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def printable_line(text: object) -> str:
    """Words of a stranger for a person's terminal: one line, not long, no control characters."""
    line = " ".join(str(text).split())
    printable = "".join(sign if sign.isprintable() else "\ufffd" for sign in line)
    return printable if len(printable) <= _LONGEST_TOLD else f"{printable[:_LONGEST_TOLD]}…"


def _no_html(body: bytes) -> None:
    if _HTML.match(body, 3 if body.startswith(b"\xef\xbb\xbf") else 0):
        raise Fault("an HTML page, as from a proxy or a service under repair")
