"""Requirements of cutting JSON: every value in its own words, damage costs the least."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds.core import Broken, Payload
from jobs.feeds.tools.json_text import objects_of_lines, objects_of_list
from jobs.feeds.tools.reading import Unreadable

Cut = Callable[[bytes], Iterator[Payload | Broken]]

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner,
                                                                max_size=3),
    max_leaves=6,
)  # fmt: skip
_OBJECTS = st.dictionaries(st.text(max_size=4), _VALUES, min_size=1, max_size=3)
_SPACE = st.text(" \t\r\n", max_size=3)
_SIGNS = st.text('[]{}",:\\ \n1atn', max_size=40)


def cut(content: bytes) -> list[Payload | Broken]:
    return list(objects_of_list(content))


def texts(pieces: list[Payload | Broken]) -> list[str]:
    return [piece.text for piece in pieces if isinstance(piece, Payload)]


def reasons(pieces: list[Payload | Broken]) -> list[str]:
    return [piece.reason for piece in pieces if isinstance(piece, Broken)]


def written(value: Any, ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)


@given(st.lists(st.tuples(_OBJECTS, _SPACE, st.booleans()), max_size=6), _SPACE)
def test_a_list_gives_each_object_in_its_own_words(
    given_: list[tuple[dict[str, Any], str, bool]], space: str
) -> None:
    words = [written(value, ascii_only) for value, _, ascii_only in given_]
    spaced = ",".join(
        f"{around}{word}{around}" for word, (_, around, _) in zip(words, given_, strict=True)
    )
    pieces = cut(f"{space}[{space}{spaced}]{space}".encode())
    assert texts(pieces) == words
    assert not reasons(pieces)


@given(st.lists(_OBJECTS, min_size=1, max_size=5), st.data())
def test_truncation_keeps_every_whole_record_before_it(
    values: list[dict[str, Any]], data: st.DataObject
) -> None:
    words = [written(value, False) for value in values]
    whole = f"[{','.join(words)}]".encode()
    at = data.draw(st.integers(1, len(whole) - 1))
    pieces = cut(whole[:at])
    kept = sum(len(f"[{','.join(words[:n])}".encode()) <= at for n in range(1, len(words) + 1))
    assert texts(pieces) == words[:kept]
    assert reasons(pieces)[-1] == "the list is not closed; the end of the file is missing"


@given(st.lists(_OBJECTS, max_size=3), _SIGNS, st.lists(_OBJECTS, min_size=1, max_size=3))
def test_no_sign_of_a_damaged_list_is_lost(
    before: list[dict[str, Any]], damage: str, after: list[dict[str, Any]]
) -> None:
    words = [*(written(v, True) for v in before), damage, *(written(v, True) for v in after)]
    text = f"[{','.join(words)}]"
    pieces = cut(text.encode())
    found = "".join(piece.text for piece in pieces)
    assert texts(pieces)[: len(before)] == words[: len(before)]
    # Only what parts the pieces may be missing: commas, white space and the list's own brackets.
    at = 0
    for sign in found:
        at = text.index(sign, at) + 1
    lost = len(text.translate(str.maketrans("", "", " \t\r\n"))) - len(
        found.translate(str.maketrans("", "", " \t\r\n"))
    )
    assert lost <= len(pieces) + 2


@pytest.mark.parametrize("damage", ['{"b": }', '{"b": nul}', '{"b" "c"}', "{'b': 1}", '{"b": [1}]}',
                                    '{"b": 1} {"c": 2}', '{"b": NaN}', r'{"b": "\ud800"}', ""])  # fmt: skip
def test_a_damaged_element_costs_no_other(damage: str) -> None:
    pieces = cut(f'[{{"a": 1}}, {damage}, {{"d": "x, ]}}"}}]'.encode())
    assert texts(pieces) == ['{"a": 1}', '{"d": "x, ]}"}']
    assert [p.text for p in pieces if isinstance(p, Broken)] == [damage]
    assert reasons(pieces)[0].startswith("not JSON: ")


@pytest.mark.parametrize("cut_into", [objects_of_list, objects_of_lines])
@pytest.mark.parametrize(
    ("element", "reason"),
    [("3", "a number, not an object"), ('"x"', "text, not an object"), ("null", "null, not an "
     "object"), ("true", "true or false, not an object"), ("[1]", "a list, not an object"),
     ("{}", "an empty object")],
)  # fmt: skip
def test_what_is_no_object_is_broken_with_its_kind(
    cut_into: Cut, element: str, reason: str
) -> None:
    content = element if cut_into is objects_of_lines else f"[{element}]"
    assert list(cut_into(content.encode())) == [Broken(element, reason)]


@pytest.mark.parametrize("content", ['{"error": "busy"}', "<html>", "busy", '"[]"', "12"])
def test_what_is_no_list_is_unreadable_and_its_beginning_is_told(content: str) -> None:
    with pytest.raises(Unreadable, match="not a JSON list; it begins with") as told:
        cut(content.encode())
    assert content in str(told.value)


@pytest.mark.parametrize("content", ["", " \r\n", "[]", " [ ] \n", "\ufeff[]"])
def test_an_empty_file_or_list_holds_nothing(content: str) -> None:
    assert cut(content.encode()) == []


def test_text_behind_the_list_is_kept_as_a_fragment() -> None:
    assert cut(b'[{"a": 1}] [2]') == [
        Payload('{"a": 1}'), Broken("[2]", "text behind the end of the list"),
    ]  # fmt: skip


@given(st.binary(max_size=60) | _SIGNS.map(str.encode), st.sampled_from([b"", b"[", b'[{"a":']))
def test_any_bytes_are_cut_or_unreadable(content: bytes, begin: bytes) -> None:
    for cut_into in (objects_of_list, objects_of_lines):
        try:
            pieces = list(cut_into(begin + content))
        except Unreadable:
            continue
        for piece in pieces:
            assert isinstance(piece, Broken) or isinstance(json.loads(piece.text), dict)


@pytest.mark.parametrize("damaged", [b"x,", b"{x},", b'"', b"[", b"{", b"}", b"\\"])
def test_damage_takes_time_in_proportion(damaged: bytes) -> None:
    begun = process_time()
    assert reasons(cut(b"[" + damaged * 100_000))
    assert process_time() - begun < 5  # a second; ten with one pass over the text an element


@given(st.lists(st.tuples(_OBJECTS, st.sampled_from(["\n", "\r\n", "\n \n"])), max_size=6))
def test_lines_give_each_object_in_its_own_words(given_: list[tuple[dict[str, Any], str]]) -> None:
    words = [written(value, False) for value, _ in given_]
    content = "".join(f"{word}{end}" for word, (_, end) in zip(words, given_, strict=True))
    assert list(objects_of_lines(content.encode())) == [Payload(word) for word in words]
    assert list(objects_of_lines(("\ufeff" + content).encode())) == [Payload(w) for w in words]


def test_a_broken_line_costs_itself_alone() -> None:
    pieces = list(objects_of_lines(b'{"a": 1}\n{"a": \n\n{"a": "\xe9"}\n{"a": 2}'))
    assert texts(pieces) == ['{"a": 1}', '{"a": 2}']
    assert [p.text for p in pieces if isinstance(p, Broken)] == ['{"a":', '{"a": "\udce9"}']


def test_only_line_feeds_end_a_line() -> None:
    word = '{"a": "x\u2028y\u0085z"}'
    assert list(objects_of_lines(word.encode())) == [Payload(word)]
