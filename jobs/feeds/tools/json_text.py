"""JSON as feeds deliver it: one value a line, or one list; each value in its own words."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import orjson

from jobs.feeds.core import Broken, Parsed, Payload
from jobs.feeds.tools.reading import Unreadable, decode_utf8

_SPACE = re.compile(r"[ \t\r\n]*")
_BETWEEN_PAGES = re.compile(r"[ \t\r\n,\ufeff]*")
_TAIL = 2000  # characters
# Strings whole, and all that opens, closes or parts; a string that is not closed runs to the end.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_SCANNER = json.JSONDecoder()
_EXCERPT = 60
_LINES_LOOKED_AT = 100  # damage at the beginning of a file of lines is seldom longer
_BEGINNING = 200  # characters of the first line of an object that takes several
_NOT_CLOSED = "the list is not closed; the end of the file is missing"


def kind(value: Any) -> str:
    """What `value` is, in the words of an error."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def load_json(text: str) -> Any:
    """The value of one JSON text, as orjson reads it.

    Of a key given twice the last counts; whole numbers beyond 64 bits become fractional; NaN,
    numbers beyond double precision and lone surrogates are no JSON.

    Raises:
        ValueError: it is no JSON; the message says what and where.
    """
    return orjson.loads(text)


def object_of(parsed: Parsed, payload: str) -> dict[str, Any] | None:
    """The object that a payload is; None, with an error of the record, where it is none."""
    try:
        value = load_json(payload)
    except ValueError as error:
        parsed.errors.append(f"not JSON: {error}")
        return None
    if not isinstance(value, dict):
        parsed.errors.append(f"{kind(value)}, not an object")
        return None
    return value


def as_object(value: Any) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one: what is beside the point is no error."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [entry for entry in as_list(value) if isinstance(entry, dict)] if value else []


def objects_of_lines(content: bytes) -> Iterator[Payload | Broken]:
    """One JSON object a line; blank lines are nothing, everything else is broken."""
    if content[:256].lstrip().startswith(b"<"):
        raise Unreadable("XML or HTML, which this format is not: it is JSON")
    for line in lines(content):
        text = line.strip(" \t\r\ufeff")  # a mark begins each of several files in one
        if text:
            yield _object_of(text)


