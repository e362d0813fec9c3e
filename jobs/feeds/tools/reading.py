"""From a file's bytes to text: unpacking within bounds, decoding without loss."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

_GZIP_MAGIC = b"\x1f\x8b"
_STEP = 1024**2
_HEAD, _BEFORE = 256, b"\xef\xbb\xbf \t\r\n"
_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}\?>")
DECLARATION_MOST = 256
OVERLAP = 64  # no break is longer
_WIDE = (
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)


class Unreadable(Exception):
    """Nothing of a file can be used; the message says why."""


class LeftOut(Unreadable):
    """A file is none of the format's, though its name may be; the message says why."""


def is_packed(head: bytes) -> bool:
    """Whether a file that begins with `head` is gzip."""
    return head.startswith(_GZIP_MAGIC)


def begins_with(content: bytes, sign: bytes) -> bool:
    """Whether a file begins with a sign, behind space and a mark of its encoding."""
    return content[:_HEAD].lstrip(_BEFORE).startswith(sign)


def unpack(packed: BinaryIO, size: int, most: int, expansion: float) -> Iterator[bytes]:
    """The content of gzip data (any number of members), piece by piece.

    Args:
        size: bytes of the packed data.
        most: bytes that the content may have whatever the packed data's size.
        expansion: times the packed data's size that the content may have beyond that.

    Raises:
        Unreadable: the data are damaged, cut, followed by something else, or expand beyond bounds.
    """
    limit, total = max(most, int(size * expansion)), 0
    with gzip.GzipFile(fileobj=packed) as file:
        try:
            while part := file.read(_STEP):
                total += len(part)
                if total > limit:
                    raise Unreadable(f"more than {limit:,} bytes when decompressed; split it")
                yield part
        except EOFError as error:
            raise Unreadable("gzip data end too early; the file was cut") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Unreadable(f"damaged gzip data ({error})") from error


def blocks(file: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    """The next `size` bytes of `file`, or all that is left, piece by piece."""
    left = size
    while left is None or left > 0:
        block = file.read(_STEP if left is None else min(_STEP, left))
        if not block:
            return
        left = None if left is None else left - len(block)
        yield block


def behind_break(file: BinaryIO, at: int, breaks: tuple[bytes, ...], most: int) -> int | None:
    """Where the first break behind byte `at` ends; None where there is none in `most` bytes."""
    file.seek(at)
    buffer = b""
    for block in blocks(file, most):
        buffer += block
        end = _behind_first(buffer, breaks)
        if end:
            return at + end
    return None


class Skipped(NamedTuple):
    """More bytes than a part may have, without a break: their beginning, and how many."""

    head: bytes
    size: int


def parts(
    content: Iterable[bytes], breaks: tuple[bytes, ...], size: int, declaration: bytes | None = None
) -> Iterator[bytes | Skipped]:
    """Content in parts of at least `size` and less than thrice `size` bytes, parted behind breaks.

    Where there is no break in so much, all up to the next one is skipped, so that memory stays
    bounded. Content of less than `size` bytes is one part, also without breaks. XML's declaration
    at the beginning of the content is put before every part, since it names their encoding; to
    content from within a file that of the file is given.
    """
    buffer, head, skipped = declaration or b"", b"", 0
    steps = (block[at : at + size] for block in content for at in range(0, len(block), size))
    for step in steps:
        buffer += step
        if declaration is None and len(buffer) >= DECLARATION_MOST:
            declaration = declaration_of(buffer)
        if head:
            at = _behind_first(buffer, breaks)
            rest = buffer[at or -OVERLAP :]
            skipped += len(buffer) - len(rest)
            buffer = rest
            if not at:
                continue
            yield Skipped(head, skipped)
            head, buffer = b"", (declaration or b"") + buffer
        if len(buffer) < size:
            continue
        at = _behind_last(buffer, breaks)
        if at:
            yield buffer[:at]
            buffer = (declaration or b"") + buffer[at:]
        elif len(buffer) >= 2 * size:
            head, skipped = buffer[:size], len(buffer) - OVERLAP
            buffer = buffer[-OVERLAP:]
    if head:
        at = _behind_first(buffer, breaks) or len(buffer)
        yield Skipped(head, skipped + at)
        buffer = (declaration or b"") + buffer[at:]
    if buffer and buffer != declaration:
        yield buffer


def declaration_of(content: bytes) -> bytes:
    """XML's declaration at the beginning of `content`, or nothing."""
    match = _DECLARATION.match(content[:DECLARATION_MOST])
    return match[0] if match else b""


def _behind_last(content: bytes, breaks: tuple[bytes, ...]) -> int:
    return max((at + len(mark) for mark in breaks if (at := content.rfind(mark)) >= 0), default=0)


def _behind_first(content: bytes, breaks: tuple[bytes, ...]) -> int:
    return min((at + len(mark) for mark in breaks if (at := content.find(mark)) >= 0), default=0)


def decode_utf8(content: bytes) -> str:
    """`content` as UTF-8 text without byte order mark.

    Bytes that are not UTF-8 stay in the text as lone surrogates (PEP 383), so that only the record
    they stand in is lost: `encoding_fault` finds them, `escape_undecoded` shows them.
    Other encodings are made UTF-8 before a format sees them (jobs/feeds/tools/encoding.py); what is
    still in UTF-16 is damaged.

    Raises:
        Unreadable: the text is in UTF-16 or UTF-32.
    """
    if content.startswith(_WIDE):
        raise Unreadable("the text is in UTF-16 or UTF-32; save it as UTF-8")
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def encoding_fault(text: str) -> str | None:
    """What is wrong with the encoding of `text`, or none."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - the bytes 80 to ff under PEP 383
            return f"not UTF-8: byte 0x{code - 0xDC00:02x} at character {error.start}"
        return f"not UTF-8: a lone surrogate at character {error.start}"
    return None


def escape_undecoded(text: str) -> str:
    r"""`text` with undecoded bytes as `\xe9`, so that it can be stored."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
