"""From a file's bytes to text: unpacking within bounds, decoding without loss."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib

_GZIP_MAGIC = b"\x1f\x8b"
_STEP = 1024**2
_WIDE = (
    codecs.BOM_UTF32_LE,
    codecs.BOM_UTF32_BE,
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
)


class Unreadable(Exception):
    """Nothing of a file can be used; the message says why."""


def unpacked(content: bytes, limit: int) -> bytes:
    """`content`, decompressed if it is gzip (any number of members).

    Raises:
        Unreadable: the data are damaged, cut, or larger than `limit` bytes when decompressed.
    """
    if not content.startswith(_GZIP_MAGIC):
        return content
    parts: list[bytes] = []
    room = limit
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        try:
            while part := file.read(_STEP):
                parts.append(part)
                room -= len(part)
                if room < 0:
                    raise Unreadable(f"more than {limit:,} bytes when decompressed; split it")
        except EOFError as error:
            raise Unreadable("gzip data end too early; the file was cut") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Unreadable(f"damaged gzip data ({error})") from error
    return b"".join(parts)


def decoded(content: bytes) -> str:
    """`content` as UTF-8 text without byte order mark.

    Bytes that are not UTF-8 stay in the text as lone surrogates (PEP 383), so that only the record
    they stand in is lost: `undecoded` finds them, `escaped` shows them.

    Raises:
        Unreadable: the text is in UTF-16 or UTF-32.
    """
    if content.startswith(_WIDE):
        raise Unreadable("the text is in UTF-16 or UTF-32; save it as UTF-8")
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")


def undecoded(text: str) -> str | None:
    """What is wrong with the encoding of `text`, or none."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - the bytes 80 to ff under PEP 383
            return f"not UTF-8: byte 0x{code - 0xDC00:02x} at character {error.start}"
        return f"not UTF-8: a lone surrogate at character {error.start}"
    return None


def escaped(text: str) -> str:
    r"""`text` with undecoded bytes as `\xe9`, so that it can be stored."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
