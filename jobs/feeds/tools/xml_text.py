"""XML as feeds deliver it: elements cut out in their own words, each read by itself.

A file is cut by a look for the wanted tags alone, so that damage costs the element it stands in and
a large file may come in parts. Each element is then parsed on its own, by lxml with everything off
that reaches outside: no DTD, no entities but the characters that HTML names, no network, bounded
depth and size.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from jobs.feeds.core import Broken, Payload
from jobs.feeds.tools.markup import plain
from jobs.feeds.tools.reading import Unreadable, decode_utf8

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_SINGLE_BYTE = ("iso8859-1", "iso8859-15", "cp1252")
_HEAD = re.compile(r"(?:\ufeff|\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s+([\w.:-]+)[^>\[]*(\[)?", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z_][\w.:-]*)")
_PREFIX = re.compile(r"(?:</?|\s)([A-Za-z_][A-Za-z0-9_.-]*):(?=[A-Za-z_][A-Za-z0-9_.-]*[\s/>=])")
_WRAPPER = "_"
# All that HTML names but the five of XML.
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]*;")
# What may stand behind the last element: ends of those around it, comments, instructions.
_NOTHING = re.compile(r"(?:\s|</[\w.:-]+\s*>|<!--.*?-->|<[?!][^<>]*>)*+", re.DOTALL)
_EXCERPT = 60


class Cut(NamedTuple):
    """One wanted element: its name, where it begins and ends; no `end` if it is cut off.

    One that has an end alone, its first tag being damaged, begins behind the element before it.
    """

    name: str
    start: int
    end: int | None
    is_begun: bool = True


def elements(
    content: bytes, element_names: Iterable[str], roots: Iterable[str]
) -> Iterator[Payload | Broken]:
    """The outermost elements of the wanted names, in order, each in its own words.

    `content` is a document, or a later part of one that begins behind a wanted element.

    Raises:
        Unreadable: the document has another root, is HTML, or declares entities of its own.
    """
    text = decode_xml(content)
    names, allowed = tuple(element_names), tuple(roots)
    root = root_of(text, (*allowed, *names))
    last: int | None = 0
    for cut in cuts(text, names):
        yield piece(text, cut)
        last = cut.end
    is_part = last == len(text)  # parts end behind an element
    rest = "" if last is None else text[last:].strip()
    if root in allowed and not is_part and not is_closed(text, root):
        yield Broken(rest, f"<{root}> is not closed; the end of the file is missing")
    elif root not in allowed:
        yield from more_than_an_end(rest)


def more_than_an_end(rest: str) -> Iterator[Broken]:
    """What stands behind the last element of a file's last part, where it is no end of the file."""
    if not _NOTHING.fullmatch(rest):
        yield Broken(rest, "text behind the last element that is no end of the file")


def piece(text: str, cut: Cut) -> Payload | Broken:
    """What was cut out of `text`; an element without beginning or end is broken."""
    if cut.end is not None and cut.is_begun:
        return Payload(text[cut.start : cut.end])
    if not cut.is_begun:  # there may be many, and lines are counted from the first on
        reason = f"</{cut.name}> closes an element that has no beginning"
        return Broken(text[cut.start : cut.end], reason)
    line = text.count("\n", 0, cut.start) + 1
    reason = f"line {line}: <{cut.name}> is not closed; the end of the file is missing"
    return Broken(text[cut.start :], reason)


def astray(text: str, cut: Cut, behind: int) -> Broken:
    """What stands outside of the element that would say where it belongs, and what stands before
    it: `behind` is where the element before it ends.
    """
    reason = f"<{cut.name}> stands outside of what it is a part of"
    return Broken(text[behind : cut.end], reason)


def decode_xml(content: bytes) -> str:
    """`content` as text, in the encoding that it declares; else as `reading.decode_utf8` does.

    Raises:
        Unreadable: it declares an encoding that is neither UTF-8 nor Latin.
    """
    declared = _DECLARED.match(content.removeprefix(codecs.BOM_UTF8))
    if not declared:
        return decode_utf8(content)
    name = declared[1].decode("ascii")
    try:
        codec = codecs.lookup(name).name
    except LookupError as error:
        raise Unreadable(f"unknown encoding {name!r}") from error
    if codec in ("utf-8", "ascii") or codec.startswith(("utf-16", "utf-32")):
        return decode_utf8(
            content
        )  # a file in UTF-16 comes in UTF-8 and still declares what it was
    if codec in _SINGLE_BYTE:
        return content.decode(codec, "surrogateescape")
    raise Unreadable(f"the text is in {name}; save it as UTF-8")


def root_of(text: str, allowed: Iterable[str]) -> str | None:
    """Name of the first element of `text`; None where a closing tag or nothing comes first.

    Raises:
        Unreadable: it is none of `allowed`, or the document declares entities of its own.
    """
    at = _end_of_head(text)
    doctype = _DOCTYPE.match(text, at)
    if doctype:
        if doctype[2]:
            raise Unreadable("the document declares entities or elements of its own; not read")
        at = _end_of_head(text, text.find(">", at) + 1)
    tag = _TAG.match(text, at)
    if not tag:
        if at >= len(text):
            return None
        raise Unreadable(f"not XML; it begins with {text[at : at + _EXCERPT]!r}")
    if tag[1]:
        return None
    if tag[2] not in allowed:
        raise Unreadable(f"the first element is <{tag[2]}>, which this format does not have")
    return tag[2]