def begins_lines(head: bytes) -> bool:
    """Whether a file that begins with `head` is of lines, and no value that takes several.

    The first line is an object, or, as it may be damaged, two others in a row are.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    whole = text.split(b"\n", _LINES_LOOKED_AT)[:-1]
    if whole and _is_object(whole[0]):
        return True
    found = [_is_object(line) for line in whole]
    return any(one and other for one, other in pairwise(found))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except ValueError:
        return False


def lines(content: bytes) -> Iterator[str]:
    r"""The lines of `content`, decoded one by one; only `\n` ends a line.

    Raises:
        Unreadable: the text is in UTF-16 or UTF-32.
    """
    decode_utf8(content[:4])  # refuses wide encodings before anything is yielded
    start = len(content) - len(content.removeprefix(b"\xef\xbb\xbf"))
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        yield content[start:end].decode("utf-8", "surrogateescape")
        start = end + 1


def _object_of(text: str) -> Payload | Broken:
    try:
        value = load_json(text)
    except ValueError as error:
        return Broken(text, f"not JSON: {error}")
    if not isinstance(value, dict):
        return Broken(text, f"{kind(value)}, not an object")
    return Payload(text) if value else Broken(text, "an empty object")


def objects_of_list(content: bytes) -> Iterator[Payload | Broken]:
    """The objects of one JSON list, each in its own words.

    Damage costs the element it stands in, up to the next comma outside of brackets and strings;
    where a bracket or quotation mark is missing, that can be the rest of the list.

    Raises:
        Unreadable: the text is no JSON list.
    """
    text = decode_utf8(content)
    at = _after_space(text, 0)
    if at == len(text):
        return
    if text[at] != "[":
        raise Unreadable(f"not a JSON list; it begins with {text[at : at + _EXCERPT]!r}")
    end = yield from _elements(text, at)
    if end is not None:
        yield from _rest(text, end)


def objects_of_answer(
    content: bytes, *keys: str, others: tuple[str, ...] = ()
) -> Iterator[Payload | Broken]:
    """The objects of an answer, each in its own words: of a page, of a list, or lines.

    A page is an object that holds its list under `keys`, one within the other, or under one of
    `others`.

    Raises:
        Unreadable: the encoding cannot be read.
    """
    paths = (keys, *((key,) for key in others))
    if _is_of_lines(content, paths):  # as large files are, which then need not be decoded twice
        yield from objects_of_lines(content)
        return
    text = decode_utf8(content)
    at = _after_space(text, 0)
    if text[at : at + 1] == "<":
        raise Unreadable("XML or HTML, which this format is not: it is JSON")
    if text[at : at + 1] == "[":
        for item in objects_of_list(content):
            inner = _list_under(item.text, keys) if isinstance(item, Payload) else None
            if inner is None:
                yield item
            else:
                yield from _elements(item.text, inner)
        return
    page = _page_of(text, paths)
    printed = _objects_over_lines(text, at) if page is None else []
    if printed:
        yield from map(_object_of, printed)
    elif page is None:
        yield from objects_of_lines(content)
    else:
        yield from _pages(text, at, paths)


def _pages(text: str, at: int, paths: tuple[tuple[str, ...], ...]) -> Iterator[Payload | Broken]:
    """The objects of the page that begins at `at`, and of what was put behind it."""
    while at < len(text):
        page = _page_of(text, paths, at)
        if page is None:
            end = _end_of_value(text, at)
            yield _object_of(text[at:end]) if end else Broken(text[at:], "no page, and not JSON")
        else:
            behind = yield from _elements(text, page)
            end = None if behind is None else _end_of_page(text[at:page], text, behind)
            if behind is not None and end is None:
                yield Broken(text[behind:], "text behind the list that is not JSON")
        if end is None:
            return
        at = _after_mark(text, end)


def _page_of(text: str, paths: Iterable[tuple[str, ...]], at: int = 0) -> int | None:
    """Where the list of a page begins; None where no page begins at `at`."""
    places = (_list_under(text, path, at) for path in paths)
    return next((place for place in places if place is not None), None)


def _is_of_lines(content: bytes, paths: Iterable[tuple[str, ...]]) -> bool:
    """Whether the first line is an object, and no page."""
    first = next(lines(content), "")
    return isinstance(_object_of(first), Payload) and _page_of(first, paths) is None


def _objects_over_lines(text: str, at: int) -> list[str]:
    """The objects that are all of `text` where the first takes more than a line, as programs print
    them for people.

    Empty where its first line holds more than a beginning, which most files of lines tell at once.
    """
    first = text[at : text.find("\n", at)] if "\n" in text[at:] else ""
    if not first.startswith("{") or len(first) > _BEGINNING:
        return []
    objects: list[str] = []
    while at < len(text):
        end = _end_of_value(text, at)
        if end is None or (not objects and "\n" not in text[at:end]):
            return []
        objects.append(text[at:end])
        at = _after_space(text, end)
    return objects


def object_under(text: str, key: str) -> str | None:
    """The object that stands under `key` of the object that `text` is, in its own words."""
    at = _value_of(text, _after_space(text, 0), key)
    if at is None or text[at : at + 1] != "{":
        return None
    end = _end_of_value(text, at)
    return None if end is None else text[at:end]


def _end_of_value(text: str, at: int) -> int | None:
    try:
        return _SCANNER.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return None


def _end_of_page(before: str, text: str, at: int) -> int | None:
    """Where a page ends whose list ends at `at`: none of what stands around a list is a record.

    None where it makes no page.
    """
    head = f"{before}[]"
    # Few pages have more behind their list; to copy all that follows for each would take long.
    for size in (_TAIL, len(text)):
        end = _end_of_value(head + text[at : at + size], 0)
        if end is not None and end > len(head):
            return at + end - len(head)
    return None


def _after_mark(text: str, at: int) -> int:
    """Behind space, commas and marks between pages."""
    match = _BETWEEN_PAGES.match(text, at)
    return match.end() if match else at


def _list_under(text: str, keys: tuple[str, ...], at: int = 0) -> int | None:
    """Where the list begins that stands under `keys` in the object that begins at `at`."""
    at = _after_space(text, at)
    for key in keys:
        begin = _value_of(text, at, key)
        if begin is None:
            return None
        at = begin
    return at if text[at : at + 1] == "[" else None


def _value_of(text: str, at: int, key: str) -> int | None:
    """Where the value of `key` begins in the object at `at`; None where there is none."""
    if text[at : at + 1] != "{":
        return None
    try:
        while True:
            at = _after_space(text, at + 1)
            name, at = _SCANNER.raw_decode(text, at)
            at = _after_space(text, at)
            if text[at : at + 1] != ":":
                return None
            at = _after_space(text, at + 1)
            if name == key:
                return at
            at = _after_space(text, _SCANNER.raw_decode(text, at)[1])
            if text[at : at + 1] != ",":
                return None
    except (ValueError, RecursionError):
        return None


def _elements(text: str, at: int) -> Generator[Payload | Broken, None, int | None]:
    """The elements of the list that opens at `at`; returns where it ends, or None."""
    at = _after_space(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    is_sound = True
    while True:
        # A decoder that fails tells where in all that it was given, and so would take longer for
        # every damaged element the longer the list is: after the first it is not asked again.
        decoded_end = _end_by_decoder(text, at) if is_sound else None
        is_sound = decoded_end is not None
        end = _boundary(text, at) if decoded_end is None else decoded_end
        piece = _object_of(text[at:end].rstrip(" \t\r\n"))
        if isinstance(piece, Broken) and end == len(text):
            yield replace(piece, reason=_NOT_CLOSED)  # one fragment, not a second for the end
            return None
        yield piece
        at = end
        if text[at : at + 1] != ",":
            break
        at = _after_space(text, at + 1)
        if at == len(text):
            break
    if at == len(text):
        yield Broken("", _NOT_CLOSED)
        return None
    return at + 1


def _end_by_decoder(text: str, at: int) -> int | None:
    """Where the element that begins at `at` ends, by a decoder; None where it finds damage."""
    try:
        end = _SCANNER.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return None
    end = _after_space(text, end)
    return end if text[end : end + 1] in (",", "]") else None


def _boundary(text: str, at: int) -> int:
    """Where the element that begins at `at` ends: at the next comma, or where the list closes."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        sign = token[0]
        if sign in ("[", "{"):
            depth += 1
        elif depth == 0 and sign in (",", "]"):
            return token.start()
        elif sign in ("]", "}"):
            depth = max(0, depth - 1)
    return len(text)


def _rest(text: str, at: int) -> Iterator[Broken]:
    at = _after_space(text, at)
    if at < len(text):
        yield Broken(text[at:], "text behind the end of the list")


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
