"""Requirements of what surrounds a format: limits, and faults that cost one file or record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.feeds import FEEDS
from jobs.feeds.core import Broken, Feed, Note, Parsed, Payload, parse_payload, pieces
from jobs.feeds.tools.reading import Unreadable, encoding_fault
from jobs.params import IngestSettings

LIMITS = IngestSettings(max_record_chars=20)


def by_word(content: bytes, name: str) -> Iterator[Payload | Broken]:
    """A format for these tests: a word a record; "fault" is a fault of the reader."""
    for word in content.decode("utf-8", "surrogateescape").split(";"):
        if word == "fault":
            raise KeyError(f"in {name}")
        yield Broken(word, "ends in a question") if word.endswith("?") else Payload(word)


def parse_word(payload: str, options: Mapping[str, str]) -> Parsed:
    if payload == "fault":
        raise ZeroDivisionError("by nothing")
    return Parsed({"title": options.get("say", payload)})


WORDS = Feed("words", about="words", files=("*",), split=by_word, parse=parse_word)


def cut(content: bytes, limits: IngestSettings = LIMITS) -> list[Payload | Broken | Note]:
    return list(pieces(WORDS, content, "f", limits))


def test_payloads_and_fragments_come_in_the_order_of_the_file() -> None:
    expected = [Payload("ebb"), Broken("why?", "ends in a question"), Payload("flow")]
    assert cut(b"ebb;why?;flow") == expected


def test_empty_overlong_and_undecodable_payloads_are_broken() -> None:
    # Most of its bytes beyond ASCII are UTF-8: it is damaged, not in another encoding.
    empty, long, wrong, last = cut(b" ;" + b"x" * 21 + b";\xe9t;" + b"x" * 14 + "ééé".encode())
    assert empty == Broken(" ", "an empty record")
    assert long == Broken("x" * 20, "21 characters, more than the 20 that a record may have")
    assert wrong == Broken(r"\xe9t", "not UTF-8: byte 0xe9 at character 0")
    assert last == Payload("x" * 14 + "ééé")


def test_an_overlong_fragment_keeps_its_reason_and_says_that_it_was_cut() -> None:
    [broken] = cut(b"x" * 30 + b"?")
    assert broken == Broken("x" * 20, "ends in a question (cut: 31 characters, more than the 20 "
                            "that a record may have)")  # fmt: skip


def test_a_reader_that_fails_at_once_makes_the_file_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"the reader failed \(KeyError: 'in f'\)"):
        cut(b"fault;ebb")


def test_a_reader_that_fails_half_way_keeps_what_came_before() -> None:
    first, rest = cut(b"ebb;fault;flow")
    assert first == Payload("ebb")
    assert isinstance(rest, Broken)
    assert rest.reason.endswith("the rest of the file was not read")


def test_a_fault_of_parsing_is_an_error_of_the_record() -> None:
    assert parse_payload(WORDS, "ebb", {"say": "flow"}) == Parsed({"title": "flow"})
    assert parse_payload(WORDS, "fault", {}).errors == [
        "the reader failed (ZeroDivisionError: by nothing)"
    ]


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "tsv", "parquet", "txt", "xml"])
@pytest.mark.parametrize("name", FEEDS)
@settings(max_examples=40)
@given(content=st.binary(max_size=80) | st.text('a,;"\t\n\r{}[]:0\\é', max_size=60).map(str.encode))
def test_any_bytes_are_cut_and_parsed_or_unreadable(name: str, ending: str, content: bytes) -> None:
    try:
        found = list(pieces(FEEDS[name], content, f"given.{ending}", LIMITS))
    except Unreadable as error:
        assert encoding_fault(str(error)) is None
        assert "the reader failed" not in str(error)
        return
    for piece in found:
        if isinstance(piece, Note):
            assert piece.text.startswith(("not UTF-8: read as ", "a header and no rows"))
            continue
        assert encoding_fault(piece.text) is None and len(piece.text) <= 20
        if isinstance(piece, Broken):
            assert piece.reason and "the reader failed" not in piece.reason
        else:
            told = parse_payload(FEEDS[name], piece.text, {})
            assert not any("the reader failed" in error for error in told.errors)
