"""What a feed format is: how a file is cut into payloads, how a payload becomes fields.

A format is one module with two plain functions over text and one `Feed` that names them:

    def split(content: bytes, name: str) -> Iterator[Payload | Broken | Note]
    def parse(payload: str, options: Mapping[str, str]) -> Parsed

`split` yields what the file holds, in order: a `Payload` for what can be a record, in the very
words of the file, a `Broken` for what cannot, so that nothing is lost unseen, and a `Note` for what
is to be said of the file. Its bytes come in UTF-8, whatever the file's own encoding. A file that
cannot be read at all, or not as a whole where its format has no safe parts, raises `Unreadable`
before anything is yielded. `parse` collects what it finds and what is wrong; it raises nothing.
Reading, unpacking, limits, accounting and quarantine are not the format's business: `pieces` and
`parse_payload` below wrap both functions with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import Any

from jobs.feeds.tools.encoding import as_utf8
from jobs.feeds.tools.reading import LeftOut, Unreadable, encoding_fault, escape_undecoded
from jobs.params import IngestSettings


@dataclass(frozen=True)
class Payload:
    """What can be a record, in the words of the file."""

    text: str


@dataclass(frozen=True)
class Broken:
    """What cannot be a record: the fragment, and what is wrong with it."""

    text: str
    reason: str


@dataclass
class Parsed:
    """What one payload says.

    `fields` maps columns of silver.records to values; absent means null. `warnings` tell of values
    that were changed or left out, `errors` of what makes the record unusable.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Note:
    """What is to be said of a file as a whole, such as the encoding that was found."""

    text: str


LINES = {"*": (b"\n",)}
"""Breaks of a format whose files are lines, whatever their names."""

Split = Callable[[bytes, str], Iterator[Payload | Broken | Note]]
Parse = Callable[[str, Mapping[str, str]], Parsed]


@dataclass(frozen=True)
class Feed:
    """A feed format.

    Attributes:
        name: the name that configuration and tables use.
        about: what it reads, in one line.
        files: patterns of the file names it takes out of a folder, in any case, also with `.gz`.
        split: cuts a file's bytes (unpacked) and its name into payloads and fragments.
        parse: reads one payload, under the feed's options.
        breaks: pattern of file names → the bytes behind any of which such a file may be parted, so
            that a large one is read in parts; `split` then gets each part by itself. Files of
            other names are read whole, and so are those that turn out to have no such breaks.
        other_breaks: the breaks of an older form of the format: of a file in whose beginning none
            of `breaks` stands.
        options: names of the options that `parse` knows.
    """

    name: str
    about: str
    files: tuple[str, ...]
    split: Split
    parse: Parse
    breaks: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict)
    other_breaks: tuple[bytes, ...] = ()
    options: tuple[str, ...] = ()

    def breaks_in(self, name: str) -> tuple[bytes, ...]:
        """The breaks of a file by its name; none where it is read whole."""
        plain = name.lower().removesuffix(".gz")
        return next((breaks for like, breaks in self.breaks.items() if fnmatch(plain, like)), ())


def pieces(
    feed: Feed, content: bytes, name: str, settings: IngestSettings
) -> Iterator[Payload | Broken | Note]:
    """Payloads and fragments of one file, or part of one, by `feed`, within `settings`' limits.

    Undecodable bytes, empty and overlong payloads become `Broken`; so does the rest of the file
    where the format's own `split` fails half-way.

    Raises:
        Unreadable: nothing of the file can be used; raised before anything is yielded.
    """
    yielded = False
    try:
        recoded = as_utf8(content)
        for piece in feed.split(recoded.content, name):
            yield (piece if isinstance(piece, Note) else _check(piece, settings.max_record_chars))
            yielded = True
        if recoded.note:
            yield Note(recoded.note)
    except Exception as error:  # a format's own fault must cost one file, not the run
        reason = _error_message(error)
        if not yielded:
            raise (LeftOut if isinstance(error, LeftOut) else Unreadable)(reason) from error
        yield Broken("", f"{reason}; the rest of the file was not read")


def parse_payload(feed: Feed, payload: str, options: Mapping[str, str]) -> Parsed:
    """What `payload` says, by `feed`; a fault of the format's `parse` is an error of the record."""
    try:
        return feed.parse(payload, options)
    except Exception as error:  # as above: one record, not the run
        return Parsed(errors=[_error_message(error)])


def _error_message(error: Exception) -> str:
    if isinstance(error, Unreadable):
        return str(error)
    return f"the reader failed ({type(error).__name__}: {escape_undecoded(str(error))})"


def _check(piece: Payload | Broken, longest: int) -> Payload | Broken:
    problem = encoding_fault(piece.text)
    if problem:
        piece = Broken(escape_undecoded(piece.text), problem)
    elif isinstance(piece, Payload) and not piece.text.strip():
        piece = Broken(piece.text, "an empty record")
    if len(piece.text) <= longest:
        return piece
    reason = f"{len(piece.text):,} characters, more than the {longest:,} that a record may have"
    if isinstance(piece, Broken):
        return replace(piece, text=piece.text[:longest], reason=f"{piece.reason} (cut: {reason})")
    return Broken(piece.text[:longest], reason)
