"""Requirements of reading: unpacking within bounds, decoding without loss."""

from __future__ import annotations

import gzip
import io
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds.tools.reading import (
    Skipped,
    Unreadable,
    behind_break,
    decode_utf8,
    encoding_fault,
    escape_undecoded,
    is_packed,
    parts,
    unpack,
)

LIMIT = 1000
NL = (b"\n",)


def content_of(packed: bytes, most: int = LIMIT, expansion: float = 1.1) -> bytes:
    return b"".join(unpack(io.BytesIO(packed), len(packed), most, expansion))


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.integers(0, 9))
def test_all_members_are_unpacked_and_padding_is_ignored(parts: list[bytes], padding: int) -> None:
    packed = b"".join(map(gzip.compress, parts)) + b"\0" * padding
    assert is_packed(packed)
    assert content_of(packed) == b"".join(parts)


@given(st.binary(max_size=300))
def test_any_bytes_after_the_sign_of_gzip_are_unpacked_or_unreadable(content: bytes) -> None:
    try:
        assert len(content_of(b"\x1f\x8b" + content)) <= LIMIT
    except Unreadable as error:
        assert str(error)


@given(st.data())
def test_gzip_that_was_cut_is_unreadable(data: st.DataObject) -> None:
    packed = gzip.compress(b"a line of a feed\n" * 9)
    cut = data.draw(st.integers(2, len(packed) - 1))
    with pytest.raises(Unreadable, match="cut"):
        content_of(packed[:cut])


def test_gzip_with_a_wrong_checksum_or_something_behind_it_is_unreadable() -> None:
    packed = bytearray(gzip.compress(b"a line of a feed"))
    with pytest.raises(Unreadable, match="damaged"):
        content_of(bytes(packed) + b"and more")
    packed[-5] ^= 1
    with pytest.raises(Unreadable, match="damaged"):
        content_of(bytes(packed))


def test_more_than_the_limit_is_unreadable_and_the_limit_is_not() -> None:
    assert len(content_of(gzip.compress(b"x" * LIMIT))) == LIMIT
    with pytest.raises(Unreadable, match=r"more than 1,000 bytes"):
        content_of(gzip.compress(b"x" * (LIMIT + 1)))
    assert len(content_of(gzip.compress(b"x" * (LIMIT + 1)), expansion=100)) == LIMIT + 1


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000) * 200  # two gigabytes
    begun = process_time()
    with pytest.raises(Unreadable, match="more than"):
        content_of(bomb, 5_000_000)
    assert process_time() - begun < 2


def test_many_small_members_take_time_in_proportion() -> None:
    begun = process_time()
    assert content_of(gzip.compress(b"x") * 150_000, 200_000) == b"x" * 150_000
    assert process_time() - begun < 6  # one; with a copy of the rest at every member more than ten


def in_blocks(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


@given(st.lists(st.binary(max_size=90), max_size=40), st.integers(1, 300), st.integers(100, 200))
def test_parts_end_behind_breaks_and_hold_all_that_is_not_skipped(
    lines: list[bytes], block: int, size: int
) -> None:
    """No line is as large as a part, so none is skipped."""
    content = b"\n".join(line.replace(b"\n", b"") for line in lines)
    found = list(parts(in_blocks(content, block), NL, size))
    assert all(isinstance(part, bytes) for part in found)
    assert b"".join(part for part in found if isinstance(part, bytes)) == content
    assert all(part.endswith(b"\n") for part in found[:-1] if isinstance(part, bytes))
    assert all(len(part) < 3 * size for part in found if isinstance(part, bytes))


@pytest.mark.parametrize("behind", [b"", b"after\n", b"after\n" * 99])
@pytest.mark.parametrize("block", [1, 7, 100, 100_000])
def test_a_line_without_end_is_skipped_with_its_beginning_and_size(
    behind: bytes, block: int
) -> None:
    content = b"before\n" * 99 + b"x" * 5000 + b"\n" + behind
    found = list(parts(in_blocks(content, block), NL, 100))
    [skipped] = [part for part in found if isinstance(part, Skipped)]
    assert skipped.head.lstrip(b"before\n")[:50] == b"x" * 50
    rest = b"".join(part for part in found if isinstance(part, bytes))
    assert len(rest) + skipped.size == len(content)
    assert rest == b"before\n" * 99 + behind


def test_every_part_of_xml_begins_with_its_declaration() -> None:
    declaration = b'<?xml version="1.0" encoding="ISO-8859-1"?>'
    content = declaration + b"<dblp>" + b"<www>\xe9</www>" * 100 + b"</dblp>"
    found = list(parts(in_blocks(content, 10), (b"</www>",), 300))
    assert len(found) > 3
    assert all(isinstance(part, bytes) and part.startswith(declaration) for part in found)
    told = b"".join(part[len(declaration) :] for part in found if isinstance(part, bytes))
    assert declaration + told == content


def test_what_follows_a_skipped_record_of_xml_begins_with_the_declaration() -> None:
    declaration = b'<?xml version="1.0" encoding="ISO-8859-1"?>'
    record = b"<www>\xe9</www>"
    for behind in (b"<a/>", record * 100):
        content = declaration + record * 50 + b"<www>" + b"x" * 5000 + b"</www>" + behind
        found = list(parts(in_blocks(content, 10), (b"</www>",), 300))
        [at] = [place for place, part in enumerate(found) if isinstance(part, Skipped)]
        rest = [part for part in found[at + 1 :] if isinstance(part, bytes)]
        assert rest and all(part.startswith(declaration) for part in rest)
        assert b"".join(part[len(declaration) :] for part in rest) == behind


def test_the_break_behind_a_place_is_found_if_it_is_near() -> None:
    file = io.BytesIO(b"aaa</x>bbb</yy>ccc")
    assert behind_break(file, 0, (b"</yy>", b"</x>"), 99) == 7
    assert behind_break(file, 4, (b"</yy>", b"</x>"), 99) == 15
    assert behind_break(file, 4, (b"</yy>", b"</x>"), 5) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings_are_unreadable_by_name(encoding: str) -> None:
    with pytest.raises(Unreadable, match="UTF-16 or UTF-32"):
        decode_utf8("Tide".encode(encoding))


def test_the_byte_order_mark_is_no_text() -> None:
    assert decode_utf8(b"\xef\xbb\xbfTide") == "Tide"


@given(st.binary(max_size=100).filter(lambda b: not b.startswith((b"\xff\xfe", b"\xfe\xff"))))
def test_any_bytes_decode_and_what_is_no_utf8_is_found_and_shown(content: bytes) -> None:
    try:
        content.decode("utf-8")
        is_text = True
    except UnicodeDecodeError:
        is_text = False
    text = decode_utf8(b"." + content)
    assert (encoding_fault(text) is None) == is_text
    assert encoding_fault(escape_undecoded(text)) is None
    assert text.encode("utf-8", "surrogateescape") == b"." + content


def test_undecoded_bytes_are_named_with_their_place() -> None:
    text = decode_utf8(b"Sabi" + b"\xe1")
    assert encoding_fault(text) == "not UTF-8: byte 0xe1 at character 4"
    assert escape_undecoded(text) == r"Sabi\xe1"