def _end_of_head(text: str, at: int = 0) -> int:
    match = _HEAD.match(text, at)
    return match.end() if match else at


def is_closed(text: str, root: str) -> bool:
    """Whether the last tag of `text` closes `root`, or `root` is empty."""
    end = text.rstrip()
    return bool(
        re.search(rf"</{re.escape(root)}\s*>(?:\s|<!--(?:(?!-->).)*+-->)*+\Z", end, re.DOTALL)
    ) or bool(re.search(rf"<{re.escape(root)}\b[^<>]*/>\Z", end))


def cuts(
    text: str, element_names: tuple[str, ...], start: int = 0, end: int | None = None
) -> Iterator[Cut]:
    """The outermost wanted elements of `text[start:end]`; comments and CDATA hold none.

    A comment that is not closed is none: it would hold all that follows.
    """
    opened, depth, name = 0, 0, ""
    unclosed: set[str] = set()  # each is looked for once
    at, end = start, len(text) if end is None else end
    behind = start
    tokens = _tokens(element_names)
    while token := tokens.search(text, at, end):
        at = token.end()
        skip = token["skip"]
        if skip:
            closing = -1 if skip in unclosed else text.find(_SKIPPED[skip], at, end)
            if closing < 0:
                unclosed.add(skip)
            else:
                at = closing + len(_SKIPPED[skip])
        elif token["closing"]:
            depth = max(0, depth - 1) if token["closing"] == name else depth
            if not name:
                yield Cut(token["closing"], behind, at, is_begun=False)
            elif depth == 0:
                yield Cut(name, opened, at)
                name = ""
            behind = at
        elif not name:
            if token["empty"]:
                yield Cut(token["opening"], token.start(), at)
                behind = at
            else:
                opened, depth, name = token.start(), 1, token["opening"]
        elif token["opening"] == name and not token["empty"]:
            depth += 1
    if name:
        yield Cut(name, opened, None)


_SKIPPED = {"!--": "-->", "![CDATA[": "]]>", "?": "?>"}


@lru_cache(maxsize=64)
def _tokens(element_names: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(map(re.escape, element_names))
    return re.compile(
        r"<(?:(?P<skip>!--|!\[CDATA\[|\?)"
        rf"|/(?P<closing>{names})\s*>"
        # No value of an attribute has a "<": where a quotation mark is missing, the tag ends there.
        rf"|(?P<opening>{names})(?![\w.:-])(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*?(?P<empty>/?)>)"
    )


def element(payload: str) -> etree._Element:
    """The element that `payload` is, with local names: prefixes and namespaces go.

    Entities that HTML names become their characters; comments and processing instructions go.

    Raises:
        ValueError: it is not well-formed, or declares entities; the message says what and where.
    """
    if "<!DOCTYPE" in payload or "<!ENTITY" in payload:
        raise ValueError("a declaration of entities, which is not read")
    text = _ENTITY.sub(_character, payload) if "&" in payload else payload
    try:
        root = _parse(text)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"not well-formed XML: {error.msg}") from error
    if "xmlns" in text or root.tag == _WRAPPER:
        root = root[0] if root.tag == _WRAPPER else root
        _make_local(root)
    return root


def _parse(text: str) -> etree._Element:
    """The root; prefixes that an outer element declares are declared by a wrapper."""
    try:
        return etree.fromstring(text.encode("utf-8"), _parser())
    except etree.XMLSyntaxError as error:
        prefixes = sorted({*_PREFIX.findall(text)} - {"xml", "xmlns"})
        if "prefix" not in error.msg or not prefixes:
            raise
        declared = " ".join(f'xmlns:{prefix}="{prefix}"' for prefix in prefixes)
        whole = f"<{_WRAPPER} {declared}>{text}</{_WRAPPER}>"
        return etree.fromstring(whole.encode("utf-8"), _parser())


def _make_local(root: etree._Element) -> None:
    for part in root.iter(etree.Element):
        if "}" in part.tag:
            part.tag = etree.QName(part).localname
        for key, value in list(part.attrib.items()):
            if "}" in key and not key.startswith("{http://www.w3.org/XML/"):
                del part.attrib[key]
                part.attrib[etree.QName(key).localname] = value


def _character(match: re.Match[str]) -> str:
    sign = html.unescape(match[0])
    return match[0] if sign.startswith("&") else sign


@lru_cache(maxsize=1)
def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )


Parts = dict[str, etree._Element]


def parts_of(part: etree._Element | None) -> Parts:
    """The first child of each name: to look for one after the other takes longer."""
    return {} if part is None else {child.tag: child for child in reversed(part)}


def text_under(parts: Parts, name: str) -> str | None:
    """The text of a part up to its first child; None where there is no such part."""
    part = parts.get(name)
    return None if part is None else part.text or ""


def text_of(part: etree._Element | None) -> str | None:
    """All text of an element, markup left out; None where there is no element."""
    if part is None:
        return None
    return "".join(part.itertext()) if len(part) else part.text or ""


def inner(part: etree._Element | None) -> str | None:
    """The text of an element, its markup read by the rules of jobs/feeds/tools/markup.py."""
    if part is None:
        return None
    if not len(part):
        text = part.text or None
        return plain(text) if text and "<" in text else text  # markup as text, or in CDATA
    whole = etree.tostring(part, encoding="unicode", with_tail=False)
    return plain(whole[whole.index(">") + 1 : whole.rindex("<")])
