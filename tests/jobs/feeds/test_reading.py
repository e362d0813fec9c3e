"""Requirements of reading: unpacking within bounds, decoding without loss."""

from __future__ import annotations

import gzip
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.feeds.reading import Unreadable, decoded, escaped, undecoded, unpacked

LIMIT = 1000


@given(st.binary(max_size=200))
def test_what_is_not_gzip_stays_as_it_is(content: bytes) -> None:
    assert content.startswith(b"\x1f\x8b") or unpacked(content, LIMIT) == content


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.integers(0, 9))
def test_all_members_are_unpacked_and_padding_is_ignored(parts: list[bytes], padding: int) -> None:
    assert unpacked(b"".join(map(gzip.compress, parts)) + b"\0" * padding, LIMIT) == b"".join(parts)


@given(st.binary(max_size=300))
def test_any_bytes_after_the_sign_of_gzip_are_unpacked_or_unreadable(content: bytes) -> None:
    try:
        assert len(unpacked(b"\x1f\x8b" + content, LIMIT)) <= LIMIT
    except Unreadable as error:
        assert str(error)


@given(st.data())
def test_gzip_that_was_cut_is_unreadable(data: st.DataObject) -> None:
    packed = gzip.compress(b"a line of a feed\n" * 9)
    cut = data.draw(st.integers(2, len(packed) - 1))
    with pytest.raises(Unreadable, match="cut"):
        unpacked(packed[:cut], LIMIT)


def test_gzip_with_a_wrong_checksum_is_unreadable() -> None:
    packed = bytearray(gzip.compress(b"a line of a feed"))
    packed[-5] ^= 1
    with pytest.raises(Unreadable, match="damaged"):
        unpacked(bytes(packed), LIMIT)


def test_more_than_the_limit_is_unreadable_and_the_limit_is_not() -> None:
    assert len(unpacked(gzip.compress(b"x" * LIMIT), LIMIT)) == LIMIT
    with pytest.raises(Unreadable, match=r"more than 1,000 bytes"):
        unpacked(gzip.compress(b"x" * (LIMIT + 1)), LIMIT)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000) * 200  # two gigabytes
    begun = process_time()
    with pytest.raises(Unreadable, match="more than"):
        unpacked(bomb, 5_000_000)
    assert process_time() - begun < 2


def test_many_small_members_take_time_in_proportion() -> None:
    begun = process_time()
    assert unpacked(gzip.compress(b"x") * 150_000, 200_000) == b"x" * 150_000
    assert process_time() - begun < 6  # one; with a copy of the rest at every member more than ten


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings_are_unreadable_by_name(encoding: str) -> None:
    with pytest.raises(Unreadable, match="UTF-16 or UTF-32"):
        decoded("Tide".encode(encoding))


def test_the_byte_order_mark_is_no_text() -> None:
    assert decoded(b"\xef\xbb\xbfTide") == "Tide"


@given(st.binary(max_size=100).filter(lambda b: not b.startswith((b"\xff\xfe", b"\xfe\xff"))))
def test_any_bytes_decode_and_what_is_no_utf8_is_found_and_shown(content: bytes) -> None:
    try:
        content.decode("utf-8")
        is_text = True
    except UnicodeDecodeError:
        is_text = False
    text = decoded(b"." + content)
    assert (undecoded(text) is None) == is_text
    assert undecoded(escaped(text)) is None
    assert text.encode("utf-8", "surrogateescape") == b"." + content


def test_undecoded_bytes_are_named_with_their_place() -> None:
    text = decoded(b"Sabi" + b"\xe1")
    assert undecoded(text) == "not UTF-8: byte 0xe1 at character 4"
    assert escaped(text) == r"Sabi\xe1"
